"""`hotline audit`: reading the whole log back, and being its witness elsewhere."""

import argparse
import asyncio
from pathlib import Path
from typing import Final

from backend.cli.command import Command, CommandContext
from backend.cli.database import opened
from backend.cli.progress import Progress
from backend.operations.preflight import NotPossible, log_signer
from backend.store.record_check import Differs, RecordCheck, RecordFound
from backend.store.revision import check_current
from hotline.clock import SystemClock
from hotline.errors import Invalid
from hotline.record.checkpoint import Checkpoint, read_checkpoint
from hotline.wire import parse

ACTIONS: Final = ("verify",)


def arguments(part: argparse.ArgumentParser) -> None:
    """Take what is to be done."""
    part.add_argument("action", choices=ACTIONS, help="what is to be done")
    part.add_argument(
        "--witness", type=Path, metavar="FILE", help="verify: what a witness has kept"
    )


def run(given: CommandContext) -> int:
    """0 where everything is as it was written down; else what differs, and 2."""
    return asyncio.run(_verify(given))


async def _verify(given: CommandContext) -> int:
    seen = () if given.options.witness is None else read_witnessed(given.options.witness)
    public = log_signer(given.settings).public
    async with opened(given.settings) as store:
        async with store.connect() as connection:
            await check_current(connection)
        try:
            async with Progress(SystemClock()).step(given.words("record.reading")) as step:

                def told(done: int, many: int) -> None:
                    step.note = f"{done:,} / {many:,}"

                found = await RecordCheck(store, public, seen, told).run()
        except Differs as differs:
            given.tell(f"record.differs_{differs.what}", where=differs.where)
            return 2
    _tell(given, found, len(seen))
    return 0


def _tell(given: CommandContext, found: RecordFound, seen: int) -> None:
    given.tell(
        "record.whole",
        entries=found.entries,
        months=found.months,
        checkpoints=found.checkpoints,
        witnessed=seen,
    )
    if found.erased:
        given.tell("record.erased", many=found.erased)
    if found.gone:
        given.tell("record.gone", many=found.gone)
    if found.waiting:
        given.tell("record.waiting", many=found.waiting)
    if not seen:
        given.tell("record.alone")


def read_witnessed(path: Path) -> tuple[Checkpoint, ...]:
    """Give the checkpoints of a witness's file, a line each; NotPossible where it is none."""
    try:
        lines = path.read_text("utf-8").splitlines()
        return tuple(read_checkpoint(_note(line)) for line in lines if line.strip())
    except (OSError, UnicodeDecodeError, Invalid) as error:
        raise NotPossible(f"{path}: is no file of a witness: {error}") from None


def _note(line: str) -> str:
    told = parse(line)
    signed = told.get("signed") if isinstance(told, dict) else None
    if not isinstance(signed, str):
        raise Invalid("signed", "is missing")
    return signed


COMMAND = Command(run, arguments)
