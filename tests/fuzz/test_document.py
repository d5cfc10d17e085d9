"""Every operation of the document, asked as it says and as it does not, keeps to the document."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from backend.api import routes
from tests.fuzz.world import World, world
from tests.posts import Post
from tests.sizes import FULL

EXAMPLES = 40 if FULL else 3
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
# The chats and numbers that a connector speaks for.
OWN = {
    "ivr": {"channel": ["phone"], "kind": ["recording"]},
    "bots": {"channel": ["telegram"], "kind": ["photo"]},
}
# Ends the session that asks; it is asked last.
LAST = "/api/logout"


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("who", [Post.DUTY_CHIEF, Post.ADMINISTRATOR, "ivr", "bots"])
async def test_every_answer_is_as_the_document_says(tables: str, tmp_path: Path, who: str) -> None:
    async with world(tables, tmp_path / "data") as made:
        statuses: Counter[int] = Counter()
        found = await asyncio.to_thread(lambda: list(faults(made, who, statuses)))
    assert found == []
    # It would be worth nothing if all were let in, or none.
    assert statuses[200] > statuses.total() / 20
    assert statuses[400] > statuses.total() / 20


def faults(made: World, who: str, statuses: Counter[int]) -> Iterator[str]:
    """Ask for every operation that somebody may ask for, and tell what the document does not."""
    tagged = "connectors" if who in made.tokens else "console"
    schema = schemathesis.openapi.from_dict(routes.document())
    listed: list[Any] = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
    mine = [one for one in listed if tagged in one.tags]
    assert len(mine) > 15
    for operation in sorted(mine, key=lambda one: one.path == LAST):
        ask = _asking(made, who, operation, statuses)
        try:
            ask()
        except (Exception, FailureGroup) as error:  # one operation stops no other
            yield f"{operation.label}: {error}"


def _asking(made: World, who: str, operation: Any, statuses: Counter[int]) -> Callable[[], None]:
    known = made.known | OWN.get(who, {})
    ways = st.one_of(
        operation.as_strategy(GenerationMode.POSITIVE),
        operation.as_strategy(GenerationMode.NEGATIVE),
    )

    @seed(20261126)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=ways, data=st.data())
    def ask(case: Any, data: st.DataObject) -> None:
        # Of what there is nothing by such a name little more than a 404 can be learned.
        for told in (case.path_parameters, case.body):
            for name in told if isinstance(told, dict) else ():
                if name in known and data.draw(st.integers(0, 3)):
                    told[name] = data.draw(st.sampled_from(known[name]))
        headers, cookies = _known_by(made, who)
        case.headers.update(headers)
        case.cookies.update(cookies)
        response = case.call(base_url=f"http://127.0.0.1:{made.port}")
        statuses[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    return ask


def _known_by(made: World, who: str) -> tuple[dict[str, str], dict[str, str]]:
    """The headers and cookies by which a connector, or somebody of a post, is known."""
    if who in made.tokens:
        return {"Authorization": f"Bearer {made.tokens[who]}"}, {}
    person = made.office.city.organisation.first_of(Post(who))
    assert person is not None
    secret, csrf = made.sessions[person.code]
    return {"X-CSRF-Token": csrf}, {"hotline_session": secret}
