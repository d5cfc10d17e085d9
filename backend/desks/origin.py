"""Where what is being done comes from: known at the edge, and written down with what is done."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Where what is being done comes from: the client's address, the request, the session."""

    address: str = ""
    request: str = ""
    session: str = ""


# Of the request that is being answered; a command of the operator has none.
ORIGIN: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 - frozen
