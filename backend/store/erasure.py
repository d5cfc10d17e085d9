"""Erasing what is kept about people: what is due, and the one way in which it goes.

Each kind is two things: a query for what is due, and what is done with some of it, in one
transaction that looks again whether it still is. What is gone is due no more, so whoever is killed
goes on where they stood. Steps and the audit stay as rows; of steps the words are emptied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store import record_log
from backend.store.call_backs import NOBODY_RUNG, OF_CALLS
from backend.store.contacts import ContactIds
from backend.store.erased_keys import hide_moves, hide_reports
from backend.store.log_again import TakenBy, log_anew, log_files_anew, log_lost_files_anew
from backend.store.log_sources import FILE, LINK, REPORT, REPORTER, TRANSCRIPT
from hotline.call import call_id
from hotline.channel import Channel
from hotline.errors import Conflict
from hotline.ids import first_id
from hotline.job import NOTICES
from hotline.notice import NoticeState
from hotline.privacy import DataKind
from hotline.report import Contact

_ZERO: Final = str(UUID(int=0))
BY_RULE: Final = "rule"


@dataclass(frozen=True, slots=True)
class Erasing:
    """What is asked for: what of a kind is older than `before`, by which ends and fields.

    `ended` counts from the last step of cases and not from when they came. `how` is BY_RULE or the
    id of a request.
    """

    kind: DataKind
    before: datetime
    ended: bool
    ends: Sequence[str]
    fields: Sequence[str]
    how: str = BY_RULE


# Whether nothing may be taken of a case: it is on hold, or one that it is bound to is.
HELD: Final = """(
  EXISTS (SELECT FROM case_hold h WHERE h.case_id = c.id AND h.ended_at IS NULL)
  OR EXISTS (SELECT FROM jsonb_array_elements(c.links) l
    JOIN cases o ON o.number = l->>'other' JOIN case_hold h ON h.case_id = o.id
    WHERE h.ended_at IS NULL))"""
# Whether a case still goes on, or goes along with one that does.
_OPEN: Final = """(
  c.stage <> ALL(CAST(:ends AS text[]))
  OR EXISTS (SELECT FROM jsonb_array_elements(c.links) l JOIN cases o ON o.number = l->>'other'
    WHERE o.stage <> ALL(CAST(:ends AS text[]))))"""
_CASES: Final = f"""
SELECT c.id::text AS ref FROM cases c
WHERE c.id > CAST(:after AS uuid) AND c.id < CAST(:high AS uuid) AND c.received_at < :before
AND NOT (CAST(:ended AS boolean)
  AND EXISTS (SELECT FROM step s WHERE s.case_id = c.id AND s.at >= :before))
AND NOT EXISTS (SELECT FROM erased e WHERE e.case_id = c.id AND e.kind = :kind
  AND NOT EXISTS (SELECT FROM step s WHERE s.case_id = c.id AND s.at > e.at))
AND NOT {_OPEN} AND NOT {HELD} {{only}}
ORDER BY c.id"""
_OF_FREE_CASE: Final = f"NOT EXISTS (SELECT FROM cases c WHERE {{of}} AND ({_OPEN} OR {HELD}))"
_NOTICES: Final = f"""
SELECT n.id::text AS ref FROM notice n
WHERE n.id > CAST(:after AS uuid) AND n.id < CAST(:high AS uuid)
AND coalesce(n.settled_at, n.created_at) < :before
AND (n.address <> '' OR n.words <> '' OR n.message <> '' OR n.error <> '' OR n.fields <> '{{{{}}}}')
AND {_OF_FREE_CASE.format(of="c.id = n.case_id")} {{only}}
ORDER BY n.id"""
_CALLS: Final = f"""
SELECT k.id::text AS ref FROM call k
WHERE k.id > CAST(:after AS uuid) AND k.started_at < :before
AND (k.contact_id <> CAST(:nobody AS uuid)
  OR EXISTS (SELECT FROM call_back b WHERE b.call = k.key AND b.contact_id <> CAST(:nobody AS uuid))
  OR EXISTS (SELECT FROM call_survey v WHERE v.id = k.id AND v.comment <> '')
  OR EXISTS (SELECT FROM call_answer a WHERE a.call_id = k.id AND a.note <> ''))
AND {_OF_FREE_CASE.format(of="c.call = k.key")} {{only}}
ORDER BY k.id"""
_POSITIONS: Final = f"""
SELECT m.sha256 AS ref FROM media m
WHERE m.sha256 > :after AND m.stored_at < :before AND m.hint_lon IS NOT NULL
AND NOT EXISTS (SELECT FROM case_media l JOIN cases c ON c.id = l.case_id
  WHERE l.sha256 = m.sha256 AND ({_OPEN} OR {HELD})) {{only}}
ORDER BY m.sha256"""
_DRAFTS: Final = """
SELECT d.channel || ':' || d.address AS ref FROM draft d
WHERE d.channel || ':' || d.address > :after AND d.updated_at < :before {only}
ORDER BY 1"""
# What is begun in a chat may hold a file that no case names yet.
_UPLOADS: Final = """
SELECT m.sha256 AS ref FROM media m
WHERE m.sha256 > :after AND m.stored_at < :before
AND NOT EXISTS (SELECT FROM media_holder h WHERE h.sha256 = m.sha256 AND h.at >= :before)
AND NOT EXISTS (SELECT FROM case_media l WHERE l.sha256 = m.sha256)
AND NOT EXISTS (SELECT FROM bulletin b WHERE b.sound = m.sha256)
AND NOT EXISTS (SELECT FROM call_survey v WHERE v.comment = m.sha256)
AND NOT EXISTS (SELECT FROM draft d WHERE strpos(d.body::text, m.sha256) > 0) {only} ORDER BY 1"""
_SESSIONS: Final = """SELECT s.token_hash AS ref FROM session s
WHERE s.token_hash > :after AND s.expires_at < :before {only} ORDER BY 1"""
_CODES: Final = """
SELECT k.code_hash AS ref FROM chat_code k
WHERE k.code_hash > :after AND k.expires_at < :before {only} ORDER BY 1"""
# Of a contact nothing is left but itself.
_ORPHANS: Final = """
SELECT t.id::text AS ref FROM contact t
WHERE t.id > CAST(:after AS uuid) AND t.id <> CAST(:nobody AS uuid)
AND NOT EXISTS (SELECT FROM report r WHERE r.contact_id = t.id)
AND NOT EXISTS (SELECT FROM call k WHERE k.contact_id = t.id)
AND NOT EXISTS (SELECT FROM joined_caller j WHERE j.contact_id = t.id)
AND NOT EXISTS (SELECT FROM nuisance n WHERE n.contact_id = t.id)
AND NOT EXISTS (SELECT FROM call_back b WHERE b.contact_id = t.id)
AND NOT EXISTS (SELECT FROM do_not_call d WHERE d.contact_id = t.id) {only} ORDER BY t.id"""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a kind is looked for, by which column, from which name on, and what is done with some."""

    due: str
    column: str
    work: tuple[str, ...] = ()
    first: str = _ZERO
    marked: bool = False
    # What is logged anew, of cases or of files.
    anew: tuple[str, ...] = ()

    def only(self) -> str:
        """Narrow the query to some."""
        return f"AND {self.column} = ANY(CAST(:ids AS text[]))"


_IDS: Final = "ANY(CAST(CAST(:ids AS text[]) AS uuid[]))"
_EMPTY_STEPS: Final = f"""
UPDATE step SET note = '', erased_at = :now, changes = changes
  || CASE WHEN changes ? 'text' THEN '{{"text": ""}}' ELSE '{{}}' END::jsonb
  || CASE WHEN changes ? 'place_text' THEN '{{"place_text": ""}}' ELSE '{{}}' END::jsonb
  || CASE WHEN changes ? 'point' THEN '{{"point": null}}' ELSE '{{}}' END::jsonb
  || CASE WHEN changes ? 'suggestions' THEN '{{"suggestions": []}}' ELSE '{{}}' END::jsonb
  || CASE WHEN changes ? 'fields' THEN jsonb_build_object('fields', (
       SELECT coalesce(jsonb_object_agg(f.key,
         CASE WHEN f.key = ANY(CAST(:fields AS text[])) THEN 'null'::jsonb ELSE f.value END),
         '{{}}'::jsonb)
       FROM jsonb_each(changes->'fields') AS f)) ELSE '{{}}'::jsonb END
WHERE case_id = {_IDS} AND erased_at IS NULL
AND (note <> '' OR changes ?| ARRAY['text', 'place_text', 'point', 'suggestions']
  OR (changes->'fields') ?| CAST(:fields AS text[]))"""
# One that is to go again waits anew.
ANEW: Final = "ON CONFLICT (sha256) DO UPDATE SET at = EXCLUDED.at"
_UNLINK: Final = f"""
WITH gone AS (DELETE FROM case_media WHERE case_id = {{ids}} AND (kind = 'recording') = {{sound}}
  RETURNING sha256)
INSERT INTO erased_file (sha256, at) SELECT DISTINCT sha256, CAST(:now AS timestamptz) FROM gone
{ANEW}"""
_NOW: Final = "e.at = CAST(:now AS timestamptz)"
# Of those that go now the rows, where no other case has the file: what is still named stays, and so
# does what has been handed in again since it went and is not taken from the disk yet.
FORGET_FILES: Final = (
    "DELETE FROM erased_file e USING case_media l WHERE l.sha256 = e.sha256",
    "DELETE FROM erased_file e USING bulletin b WHERE b.sound = e.sha256",
    "DELETE FROM erased_file e USING call_survey v WHERE v.comment = e.sha256",
    f"DELETE FROM media_holder h USING erased_file e WHERE e.sha256 = h.sha256 AND {_NOW}",
    f"DELETE FROM media m USING erased_file e WHERE e.sha256 = m.sha256 AND {_NOW}",
)
# What was said behind calls goes as a file that nothing names any more.
FORGET_COMMENTS: Final = (
    "WITH gone AS (UPDATE call_survey v SET comment = '' FROM call_survey b "
    "WHERE b.id = v.id AND b.comment <> '' AND v.id IN ({calls}) RETURNING b.comment) "
    "INSERT INTO erased_file (sha256, at) SELECT DISTINCT comment, CAST(:now AS timestamptz) "
    f"FROM gone {ANEW}"
)
_KINDS: Final[Mapping[DataKind, _Kind]] = {
    DataKind.CONTACT: _Kind(
        _CASES,
        "c.id::text",
        (
            f"UPDATE report SET contact_id = NULL, logged_as = NULL WHERE case_id = {_IDS}",
            f"UPDATE joined_caller SET contact_id = CAST(:nobody AS uuid) WHERE case_id = {_IDS}",
            NOBODY_RUNG.format(calls=OF_CALLS),
            f"UPDATE call SET contact_id = CAST(:nobody AS uuid) WHERE id = {OF_CALLS}",
            f"UPDATE revisit SET contact_id = NULL WHERE case_id = {_IDS}",
        ),
        marked=True,
        anew=(REPORTER,),
    ),
    DataKind.WORDS: _Kind(
        _CASES,
        "c.id::text",
        (
            "UPDATE report SET text = '', place_text = '', lon = NULL, lat = NULL "
            f"WHERE case_id = {_IDS}",
            "UPDATE cases SET text = '', place_text = '', lon = NULL, lat = NULL, "
            "suggestions = '[]', fields = fields - CAST(:fields AS text[]) "
            f"WHERE id = {_IDS}",
            _EMPTY_STEPS,
            # What the duty chief was told in a hurry.
            "UPDATE alarm SET said = '' WHERE number IN "
            f"(SELECT number FROM cases WHERE id = {_IDS}) OR (call <> '' AND call IN "
            f"(SELECT call FROM cases WHERE id = {_IDS}))",
            "DELETE FROM draft WHERE channel IN ('call', 'talk') "
            "AND address IN (SELECT call FROM cases WHERE call IS NOT NULL "
            f"AND id = {_IDS})",
        ),
        marked=True,
        anew=(REPORT,),
    ),
    DataKind.TRANSCRIPT: _Kind(
        _CASES,
        "c.id::text",
        (f"DELETE FROM transcript WHERE case_id = {_IDS}",),
        marked=True,
        anew=(TRANSCRIPT,),
    ),
    DataKind.RECORDING: _Kind(
        _CASES,
        "c.id::text",
        (
            _UNLINK.format(ids=_IDS, sound="true"),
            FORGET_COMMENTS.format(
                calls=f"SELECT s.id FROM call_survey s WHERE s.case_id = {_IDS} "
                f"OR s.call_key IN (SELECT call FROM cases WHERE id = {_IDS})"
            ),
            *FORGET_FILES,
        ),
        marked=True,
        anew=(LINK,),
    ),
    DataKind.PHOTO: _Kind(
        _CASES,
        "c.id::text",
        (_UNLINK.format(ids=_IDS, sound="false"), *FORGET_FILES),
        marked=True,
        anew=(LINK,),
    ),
    DataKind.NOTICE: _Kind(
        _NOTICES,
        "n.id::text",
        (
            f"DELETE FROM job WHERE queue = '{NOTICES}' AND ref = ANY(CAST(:ids AS text[]))",
            # Its key names the address, too.
            "UPDATE notice SET address = '', words = '', message = '', error = '', fields = '{}', "
            "key = 'erased:' || id, state = CASE WHEN settled_at IS NULL "
            f"THEN '{NoticeState.DROPPED}' ELSE state END, "
            f"settled_at = coalesce(settled_at, :now) WHERE id = {_IDS}",
        ),
    ),
    DataKind.CALL: _Kind(
        _CALLS,
        "k.id::text",
        (
            FORGET_COMMENTS.format(calls=f"SELECT id FROM call WHERE id = {_IDS}"),
            NOBODY_RUNG.format(calls=_IDS),
            f"UPDATE call SET contact_id = CAST(:nobody AS uuid) WHERE id = {_IDS}",
            *FORGET_FILES,
            f"UPDATE call_answer SET note = '' WHERE call_id = {_IDS}",
        ),
    ),
    DataKind.POSITION: _Kind(
        _POSITIONS,
        "m.sha256",
        (
            "UPDATE media SET hint_lon = NULL, hint_lat = NULL, hint_metres = NULL "
            "WHERE sha256 = ANY(CAST(:ids AS text[]))",
        ),
        first="",
        anew=(FILE,),
    ),
    DataKind.DRAFT: _Kind(
        _DRAFTS,
        "d.channel || ':' || d.address",
        ("DELETE FROM draft WHERE channel || ':' || address = ANY(CAST(:ids AS text[]))",),
        first="",
    ),
    DataKind.UPLOAD: _Kind(
        _UPLOADS,
        "m.sha256",
        (
            "INSERT INTO erased_file (sha256, at) SELECT unnest(CAST(:ids AS text[])), "
            f"CAST(:now AS timestamptz) {ANEW}",
            *FORGET_FILES,
        ),
        first="",
        anew=(FILE,),
    ),
    DataKind.SESSION: _Kind(
        _SESSIONS,
        "s.token_hash",
        ("DELETE FROM session WHERE token_hash = ANY(CAST(:ids AS text[]))",),
        first="",
    ),
    DataKind.CODE: _Kind(
        _CODES,
        "k.code_hash",
        ("DELETE FROM chat_code WHERE code_hash = ANY(CAST(:ids AS text[]))",),
        first="",
    ),
}
_LONE: Final = _Kind(_ORPHANS, "t.id::text", (f"DELETE FROM contact WHERE id = {_IDS}",))


async def due(
    connection: AsyncConnection, ids: ContactIds, asked: Erasing, after: str, most: int
) -> list[str]:
    """Give the names of what of a kind is due behind one of them ("": from the first), in order."""
    kind = _KINDS[asked.kind]
    given = _given(ids, asked) | {"after": after or kind.first, "most": most}
    rows = await connection.execute(text(f"{kind.due.format(only='')} LIMIT :most"), given)
    return list(rows.scalars())


async def count(connection: AsyncConnection, ids: ContactIds, asked: Erasing) -> int:
    """Give how much of a kind is due."""
    kind = _KINDS[asked.kind]
    counted = text(f"SELECT count(*) FROM ({kind.due.format(only='')}) AS due")
    rows = await connection.execute(counted, _given(ids, asked) | {"after": kind.first})
    return int(rows.scalar_one())


async def erase(
    connection: AsyncConnection,
    ids: ContactIds,
    asked: Erasing,
    named: Sequence[str],
    now: datetime,
) -> int:
    """Erase those of a kind that are still due; gives how many they were.

    This is the one place where anything of what is on record goes; call it in a transaction.
    """
    kind = _KINDS[asked.kind]
    given = _given(ids, asked) | {"after": kind.first, "ids": list(named)}
    if kind.marked:
        # Nobody moves a case, or puts one on hold, while it is looked at.
        await connection.execute(
            text(f"SELECT id FROM cases WHERE id = {_IDS} ORDER BY id FOR UPDATE"), {"ids": named}
        )
    rows = await connection.execute(text(kind.due.format(only=kind.only())), given)
    found = list(rows.scalars())
    if found:
        try:
            await _work(connection, ids, asked, kind, found, now)
        except (IntegrityError, DataError) as error:
            raise Conflict(f"{asked.kind}: {error.orig.__class__.__name__}") from error
    return len(found)


async def erase_of_cases(
    connection: AsyncConnection,
    ids: ContactIds,
    asked: Erasing,
    cases: Sequence[UUID],
    now: datetime,
) -> None:
    """Erase a kind of some cases, however old; the caller has locked and judged them."""
    await _work(connection, ids, asked, _KINDS[asked.kind], [str(one) for one in cases], now)


async def _work(
    connection: AsyncConnection,
    ids: ContactIds,
    asked: Erasing,
    kind: _Kind,
    found: list[str],
    now: datetime,
) -> None:
    """Do what is done with some of a kind, and mark cases of which it was done."""
    nobody = ids.of(Channel.PHONE, "")
    values: dict[str, Any] = {"ids": found, "now": now, "fields": list(asked.fields)}
    values["nobody"] = str(nobody)
    if asked.kind in (DataKind.CONTACT, DataKind.CALL):
        await make_nobody(connection, ids)
    if asked.kind is DataKind.CONTACT:
        told = text(f"SELECT call FROM cases WHERE call IS NOT NULL AND id = {_IDS}")
        keys = (await connection.execute(told, {"ids": found})).scalars()
        values["calls"] = [str(call_id(key)) for key in keys]
    for statement in kind.work:
        await connection.execute(text(statement), values)
    if asked.kind is DataKind.CONTACT:
        await hide_reports(connection, ids, None, found)
    if _EMPTY_STEPS in kind.work:
        await hide_moves(connection, ids, found, now)
        await record_log.erase(connection, found)
    by = TakenBy(asked.kind, now, asked.how)
    if FILE in kind.anew:
        await log_files_anew(connection, [f"{FILE}:{one}" for one in found], by)
    elif kind.anew:
        await log_anew(connection, found, kind.anew, gone=LINK in kind.anew)
    if LINK in kind.anew or asked.kind is DataKind.CALL:
        await log_lost_files_anew(connection, by)
    if kind.marked:
        await connection.execute(
            _MARK, {"ids": found, "kind": asked.kind, "now": now, "how": asked.how}
        )


async def make_nobody(connection: AsyncConnection, ids: ContactIds) -> None:
    """Let there be nobody: who withholds their number is it, too; a foreign key wants the row."""
    await connection.execute(_NOBODY, ids.row(Contact(Channel.PHONE, "", "", "")))


async def empty_notices(connection: AsyncConnection, named: Sequence[str], now: datetime) -> None:
    """Empty some notices by their ids, however old; those that wait go nowhere."""
    for statement in _KINDS[DataKind.NOTICE].work:
        await connection.execute(text(statement), {"ids": list(named), "now": now})


_NOBODY: Final = text(
    "INSERT INTO contact (id, channel, address, name, language, tail) "
    "VALUES (:id, :channel, :address, :name, :language, :tail) ON CONFLICT DO NOTHING"
)
_MARK: Final = text(
    "INSERT INTO erased (case_id, kind, at, how) SELECT CAST(one AS uuid), :kind, "
    "CAST(:now AS timestamptz), :how FROM unnest(CAST(:ids AS text[])) AS one "
    "ON CONFLICT DO NOTHING"
)


async def lone_contacts(
    connection: AsyncConnection, ids: ContactIds, after: str, most: int
) -> list[str]:
    """Give contacts behind one ("": from the first) that nothing speaks of any more, in order."""
    given = {"after": after or _ZERO, "nobody": str(ids.of(Channel.PHONE, "")), "most": most}
    rows = await connection.execute(text(f"{_LONE.due.format(only='')} LIMIT :most"), given)
    return list(rows.scalars())


async def drop_contacts(connection: AsyncConnection, ids: ContactIds, named: Sequence[str]) -> int:
    """Take contacts away that nothing speaks of still; gives how many they were."""
    given = {"after": _ZERO, "nobody": str(ids.of(Channel.PHONE, "")), "ids": list(named)}
    rows = await connection.execute(text(_LONE.due.format(only=_LONE.only())), given)
    found = list(rows.scalars())
    if found:
        try:
            await connection.execute(text(_LONE.work[0]), {"ids": found})
        except IntegrityError as error:
            raise Conflict("somebody speaks of a contact again") from error
    return len(found)


async def files_to_go(connection: AsyncConnection, most: int) -> list[str]:
    """Give files that no row speaks of, to be taken from the disk."""
    rows = await connection.execute(_TO_GO, {"most": most})
    return list(rows.scalars())


_TO_GO: Final = text("SELECT sha256 FROM erased_file ORDER BY at, sha256 LIMIT :most")


async def file_is_wanted(connection: AsyncConnection, sha256: str) -> bool:
    """Tell whether a file has been handed in anew since it was to go."""
    rows = await connection.execute(_WANTED, {"sha256": sha256})
    return bool(rows.scalar_one())


_WANTED: Final = text("SELECT EXISTS (SELECT FROM media WHERE sha256 = :sha256)")


async def file_is_gone(connection: AsyncConnection, sha256: str) -> None:
    """Let go of a file that the disk has no more, or that is wanted again."""
    await connection.execute(_GONE, {"sha256": sha256})


_GONE: Final = text("DELETE FROM erased_file WHERE sha256 = :sha256")


def _given(ids: ContactIds, asked: Erasing) -> dict[str, Any]:
    """Give the values that the queries of all kinds speak of."""
    return {
        "before": asked.before,
        "high": str(first_id(asked.before)),
        "ended": asked.ended,
        "ends": list(asked.ends),
        "kind": asked.kind,
        "nobody": str(ids.of(Channel.PHONE, "")),
    }


async def standing_against(
    connection: AsyncConnection, ends: Sequence[str], cases: Sequence[UUID]
) -> tuple[list[str], list[str]]:
    """Give the numbers of those of some cases that are on hold, and of those that still go on."""
    given = {"ids": [str(one) for one in cases], "ends": list(ends)}
    rows = (await connection.execute(_AGAINST, given)).all()
    return [row.number for row in rows if row.held], [row.number for row in rows if row.going]


_AGAINST: Final = text(
    f"SELECT c.number, {HELD} AS held, {_OPEN} AS going FROM cases c WHERE c.id = {_IDS} "
    "ORDER BY c.number"
)
