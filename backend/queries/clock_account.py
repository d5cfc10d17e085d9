"""How the clocks of a case were counted, as people read it."""

from dataclasses import replace

from backend.queries.clock_records import CaseClocks, ClockAccount, ShownPause
from backend.queries.clock_words import ClockWords, clock_name
from backend.queries.names import department_name
from hotline.case.case import Case
from hotline.case.case_clock import HANDLING_CLOCK, STAGE_CLOCK, CaseClock
from hotline.case.counting import CountedClock, count
from hotline.case.workflow import Rules
from hotline.clock import iso
from hotline.organisation import Organisation
from hotline.rights.scopes import role_of


def accounts_of(
    case: Case, rules: Rules, language: str, organisation: Organisation | None = None
) -> CaseClocks:
    """Give how the clocks of a case were counted, in a language.

    The `organisation` says what those are called that have a clock of their own.
    """
    found = []
    for kind in sorted(case.clocks, key=_order):
        clock = case.clocks[kind]
        ends = clock.due_at is not None or clock.paused is not None
        if ends and not _is_told(kind, case):
            found.append(_Account(kind, case, rules, language, organisation).account(clock))
    return CaseClocks(case.number, case.version, found)


def _order(kind: str) -> tuple[bool, bool, str]:
    return kind != HANDLING_CLOCK, kind != STAGE_CLOCK, kind


def _is_told(kind: str, case: Case) -> bool:
    """Tell whether a clock is the stage's, which another one tells of."""
    own = case.stage_clock
    return kind == STAGE_CLOCK and any(
        replace(other, started=own.started) == own
        for name, other in case.clocks.items()
        if name != STAGE_CLOCK
    )


class _Account:
    """Tells of one clock of a case."""

    def __init__(
        self,
        kind: str,
        case: Case,
        rules: Rules,
        language: str,
        organisation: Organisation | None,
    ):
        self._kind, self._case, self._rules = kind, case, rules
        self._organisation = organisation
        self._words = ClockWords(language, rules.calendar, rules.workflow)

    def account(self, clock: CaseClock) -> ClockAccount:
        """Give the account of a clock that is or was to end."""
        calendar, words = self._rules.calendar, self._words
        counted = count(clock, calendar, self._rules.limits.yellow_share)
        working = counted is not None and any(one.is_working for one in counted.limits)
        provisional = working and self._is_provisional(clock, counted)
        between = counted.between if counted else None
        text = self._text(clock, counted)
        return ClockAccount(
            kind=self._kind,
            name=self._name(),
            limit=clock.limit,
            added=list(clock.added),
            working=working,
            minutes=counted.minutes if counted else None,
            counted_from=iso(clock.origin),
            started=iso(clock.started),
            warn_at=iso(clock.warn_at),
            due_at=iso(clock.due_at),
            stopped=iso(clock.stopped),
            pauses=self._pauses(clock, counted),
            calendar=clock.calendar,
            counted_by=calendar.mark,
            provisional=provisional,
            short=words.short(counted, clock, self._case.stage) if counted else text,
            text=text,
            notes=[
                *words.notes(clock, counted, clock.due_at),
                *([words.say("provisional")] if provisional else []),
            ],
            first=words.days(counted.first if counted else ()),
            between=words.left_out(between, natural=not working) if between else None,
            last=words.days(counted.last if counted else ()),
        )

    def _is_provisional(self, clock: CaseClock, counted: CountedClock | None) -> bool:
        """Tell whether a year that it runs in may change; of a paused one those that it ran in."""
        end = clock.due_at or clock.paused
        if counted is None or end is None:
            return False
        return self._rules.calendar.is_provisional(counted.start, end)

    def _pauses(self, clock: CaseClock, counted: CountedClock | None) -> list[ShownPause]:
        told = [self._words.pause(one) for one in counted.pauses] if counted else []
        if clock.paused is not None:
            stage = self._case.stage
            told.append(ShownPause(iso(clock.paused), None, stage, self._words.stage(stage)))
        return told

    def _name(self) -> str:
        words, base = self._words, role_of(self._kind)
        if self._kind == STAGE_CLOCK:
            return words.say("stage", stage=words.stage(self._case.stage))
        name = clock_name(base, words.language)
        code = self._kind[len(base) + 1 :]
        if not code:
            return name
        one = department_name(self._organisation, code) if self._organisation else None
        return words.say("of_one", name=name, one=one or code)

    def _text(self, clock: CaseClock, counted: CountedClock | None) -> str:
        if counted is not None:
            # What stands in the case counts, whatever the days lead to: a note tells where it does.
            return self._words.sum_up(replace(counted, due_at=clock.due_at))
        if clock.due_at is None:
            return self._words.say("stands_unknown")
        return self._words.say("unknown", due=self._words.instant(clock.due_at))
