"""Who signs in while the bench measures."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from backend.city import make_city
from backend.city_files import files_by
from backend.desks.accounts import load_people
from backend.passwords import Passwords
from backend.store.session import Store, make_engine
from hotline.rights.permissions import CALLS
from tests.bench.figure import BenchFailed
from tests.bench.ground import CLOCK, Ground


async def accounts(ground: Ground) -> dict[str, str]:
    """Give everybody of the city an account, once; gives their passwords by name."""
    if not ground.accounts:
        store, passwords = Store(make_engine(ground.server.url())), Passwords()
        organisation = make_city(files_by(ground.settings)).organisation
        people, language = ground.settings.people, ground.settings.home.language
        made = await load_people(store, CLOCK, organisation.people, passwords, people, language)
        passwords.close()
        await store.close()
        ground.accounts = dict(made)
    return ground.accounts


async def of_the_centre(ground: Ground) -> list[tuple[str, str]]:
    """Give those who see every case and every call."""
    people = make_city(files_by(ground.settings)).organisation.people
    centre = {code.lower() for code, one in people.items() if one.actor().rights.may(CALLS)}
    return [one for one in (await accounts(ground)).items() if one[0] in centre]


@asynccontextmanager
async def signed_in(
    base: str, username: str, password: str
) -> AsyncIterator[aiohttp.ClientSession]:
    """Sign in as a browser does."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(base, cookie_jar=jar, raise_for_status=True) as browser:
        typed = {"username": username, "password": password}
        async with browser.post("/api/login", json=typed) as answer:
            await answer.read()
        yield browser


@asynccontextmanager
async def feed_of(browser: aiohttp.ClientSession) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open the live feed, going on where it stands now."""
    async with browser.get("/api/meta") as answer:
        last = (await answer.json())["feed"]
    async with browser.ws_connect("/api/feed", params={"from": str(last)}) as socket:
        hello = await socket.receive_json()
        if hello["kind"] != "hello":
            raise BenchFailed(f"the live feed begins with {hello}")
        yield socket
