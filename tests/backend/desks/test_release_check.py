"""What a release is refused for, what a try tells of it, and what earlier ones leave behind."""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from backend.desks import casework
from backend.desks.context import AppContext
from backend.queries.release_effects import Effect, effects_of
from backend.release_check import faults_of
from hotline.errors import Conflict, Invalid
from hotline.organisation import Staff
from hotline.release import Section, Sections
from tests.backend.api.conftest import actor, make_case
from tests.backend.desks.test_publishing import (
    STAFF,
    changed,
    history,
    opened,
    publish,
    renamed,
    slower,
)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('urgency = "critical", safe', 'urgency = "hasty", safe', "'hasty' is not an urgency"),
        ('cells = ["330298"]', 'cells = ["110"]', "C: no cell's code begins with '110'"),
        ('\nsafe = "1uh"', '\nsaef = "1uh"', "01001.1: 'saef' is nothing"),
        ('limit = "2uh"', 'limit = "0uh"', "more than nothing"),
    ],
)
async def test_limits_that_never_count_are_not_published(
    office: AppContext, sections: Sections, old: str, new: str, reason: str
) -> None:
    await opened(office, sections)
    with pytest.raises(Invalid, match=reason):
        await publish(office, changed(sections, "limits", old, new))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("years = [2025, 2026, 2027]", "years = [2024, 2025, 2027]", "2026 is missing between"),
        ("workdays = [", 'workdays = ["2026-11-23", ', "2026-11-23 is a Monday"),
        ("holidays = [", 'holidays = ["2029-10-01", ', "2029-10-01 lies in a year"),
        ('"14:00-18:00"]', '"14:00-02:00"]', "over midnight it is two"),
    ],
)
async def test_a_calendar_that_cannot_be_right_is_not_published(
    office: AppContext, sections: Sections, old: str, new: str, reason: str
) -> None:
    await opened(office, sections)
    with pytest.raises(Invalid, match=reason):
        await publish(office, changed(sections, "calendar", old, new))


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("{whom}把案件派给", "workflow.action.dispatch: tells: {whom} is nothing that a step says"),
        ("[{who}把案件派给", "workflow.action.dispatch: tells: a bracket stands alone"),
        ("{who.person}把案件派给", "workflow.action.dispatch: tells: {who.person} is no name"),
    ],
)
async def test_a_sentence_that_cannot_be_told_is_not_published(
    office: AppContext, sections: Sections, new: str, reason: str
) -> None:
    await opened(office, sections)
    with pytest.raises(Invalid, match=re.escape(reason)):
        await publish(office, changed(sections, "workflow", "{who}把案件派给", new))


@pytest.mark.parametrize(
    ("section", "old", "new", "reason"),
    [
        ("catalogue.words", "\n01001 = {", "\n77777 = {", "no class|no such"),
        ("catalogue.speech", "[english]", '[english]\n"((" = "x"', "no pattern|not a pattern"),
        ("city", "centre = [", "centre = [999.0, ", "longitude"),
        ("grids", '"Polygon"', '"Point"', "not a position"),
    ],
)
async def test_what_nobody_can_learn_from_is_not_published(
    office: AppContext,
    sections: Sections,
    section: str,
    old: str,
    new: str,
    reason: str,
) -> None:
    await opened(office, sections)
    before = await history(office)
    with pytest.raises(Invalid, match=reason):
        await publish(office, changed(sections, section, old, new))
    assert await history(office) == before
    await opened(office, changed(sections, section, old, new))
    assert await history(office) == before


async def test_a_try_tells_what_a_publication_would_make(
    office: AppContext, sections: Sections
) -> None:
    running = await opened(office, sections)
    number = await make_case(running.context, "1")
    await make_case(running.context, "2")
    acceptor = actor(running.context, "acceptor1")
    await casework.act(
        running.context,
        number,
        "decline",
        acceptor,
        key="2",
        note="x",
        given={"decline_reason": "out_of_scope"},
    )
    base = running.release.files.release
    await publish(office, renamed(sections))

    async def tried(given: Sections, told: Staff | None = None) -> list[Effect]:
        return await effects_of(office.store, office.clock, given, base, told, of_city=False)

    # Somebody else's new name is no part of what I change.
    said = dict(await tried(slower(sections)))
    assert said["publishing.changed"] == {"names": "limits.toml"}
    assert said["publishing.open"] == {"cases": 1}
    assert [key for key, _ in await tried(sections)] == ["publishing.same"]
    rows = dict(list(STAFF.rows.items())[1:]) if STAFF else {}
    (_, people) = await tried(sections, Staff(rows))
    assert people == ("publishing.people", {"names": "acceptor1"})
    with pytest.raises(Conflict):
        await tried(changed(sections, "city", "Mingzhou City", "Somewhere"))


async def test_a_field_of_an_earlier_release_is_told_for_the_cases_that_have_it(
    office: AppContext, sections: Sections
) -> None:
    row = '\n[[field]]\nid = "depth"\ntype = "number"\nname = "深度"\nlisted = true\n'
    deeper = {**sections, "form": Section("toml", sections["form"].text + row)}
    await opened(office, sections)
    await publish(office, deeper)
    now = (await opened(office, deeper)).context
    assert now.city.fields["depth"].listed
    await publish(office, sections)
    again = (await opened(office, deeper)).context.city
    assert "depth" not in again.form.fields
    assert again.fields["depth"].name == "深度"
    assert not again.fields["depth"].listed, "lists are narrowed by what counts"
    assert list(again.fields)[:-1] == list(again.form.fields)


def test_a_choice_for_a_post_that_there_is_not_is_not_published(
    sections: Mapping[str, Section],
) -> None:
    text = sections["form"].text.replace('posts = ["leader"]', 'posts = ["mayor"]')
    changed = {**sections, "form": replace(sections["form"], text=text)}
    assert [(one.section, "mayor" in one.reason) for one in faults_of(changed)] == [("form", True)]


@pytest.mark.parametrize(
    ("section", "old", "new", "reason"),
    [
        ("limits", "\n[whole]", "\n[hwole]", "'hwole' is nothing that it has"),
        (
            "limits",
            "[stages.to_check]\n",
            "[stages.to_check]\nous = true\n",
            "stages.to_check: 'ous'",
        ),
        ("calendar", "\nprovisional =", "\nprovisionall =", "'provisionall' is nothing"),
        ("calendar", '"08:00-12:00"', '"08:00:00.000001-12:00"', "not of whole minutes"),
        ("workflow", "\n[[timer]]", "\n[[tmier]]\nid = 1\n[[timer]]", "'tmier' is nothing"),
        ("workflow", "days = 15 }", "days = 1000000000000 }", "since 1000000000000 days"),
        ("form", 'post = "collector"', 'post = "colector"', "'colector', whom it is of"),
        ("form", "\nahead = 730", "\nahead = 0", "resume_on: no day lies 0 days ahead"),
        ("form", "\nahead = 730", "\nahead = 1000000000", "more than 3650 days"),
        ("form", '{ id = "10wd"', '{ id = "1000000000wd"', "more than 3650 days"),
        ("form", 'posts = ["leader"] }', 'pots = ["leader"] }', "leader: 'pots' is nothing"),
        ("routing", '\nto = "', '\nsince = 1\nto = "', "'since' is nothing that it has"),
        ("privacy", "schema = 1\n", "schema = 1\nkep = 1\n", "'kep' is nothing that it has"),
        ("privacy", "days = 1095\n", "day = 1095\n", "keep.contact: 'day' is nothing"),
        ("privacy", "\nname_en", "\nnam_en", "reason.call_back: 'nam_en' is nothing"),
        ("privacy", '"contact"', '"contakt"', "keep[0].kind: Invalid enum value 'contakt'"),
        ("privacy", "days = 1095", 'days = "1095"', "keep[0].days: Expected `int`, got `str`"),
        ("privacy", "schema = 1", "schema = 2", "privacy.schema: Expected `int` <= 1"),
    ],
)
async def test_what_nothing_reads_and_nobody_counts_by_is_not_published(
    office: AppContext, sections: Sections, section: str, old: str, new: str, reason: str
) -> None:
    await opened(office, sections)
    with pytest.raises(Invalid, match=re.escape(reason)):
        await publish(office, changed(sections, section, old, new))
