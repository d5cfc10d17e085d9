"""The telephone exchange: renders Asterisk's configuration, starts it, proves that it listens."""

import logging
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from backend.operations.exchange_answers import (
    manager_accepts,
    settings_accept,
    sip_server,
    takes_connections,
)
from backend.operations.exchange_sounds import give_sounds, make_music
from backend.operations.exchange_tls import TrunkTls, tls_files, tls_values, trunk_tls
from config.exchange_secrets import fresh_secret, shared_secret
from config.logs import keep_short, set_up
from config.neighbours import (
    DEMO_TRUNK,
    LOOPBACK,
    address_of,
    may_call,
    may_manage,
    own_address,
)
from config.private import OURS, SERVANT, keep_private, make_way
from config.prompts import PROMPTS
from config.sections import PhoneSettings
from config.settings import ROOT, Settings, SettingsError, from_environment
from hotline.clock import SystemClock
from hotline.errors import HotlineError

log = logging.getLogger(__name__)

TEMPLATES = ROOT / "config" / "asterisk" / "conf"
BENCH = "extensions-bench.conf"
# Files that Asterisk misses loudly when they are not there.
EMPTY_FILES = (
    "stasis",
    "pjproject",
    "ccss",
    "udptl",
    "features",
    "cel",
    "cdr_manager",
    "websocket_client",
)
# Of a recording: 8000 samples of two bytes.
BYTES_PER_SECOND = 16_000
FOLDERS = ("etc", "data", "lib", "run", "log", "agi", "db", "cache", "spool")
# Ours alone to write: made anew at every start, so that nothing of the last one is written through.
REMADE = ("etc", "data")
SPOOL_FOLDERS = ("recording", "note", "outgoing", "monitor", "tmp")


class PbxError(HotlineError):
    """The exchange cannot start; the message says why in one line."""

    code = "pbx_failed"


@dataclass(frozen=True, slots=True)
class PbxConfig:
    """Everything one Asterisk needs to know; ports and folders differ per instance."""

    asterisk_dir: Path
    run_dir: Path
    ami_secret: str
    ari_secret: str
    agi_secret_file: Path
    sip_port: int
    ami_port: int
    agi_port: int
    http_port: int
    rtp_start: int
    rtp_end: int
    sip_bind: str = "127.0.0.1"
    ami_bind: str = "127.0.0.1"
    ami_permit: tuple[str, ...] = (LOOPBACK,)
    agi_host: str = "127.0.0.1"
    http_bind: str = "127.0.0.1"
    seats_host: str = "127.0.0.1"
    media_address: str = "127.0.0.1"
    trunk_match: tuple[str, ...] = (LOOPBACK,)
    trunk_contact: str = "127.0.0.1:16060"
    trunk_tls: TrunkTls | None = None
    own_number: str = "12345"
    open_lines: int = 90
    caller_lines: int = 5
    withheld_lines: int = 20
    language: str = "zh_CN"
    silence_s: int = 4
    piece_s: int = 8
    max_record_s: int = 120
    finish_tries: int = 8
    ring_s: int = 20
    prompts_dir: Path = PROMPTS
    run_as: str = SERVANT
    bench: bool = False
    start_timeout_s: float = 30.0

    @property
    def spool(self) -> Path:
        """Where recordings and notes of calls wait for the phone connector."""
        return self.run_dir / "spool"


def fill(text: str, values: Mapping[str, object]) -> str:
    """Put values in place of `@{name}`; dollar signs and bare at-signs belong to Asterisk."""
    return re.sub(r"@\{(\w+)\}", lambda found: str(values[found[1]]), text)


def render(config: PbxConfig) -> None:
    """Write the whole run folder: configuration, data links and empty spool folders."""
    root = config.asterisk_dir / "root"
    if not (config.asterisk_dir / "bin" / "asterisk").is_file():
        raise PbxError(
            f"no Asterisk in {config.asterisk_dir}; run config/asterisk/get-asterisk first"
        )
    _make_folders(config)
    _link_data(root, config)
    values = _values(root, config)
    for template in sorted(TEMPLATES.glob("*.conf")):
        if template.name == BENCH:
            continue
        text = template.read_text("utf-8")
        if template.name == "extensions.conf" and config.bench:
            text += "\n" + (TEMPLATES / BENCH).read_text("utf-8")
        _write(config.run_dir / "etc" / template.name, fill(text, values))
    for name, text in tls_files(config.trunk_tls).items():
        _write(config.run_dir / "etc" / name, text)
    for name in EMPTY_FILES:
        _write(config.run_dir / "etc" / f"{name}.conf", "[general]\n")


def _make_folders(config: PbxConfig) -> None:
    """Make what is missing, each closed: recordings are named by their callers' numbers."""
    make_way(config.run_dir)
    for name in REMADE:
        shutil.rmtree(config.run_dir / name, ignore_errors=True)
    for name in FOLDERS:
        (config.run_dir / name).mkdir(mode=OURS, exist_ok=True)
        (config.run_dir / name).chmod(OURS)
    for name in SPOOL_FOLDERS:
        (config.spool / name).mkdir(exist_ok=True)


def _values(root: Path, config: PbxConfig) -> dict[str, object]:
    modules = next(iter(root.glob("usr/lib/*/asterisk/modules")), None)
    if modules is None:
        raise PbxError(f"no Asterisk modules below {root}")
    return {
        "run": config.run_dir.resolve(),
        "spool": config.spool.resolve(),
        "asterisk": root.resolve(),
        "modules": modules.resolve(),
        "systemname": f"h{secrets.token_hex(4)}",
        "agi_secret": fresh_secret(config.agi_secret_file),
        "pieces": config.max_record_s // config.piece_s,
        "least_bytes": (config.piece_s - config.silence_s) * BYTES_PER_SECOND,
        "ami_permit": ",".join(config.ami_permit),
        "trunk_match": ",".join(config.trunk_match),
        **tls_values(
            config.trunk_tls, config.sip_bind, config.trunk_contact,
            config.run_dir.resolve() / "etc",
        ),
        **{
            name: getattr(config, name)
            for name in (
                "sip_bind", "sip_port", "ami_bind", "ami_port", "ami_secret",
                "http_bind", "http_port", "ari_secret", "seats_host", "ring_s",
                "agi_host", "agi_port", "rtp_start", "rtp_end", "media_address",
                "own_number", "language", "silence_s", "piece_s",
                "open_lines", "caller_lines", "withheld_lines",
                "finish_tries",
            )
        },
    }  # fmt: skip


def _link_data(root: Path, config: PbxConfig) -> None:
    """Give Asterisk its XML documentation (options are registered from it), sounds and a music."""
    data = config.run_dir / "data"
    documentation = root / "usr/share/asterisk/documentation"
    (data / "documentation").symlink_to(documentation.resolve())
    give_sounds(data / "sounds", config.prompts_dir)
    make_music(config.run_dir / "lib" / "moh")
    (config.run_dir / "lib" / "keys").mkdir(exist_ok=True)


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, "utf-8")


class Pbx:
    """A running Asterisk of ours."""

    def __init__(self, config: PbxConfig, process: "subprocess.Popen[bytes]", systemname: str):
        self.config = config
        self.process = process
        self.systemname = systemname

    def stop(self, timeout_s: float = 10.0) -> None:
        """Ask it to end, and make it end if it does not."""
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(config: PbxConfig) -> Pbx:
    """Render, start, and return once SIP and the manager interface really answer."""
    _require_free(config)
    render(config)
    _keep_one_log(config.run_dir / "log" / "messages")
    servant = _unprivileged(config)
    binary = str(config.asterisk_dir.resolve() / "bin" / "asterisk")
    conf = str(config.run_dir.resolve() / "etc" / "asterisk.conf")
    arguments = [*servant, binary, "-C", conf, "-f"]
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=config.run_dir,
        env={"PATH": "/usr/bin:/bin", "HOME": str(config.run_dir), "LANG": "C.UTF-8"},
    )
    pbx = Pbx(config, process, _systemname(config))
    try:
        _prove(pbx)
    except BaseException:
        pbx.stop(2.0)
        raise
    return pbx


@contextmanager
def running(config: PbxConfig) -> Iterator[Pbx]:
    """Keep an Asterisk for the length of a with-block."""
    pbx = start(config)
    try:
        yield pbx
    finally:
        pbx.stop()


def _require_free(config: PbxConfig) -> None:
    """Refuse early: Asterisk itself says "fully booted" with its ports unbound."""
    wanted = (
        ("SIP", socket.SOCK_DGRAM, config.sip_bind, config.sip_port),
        ("manager", socket.SOCK_STREAM, config.ami_bind, config.ami_port),
        ("seats", socket.SOCK_STREAM, config.http_bind, config.http_port),
        *(("TLS", socket.SOCK_STREAM, config.sip_bind, one.port) for one in _tls(config)),
    )
    for what, kind, host, port in wanted:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise PbxError(f"{what} port {host}:{port}: {error.strerror}") from error


def _unprivileged(config: PbxConfig) -> list[str]:
    """Give the words that make a command run as nobody when started by root.

    The folders inside the run folder are made theirs, the run folder stays ours. Below a closed
    folder such as root's home the rights of the folders stay as they are: the server may walk
    through instead.
    """
    if not _is_root():
        return []
    try:
        user = pwd.getpwnam(config.run_as)
    except KeyError as error:
        raise PbxError(f"there is no user {config.run_as} on this machine") from error
    words = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    if not all(_open_to_all(p) for p in (config.run_dir, config.asterisk_dir / "bin", PROMPTS)):
        words += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    words.append("--")
    try:
        for path in config.run_dir.rglob("*"):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
        binary = str(config.asterisk_dir.resolve() / "bin" / "asterisk")
        subprocess.run([*words, binary, "-V"], check=True, capture_output=True, cwd=config.run_dir)
    except (OSError, subprocess.CalledProcessError) as error:
        raise PbxError(
            f"started by root, and the user {config.run_as} cannot run Asterisk from "
            f"{config.asterisk_dir} in {config.run_dir}: {error}"
        ) from error
    return words


def _open_to_all(path: Path) -> bool:
    """Tell whether everybody may walk down to a folder."""
    return all(p.stat().st_mode & stat.S_IXOTH for p in path.resolve().parents)


def _is_root() -> bool:
    return Path("/proc/self").stat().st_uid == 0


def _systemname(config: PbxConfig) -> str:
    text = (config.run_dir / "etc" / "asterisk.conf").read_text("utf-8")
    found = re.search(r"^systemname = (\w+)$", text, re.MULTILINE)
    assert found is not None
    return found[1]


def _prove(pbx: Pbx) -> None:
    """Wait until this very Asterisk answers on both ports, or say what is wrong."""
    clock, config = SystemClock(), pbx.config
    end = clock.monotonic() + config.start_timeout_s
    missing = "SIP and manager"
    while clock.monotonic() < end:
        if pbx.process.poll() is not None:
            raise PbxError(f"Asterisk ended at once: {last_words(config)}")
        answers = (
            ("SIP", sip_server(config.sip_bind, config.sip_port) == pbx.systemname),
            ("manager", manager_accepts(config.ami_bind, config.ami_port, config.ami_secret)),
            ("seats", settings_accept(config.http_bind, config.http_port, config.ari_secret)),
            *(("TLS", takes_connections(config.sip_bind, one.port)) for one in _tls(config)),
        )
        missing = " and ".join(name for name, up in answers if not up)
        if not missing:
            return
        clock.wait(0.1)
    raise PbxError(
        f"Asterisk runs but its {missing} port is not bound "
        f"(SIP {config.sip_bind}:{config.sip_port}, manager {config.ami_bind}:{config.ami_port}, "
        f"seats {config.http_bind}:{config.http_port}): {last_words(config)}"
    )


def _tls(config: PbxConfig) -> tuple[TrunkTls, ...]:
    return () if config.trunk_tls is None else (config.trunk_tls,)


def _keep_one_log(path: Path) -> None:
    """Begin a fresh log, so that complaints are of this start; the one before is kept."""
    if path.is_file():
        path.replace(path.with_name("messages.1"))


def last_words(config: PbxConfig) -> str:
    """Give the last complaint in Asterisk's log."""
    path = config.run_dir / "log" / "messages"
    lines = path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
    complaints = [line for line in lines if "ERROR[" in line or "WARNING[" in line]
    return complaints[-1] if complaints else "its log holds no complaint"


def open_lines(phone: PhoneSettings) -> int:
    """Give how many calls are served at once; the rest hear that all lines are busy."""
    return max(phone.lines - phone.lines_spare, (phone.lines + 1) // 2)


def config_from(settings: Settings) -> PbxConfig:
    """Give the exchange of these settings."""
    phone = settings.phone
    return PbxConfig(
        asterisk_dir=phone.asterisk_root,
        run_dir=settings.home.data_dir / "asterisk",
        ami_secret=shared_secret(settings.ami_secret_file),
        ari_secret=shared_secret(settings.ari_secret_file),
        agi_secret_file=settings.agi_secret_file,
        sip_bind=phone.sip_host,
        sip_port=phone.sip_port,
        ami_bind=address_of("phone.ami_host", phone.ami_host),
        ami_permit=may_manage(phone),
        ami_port=phone.ami_port,
        agi_host=phone.agi_host,
        agi_port=phone.agi_port,
        http_bind=address_of("phone.http_host", phone.http_host),
        http_port=phone.http_port,
        seats_host=phone.seats_host or own_address(),
        rtp_start=phone.rtp_first,
        rtp_end=phone.rtp_last,
        media_address=phone.public_host or phone.sip_host,
        trunk_match=may_call(phone),
        trunk_contact=phone.trunk or DEMO_TRUNK,
        trunk_tls=trunk_tls(phone),
        own_number=phone.hotline_number,
        open_lines=open_lines(phone),
        caller_lines=phone.lines_per_caller,
        withheld_lines=phone.lines_withheld,
        language=settings.home.language,
    )


def main(settings: Settings, *, bench: bool = False) -> int:
    """Run the exchange in the foreground until a signal ends it."""
    set_up(settings.log)
    keep_private(settings.home.data_dir)
    make_way(settings.home.data_dir)
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _frame: stopping.append(got))
    try:
        config = replace(config_from(settings), bench=bench)
        pbx = start(config)
    except (PbxError, SettingsError) as error:
        sys.stderr.write(f"pbx: {error}\n")
        return 1
    log.info("Asterisk answers on %s:%s", config.sip_bind, config.sip_port)
    log.info("the sound of seats is at %s", config.seats_host)
    clock = SystemClock()
    while not stopping and pbx.process.poll() is None:
        keep_short(config.run_dir / "log" / "messages")
        clock.wait(0.2)
    pbx.stop()
    if not stopping:
        sys.stderr.write(f"pbx: Asterisk ended: {last_words(config)}\n")
    return 0 if stopping else 1


if __name__ == "__main__":
    sys.exit(main(from_environment(), bench="--bench" in sys.argv[1:]))
