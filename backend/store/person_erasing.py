"""Erasing what is kept about one person, because they asked for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.audit_words import forget_of
from backend.store.contacts import ContactIds
from backend.store.erased_keys import hide_reports
from backend.store.erasure import (
    ANEW,
    FORGET_COMMENTS,
    FORGET_FILES,
    HELD,
    Erasing,
    empty_notices,
    erase_of_cases,
    make_nobody,
)
from backend.store.log_again import TakenBy, log_anew, log_lost_files_anew
from backend.store.log_sources import LINK, REPORT, REPORTER
from hotline.channel import Channel
from hotline.privacy import DataKind
from hotline.report import Contact


async def erase_person(
    connection: AsyncConnection,
    ids: ContactIds,
    asked: Erasing,
    contact: Contact,
    alone: Sequence[UUID],
    now: datetime,
) -> list[UUID]:
    """Erase all that is kept about somebody; of the cases that nobody else told of the words, too.

    The caller has locked the cases and judged that nothing stands against it. Gives of which cases
    anything went, also those of which only a photo was theirs.
    """
    whose = ids.of(contact.channel, contact.address)
    given = {
        "contact": str(whose),
        "nobody": str(ids.of(Channel.PHONE, "")),
        "channel": contact.channel,
        "address": contact.address,
        "now": now,
    }
    own = list((await connection.execute(_OWN, given)).scalars())
    await forget_of(connection, contact)
    for kind in (DataKind.WORDS, DataKind.CONTACT, DataKind.TRANSCRIPT, DataKind.RECORDING):
        if alone:
            await erase_of_cases(connection, ids, replace(asked, kind=kind), alone, now)
    await hide_reports(connection, ids, whose, [])
    await make_nobody(connection, ids)
    given_alone = given | {"alone": [str(one) for one in alone]}
    told = list((await connection.execute(_NOTICES, given_alone)).scalars())
    await empty_notices(connection, told, now)
    await connection.execute(text(_FILES), given)
    unlinked = (await connection.execute(_LINKS, given | {"own": own})).scalars()
    of = sorted({*own, *unlinked})
    for statement in (*_OF_PERSON, *FORGET_FILES, *_LAST_OF_PERSON):
        await connection.execute(text(statement), given)
    await log_anew(connection, of, (REPORT, REPORTER))
    await log_anew(connection, of, (LINK,), gone=True)
    await log_lost_files_anew(connection, TakenBy(DataKind.PHOTO, now, asked.how))
    return [UUID(one) for one in of]


_OWN: Final = text(
    "SELECT case_id::text FROM report WHERE contact_id = CAST(:contact AS uuid) "
    "UNION SELECT case_id::text FROM joined_caller WHERE contact_id = CAST(:contact AS uuid)"
)
# What they were sent, and what the office was sent of the cases that nobody else told of.
_NOTICES: Final = text(
    "SELECT id::text FROM notice WHERE (channel = :channel AND address = :address "
    "AND person IS NULL) OR case_id = ANY(CAST(CAST(:alone AS text[]) AS uuid[]))"
)
_CONTACT: Final = "CAST(:contact AS uuid)"
_ME: Final = "'contact:' || :contact"
# Whether somebody else has handed in the very same bytes: a connector only carries them.
_OTHERS: Final = (
    "EXISTS (SELECT FROM media_holder o WHERE o.sha256 = h.sha256 AND o.holder <> h.holder "
    "AND o.holder NOT LIKE 'connector:%')"
)
# Whether the case of a link is theirs, and nobody else who told of it has the same file.
_MINE: Final = (
    "(l.case_id = ANY(CAST(CAST(:own AS text[]) AS uuid[])) AND NOT EXISTS (SELECT FROM report r "
    "JOIN media_holder o ON o.holder = 'contact:' || r.contact_id::text "
    "WHERE r.case_id = l.case_id AND o.sha256 = l.sha256 AND o.holder <> h.holder))"
)
# What they said at seats, as it was written down meanwhile.
_TALKS: Final = (
    f"channel = 'talk' AND address IN (SELECT key FROM call WHERE contact_id = {_CONTACT})"
)
_OF_PERSON: Final = (
    "UPDATE report SET contact_id = NULL, logged_as = NULL, text = '', place_text = '', "
    f"lon = NULL, lat = NULL WHERE contact_id = {_CONTACT}",
    "UPDATE alarm SET said = '' WHERE call IN (SELECT key FROM call "
    f"WHERE contact_id = {_CONTACT})",
    FORGET_COMMENTS.format(calls=f"SELECT id FROM call WHERE contact_id = {_CONTACT}"),
    "UPDATE call_answer SET note = '' WHERE call_id IN "
    f"(SELECT id FROM call WHERE contact_id = {_CONTACT})",
    f"DELETE FROM draft WHERE {_TALKS}",
    f"UPDATE call SET contact_id = CAST(:nobody AS uuid) WHERE contact_id = {_CONTACT}",
    f"UPDATE joined_caller SET contact_id = CAST(:nobody AS uuid) WHERE contact_id = {_CONTACT}",
    f"UPDATE revisit SET contact_id = NULL WHERE contact_id = {_CONTACT}",
    f"DELETE FROM do_not_call WHERE contact_id = {_CONTACT}",
    f"DELETE FROM nuisance WHERE contact_id = {_CONTACT}",
    f"DELETE FROM call_back WHERE contact_id = {_CONTACT}",
    "DELETE FROM draft WHERE channel = :channel AND address = :address",
)
# Those of their files that nobody else has handed in.
_FILES: Final = (
    "INSERT INTO erased_file (sha256, at) SELECT h.sha256, CAST(:now AS timestamptz) "
    f"FROM media_holder h WHERE h.holder = {_ME} AND NOT {_OTHERS} {ANEW}"
)
# The photos that they handed in, of whichever case, but for what somebody else has there.
_LINK_GOES: Final = (
    f"h.holder = {_ME} AND h.sha256 = l.sha256 AND c.id = l.case_id AND NOT {HELD} "
    f"AND (NOT {_OTHERS} OR {_MINE})"
)
_LINKS: Final = text(
    "DELETE FROM case_media l USING media_holder h, cases c "
    f"WHERE {_LINK_GOES} RETURNING l.case_id::text"
)
_LAST_OF_PERSON: Final = (
    f"DELETE FROM media_holder WHERE holder = {_ME}",
    f"DELETE FROM contact WHERE id = {_CONTACT}",
)


async def going_of(
    connection: AsyncConnection, ids: ContactIds, contact: Contact, alone: Sequence[UUID]
) -> dict[str, int]:
    """Give how much would go of somebody, by what it is; `alone` as in erase_person."""
    given = {
        "contact": str(ids.of(contact.channel, contact.address)),
        "channel": contact.channel,
        "address": contact.address,
        "alone": [str(one) for one in alone],
    }
    own = list((await connection.execute(_OWN, given)).scalars())
    found = dict[str, int]()
    for name, asked in _GOING.items():
        rows = await connection.execute(text(f"SELECT count(*) {asked}"), given | {"own": own})
        found[name] = int(rows.scalar_one())
    return found


_ALONE: Final = "ANY(CAST(CAST(:alone AS text[]) AS uuid[]))"
# By the names under which what is kept is told.
_GOING: Final[Mapping[str, str]] = {
    "contact": f"FROM contact WHERE id = {_CONTACT}",
    "reports": f"FROM report WHERE contact_id = {_CONTACT}",
    "cases": f"FROM cases WHERE id = {_ALONE}",
    "steps": f"FROM step WHERE erased_at IS NULL AND case_id = {_ALONE}",
    "transcripts": f"FROM transcript WHERE case_id = {_ALONE}",
    "files": "FROM (SELECT l.case_id, l.key FROM case_media l "
    f"WHERE l.kind = 'recording' AND l.case_id = {_ALONE} "
    "UNION SELECT l.case_id, l.key FROM case_media l, media_holder h, cases c "
    f"WHERE {_LINK_GOES}) AS going",
    "calls": f"FROM call WHERE contact_id = {_CONTACT}",
    "answers": "FROM call_answer a JOIN call k ON k.id = a.call_id "
    f"WHERE a.note <> '' AND k.contact_id = {_CONTACT}",
    "joined": f"FROM joined_caller WHERE contact_id = {_CONTACT}",
    "notices": "FROM notice WHERE (channel = :channel AND address = :address AND person IS NULL) "
    f"OR case_id = {_ALONE}",
    "drafts": "FROM draft WHERE channel = :channel AND address = :address",
    "talks": f"FROM draft WHERE {_TALKS}",
    "restrictions": f"FROM nuisance WHERE contact_id = {_CONTACT}",
    "call_backs": f"FROM call_back WHERE contact_id = {_CONTACT}",
}
