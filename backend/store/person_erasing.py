"""Erasing what is kept about one person, because they asked for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.contacts import ContactIds
from backend.store.erased_keys import hide_reports
from backend.store.erasure import (
    ANEW,
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
_OF_PERSON: Final = (
    "UPDATE report SET contact_id = NULL, text = '', place_text = '', lon = NULL, lat = NULL "
    f"WHERE contact_id = {_CONTACT}",
    "UPDATE alarm SET said = '' WHERE call IN (SELECT key FROM call "
    f"WHERE contact_id = {_CONTACT})",
    f"UPDATE call SET contact_id = CAST(:nobody AS uuid) WHERE contact_id = {_CONTACT}",
    f"UPDATE joined_caller SET contact_id = CAST(:nobody AS uuid) WHERE contact_id = {_CONTACT}",
    f"DELETE FROM nuisance WHERE contact_id = {_CONTACT}",
    "DELETE FROM draft WHERE channel = :channel AND address = :address",
)
# Those of their files that nobody else has handed in.
_FILES: Final = (
    "INSERT INTO erased_file (sha256, at) SELECT h.sha256, CAST(:now AS timestamptz) "
    f"FROM media_holder h WHERE h.holder = {_ME} AND NOT {_OTHERS} {ANEW}"
)
# The photos that they handed in, of whichever case, but for what somebody else has there.
_LINKS: Final = text(
    f"DELETE FROM case_media l USING media_holder h, cases c WHERE h.holder = {_ME} "
    f"AND h.sha256 = l.sha256 AND c.id = l.case_id AND NOT {HELD} "
    f"AND (NOT {_OTHERS} OR {_MINE}) RETURNING l.case_id::text"
)
_LAST_OF_PERSON: Final = (
    f"DELETE FROM media_holder WHERE holder = {_ME}",
    f"DELETE FROM contact WHERE id = {_CONTACT}",
)
