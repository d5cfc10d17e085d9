"""The real exchange and the phone connector at the edges: keys, kills, calls out, lost lines."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from backend.operations import asterisk
from backend.operations.asterisk import Pbx, PbxError
from config.settings import ROOT
from hotline.clock import SystemClock
from hotline.notice import CallEnd, Outcome
from ivr.handset.caller import Script
from ivr.handset.phone import Call, SipPhone, open_phone
from ivr.pcm import read_wav
from tests.fakes.served import notice_task
from tests.real.exchanges import ASTERISK, Phoned, make_exchange, phoned_to
from tests.real.rings import ANSWER_S, PATIENCE_S
from tests.real.stack import free_ports

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(600)]

CLOCK = SystemClock()
SPOKEN = read_wav(ROOT / "config/asterisk/samples/rubbish.wav")


@pytest.fixture(scope="module")
def exchange(open_folder: Path) -> Iterator[Pbx]:
    """Run an Asterisk of our own for this file."""
    with asterisk.running(make_exchange(open_folder)) as running:
        yield running


@pytest_asyncio.fixture
async def phoned(exchange: Pbx, tmp_path: Path) -> AsyncIterator[Phoned]:
    """Give a phone connector that takes the exchange's calls."""
    async with phoned_to(exchange, tmp_path) as phoned:
        yield phoned


def test_asterisk_is_the_version_we_know() -> None:
    said = subprocess.run([ASTERISK / "bin" / "asterisk", "-V"], capture_output=True, check=True)
    assert said.stdout.startswith(b"Asterisk 22.")


def test_the_exchange_is_nobody_and_its_log_holds_no_error(exchange: Pbx) -> None:
    owner = Path(f"/proc/{exchange.process.pid}").stat().st_uid
    assert owner != 0
    assert "ERROR[" not in (exchange.config.run_dir / "log" / "messages").read_text("utf-8")


def test_a_second_exchange_on_the_same_ports_is_refused_in_one_line(
    exchange: Pbx, tmp_path: Path
) -> None:
    with pytest.raises(PbxError, match="SIP port") as refused:
        asterisk.start(replace(exchange.config, run_dir=tmp_path))
    assert "\n" not in str(refused.value)


def test_a_port_taken_after_the_look_is_noticed(
    exchange: Pbx, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asterisk says "fully booted" with its SIP port unbound; we do not."""
    monkeypatch.setattr(asterisk, "_require_free", lambda _: None)
    other = replace(
        exchange.config, run_dir=open_folder / "other",
        agi_secret_file=open_folder / "other-agi", ami_port=free_ports(1)[0],
        http_port=free_ports(1)[0],
        start_timeout_s=4.0,
    )  # fmt: skip
    with pytest.raises(
        PbxError, match=r"SIP( and manager)?( and seats)? port is not bound|ended at once"
    ):
        asterisk.start(other)


async def test_a_key_by_sip_info_is_heard_like_one_in_the_sound(phoned: Phoned) -> None:
    call = await phoned.caller.phone.call("12345", phoned.server, "13800138000")
    await call.wait_answer(ANSWER_S)
    await asyncio.sleep(0.5)
    await call.press_info("1")
    assert await phoned.caller.wait_prompt(call, "no_case", PATIENCE_S) is not None
    await call.hang_up()


async def test_two_calls_never_share_a_key(phoned: Phoned) -> None:
    quick = Script(hang_up_after=0.5)
    report = phoned.caller.report
    await asyncio.gather(*(report(phoned.server, "12345", f"138{n}", quick) for n in range(5)))
    await phoned.until(lambda: len(phoned.backend.rings) == 5)
    callers = {ring.caller for ring in phoned.backend.rings.values()}
    assert callers == {f"138{n}" for n in range(5)}


async def test_a_withheld_number_can_report(phoned: Phoned) -> None:
    told = await phoned.caller.report(phoned.server, "12345", "anonymous", Script(SPOKEN))
    assert told.number is not None
    await phoned.until(lambda: told.number in phoned.backend.attached)
    (report,) = phoned.backend.reports.values()
    assert report.contact.address == ""


# --- calls that we place

Citizen = tuple[SipPhone, asyncio.Queue[Call]]


@pytest_asyncio.fixture
async def citizen(exchange: Pbx) -> AsyncIterator[Citizen]:
    """Give the telephone that the trunk leads to, and the calls that come in on it."""
    port = int(exchange.config.trunk_contact.rpartition(":")[2])
    phone = await open_phone(CLOCK, port=port)
    calls: asyncio.Queue[Call] = asyncio.Queue()
    phone.on_call = calls.put
    yield phone, calls
    phone.close()


async def test_a_notice_is_said_to_who_picks_up_and_settled(
    phoned: Phoned, citizen: Citizen
) -> None:
    phoned.backend.owe(notice_task("20260418", "13800138000", "told.closed"))
    call = await asyncio.wait_for(citizen[1].get(), PATIENCE_S)
    told = await phoned.caller.listen(call)
    assert call.caller == "12345"
    assert told.numbers == ["20260418", "20260418"]
    assert phoned.caller.ear.heard(told.sound, "notice_closed")
    await phoned.until(lambda: bool(phoned.backend.settled))
    assert phoned.backend.settled[0].outcome is Outcome.SENT


@pytest.mark.parametrize(
    ("status", "outcome", "end"),
    [
        (486, Outcome.RETRY, CallEnd.BUSY),
        (603, Outcome.RETRY, CallEnd.BUSY),
        (480, Outcome.RETRY, CallEnd.NO_ANSWER),
        (404, Outcome.RETRY, CallEnd.UNREACHABLE),
        (500, Outcome.AWAY, CallEnd.LINE_AWAY),
        (503, Outcome.AWAY, CallEnd.LINE_AWAY),
    ],
)
async def test_a_call_that_is_turned_away_counts_and_a_line_that_is_away_does_not(
    phoned: Phoned, citizen: Citizen, status: int, outcome: Outcome, end: CallEnd
) -> None:
    phoned.backend.owe(notice_task("20260418", "13800138000"))
    call = await asyncio.wait_for(citizen[1].get(), PATIENCE_S)
    call.refuse(status)
    await phoned.until(lambda: bool(phoned.backend.settled))
    settled = phoned.backend.settled[0]
    assert (settled.outcome, settled.detail) == (outcome, end)


async def test_who_hangs_up_before_the_message_is_tried_again(
    phoned: Phoned, citizen: Citizen
) -> None:
    phoned.backend.owe(notice_task("20260418", "13800138000"))
    call = await asyncio.wait_for(citizen[1].get(), PATIENCE_S)
    await call.answer()
    await asyncio.sleep(1.5)
    await call.hang_up()
    await phoned.until(lambda: bool(phoned.backend.settled))
    assert phoned.backend.settled[0].outcome is Outcome.RETRY


async def test_an_exchange_that_starts_anew_is_found_again(
    phoned: Phoned, citizen: Citizen, exchange: Pbx
) -> None:
    exchange.process.send_signal(signal.SIGKILL)
    exchange.process.wait()
    again = await asyncio.to_thread(asterisk.start, exchange.config)
    exchange.process, exchange.systemname = again.process, again.systemname
    phoned.backend.owe(notice_task("20260418", "13800138000"))
    call = await asyncio.wait_for(citizen[1].get(), PATIENCE_S)
    told = await phoned.caller.listen(call)
    assert told.numbers == ["20260418", "20260418"]


# --- the commands


def test_the_command_says_in_one_line_what_keeps_the_exchange_down(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        said = subprocess.run(
            [sys.executable, "-m", "backend.operations.asterisk"],
            cwd=ROOT, capture_output=True, check=False,
            env={
                "HOTLINE_HOME_DATA_DIR": str(tmp_path), "HOTLINE_PHONE_SIP_PORT": str(port),
                "HOTLINE_PHONE_AMI_PORT": str(free_ports(1)[0]), "PATH": "/usr/bin:/bin",
            },
        )  # fmt: skip
    assert said.returncode == 1
    assert said.stderr.decode().strip() == f"pbx: SIP port 127.0.0.1:{port}: Address already in use"
