"""Every endpoint is in a behaviour, and the fake answers for every one of them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from backend.client import BackendClient
from hotline import contract
from hotline.contract import Endpoint
from tests.fakes.backend import FakeBackend
from tests.sources import ROOT

HERE = Path(__file__).parent
ENDPOINTS = sorted(name for name, one in vars(contract).items() if isinstance(one, Endpoint))
# Reads a file, and hands its bytes to a question that the fake has.
BY_ANOTHER = {"upload"}


@cache
def questions() -> dict[str, set[str]]:
    """The client's methods that ask something, by the endpoints that they name."""
    (client,) = (
        node
        for node in ast.walk(ast.parse((ROOT / "backend" / "client.py").read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and node.name == BackendClient.__name__
    )
    found: dict[str, set[str]] = {name: set() for name in ENDPOINTS}
    for method in client.body:
        if isinstance(method, ast.AsyncFunctionDef):
            for named in attributes(method):
                if named in found:
                    found[named].add(method.name)
    return found


def attributes(tree: ast.AST) -> Iterator[str]:
    """The names behind a dot."""
    return (node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute))


@cache
def asked_here() -> set[str]:
    """What the behaviours call at either client."""
    return {
        call.func.attr
        for path in HERE.glob("test_*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and ast.unparse(call.func.value) in ("side.bots", "side.phone")
    }


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_endpoint_is_asked_for_in_a_behaviour(endpoint: str) -> None:
    asks = questions()[endpoint]
    assert asks, "no method of the client asks for it"
    assert asks & asked_here()


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_fake_answers_for_an_endpoint(endpoint: str) -> None:
    assert questions()[endpoint] - BY_ANOTHER <= set(dir(FakeBackend))
