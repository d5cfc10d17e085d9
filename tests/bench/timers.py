"""How late the light of a stage turns, as a console sees it, with two workers."""

import asyncio
import json
from datetime import timedelta

import aiohttp

from tests.bench import intake
from tests.bench.figure import BenchFailed, note, show
from tests.bench.ground import CLOCK, Ground
from tests.bench.people import feed_of, of_the_centre, signed_in

LIGHTS, RATE = 500, 25
WORKERS = 2
WANTED_S = 0.25
AHEAD = timedelta(seconds=3)
UNDERSTOOD = "SELECT count(*) FROM job WHERE queue = 'understanding'"
# Every case is yellow at an instant of its own, one behind the other.
ONE_BY_ONE = f"""
WITH numbered AS (
  SELECT id, number, timestamptz '%s' + row_number() OVER (ORDER BY number) * interval '%f s' AS at
  FROM cases WHERE light = 'green' AND (clocks->'stage'->>'warn_at')::timestamptz > '%s'
  LIMIT {LIGHTS}
), cased AS (
  UPDATE cases AS c SET clocks = jsonb_set(clocks, '{{stage,warn_at}}', to_jsonb(n.at))
  FROM numbered AS n WHERE c.id = n.id
), timed AS (
  UPDATE job AS j SET due = n.at FROM numbered AS n
  WHERE j.case_id = n.id AND j.queue = 'timers' AND j.ref LIKE '%%/light.yellow@%%'
)
SELECT json_object_agg(number, extract(epoch FROM at)) FROM numbered
"""


async def lateness(ground: Ground) -> None:
    """Measure from the instant at which each is due to the message on a console."""
    await intake.post(ground, "lights", LIGHTS / 400)
    for turn in range(WORKERS):
        ground.launch(f"worker-{turn}", "-m", "backend", "worker")
    await ground.until(lambda: ground.ask(UNDERSTOOD) == "0", "the understanding of reports")
    await ground.settled()
    base = f"http://127.0.0.1:{ground.settings.web.port}"
    account = (await of_the_centre(ground))[0]
    async with signed_in(base, *account) as browser, feed_of(browser) as socket:
        begin = CLOCK.now() + AHEAD
        asked = ONE_BY_ONE % (begin.isoformat(), 1 / RATE, begin.isoformat())
        due = {name: float(at) for name, at in json.loads(ground.ask(asked)).items()}
        if len(due) != LIGHTS:
            raise BenchFailed(f"{len(due)} cases have a light to come, {LIGHTS} are wanted")
        told = await asyncio.wait_for(_told(socket, due), LIGHTS / RATE + 60)
    late = sorted(told[number] - at for number, at in due.items())
    if late[0] < 0:
        raise BenchFailed(f"a light turned {-late[0]:.3f} s too early")
    value = late[int(len(late) * 0.99)]
    note(f"timer_lateness: median {late[len(late) // 2]:.3f} s, longest {late[-1]:.3f} s")
    versus = f"{WANTED_S:g} s, {LIGHTS} lights, {RATE}/s, {WORKERS} workers, on a console"
    show("timer_lateness_p99", value, "s", versus, value / WANTED_S)


async def _told(socket: aiohttp.ClientWebSocketResponse, due: dict[str, float]) -> dict[str, float]:
    """Listen until each case was told of; gives the instants, in seconds."""
    told: dict[str, float] = {}
    while len(told) < len(due):
        said = await socket.receive_json()
        if said["kind"] == "case" and said["number"] in due:
            if said["number"] in told:
                raise BenchFailed(f"the light of {said['number']} was told of twice")
            told[said["number"]] = CLOCK.now().timestamp()
    return told
