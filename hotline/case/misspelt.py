"""Names in a workflow that nothing bears: a typo in one would switch off what it is for."""

from collections.abc import Iterator

from hotline.case.case_clock import HANDLING_CLOCK, STAGE_CLOCK, WHOLE_CLOCK
from hotline.case.duties import OF_CASES
from hotline.case.effects import Clear, Extend, Raise, Set, StartClock, StopClock
from hotline.case.guards import BeforeDue, Extended, Running
from hotline.case.limits import LIMIT_NAMES
from hotline.case.workflow import Move, Workflow
from hotline.errors import Invalid
from hotline.form.form import Form
from hotline.form.types import read_value
from hotline.rights.scopes import role_of


def misspelt(workflow: Workflow, form: Form) -> Iterator[str]:
    """Say what no duty, no kind of clock, no choice, no role and no time is that is named."""
    yield from _duties(workflow)
    kinds = _kinds(workflow)
    for stage in workflow.stages.values():
        for kind in sorted({*stage.runs, *stage.pauses} - kinds):
            yield f"{stage.id}: no clock is of the kind {kind!r}"
    for rule in workflow.timers.values():
        if rule.field and not form.fields[rule.field].ahead:
            yield f"timer {rule.id}: {rule.field} does not say how many days ahead it may lie"
        if rule.clock and rule.clock not in kinds:
            yield f"timer {rule.id}: no clock is of the kind {rule.clock!r}"
        for name, value in rule.given.items():
            if name in form.fields:
                yield from _given(f"timer {rule.id}", form, name, value)
            else:
                yield f"timer {rule.id}: {name!r} is not a field"
    for move in workflow.moves:
        yield from _of_move(move, form, kinds)
        yield from _of_notices(move, form)
    yield from _of_form(workflow, form)


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
            case Extend(clock=clock) if clock not in kinds:
                yield f"{move.action}: no clock is of the kind {clock!r}"
            case Clear(clocks=clocks):
                for kind in sorted(set(clocks) - kinds):
                    yield f"{move.action}: no clock is of the kind {kind!r}"
            case Set(field=field, value=value):
                yield from _given(move.action, form, field, value)
            case Raise(field=field, levels=levels):
                for level in sorted(levels.keys() - set(_options(form, field))):
                    yield f"{move.action}: {level!r} is no choice of {field}"


def _options(form: Form, field: str) -> list[str]:
    return [one.id for one in form.fields[field].options] if field else []


def _of_notices(move: Move, form: Form) -> Iterator[str]:
    """A notice that waits for a value which no field ever has is sent to nobody."""
    for notice in move.notices:
        for name, values in notice.when:
            known = {"", *_options(form, name)}
            for value in values if known != {""} else ():
                if value not in known:
                    yield f"{move.action}: {value!r} is no choice of {name}"


def _given(where: str, form: Form, field: str, value: object) -> Iterator[str]:
    try:
        read_value(form.fields[field], value)
    except Invalid as error:
        yield f"{where}: {value!r} for {field}: {error.reason}"


def _of_form(workflow: Workflow, form: Form) -> Iterator[str]:
    """Roles and times that fields speak of."""
    for field in form.fields.values():
        for role in (field.role, field.within, field.without):
            if role and role not in workflow.roles:
                yield f"the field {field.id}: {role!r} is not a role"
        if field.until and field.until not in workflow.times:
            yield f"the field {field.id}: {field.until!r} is not a time"
