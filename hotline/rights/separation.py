"""Separation of powers (分权): what nobody may wear at once, by their posts or as a proxy."""

from collections.abc import Collection

# Pairs of permissions of which nobody has both halves at once (hotline.case.duties.apart).
Pairs = Collection[tuple[str, str]]


def unseparated(permissions: Collection[str], pairs: Pairs) -> tuple[str, str] | None:
    """Give a pair of which somebody who has these permissions would wear both halves, or None."""
    both = (pair for pair in sorted(pairs) if all(half in permissions for half in pair))
    return next(both, None)
