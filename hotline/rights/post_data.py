"""Reading posts from data; what is no post is refused by its name."""

from collections.abc import Mapping
from typing import Any, Final

from hotline.errors import Invalid
from hotline.rights.permissions import MACHINE_MOVE
from hotline.rights.posts import ALL, ORGANISATION, TOLD, Post

REACHES: Final = (ALL, ORGANISATION, "own", TOLD, "none")
_KNOWN: Final = frozenset(
    {"id", "name", "name_en", "permissions", "reach", "roles", "own_leave", "stand_ins"}
)


def parse_posts(data: Mapping[str, Any]) -> dict[str, Post]:
    """Give the posts of a posts.toml read into a dict; Invalid names the one at fault."""
    found: dict[str, Post] = {}
    for row in data.get("post", ()):
        post = _post(row)
        if post.id in found:
            raise Invalid(f"posts.{post.id}", "stands twice")
        found[post.id] = post
    for post in found.values():
        for name in post.stand_ins:
            if name not in found:
                raise Invalid(f"posts.{post.id}", f"{name!r}, who may stand in, is no post")
    return found


def _post(row: Mapping[str, Any]) -> Post:
    ident, name = str(row.get("id", "")), str(row.get("name", ""))
    where = f"posts.{ident or 'post'}"
    unknown = set(row) - _KNOWN
    if unknown:
        raise Invalid(where, f"{min(unknown)!r} is nothing that a post has")
    if not ident or not name:
        raise Invalid(where, "has no id or no name")
    reach, roles = row.get("reach", "all"), tuple(map(str, row.get("roles", ())))
    if reach not in REACHES:
        raise Invalid(where, f"reach {reach!r} is none of {', '.join(REACHES)}")
    if (reach in ("organisation", "own")) != bool(roles):
        raise Invalid(where, "an organisation's cases and one's own are so by roles, others not")
    if MACHINE_MOVE in row.get("permissions", ()):
        raise Invalid(where, f"{MACHINE_MOVE!r} is the office's own, and no post has it")
    return Post(
        id=ident,
        name=name,
        name_en=str(row.get("name_en", name)),
        permissions=frozenset(map(str, row.get("permissions", ()))),
        reach=reach,
        roles=roles,
        own_leave=row.get("own_leave", False) is True,
        stand_ins=tuple(map(str, row.get("stand_ins", ()))),
    )
