"""Releases are published whole or not at all, and cases go on by the one that they began with."""

import asyncio
import re
from collections.abc import Mapping
from functools import partial
from threading import get_ident
from typing import Any

import pytest
from sqlalchemy import update

from backend import following
from backend.city_files import files_of, read_staff
from backend.current import CurrentRelease, FetchedRelease, read_release
from backend.desks import casework, publishing
from backend.desks.context import AppContext, ContextSource
from backend.desks.publishing import Publication
from backend.desks.search import CaseQuery
from backend.following import ReleaseFollower
from backend.layers import Layers, make_layers
from backend.office import OpenOffice, make_office
from backend.queries import casefile, inbox
from backend.release_check import check
from backend.store import cases, releases
from backend.store.releases import Activation
from backend.store.rows import CaseRow
from hotline.case.case import replay
from hotline.errors import Conflict, HotlineError, Invalid, NotFound, Refused
from hotline.release import Section, Sections
from hotline.wire import encode
from tests.backend.api.conftest import actor, make_case
from tests.cities import FOLDER

ME = Publication("chief1", "why")
STAFF = read_staff(FOLDER)


def changed(sections: Sections, name: str, old: str, new: str) -> dict[str, Section]:
    text = sections[name].text
    assert old in text
    return {**sections, name: Section(sections[name].format, text.replace(old, new))}


async def opened(office: AppContext, sections: Sections) -> OpenOffice:
    know = partial(lambda known, _: known, office.knowing)
    return await make_office(office.store, office.clock, sections, know, lambda: STAFF)


async def publish(office: AppContext, sections: Sections, base: str | None = None) -> Activation:
    return await publishing.publish(
        office.store, office.clock, sections, check, base, ME, told=STAFF
    )


async def history(office: AppContext) -> list[Activation]:
    async with office.store.connect() as connection:
        return await releases.activations(connection, 100)


def follower_of(opened: OpenOffice) -> ReleaseFollower:
    return ReleaseFollower(
        opened.release, lambda _: opened.context.knowing, ContextSource(opened.context)
    )


def slower(sections: Sections) -> dict[str, Section]:
    return changed(sections, "limits", 'limit = "30wm"', 'limit = "45wm"')


def renamed(sections: Sections) -> dict[str, Section]:
    return changed(sections, "city", 'name_en = "Mingzhou City"', 'name_en = "Ming Bay"')


async def test_files_are_taken_in_once(office: AppContext, sections: Sections) -> None:
    for _ in range(2):
        await opened(office, sections)
    assert [one.how for one in await history(office)] == ["import"]
    await opened(office, slower(sections))
    assert [one.how for one in await history(office)] == ["import", "import"]


async def test_many_that_start_together_take_the_files_in_once(
    office: AppContext, sections: Sections
) -> None:
    made = await asyncio.gather(*(opened(office, sections) for _ in range(4)))
    assert len({one.release.files.release for one in made}) == 1
    assert len(await history(office)) == 1


async def test_a_start_does_not_undo_what_was_published(
    office: AppContext, sections: Sections
) -> None:
    await opened(office, sections)
    await publish(office, slower(sections))
    assert (await opened(office, sections)).context.city.limits.stages["reported"].text == "45wm"
    # What the files change besides is joined with it.
    both = await opened(office, renamed(sections))
    assert both.context.city.limits.stages["reported"].text == "45wm"
    assert both.context.city.name_en == "Ming Bay"
    # Where they say otherwise about the same, what was published goes on.
    other = changed(renamed(sections), "limits", 'limit = "30wm"', 'limit = "20wm"')
    assert (await opened(office, other)).context.city.limits.stages["reported"].text == "45wm"


async def test_files_at_fault_stop_the_first_start_only(
    office: AppContext, sections: Sections, caplog: pytest.LogCaptureFixture
) -> None:
    broken = changed(sections, "workflow", 'start = "reported"', 'start = "nowhere"')
    with pytest.raises(Invalid, match="nowhere"):
        await opened(office, broken)
    assert await history(office) == []
    good = await opened(office, sections)
    later = await opened(office, broken)
    assert later.release.files.release == good.release.files.release
    assert "nowhere" in caplog.text


async def test_one_bad_section_among_all_publishes_nothing(
    office: AppContext, sections: Sections
) -> None:
    await opened(office, sections)
    before = await history(office)
    good = renamed(slower(sections))
    for name, section in good.items():
        with pytest.raises(HotlineError):
            await publish(office, {**good, name: Section(section.format, "\x00{[")})
        with pytest.raises(HotlineError):
            await publish(office, {other: one for other, one in good.items() if other != name})
    assert await history(office) == before


async def test_two_publications_at_once_join_or_one_is_refused(
    office: AppContext, sections: Sections
) -> None:
    base = (await opened(office, sections)).release.files.release
    await asyncio.gather(
        publish(office, slower(sections), base), publish(office, renamed(sections), base)
    )
    city = (await opened(office, sections)).context.city
    assert (city.limits.stages["reported"].text, city.name_en) == ("45wm", "Ming Bay")
    told = await asyncio.gather(
        publish(office, changed(sections, "routing", 'to = "water"', 'to = "power"'), base),
        publish(office, changed(sections, "routing", 'to = "water"', 'to = "gas"'), base),
        return_exceptions=True,
    )
    assert sorted(isinstance(one, Conflict) for one in told) == [False, True]


async def test_nothing_new_is_refused(office: AppContext, sections: Sections) -> None:
    await opened(office, sections)
    with pytest.raises(Refused, match="nothing differs"):
        await publish(office, sections)
    with pytest.raises(Refused, match="nothing was published"):
        await publishing.roll_back(office.store, office.clock, None, check, ME)
    with pytest.raises(NotFound):
        await publishing.roll_back(office.store, office.clock, "nosuch", check, ME)


async def test_rolling_back_goes_further_back_each_time(
    office: AppContext, sections: Sections
) -> None:
    files = [
        changed(sections, "limits", 'limit = "30wm"', f'limit = "{many}wm"')
        for many in (30, 40, 50, 60)
    ]
    await opened(office, files[0])
    first, second, third = [
        (await history(office))[0].release,
        *[(await publish(office, one)).release for one in files[1:3]],
    ]

    async def back(release: str | None = None) -> str:
        made = await publishing.roll_back(office.store, office.clock, release, check, ME)
        return made.release

    assert [await back(), await back()] == [second, first]
    with pytest.raises(Refused, match="nothing was published before"):
        await back()
    # Forward by name; from there back again to where it came from.
    assert [await back(third), await back()] == [third, first]
    fourth = (await publish(office, files[3])).release
    assert (await history(office))[0].release == fourth
    assert await back() == first
    # To one by its name is a step back over all between.
    for one in files[1:3]:
        await publish(office, one)
    assert await back(first) == first
    with pytest.raises(Refused):
        await back()


async def test_a_running_office_follows_and_goes_back(
    office: AppContext, sections: Sections
) -> None:
    running = await opened(office, sections)
    follower = follower_of(running)
    heard: list[str] = []
    follower.heard.append(lambda release: heard.append(release.files.release))
    first = running.release.files.release
    for _ in range(2):
        await follower.look()
    assert heard == []
    second = (await publish(office, slower(sections))).release
    await follower.look()
    assert follower.source.now.city.limits.stages["reported"].text == "45wm"
    await publishing.roll_back(office.store, office.clock, None, check, ME)
    await follower.look()
    assert follower.source.now.city.limits.stages["reported"].text == "30wm"
    assert heard == [second, first]
    assert [one.how for one in await history(office)] == ["rollback", "publish", "import"]


async def test_the_map_follows_with_all_else_and_keeps_no_loop_waiting(
    office: AppContext, sections: Sections, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = await opened(office, sections)
    follower, before = follower_of(running), running.context
    threads: list[int] = []

    def made(maps: Mapping[str, Mapping[str, Any]]) -> Layers:
        threads.append(get_ident())
        return make_layers(maps)

    monkeypatch.setattr(following, "make_layers", made)
    await publish(office, slower(sections))
    await follower.look()
    assert threads == []
    assert follower.source.now.layers is before.layers
    moved = changed(slower(sections), "places", '"name":"', '"name":"新')
    last = await publish(office, moved)
    await follower.look()
    [thread] = threads
    assert thread != get_ident()
    now = follower.source.now
    assert now.layers["places"].tag != before.layers["places"].tag
    assert now.layers["roads"] == before.layers["roads"]
    assert now.files.release == now.city.release == last.release


async def test_a_case_goes_on_by_the_release_that_it_began_with(
    office: AppContext, sections: Sections
) -> None:
    """Its stage, its limits and its form; what no case keeps is that of now."""
    running = await opened(office, sections)
    follower, source = follower_of(running), running.context
    number = await make_case(source, "1")
    fewer = without_check(sections)
    await publish(office, slower(fewer))
    await follower.look()
    now = follower.source.now
    young = await make_case(now, "2")
    assert (await limit_of(now, number), await limit_of(now, young)) == ("30wm", "45wm")
    chief = actor(now, "acceptor1")
    given: dict[str, object] = {"collector": "collector01"}
    moved = await casework.act(now, number, "ask_verify", chief, key="1", given=given)
    assert moved.stage == "verifying"
    with pytest.raises(Refused):
        await casework.act(now, young, "ask_verify", chief, key="2", given=given)
    # The old stage is known by its name still, and open cases in it are among the open ones.
    assert "verifying" not in now.city.workflow.stages
    assert "verifying" in now.city.known.stages
    assert "verifying" not in now.city.ends


async def limit_of(office: AppContext, number: str) -> str:
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
        steps = await cases.steps_of(connection, case.id)
    assert replay(steps) == case
    return str(case.stage_clock.limit)


def without_check(sections: Sections) -> dict[str, Section]:
    """The sections with a workflow that has no verification."""
    table: dict[str, Any] = dict(files_of(sections).tables["workflow"])
    gone = "verifying"
    table["stage"] = [one for one in table["stage"] if one["id"] != gone]
    moves = [one for one in table["move"] if one.get("to") != gone]
    for one in moves:
        if isinstance(one["from"], list):
            one["from"] = [stage for stage in one["from"] if stage != gone]
    table["move"] = [one for one in moves if one["from"]]
    limits = re.sub(r"\[stages\.verifying\][^\[]*", "", sections["limits"].text)

    return {
        **sections,
        "workflow": Section("json", encode(table).decode()),
        "limits": Section("toml", limits),
    }


async def test_a_case_of_a_release_that_another_process_published_is_not_lost(
    office: AppContext, sections: Sections
) -> None:
    """Whoever has not read it yet says that it is away for a moment, and looks."""
    running = await opened(office, sections)
    late = follower_of(running)
    await publish(office, slower(sections))
    early = follower_of(running)
    await early.look()
    number = await make_case(early.source.now, "1")
    note = actor(late.source.now, "acceptor1")
    with pytest.raises(HotlineError) as caught:
        await casework.act(late.source.now, number, "note", note, key="1", note="x")
    assert caught.value.code == "unavailable"
    await late.look()
    assert await casework.act(late.source.now, number, "note", note, key="1", note="x")


async def test_a_release_that_cannot_be_read_leaves_the_one_before(
    office: AppContext, sections: Sections
) -> None:
    running = await opened(office, sections)
    follower = follower_of(running)
    broken = changed(sections, "workflow", 'start = "reported"', 'start = "nowhere"')
    await publishing.publish(office.store, office.clock, broken, lambda *_: None, None, ME)
    with pytest.raises(Invalid):
        await follower.look()
    assert follower.source.now is running.context
    await publishing.roll_back(office.store, office.clock, None, check, ME)
    await follower.look()
    assert await make_case(follower.source.now, "1")


async def test_a_release_that_cannot_be_followed_is_told_of_once(
    office: AppContext,
    sections: Sections,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(following, "POLL_S", 0.001)
    monkeypatch.setattr(following, "LOOKS_ASIDE", 3)
    read: list[int] = []
    good = read_release

    def counted(fetched: FetchedRelease) -> CurrentRelease:
        read.append(fetched.counts.seq)
        return good(fetched)

    monkeypatch.setattr(following, "read_release", counted)
    follower = follower_of(await opened(office, sections))
    running = asyncio.create_task(follower.run())
    for place in ("nowhere", "elsewhere"):
        broken = changed(sections, "workflow", 'start = "reported"', f'start = "{place}"')
        await publishing.publish(office.store, office.clock, broken, lambda *_: None, None, ME)
        tried = len(read)
        async with asyncio.timeout(20):
            while len(read) < tried + 3:
                await asyncio.sleep(0.01)
    told = [one for one in caplog.records if one.name == following.log.name]
    assert ["nowhere" in str(one.exc_info) for one in told] == [True, False]
    last = await publish(office, slower(sections))
    async with asyncio.timeout(20):
        while follower.source.now.city.release != last.release:
            await asyncio.sleep(0.01)
    running.cancel()


async def test_only_what_counted_names_what_is_gone_and_the_last_of_it_first(
    office: AppContext, sections: Sections
) -> None:
    def called(name: str) -> dict[str, Section]:
        return changed(sections, "workflow", 'name_en = "Being verified"', f'name_en = "{name}"')

    await opened(office, called("First"))
    for name in ("Second", "Third", "Fourth"):
        await publish(office, called(name))
    kept = await publishing.keep(office.store, office.clock, called("Never"))
    await publish(office, called("Second"))
    counts = (await publish(office, without_check(sections))).release
    now = (await opened(office, called("First"))).context.city
    assert now.release == counts
    assert kept not in now.former
    assert len(now.former) == 4
    assert now.known.stages["verifying"].name_en == "Second"


async def test_sections_are_kept_once(office: AppContext, sections: Sections) -> None:
    await opened(office, sections)
    await publish(office, slower(sections))
    async with office.store.connect() as connection:
        counts = (await releases.current(connection)).release  # type: ignore[union-attr]
        kept = await releases.sections_of(connection, counts)
    assert kept == slower(sections)


async def test_a_million_fields_are_refused_at_once(office: AppContext, sections: Sections) -> None:
    await opened(office, sections)
    before = await history(office)
    row = '[[field]]\nid = "f{}"\ntype = "text"\nname = "x"\n'
    for many in (501, 1_000_000):
        text = "".join(row.format(turn) for turn in range(many))
        with pytest.raises(Invalid, match=r"at most 500 fields|longer than"):
            await publish(office, {**sections, "form": Section("toml", text)})
    assert await history(office) == before


async def test_files_that_were_rolled_back_come_again_when_they_are_mended(
    office: AppContext, sections: Sections
) -> None:
    await opened(office, sections)
    bad = await opened(office, slower(sections))
    await publishing.roll_back(office.store, office.clock, None, check, ME)
    # Files that nobody has touched do not undo it.
    assert (await opened(office, slower(sections))).release.files.release != (
        bad.release.files.release
    )
    mended = changed(sections, "limits", 'limit = "30wm"', 'limit = "35wm"')
    assert (await opened(office, mended)).context.city.limits.stages["reported"].text == "35wm"


async def test_the_city_s_own_files_are_published_again_and_again(
    office: AppContext, sections: Sections
) -> None:
    await opened(office, sections)
    for limit in ("45wm", "50wm", "55wm"):
        files = changed(sections, "limits", 'limit = "30wm"', f'limit = "{limit}"')
        given = (office.store, office.clock, files, check, None, ME)
        await publishing.publish(*given, of_city=True)
        again = (await opened(office, files)).context.city
        assert again.limits.stages["reported"].text == limit


async def test_a_release_that_cannot_be_read_any_more_ends_no_list(
    office: AppContext, sections: Sections
) -> None:
    running = await opened(office, sections)
    number = await make_case(running.context, "1")
    async with office.store.begin() as connection:
        wrong = Section("json", '{"start": 5}')
        made = ({"workflow": wrong}, {"workflow": wrong.hash}, office.clock.now())
        await releases.keep(connection, "lost", *made)
        await connection.execute(update(CaseRow).values(release="lost"))
    now = (await opened(office, sections)).context
    chief = actor(now, "chief1")
    seen = await inbox.list_cases(now, chief, CaseQuery())
    assert [row.number for row in seen.items] == [number]
    assert (await casefile.detail(now, number, chief)).case.number == number
