"""The tree over the entries of a segment (RFC 6962): its root, and proofs of what it holds.

A range of leaves is made of complete subtrees, each by its level and its place in that level;
whoever keeps their hashes gives any proof from some twenty of them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

EMPTY: Final = hashlib.sha256(b"").digest()
# A complete subtree: how high it is, and which one of that height.
Subtree = tuple[int, int]
Span = tuple[int, int]


def leaf_hash(data: bytes) -> bytes:
    """Give the hash of an entry as a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the hash of two neighbours together."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """The right edge of a tree that grows: the roots of its complete subtrees, largest first."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> list[tuple[Subtree, bytes]]:
        """Add the hash of a leaf; gives the subtrees above it that are complete by it."""
        made, hashed, level = [], leaf, 0
        while self.size >> level & 1:
            hashed = node_hash(self.peaks.pop(), hashed)
            level += 1
            made.append(((level, self.size >> level), hashed))
        self.peaks.append(hashed)
        self.size += 1
        return made

    def root(self) -> bytes:
        """Give the root of the whole."""
        return joined(self.peaks)


def joined(peaks: Sequence[bytes]) -> bytes:
    """Give the root over neighbouring subtrees, the largest first."""
    if not peaks:
        return EMPTY
    root = peaks[-1]
    for one in reversed(peaks[:-1]):
        root = node_hash(one, root)
    return root


def subtrees(begin: int, end: int) -> list[Subtree]:
    """Give the complete subtrees that a range of leaves is made of, the largest first."""
    found = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        found.append((level, begin >> level))
        begin += 1 << level
    return found


def path_spans(index: int, size: int) -> list[Span]:
    """Give the ranges whose roots prove that a leaf is in a tree, the nearest first."""
    spans, begin, end = list[Span](), 0, size
    while end - begin > 1:
        middle = begin + _half(end - begin)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin = middle
    return spans[::-1]


def growth_spans(old: int, size: int) -> list[Span]:
    """Give the ranges whose roots prove that a tree has only grown since it had `old` leaves."""
    spans, begin, end, is_whole = list[Span](), 0, size, True
    while old - begin != end - begin:
        middle = begin + _half(end - begin)
        if old <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin, is_whole = middle, False
    if not is_whole:
        spans.append((begin, end))
    return spans[::-1]


def _half(size: int) -> int:
    """The largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


def hashes_of(spans: Sequence[Span], known: Mapping[Subtree, bytes]) -> list[bytes]:
    """Give the root of each range, from the hashes of the subtrees that it is made of."""
    return [joined([known[one] for one in subtrees(*span)]) for span in spans]


def is_in(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Tell whether a path proves that a leaf is in the tree of a root."""
    if not 0 <= index < size:
        return False
    spans, hashed = path_spans(index, size), leaf
    if len(spans) != len(path):
        return False
    for (begin, _), one in zip(spans, path, strict=True):
        hashed = node_hash(one, hashed) if begin < index else node_hash(hashed, one)
    return hashed == root


def has_grown(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether a proof shows that the tree of one root goes on from that of an older one."""
    if not 0 < old <= size:
        return False
    spans, hashes = growth_spans(old, size), list(proof)
    if len(spans) != len(hashes):
        return False
    before = after = old_root
    # Where the old tree is no complete subtree of the new one, the proof begins with its last one.
    if spans and spans[0][1] == old and spans[0][0] > 0:
        before = after = hashes.pop(0)
        spans = spans[1:]
    for (begin, _), one in zip(spans, hashes, strict=True):
        if begin >= old:
            after = node_hash(after, one)
        else:
            before, after = node_hash(one, before), node_hash(one, after)
    return before == old_root and after == root
