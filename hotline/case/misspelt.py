"""Names in a workflow that nothing bears: a typo in one would switch off what it is for."""

from collections.abc import Iterator

from hotline.case.case_clock import HANDLING_CLOCK, STAGE_CLOCK, WHOLE_CLOCK
from hotline.case.duties import OF_CASES
from hotline.case.effects import Extend, Raise, StartClock, StopClock
from hotline.case.guards import BeforeDue, Extended, Running
from hotline.case.limit import parse_limit
from hotline.case.limits import LIMIT_NAMES
from hotline.case.workflow import Move, Workflow
from hotline.errors import Invalid
from hotline.form.form import Form
from hotline.rights.scopes import role_of


def misspelt(workflow: Workflow, form: Form) -> Iterator[str]:
    """Say what no duty, no kind of clock, no limit and no level is that a workflow names."""
    yield from _duties(workflow)
    kinds = _kinds(workflow)
    for stage in workflow.stages.values():
        for kind in sorted({*stage.runs, *stage.pauses} - kinds):
            yield f"{stage.id}: no clock is of the kind {kind!r}"
    for rule in workflow.timers.values():
        if rule.clock and rule.clock not in kinds:
            yield f"timer {rule.id}: no clock is of the kind {rule.clock!r}"
    for move in workflow.moves:
        yield from _of_move(move, form, kinds)


def _duties(workflow: Workflow) -> Iterator[str]:
    """A duty that no pair names keeps nothing apart, nor does a pair of which one is nobody's."""
    own = {one.duty for one in workflow.actions.values() if one.duty}
    core = {duty for pair in OF_CASES for duty in pair}
    paired = core | {duty for pair in workflow.separations for duty in pair}
    for duty in sorted(own - paired):
        yield f"the duty {duty!r} stands in no separation"
    for duty in sorted({one for pair in workflow.separations for one in pair} - own - core):
        yield f"a separation names the duty {duty!r}, which no action is"


def _kinds(workflow: Workflow) -> set[str]:
    started = {
        one.clock for move in workflow.moves for one in move.effects if isinstance(one, StartClock)
    }
    of_stages = {one.clock for one in workflow.stages.values() if one.clock}
    return {*started, *of_stages, *LIMIT_NAMES, HANDLING_CLOCK, STAGE_CLOCK, WHOLE_CLOCK}


def _of_move(move: Move, form: Form, kinds: set[str]) -> Iterator[str]:
    for one in (*move.guards, *move.effects):
        match one:
            case Running(clock=clock) | BeforeDue(clock=clock) | Extended(clock=clock):
                if role_of(clock) not in kinds:
                    yield f"{move.action}: no clock is of the kind {clock!r}"
            case StopClock(clock=clock) if clock not in kinds:
                yield f"{move.action}: no clock is of the kind {clock!r}"
            case StartClock(limit=limit, field=field):
                yield from _limits(move, [limit] if limit else [])
                yield from _limits(move, _options(form, field))
            case Extend(clock=clock, field=field):
                if clock not in kinds:
                    yield f"{move.action}: no clock is of the kind {clock!r}"
                yield from _limits(move, _options(form, field))
            case Raise(field=field, levels=levels):
                for level in sorted(levels.keys() - set(_options(form, field))):
                    yield f"{move.action}: {level!r} is no choice of {field}"


def _options(form: Form, field: str) -> list[str]:
    return [one.id for one in form.fields[field].options] if field else []


def _limits(move: Move, texts: list[str]) -> Iterator[str]:
    for text in texts:
        try:
            parse_limit(text)
        except Invalid as error:
            yield f"{move.action}: {error.reason}"
