"""The limits that figures are held against write the rows of this version."""

import re

import pytest

from backend.operations.postgres import Postgres
from backend.store.schema import migrate
from backend.store.session import make_engine
from tests.bench.ground import SCRIPTS

pytestmark = pytest.mark.slow
TIMES = 3


async def test_reports_and_moves_are_written_as_the_product_writes_them(
    postgres: Postgres, database: str
) -> None:
    engine = make_engine(database)
    await migrate(engine)
    await engine.dispose()
    name = database.partition("@/")[2].partition("?")[0]
    assert failures(postgres, name, "intake.sql") == 0
    numbered = "CREATE TABLE bench_case AS SELECT row_number() OVER () AS n, id FROM cases"
    postgres.run("psql", "-XAtqc", numbered, name)
    assert failures(postgres, name, "move.sql", cases=TIMES) == 0
    made = "SELECT count(*), sum(version), count(DISTINCT stage) FROM cases"
    many, versions, _ = map(int, postgres.run("psql", "-XAtqc", made, name).strip().split("|"))
    assert (many, versions) == (TIMES, 2 * TIMES)


def failures(postgres: Postgres, name: str, script: str, cases: int = 0) -> int:
    """Run a script so often; gives how many transactions failed."""
    said = postgres.run(
        "pgbench", "-n", "-M", "prepared", "-t", str(TIMES), "-D", f"cases={cases}",
        "-f", str(SCRIPTS / script), name,
    )  # fmt: skip
    found = re.search(r"^number of failed transactions: (\d+)", said, re.MULTILINE)
    assert f"{TIMES}/{TIMES}" in said, said
    return int(found[1]) if found else 0
