"""The demo's caller: speaks a report to the running hotline and tells what becomes of it."""

import asyncio
import re
import sys
import tomllib
from pathlib import Path
from uuid import UUID

from backend.city import make_city
from backend.city_files import files_by
from backend.cli.command import CommandContext
from backend.operations.postgres import database_url
from backend.operations.preflight import NotPossible
from backend.store import cases
from backend.store.session import Store, make_engine
from config.settings import ROOT, child_environment
from hotline.case.case import HANDLER, Case, Step
from hotline.clock import SystemClock
from hotline.words import known

SAMPLES = ROOT / "config" / "asterisk" / "samples"
SEAT = "seat"
LOOK_EVERY_S = 0.5
PATIENCE_S = 180.0
NUMBER = re.compile(r"^number ([\d ]+)$", re.MULTILINE)


def samples(language: str) -> list[Path]:
    """The spoken reports in a language that the caller can play."""
    table = tomllib.loads((SAMPLES / "samples.toml").read_text("utf-8"))
    spoken = (
        name
        for name, about in table.items()
        if about["language"] == language and about.get("by") != SEAT
    )
    return [path for name in spoken if (path := SAMPLES / f"{name}.wav").is_file()]


def words_of(sample: Path) -> str:
    """The words of a sample, "" for a sound that is none."""
    table = tomllib.loads((SAMPLES / "samples.toml").read_text("utf-8"))
    return str(table.get(sample.stem, {}).get("text", ""))


def seat_sounds(language: str) -> tuple[Path, Path]:
    """What the demo's seat says in a language, first and at the end."""
    end = "" if language == "zh_CN" else f"_{language}"
    return SAMPLES / f"seat_asks{end}.wav", SAMPLES / f"seat_thanks{end}.wav"


async def speak(given: CommandContext, sample: Path) -> str:
    """Ring the hotline up and speak; gives the number that was heard."""
    out, err = await _called(given, sample)
    heard = NUMBER.search(out.decode("utf-8", "replace"))
    if heard is None:
        words = (err or out).decode("utf-8", "replace").strip().splitlines()
        raise NotPossible(f"the caller heard no number: {words[-1] if words else 'no words'}")
    return heard[1].replace(" ", "")


async def talk(given: CommandContext, sample: Path, seconds: float) -> None:
    """Ring the hotline up, wait for a person, and say the words to them again and again."""
    await _called(given, sample, "--talk", str(seconds))


async def _called(given: CommandContext, sample: Path, *more: str) -> tuple[bytes, bytes]:
    """Let the demo's caller make a call; gives what it tells."""
    command = [sys.executable, "-m", "ivr.handset.caller", "--say", str(sample), *more]
    caller = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=child_environment(given.files),
    )
    try:
        return await caller.communicate()
    except asyncio.CancelledError:
        caller.kill()
        await caller.wait()
        raise


async def narrate(given: CommandContext, number: str) -> None:
    """Tell each step of a case as it is made, until it is dispatched or nobody goes on."""
    settings, clock = given.settings, SystemClock()
    store = Store(make_engine(database_url(settings), pool_size=1))
    told = _Told(given)
    until = clock.monotonic() + PATIENCE_S
    try:
        while clock.monotonic() < until and not told.is_over:
            told.tell(*await _look(store, number))
            await clock.sleep(LOOK_EVERY_S)
    finally:
        await store.close()


async def _look(store: Store, number: str) -> tuple[Case, list[Step]]:
    async with store.connect() as connection:
        case = await cases.load(connection, number)
        return case, await cases.steps_of(connection, case.id)


class _Told:
    """What has been told of a case already."""

    def __init__(self, given: CommandContext) -> None:
        self.is_over = False
        self._given = given
        self._actions = make_city(files_by(given.settings)).workflow.actions
        self._steps: set[UUID] = set()
        self._words = ""

    def tell(self, case: Case, steps: list[Step]) -> None:
        """Tell what is new."""
        for step in steps:
            if step.id not in self._steps:
                self._steps.add(step.id)
                self._tell_step(step)
        if case.text != self._words:
            self._words = case.text
            self._given.tell("demo.saw_words", text=case.text)
        # It lies with a department now, or nothing has a limit any more: it has come to an end.
        self.is_over = case.org_of(HANDLER) is not None or case.stage_clock.due_at is None

    def _tell_step(self, step: Step) -> None:
        move = self._actions.get(step.action)
        action = move.named(self._given.language) if move else self._named("did", step.action)
        self._given.tell("demo.saw_step", action=action, person=self._named("post", step.person))

    def _named(self, kind: str, name: str) -> str:
        key = f"demo.{kind}_{name}"
        return self._given.words(key) if known(key, self._given.language) else name
