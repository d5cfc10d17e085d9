"""Posts (岗位) as data, and what somebody may do by those that they hold."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from hotline.rights.scopes import AnyOf, Everything, Scope, covers

# The post of steps that no person made.
MACHINE: Final = "system"
# The reach of who told of a case or follows it, and is nobody of the office.
TOLD: Final = "told"
# The reaches of a post over all cases, and over those of its holder's organisation.
ALL: Final = "all"
ORGANISATION: Final = "organisation"


@dataclass(frozen=True, slots=True)
class Post:
    """A post: its names, what it may do, and on which cases.

    `reach` is all cases, those of its holder's organisation, the holder's own, those that they told
    of (TOLD), or none; `roles` are those by which a case is an organisation's or somebody's own.
    Whose leave is their own (`own_leave`) names their proxy themselves. For others who hold it
    somebody else may name one who holds it too, or one of the posts that are `stand_ins`.
    """

    id: str
    name: str
    name_en: str
    permissions: frozenset[str] = frozenset()
    reach: str = ALL
    roles: tuple[str, ...] = ()
    own_leave: bool = False
    stand_ins: tuple[str, ...] = ()

    def named(self, language: str) -> str:
        """Give its name in a language."""
        return self.name_en if language == "en" else self.name


@dataclass(frozen=True, slots=True)
class Grant:
    """A post that somebody holds (授权): on which cases, since when and until when; None: open.

    `via` is who holds it where somebody has it as their proxy (代理), `org` whose person that is.
    """

    post: Post
    scope: Scope = field(default_factory=Everything)
    since: datetime | None = None
    until: datetime | None = None
    via: str | None = None
    org: str | None = None

    def runs(self, now: datetime) -> bool:
        """Tell whether it counts at an instant."""
        begun = self.since is None or self.since <= now
        return begun and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do: by any of the posts that they hold."""

    grants: tuple[Grant, ...] = ()

    def at(self, now: datetime) -> "Rights":
        """Give the rights that hold at an instant."""
        if all(one.runs(now) for one in self.grants):
            return self
        return replace(self, grants=tuple(one for one in self.grants if one.runs(now)))

    def may(self, permission: str) -> bool:
        """Tell whether something may be done at all, on whichever cases."""
        return any(permission in one.post.permissions for one in self.grants)

    def post_for(self, permission: str, assigned: Collection[str], area: str) -> str | None:
        """Give the post by which something may be done on a case, or None (see grant_for)."""
        found = self.grant_for(permission, assigned, area)
        return None if found is None else found.post.id

    def grant_for(self, permission: str, assigned: Collection[str], area: str) -> Grant | None:
        """Give the grant by which something may be done on a case, or None; one's own come first.

        `assigned` are the tokens of who has a part in it, `area` is the code of where it lies.
        """
        for one in self.grants:
            if permission in one.post.permissions and covers(one.scope, assigned, area):
                return one
        return None

    def working(self, post: str | None, now: datetime) -> "Rights":
        """Give the rights that hold at an instant for who works in a post (一次一岗).

        Where they do not hold it, the first that they hold counts. What they have as a proxy they
        have in every post.
        """
        running = self.at(now)
        own = [one.post.id for one in running.grants if one.via is None]
        if len(set(own)) <= 1:
            return running
        counts = post if post in own else own[0]
        kept = (one for one in running.grants if one.via is not None or one.post.id == counts)
        return replace(running, grants=tuple(kept))

    def scope(self, permission: str) -> Scope:
        """Give the cases on which something may be done."""
        scopes = [one.scope for one in self.grants if permission in one.post.permissions]
        return scopes[0] if len(scopes) == 1 else AnyOf(tuple(dict.fromkeys(scopes)))

    @property
    def posts(self) -> frozenset[str]:
        """The posts that they hold."""
        return frozenset(one.post.id for one in self.grants)

    @property
    def permissions(self) -> frozenset[str]:
        """All that may be done."""
        return frozenset(one for grant in self.grants for one in grant.post.permissions)
