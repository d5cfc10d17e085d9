"""People come, change and leave while the hotline runs, and nobody who was there is forgotten."""

import asyncio
from pathlib import Path

import pytest

from backend.city_files import PEOPLE_FILE, read_sections, read_staff
from backend.current import Know
from backend.desks import accounts, binding, casework, publishing, signin, staffing
from backend.desks.context import AppContext
from backend.desks.tries import SignInOrigin
from backend.office import OpenOffice, make_office
from backend.queries import casefile
from backend.release_check import check, check_staff
from backend.store import releases, staff
from config.sections import PeopleSettings, WebSettings
from hotline.channel import Channel
from hotline.errors import Invalid, NotFound, Refused, Unauthorised
from hotline.organisation import PersonData, Staff
from hotline.release import Section, Sections, manifest_of
from hotline.wire import encode
from tests.backend.api.conftest import actor, make_case
from tests.backend.desks.test_publishing import ME, follower_of
from tests.cities import FOLDER
from tests.fakes.quick import quick_passwords

SECTIONS = read_sections(FOLDER)
TOLD = read_staff(FOLDER) or Staff({})
LI = {"code": "li", "name": "李新", "name_en": "Xin Li", "post": "acceptor"}


def know_by(office: AppContext) -> Know:
    return lambda _: office.knowing


async def opened(
    office: AppContext, told: Staff | None = TOLD, sections: Sections = SECTIONS
) -> OpenOffice:
    return await make_office(office.store, office.clock, sections, know_by(office), lambda: told)


async def put(office: AppContext, *rows: PersonData) -> list[str]:
    given = {str(row["code"]): row for row in rows}
    return await staffing.change(office.store, office.clock, given, check_staff, "op", "why")


async def end(office: AppContext, person: str) -> None:
    await staffing.end(office.store, office.clock, person, check_staff, "op", "retired")


async def there(office: AppContext) -> Staff:
    async with office.store.connect() as connection:
        return await staff.everybody(connection)


async def test_the_files_people_are_taken_in_once_and_make_no_release(office: AppContext) -> None:
    first = await opened(office)
    assert list(first.context.city.organisation.people) == list(TOLD.rows)
    mark = (await there(office)).mark
    rows = {**TOLD.rows, "li": LI}
    del rows["acceptor6"]
    second = await opened(office, Staff(rows))
    assert second.context.city.organisation.people["li"].name == "李新"
    assert "acceptor6" not in second.context.city.organisation.people
    assert (await there(office)).mark == mark + 2
    assert second.release.manifest == first.release.manifest
    assert second.context.city.activation == first.context.city.activation


async def test_whom_somebody_changed_stays_so_while_the_file_says_nothing_new(
    office: AppContext,
) -> None:
    await opened(office)
    moved = {**TOLD.rows["acceptor1"], "name": "陈新名"}
    assert await put(office, moved, LI) == ["acceptor1", "li"]
    await end(office, "acceptor2")
    again = (await opened(office)).context.city.organisation.people
    assert again["acceptor1"].name == "陈新名"
    assert "li" in again
    assert "acceptor2" not in again
    changed = {**TOLD.rows["acceptor2"], "name_en": "Somebody"}
    third = (await opened(office, Staff({**TOLD.rows, "acceptor2": changed}))).context
    assert "acceptor2" not in third.city.organisation.people, "who left stays away"
    rows = {**TOLD.rows, "acceptor1": {**TOLD.rows["acceptor1"], "name": "陈三"}}
    assert (await opened(office, Staff(rows))).context.city.organisation.people[
        "acceptor1"
    ].name == "陈三"


async def test_a_running_process_follows_who_comes_and_goes(office: AppContext) -> None:
    running = await opened(office)
    follower = follower_of(running)
    await put(office, LI)
    await follower.look()
    assert "li" in follower.source.now.city.organisation.people
    assert follower.source.now.knowing is running.context.knowing
    await end(office, "li")
    await follower.look()
    assert "li" not in follower.source.now.city.organisation.people


async def test_who_has_left_is_out_at_once_and_keeps_their_name(office: AppContext) -> None:
    follower = follower_of(await opened(office))
    await put(office, LI)
    await follower.look()
    now, chief = follower.source.now, actor(follower.source.now, "chief1")
    number = await make_case(now, "1")
    await casework.act(
        now,
        number,
        "decline",
        actor(now, "li"),
        key="2",
        note="x",
        given={"decline_reason": "out_of_scope"},
    )
    code, _ = await binding.make_code(now, 5, "li", actor(now, "admin"))
    await binding.bind(now, code, Channel.TELEGRAM, "77", "en")
    passwords, people = quick_passwords(), PeopleSettings(password_length=12)
    auth = signin.AuthService(follower.source, passwords, people, WebSettings())
    ((name, word),) = await accounts.load_people(
        office.store, office.clock, ["li"], passwords, people, "zh_CN"
    )
    entered = await signin.sign_in(auth, name, word, SignInOrigin("10.0.0.1"))
    await end(office, "li")
    # The session is gone before anybody has followed, and does not live again with its person.
    assert await signin.find(auth, entered.cookie) is None
    assert await binding.actor_of(now, Channel.TELEGRAM, "77") is None
    await follower.look()
    with pytest.raises(Unauthorised):
        await signin.sign_in(auth, name, word, SignInOrigin("10.0.0.1"))
    shown = await casefile.detail(follower.source.now, number, chief)
    assert "李新" in encode(shown).decode()
    await put(office, LI)
    await follower.look()
    assert await signin.find(auth, entered.cookie) is None
    async with office.store.connect() as connection:
        told = await staff.history(connection, "li")
    assert [(one.gone, one.made_by) for one in told] == [
        (False, "op"),
        (True, "op"),
        (False, "op"),
    ]
    passwords.close()


async def test_nobody_leaves_to_whom_cases_are_routed(office: AppContext) -> None:
    await opened(office)
    with pytest.raises(Invalid, match="no person"):
        await end(office, "commander")
    with pytest.raises(NotFound):
        await end(office, "nobody")
    assert "commander" in (await there(office)).rows


async def test_people_who_do_not_fit_the_release_change_nothing(office: AppContext) -> None:
    await opened(office)
    before = await there(office)
    for row, reason in (
        ({**LI, "post": "king"}, "not a post"),
        ({**LI, "area": "nowhere"}, "no area"),
        ({**LI, "department": "moon"}, "no department"),
        ({**LI, "code": "Acceptor1"}, "login of acceptor1"),
    ):
        with pytest.raises(Invalid, match=reason):
            await put(office, LI | {"code": "other"}, row)
    with pytest.raises(Refused):
        await put(office, TOLD.rows["acceptor1"])
    assert await there(office) == before


async def test_a_release_that_takes_a_post_away_that_somebody_holds_is_refused(
    office: AppContext,
) -> None:
    await opened(office)
    posts = Section("toml", SECTIONS["posts"].text.replace('id = "leader"', 'id = "mayor"'))
    assert posts != SECTIONS["posts"]
    with pytest.raises(Invalid, match="leader"):
        await publishing.publish(
            office.store, office.clock, {**SECTIONS, "posts": posts}, check, None, ME
        )


async def test_a_bad_file_of_people_stops_no_later_start(office: AppContext) -> None:
    await opened(office)
    broken = Staff({**TOLD.rows, "li": {**LI, "post": "king"}})
    running = await opened(office, broken)
    assert list(running.context.city.organisation.people) == list(TOLD.rows)


async def test_who_cannot_be_read_is_left_out_and_the_others_work_on(office: AppContext) -> None:
    await opened(office)
    await staffing.change(
        office.store, office.clock, {"li": {**LI, "post": "king"}}, lambda *_: None, "op"
    )
    people = (await opened(office)).context.city.organisation.people
    assert list(people) == list(TOLD.rows)


async def test_of_two_at_once_who_would_share_a_login_one_comes(office: AppContext) -> None:
    await opened(office)
    both = [put(office, {**LI, "code": code}) for code in ("li", "Li")]
    done = await asyncio.gather(*both, return_exceptions=True)
    assert [isinstance(one, Invalid) for one in done].count(True) == 1
    (code,) = {"li", "Li"} & (await there(office)).rows.keys()
    await end(office, code)
    with pytest.raises(Invalid, match="login"):
        await put(office, {**LI, "code": code.swapcase()})


async def test_who_came_since_does_not_bar_the_way_back(office: AppContext) -> None:
    running = await opened(office)
    first = running.release.files.release
    row = '\n[[post]]\nid = "night_clerk"\nname = "夜班"\npermissions = []\n'
    given = {**SECTIONS, "posts": Section("toml", SECTIONS["posts"].text + row)}
    unchecked = (given, lambda *_: None, None, ME)
    await publishing.publish(office.store, office.clock, *unchecked)
    await put(office, {**LI, "post": "night_clerk"})
    await publishing.roll_back(office.store, office.clock, first, check, ME)
    follower = follower_of(running)
    await follower.look()
    people = follower.source.now.city.organisation.people
    assert people.keys() == TOLD.rows.keys()


async def test_a_file_that_cannot_be_read_stops_no_later_start(office: AppContext) -> None:
    def broken() -> Staff:
        raise Invalid("people", "cannot be read")

    given = (office.store, office.clock, SECTIONS, know_by(office))
    with pytest.raises(Invalid):
        await make_office(*given, broken)
    await opened(office)
    running = await make_office(*given, broken)
    assert running.context.city.organisation.people.keys() == TOLD.rows.keys()


async def test_news_of_people_makes_a_follower_look_again(office: AppContext) -> None:
    follower = follower_of(await opened(office))
    bad = {**SECTIONS, "limits": Section("toml", "=")}
    async with office.store.begin() as connection:
        await releases.keep(connection, "bad", bad, manifest_of(bad), office.clock.now())
        await releases.activate(connection, "bad", office.clock.now(), "publish", "x", "")
    with pytest.raises(Invalid):
        await follower.look()
    await follower.look()  # left alone for a while
    await staffing.change(office.store, office.clock, {"li": LI}, lambda *_: None, "op")
    with pytest.raises(Invalid):
        await follower.look()


async def test_one_publication_brings_a_post_and_who_holds_it(office: AppContext) -> None:
    await opened(office)
    text = SECTIONS["posts"].text.replace('id = "leader"', 'id = "mayor"')
    rows = {
        code: {**row, "post": "mayor"} if row.get("post") == "leader" else row
        for code, row in TOLD.rows.items()
    }
    given = {**SECTIONS, "posts": Section("toml", text)}
    await publishing.publish(
        office.store, office.clock, given, lambda *_: None, None, ME, of_city=True, told=Staff(rows)
    )
    people = (await opened(office, Staff(rows), given)).context.city.organisation.people
    assert any(one.holds("mayor") for one in people.values())


def test_people_of_before_stand_with_their_organisation(tmp_path: Path) -> None:
    for name in ("organisation.toml", PEOPLE_FILE):
        with (tmp_path / "organisation.toml").open("a", encoding="utf-8") as file:
            file.write((FOLDER / name).read_text("utf-8"))
    assert read_staff(tmp_path) == TOLD
