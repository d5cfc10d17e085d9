"""Publishing releases: sections are kept, and from then on they count. (发布, 回退)"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from backend.city import CLOCKED_BY, make_city, read_calendar
from backend.city_files import UNREADABLE, files_of
from backend.desks import staffing
from backend.former import log_fault
from backend.store import releases, staff
from backend.store.releases import IMPORT, Activation
from backend.store.session import Connection, Store, Transaction
from hotline.clock import Clock
from hotline.errors import HotlineError, NotFound, Refused
from hotline.organisation import Staff
from hotline.release import Manifest, Section, Sections, manifest_of, merged, release_id

log = logging.getLogger(__name__)
PUBLISH: Final = "publish"
ROLL_BACK: Final = "rollback"
# Raises what is wrong with the sections of a release, by themselves and after those that count, for
# the people that there are (None: nothing says who they are).
Check = Callable[[Sections, Sections | None, Staff | None], None]
ReadStaff = Callable[[], Staff | None]


@dataclass(frozen=True, slots=True)
class Publication:
    """Who publishes, and why."""

    person: str
    note: str = ""


async def take_in(
    store: Store, clock: Clock, sections: Sections, check: Check, read_people: ReadStaff
) -> Activation:
    """Publish a city's files where they have changed since they were last taken in.

    `read_people` reads the people of these files, of whom who is new, changed or gone since counts.

    What was published in the meantime goes on counting where the files say nothing new. Files at
    fault, or that change what was published otherwise, stop the first start only: later ones go on
    by the release that counts, and say so in the log.
    """
    files = release_id(manifest_of(sections))

    async def work(transaction: Transaction) -> Activation:
        connection = transaction.connection
        await releases.lock(connection)
        current, last = await releases.current(connection), await releases.last_import(connection)
        is_told = current is not None and files == last
        try:
            changes = await staffing.told_by_file(connection, read_people(), transaction.now)
            if current is not None and is_told and not changes:
                return current
            staffed = staffing.after(await staff.everybody(connection), changes)
            made = await _made_by_files(connection, sections, current, last, is_told=is_told)
            check(
                await _texts(connection, sections, made),
                await _before(connection, current),
                staffed,
            )
        except HotlineError as error:
            if current is None:
                raise
            # What is wrong is said in one line, for who has written the files.
            log.error(  # noqa: TRY400
                "the city's files are not taken in, %s goes on: %s", current.release, error
            )
            return current
        await staffing.write(transaction, changes)
        if current is not None and is_told:
            return current
        await releases.keep(connection, files, sections, manifest_of(sections), clock.now())
        return await _activate(connection, clock, made, IMPORT, Publication(""), files)

    return await store.transaction(clock.now, work)


async def publish(
    store: Store,
    clock: Clock,
    sections: Sections,
    check: Check,
    base: str | None,
    by: Publication,
    *,
    of_city: bool = False,
    told: Staff | None = None,
) -> Activation:
    """Let sections count that were made from the release `base` (None: the one that counts).

    `of_city` says that they are the city's own files, which are taken in by this with the people
    that they have (`told`).
    Raises Conflict where somebody has published other changes of the same sections since, Refused
    where nothing is new, and what `check` raises.
    """

    async def work(transaction: Transaction) -> Activation:
        connection = transaction.connection
        await releases.lock(connection)
        current = await releases.current(connection)
        texts = await joined(connection, sections, base, of_city=of_city)
        manifest = manifest_of(texts)
        changes = await staffing.told_by_file(connection, told, transaction.now, by.person, by.note)
        is_same = current is not None and release_id(manifest) == current.release
        if is_same and not changes:
            raise Refused("nothing differs from the release that counts", code="nothing_new")
        before = await _before(connection, current)
        check(texts, before, staffing.after(await staff.everybody(connection), changes))
        await staffing.write(transaction, changes)
        if current is not None and is_same:
            return current
        await releases.keep(
            connection,
            release_id(manifest_of(sections)),
            sections,
            manifest_of(sections),
            clock.now(),
        )
        files = release_id(manifest_of(sections)) if of_city else None
        return await _activate(connection, clock, manifest, PUBLISH, by, files)

    return await store.transaction(clock.now, work)


async def joined(
    connection: Connection, sections: Sections, base: str | None, *, of_city: bool
) -> Sections:
    """Give what would count after sections that were made from `base` are published.

    `of_city` as in `publish`; Conflict as there.
    """
    current = await releases.current(connection)
    since = base
    if of_city and since is None:
        since = _base_of_files(current, await releases.last_import(connection))
    manifest = await _joined(connection, sections, since, current)
    return await _texts(connection, sections, manifest)


async def keep(store: Store, clock: Clock, sections: Sections) -> str:
    """Keep a release that does not count yet; gives its name, by which it can be rolled to."""
    release = release_id(manifest_of(sections))

    async def work(transaction: Transaction) -> str:
        made = (sections, manifest_of(sections), transaction.now)
        await releases.keep(transaction.connection, release, *made)
        return release

    return await store.transaction(clock.now, work)


async def roll_back(
    store: Store, clock: Clock, release: str | None, check: Check, by: Publication
) -> Activation:
    """Let an earlier release count again. Its cases never left it.

    None stands for the one before the one that counts: once more goes further back, never forward.
    Raises Refused where there is none.
    """

    async def work(transaction: Transaction) -> Activation:
        connection = transaction.connection
        await releases.lock(connection)
        counted = await releases.activations(connection)
        earlier = _before_last(counted)
        again = release or earlier
        if not counted or again is None:
            raise Refused("nothing was published before", code="nothing_before")
        if again == counted[0].release:
            raise Refused("that is the release that counts", code="nothing_new")
        sections = await releases.sections_of(connection, again)
        before = await _before(connection, counted[0])
        # Who came or left since must not bar the way back: they are left out where they do not fit.
        check(sections, before, None)
        make_city(files_of(sections, await staff.everybody(connection)), log_fault)
        return await _activate(connection, clock, manifest_of(sections), ROLL_BACK, by)

    return await store.transaction(clock.now, work)


def _before_last(counted: Sequence[Activation]) -> str | None:
    """Give the release before the one that counts, by all that counted, the newest first.

    What was rolled back is no step of the way: it lies ahead, and is gone to by its name only.
    """
    way: list[str] = []
    for one in reversed(counted):
        if one.how == ROLL_BACK and one.release in way:
            del way[len(way) - way[::-1].index(one.release) :]
        elif way[-1:] != [one.release]:
            way.append(one.release)
    return way[-2] if len(way) > 1 else None


async def _before(connection: Connection, current: Activation | None) -> Sections | None:
    return None if current is None else await releases.sections_of(connection, current.release)


async def _made_by_files(
    connection: Connection,
    sections: Sections,
    current: Activation | None,
    last: str | None,
    *,
    is_told: bool,
) -> Manifest:
    """Give what a city's files make; the release that counts where they were told before."""
    if current is not None and is_told:
        return manifest_of(await releases.sections_of(connection, current.release))
    return await _joined(connection, sections, _base_of_files(current, last), current)


def _base_of_files(current: Activation | None, last: str | None) -> str | None:
    """Give what a city's files are a change of: what was last taken in of them.

    Where that was rolled back, whoever has edited the files since means all of them.
    """
    return None if current is None or current.how == ROLL_BACK else last


async def _joined(
    connection: Connection, sections: Sections, base: str | None, current: Activation | None
) -> Manifest:
    """Give what some sections make together with what was published since their base."""
    manifest = manifest_of(sections)
    if current is None or base is None or base == current.release:
        return manifest
    known = await releases.manifests(connection)
    if base not in known:
        raise NotFound(f"there is no release {base}", code="no_release")
    return merged(known[base], manifest, known[current.release])


async def _texts(connection: Connection, given: Sections, manifest: Manifest) -> dict[str, Section]:
    """Give the sections of a manifest: those at hand, and the others as they are kept."""
    by_hash = {one.hash: one for one in given.values()}
    wanted = {one for one in manifest.values() if one not in by_hash}
    by_hash |= await releases.sections(connection, wanted)
    return {name: by_hash[one] for name, one in manifest.items()}


async def _activate(
    connection: Connection,
    clock: Clock,
    manifest: Manifest,
    how: str,
    by: Publication,
    files: str | None = None,
) -> Activation:
    release = release_id(manifest)
    before = await releases.current(connection)
    await releases.keep(connection, release, {}, manifest, clock.now())
    made = await releases.activate(connection, release, clock.now(), how, by.person, by.note, files)
    if before is not None and await _moves_clocks(connection, before.release, manifest):
        await releases.recount_open(connection, made.seq, clock.now())
    return made


async def _moves_clocks(connection: Connection, before: str, manifest: Manifest) -> bool:
    """Tell whether clocks run otherwise by a release than by the one before: calendar and zone."""
    was = await releases.manifest(connection, before)
    if all(was.get(name) == manifest.get(name) for name in CLOCKED_BY):
        return False
    kept = await releases.sections(
        connection, {one[name] for one in (was, manifest) for name in CLOCKED_BY if name in one}
    )
    try:
        old, new = (
            read_calendar({name: kept[one[name]] for name in CLOCKED_BY}) for one in (was, manifest)
        )
    except UNREADABLE:
        return True  # what cannot be told is counted: no clock moves where nothing differs
    return old.mark != new.mark
