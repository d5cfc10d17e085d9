"""The processes of the hotline, as data: what runs, in which order, and when it is ready."""

import asyncio
import signal
import sys
from pathlib import Path

from backend.operations.postgres import Postgres, embedded
from backend.operations.supervisor import Child, Probe, answers_http, answers_tcp, touches
from config.settings import Settings

PYTHON = sys.executable
HEARD = "called-back.wav"
RINGING_S = 20.0
"""How long the phone connector may hang, with callers hearing it ring, before it is killed."""

HELD_UP_S = 120.0
"""How long a worker may be held up before it is killed; it ends by itself in half of that."""


def processes(settings: Settings) -> list[Child]:
    """Everything that these settings ask for, in the order of its start."""
    wanted = [] if settings.database.url else [database(settings)]
    if settings.backup.hour >= 0:
        wanted.append(follower())
    wanted += [backend(settings), worker(settings)]
    if has_exchange(settings):
        wanted += [exchange(settings), phone_connector(settings)]
    if settings.telegram.token:
        wanted.append(message_connector())
    if settings.cast.enabled:
        wanted.append(cast())
    return wanted


def database(settings: Settings) -> Child:
    """The embedded PostgreSQL; a killed supervisor asks it for a fast shutdown."""
    return Child(
        "postgres",
        [PYTHON, "-m", "backend.operations.postgres"],
        ready=_answers(embedded(settings)),
        ready_s=60.0,
        stop=signal.SIGINT,
        death="INT",
        grace_s=20.0,
    )


def backend(settings: Settings) -> Child:
    """The office's HTTP server."""
    url = f"http://{settings.web.host}:{settings.web.port}"
    ready, alive = answers_http(url, "/readyz"), answers_http(url, "/healthz")
    command = [PYTHON, "-m", "backend", "backend"]
    return Child("backend", command, ready=ready, ready_s=60.0, alive=alive)


def worker(settings: Settings) -> Child:
    """Lights, understanding and what else is done by the clock.

    One whose loop stands still says where and ends by itself; one that is held up as a whole, or
    comes up for too long, is killed. Its signs in the database would not do: it gives none while
    its clock is wrong or the database is away, and any other worker gives the same.
    """
    sign = settings.home.data_dir / "log" / "worker.alive"
    return Child(
        "worker",
        [PYTHON, "-m", "backend", "worker", "--sign", str(sign)],
        alive=touches(sign),
        hung_s=HELD_UP_S,
    )


def exchange(settings: Settings) -> Child:
    """Asterisk; ready when its manager answers, after it has proved that its ports are bound."""
    ready = answers_tcp(settings.phone.ami_host, settings.phone.ami_port)
    command = [PYTHON, "-m", "backend.operations.asterisk"]
    return Child("asterisk", command, ready=ready, ready_s=60.0, death="TERM", alive=ready)


def phone_connector(settings: Settings) -> Child:
    """The call flows, speech to text and the calls out."""
    ready = answers_tcp(settings.phone.agi_host, settings.phone.agi_port)
    command = [PYTHON, "-m", "ivr"]
    return Child("ivr", command, ready=ready, ready_s=60.0, alive=ready, hung_s=RINGING_S)


def follower() -> Child:
    """What makes the backups and keeps the log up to date; ended after all who write."""
    return Child("backup", [PYTHON, "-m", "backend.backup.follow"])


def message_connector() -> Child:
    """Telegram."""
    return Child("bots", [PYTHON, "-m", "bots"])


def cast() -> Child:
    """The demo's players."""
    return Child("cast", [PYTHON, "-m", "backend.demo"])


def citizen(settings: Settings) -> Child:
    """The telephone of the demo's citizen, who is rung back; keeps what was heard last."""
    heard = settings.home.data_dir / HEARD
    command = [PYTHON, "-m", "ivr.handset.caller", "--answer", "86400", "--record", str(heard)]
    return Child("citizen", command)


def has_exchange(settings: Settings) -> bool:
    """Whether Asterisk is there to be run."""
    return (Path(settings.phone.asterisk_root) / "bin" / "asterisk").is_file()


def _answers(server: Postgres) -> Probe:
    async def probe() -> bool:
        return await asyncio.to_thread(server.is_ready)

    return probe
