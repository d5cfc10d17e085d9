"""M4: while the whole hotline runs, nothing that it wrote is for others, whoever started it."""

import asyncio
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.prompts import PROMPTS
from config.settings import ROOT
from hotline.clock import SystemClock
from ivr.handset.caller import Caller, Script
from ivr.handset.ear import Ear
from ivr.handset.phone import open_phone
from ivr.pcm import read_wav
from ivr.prompts import open_prompts
from tests.real.record import eventually, on_record
from tests.real.stack import Stack, make_stack

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(600)]

CLOCK = SystemClock()
SAMPLE = ROOT / "config/asterisk/samples/rubbish.wav"
CITIZEN = "13912345679"
OTHERS = 0o077
# Of root's folders those that the database's and the exchange's user walk through, listing nothing.
WAYS = {"", "asterisk", "postgres"} if os.geteuid() == 0 else set()


@pytest.fixture(scope="module")
def stack(open_folder: Path) -> Iterator[Stack]:
    """A hotline in a folder that an earlier version left open, started where all may write."""
    stack = make_stack(open_folder, {"HOTLINE_SPEECH_ENGINE": "none"})
    before = os.umask(0o000)
    for name in ("asterisk/spool/recording", "log", "media", "spool/reports", "tokens"):
        (stack.settings.home.data_dir / name).mkdir(parents=True)
    try:
        stack.start()
        yield stack
    finally:
        os.umask(before)
        stack.stop()


def open_to_others(folder: Path) -> dict[str, str]:
    """Give what others may reach, with its rights: below a closed folder they reach nothing."""
    found = {}
    places = [folder]
    while places:
        place = places.pop()
        name = "" if place == folder else place.relative_to(folder).as_posix()
        rights = stat.S_IMODE(place.lstat().st_mode)
        if place.is_symlink() or not rights & OTHERS:
            continue
        if not (name in WAYS and rights == 0o711):
            found[name] = oct(rights)
        if place.is_dir():
            places += place.iterdir()
    return found


def written_open(folder: Path) -> dict[str, str]:
    """Give the new files with rights for others, closed folders around them or not."""
    found = {}
    for place in folder.rglob("*"):
        try:
            about = place.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISREG(about.st_mode) and about.st_mode & OTHERS:
            found[place.relative_to(folder).as_posix()] = oct(stat.S_IMODE(about.st_mode))
    return found


async def test_m4_nothing_is_open_to_others_while_a_report_is_taken(stack: Stack) -> None:
    data = stack.settings.home.data_dir
    phone = await open_phone(CLOCK)
    caller = Caller(phone, Ear(open_prompts(PROMPTS, "zh_CN"), "zh_CN"), CLOCK)
    server = ("127.0.0.1", stack.settings.phone.sip_port)
    reporting = asyncio.create_task(
        caller.report(
            server, stack.settings.phone.hotline_number, CITIZEN, Script(speech=read_wav(SAMPLE))
        )
    )
    recorded = set()
    try:
        while not reporting.done():
            recorded |= set((data / "asterisk/spool/recording").glob(f"*_{CITIZEN}*.wav"))
            assert written_open(data) == {}
            await asyncio.sleep(0.5)
        told = await reporting
    finally:
        phone.close()
    assert recorded, "the exchange writes what is said"
    async with on_record(stack) as record:
        kept = await eventually(
            lambda: record.reports(CITIZEN), lambda found: found and found[0].recording
        )
    assert [one.number for one in kept] == [told.number]
    assert kept[0].recording is not None, "the phone connector reads it"
    assert (written_open(data), open_to_others(data)) == ({}, {})
