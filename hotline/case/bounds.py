"""Numbers in a city's data that nobody could count by: checked in one place, before they count.

What is within them is counted without a thought: no instant lies beyond the last year that there
is, and no bound lets everything through.
"""

from collections.abc import Iterator
from datetime import time
from typing import Final

from hotline.case.calendar import Calendar
from hotline.case.effects import Extend, Raise, StartClock
from hotline.case.guards import CountBetween, Extended, Since
from hotline.case.limit import parse_limit
from hotline.case.limits_data import MAX_DAYS, check_length
from hotline.case.workflow import Move, Workflow
from hotline.errors import Invalid
from hotline.form.field import FormField
from hotline.form.form import SEVERAL, Form
from hotline.form.types import MAX_CASES, MAX_CODES, MAX_NUMBER, MAX_TEXT

# Nothing happens more often to a case.
MAX_COUNT: Final = 1_000_000
MAX_DECIMALS: Final = 6
# Of a working day: with less, a limit of ten years of hours ends centuries ahead, or never.
LEAST_MINUTES: Final = 120
# What may be given of a type, counted in characters, cases or organisations.
_LENGTHS: Final = {"text": MAX_TEXT, "cases": MAX_CASES, SEVERAL: MAX_CODES}


def beyond(workflow: Workflow, form: Form) -> Iterator[str]:
    """Say which numbers and limits of a workflow are none to count by."""
    for rule in workflow.timers.values():
        if rule.after:
            yield from _too_long(f"timer {rule.id}", [rule.after])
    for move in workflow.moves:
        yield from _of_guards(move)
        yield from _of_effects(move, form)


def beyond_in_form(form: Form) -> Iterator[str]:
    """Say which numbers of a form's fields are none to go by."""
    for field in form.fields.values():
        yield from _of_field(field)


def beyond_in_calendar(calendar: Calendar) -> Iterator[str]:
    """Say which working hours are none that minutes are counted by."""
    for start, end in calendar.intervals:
        if any(one.second or one.microsecond for one in (start, end)):
            yield f"{_written(start)}-{_written(end)} is not of whole minutes"
            return
    if calendar.minutes_a_day() < LEAST_MINUTES:
        yield f"a working day has less than {LEAST_MINUTES} minutes"


def _written(at: time) -> str:
    return at.isoformat()


def _of_guards(move: Move) -> Iterator[str]:
    for one in move.guards:
        match one:
            case Since(days=int(days)) if not 1 <= days <= MAX_DAYS:
                yield f"{move.action}: since {days} days is none of 1 to {MAX_DAYS}"
            case CountBetween(least=least, most=most) | Extended(least=least, most=most):
                high = MAX_COUNT if most is None else most
                if not 0 <= least <= high <= MAX_COUNT:
                    yield f"{move.action}: {least} to {high} is no count up to {MAX_COUNT}"


def _of_effects(move: Move, form: Form) -> Iterator[str]:
    for one in move.effects:
        match one:
            case StartClock(limit=limit, field=field):
                yield from _too_long(move.action, [limit] if limit else [])
                yield from _too_long(move.action, _options(form, field))
            case Extend(field=field):
                yield from _too_long(move.action, _options(form, field))
            case Raise(levels=levels):
                for level, count in levels.items():
                    if not 1 <= count <= MAX_COUNT:
                        yield f"{move.action}: {level} from {count} on is none of 1 to {MAX_COUNT}"


def _options(form: Form, name: str) -> list[str]:
    return [one.id for one in form.fields[name].options] if name else []


def _too_long(where: str, texts: list[str]) -> Iterator[str]:
    for text in texts:
        try:
            check_length(parse_limit(text))
        except Invalid as error:
            yield f"{where}: {error.reason}"


def _of_field(field: FormField) -> Iterator[str]:
    if field.ahead > MAX_DAYS:
        yield f"{field.id}: ahead {field.ahead} is more than {MAX_DAYS} days"
    if not 0 <= field.decimals <= MAX_DECIMALS:
        yield f"{field.id}: decimals {field.decimals} is none of 0 to {MAX_DECIMALS}"
    most = _LENGTHS.get(field.type)
    for name, edge in (("min", field.min), ("max", field.max)):
        if edge is None:
            continue
        if most is None:
            # No number is none of these either.
            if not -MAX_NUMBER <= edge <= MAX_NUMBER:
                yield f"{field.id}: {name} {edge} is too large a number"
        elif not edge.is_integer() or not (name == "max") <= edge <= most:
            yield f"{field.id}: {name} {edge:g} is none of {int(name == 'max')} to {most}"
