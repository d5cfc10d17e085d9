"""`hotline audit`: reading the whole log back, and being its witness elsewhere."""

import argparse
import asyncio
import gc
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from backend.cli.command import Command, CommandContext
from backend.cli.database import opened
from backend.cli.progress import Progress
from backend.cli.running import stop_event
from backend.media import MediaStore
from backend.operations.preflight import NotPossible, log_signer
from backend.signed_memory import SignedMemory
from backend.store import log_checkpoints
from backend.store.record_check import Differs, RecordCheck, RecordFound
from backend.store.revision import check_current
from backend.witness import WitnessClient, WitnessFile, look
from hotline.clock import SystemClock, pause
from hotline.errors import NotFound, Refused, Unavailable
from hotline.record.checkpoint import OFFICE, Signer, is_signed, read_checkpoint
from hotline.record.growth import WITNESS_NAME
from hotline.record.log_entry import LogDamaged

WITNESS: Final = "witness"
# So many are made before the next look; a page of the log, or of cases, has some hundred thousand.
OBJECTS: Final = 500_000
ACTIONS: Final = ("verify", WITNESS, "resume")


def arguments(part: argparse.ArgumentParser) -> None:
    """Take what is to be done."""
    part.add_argument("action", choices=ACTIONS, help="what is to be done")
    part.add_argument(
        "--witness", type=Path, metavar="FILE", help="verify: what a witness has kept"
    )
    part.add_argument(
        "--no-files", action="store_true", help="verify: leave photos and recordings out"
    )
    part.add_argument("--file", type=Path, help="witness: where it keeps what it saw")
    part.add_argument("--name", type=_name, default=WITNESS, help="witness: its name")
    part.add_argument("--url", default="", help="witness: where the office is")
    part.add_argument("--token-file", type=Path, metavar="FILE", help="witness: its token")
    part.add_argument("--once", action="store_true", help="witness: look once, and end")


def _name(told: str) -> str:
    if not re.fullmatch(WITNESS_NAME, told) or told == OFFICE:
        raise argparse.ArgumentTypeError("small letters, digits and hyphens; not office")
    return told


def run(given: CommandContext) -> int:
    """0 where everything is as it was written down; else what differs, and 2."""
    return asyncio.run(DO[given.options.action](given))


async def _verify(given: CommandContext) -> int:
    kept: Path | None = given.options.witness
    if kept is not None and not kept.is_file():
        raise NotPossible(given.words("record.no_file", file=kept))
    signer = log_signer(given.settings)
    seen = WitnessFile(kept).checked(signer.public) if kept else []
    last = SignedMemory(given.settings.log_memory_file).last(signer)
    files = None if given.options.no_files else _files(given)
    async with opened(given.settings) as store:
        async with store.connect() as connection:
            await check_current(connection)
        try:
            async with Progress(SystemClock()).step(given.words("record.reading")) as step:

                def told(done: int, many: int) -> None:
                    step.note = f"{done:,} / {many:,}"

                whole = None if files is None else files.is_whole
                check = RecordCheck(store, signer.public, seen, told, whole, last)
                with _few_collections():
                    found = await check.run()
        except Differs as differs:
            given.tell(f"record.differs_{differs.what}", where=differs.where)
            return 2
        finally:
            if files is not None:
                files.close()
    _tell(given, found, len(seen))
    return 0


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let Python seldom look for cycles, which took half of the time: what is read has none."""
    were = gc.get_threshold()
    gc.set_threshold(OBJECTS)
    try:
        yield
    finally:
        gc.set_threshold(*were)


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
    if given.options.no_files:
        given.tell("record.no_files")
    else:
        given.tell("record.files", many=found.files)
    if not seen:
        given.tell("record.alone")


async def _resume(given: CommandContext) -> int:
    """Let a log that was brought back be signed on, though it does not go on from what was."""
    signer, memory = log_signer(given.settings), SignedMemory(given.settings.log_memory_file)
    async with opened(given.settings) as store, store.one_moment() as connection:
        found = await log_checkpoints.last(connection)
    memory.forget()
    if found is None or not is_signed(found.signed, OFFICE, signer.public):
        given.tell("record.resumed_none")
        return 0
    memory.keep(found.signed)
    point = read_checkpoint(found.signed)
    given.tell("record.resumed", month=point.month, size=point.size, at=point.at)
    return 0


def _files(given: CommandContext) -> MediaStore:
    """The folder of files, which is only read."""
    return MediaStore(given.settings.home.data_dir / "media", given.settings.media)


async def _witness(given: CommandContext) -> int:
    """Look at the log now and then, until a signal ends it; at once and once with --once."""
    options = given.options
    if options.file is None:
        raise NotPossible(given.words("record.witness_usage"))
    file, clock = WitnessFile(options.file), SystemClock()
    signer, token = file.signer(options.name), _token(given)
    stop = stop_event()
    client = WitnessClient(options.url or given.settings.backend_url, token, timeout_seconds=60.0)
    try:
        while True:
            await _look(given, client, file, signer)
            if options.once:
                return 0
            await pause(stop, given.settings.record.checkpoint_s)
            if stop.is_set():
                return 0
    except Refused as error:
        # It is told again at each start, and nothing of it is kept.
        given.tell("record.refused", reason=str(error), at=clock.now().isoformat(" ", "seconds"))
        return 2
    finally:
        await client.close()


async def _look(
    given: CommandContext, client: WitnessClient, file: WitnessFile, signer: Signer
) -> None:
    """Look once; an office that is away, or cannot prove anything yet, is asked again later."""
    try:
        seen = await look(client, file, signer)
    except (Unavailable, NotFound) as error:
        if given.options.once:
            raise
        key = "damaged" if error.code == LogDamaged.code else "away"
        given.tell(f"record.{key}", reason=" ".join(str(error).split()))
        return
    given.tell("record.witnessed", month=seen.month, size=seen.size, at=seen.at)


def _token(given: CommandContext) -> str:
    """The token by which a witness asks: of a file that was handed to it, or of these settings."""
    path: Path | None = given.options.token_file
    try:
        return path.read_text("ascii").strip() if path else given.settings.connector_token(WITNESS)
    except (OSError, ValueError) as error:
        raise NotPossible(f"{path}: cannot be read: {error}") from None


DO: Final[Mapping[str, Callable[[CommandContext], Coroutine[None, None, int]]]] = {
    "verify": _verify,
    WITNESS: _witness,
    "resume": _resume,
}
COMMAND = Command(run, arguments)
