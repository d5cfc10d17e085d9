"""One's own second factor on the console."""

from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Final

from aiohttp import web

from backend.api import guard
from backend.api.permissions import EVERYBODY
from backend.api.route import Route
from backend.desks import second_factors
from backend.desks.second_factors import FactorBegun, FactorState
from hotline.wire import Meta

Typed = Annotated[str, Meta(max_length=40)]


@dataclass(frozen=True, slots=True)
class FactorAsked:
    """One's own password, before anything of the second factor changes."""

    password: str


@dataclass(frozen=True, slots=True)
class FactorTyped:
    """A code, as typed."""

    code: Typed


@dataclass(frozen=True, slots=True)
class FactorEnded:
    """What it is taken away by."""

    password: str
    code: Typed


@dataclass(frozen=True, slots=True)
class FactorCodes:
    """The recovery codes, each of which stands in for a code once; they are told this once."""

    codes: list[str]


async def state(request: web.Request) -> FactorState:
    """Tell how one signs in."""
    return await second_factors.state(request.app[guard.AUTH], request[guard.SIGNED_IN])


async def begin(request: web.Request, asked: FactorAsked) -> FactorBegun:
    """Make a new secret."""
    auth, signed_in = request.app[guard.AUTH], request[guard.SIGNED_IN]
    return await second_factors.start(auth, signed_in, asked.password, guard.place_of(request))


async def confirm(request: web.Request, typed: FactorTyped) -> FactorCodes:
    """Let it count."""
    auth, signed_in = request.app[guard.AUTH], request[guard.SIGNED_IN]
    place = guard.place_of(request)
    return FactorCodes(await second_factors.confirm(auth, signed_in, typed.code, place))


async def end(request: web.Request, typed: FactorEnded) -> None:
    """Take it away."""
    auth, signed_in = request.app[guard.AUTH], request[guard.SIGNED_IN]
    await second_factors.end(auth, signed_in, typed.password, typed.code, guard.place_of(request))


_PATH: Final = "/api/me/second-factor"
ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", _PATH, state, "One's own second factor", EVERYBODY),
    Route(
        "POST",
        f"{_PATH}/begin",
        begin,
        "Begin a second factor",
        EVERYBODY,
        ("wrong_password", "too_many_tries", "conflict"),
    ),
    Route(
        "POST",
        f"{_PATH}/confirm",
        confirm,
        "Confirm a second factor",
        EVERYBODY,
        ("wrong_factor", "too_many_tries", "conflict"),
    ),
    Route(
        "POST",
        f"{_PATH}/end",
        end,
        "End a second factor",
        EVERYBODY,
        ("wrong_factor", "wrong_password", "too_many_tries", "factor_required"),
        gives=NoneType,
    ),
)
