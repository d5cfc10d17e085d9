"""How long the page of a case and a move on it take where the case has thousands of steps."""

from collections.abc import Awaitable, Callable
from itertools import count

from sqlalchemy import text

from backend.desks import casework
from backend.desks.acceptance import record
from backend.desks.context import AppContext
from backend.office import open_office
from backend.queries import casefile
from hotline.people import Actor
from tests.bench.figure import show
from tests.bench.ground import CLOCK, DESK, Ground
from tests.bench.posting import report

STEPS, REPEATS = 5_000, 20
WANTED_S = 0.5
PERSON, MOVE = "acceptor1", "note"
# The newest step so often again, each as if it had come behind the one before.
_AGAIN = text(
    "WITH last AS (SELECT s.* FROM step s JOIN cases c ON c.id = s.case_id "
    "WHERE c.number = :number ORDER BY s.seq DESC LIMIT 1), "
    "made AS (INSERT INTO step (id, case_id, seq, action, at, person, post, note, media, changes, "
    "key, via, schema, proofs) SELECT gen_random_uuid(), case_id, seq + n, action, at, person, "
    "post, note, media, changes, key || ':' || n, via, schema, proofs "
    "FROM last, generate_series(1, :more) AS n) "
    "UPDATE cases SET version = version + :more WHERE number = :number"
)
Made = Callable[[], Awaitable[object]]


async def long_case(ground: Ground) -> None:
    """Print both figures."""
    office = (await open_office(ground.settings, CLOCK, ground.server.url(DESK))).context
    try:
        actor = office.city.organisation.person(PERSON).actor()
        number = await _made(office, actor)
        keys = count(1)
        for name, asked in (
            ("long_case_page", lambda: casefile.detail(office, number, actor)),
            ("long_case_move", lambda: _move(office, number, actor, f"long-{next(keys)}")),
        ):
            value = await _median(asked)
            show(name, value, "s", f"{WANTED_S:g} s, {STEPS} steps", value / WANTED_S)
    finally:
        await office.store.close()


async def _made(office: AppContext, actor: Actor) -> str:
    number = (await record(office, report("long", 1))).number
    case = await casework.act(office, number, MOVE, actor, key="long-0", note="再次致电")
    async with office.store.begin() as connection:
        more = {"number": number, "more": STEPS - case.version}
        await connection.execute(_AGAIN, more)
    return number


async def _move(office: AppContext, number: str, actor: Actor, key: str) -> None:
    moved = await casework.act(office, number, MOVE, actor, key=key, note="再次致电")
    await casefile.after_move(office, moved, actor)


async def _median(asked: Made) -> float:
    times = []
    for _ in range(REPEATS):
        begun = CLOCK.monotonic()
        await asked()
        times.append(CLOCK.monotonic() - begun)
    return sorted(times)[REPEATS // 2]
