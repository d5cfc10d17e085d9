"""What is kept is read by every version: older, today's, later, and what is damaged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.draft import Draft
from bots.stored import SCHEMA as DRAFT
from hotline.call import CallEvent, CallRing
from hotline.case.changes import known_changes
from hotline.errors import Invalid
from hotline.place.point import Point
from hotline.wire import Schema, encode, keep, kept, parse, salvaged
from ivr.spool_records import EVENT, REPORT, RING, LiveCall, SpokenReport, read, write
from ivr.spool_records import LIVE as LIVE_CALL

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Connector:
    """A record of ours, in its third version."""

    name: str
    at: Point | None = None
    since: datetime = NOON
    parts: tuple[Point, ...] = ()


def _renamed(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"name": data.get("title"), **{k: v for k, v in data.items() if k != "title"}}


def _located(data: Mapping[str, Any]) -> Mapping[str, Any]:
    lon, lat = data.get("place", (None, None))
    return {**data, "at": {"lon": lon, "lat": lat}} if lon else data


SCHEMA = Schema(Connector, 3, upcasts={1: _renamed, 2: _located})


def test_an_older_record_is_brought_up_a_version_at_a_time() -> None:
    first = {"title": "gate", "place": [121.5, 29.8]}
    assert kept(SCHEMA, first) == Connector("gate", Point(121.5, 29.8))
    assert kept(SCHEMA, {"schema": 2, "name": "gate", "place": [121.5, 29.8]}).at is not None
    assert kept(SCHEMA, {"schema": 3, "name": "gate", "place": [121.5, 29.8]}).at is None


def test_what_a_later_version_wrote_is_read_as_far_as_it_is_known() -> None:
    read_ = salvaged(SCHEMA, {"schema": 9, "name": "gate", "colour": "red"})
    assert read_.record == Connector("gate")
    assert read_.unknown == {"colour": "red"}
    assert not read_.broken


@pytest.mark.parametrize("number", [0, -1, -(10**12), 10**30, True, None, "2", 1.5, [], {}])
def test_a_number_of_a_schema_that_there_never_was_stops_nothing(number: object) -> None:
    read_ = salvaged(SCHEMA, {"schema": number, "name": "gate", "title": "gate"})
    assert read_.record == Connector("gate")


def test_a_field_that_cannot_be_read_leaves_its_neighbours_as_they_are() -> None:
    data = parse(encode(keep(SCHEMA, Connector("gate", None, NOON, (Point(1, 2), Point(3, 4))))))
    data["parts"][0] = {"lon": 999, "lat": 0}
    data["since"] = "yesterday"
    read_ = salvaged(SCHEMA, data)
    assert read_.record == Connector("gate", parts=(Point(3, 4),))
    assert sorted(read_.broken) == ["parts.0", "since"]
    with pytest.raises(Invalid, match="since"):
        kept(SCHEMA, data)


def test_a_needed_field_that_is_missing_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        kept(SCHEMA, {"schema": 3})
    assert refused.value.field == "name"


@pytest.mark.parametrize("data", [None, [], "text", 7, [{}]])
def test_what_is_no_record_is_none(data: object) -> None:
    assert salvaged(SCHEMA, data).record is None
    with pytest.raises(Invalid):
        kept(SCHEMA, data)


def test_an_instant_without_an_offset_is_utc_and_another_offset_stays_the_same_instant() -> None:
    assert kept(SCHEMA, {"schema": 3, "name": "", "since": "2026-11-26T12:00:00"}).since == NOON
    there = NOON.astimezone(timezone(timedelta(hours=8))).isoformat()
    assert kept(SCHEMA, {"schema": 3, "name": "", "since": there}).since == NOON


def test_a_step_of_a_later_version_changes_what_is_known() -> None:
    later = {"mood": {"a": 1}, "light": "purple", "text": "x"}
    assert known_changes(later) == {"text": "x"}


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
keys = st.text("Zz09_-", max_size=12).map(lambda rest: f"h{rest}")
instants = st.timedeltas(timedelta(0), timedelta(days=40_000)).map(lambda since: NOON + since)
RECORDS: list[tuple[Schema[Any], type[Any]]] = [
    (RING, CallRing), (EVENT, CallEvent), (REPORT, SpokenReport), (LIVE_CALL, LiveCall),
]  # fmt: skip


@settings(max_examples=40)
@given(st.data())
def test_every_record_of_the_spool_comes_back_as_it_was_kept(data: st.DataObject) -> None:
    for schema, kind in RECORDS:
        with_types = {str: words, datetime: instants}
        parts = {
            name: with_types[hint]
            for name, hint in kind.__annotations__.items()
            if hint in with_types
        }
        number = {"number": st.none() | words} if kind is SpokenReport else {}
        record = data.draw(st.builds(kind, **{**parts, **number, "key": keys}))
        assert read(schema, write(schema, record)) == record


@settings(max_examples=40)
@given(st.builds(Draft, language=words, loose=st.lists(words).map(tuple), beyond=st.just({})))
def test_every_draft_comes_back_as_it_was_kept(draft: Draft) -> None:
    assert kept(DRAFT, parse(encode(keep(DRAFT, draft)))) == draft


@given(st.binary(max_size=200))
def test_rubbish_is_refused_and_nothing_else_happens(rubbish: bytes) -> None:
    with pytest.raises(Invalid):
        read(REPORT, rubbish)
