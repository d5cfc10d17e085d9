"""The line over Asterisk's gateway interface: every known fault of the library is cured."""

import socket
import threading
from pathlib import Path

import pytest

from ivr import line as line_module
from ivr.line import AgiLine, End, HungUp, LineFailed, Recorded, quoted
from ivr.pcm import Samples
from tests.ivr.exchange import asterisk
from tests.ivr.fakes import joined, keep_wav, quiet, talk

OK = b"200 result=0\n"


def test_a_line_may_be_opened_off_the_main_thread() -> None:
    with asterisk(OK) as (_, fake):
        opened: list[AgiLine] = []
        other_ours, other = socket.socketpair()
        other_ours.sendall(b"agi_network_script: notice\nagi_arg_1: n1\n\n")
        thread = threading.Thread(target=lambda: opened.append(AgiLine(other)))
        thread.start()
        thread.join(5)
        assert opened[0].script == "notice"
        assert opened[0].argument(1) == "n1"
        other.close()
        other_ours.close()
        assert fake.commands == []


def test_the_dialplans_arguments_are_read() -> None:
    with asterisk() as (line, _):
        assert line.script == "hotline"
        assert line.argument(3) == "13800138000"
        assert line.argument(7) == ""


def test_a_connection_that_ends_in_the_environment_is_no_call() -> None:
    ours, theirs = socket.socketpair()
    ours.sendall(b"agi_network: yes\n")
    ours.close()
    with pytest.raises(LineFailed):
        AgiLine(theirs)
    theirs.close()


def test_a_name_with_quotes_stays_one_argument() -> None:
    with asterisk(b"200 result=1\n") as (line, fake):
        line.set_variable("WHO", 'a"b\\c\nHANGUP\r\n"d')
    assert fake.commands == ['SET VARIABLE "WHO" "a\\"b\\\\c HANGUP  \\"d"']


@pytest.mark.parametrize("evil", ["\n", "\r", "\x00", "\x1b", "\x7f"])
def test_no_control_character_reaches_the_wire(evil: str) -> None:
    assert evil not in quoted(f"a{evil}b")


def test_a_name_that_is_not_utf8_does_not_break_the_call() -> None:
    ours, theirs = socket.socketpair()
    ours.sendall(b"agi_network_script: hotline\nagi_calleridname: \xff\xfeabc\n\n")
    line = AgiLine(theirs)
    assert line.env["agi_calleridname"].endswith("abc")
    theirs.close()
    ours.close()


def test_a_value_that_is_not_utf8_is_read_as_far_as_it_goes() -> None:
    with asterisk(b"200 result=1 (%FFabc)\n") as (line, _):
        assert line.variable("X").endswith("abc")


def test_a_value_with_a_line_break_comes_back_whole() -> None:
    with asterisk(b"200 result=1 (one%0Atwo%29)\n", OK) as (line, fake):
        assert line.variable("X") == "one\ntwo)"
        line.answer()
    assert fake.commands[0] == 'GET FULL VARIABLE "${URIENCODE(${X})}"'


def test_a_bracket_left_open_by_a_line_break_is_read_to_its_end() -> None:
    with asterisk(b"200 result=1 (one\ntwo)\n", b"200 result=49 endpos=8000\n") as (line, _):
        assert line.variable("X") == "one\ntwo"
        assert line.play(["zh_CN/greeting"], "1") == "1"


def test_a_sounds_name_is_quoted() -> None:
    with asterisk(b"200 result=0 endpos=8000\n") as (line, fake):
        assert line.play(["zh_CN/my file"], "19") is None
    assert fake.commands == ['STREAM FILE "hotline/zh_CN/my file" "19"']


def test_a_key_interrupts_and_the_sounds_after_it_stay_unplayed() -> None:
    with asterisk(b"200 result=57 endpos=100\n") as (line, fake):
        assert line.play(["zh_CN/greeting", "zh_CN/speak"], "19") == "9"
    assert len(fake.commands) == 1


def test_the_hangup_line_is_not_taken_for_a_reply() -> None:
    with asterisk(b"HANGUP\n200 result=1\n", b"200 result=1 (kept)\n") as (line, _):
        line.set_variable("A", "1")
        assert line.hung_up
        assert line.variable("A") == "kept"


def test_a_dead_channel_is_a_hang_up() -> None:
    with (
        asterisk(b"511 Command Not Permitted on a dead channel or intercept routine\n") as (
            line,
            _,
        ),
        pytest.raises(HungUp),
    ):
        line.play(["zh_CN/greeting"])


def test_variables_still_work_on_a_dead_channel() -> None:
    with asterisk(b"511 dead\n", b"200 result=1\n") as (line, fake):
        with pytest.raises(HungUp):
            line.play(["zh_CN/greeting"])
        line.set_variable("A", "1")
    assert fake.commands[-1] == 'SET VARIABLE "A" "1"'


def test_playing_into_a_hang_up_is_one() -> None:
    with asterisk(b"HANGUP\n200 result=-1 endpos=800\n") as (line, _), pytest.raises(HungUp):
        line.play(["zh_CN/greeting"])


def test_playing_into_a_hang_up_whose_line_is_late_is_one_too() -> None:
    answers = (b"200 result=-1 endpos=800\n", b"511 dead\n")
    with asterisk(*answers) as (line, _), pytest.raises(HungUp):
        line.play(["zh_CN/greeting"])


def test_what_cannot_be_played_on_a_live_channel_is_a_failure() -> None:
    answers = (b"200 result=-1 endpos=0\n", b"200 result=6\n")
    with asterisk(*answers) as (line, _), pytest.raises(LineFailed):
        line.play(["zh_CN/greeting"])


def test_waiting_for_a_key_knows_only_the_keys_asked_for() -> None:
    with asterisk(b"200 result=49\n", b"200 result=0\n", b"200 result=50\n") as (line, _):
        assert line.wait_key(1, "1") == "1"
        assert line.wait_key(1, "1") is None
        assert line.wait_key(1, "1") is None


SET = b"200 result=1\n"


@pytest.mark.parametrize(
    ("reply", "seconds", "end", "key"),
    [
        (b"200 result=35 (dtmf) endpos=24000\n", 3.0, End.KEY, "#"),
        (b"HANGUP\n200 result=-1 (hangup) endpos=28000\n", 3.5, End.HANGUP, ""),
        (b"HANGUP\n200 result=-1 (randomerror) endpos=8000\n", 1.0, End.HANGUP, ""),
    ],
)
def test_a_recording_tells_how_long_it_is_and_why_it_ended(
    reply: bytes, seconds: float, end: End, key: str
) -> None:
    with asterisk(reply, SET) as (line, fake):
        recorded = line.record("/spool/rec/h1_138", 120, 4, "#19")
    assert (recorded.seconds, recorded.end, recorded.key) == (seconds, end, key)
    assert fake.commands == [
        'RECORD FILE "/spool/rec/h1_138" wav "#19" 4000 0',
        'SET VARIABLE "WORDS" ""',
    ]


def record(samples: Samples, folder: Path, *ends: int, most: int = 120) -> tuple[Recorded, int]:
    """Record sound whose pieces end at these samples, each as its time runs out."""
    stem = keep_wav(folder / "h1_138.wav", samples).with_suffix("")
    answers = [f"200 result=0 (timeout) endpos={end}\n".encode() for end in ends]
    with asterisk(*answers, SET) as (line, fake):
        recorded = line.record(str(stem), most, 4, "#")
    return recorded, sum(command.startswith("RECORD FILE") for command in fake.commands)


def test_four_seconds_of_silence_end_a_recording_across_its_pieces(tmp_path: Path) -> None:
    sound = joined(talk(6.5), quiet(4))
    recorded, pieces = record(sound, tmp_path, 32000, 64000, 84000)
    assert (recorded.end, recorded.seconds, pieces) == (End.SILENCE, 10.5, 3)


def test_fault_7_sound_that_never_comes_is_silence_as_well(tmp_path: Path) -> None:
    recorded, pieces = record(talk(6), tmp_path, 32000, 48000, 48000)
    assert (recorded.end, recorded.seconds, pieces) == (End.SILENCE, 6.0, 3)


def test_fault_7_nothing_at_all_is_silence(tmp_path: Path) -> None:
    recorded, pieces = record(quiet(0), tmp_path, 0)
    assert (recorded.end, recorded.seconds, pieces) == (End.SILENCE, 0.0, 1)


def test_who_speaks_without_end_is_ended_by_the_time(tmp_path: Path) -> None:
    recorded, pieces = record(talk(8), tmp_path, 32000, 64000, most=8)
    assert (recorded.end, recorded.seconds, pieces) == (End.TIMEOUT, 8.0, 2)


def test_a_recording_that_cannot_be_written_is_a_failure() -> None:
    answers = (b"200 result=-1 (writefile) endpos=0\n", b"200 result=6\n", SET)
    with asterisk(*answers) as (line, _), pytest.raises(LineFailed):
        line.record("/no/where", 120, 4, "#")


def test_an_asterisk_that_goes_away_ends_the_call() -> None:
    with asterisk(b"") as (line, _), pytest.raises(LineFailed):
        line.answer()


def test_half_a_reply_is_none() -> None:
    with asterisk(b"200 resu") as (line, _), pytest.raises(LineFailed):
        line.answer()


def test_an_asterisk_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "REPLY_SECONDS", 0.05)
    with asterisk(b"", b"") as (line, _), pytest.raises(LineFailed, match="in time"):
        line.answer()


def test_an_unknown_command_is_a_failure_and_the_next_reply_is_its_own() -> None:
    usage = (
        b"520-Invalid command syntax.  Proper usage follows:\nUsage: X\n520 End of proper usage.\n"
    )
    answers = (usage, OK)
    with asterisk(*answers) as (line, _):
        with pytest.raises(LineFailed):
            line.play(["zh_CN/greeting"])
        line.answer()


def test_noise_on_the_wire_is_a_failure() -> None:
    with asterisk(b"hello\n", b"510 Invalid or unknown command\n", b"200 nonsense\n") as (line, _):
        for _ in range(3):
            with pytest.raises(LineFailed):
                line.answer()


def test_hanging_up_twice_is_no_error() -> None:
    with asterisk(b"200 result=1\n", b"511 dead\n") as (line, _):
        line.hang_up()
        line.hang_up()


def test_a_sound_of_the_citys_that_cannot_be_played_loses_no_caller() -> None:
    answers = (b"200 result=-1 endpos=0\n", b"200 result=6\n", b"200 result=49 endpos=9\n")
    with asterisk(*answers) as (line, _):
        assert line.play(["/spool/own/odd", "zh_CN/speak"], "1") == "1"
