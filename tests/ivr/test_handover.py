"""What comes over the gateway's wire is of its form, or no call at all."""

from pathlib import Path

import pytest

from hotline.call import CallEvent, CallEventType, CallRing
from hotline.errors import Invalid
from ivr.handover import BadHandover, Handover, handed_over
from ivr.line import AgiLine
from ivr.spool import Spool
from ivr.spool_records import SpokenReport
from tests.ivr.exchange import asterisk
from tests.ivr.fakes import NOW

OUTSIDE = ["*", "../../../planted", "h1-100-0/../x", "h1-100-0_*", "", "h1-100-0.json", "h1\x00"]


def with_arguments(line: AgiLine, *arguments: str) -> AgiLine:
    line.env |= {f"agi_arg_{place}": one for place, one in enumerate(("s", *arguments), 1)}
    return line


def test_a_call_is_read_as_the_dialplan_gives_it() -> None:
    with asterisk() as (line, _):
        given = handed_over(with_arguments(line, "h1-100-0", "13800138000", "12345", "20260418"))
    assert given == Handover("h1-100-0", "13800138000", dialled="12345", number="20260418")
    assert given.file_name == "h1-100-0_13800138000"


@pytest.mark.parametrize("key", OUTSIDE)
def test_h2_a_key_that_is_no_plain_name_is_no_call(key: str) -> None:
    with asterisk() as (line, _), pytest.raises(BadHandover):
        handed_over(with_arguments(line, key, "138"))


@pytest.mark.parametrize("caller", ["*", "138/../..", "x", "1" * 40, "١٢٣"])
def test_h2_a_caller_that_is_no_number_is_no_call(caller: str) -> None:
    with asterisk() as (line, _), pytest.raises(BadHandover):
        handed_over(with_arguments(line, "h1-100-0", caller))


@pytest.mark.parametrize("key", OUTSIDE)
def test_h2_the_spool_writes_nothing_outside_its_folder(tmp_path: Path, key: str) -> None:
    spool = Spool(tmp_path / "spool")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Invalid):
        spool.keep_report(SpokenReport(key, "138", "zh_CN", NOW, None))
    with pytest.raises(Invalid):
        spool.keep_ring(CallRing(key, "138", NOW))
    with pytest.raises(Invalid):
        spool.begin_call(key, NOW)
    if key:
        with pytest.raises(Invalid):
            spool.keep_note(CallEvent(key, CallEventType.ENDED, NOW))
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("shown", "caller", "name"),
    [
        ("13800138001", "13800138001", ""),
        ("+8613800138001", "+8613800138001", ""),
        ("+86-138-0013-8001", "+8613800138001", ""),
        ("tel:+8613800138001", "+8613800138001", ""),
        ("１３８００１３８００１", "13800138001", ""),
        ("line7", "", "line7"),
        ("gate-3b.hall2", "", "gate-3b.hall2"),
        ("12abc", "", "12abc"),
        ("unknown", "", ""),
    ],
)
def test_fault_5_a_caller_is_a_number_as_a_whole_or_a_name(
    shown: str, caller: str, name: str
) -> None:
    with asterisk() as (line, _):
        line.env["agi_callerid"] = shown
        given = handed_over(with_arguments(line, "h1-100-0", ""))
    assert (given.caller, given.caller_name) == (caller, name)


def test_a_name_that_is_shown_stays_the_name() -> None:
    with asterisk() as (line, _):
        line.env |= {"agi_callerid": "line7", "agi_calleridname": 'Hall \\"B\\"'}
        given = handed_over(with_arguments(line, "h1-100-0", ""))
    assert given.caller_name == 'Hall "B"'
