"""Stored files: on record with who handed them in, named only by them, linked to cases."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, timedelta

from backend.desks import audit
from backend.desks.audit import What
from backend.desks.authorization import kinds_for, scope_of
from backend.desks.context import AppContext
from backend.store import calls, cases, media, surveys, views
from backend.store.media import Held
from backend.store.session import Connection, Transaction
from hotline.case.case import Case
from hotline.case.proof import ATTACH, PhotoKnown
from hotline.case.transition import record_system_step
from hotline.channel import Channel
from hotline.errors import Invalid, NotFound, Refused
from hotline.form.field import OF_PHOTOS
from hotline.form.form import Form
from hotline.media import PHOTO_MIME, Attachment, MediaKind
from hotline.people import SYSTEM, Actor
from hotline.rights.permissions import CALLS

MAX_FILES = 20
# No session lives so long.
ONCE_A_SESSION = timedelta(days=400)


def by_person(person: str) -> frozenset[str]:
    """Give the holder's name of a person of the organisation."""
    return frozenset({f"person:{person}"})


def by_connector(connector: str) -> frozenset[str]:
    """Give the holder's name of a connector that does not say for whom it hands in."""
    return frozenset({f"connector:{connector}"})


def by_contact(office: AppContext, channel: Channel, address: str) -> frozenset[str]:
    """Give the holder's name of a citizen; it does not show the address."""
    return frozenset({f"contact:{office.contacts.of(channel, address)}"})


def by_chat(
    office: AppContext, channel: Channel, address: str, actor: Actor | None
) -> frozenset[str]:
    """Give the holders' names of a chat: who writes in it, and the person it belongs to."""
    writer = by_contact(office, channel, address)
    return writer if actor is None else writer | by_person(actor.person)


async def stored(
    office: AppContext, file: Attachment, size: int, holders: Collection[str]
) -> Attachment:
    """Put a file that lies in the media folder on record; its holders alone may name it.

    A time that a photo says without an offset is by the city's own clock.
    """
    if file.taken_at is not None:
        known = file.taken_at.tzinfo or office.city.zone
        file = replace(file, taken_at=file.taken_at.replace(tzinfo=known).astimezone(UTC))
    async with office.store.append(office.clock.now()) as writes:
        media.add_file(writes, file, size, holders)
    return file


async def check_may_open(office: AppContext, actor: Actor, sha256: str) -> None:
    """Raise NotFound for a file that belongs to no case somebody may see, or to none at all."""
    async with office.store.connect() as connection:
        scope, kinds = scope_of(actor), kinds_for(actor)
        if await views.may_open(connection, scope, sha256, kinds):
            return
        hears = MediaKind.RECORDING in kinds and actor.rights.may(CALLS)
        if not (hears and await surveys.may_hear(connection, scope, sha256)):
            raise NotFound(f"no file {sha256} for {actor.person}")


async def opened(office: AppContext, actor: Actor, sha256: str) -> None:
    """Write down that somebody opened a recording, once in each of their sessions."""
    async with office.store.append(office.clock.now()) as writes:
        case = await media.case_of(writes.connection, sha256)
        await audit.record(
            writes,
            What.RECORDING_OPENED,
            actor.person,
            subject=sha256,
            case=case,
            once_in=ONCE_A_SESSION,
        )


async def check_held(
    connection: Connection, hashes: Collection[str], holders: Collection[str]
) -> dict[str, Held]:
    """Give the files that are named, or raise Invalid for one that the holders did not hand in.

    Somebody else's file and none at all look alike.
    """
    if len(hashes) > MAX_FILES:
        raise Invalid("media", f"must not be more than {MAX_FILES}")
    found = await media.held(connection, hashes, holders) if hashes else {}
    for sha256 in hashes:
        if sha256 not in found:
            raise Invalid("media", f"there is no file {sha256[:80]!r} of yours", code="no_photo")
    return found


async def check_proof(
    connection: Connection, hashes: Collection[str], holders: Collection[str]
) -> tuple[PhotoKnown, ...]:
    """Give what is known of files; Invalid unless all are unused photos of the holders."""
    if len(set(hashes)) != len(hashes):
        raise Invalid("media", "names a file twice", code="photo_used")
    found = await check_held(connection, hashes, holders)
    for sha256, file in found.items():
        if file.mime != PHOTO_MIME:
            raise Invalid("media", f"{sha256} is no photo", code="no_photo")
        if file.cases:
            raise Invalid("media", f"{sha256} belongs to a step already", code="photo_used")
    return tuple(found[one].known for one in hashes)


async def check_fields(
    connection: Connection,
    form: Form,
    case: Case,
    given: Mapping[str, object],
    media: Collection[str],
    holders: Collection[str],
) -> tuple[str, ...]:
    """Give the photos that fields are given, beside those of the move (`media`).

    Raises Invalid by the field unless all are unused ones of the holders; what a field that is not
    asked for anew has already is left as it is. What is handed in with the move too, as consoles
    and chats do, is looked at there.
    """
    named: list[str] = []
    for name, value in given.items():
        field = form.fields[name]
        if field.type not in OF_PHOTOS or value is None:
            continue
        before = () if field.anew else _listed(form.value_of(case, name))
        fresh = [one for one in _listed(value) if one not in before]
        if not set(named).isdisjoint(fresh):
            raise Invalid(name, "names a file twice", code="photo_used")
        try:
            await check_proof(connection, [one for one in fresh if one not in media], holders)
        except Invalid as error:
            raise Invalid(name, error.reason, code=error.code) from error
        named += fresh
    return tuple(one for one in named if one not in media)


def _listed(value: object) -> list[str]:
    several = value if isinstance(value, list | tuple) else [value]
    return [str(one) for one in several if one is not None]


async def attach(
    office: AppContext,
    number: str,
    file: Attachment,
    key: str,
    holders: Collection[str],
    *,
    former: str = "",
) -> None:
    """Link a stored file to a case, once a key: a photo by a step, a recording to be written down.

    The `former` key is that by which an earlier version may have kept the same link.

    Raises Invalid for a file that the holders did not hand in, or that is of another kind.
    """

    async def work(transaction: Transaction) -> None:
        connection = transaction.connection
        case = await cases.load(connection, number, lock=True)
        linked = await media.linked(connection, (key, former or key))
        if linked not in (None, (case.id, file.sha256)):
            raise Refused(f"key {key[:100]!r} was used for another file", code="key_used")
        if linked is not None:
            return
        known = (await check_held(connection, [file.sha256], holders))[file.sha256]
        # Citizens may send a picture twice and two calls may sound the same; proof is used once.
        proof = file.kind not in (MediaKind.PHOTO, MediaKind.RECORDING)
        if proof and case.id in known.cases:
            return
        if proof and known.cases:
            raise Invalid("media", "belongs to another case already", code="photo_used")
        now = transaction.now
        link = media.link_row(case.id, file.sha256, file.kind, key, now, proof=proof)
        transaction.add("case_media", link)
        if file.kind is MediaKind.RECORDING:
            # A spoken report is one version, and its words are the second: the call has changed.
            calls.add_transcript_job(transaction, case, file.sha256)
            transaction.emit_change("call", case.call or "")
            return
        more, step = record_system_step(case, ATTACH, SYSTEM, now, {}, media=(file.sha256,))
        rules = office.city.rules(case.release)
        cases.add_step(transaction, case, more, step, rules, key=f"attach:{key}")

    await office.store.transaction(office.clock.now, work)
