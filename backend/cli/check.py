"""`hotline check`: whether everything is there that these settings need, a line a matter."""

import asyncio
from collections.abc import Callable

from backend.app import open_office
from backend.city import make_city, read_city
from backend.cli.command import Command, Given
from backend.cli.database import opened
from backend.cli.ground import NotPossible, is_running, ports, require_free
from backend.cli.processes import has_exchange
from backend.postgres import PostgresFailed, database_url
from backend.store.schema import migrate
from config.neighbours import may_call, may_manage
from config.settings import ROOT, SettingsError
from hotline.clock import SystemClock
from hotline.errors import HotlineError


def run(given: Given) -> int:
    """Print each matter with what is wrong; 2 where anything is."""
    matters: dict[str, Callable[[Given], None]] = {
        "demo.check_city": check_city,
        "demo.check_ports": check_ports,
        "demo.check_exchange": check_exchange,
        "demo.check_console": check_console,
        "demo.check_database": check_database,
        "demo.check_reports": check_reports,
    }
    held = [_holds(given, key, check) for key, check in matters.items()]
    return 0 if all(held) else 2


def _holds(given: Given, key: str, check: Callable[[Given], None]) -> bool:
    try:
        check(given)
    except (NotPossible, PostgresFailed, HotlineError) as error:
        given.tell("demo.check_wrong", matter=given.words(key), reason=str(error))
        return False
    given.tell("demo.check_right", matter=given.words(key))
    return True


def check_city(given: Given) -> None:
    """The city's folder can be loaded."""
    make_city(read_city(given.settings.city_folder))


def check_ports(given: Given) -> None:
    """The ports are free, or taken by the hotline that runs here."""
    settings = given.settings
    if not is_running(settings):
        require_free(ports(settings, phone=has_exchange(settings)))


def check_exchange(given: Given) -> None:
    """Asterisk is unpacked, and it is said who may call it and who may manage it."""
    try:
        may_call(given.settings.phone)
        may_manage(given.settings.phone)
    except SettingsError as error:
        raise NotPossible(str(error)) from error
    if not has_exchange(given.settings):
        raise NotPossible(
            f"phone.asterisk_root: no Asterisk in {given.settings.phone.asterisk_root}"
        )


def check_console(_: Given) -> None:
    """The console is built."""
    if not (ROOT / "backend" / "static" / "index.html").is_file():
        raise NotPossible("the console is not built; run `make setup`")


def check_database(given: Given) -> None:
    """The database answers, and the office can be opened on it."""
    asyncio.run(_database(given))


async def _database(given: Given) -> None:
    async with opened(given.settings) as store:
        await migrate(store.engine)
        url = database_url(given.settings)
        office = await open_office(given.settings, SystemClock(), url)
        await office.store.close()


def check_reports(given: Given) -> None:
    """No spoken report lies aside that the backend refused."""
    stuck = given.settings.home.data_dir / "spool" / "stuck"
    many = len(list(stuck.glob("*.json")))
    if many:
        raise NotPossible(given.words("demo.reports_stuck", many=many, folder=stuck))


COMMAND = Command(run)
