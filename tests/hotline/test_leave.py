"""One post at a time, and what a proxy has of whom they act for, as long as they do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hotline.case.duties import apart
from hotline.case.transition import available_actions, transition
from hotline.leave import Leave
from hotline.organisation import Organisation, Staff, parse_organisation, parse_people
from hotline.people import Actor
from hotline.rights.separation import unseparated
from tests.cities import MONDAY, make_case, organisation, posts, rules, workflow

DAY = timedelta(days=1)
PAIRS = apart(workflow())
LEAVE = Leave(1, "collector01", MONDAY, MONDAY + DAY, "collector02", "病假", "collector01", MONDAY)


def away(*leaves: Leave) -> Organisation:
    return replace(organisation(), leaves=leaves, apart=PAIRS)


def at(there: Organisation, code: str, now: datetime, chosen: str | None = None) -> Actor:
    found = there.actor(code, now, chosen)
    assert found is not None
    return found


def with_posts(*held: dict[str, object]) -> Organisation:
    row = {"code": "p1", "name": "x", "posts": list(held)}
    return parse_organisation({}, posts(), staff=Staff(parse_people({"person": [row]})))


def test_the_chosen_post_counts_alone_and_the_first_where_it_has_ended() -> None:
    ends = datetime(2026, 11, 23, 8, tzinfo=UTC)
    there = with_posts({"post": "acceptor"}, {"post": "dispatcher", "until": ends})
    before, after = ends - timedelta(seconds=1), ends
    assert at(there, "p1", before).post == "acceptor"
    chosen = at(there, "p1", before, "dispatcher")
    assert (chosen.post, chosen.rights.may("case.accept")) == ("dispatcher", False)
    assert chosen.rights.may("case.dispatch")
    for now_ended in (at(there, "p1", after, "dispatcher"), at(there, "p1", after, "leader")):
        assert now_ended.post == "acceptor"
        assert not now_ended.rights.may("case.dispatch")
    # What was let in by a post a moment before it ended moves nothing any more.
    assert chosen.at(after).rights.grants == ()


def test_a_post_held_in_two_areas_counts_in_both() -> None:
    there = with_posts({"post": "acceptor"}, {"post": "acceptor"}, {"post": "leader"})
    assert len(at(there, "p1", MONDAY).rights.grants) == 2
    assert [one.id for one in there.people["p1"].posts_at(MONDAY)] == ["acceptor", "leader"]


def test_a_proxy_has_the_absents_cases_while_they_are_away_and_no_longer() -> None:
    there = away(LEAVE)
    case = make_case("checking", collector="collector01")
    moment = timedelta(microseconds=1)
    for now, may in [
        (MONDAY - moment, False),
        (MONDAY, True),
        (MONDAY + DAY - moment, True),
        (MONDAY + DAY, False),
    ]:
        proxy = at(there, "collector02", now)
        offered = {one.action for one in available_actions(case, proxy, workflow(), now)}
        assert ("check_unclear" in offered) is may, now
        assert proxy.proxy_for == (("collector01",) if may else ())
    _, step = transition(
        case, "check_unclear", at(there, "collector02", MONDAY), MONDAY, rules(), note="锁着"
    )
    assert (step.person, step.via, step.post) == ("collector02", "collector01", "collector")


def test_what_a_proxy_does_by_their_own_post_is_not_for_somebody() -> None:
    own = make_case("checking", collector="collector02")
    proxy = at(away(LEAVE), "collector02", MONDAY)
    _, step = transition(own, "check_unclear", proxy, MONDAY, rules(), note="锁着")
    assert (step.person, step.via) == ("collector02", None)


def test_who_let_somebody_in_a_moment_before_the_end_moves_nothing_behind_it() -> None:
    proxy = at(away(LEAVE), "collector02", MONDAY)
    later = proxy.at(MONDAY + DAY)
    assert later.proxy_for == ()
    case = make_case("checking", collector="collector01")
    assert available_actions(case, later, workflow(), MONDAY + DAY) == []


def test_a_proxy_of_another_department_has_its_cases() -> None:
    leave = replace(LEAVE, person="water1", proxy="gas1")
    proxy = at(away(leave), "gas1", MONDAY)
    assert proxy.orgs == {"gas", "water"}
    case = make_case("handling", department="water")
    _, step = transition(case, "accept", proxy, MONDAY, rules())
    assert (step.person, step.via) == ("gas1", "water1")


def test_a_proxy_who_would_both_handle_and_check_gets_nothing() -> None:
    for person, proxy in [("water1", "collector02"), ("collector01", "water1")]:
        worn = at(away(replace(LEAVE, person=person, proxy=proxy)), proxy, MONDAY)
        assert worn.proxy_for == ()
        assert unseparated(worn.rights.permissions, PAIRS) is None
    # Whoever acts for two has the first one's alone, where both together would be too much.
    both = away(
        replace(LEAVE, person="water1", proxy="seat1"),
        replace(LEAVE, id=2, person="collector01", proxy="seat1"),
    )
    assert at(both, "seat1", MONDAY).proxy_for == ("water1",)


def test_the_pairs_are_those_of_the_duties_that_moves_are() -> None:
    closing = {("case.handle", one) for one in ("case.close", "case.force")}
    granting = {("case.handle", one) for one in ("case.dispatch", "case.command")}
    judging = {("case.handle", "case.inspect"), ("case.solve", "case.accept")}
    assert closing | granting | judging == PAIRS


@pytest.mark.parametrize("pair", sorted(PAIRS))
def test_a_pair_is_told_of_whatever_else_is_there(pair: tuple[str, str]) -> None:
    assert unseparated({*pair, "case.note"}, PAIRS) == pair
    assert unseparated({pair[0], "case.note"}, PAIRS) is None
    assert unseparated({pair[1], "case.note"}, PAIRS) is None


def test_tasks_go_to_the_proxy_of_the_collector_who_is_away() -> None:
    there = away(LEAVE)
    for now, code in [(MONDAY, "collector02"), (MONDAY + DAY, "collector01")]:
        found = there.collector_of("D01", now)
        assert found is not None
        assert found.code == code
        assert there.stand_in("collector01", now) == code
    nobody = away(replace(LEAVE, proxy=None))
    assert nobody.collector_of("D01", MONDAY) is None
    assert nobody.stand_in("collector01", MONDAY) == "collector01"


def test_a_leave_ended_early_is_over_at_that_instant() -> None:
    ended = replace(LEAVE, until=None, ended_at=MONDAY + DAY / 2)
    assert ended.runs(MONDAY)
    assert not ended.runs(MONDAY + DAY / 2)
    assert ended.meets(MONDAY, None)
    assert not ended.meets(MONDAY + DAY / 2, None)
    assert not ended.meets(MONDAY - DAY, MONDAY)


def test_a_proxy_who_has_left_or_of_whom_nobody_knows_is_nobodys() -> None:
    gone = replace(LEAVE, proxy="nobody")
    assert away(gone).stand_in("collector01", MONDAY) == "collector01"
    assert away(gone).collector_of("D01", MONDAY) is None
    absent = replace(LEAVE, person="nobody")
    assert at(away(absent), "collector02", MONDAY).proxy_for == ()
