"""The rows of reports, cases, steps, calls, notices and the feed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Sequence,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import ONCE, TWICE, Row

number_serial = Sequence("number_serial", start=1, metadata=Row.metadata)
feed_serial = Sequence("feed_serial", start=1, metadata=Row.metadata)


# A chat says its name and language with every message; a caller has chosen a language once.
NEWER = (
    "ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, language = EXCLUDED.language "
    "WHERE contact.channel <> 'phone' AND (contact.name, contact.language) "
    "IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.language)"
)
# What was begun in a chat is kept as it stands now.
LATEST = (
    "ON CONFLICT (channel, address) DO UPDATE "
    "SET body = EXCLUDED.body, updated_at = EXCLUDED.updated_at"
)
# The same link again is harmless; a photo that already proves another move is not.
SAME_KEY = "ON CONFLICT (key) DO NOTHING"


# The least time left, the more urgent, the one that came first; see backend.store.order.
LEFT = (
    "COALESCE(stage_due, 'infinity'::timestamp with time zone)",
    "urgency_rank(urgency)",
    "id_where_due(stage_due, id)",
    "id DESC",
)


class ContactRow(Row):
    """How a citizen is reached; kept apart, so that retention can empty it.

    `tail` is the keyed hash of the last four digits of a telephone number, empty for others.
    """

    __tablename__ = "contact"
    __table_args__ = (
        Index("ix_contact_tail", "tail", postgresql_where=text("tail <> ''")),
        Index(
            "ix_contact_name",
            text("grams_of(name)"),
            postgresql_using="gin",
            postgresql_where=text("name <> ''"),
        ),
        {"info": {TWICE: NEWER}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str]
    address: Mapped[str]
    name: Mapped[str]
    language: Mapped[str]
    tail: Mapped[str] = mapped_column(server_default="")


class CaseRow(Row):
    """A case as it stands: its steps, applied in order.

    `assigned` and `stage_due` repeat what lies in `assignments` and `clocks`, for lists go by them.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_stage", "stage", "received_at"),
        Index("ix_cases_light", "light", postgresql_where=text("light <> 'green'")),
        Index("ix_cases_assigned", "assigned", postgresql_using="gin"),
        Index("ix_cases_cell", "cell", postgresql_ops={"cell": "text_pattern_ops"}),
        Index("ix_cases_received_at", "received_at"),
        Index("ix_cases_call", "call", postgresql_where=text("call IS NOT NULL")),
        Index("ix_cases_matter", "matter", "id"),
        Index("ix_cases_counted", "id", postgresql_where=text("facets <> '{}'::jsonb")),
        Index("ix_cases_spot", "lat", "lon", postgresql_where=text("lon IS NOT NULL")),
        Index("ix_cases_left", *(text(one) for one in LEFT)),
        Index("ix_cases_urgency", text("urgency_rank(urgency)"), "id"),
        Index("ix_cases_class", text("COALESCE(matter, ''::text)"), "id"),
        Index(
            "ix_cases_links",
            "links",
            postgresql_using="gin",
            postgresql_ops={"links": "jsonb_path_ops"},
            postgresql_where=text("links <> '[]'::jsonb"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    stage: Mapped[str]
    version: Mapped[int]
    channel: Mapped[str]
    language: Mapped[str]
    received_at: Mapped[datetime]
    release: Mapped[str]
    text: Mapped[str]
    text_confirmed: Mapped[bool]
    place_text: Mapped[str]
    lon: Mapped[float | None] = mapped_column(Double)
    lat: Mapped[float | None] = mapped_column(Double)
    cell: Mapped[str | None]
    matter: Mapped[str | None]
    condition: Mapped[str | None]
    urgency: Mapped[str | None]
    unsure: Mapped[bool]
    understood: Mapped[bool]
    suggestions: Mapped[list[Any]]
    call: Mapped[str | None]
    light: Mapped[str]
    stage_due: Mapped[datetime | None]
    assigned: Mapped[list[str]] = mapped_column(ARRAY(Text))
    fields: Mapped[dict[str, Any]]
    assignments: Mapped[dict[str, Any]]
    clocks: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any]]
    times: Mapped[dict[str, Any]]
    facets: Mapped[dict[str, Any]]
    # A backend of an earlier version that still runs writes none.
    fired: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    links: Mapped[list[Any]]


class FormerContactRow(Row):
    """An id that a contact had, and how its number was written, by an earlier telephone plan."""

    __tablename__ = "former_contact"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), index=True
    )
    address: Mapped[str]


class CaseTextRow(Row):
    """The characters and pairs of neighbours (`grams_of`) of all words of a case, and its number's.

    A trigger writes it where the words change, so that a move does not.
    """

    __tablename__ = "case_text"
    __table_args__ = (
        Index(
            "ix_case_text_grams",
            "grams",
            postgresql_using="gin",
            # What was written last is looked through one by one: little enough.
            postgresql_with={"gin_pending_list_limit": "512"},
        ),
    )

    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    grams: Mapped[list[str]] = mapped_column(ARRAY(Text))


class ReportRow(Row):
    """What was reported, as it came; (channel, key) is the channel's own id of it.

    `logged_as` is the id by which the log names the contact, where that had another one then.
    """

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("channel", "key"),
        Index("ix_report_contact_id", "contact_id", "received_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    channel: Mapped[str]
    key: Mapped[str]
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contact.id"))
    said_at: Mapped[datetime]
    received_at: Mapped[datetime]
    language: Mapped[str]
    text: Mapped[str]
    place_text: Mapped[str]
    lon: Mapped[float | None] = mapped_column(Double)
    lat: Mapped[float | None] = mapped_column(Double)
    seconds_of_speech: Mapped[float | None] = mapped_column(Double)
    logged_as: Mapped[UUID | None]


class StepRow(Row):
    """One thing that happened to a case; written once, by the schema of its version.

    It lies in parts by its case (backend/store/partitions.py), so whatever is unique is so in its
    case; ids are of chance, and nothing is asked for by them.
    """

    __tablename__ = "step"
    __table_args__ = (
        UniqueConstraint("case_id", "key"),
        {"postgresql_partition_by": "RANGE (case_id)"},
    )

    id: Mapped[UUID]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    action: Mapped[str]
    at: Mapped[datetime]
    person: Mapped[str]
    post: Mapped[str]
    note: Mapped[str]
    media: Mapped[list[Any]]
    changes: Mapped[dict[str, Any]]
    key: Mapped[str | None]
    via: Mapped[str | None]
    # A backend of an earlier version that still runs writes none.
    schema: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    proofs: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    # When its words were erased (backend/store/erasure.py).
    erased_at: Mapped[datetime | None]


class MoveKeyRow(Row):
    """The key of a move that somebody has made: good for that one, and on no other case."""

    __tablename__ = "move_key"

    key: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))


class NoticeRow(Row):
    """A message in the outbox; `key` is unique and survives retries."""

    __tablename__ = "notice"
    __table_args__ = (
        Index(
            "ix_notice_waiting",
            "channel",
            "address",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_notice_rung", "address", "settled_at", postgresql_where=text("channel = 'phone'")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    channel: Mapped[str]
    address: Mapped[str]
    person: Mapped[str | None]
    template: Mapped[str]
    language: Mapped[str]
    fields: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    state: Mapped[str]
    # How many it took, once its job is gone; until then that counts them.
    tries: Mapped[int | None] = mapped_column(SmallInteger)
    error: Mapped[str]
    message: Mapped[str]
    # As they were sent; empty before, and where none are sent but spoken.
    words: Mapped[str] = mapped_column(server_default="")
    settled_at: Mapped[datetime | None]
    away_since: Mapped[datetime | None]


class CallRow(Row):
    """A telephone call, on record before a word is said; the exchange's key makes its id.

    It and its marks lie in parts by the time that the key tells (hotline.call.call_id).
    """

    __tablename__ = "call"
    __table_args__ = {"info": ONCE, "postgresql_partition_by": "RANGE (id)"}  # noqa: RUF012

    key: Mapped[str]
    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id"), index=True)
    line: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(index=True)


class CallEventRow(Row):
    """Something that happened in a call."""

    __tablename__ = "call_mark"
    __table_args__ = (
        Index(
            "ix_call_mark_status_refused",
            "value",
            "at",
            postgresql_where=text("mark = 'status_refused'"),
        ),
        {"info": ONCE, "postgresql_partition_by": "RANGE (call_id)"},
    )

    id: Mapped[UUID]
    call_id: Mapped[UUID] = mapped_column(primary_key=True)
    call_key: Mapped[str]
    mark: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[str]


class MediaRow(Row):
    """A stored file, by the hash of its content; what it is (`mime`) never changes."""

    __tablename__ = "media"
    __table_args__ = (UniqueConstraint("sha256", "mime"), {"info": ONCE})

    sha256: Mapped[str] = mapped_column(primary_key=True)
    mime: Mapped[str]
    size: Mapped[int]
    stored_at: Mapped[datetime]
    hint_lon: Mapped[float | None] = mapped_column(Double)
    hint_lat: Mapped[float | None] = mapped_column(Double)
    # What a photo's EXIF says: within how many metres, and when.
    hint_metres: Mapped[float | None] = mapped_column(Double)
    taken_at: Mapped[datetime | None]


class MediaHolderRow(Row):
    """Who has handed a file in: a person's code, a contact's id, or the connector itself.

    Equal bytes are one file, so a file may have several holders; each may name it.
    """

    __tablename__ = "media_holder"
    __table_args__ = {"info": ONCE}  # noqa: RUF012 - read by SQLAlchemy, never changed

    sha256: Mapped[str] = mapped_column(ForeignKey("media.sha256"), primary_key=True)
    holder: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class CaseMediaRow(Row):
    """A file that belongs to a case; `key` makes a replayed link harmless.

    The kind agrees with what the file is. A `proof` was handed in with a move: no photo proves
    two moves, however close together they come.
    """

    __tablename__ = "case_media"
    __table_args__ = (
        ForeignKeyConstraint(["sha256", "mime"], ["media.sha256", "media.mime"]),
        CheckConstraint("(kind = 'recording') = (mime = 'audio/wav')", name="kind_is_the_files"),
        Index("uq_case_media_proof", "sha256", unique=True, postgresql_where=text("proof")),
        {"info": {TWICE: SAME_KEY}},
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    sha256: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    mime: Mapped[str]
    proof: Mapped[bool]
    at: Mapped[datetime]


class TranscriptRow(Row):
    """What an engine heard in a case's recording; two cases may have recordings that are equal."""

    __tablename__ = "transcript"
    __table_args__ = {"info": ONCE}  # noqa: RUF012 - read by SQLAlchemy, never changed

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    engine: Mapped[str]
    text: Mapped[str]
    raw: Mapped[str]
    confidence: Mapped[float | None] = mapped_column(Double)
    seconds: Mapped[float | None] = mapped_column(Double)
    at: Mapped[datetime]


class NumberBlockRow(Row):
    """Serials of report numbers that were handed out, and to whom."""

    __tablename__ = "number_block"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    holder: Mapped[str]
    first: Mapped[int]
    last: Mapped[int]
    leased_at: Mapped[datetime]


class ChangeRow(Row):
    """A change that has no number yet; the sequencer moves it into the feed.

    `before` and `after` say where a case stood and where it stands now (hotline.case.tally).
    """

    __tablename__ = "change"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    ref: Mapped[str]
    at: Mapped[datetime]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]


class FeedRow(Row):
    """A change with its number; numbers are given by one sequencer, after commit.

    It lies in parts by the day of the change; that no number comes twice is the sequence's matter.
    """

    __tablename__ = "feed"
    __table_args__ = {"postgresql_partition_by": "RANGE (id)"}  # noqa: RUF012 - never changed

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    ref: Mapped[str]
    at: Mapped[datetime]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]


class DraftRow(Row):
    """What somebody has begun to tell in a chat."""

    __tablename__ = "draft"
    __table_args__ = {"info": {TWICE: LATEST}}  # noqa: RUF012 - read by SQLAlchemy, never changed

    channel: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class KeyRow(Row):
    """A secret of this database: `contact` hides addresses inside contact ids.

    `contact_plan` says by which telephone plan the numbers behind them were read, and how far.
    """

    __tablename__ = "secret"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
