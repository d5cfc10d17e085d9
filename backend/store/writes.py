"""What a desk adds, written by one statement whatever the number of rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.base import TWICE, Row, has_no_place
from hotline.case.standing import STANDING, Standing
from hotline.errors import Conflict, Invalid
from hotline.ids import new_id
from hotline.job import NOTICES
from hotline.notice import NoticeState
from hotline.wire import encode, keep

# Order of the parts of the one statement; foreign keys are checked at its end.
TABLES: Final = (
    "contact",
    "cases",
    "report",
    "step",
    "move_key",
    "job",
    "notice",
    "revisit",
    "call",
    "call_mark",
    "seat_event",
    "media",
    "media_holder",
    "case_media",
    "transcript",
    "draft",
    "audit",
    "audit_words",
    "change",
)
# What else the one statement does, as Writes calls it.
OTHERS: Final = ("updated", "ended", "answered")
NOT_THERE: Final = "23503"  # SQLSTATE foreign_key_violation


class Raced(Conflict):
    """Somebody wrote the same key or step at this moment; tried anew it may go well."""


@dataclass(slots=True)
class Writes:
    """Rows that are written together or not at all."""

    # Whether a statement that failed has undone nothing else.
    is_each_alone: ClassVar[bool] = True
    connection: AsyncConnection
    now: datetime
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    updated: list[dict[str, Any]] = field(default_factory=list)
    ended: list[dict[str, Any]] = field(default_factory=list)
    answered: list[dict[str, Any]] = field(default_factory=list)
    changed: bool = False

    def add(self, table: str, row: dict[str, Any]) -> None:
        """Add a row; every column must be there, missing ones become NULL."""
        if table not in TABLES:
            raise KeyError(f"{table} is not written so")
        self.rows.setdefault(table, []).append(row)

    def update_case(self, row: dict[str, Any]) -> None:
        """Write a case that stood there before; what a later step makes of it counts."""
        self.updated = [one for one in self.updated if one["id"] != row["id"]]
        self.updated.append(row)

    def add_job(self, row: dict[str, Any]) -> None:
        """Add a job, or let it be as if it were new; what was taken away here stays after all."""
        self.ended = [one for one in self.ended if not _is_same_job(one, row)]
        self.add("job", row)

    def end_job(self, queue: str, ref: str, *, but: str = "") -> None:
        """Take away a job that is done by what is written here, or that nobody needs any more.

        One that is in the state `but` stays as it is.
        """
        ended = {"queue": queue, "ref": ref, "state": but}
        if "job" in self.rows:
            kept = [one for one in self.rows.pop("job") if not _is_same_job(one, ended)]
            if kept:
                self.rows["job"] = kept
        self.ended.append(ended)

    def drop_notices(self, case: UUID, person: str) -> None:
        """Drop what waits already for a person about a case that is answered."""
        self.answered.append({"case_id": case, "person": person})

    def emit_change(
        self, kind: str, ref: str, before: Standing | None = None, after: Standing | None = None
    ) -> None:
        """Let the consoles know that something so called has changed, and how a case stands."""
        self.changed = True
        row = {"id": new_id(self.now), "kind": kind, "ref": ref, "at": self.now}
        kept = [None if one is None else keep(STANDING, one) for one in (before, after)]
        self.add("change", row | dict(zip(("before", "after"), kept, strict=True)))

    async def flush(self, question: str = "SELECT 1", *given: object) -> RowMapping | None:
        """Write everything so far in one statement.

        Gives the first row that `question` finds, as things stood before the writing; {0}, {1} ...
        stand for what is `given`. Raises Raced when somebody was faster (a step's number or a key
        is taken), and Invalid for a file that was never stored.
        """
        tables = tuple(table for table in TABLES if table in self.rows)
        others = tuple((name, len(getattr(self, name))) for name in OTHERS if getattr(self, name))
        if not tables and not others:
            return None
        sql = _statement(tables, others, question, len(given))
        values: list[object] = [encode(self.rows[table]).decode() for table in tables]
        values += [encode(getattr(self, name)).decode() for name, _ in others]
        if self.answered:
            values.append(self.now)
        self.rows, self.updated = {}, []
        self.ended, self.answered = [], []
        return await self._sent(sql, (*values, *given))

    async def _sent(
        self, sql: str, values: tuple[object, ...], tries: int = 2
    ) -> RowMapping | None:
        try:
            rows = await self.connection.exec_driver_sql(sql, values)
        except IntegrityError as error:
            if getattr(error.orig, "sqlstate", "") == NOT_THERE:
                raise Invalid("media", "is not on record") from error
            if has_no_place(error) and self.is_each_alone and tries > 1:
                return await self._sent(sql, values, tries - 1)
            raise Raced("somebody was faster") from error
        return rows.mappings().first()


def _is_same_job(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return (one["queue"], one["ref"]) == (other["queue"], other["ref"])


@lru_cache(maxsize=256)
def _statement(
    tables: tuple[str, ...], others: tuple[tuple[str, int], ...], question: str, given: int
) -> str:
    parts = []
    for place, table in enumerate(tables, start=1):
        columns = ", ".join(f'"{column.name}"' for column in Row.metadata.tables[table].columns)
        twice = Row.metadata.tables[table].info.get(TWICE, "")
        parts.append(
            f'i_{table} AS (INSERT INTO "{table}" ({columns}) SELECT {columns} '
            f'FROM json_populate_recordset(NULL::"{table}", ${place}::text::json) {twice})'
        )
    place = len(tables)
    for name, count in others:
        place += 1
        parts.append(_OTHER[name](place, count))
        place += name == "answered"  # its instant is a value too
    asked = question.format(*(f"${place + turn}" for turn in range(1, given + 1)))
    return f"WITH {', '.join(parts)} {asked}"


def _update(place: int, count: int) -> str:
    names = [c.name for c in Row.metadata.tables["cases"].columns if c.name != "id"]
    sets = ", ".join(f'"{name}" = r."{name}"' for name in names)
    return (
        f"u_cases AS (UPDATE cases AS c SET {sets} "
        f"FROM {_given('cases', place, count)} AS r WHERE c.id = r.id)"
    )


def _end(place: int, count: int) -> str:
    return (
        f"d_job AS (DELETE FROM job AS j USING {_given('job', place, count)} AS r "
        "WHERE j.queue = r.queue AND j.ref = r.ref AND j.state <> r.state)"
    )


def _answer(place: int, count: int) -> str:
    return (
        # What is on its way right now is not called back.
        f"d_notice AS (DELETE FROM job AS j USING notice AS n, {_given('notice', place, count)} "
        "AS r WHERE n.case_id = r.case_id AND n.person = r.person "
        f"AND n.state = '{NoticeState.WAITING}' AND j.queue = '{NOTICES}' AND j.ref = n.id::text "
        f"AND (j.lease_until IS NULL OR j.lease_until <= ${place + 1}) RETURNING n.id, j.tries), "
        f"u_notice AS (UPDATE notice AS n SET state = '{NoticeState.DROPPED}', "
        f"settled_at = ${place + 1}, tries = d.tries FROM d_notice AS d WHERE n.id = d.id)"
    )


def _given(table: str, place: int, count: int) -> str:
    """The rows of a value; without their count they are guessed at a hundred, and tables walked."""
    rows = f"json_populate_recordset(NULL::{table}, ${place}::text::json)"
    return f"(SELECT * FROM {rows} LIMIT {count})"


_OTHER: Final = {"updated": _update, "ended": _end, "answered": _answer}
