"""Who does something: the person or machine that acts, and by which posts."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from hotline.rights.permissions import MACHINE_MOVE, SEE
from hotline.rights.posts import MACHINE, Grant, Post, Rights

# Who acts without a post of the city.
CITIZEN_POST: Final = "citizen"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts now. `post` is what they work in, `department` whose person they are.

    `proxy_for` are those whose proxy they are now, `proxy_orgs` whose people those are. `chosen` is
    the post that they chose to work in, `via` for whom they make a move, where as a proxy.
    """

    person: str
    post: str
    name: str = ""
    department: str | None = None
    rights: Rights = field(default_factory=Rights)
    proxy_for: tuple[str, ...] = ()
    proxy_orgs: tuple[str, ...] = ()
    chosen: str | None = None
    via: str | None = None

    @property
    def persons(self) -> frozenset[str]:
        """Themselves, and those for whom they act."""
        return frozenset((self.person, *self.proxy_for))

    @property
    def orgs(self) -> frozenset[str]:
        """The organisations whose people they act as."""
        own = () if self.department is None else (self.department,)
        return frozenset((*own, *self.proxy_orgs))

    @property
    def acting(self) -> str:
        """As whom they act: the post that they work in, and those whose proxy they are."""
        return "+".join((self.post, *sorted(self.proxy_for)))

    def at(self, now: datetime) -> "Actor":
        """Give the actor with the rights that hold at an instant, in the post that they work in."""
        rights = self.rights.working(self.chosen, now)
        absent = {one.via: one.org for one in rights.grants if one.via is not None}
        return replace(
            self,
            post=next((one.post.id for one in rights.grants if one.via is None), self.post),
            rights=rights,
            proxy_for=tuple(absent),
            proxy_orgs=tuple(dict.fromkeys(org for org in absent.values() if org is not None)),
        )


def on_behalf(actor: Actor) -> Actor:
    """Give the office as it makes a move beside that of an actor, who is named in its step."""
    post = Post(actor.post, "", "", frozenset({SEE, MACHINE_MOVE}))
    return replace(actor, rights=Rights((Grant(post),)))


_ALL_CASES: Final = Rights((Grant(Post(MACHINE, "", "", frozenset({SEE}))),))
SYSTEM: Final = Actor(MACHINE, MACHINE, MACHINE, rights=_ALL_CASES)


def machine_for(permission: str) -> Actor:
    """Give the machine as one who may do something on all cases."""
    post = Post(MACHINE, "", "", frozenset({SEE, permission}))
    return replace(SYSTEM, rights=Rights((Grant(post),)))


CITIZEN: Final = Actor(CITIZEN_POST, CITIZEN_POST)

MAX_SHOWN: Final = 3


def masked(address: str) -> str:
    """Give a telephone number or chat id of which only the end shows."""
    shown = min(MAX_SHOWN, len(address) // 3)
    return "*" * (len(address) - shown) + address[len(address) - shown :]
