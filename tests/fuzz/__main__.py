"""`make fuzz`: many requests to every route; one JSON line, and 1 where any answer was a fault."""

import argparse
import asyncio
import json
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from backend.operations.postgres import Postgres
from backend.store.schema import migrate
from backend.store.session import make_engine
from tests.conftest import CARELESS
from tests.fuzz.attack import Found, attack
from tests.fuzz.world import world

SHOWN = 50


def main() -> int:
    """Run on a server and a folder of its own, and leave nothing behind."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="hl-"))
    server = Postgres(folder, CARELESS)
    server.start()
    try:
        server.run("createdb", "fuzz")
        found = asyncio.run(_run(server.url("fuzz"), folder / "data", given))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return told(found, given.seed)


def told(found: Found, seed: int) -> int:
    """Print every fault and one line of figures; 1 where there is a fault."""
    for sent, got in found.faults[:SHOWN]:
        print(f"{', '.join(got.wrong)} <- {sent}", file=sys.stderr)
    figures = {
        "seed": seed,
        "sent": found.sent,
        "routes": len(found.routes),
        "statuses": {str(status): many for status, many in sorted(found.statuses.items())},
        "faults": len(found.faults),
    }
    print(json.dumps(figures))
    return 1 if found.faults else 0


async def _run(url: str, folder: Path, given: argparse.Namespace) -> Found:
    engine = make_engine(url)
    await migrate(engine)
    await engine.dispose()
    async with world(url, folder) as made:
        return await attack(made, given.seed, given.requests)


if __name__ == "__main__":
    sys.exit(main())
