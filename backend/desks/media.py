"""Putting stored files on record and linking them to cases."""

from backend.desks.office import Office
from backend.desks.sight import kinds_for, scope_of
from backend.store import cases, reports, views
from hotline.case.workflow import annotate
from hotline.errors import Conflict, NotFound
from hotline.people import SYSTEM, Actor
from hotline.report import Attachment, MediaKind


async def stored(office: Office, file: Attachment, size: int) -> None:
    """Put a file that lies in the media folder on record."""
    async with office.store.unit(office.clock.now()) as unit:
        row = {
            "sha256": file.sha256,
            "mime": file.mime,
            "size": size,
            "stored_at": unit.now,
            "hint_lon": file.hint.lon if file.hint else None,
            "hint_lat": file.hint.lat if file.hint else None,
        }
        unit.add("media", row)


async def check_may_open(office: Office, actor: Actor, sha256: str) -> None:
    """Raise NotFound for a file that belongs to no case somebody may see, or to none at all."""
    async with office.store.connect() as connection:
        if not await views.may_open(connection, scope_of(actor), sha256, kinds_for(actor)):
            raise NotFound(f"no file {sha256} for {actor.person}")


async def attach(office: Office, number: str, sha256: str, kind: MediaKind, key: str) -> None:
    """Link a stored file to a case, as a step of its own; the same key is linked once."""
    try:
        await _attach(office, number, sha256, kind, key)
    except Conflict:
        await _attach(office, number, sha256, kind, key)


async def _attach(office: Office, number: str, sha256: str, kind: MediaKind, key: str) -> None:
    async with office.store.unit(office.clock.now()) as unit:
        case = await cases.load(unit.connection, number)
        if await cases.step_done(unit.connection, f"attach:{key}"):
            return
        unit.add("case_media", reports.media_row(case.id, sha256, kind, key, unit.now))
        linked, step = annotate(case, "attach", SYSTEM, unit.now, {}, media=(sha256,))
        cases.add_step(unit, linked, step, key=f"attach:{key}")
