"""`hotline demo`: everything at once with the demo city, rung up by a spoken report."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Coroutine
from typing import Any

from backend.city import make_city
from backend.city_files import files_by
from backend.cli.bootstrap_state import accounts_file, is_loaded
from backend.cli.call import ring
from backend.cli.command import Command, CommandContext
from backend.cli.processes import HEARD, PYTHON, citizen, has_exchange, processes
from backend.cli.progress import Progress, width
from backend.cli.running import start_together, stop_event, supervised
from backend.cli.serve import start_database
from backend.operations.preflight import NotPossible, make_tokens, only_one, ports, require_free
from backend.operations.supervisor import Supervisor, Told
from config.settings import child_environment
from hotline.clock import SystemClock

POST_WIDTH = 16


def run(given: CommandContext) -> int:
    """Start everything, ring it up, and keep running until a signal ends it."""
    settings = given.settings
    with only_one(settings):
        require_free(ports(settings, phone=has_exchange(settings)))
        make_tokens(settings)
        asyncio.run(_demo(given))
    return 0


async def _demo(given: CommandContext) -> None:
    stop = stop_event()
    # The telling says what happens; the log says what goes wrong.
    logging.getLogger("backend.operations.supervisor").setLevel(logging.WARNING)
    given.tell("demo.starting", city=given.settings.city_folder.name)
    async with supervised(given.settings, given.files, _rung_back(given)) as supervisor:
        await _unless_stopped(_start(given, supervisor), stop)
        if not stop.is_set():
            _look_here(given)
            await _unless_stopped(_call(given), stop)
        if not stop.is_set():
            given.tell("demo.go_on", heard=given.settings.home.data_dir / HEARD)
            await stop.wait()
        given.tell("demo.stopping")


def _rung_back(given: CommandContext) -> Told:
    """Say when the citizen's telephone, which ends with each call it took, has a new recording."""
    heard = given.settings.home.data_dir / HEARD
    heard.unlink(missing_ok=True)

    def told(name: str, what: str) -> None:
        if (name, what) == ("citizen", "ended") and heard.exists():
            given.tell("demo.rung_back", heard=heard)

    return told


async def _unless_stopped(work: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Do some work, or leave it where somebody asks to stop."""
    doing, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    await asyncio.wait({doing, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not doing.done():
        doing.cancel()
        await asyncio.wait({doing})
        return
    doing.result()


async def _start(given: CommandContext, supervisor: Supervisor) -> None:
    progress = Progress(SystemClock())
    async with progress.step(given.words("demo.step_database")):
        await start_database(given, supervisor)
    if not await is_loaded(given.settings):
        await _load(given)
    wanted = processes(given.settings)
    if has_exchange(given.settings):
        wanted.append(citizen(given.settings))
    await start_together(
        supervisor, wanted, lambda name: progress.step(given.words(f"demo.step_{name}"))
    )


async def _load(given: CommandContext) -> None:
    """Load the city by a process of its own: it needs much that nothing else here needs."""
    loading = await asyncio.create_subprocess_exec(
        *(PYTHON, "-m", "backend", "load-city", "--keep"), env=child_environment(given.files)
    )
    try:
        code = await loading.wait()
    except asyncio.CancelledError:
        loading.terminate()
        await loading.wait()
        raise
    if code:
        raise NotPossible("the city could not be loaded")


def _look_here(given: CommandContext) -> None:
    """Print where to look, and one account a post."""
    given.tell("demo.look", url=given.settings.public_url)
    path = accounts_file(given.settings)
    passwords = dict(line.split() for line in path.read_text("utf-8").splitlines())
    city = make_city(files_by(given.settings))
    names: dict[str, list[str]] = defaultdict(list)
    for person in city.organisation.people.values():
        if person.code.lower() in passwords:
            names[person.post].append(person.code.lower())
    for post, usernames in names.items():
        first = usernames[0]
        words = city.organisation.posts[post].named(given.language)
        words += " " * (POST_WIDTH - width(words))
        given.tell("demo.account", post=words, username=first, password=passwords[first])
    given.tell("demo.accounts_file", path=path)


async def _call(given: CommandContext) -> None:
    if not has_exchange(given.settings):
        given.tell("demo.no_exchange", folder=given.settings.phone.asterisk_root)
        return
    try:
        await ring(given)
    except NotPossible as error:
        given.tell("demo.call_failed", reason=str(error))


COMMAND = Command(run, demo=True)
