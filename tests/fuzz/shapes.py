"""Bodies as a route wants them, read from the route itself: mostly right, sometimes poisoned."""

import re
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import Enum
from random import Random
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from aiohttp.web import AbstractRoute

from backend.api import routes
from backend.api.route import shape_of
from hotline.case.case import Case
from tests.fuzz import poison

_CASE: Final = get_type_hints(Case)
POISONED: Final = 0.12
MISSED: Final = 0.05


def body_of(route: AbstractRoute) -> Any:
    """Give the type of a route's body, or None where it takes none that is JSON."""
    path = "" if route.resource is None else route.resource.canonical
    for declared in (*routes.CONSOLE_ROUTES, *routes.CONNECTOR_ROUTES):
        if (declared.method, re.sub(r":[^}]*}", "}", declared.path)) == (route.method, path):
            return shape_of(declared).body
    return None


class Shaper:
    """Makes values of a type; `known` are the names of things that there are, by field."""

    def __init__(self, random: Random, known: dict[str, list[str]]):
        self._random = random
        self._known = known

    def of(self, kind: Any, name: str = "") -> Any:
        """Give a value of a type for a field of this name."""
        if self._random.random() < POISONED:
            return poison.value(self._random)
        if name in ("given", "changes"):
            return self._given()
        return self._plain(kind, name)

    def _plain(self, kind: Any, name: str) -> Any:
        origin, inner = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return self.of(inner[0], name)
        if origin in (Union, UnionType):
            return self.of(self._random.choice(inner), name)
        if origin is Literal:
            return self._random.choice(inner)
        if origin in (list, tuple):
            return [self.of(inner[0], name) for _ in range(self._random.randint(0, 3))]
        if origin is dict:
            return {key: self.of(inner[1], key) for key in self._names()}
        if isinstance(kind, type) and is_dataclass(kind):
            return self._record(kind)
        return self._single(kind, name)

    def _single(self, kind: Any, name: str) -> Any:
        if isinstance(kind, type) and issubclass(kind, Enum):
            return self._random.choice(list(kind)).value
        singles: dict[Any, Callable[[], Any]] = {
            str: lambda: self._text(name),
            int: lambda: self._random.randint(0, 20),
            float: lambda: self._random.uniform(0, 130),
            bool: lambda: self._random.random() < 0.5,
            datetime: lambda: self._random.choice(poison.TIMES),
            UUID: lambda: str(UUID(int=self._random.getrandbits(128))),
            NoneType: lambda: None,
        }
        return singles.get(kind, lambda: poison.value(self._random))()

    def _text(self, name: str) -> str:
        known = self._known.get(name)
        if known and self._random.random() < 0.8:
            return self._random.choice(known)
        return self._random.choice(poison.TEXTS)

    def _names(self) -> list[str]:
        names = [*self._known, "draft", "count", "kind", "name", "text"]
        return self._random.sample(names, self._random.randint(1, 5))

    def _record(self, kind: Any) -> dict[str, Any]:
        hints = get_type_hints(kind)
        body: dict[str, Any] = {}
        for one in fields(kind):
            bare = one.default is MISSING and one.default_factory is MISSING
            if self._random.random() < (1 - MISSED if bare else 0.6):
                body[one.name] = self.of(hints[one.name], one.name)
        if self._random.random() < MISSED:
            body[self._random.choice(poison.TEXTS)[:50]] = poison.value(self._random)
        return body

    def _given(self) -> dict[str, Any]:
        names = self._random.sample(sorted(_CASE), self._random.randint(0, 4))
        return {name: self.of(_CASE[name], name) for name in names}
