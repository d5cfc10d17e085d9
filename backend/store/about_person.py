"""All that is kept about a telephone number or a chat: found, and told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from hotline.wire import plain

# By the name under which it is told; `contact` is their id, `channel` and `address` reach them.
_KEPT: Final[Mapping[str, str]] = {
    "contact": "SELECT channel, address, name, language FROM contact WHERE id = :contact",
    "reports": "SELECT c.number, r.said_at, r.received_at, r.channel, r.language, r.text, "
    "r.place_text, r.lon, r.lat FROM report r JOIN cases c ON c.id = r.case_id "
    "WHERE r.contact_id = :contact ORDER BY r.received_at",
    "cases": "SELECT c.number, c.stage, c.received_at, c.text, c.place_text, c.matter, c.fields "
    "FROM cases c WHERE c.id IN (SELECT case_id FROM report WHERE contact_id = :contact) "
    "ORDER BY c.id",
    "steps": "SELECT c.number, s.seq, s.at, s.action, s.note FROM step s "
    "JOIN cases c ON c.id = s.case_id "
    "WHERE s.case_id IN (SELECT case_id FROM report WHERE contact_id = :contact) "
    "ORDER BY s.case_id, s.seq",
    "files": "SELECT c.number, l.kind, l.at, l.sha256 FROM case_media l "
    "JOIN cases c ON c.id = l.case_id "
    "WHERE l.case_id IN (SELECT case_id FROM report WHERE contact_id = :contact) "
    "ORDER BY l.at, l.key",
    "transcripts": "SELECT c.number, t.at, t.text FROM transcript t "
    "JOIN cases c ON c.id = t.case_id "
    "WHERE t.case_id IN (SELECT case_id FROM report WHERE contact_id = :contact) ORDER BY t.at",
    "calls": "SELECT k.key, k.started_at, k.line FROM call k WHERE k.contact_id = :contact "
    "ORDER BY k.started_at",
    "surveys": "SELECT v.asked_at, v.grade, v.comment FROM call_survey v "
    "JOIN call k ON k.id = v.id WHERE k.contact_id = :contact ORDER BY v.asked_at",
    "answers": "SELECT a.call_key, a.at, a.note FROM call_answer a JOIN call k ON k.id = a.call_id "
    "WHERE k.contact_id = :contact ORDER BY a.at",
    "revisited": "SELECT c.number, a.question, a.value, a.at FROM revisit_answer a "
    "JOIN revisit r ON r.id = a.revisit_id JOIN cases c ON c.id = r.case_id "
    "WHERE r.contact_id = :contact ORDER BY a.at",
    "do_not_call": "SELECT reason, made_at, ended_at FROM do_not_call "
    "WHERE contact_id = :contact ORDER BY made_at",
    "joined": "SELECT c.number, j.at FROM joined_caller j JOIN cases c ON c.id = j.case_id "
    "WHERE j.contact_id = :contact ORDER BY j.at",
    "notices": "SELECT created_at, settled_at, state, template, words, fields FROM notice "
    "WHERE channel = :channel AND address = :address AND person IS NULL ORDER BY id",
    "drafts": "SELECT updated_at, body FROM draft WHERE channel = :channel AND address = :address",
    "talks": "SELECT d.address AS call, d.updated_at, d.body FROM draft d "
    "JOIN call k ON k.key = d.address "
    "WHERE d.channel = 'talk' AND k.contact_id = :contact ORDER BY d.updated_at",
    "restrictions": "SELECT level, reason, asked_at, until, ended_at FROM nuisance "
    "WHERE contact_id = :contact ORDER BY asked_at",
    "call_backs": "SELECT made_at, source, since, state, tries, said, ended_at FROM call_back "
    "WHERE contact_id = :contact ORDER BY made_at",
    "wishes": "SELECT asked_at, done_at, outcome, reason FROM erasure "
    "WHERE contact_id = :contact OR contact_id IN "
    "(SELECT id FROM former_contact WHERE contact_id = :contact) ORDER BY asked_at",
}


@dataclass(frozen=True, slots=True)
class CaseOfPerson:
    """A case that somebody told of; `alone` says that nobody else did."""

    id: UUID
    number: str
    alone: bool


def _values(contact: UUID, channel: str, address: str) -> dict[str, Any]:
    return {"contact": contact, "channel": channel, "address": address}


async def all_of(
    connection: AsyncConnection, contact: UUID, channel: str, address: str
) -> dict[str, list[dict[str, object]]]:
    """Give all rows that speak of somebody, by what they are; what is empty is there, too."""
    given, told = _values(contact, channel, address), dict[str, list[dict[str, object]]]()
    for name, asked in _KEPT.items():
        rows = await connection.execute(text(asked), given)
        told[name] = [plain(dict(row)) for row in rows.mappings()]
    return told


async def counts_of(
    connection: AsyncConnection, contact: UUID, channel: str, address: str
) -> dict[str, int]:
    """Give how many rows speak of somebody, by what they are."""
    given, found = _values(contact, channel, address), dict[str, int]()
    for name, asked in _KEPT.items():
        rows = await connection.execute(text(f"SELECT count(*) FROM ({asked}) AS kept"), given)
        found[name] = int(rows.scalar_one())
    return found


async def cases_of(connection: AsyncConnection, contact: UUID) -> list[CaseOfPerson]:
    """Give the cases that somebody told of, locked: nobody moves them, or puts them on hold."""
    rows = await connection.execute(_CASES, {"contact": contact})
    return [CaseOfPerson(*row) for row in rows]


_CASES: Final = text(
    "SELECT c.id, c.number, NOT EXISTS (SELECT FROM report o WHERE o.case_id = c.id "
    "AND o.contact_id IS DISTINCT FROM CAST(:contact AS uuid)) AS alone FROM cases c "
    "WHERE c.id IN (SELECT case_id FROM report WHERE contact_id = CAST(:contact AS uuid)) "
    "ORDER BY c.id FOR UPDATE OF c"
)


async def joined_by(connection: AsyncConnection, contact: UUID) -> list[UUID]:
    """Give the cases that somebody only joined, locked as those that they told of."""
    return list((await connection.execute(_JOINED, {"contact": contact})).scalars())


_JOINED: Final = text(
    "SELECT c.id FROM cases c WHERE c.id IN "
    "(SELECT case_id FROM joined_caller WHERE contact_id = CAST(:contact AS uuid)) "
    "ORDER BY c.id FOR UPDATE OF c"
)


async def is_restricted(connection: AsyncConnection, contact: UUID, now: datetime) -> bool:
    """Tell whether something is held against somebody now, or asked for."""
    rows = await connection.execute(_RESTRICTED, {"contact": contact, "now": now})
    return rows.first() is not None


_RESTRICTED: Final = text(
    "SELECT 1 FROM nuisance WHERE contact_id = :contact AND ended_at IS NULL "
    "AND until > :now LIMIT 1"
)
