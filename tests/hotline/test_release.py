"""A release is named by what it is made of, and two changes of one join where they do not touch."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.errors import Conflict
from hotline.release import Manifest, Section, differing, manifest_of, merged, release_id

NAMES = st.sampled_from(["workflow", "form", "limits", "routing", "city"])
MANIFESTS = st.dictionaries(NAMES, st.sampled_from(["a", "b", "c"]))


def test_the_same_sections_are_the_same_release_in_any_order() -> None:
    sections = {name: Section("toml", name) for name in ("city", "form", "limits")}
    made = {release_id(manifest_of(dict(some))) for some in permutations(sections.items())}
    assert len(made) == 1
    assert release_id(manifest_of(sections | {"form": Section("toml", "x")})) not in made


def test_form_and_text_make_a_hash() -> None:
    assert Section("toml", "a").hash != Section("json", "a").hash
    assert Section("toml", "a").hash == Section("toml", "a").hash


@given(base=MANIFESTS, ours=MANIFESTS, theirs=MANIFESTS)
def test_what_only_one_has_changed_counts(base: Manifest, ours: Manifest, theirs: Manifest) -> None:
    both = {*differing(base, ours)} & {*differing(base, theirs)}
    if any(ours.get(name) != theirs.get(name) for name in both):
        with pytest.raises(Conflict, match="changed by somebody else"):
            merged(base, ours, theirs)
        return
    made = merged(base, ours, theirs)
    for name in {*base, *ours, *theirs}:
        changed = ours if name in differing(base, ours) else theirs
        assert made.get(name) == changed.get(name)
    assert made == merged(base, theirs, ours)


def test_a_conflict_names_what_collides() -> None:
    base = {"limits": "a", "form": "a", "routing": "a"}
    with pytest.raises(Conflict) as caught:
        merged(base, base | {"limits": "b", "form": "b"}, base | {"limits": "c", "routing": "b"})
    assert caught.value.values == {"names": "limits"}
