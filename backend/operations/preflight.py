"""What must be right before anything starts: one hotline a folder, free ports, tokens."""

import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend.operations.swap import finish_swap
from config.private import make_way
from config.settings import Settings
from hotline.record.checkpoint import KEY_BYTES, OFFICE, Signer

CONNECTORS: Final = ("ivr", "bots", "witness")


class NotPossible(Exception):
    """Something that keeps a command from running, told to its user in one line."""


@dataclass(frozen=True, slots=True)
class Port:
    """A port that one of our processes will take."""

    setting: str
    host: str
    number: int
    kind: socket.SocketKind = socket.SOCK_STREAM

    def is_free(self) -> bool:
        """Whether nobody has taken it."""
        with socket.socket(socket.AF_INET, self.kind) as probe:
            if self.kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.number))
            except OSError:
                return False
        return True


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the data folder for this supervisor; NotPossible where another has it."""
    with _held(settings):
        finish_swap(settings.home.data_dir)  # a restore may have been cut short at its very end
        yield


@contextmanager
def _held(settings: Settings) -> Iterator[None]:
    make_way(settings.home.data_dir)
    with (settings.home.data_dir / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotPossible(f"another hotline runs in {settings.home.data_dir}") from None
        yield


def is_running(settings: Settings) -> bool:
    """Whether a supervisor holds the data folder now."""
    try:
        with _held(settings):
            return False
    except NotPossible:
        return True


def ports(settings: Settings, *, phone: bool) -> list[Port]:
    """The ports that our processes will take."""
    wanted = [Port("web.port", settings.web.host, settings.web.port)]
    if phone:
        asked = settings.phone
        wanted += [
            Port("phone.sip_port", asked.sip_host, asked.sip_port, socket.SOCK_DGRAM),
            Port("phone.agi_port", asked.agi_host, asked.agi_port),
            Port("phone.ami_port", asked.ami_host, asked.ami_port),
            Port("phone.http_port", asked.http_host, asked.http_port),
        ]
    if settings.telegram.token and settings.telegram.mode == "webhook":
        hook = settings.telegram
        wanted.append(Port("telegram.webhook_port", hook.webhook_host, hook.webhook_port))
    return wanted


def require_free(wanted: list[Port]) -> None:
    """NotPossible where a port is taken; names the setting and the port."""
    for port in wanted:
        if not port.is_free():
            raise NotPossible(f"{port.setting}: {port.host}:{port.number} is in use or not ours")


def make_tokens(settings: Settings) -> None:
    """Give each connector a random token of its own, once, in a file that only we may read."""
    folder = settings.tokens_folder
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for connector in CONNECTORS:
        _write_once(folder / connector, secrets.token_urlsafe(32))
    _write_once(settings.log_key_file, secrets.token_hex(KEY_BYTES))
    _write_once(settings.seal_key_file, secrets.token_hex(KEY_BYTES))


def log_signer(settings: Settings) -> Signer:
    """Give who signs where the log stands, by the office's own key, made where there is none."""
    path = settings.log_key_file
    if not path.exists():
        make_tokens(settings)
    try:
        return Signer(OFFICE, bytes.fromhex(path.read_text("ascii").strip()))
    except (OSError, ValueError) as error:
        raise NotPossible(f"{path}: is no key: {error}") from None


def _write_once(path: Path, secret: str) -> None:
    if path.exists():
        return
    # It appears with all that is in it: another process may look for it at this moment.
    part = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret + "\n")
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()
