"""The exchange's configuration is filled whole, and a start that cannot work is refused."""

import re
import socket
import subprocess
import wave
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from backend.operations import asterisk
from backend.operations.asterisk import TEMPLATES, PbxConfig, PbxError, fill, render
from config.exchange_secrets import read_secret, shared_secret
from config.sections import HomeSettings, PhoneSettings
from config.settings import Settings
from hotline.room.plan import QUEUES

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tmp_path: Path) -> PbxConfig:
    """Give an exchange whose Asterisk is an empty shell."""
    root = tmp_path / "asterisk"
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "asterisk").write_text("#!/bin/sh\nexit 1\n")
    (root / "bin" / "asterisk").chmod(0o755)
    (root / "root/usr/lib/x86_64-linux-gnu/asterisk/modules").mkdir(parents=True)
    (root / "root/usr/share/asterisk/documentation").mkdir(parents=True)
    return PbxConfig(
        asterisk_dir=root, run_dir=tmp_path / "run", ami_secret="secret", ari_secret="other",
        agi_secret_file=tmp_path / "tokens" / "agi", sip_port=free(),
        ami_port=free(), agi_port=4573, http_port=free(), rtp_start=30000, rtp_end=30100,
        start_timeout_s=1.0,
    )  # fmt: skip


def free(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_dollars_and_bare_at_signs_belong_to_asterisk() -> None:
    text = "Dial(PJSIP/${N}@trunk) ${EXTEN:@{n}} a@b.c @ {x}"
    assert fill(text, {"n": 3}) == "Dial(PJSIP/${N}@trunk) ${EXTEN:3} a@b.c @ {x}"


def test_an_unknown_placeholder_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill("@{nobody_knows}", {})


def test_every_template_is_filled_whole(config: PbxConfig) -> None:
    render(config)
    for template in TEMPLATES.glob("*.conf"):
        written = config.run_dir / "etc" / template.name
        if template.name == asterisk.BENCH:
            assert not written.exists()
            continue
        assert "@{" not in written.read_text("utf-8")
        assert written.stat().st_mode & 0o077 == 0


def test_everything_is_bound_to_the_loopback_address(config: PbxConfig) -> None:
    render(config)
    etc = config.run_dir / "etc"
    assert f"bind = 127.0.0.1:{config.sip_port}" in (etc / "pjsip.conf").read_text()
    assert "bind_rtp_to_media_address = yes" in (etc / "pjsip.conf").read_text()
    assert "send_connected_line = no" in (etc / "pjsip.conf").read_text()
    assert "bindaddr = 127.0.0.1" in (etc / "manager.conf").read_text()
    http = (etc / "http.conf").read_text()
    assert f"bindaddr = 127.0.0.1\nbindport = {config.http_port}\n" in http


def test_m1_l7_streams_are_strict_and_the_manager_may_only_call_lead_report_and_seat(
    config: PbxConfig,
) -> None:
    render(config)
    etc = config.run_dir / "etc"
    assert "strictrtp = yes" in (etc / "rtp.conf").read_text()
    manager = (etc / "manager.conf").read_text()
    assert "write = call,originate,reporting,agent\n" in manager
    assert "permit = 127.0.0.1/32\n" in manager
    assert "match = 127.0.0.1/32\n" in (etc / "pjsip.conf").read_text()


def test_no_seat_stands_in_a_file_and_none_reaches_the_trunk(config: PbxConfig) -> None:
    render(config)
    etc = config.run_dir / "etc"
    assert "seat" not in re.sub(";.*", "", (etc / "pjsip.conf").read_text())
    assert "anonymous" not in (etc / "modules.conf").read_text()
    dialplan = re.sub(";.*", "", (etc / "extensions.conf").read_text())
    seats = dialplan.partition("[from-seats]\n")[2].partition("[")[0]
    assert not seats.strip()


def test_the_music_is_made_once_and_the_queues_say_nothing_themselves(config: PbxConfig) -> None:
    render(config)
    sounds, music = config.run_dir / "data" / "sounds", config.run_dir / "lib" / "moh"
    queues = re.sub(";.*", "", (config.run_dir / "etc" / "queues.conf").read_text())
    assert re.findall(r"^(?:queue-|periodic-|announce-)[a-z0-9-]+ = .*$", queues, re.MULTILINE) == [
        "announce-frequency = 0"
    ]
    assert (sounds / "hotline" / "zh_CN" / "queue_next.wav").is_file()
    (rendered,) = music.iterdir()
    made = rendered.stat().st_mtime_ns
    with wave.open(str(rendered)) as sound:
        assert sound.getframerate() == 8000
        assert 10 < sound.getnframes() / 8000 < 60
        assert any(sound.readframes(8000))
    render(config)
    assert rendered.stat().st_mtime_ns == made


def test_each_skill_of_a_room_has_a_queue(config: PbxConfig) -> None:
    render(config)
    queues = (config.run_dir / "etc" / "queues.conf").read_text()
    assert queues.count("](waiting)") == QUEUES
    assert f"[queue{QUEUES}](waiting)" in queues


def test_the_benchs_calls_are_there_only_for_the_bench(config: PbxConfig) -> None:
    render(config)
    extensions = config.run_dir / "etc" / "extensions.conf"
    assert "9001" not in extensions.read_text()
    render(PbxConfig(**{f: getattr(config, f) for f in config.__slots__} | {"bench": True}))
    assert "9001" in extensions.read_text()


def test_a_call_is_never_named_twice_across_restarts(config: PbxConfig) -> None:
    names = set()
    for _ in range(3):
        render(config)
        text = (config.run_dir / "etc" / "asterisk.conf").read_text()
        names.add(re.search(r"systemname = (\w+)", text)[1])  # type: ignore[index]
    assert len(names) == 3


def test_recording_goes_on_without_the_connector_and_is_kept_at_a_hang_up() -> None:
    dialplan = (TEMPLATES / "extensions.conf").read_text("utf-8")
    assert re.search(r"Record\(\$\{WORDS\}\.wav,.*,ak.*\)", dialplan)
    assert dialplan.index("AGI(") < dialplan.index("Record(")


def test_without_asterisk_the_start_says_how_to_get_it(config: PbxConfig, tmp_path: Path) -> None:
    bare = PbxConfig(
        **{f: getattr(config, f) for f in config.__slots__} | {"asterisk_dir": tmp_path / "none"}
    )
    with pytest.raises(PbxError, match="get-asterisk"):
        asterisk.start(bare)


@pytest.mark.parametrize(
    ("what", "kind"), [("SIP", "sip_port"), ("manager", "ami_port"), ("seats", "http_port")]
)
def test_a_port_in_use_is_named(config: PbxConfig, what: str, kind: str) -> None:
    sort = socket.SOCK_DGRAM if what == "SIP" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, sort) as taken:
        taken.bind(("127.0.0.1", getattr(config, kind)))
        if sort == socket.SOCK_STREAM:
            taken.listen()
        with pytest.raises(PbxError, match=f"{what} port 127.0.0.1:{getattr(config, kind)}"):
            asterisk.start(config)


def test_an_asterisk_that_ends_at_once_is_told(
    config: PbxConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asterisk, "_is_root", lambda: False)
    with pytest.raises(PbxError, match="ended at once"):
        asterisk.start(config)


def test_an_asterisk_whose_ports_stay_unbound_is_ended_and_told(
    config: PbxConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asterisk, "_is_root", lambda: False)
    monkeypatch.setattr(asterisk, "sip_server", lambda *_: "")
    (config.asterisk_dir / "bin" / "asterisk").write_text("#!/bin/sh\nexec sleep 30\n")
    with pytest.raises(PbxError, match="SIP and manager and seats port is not bound"):
        asterisk.start(config)


def test_packets_that_are_none_fill_no_disk(
    config: PbxConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reaches the SIP port makes Asterisk write a line a packet."""
    cut: list[Path] = []
    ends = iter([None, 1])
    process = SimpleNamespace(poll=lambda: next(ends))
    running = asterisk.Pbx(config, cast("subprocess.Popen[bytes]", process), "")
    monkeypatch.setattr(asterisk, "config_from", lambda _: config)
    monkeypatch.setattr(asterisk, "start", lambda _: running)
    monkeypatch.setattr(asterisk.Pbx, "stop", lambda _: None)
    monkeypatch.setattr(asterisk, "keep_short", cut.append)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    for name in ("set_up", "keep_private", "make_way"):
        monkeypatch.setattr(asterisk, name, lambda _: None)
    asterisk.main(Settings(home=HomeSettings(data_dir=config.run_dir.parent)))
    assert cut == [config.run_dir / "log" / "messages"]


def test_the_managers_secret_is_made_once_and_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "tokens" / "ami"
    secret = shared_secret(path)
    assert shared_secret(path) == secret
    assert len(secret) == 32
    assert path.stat().st_mode & 0o077 == 0


def test_h2_every_start_hands_over_a_new_secret_that_only_we_may_read(config: PbxConfig) -> None:
    secrets = set()
    for _ in range(2):
        render(config)
        secret = read_secret(config.agi_secret_file)
        dialplan = (config.run_dir / "etc" / "extensions.conf").read_text("utf-8")
        calls = [line for line in dialplan.splitlines() if "AGI(agi://" in line]
        assert calls
        assert all(f",{secret}," in line for line in calls)
        secrets.add(secret)
    assert len(secrets) == 2
    assert config.agi_secret_file.stat().st_mode & 0o077 == 0


def test_h2_the_recordings_path_is_not_handed_over(config: PbxConfig) -> None:
    dialplan = (TEMPLATES / "extensions.conf").read_text("utf-8")
    assert not [n for n in dialplan.splitlines() if "AGI(agi://" in n and "RECORDING" in n]


def test_an_exchange_that_never_started_has_no_secret(tmp_path: Path) -> None:
    assert read_secret(tmp_path / "none") == ""


def test_every_application_and_function_of_the_dialplan_is_loaded() -> None:
    """Asterisk hangs up at an application that it does not know."""
    dialplan = "".join(one.read_text("utf-8") for one in sorted(TEMPLATES.glob("extensions*.conf")))
    loaded = (TEMPLATES / "modules.conf").read_text("utf-8")
    built_in = {"Answer", "Goto", "GotoIf", "Hangup", "NoOp", "Ringing", "Set", "Wait"}
    homes = {
        "AGI": "res_agi", "ExecIf": "app_exec", "EndWhile": "app_while", "While": "app_while",
        "PauseQueueMember": "app_queue", "Return": "app_stack", "Gosub": "app_stack",
            "ConfKick": "app_confbridge",
    }  # fmt: skip
    used = set(re.findall(r"(?:n(?:\(\w+\))?|\d),([A-Z]\w*)\(", dialplan)) - built_in
    assert "ExecIf" in used
    assert {homes.get(app, f"app_{app.lower()}") for app in used} <= set(
        re.findall(r"= (\w+)\.so", loaded)
    )


def test_m10_lines_are_counted_before_the_connector_is_asked(config: PbxConfig) -> None:
    render(replace(config, open_lines=9, caller_lines=3, withheld_lines=4))
    dialplan = (config.run_dir / "etc" / "extensions.conf").read_text("utf-8")
    assert "${GROUP_COUNT(all@line)} > 9]?busy" in dialplan
    assert "?4:3)}" in dialplan
    assert dialplan.index("?busy)") < dialplan.index("AGI(agi:")
    assert "Playback(hotline/zh_CN/busy)" in dialplan


@pytest.mark.parametrize(
    ("first", "last", "spare", "served"), [(10000, 10999, 50, 450), (10000, 10019, 50, 5)]
)
def test_m10_some_lines_are_always_kept_for_saying_that_all_are_busy(
    first: int, last: int, spare: int, served: int
) -> None:
    phone = PhoneSettings(rtp_first=first, rtp_last=last, lines_spare=spare)
    assert asterisk.open_lines(phone) == served < phone.lines
