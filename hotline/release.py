"""A release (发布): sections of a city's configuration that count together, each by its hash."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hotline.errors import Conflict

# What a case goes by for as long as it is open is that of the release that it began with.
PINNED: Final = ("workflow", "form", "limits", "routing")
_ID_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a configuration as somebody wrote it: a text of TOML, JSON or CSV."""

    format: str
    text: str

    @property
    def hash(self) -> str:
        """The SHA-256 of form and text, by which it is kept once for all releases."""
        return hashlib.sha256(f"{self.format}\n{self.text}".encode()).hexdigest()


# The hashes of a release's sections, by their names.
Manifest = Mapping[str, str]
Sections = Mapping[str, Section]


def manifest_of(sections: Sections) -> dict[str, str]:
    """Give the hashes of some sections."""
    return {name: one.hash for name, one in sorted(sections.items())}


def release_id(manifest: Manifest) -> str:
    """Give the name of a release: the same sections always make the same release."""
    lines = "".join(f"{name} {one}\n" for name, one in sorted(manifest.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:_ID_LENGTH]


def differing(old: Manifest, new: Manifest) -> list[str]:
    """Give the names of the sections that two releases do not share."""
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def merged(base: Manifest, ours: Manifest, theirs: Manifest) -> dict[str, str]:
    """Give what two changes of one release make together.

    Raises Conflict where both have changed the same section, each in its own way.
    """
    both = {*differing(base, ours)} & {*differing(base, theirs)}
    colliding = sorted(name for name in both if ours.get(name) != theirs.get(name))
    if colliding:
        names = ", ".join(colliding)
        said = f"changed by somebody else too: {names}"
        raise Conflict(said, code="sections_collide", names=names)
    made = dict(theirs)
    for name in differing(base, ours):
        if name in ours:
            made[name] = ours[name]
        else:
            made.pop(name, None)
    return made
