"""`hotline release`: check, try, publish, compare and take back a city's configuration."""

import argparse
import asyncio
import difflib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from backend.city_files import file_name, read_sections, read_staff, sections_by
from backend.cli.command import Command, CommandContext, take_action, user_here
from backend.cli.database import opened
from backend.current import fetch_current, read_release
from backend.desks import publishing, renewing
from backend.desks.publishing import Publication
from backend.operations.preflight import NotPossible
from backend.queries.release_effects import effects_of
from backend.release_check import check, faults_of
from backend.store import releases
from backend.store.schema import migrate
from backend.store.session import Store
from config.textfile import read_toml
from hotline.clock import SystemClock
from hotline.errors import Invalid
from hotline.organisation import Staff
from hotline.release import Section, Sections, differing, manifest_of
from hotline.report import check_typed
from hotline.sanitize import sanitize_text

# Beside exported files: the release that they are from.
ABOUT: Final = "release.toml"
# Progress is told after so many cases.
EACH: Final = 1000
ACTIONS: Final = (
    *("list", "check", "try", "publish", "diff", "rollback", "export", "import"),
    "renew",
)


# So many names each takes; whatever it would pass over is refused.
NAMES: Final[Mapping[str, int]] = {"list": 0}
BASED: Final = ("try", "publish")
# These say themselves what they want.
OWN_USAGE: Final = ("diff", "export")


def arguments(part: argparse.ArgumentParser) -> None:
    """Take what is to be done, and with which folder or release."""
    take_action(part, ACTIONS)
    part.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="releases, or a folder of files; without one the city of the settings",
    )
    part.add_argument(
        "--write", action="store_true", help="renew: bring the open cases, and not only tell"
    )
    part.add_argument("--base", help="publish as a change of this release")


def run(given: CommandContext) -> int:
    """Do it; 1 where a check finds faults."""
    return asyncio.run(_run(given))


def _check_heard(given: CommandContext) -> None:
    """Raise NotPossible for what the action would not look at, such as one name too many."""
    action, names = given.options.action, given.options.names
    beyond = names[NAMES.get(action, 1) :]
    if beyond and action not in OWN_USAGE:
        raise NotPossible(given.words("publishing.name_unheard", action=action, name=beyond[0]))
    if given.options.base and action not in BASED:
        raise NotPossible(given.words("publishing.option_unheard", action=action, option="--base"))
    if given.options.write and action != "renew":
        raise NotPossible(given.words("publishing.option_unheard", action=action, option="--write"))


def _note(given: CommandContext) -> str:
    """Give why it is done, as people may type it at a case."""
    note = sanitize_text(given.options.note)
    check_typed(note=note)
    return note


async def _run(given: CommandContext) -> int:
    _check_heard(given)
    if given.options.action == "check":
        return _check(given)
    async with opened(given.settings) as store:
        await migrate(store.engine)
        return await _DO[given.options.action](given, store)


def _check(given: CommandContext) -> int:
    faults = faults_of(_given_sections(given), read_staff(_folder(given)))
    for one in faults:
        given.tell("publishing.fault", section=one.section, reason=one.reason)
    if not faults:
        given.tell("publishing.right")
    return int(bool(faults))


async def _list(given: CommandContext, store: Store) -> int:
    async with store.connect() as connection:
        found = await releases.activations(connection, 50)
    for at, one in enumerate(found):
        given.tell(
            "publishing.listed",
            mark="*" if at == 0 else " ",
            release=one.release,
            at=one.at.isoformat(" ", "minutes"),
            how=given.words(f"publishing.{one.how}"),
            person=one.person,
            note=one.note,
        )
    return 0


async def _try(given: CommandContext, store: Store) -> int:
    sections = _given_sections(given)
    if _check(given):
        return 1
    base, of_city = given.options.base or _base_of(_folder(given)), not given.options.names
    told = _people_of_city(given)
    for key, values in await effects_of(
        store, SystemClock(), sections, base, told, of_city=of_city
    ):
        given.tell(key, **values)
    return 0


async def _publish(given: CommandContext, store: Store) -> int:
    base = given.options.base or _base_of(_folder(given))
    sections = _given_sections(given)
    by = Publication(user_here(), _note(given))
    of_city = not given.options.names
    made = await publishing.publish(
        store,
        SystemClock(),
        sections,
        check,
        base,
        by,
        of_city=of_city,
        told=_people_of_city(given),
    )
    given.tell("publishing.counts", release=made.release)
    return 0


async def _import(given: CommandContext, store: Store) -> int:
    sections = _given_sections(given)
    if _check(given):
        return 1
    given.tell("publishing.kept", release=await publishing.keep(store, SystemClock(), sections))
    return 0


async def _rollback(given: CommandContext, store: Store) -> int:
    named = given.options.names[0] if given.options.names else None
    by, gone = Publication(user_here(), _note(given)), await _current(store)
    made = await publishing.roll_back(store, SystemClock(), named, check, by)
    given.tell("publishing.counts", release=made.release)
    given.tell("publishing.gone_back", release=gone)
    return 0


async def _renew(given: CommandContext, store: Store) -> int:
    """Tell what would become of open cases by the release that counts, or bring them to it."""
    clock = SystemClock()
    async with store.connect() as connection:
        city = read_release(await fetch_current(connection)).city
    for named in given.options.names:
        if named != city.release:
            about = {"release": named, "current": city.release}
            raise NotPossible(given.words("publishing.renew_current", **about))
    note = _note(given) or user_here()
    told = await renewing.preview(store, clock, city)
    about = {"release": city.release, "cases": told.cases}
    given.tell("publishing.renewal", **about, earlier=told.earlier, later=told.later)
    for stage, many in sorted(told.left.items()):
        given.tell("publishing.renewal_left", stage=stage, cases=many)
    if not given.options.write:
        given.tell("publishing.renewal_only_told")
        return 0
    done = 0
    async for done in renewing.renew(store, clock, city, note):
        if done % EACH == 0:
            given.tell("publishing.renewing", done=done, cases=told.cases)
    given.tell("publishing.renewed", release=city.release, cases=done)
    return 0


async def _export(given: CommandContext, store: Store) -> int:
    *named, target = given.options.names or [""]
    if not target or len(named) > 1:
        raise NotPossible(given.words("publishing.export_usage"))
    folder = Path(target)
    if folder.exists() and any(folder.iterdir()):
        raise NotPossible(given.words("publishing.not_empty", folder=folder))
    release = named[0] if named else await _current(store)
    for name, section in (await _kept(store, release)).items():
        path = folder / file_name(name, section.format)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(section.text, "utf-8")
    (folder / ABOUT).write_text(f'base = "{release}"\n', "utf-8")
    given.tell("publishing.exported", release=release, folder=folder)
    return 0


async def _diff(given: CommandContext, store: Store) -> int:
    names = given.options.names
    if len(names) > 2:
        raise NotPossible(given.words("publishing.diff_usage"))
    old = await _sections(store, names[0] if len(names) == 2 else await _current(store))
    new = await _sections(store, names[-1]) if names else sections_by(given.settings)
    for name in differing(manifest_of(old), manifest_of(new)):
        print("".join(_lines(name, old, new)), end="", flush=True)
    return 0


def _lines(name: str, old: Sections, new: Sections) -> list[str]:
    before, after = (
        one[name].text.splitlines(keepends=True) if name in one else [] for one in (old, new)
    )
    old_path, new_path = (
        file_name(name, one[name].format) if name in one else file_name(name) for one in (old, new)
    )
    made = difflib.unified_diff(before, after, f"a/{old_path}", f"b/{new_path}")
    return [line if line.endswith("\n") else f"{line}\n" for line in made]


async def _sections(store: Store, named: str) -> Mapping[str, Section]:
    """Give the sections of a release, or of a folder that somebody names."""
    return read_sections(Path(named)) if Path(named).is_dir() else await _kept(store, named)


async def _kept(store: Store, release: str) -> Mapping[str, Section]:
    async with store.connect() as connection:
        return await releases.sections_of(connection, release)


async def _current(store: Store) -> str:
    async with store.connect() as connection:
        found = await releases.current(connection)
    if found is None:
        raise Invalid("release", "none was published yet", code="no_release")
    return found.release


def _folder(given: CommandContext) -> Path:
    names = given.options.names
    return Path(names[0]) if names else given.settings.city_folder


def _given_sections(given: CommandContext) -> dict[str, Section]:
    if given.options.names:
        return read_sections(_folder(given), given.settings.home.catalogue)
    return sections_by(given.settings)


def _people_of_city(given: CommandContext) -> Staff | None:
    """The people of the city's own files; those of another folder are no news of who works here."""
    return None if given.options.names else read_staff(_folder(given))


def _base_of(folder: Path) -> str | None:
    path = folder / ABOUT
    return str(read_toml(path).get("base", "")) or None if path.is_file() else None


Do = Callable[[CommandContext, Store], Awaitable[int]]
_DO: Final[Mapping[str, Do]] = {
    "list": _list,
    "try": _try,
    "publish": _publish,
    "diff": _diff,
    "rollback": _rollback,
    "export": _export,
    "import": _import,
    "renew": _renew,
}
COMMAND = Command(run, arguments)
