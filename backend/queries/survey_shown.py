"""How a console is shown what callers said of their calls, and how many said what."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from backend.desks.context import AppContext
from backend.queries.case_records import ShownSurvey
from backend.store import surveys
from backend.store.session import Connection
from hotline.clock import iso
from hotline.people import Actor
from hotline.rights.permissions import HEAR
from hotline.room.plan import SurveyPlan
from hotline.room.survey import CallSurvey


@dataclass(frozen=True, slots=True)
class GradeCount:
    """How many callers answered so today; "" for `id` are those who answered nothing."""

    id: str
    name: str
    name_en: str
    count: int


def survey_of(row: Mapping[str, Any]) -> CallSurvey:
    """Give what a caller was asked, as it was found on record."""
    told = row["call_key"], row["asked_at"], row["grade"], row["said_at"], row["comment"]
    return CallSurvey(*told)


def survey_shown(plan: SurveyPlan, told: CallSurvey) -> ShownSurvey:
    """Give what a caller said behind a call by its names; an answer that is none now by its id."""
    grade = plan.named(told.grade)
    return ShownSurvey(
        grade=told.grade,
        name=grade.name if grade else told.grade,
        name_en=grade.name_en if grade else told.grade,
        said_at=iso(told.said_at),
        comment=told.comment or None,
    )


async def surveys_of(
    office: AppContext, connection: Connection, keys: Collection[str], actor: Actor
) -> dict[str, ShownSurvey]:
    """Give what callers said, by the keys of their calls; what they spoke for who may hear it."""
    plan, found = office.city.room.survey, await surveys.of_calls(connection, keys)
    if not actor.rights.may(HEAR):
        found = {key: replace(one, comment="") for key, one in found.items()}
    return {key: survey_shown(plan, one) for key, one in found.items()}


def surveyed(office: AppContext, counts: Mapping[str, int]) -> list[GradeCount]:
    """Give the counts in the plan's order, behind them those of nothing; [] where none is asked."""
    plan = office.city.room.survey
    if not plan.grade:
        return []
    told = [GradeCount(one.id, one.name, one.name_en, counts.get(one.id, 0)) for one in plan.grade]
    return [*told, GradeCount("", "", "", counts.get("", 0))]
