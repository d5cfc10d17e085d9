"""Every step is a sentence in both languages, whoever made it and whatever was typed."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from hotline.case.case import Step
from hotline.case.so_far import CaseSoFar, stood
from hotline.case.telling import LONGEST, CityNames, Sayer, ToldStep, tell
from hotline.case.template import fill, places_of
from hotline.case.transition import REGISTER
from hotline.case.workflow import ActionLabel
from hotline.case.workflow_data import parse_workflow
from hotline.errors import Invalid
from hotline.people import CITIZEN_POST
from hotline.rights.posts import MACHINE
from hotline.words import LANGUAGES
from tests.backend.api.conftest import demo_matters
from tests.cities import MONDAY, demo_city, form, make_case, make_step, read, workflow
from tests.hotline.case.test_walks import walk

# What no reader should have to make sense of: a place that was not filled, an id, a code.
BARE = {
    "zh_CN": re.compile(r"[{}\[\]]|None|[a-z_]{2}|\d{5}"),
    "en": re.compile(r"[{}\[\]]|None|[a-z]_|\b[a-z]+\d|\d{5}|[一-鿿]|\b(\w+) \1\b"),
}


def named(*, bare: bool = False) -> CityNames:
    """The names of the demo's city; of a `bare` release no action has a sentence of its own."""
    city = demo_city()
    flow = replace(city.workflow, actions={}) if bare else city.workflow
    return CityNames(
        *(flow, city.known, city.fields, city.organisation),
        *(demo_matters(), city.limits, city.zone),
    )


def told(steps: Iterable[Step], language: str, *, bare: bool = False) -> list[ToldStep]:
    """The sentences of a case's steps."""
    by = named(bare=bare)
    return [tell(step, before, after, by, language) for before, step, after in stood(steps)]


def sentence(step: Step, language: str = "zh_CN", **after: Any) -> ToldStep:
    """The sentence of one step."""
    before = CaseSoFar(stage="handling")
    return tell(step, before, replace(before, **after).after(step.changes), named(), language)


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_every_step_of_whatever_way_is_a_sentence(seed: int, bare: bool) -> None:
    _, steps = walk(seed)
    for language in LANGUAGES:
        for step, one in zip(steps, told(steps, language, bare=bare), strict=True):
            assert one.text, step
            assert not BARE[language].search(one.text), (step.action, one.text)
            assert one.text.endswith("。" if language == "zh_CN" else "."), one.text
            assert "“x”" in one.text or step.note not in ("x",), one.text


@pytest.mark.parametrize("action", workflow().actions.values(), ids=lambda one: one.id)
def test_every_action_of_the_demo_has_a_sentence(action: ActionLabel) -> None:
    for template in (action.tells, action.tells_en):
        assert {"who", "note"} <= places_of(template)
    assert places_of(action.tells) == places_of(action.tells_en)


def of_walk(action: str, language: str, *, bare: bool = False) -> ToldStep:
    """The sentence of the first step of an action on a way that has one."""
    for seed in range(200):
        _, steps = walk(seed)
        for step, one in zip(steps, told(steps, language, bare=bare), strict=True):
            if step.action == action:
                return one
    raise AssertionError(action)


def test_a_dispatch_says_who_whom_and_until_when() -> None:
    chinese, english = of_walk("dispatch", "zh_CN"), of_walk("dispatch", "en")
    # Of a department's people it is the department that says who they are, of all others the post.
    who = "派遣员(鲍雅琴|王海峰)|指挥长朱晓燕"
    until = "把案件派给自来水公司，处置时限 2 小时，11月23日 11:00 到期，说明：“x”。"
    assert re.fullmatch(f"({who}){until}", chinese.text)
    until = "sent the case to the Water Supply Company; 2 hours to handle it, due 23 Nov 11:00"
    assert re.fullmatch(rf"(Dispatcher|Command chief) \w+ \w+ {until}; note: “x”\.", english.text)
    assert chinese.said & english.said >= {"handler", "due", "note"}


def test_without_a_sentence_of_its_own_a_step_says_what_it_was_and_where_it_led() -> None:
    until = "案件进入“处置中”，承办：自来水公司，处置时限 2 小时，11月23日 11:00 到期：“x”。"
    chinese = of_walk("dispatch", "zh_CN", bare=True)
    assert chinese.text.endswith(f"办理了“派遣”，{until}")
    assert chinese.said >= {"handler", "due", "note"}
    english = of_walk("dispatch", "en", bare=True).text
    assert " did “Dispatch”; the case is at “Being handled” now; Handled by: Water" in english


HOSTILE = {
    "{who} {0} {note!r:>99} [x]": "{who} {0} {note!r:>99} [x]",
    "<script>alert(1)</script>&amp;": "<script>alert(1)</script>&amp;",
    "%s %(who)s ${who} `x` \\n": "%s %(who)s ${who} `x` \\n",
    "两句。都在。": "两句。都在",
    "v1.2...": "v1.2...",
    "אין כאן מכסה": "\u2068אין כאן מכסה\u2069",
    "\u202edrawkcab\u0000\u200b": "drawkcab",
}


@pytest.mark.parametrize(("typed", "shown"), HOSTILE.items())
@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_words_stay_words(typed: str, shown: str, language: str) -> None:
    step = replace(make_step(make_case()), action="note", person="acceptor1", post="acceptor")
    one = sentence(replace(step, note=typed), language)
    assert f"“{shown}”" in one.text
    assert "note" in one.said


@pytest.mark.parametrize("typed", ["长" * 10_000, "x" * (LONGEST + 1), "两\n行", " ", "\u202e"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_words_that_make_no_part_of_a_sentence_stand_beside_it(typed: str, language: str) -> None:
    step = replace(make_step(make_case()), action="note", person="acceptor1", post="acceptor")
    one = sentence(replace(step, note=typed), language)
    assert one.text in ("受理员陈国强写了备注。", "Acceptor Guoqiang Chen made a note.")
    assert "note" not in one.said


def test_the_words_of_a_citizen_stand_by_themselves() -> None:
    step = replace(make_step(make_case()), action="note", person=CITIZEN_POST, post=CITIZEN_POST)
    assert sentence(replace(step, note="快点")) == ToldStep("市民写了备注。", frozenset({"who"}))


def test_somebody_of_a_centre_is_named_by_the_post_and_of_a_department_by_the_department() -> None:
    step = replace(make_step(make_case()), action="note", person="dispatcher1", post="dispatcher")
    city = demo_city().organisation
    centre = replace(city.departments["water"], code="hall", name="市指挥中心")
    who = replace(city.people["dispatcher1"], department="hall")
    people = {**city.people, "dispatcher1": who}
    by = replace(named(), organisation=replace(city, people=people, centres={"hall": centre}))
    told_of = tell(step, CaseSoFar(), CaseSoFar(), by, "zh_CN")
    assert told_of.text == "派遣员鲍雅琴写了备注。"
    handler = replace(step, person="water1", post="department")
    assert sentence(handler).text == "自来水公司卢浩然写了备注。"


def test_a_proxy_is_named_with_whom_they_stand_for() -> None:
    step = replace(make_step(make_case()), action="note", person="acceptor1", post="acceptor")
    step = replace(step, via="chief1", note="x")
    assert sentence(step).text == "受理员陈国强（代励丽萍）写了备注：“x”。"
    english = "Acceptor Guoqiang Chen (for Liping Li) made a note: “x”."
    assert sentence(step, "en").text == english


def test_steps_of_the_machine_have_sentences() -> None:
    step = make_step(make_case())
    for action in ("report", REGISTER, "light", "recount", "suggest", "transcribe", "attach"):
        for language in LANGUAGES:
            one = sentence(replace(step, action=action), language, values={"channel": "phone"})
            assert not BARE[language].search(one.text), one.text
            assert one.text not in ("系统更新了案件。", "The system changed the case.")
    turned = sentence(replace(step, action="light", changes={"light": "yellow"}))
    assert (turned.text, turned.said >= {"light"}) == ("“处置中”阶段将到期，亮黄灯。", True)


def test_whatever_is_unknown_is_told_all_the_same() -> None:
    step = replace(make_step(make_case()), action="no_such", post="no_such", person="nobody9")
    odd = {"assignments": {"no_such": {"org": "gone"}}, "stage": "no_such", "light": "blue"}
    assert sentence(replace(step, changes=odd)).text == "nobody9更新了案件。"
    machine = replace(step, post=MACHINE, changes=odd)
    assert sentence(machine, "en").text == "The system changed the case."


def test_a_case_whose_first_steps_are_gone_is_told_from_where_they_begin() -> None:
    for seed in range(20):
        _, steps = walk(seed)
        for one in told(steps[len(steps) // 2 :], "en"):
            assert not BARE["en"].search(one.text), one.text


def test_several_with_one_role_are_named_one_after_the_other() -> None:
    given = {"assisting:gas": {"org": "water"}, "assisting:water": {"person": "collector01"}}
    step = replace(make_step(make_case()), action="no_such", changes={"assignments": given})
    after = CaseSoFar().after(step.changes)
    flow = demo_city().known
    roles = {**flow.roles, "assisting": replace(flow.roles["handler"], name="协办")}
    by = replace(named(), known=replace(flow, roles=roles))
    one = tell(step, CaseSoFar(), after, by, "zh_CN")
    assert one.text == "系统更新了案件，协办：自来水公司、协办：洪立军。"
    assert one.said >= given.keys()


def test_a_year_is_named_where_it_is_another_one() -> None:
    sayer = Sayer(named(), "zh_CN")
    later = MONDAY.replace(year=2027)
    assert sayer.instant(later, MONDAY) == "2027年11月23日 09:00"
    assert Sayer(named(), "en").instant(MONDAY, MONDAY) == "23 Nov 09:00"


def test_a_part_falls_away_with_what_it_lacks() -> None:
    values = {"a": "1", "b": "", "c": "3"}
    assert fill("{a}[, {b}][; {c}].", values.__getitem__) == ("1; 3.", frozenset("ac"))
    assert fill("{a} and {b}", values.__getitem__) is None
    assert fill("{{a}}", values.__getitem__) == ("{a}", frozenset())


WRONG = {
    "{nobody} did it": "{nobody} is nothing that a step says",
    "{who": "expected '}'",
    "{}": "{} is no name of a value",
    "{who.__class__}": "is no name of a value",
    "{who!r}": "{who} is no name of a value",
    "{who:>9999999}": "{who} is no name of a value",
    "[{who} [{note}]]": "a bracket stands alone",
    "{who}]": "a bracket stands alone",
    "{who}[ did it]": "has no place for a value",
}


@pytest.mark.parametrize(("template", "reason"), WRONG.items())
@pytest.mark.parametrize("name", ["tells", "tells_en"])
def test_a_template_that_says_nothing_known_is_refused_with_its_action(
    template: str, reason: str, name: str
) -> None:
    data = read("workflow.toml")
    [row] = [one for one in data["action"] if one["id"] == "dispatch"]
    row[name] = template
    with pytest.raises(Invalid) as refusal:
        parse_workflow(data, form())
    assert refusal.value.field == "workflow.action.dispatch"
    assert refusal.value.reason.startswith(f"{name}: ")
    assert reason in refusal.value.reason
