"""Who does something: posts, and the person or machine that acts."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


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

MAX_SHOWN: Final = 3


def masked(address: str) -> str:
    """Give a telephone number or chat id of which only the end shows."""
    shown = min(MAX_SHOWN, len(address) // 3)
    return "*" * (len(address) - shown) + address[len(address) - shown :]
