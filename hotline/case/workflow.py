"""The workflow (流程) as data: stages, the moves between them, and the rules beside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Final, Protocol

from hotline.case.calendar import Calendar
from hotline.case.case import Case
from hotline.case.closing import EvidenceAsked
from hotline.case.limits import Limits
from hotline.case.touching import Makes, Other, is_of_machine
from hotline.channel import Channel
from hotline.form.beside import NOTE, PHOTO
from hotline.form.form import Form
from hotline.media import MediaKind
from hotline.people import Actor

# Of whom a notice tells that has no role: who has told of the case.
CITIZEN: Final = "citizen"
# Letters that are the console's own: down and up a list, pick a row, take back.
CONSOLE_KEYS: Final = frozenset("jkxz")


class Guard(Protocol):
    """A condition of a move (hotline.case.guards).

    Where it is `of_person`, another person may well make the move; where nobody may now, `refusal`
    is the code of the error that says so.
    """

    of_person: ClassVar[bool]
    refusal: ClassVar[str] = "move_refused"

    def holds(self, case: Case, actor: Actor, now: datetime) -> bool:
        """Tell whether an actor may make the move on a case as it stands now."""
        ...

    def ends_with(self, times: Mapping[str, Any]) -> bool:  # noqa: ARG002 - most may hold again
        """Tell whether these times have ended the move, for everybody."""
        return False


@dataclass(frozen=True, slots=True)
class EffectContext:
    """What an effect knows: the case as it was, who makes the move, when, and what is given.

    `changes` are those that the move has made so far. `other` is the case whose move touches this
    one; None where none does.
    """

    case: Case
    actor: Actor
    now: datetime
    rules: "Rules"
    given: Mapping[str, Any]
    changes: Mapping[str, Any] = field(default_factory=dict)
    other: Case | None = None


class Effect(Protocol):
    """Something that a move does (hotline.case.effects): it gives changes, and nothing else."""

    def changes(self, about: EffectContext) -> dict[str, Any]:
        """Give the changes."""
        ...


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """Who is told when a move is made: the citizens who told of the case, or those with a role.

    With `former` it is whom the case lay with before the move. With `card` they get the case's card
    to answer on, and nothing once it waits for them no more. With a `post` it is whoever has it and
    may see the case. `fields` are those whose values the words name. `when` has fields that must
    have one of some values, "" where it has none: only then is anybody told. With `changed` they
    are told where the move has given the role to others. One that `asks` goes to the citizen who
    told of the case, `after_h` hours behind the move, and waits for answers (回访).
    """

    who: str
    template: str
    channels: tuple[Channel, ...]
    former: bool = False
    card: bool = False
    post: str = ""
    fields: tuple[str, ...] = ()
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()
    changed: bool = False
    asks: bool = False
    after_h: int = 0

    def is_told(self, before: Case, case: Case, form: Form) -> bool:
        """Tell whether anybody is told of a case as it was before the move and is after it."""
        if self.changed and before.having(self.who) == case.having(self.who):
            return False
        return all(str(form.value_of(case, name) or "") in values for name, values in self.when)


@dataclass(frozen=True, slots=True)
class Label:
    """Something that data names for people: a stage, an action, a role, a time, a count.

    `icon` and `tone` say how consoles draw it, `mark` and `short` how chats write it.
    """

    id: str
    name: str
    name_en: str
    icon: str = ""
    tone: str = ""
    mark: str = ""
    short: str = ""
    short_en: str = ""

    def named(self, language: str) -> str:
        """Give its name in a language."""
        return self.name_en if language == "en" else self.name


@dataclass(frozen=True, slots=True)
class Stage(Label):
    """A stage; a case has come to its `end` there, or not.

    With a `clock` the limit of the case's class runs in it, by a clock of that kind, beside the
    stage's own. `runs` are clocks of other stages that go on in it, so that its light is the worst
    of them, `pauses` those that stand still until it is left. `prompt` is what a caller hears of
    it, `told` what a citizen reads.
    """

    end: bool = False
    clock: str = ""
    runs: tuple[str, ...] = ()
    pauses: tuple[str, ...] = ()
    prompt: str = ""
    told: str = ""
    told_en: str = ""


@dataclass(frozen=True, slots=True)
class ActionLabel(Label):
    """An action; `in_chats` says whether chats have a button for it, `tells` how a timeline tells
    that it was done. Who has done it has this `duty` in the case: there are pairs that nobody may
    have both (hotline.case.duties). Its note is called `note`, where that is more than a note. The
    letter `key` presses its button, where that is free (hotline.case.letters)."""

    in_chats: bool = True
    tells: str = ""
    tells_en: str = ""
    duty: str = ""
    note: str = ""
    note_en: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class CountKind(Label):
    """What is counted of a case; one that counts how often it was sent back names in `returns` the
    field that says why: no route leads again to who sent it back."""

    returns: str = ""


@dataclass(frozen=True, slots=True)
class LinkKind(Label):
    """What binds a case to another one; `back` is what that other one calls it.

    The other one has so many in `count`. Who is bound so `goes_along`: their citizens are told what
    the other one's are, and hear where that one stands.
    """

    back: str = ""
    back_en: str = ""
    count: str = ""
    goes_along: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the workflow: what may be done by whom, from where to where.

    `to` is None when the stage stays, or when the move leads `back` to the stage from which the
    case came to this one, with the clock that it had there. `needs` are inputs that must be given,
    `takes` those that may be; `guards` must all hold, `effects` are done in their order after the
    inputs. `keeps` says that the stage led to gets the clock that it had when the case last lay in
    it, and no new one.
    `before` marks that it is compared with the photos that the case was told with.
    `closing` marks that it proves the closing: its photos are what the closing condition wants, and
    nobody of the organisation makes it that has handled the case. `proof` is what they prove at the
    least, whatever the condition wants.
    `evidence` is what photos handed in with it are, and where one `photo_says` enough it stands for
    the words that the move needs. `undo` is the move that takes this one back;
    `aside` marks what may be done without the case waiting; a case waits also for who shall do what
    it `awaits`, though that leads nowhere. `direct` marks what needs nothing and
    is done at one tap, without a form. `role` is that of whom the case must lie with by a guard.
    `other` are the cases that it touches, `makes` the new one that it makes. `along` is the kind of
    the link to a case with whose end this one ends, at the same stage; `callers` marks what is done
    when a caller joins the case by a key, `unhappy` what is when the citizen answers after closing
    that it is not solved, or that they are not content.
    """

    action: str
    source: tuple[str, ...]
    to: str | None
    permission: str
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    keeps: bool = False
    back: bool = False
    undo: str | None = None
    aside: bool = False
    direct: bool = False
    awaits: bool = False
    evidence: MediaKind = MediaKind.PHOTO
    photo_says: bool = False
    closing: bool = False
    proof: EvidenceAsked = EvidenceAsked.NONE
    before: bool = False
    notices: tuple[NoticeRule, ...] = ()
    role: str | None = None
    other: Other | None = None
    makes: Makes | None = None
    along: str = ""
    callers: bool = False
    unhappy: bool = False

    @property
    def leads(self) -> bool:
        """Tell whether it leads the case to another stage."""
        return self.to is not None or self.back or self.along != ""

    @property
    def corrects(self) -> bool:
        """Whether it does nothing but put right what it takes: without that it is no move."""
        leads = self.to is not None or self.back or self.along
        return bool(self.takes) and not (self.needs or self.effects or leads)


@dataclass(frozen=True, slots=True)
class TimerRule:
    """A move that the machine makes by itself in some stages, once for each instant.

    The instant is that at which a `clock` warns or is due (`at`; of one that several have, each of
    theirs), that of a `time`, or the morning
    of the day in a `field`; with `after` it is that of a limit behind it. `given` are inputs.
    """

    id: str
    action: str
    stages: tuple[str, ...]
    clock: str = ""
    at: str = "due"
    time: str = ""
    after: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Workflow:
    """A version of the workflow; a case keeps the version it began with.

    `actions`, `roles`, `times`, `counts` and `links` are the names of what it speaks of, by their
    ids, `timers` what the machine does by itself;
    `separations` are pairs of duties that nobody may have both in one case, beside those of
    hotline.case.duties.
    """

    version: str
    start: str
    stages: Mapping[str, Stage]
    moves: tuple[Move, ...]
    actions: Mapping[str, ActionLabel] = field(default_factory=dict)
    roles: Mapping[str, Label] = field(default_factory=dict)
    times: Mapping[str, Label] = field(default_factory=dict)
    counts: Mapping[str, CountKind] = field(default_factory=dict)
    links: Mapping[str, LinkKind] = field(default_factory=dict)
    separations: tuple[tuple[str, str], ...] = ()
    timers: Mapping[str, TimerRule] = field(default_factory=dict)
    _from: Mapping[str, tuple[Move, ...]] = field(init=False, repr=False, compare=False)
    _where: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    # The stages in which something that was asked for waits for a yes or no.
    asking: frozenset[str] = field(init=False, repr=False, compare=False)
    # The stages in which a case has come to its end.
    ends: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find once what is asked for with every case that is shown."""
        found: dict[str, list[Move]] = {}
        where: dict[str, set[str]] = {}
        for move in self.moves:
            where.setdefault(move.action, set()).update(move.source)
            for stage in move.source:
                found.setdefault(stage, []).append(move)
        sources = [move.source for move in self.moves if move.back and not move.aside]
        made = {
            "_from": {stage: tuple(moves) for stage, moves in found.items()},
            "_where": {
                action: tuple(one for one in self.stages if one in stages)
                for action, stages in where.items()
            },
            "asking": frozenset(stage for source in sources for stage in source),
            "ends": frozenset(one.id for one in self.stages.values() if one.end),
        }
        for name, value in made.items():
            object.__setattr__(self, name, value)  # the class is frozen

    def moves_from(self, stage: str) -> tuple[Move, ...]:
        """Give the rows that begin in a stage, in their order."""
        return self._from.get(stage, ())

    def stages_of(self, action: str) -> tuple[str, ...]:
        """Give the stages in which an action is possible, in their order."""
        return self._where.get(action, ())

    def find(self, action: str, stage: str) -> Move | None:
        """Give the row for an action in a stage, or None."""
        return next((one for one in self.moves_from(stage) if one.action == action), None)


def with_ways_out(old: Workflow, new: Workflow, form: Form) -> Workflow:
    """Give an older version with the asides of the newer one in its dead ends.

    A case keeps the version it began with, yet none is stuck in it: where only the one it lies
    with can lead it on, another one can be named or the case voided, whatever the version. `form`
    is the older one: what it does not have is not asked for.
    """
    # What needs another case, or comes with it, is no way that is always open.
    ways = (one for one in old.moves if one.other is None and not is_of_machine(one.permission))
    led_on = {
        stage
        for move in ways
        if move.leads and not move.aside and not move.role
        for stage in move.source
    }
    dead_ends = {*old.stages} - led_on - old.ends
    added = []
    for move in new.moves:
        stages = tuple(
            one for one in move.source if one in dead_ends and not old.find(move.action, one)
        )
        alone = not move.back and move.other is None and move.makes is None
        if move.aside and stages and alone and (move.to or old.start) in old.stages:
            known = {NOTE, PHOTO, *form.fields}
            needs = tuple(one for one in move.needs if one in known)
            takes = tuple(one for one in move.takes if one in known)
            added.append(replace(move, source=stages, needs=needs, takes=takes))
    return replace(old, moves=(*old.moves, *added))


def with_names(new: Workflow, old: Iterable[Workflow]) -> Workflow:
    """Give a workflow with the stages, actions, roles, times and counts that earlier ones had.

    No case comes into such a stage by it, yet some lie there still, whom those moves lead out that
    begin there only; and the past is told in their names.
    """
    for one in old:
        there = new.stages.keys()
        new = replace(
            new,
            moves=(*new.moves, *(move for move in one.moves if there.isdisjoint(move.source))),
            stages={**one.stages, **new.stages},
            actions={**one.actions, **new.actions},
            roles={**one.roles, **new.roles},
            times={**one.times, **new.times},
            counts={**one.counts, **new.counts},
            links={**one.links, **new.links},
        )
    return new


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything a step is judged by."""

    workflow: Workflow
    form: Form
    limits: Limits
    calendar: Calendar
