"""A day of many calls at 60 seats: its figures count all of them."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from backend.desks.context import AppContext
from backend.queries import half_hour_figures
from backend.store.partitions import CALLS, SEATS, cover
from hotline.room.figures import ROOM
from hotline.room.half_hours import half_hours_of
from tests.sizes import FULL

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
CALLS_A_DAY = 20_000 if FULL else 4_000
DAY = date(2026, 11, 23)

# Each call waits some seconds; every seventh is given up.
_MARKS = """
INSERT INTO call_mark (id, call_id, call_key, mark, at, value)
SELECT gen_random_uuid(), CAST(lpad(to_hex((1000 * extract(epoch FROM one.came))::bigint), 12, '0')
  || '7' || lpad(to_hex(one.n % 4096), 3, '0') || '8' || lpad(to_hex(one.n), 15, '0') AS uuid),
  'h1-' || extract(epoch FROM one.came)::bigint || '-' || one.n, told.mark,
  one.came + make_interval(secs => told.s), told.value
FROM (SELECT n, CAST(:start AS timestamptz) + make_interval(secs => n * 4.3) AS came
      FROM generate_series(0, :count - 1) AS n) AS one
CROSS JOIN LATERAL (VALUES
  ('ring', 0.0, ''), ('answered', 1.0, ''), ('queued', 7.0, 'general'),
  ('seat_ringing', 7.0 + one.n % 20, 'seat' || lpad((1 + one.n % 60)::text, 3, '0')),
  ('seat_answered', 9.0 + one.n % 20, 'seat' || lpad((1 + one.n % 60)::text, 3, '0')),
  ('seat_left', 129.0 + one.n % 60, 'seat' || lpad((1 + one.n % 60)::text, 3, '0')),
  ('queue_left', 30.0, 'hangup'), ('ended', 130.0 + one.n % 60, '')) AS told(mark, s, value)
WHERE CASE WHEN one.n % 7 = 0 THEN told.mark NOT LIKE 'seat_%' ELSE told.mark <> 'queue_left' END
"""
_SEATS = """
INSERT INTO seat_event (id, seat, person, state, reason, call, at)
SELECT CAST(lpad(to_hex((1000 * extract(epoch FROM one.at))::bigint), 12, '0')
  || '70008' || lpad(to_hex(one.n), 15, '0') AS uuid),
  'seat' || lpad((1 + one.n % 60)::text, 3, '0'),
  'somebody', (ARRAY['ready', 'ringing', 'talking', 'wrap_up'])[1 + (one.n / 60) % 4], '', '',
  one.at
FROM (SELECT n, CAST(:start AS timestamptz) + make_interval(secs => n * 1.05) AS at
      FROM generate_series(0, :count * 4 - 1) AS n) AS one
"""


async def test_the_figures_of_a_large_day_count_every_call(office: AppContext) -> None:
    start = half_hours_of(DAY, office.city.zone).start
    async with office.store.begin() as connection:
        for one in (*CALLS, SEATS):
            await cover(connection, one, start, start + timedelta(days=2))
        for order in (_MARKS, _SEATS):
            await connection.execute(text(order), {"start": start, "count": CALLS_A_DAY})
    figures = await half_hour_figures.reckoned(office, DAY)
    total = figures.room.total(ROOM)
    given_up = -(-CALLS_A_DAY // 7)
    assert (total.offered, total.abandoned) == (CALLS_A_DAY, given_up)
    assert total.answered == total.over == CALLS_A_DAY - given_up
