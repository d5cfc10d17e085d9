"""The rows of the telephone room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import ONCE, Row


class SeatRow(Row):
    """Somebody's seat as it stands; hotline.room.seat says what the columns mean.

    `secret` is the digest by which its telephone signs in, `line_at` when that was there last,
    `device` what kind it is.
    """

    __tablename__ = "seat"

    name: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    since: Mapped[datetime]
    reason: Mapped[str]
    call: Mapped[str] = mapped_column(index=True)
    until: Mapped[datetime | None]
    extended: Mapped[bool]
    next_state: Mapped[str]
    next_reason: Mapped[str]
    told_at: Mapped[datetime | None]
    secret: Mapped[str]
    line_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(server_default="browser")
    by: Mapped[str] = mapped_column(server_default="")
    why: Mapped[str] = mapped_column(server_default="")
    next_by: Mapped[str] = mapped_column(server_default="")
    next_why: Mapped[str] = mapped_column(server_default="")


class SeatEventRow(Row):
    """What a seat did since when, and who else wanted it so; in parts by the time of its id."""

    __tablename__ = "seat_event"
    __table_args__ = (
        Index("ix_seat_event_of", "seat", "at"),
        {"info": ONCE, "postgresql_partition_by": "RANGE (id)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seat: Mapped[str]
    person: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    call: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(server_default="")
    why: Mapped[str] = mapped_column(server_default="")


class OrderRow(Row):
    """What a seat wanted done with its call; `target` is whom by the plan's id, `state` how far."""

    __tablename__ = "room_order"
    __table_args__ = (
        Index("ix_room_order_seat", "seat", "at"),
        Index("ix_room_order_new", "at", postgresql_where=text("state = 'new'")),
        Index("ix_room_order_dialled", "target", "at", postgresql_where=text("kind = 'dial'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seat: Mapped[str]
    person: Mapped[str]
    call: Mapped[str]
    kind: Mapped[str]
    target: Mapped[str]
    number: Mapped[str]
    queue: Mapped[int] = mapped_column(SmallInteger)
    at: Mapped[datetime]
    state: Mapped[str]
    reason: Mapped[str]


class NuisanceRow(Row):
    """What is held against a caller's number; hotline.room.nuisance says what the columns mean."""

    __tablename__ = "nuisance"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id"), index=True)
    level: Mapped[str]
    reason: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    until: Mapped[datetime]
    agreed_by: Mapped[str]
    agreed_at: Mapped[datetime | None]
    ended_by: Mapped[str]
    ended_at: Mapped[datetime | None]


class BulletinRow(Row):
    """What callers are to hear; hotline.room.bulletin says what the columns mean."""

    __tablename__ = "bulletin"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    text: Mapped[str]
    text_en: Mapped[str]
    sound: Mapped[str]
    case_number: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime] = mapped_column(index=True)
    made_by: Mapped[str]
    ended_by: Mapped[str]
    ended_at: Mapped[datetime | None]


class AlarmRow(Row):
    """What the duty chief has to know at once; hotline.room.alarm says what the columns mean."""

    __tablename__ = "alarm"
    __table_args__ = (
        UniqueConstraint("kind", "about"),
        Index("ix_alarm_open", "at", postgresql_where=text("seen_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    about: Mapped[str]
    at: Mapped[datetime]
    said: Mapped[str]
    call: Mapped[str]
    number: Mapped[str]
    seen_by: Mapped[str]
    seen_at: Mapped[datetime | None]


class SurveyRow(Row):
    """What a caller was asked behind a call (hotline.room.survey), by the id of the call.

    `case_id` is what the call was about as far as it was known then. It lies in parts as calls do.
    """

    __tablename__ = "call_survey"
    __table_args__ = (
        Index("ix_call_survey_case", "case_id", "asked_at"),
        Index("ix_call_survey_asked_at", "asked_at"),
        Index("ix_call_survey_comment", "comment", postgresql_where=text("comment <> ''")),
        {"info": ONCE, "postgresql_partition_by": "RANGE (id)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    call_key: Mapped[str]
    case_id: Mapped[UUID | None]
    asked_at: Mapped[datetime]
    grade: Mapped[str]
    said_at: Mapped[datetime | None]
    comment: Mapped[str]


class CallBackRow(Row):
    """Somebody who is to be rung; hotline.room.call_back says what the columns mean."""

    __tablename__ = "call_back"
    __table_args__ = (
        Index(
            "uq_call_back_open",
            "contact_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_call_back_of", "contact_id", "made_at"),
        Index("ix_call_back_ended", "ended_at"),
        Index("ix_call_back_call", "call"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id"))
    made_at: Mapped[datetime]
    language: Mapped[str]
    source: Mapped[str]
    call: Mapped[str]
    queue: Mapped[int] = mapped_column(SmallInteger)
    priority: Mapped[int] = mapped_column(SmallInteger)
    since: Mapped[datetime]
    state: Mapped[str]
    due: Mapped[datetime]
    tries: Mapped[int] = mapped_column(SmallInteger)
    calls: Mapped[int] = mapped_column(Integer)
    first_at: Mapped[datetime | None]
    given_at: Mapped[datetime | None]
    leg: Mapped[str]
    is_up: Mapped[bool]
    at_once: Mapped[bool]
    reason: Mapped[str]
    said: Mapped[str]
    ended_by: Mapped[str]
    ended_at: Mapped[datetime | None]


class JoinedCallerRow(Row):
    """A caller who joined a known case by a key, instead of telling it once more."""

    __tablename__ = "joined_caller"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    call_key: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id"))
    at: Mapped[datetime]


class ListeningRow(Row):
    """Who listened to whose talk; hotline.room.listening says what `way` and `ended` mean.

    `by_seat` is the seat of the `chief`, at which it rings; `began_at` is when that was answered.
    """

    __tablename__ = "listening"
    __table_args__ = (Index("ix_listening_open", "at", postgresql_where=text("over_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    chief: Mapped[str]
    by_seat: Mapped[str]
    seat: Mapped[str]
    person: Mapped[str]
    call: Mapped[str]
    way: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]
    given: Mapped[bool]
    began_at: Mapped[datetime | None]
    ended: Mapped[str]
    over_at: Mapped[datetime | None]
