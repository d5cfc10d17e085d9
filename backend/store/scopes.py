"""Scopes, and what waits for somebody, as conditions of SQL; `hotline.rights` defines them."""

from collections.abc import Collection

from sqlalchemy import ARRAY, ColumnElement, Label, Text, and_, case, false, literal, or_, true

from backend.store.rows import CaseRow
from hotline.case.light import Light
from hotline.rights.scopes import AnyOf, Everything, Holds, InAreas, Scope, Waiting


def in_scope(scope: Scope) -> ColumnElement[bool]:
    """Give the condition of the cases in a scope."""
    match scope:
        case Everything():
            return true()
        case InAreas():
            parts = [CaseRow.cell.startswith(one, autoescape=True) for one in scope.beginnings]
            return and_(CaseRow.cell != "", or_(false(), *parts))
        case Holds():
            return has_part(scope.tokens)
        case AnyOf():
            return or_(false(), *(in_scope(part) for part in scope.parts))


def about_scope(scope: Scope) -> ColumnElement[bool]:
    """Give the condition of what is about a case in a scope, or about none (outer joined)."""
    return or_(CaseRow.id.is_(None), in_scope(scope))


def waits_for(waiting: Waiting) -> ColumnElement[bool]:
    """Give the condition of the cases that wait for somebody."""
    parts = [and_(CaseRow.stage == stage, has_part(tokens)) for stage, tokens in waiting.lying]
    return or_(CaseRow.stage.in_(sorted(waiting.stages)), *parts)


def own_light(own: Waiting | None) -> Label[str]:
    """Give the light of cases as somebody sees it: green where their own part is done.

    None: who sees everything answers for everything.
    """
    light = (
        CaseRow.light if own is None else case((waits_for(own), CaseRow.light), else_=Light.GREEN)
    )
    return light.label("light")


def has_part(tokens: Collection[str]) -> ColumnElement[bool]:
    """Give the condition of the cases in which one of these tokens has a part."""
    return CaseRow.assigned.op("&&")(literal(sorted(tokens), ARRAY(Text)))
