"""Erasing what is kept about one person, because they asked for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.contacts import ContactIds
from backend.store.erasure import (
    ANEW,
    FORGET_FILES,
    Erasing,
    empty_notices,
    erase_of_cases,
    make_nobody,
)
from backend.store.log_again import log_anew, log_files_anew
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
    for kind in (DataKind.WORDS, DataKind.CONTACT, DataKind.TRANSCRIPT, DataKind.RECORDING):
        if alone:
            await erase_of_cases(connection, ids, replace(asked, kind=kind), alone, now)
    given = {
        "contact": str(ids.of(contact.channel, contact.address)),
        "nobody": str(ids.of(Channel.PHONE, "")),
        "channel": contact.channel,
        "address": contact.address,
        "now": now,
    }
    await make_nobody(connection, ids)
    of = list((await connection.execute(_CASES_OF, given)).scalars())
    given_alone = given | {"alone": [str(one) for one in alone]}
    told = list((await connection.execute(_NOTICES, given_alone)).scalars())
    await empty_notices(connection, told, now)
    for statement in (*_OF_PERSON, *FORGET_FILES, _LAST_OF_PERSON):
        await connection.execute(text(statement), given)
    await log_anew(connection, of, (REPORT, REPORTER))
    await log_anew(connection, of, (LINK,), gone=True)
    await log_files_anew(connection)
    return [UUID(one) for one in of]


_CASES_OF: Final = text(
    "SELECT case_id::text FROM report WHERE contact_id = CAST(:contact AS uuid) "
    "UNION SELECT l.case_id::text FROM case_media l JOIN media_holder h "
    "ON h.sha256 = l.sha256 AND h.holder = 'contact:' || :contact"
)
# What they were sent, and what the office was sent of the cases that nobody else told of.
_NOTICES: Final = text(
    "SELECT id::text FROM notice WHERE (channel = :channel AND address = :address "
    "AND person IS NULL) OR case_id = ANY(CAST(CAST(:alone AS text[]) AS uuid[]))"
)
_CONTACT: Final = "CAST(:contact AS uuid)"
_OF_PERSON: Final = (
    "UPDATE report SET contact_id = NULL, text = '', place_text = '', lon = NULL, lat = NULL "
    f"WHERE contact_id = {_CONTACT}",
    "UPDATE alarm SET said = '' WHERE call IN (SELECT key FROM call "
    f"WHERE contact_id = {_CONTACT})",
    f"UPDATE call SET contact_id = CAST(:nobody AS uuid) WHERE contact_id = {_CONTACT}",
    f"UPDATE joined_caller SET contact_id = CAST(:nobody AS uuid) WHERE contact_id = {_CONTACT}",
    f"DELETE FROM nuisance WHERE contact_id = {_CONTACT}",
    "DELETE FROM draft WHERE channel = :channel AND address = :address",
    # The photos that they handed in, of whichever case.
    "INSERT INTO erased_file (sha256, at) SELECT sha256, CAST(:now AS timestamptz) "
    f"FROM media_holder WHERE holder = 'contact:' || :contact {ANEW}",
    "DELETE FROM case_media l USING media_holder h "
    "WHERE h.holder = 'contact:' || :contact AND h.sha256 = l.sha256",
)
_LAST_OF_PERSON: Final = f"DELETE FROM contact WHERE id = {_CONTACT}"
