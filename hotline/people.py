"""Who does something: posts, and the person or machine that acts."""

from dataclasses import dataclass
from enum import StrEnum


class Post(StrEnum):
    """The posts of the loop (岗位); names as in GLOSSARY.md."""

    CITIZEN = "citizen"
    COLLECTOR = "collector"
    ACCEPTOR = "acceptor"
    DUTY_CHIEF = "duty_chief"
    DISPATCHER = "dispatcher"
    COMMAND_CHIEF = "command_chief"
    DEPARTMENT = "department"
    LEADER = "leader"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts now. `department` is set for the post department only."""

    person: str
    post: Post
    name: str = ""
    department: str | None = None


SYSTEM = Actor(person="system", post=Post.SYSTEM, name="system")


def masked(address: str) -> str:
    """Give a telephone number or chat id with its middle hidden."""
    if len(address) < 3:
        return "*" * len(address)
    if len(address) < 8:
        return address[:1] + "*" * max(0, len(address) - 2) + address[-1:]
    return address[:3] + "*" * (len(address) - 7) + address[-4:]
