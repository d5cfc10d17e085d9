"""Proofs of the tree hold against a naive one, and nothing else is proved."""

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.record.merkle import (
    EMPTY,
    Frontier,
    Subtree,
    growth_spans,
    has_grown,
    hashes_of,
    is_in,
    leaf_hash,
    path_spans,
)

MOST = 130


def naive(leaves: list[bytes]) -> bytes:
    """The hash of a list as RFC 6962 section 2.1 writes it."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + naive(leaves[:half]) + naive(leaves[half:])).digest()


LEAVES = [f"entry {turn}".encode() for turn in range(MOST)]


def grown(size: int) -> tuple[Frontier, dict[Subtree, bytes]]:
    tree, known = Frontier(), dict[Subtree, bytes]()
    for turn, one in enumerate(LEAVES[:size]):
        known[0, turn] = leaf_hash(one)
        known |= dict(tree.add(leaf_hash(one)))
    return tree, known


def test_the_root_of_every_size_is_the_naive_one() -> None:
    tree = Frontier()
    assert tree.root() == EMPTY
    for size, one in enumerate(LEAVES, start=1):
        tree.add(leaf_hash(one))
        assert tree.root() == naive(LEAVES[:size])


# The roots of RFC 6962's well-known test tree of eight leaves.
KNOWN = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]


def test_the_tree_is_that_of_other_programs() -> None:
    tree = Frontier()
    for one in KNOWN:
        tree.add(leaf_hash(bytes.fromhex(one)))
    assert tree.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_every_leaf_is_proved_in_every_tree_and_no_other_is() -> None:
    for size in range(1, MOST, 7):
        tree, known = grown(size)
        for index in range(size):
            path, leaf = hashes_of(path_spans(index, size), known), known[0, index]
            assert is_in(leaf, index, size, path, tree.root())
            assert not is_in(leaf, index, size, path, EMPTY)
            assert not is_in(EMPTY, index, size, path, tree.root())
            assert not is_in(leaf, index, size, [*path, EMPTY], tree.root())
            assert size == 1 or not is_in(leaf, (index + 1) % size, size, path, tree.root())


def test_growth_is_proved_from_every_size_to_every_size() -> None:
    roots = {size: grown(size)[0].root() for size in range(1, MOST)}
    _, known = grown(MOST)
    for size in range(1, MOST):
        for old in range(1, size + 1):
            proof = hashes_of(growth_spans(old, size), known)
            assert has_grown(old, roots[old], size, roots[size], proof), (old, size)
            assert not has_grown(old, EMPTY, size, roots[size], proof)
            assert not has_grown(old, roots[old], size, EMPTY, proof)
            assert not has_grown(old, roots[old], size, roots[size], [*proof, EMPTY])


@settings(max_examples=200, deadline=None)
@given(st.integers(1, MOST - 1), st.integers(1, MOST - 1), st.data())
def test_a_tree_that_was_rewritten_proves_no_growth(
    one: int, other: int, data: st.DataObject
) -> None:
    old, size = sorted((one, other))
    changed = data.draw(st.integers(0, old - 1))
    tree, known = Frontier(), dict[Subtree, bytes]()
    for turn in range(size):
        leaf = leaf_hash(LEAVES[turn] + (b"!" if turn == changed else b""))
        known[0, turn] = leaf
        known |= dict(tree.add(leaf))
    proof = hashes_of(growth_spans(old, size), known)
    assert not has_grown(old, grown(old)[0].root(), size, tree.root(), proof)


@settings(max_examples=300, deadline=None)
@given(st.integers(-3, MOST), st.integers(-3, MOST), st.lists(st.binary(max_size=40), max_size=12))
def test_whatever_somebody_sends_proves_nothing_and_breaks_nothing(
    one: int, other: int, hashes: list[bytes]
) -> None:
    assert not is_in(EMPTY, one, other, hashes, EMPTY)
    assert not has_grown(one, LEAVES[0], other, EMPTY, hashes)
