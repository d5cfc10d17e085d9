"""The steps of a case as sentences: who did what, to whom, until when and why."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from hotline.case.case import Assignment, Step
from hotline.case.case_clock import HANDLING_CLOCK, STAGE_CLOCK, CaseClock
from hotline.case.clock_time import limits_of
from hotline.case.limits import Limits
from hotline.case.so_far import CaseSoFar
from hotline.case.template import fill
from hotline.case.workflow import Workflow
from hotline.catalogue import MatterClass
from hotline.channel import Channel
from hotline.form.beside import NOTE
from hotline.form.field import FormField
from hotline.form.types import shown_value
from hotline.organisation import Organisation
from hotline.people import CITIZEN_POST
from hotline.rights.posts import MACHINE
from hotline.rights.scopes import role_of
from hotline.sanitize import sanitize_line
from hotline.words import catalogue, known, say
from hotline.words.dates import in_words

# Longer words, and those of several lines, are no part of a sentence: they stand beside it.
LONGEST: Final = 120
_TO_LEFT: Final = frozenset({"R", "AL", "AN"})


@dataclass(frozen=True, slots=True)
class ToldStep:
    """A step in a sentence; `said` names what it says of what the step changed, and its note."""

    text: str
    said: frozenset[str]


@dataclass(frozen=True, slots=True)
class CityNames:
    """What gives the names of what steps speak of: `known` those of all releases.

    `workflow` and `limits` are those of the release by which a case goes.
    """

    workflow: Workflow
    known: Workflow
    fields: Mapping[str, FormField]
    organisation: Organisation
    matters: Mapping[str, MatterClass]
    limits: Limits
    zone: ZoneInfo


def tell(
    step: Step, before: CaseSoFar, after: CaseSoFar, named: CityNames, language: str
) -> ToldStep:
    """Give the sentence of a step in a language, by how its case stood before and after it."""
    telling = _Telling(step, before, after, named, language)
    return telling.by_template() or telling.by_machine() or telling.in_general()


class Sayer:
    """Says people, times and spans in a language, by the names and the wall clock of a city."""

    def __init__(self, named: CityNames, language: str):
        self.named, self.language = named, language

    def say(self, key: str, **values: object) -> str:
        """Give words of this matter."""
        return say(f"telling.{key}", self.language, **values)

    def who(self, person: str, post: str, via: str | None = None) -> str:
        """Give who did something: their department, or else their post, with their name.

        `via` is for whom they did, where as a proxy.
        """
        if via is not None:
            return self.say("for_other", who=self.who(person, post), other=self.person(via))
        if post in (CITIZEN_POST, MACHINE):
            return self.say(post)
        organisation, name = self.named.organisation, self.person(person)
        found = organisation.people.get(person)
        own = found.department if found is not None else None
        if own is not None and own in organisation.departments:
            return self.say("of_org", org=self.org(own), name=name)
        known_post = organisation.posts.get(post)
        if known_post is None:
            return name
        return self.say("with_post", post=known_post.named(self.language), name=name)

    def person(self, code: str) -> str:
        """Give a person's name; the code of one who was never there."""
        chinese, english = self.named.organisation.names.get(code, (code, code))
        return plain(english if self.language == "en" else chinese)

    def org(self, code: str) -> str:
        """Give an organisation's name; the code of one that is gone."""
        return plain(self.named.organisation.named(code, self.language))

    def channel(self, channel: str) -> str:
        """Give a way by which words come in and go out."""
        return self.say(f"channel_{channel}") if channel in tuple(Channel) else ""

    def instant(self, at: datetime, near: datetime) -> str:
        """Give an instant, with its year where that is not the one of `near`."""
        local = at.astimezone(self.named.zone)
        return self.say("instant", day=self.day(local, near), time=f"{local:%H:%M}")

    def day(self, day: date, near: datetime) -> str:
        """Give a day, with its year where that is not the one of `near`."""
        other_year = day.year != near.astimezone(self.named.zone).year
        return in_words(day, self.language, with_year=other_year)

    def many(self, key: str, amount: int) -> str:
        """Give an amount of something."""
        return self.say(f"{key}_one" if amount == 1 else key, amount=amount)

    def span(self, seconds: int) -> str:
        """Give a span of time in minutes and seconds."""
        if seconds < 60:
            return self.say("span_short", seconds=seconds)
        return self.say("span", minutes=seconds // 60, seconds=seconds % 60)

    def limit(self, clock: CaseClock) -> str:
        """Give the limit of a clock with what was added to it; "" where it has none."""
        limits = [self.many(f"limit_{one.unit}", one.amount) for one in limits_of(clock)]
        return self.say("limit_mark").join(limits)

    def listed(self, names: list[str]) -> str:
        """Give several one after the other."""
        return self.say("list_mark").join(name for name in names if name)

    def matter(self, code: str) -> str:
        """Give the name of a class; its code where it is gone."""
        found = self.named.matters.get(code)
        if found is None:
            return code
        return plain(found.name_en if self.language == "en" else found.name)

    def value(self, field: FormField, value: object, matter: str, near: datetime) -> str:
        """Give the value of a field of a case of a class; "" for none, and for many words."""
        if value is None or value in ("", ()):
            return ""
        match field:
            case FormField(source="matters"):
                return self.matter(str(value))
            case FormField(source="conditions"):
                return self._condition(matter, str(value))
            case FormField(type="person"):
                return self.person(str(value))
            case FormField(type="organisation"):
                return self.org(str(value))
            case FormField(type="photo" | "signature"):
                return self.many("photos", len(value) if isinstance(value, list | tuple) else 1)
            case FormField(type="date"):
                return self._date(str(value), near)
            case _:
                return short(shown_value(field, value, self.language))

    def _condition(self, matter: str, key: str) -> str:
        for one in self.named.limits.conditions.get(matter, ()):
            if one.key == key:
                return plain(one.text_en if self.language == "en" else one.text)
        return key

    def _date(self, value: str, near: datetime) -> str:
        try:
            return self.day(date.fromisoformat(value), near)
        except ValueError:
            return short(value)

    def filled(
        self, template: str, value: Callable[[str], str]
    ) -> tuple[str, frozenset[str]] | None:
        """Give a template with its values, begun as a sentence; None where a value lacks."""
        found = fill(template, value)
        if found is None or self.language != "en":
            return found
        return found[0][:1].upper() + found[0][1:], found[1]

    def told(self, key: str, **values: str) -> str:
        """Give words of this matter, without their parts whose values are empty."""
        found = self.filled(catalogue(self.language)[f"telling.{key}"], values.__getitem__)
        return "" if found is None else found[0]


class _Telling(Sayer):
    """Tells of one step."""

    def __init__(
        self, step: Step, before: CaseSoFar, after: CaseSoFar, named: CityNames, language: str
    ):
        super().__init__(named, language)
        self._step, self._before, self._after = step, before, after

    def by_template(self) -> ToldStep | None:
        """Give the sentence that the release has for the action."""
        action = self.named.workflow.actions.get(self._step.action)
        template = "" if action is None else self._told_by(action.tells, action.tells_en)
        return self._sentence(template) if template else None

    def by_machine(self) -> ToldStep | None:
        """Give the sentence of a step that no row of a workflow makes."""
        own, light = f"telling.step_{self._step.action}", self._step.changes.get("light")
        for key, said in ((f"{own}_{light}", {"light"}), (own, set[str]())):
            if known(key, self.language):
                told = self._sentence(catalogue(self.language)[key])
                return told and ToldStep(told.text, told.said | said)
        return None

    def in_general(self) -> ToldStep:
        """Give a sentence for whatever step."""
        action = self.named.known.actions.get(self._step.action)
        key = "telling.general" if action else "telling.general_unnamed"
        named = {"action": action.named(self.language) if action else "", "parts": self._parts()}
        clock = self._step.changes.get("clocks", {}).get(HANDLING_CLOCK)
        if not clock or "due_at" not in clock:
            named |= {"due": "", "limit": ""}
        told = self._sentence(catalogue(self.language)[key], named)
        assert told is not None, "nothing of it lacks"
        parts = self._step.changes.get("assignments", {}) if named["parts"] else ()
        return ToldStep(told.text, told.said.union(parts))

    def _told_by(self, chinese: str, english: str) -> str:
        return english if self.language == "en" else chinese

    def _sentence(self, template: str, own: Mapping[str, str] | None = None) -> ToldStep | None:
        own = own or {}
        found = self.filled(template, lambda name: own[name] if name in own else self._value(name))
        if found is None:
            return None
        text, places = found
        roles = [role for role in self._after.assignments if role_of(role) in places]
        fields = self.named.fields.values()
        # A part in a case may be spoken of by its field as well as by its role.
        roles += [one.role for one in fields if one.role and one.id in places]
        return ToldStep(text, places.union(roles, self._taken() if "who" in places else ()))

    def _taken(self) -> list[str]:
        """Give the roles that who made the step has taken themselves: they are named already."""
        taken = {"person": self._step.person}
        given = self._step.changes.get("assignments", {})
        return [role for role, patch in given.items() if patch == taken]

    def _value(self, name: str) -> str:
        """Give the words for what stands at a place of a template; "" for nothing."""
        own = self._own(name)
        if own is not None:
            return own
        field = self.named.fields.get(name)
        if name in self.named.known.roles or (field is not None and field.role):
            return self._holder(name if field is None or not field.role else field.role)
        if field is not None:
            return self._shown(field)
        count = self._after.counts.get(name)
        return str(count) if count else ""

    def _own(self, name: str) -> str | None:
        """Give what every step has, or None for what data names."""
        step = self._step
        match name:
            case "who":
                return self.who(step.person, step.post, step.via)
            case note if note == NOTE:
                # The words of a citizen stand by themselves, as they said them.
                return "" if step.post == CITIZEN_POST else short(step.note)
            case "due" | "stage_due":
                kind = STAGE_CLOCK if name == "stage_due" else HANDLING_CLOCK
                clock = self._after.clocks.get(kind, CaseClock())
                if clock.due_at is None or clock.stopped is not None:
                    return ""
                return self.instant(clock.due_at, step.at)
            case "limit":
                return self.limit(self._after.clocks.get(HANDLING_CLOCK, CaseClock()))
            case "stage":
                return self._stage(self._after.stage) if "stage" in step.changes else ""
            case "from_stage":
                return self._stage(self._before.stage)
            case "channel":
                return self.channel(str(self._after.values.get("channel", "")))
            case "suggestion":
                first = next(iter(self._after.values.get("suggestions") or ()), None)
                return "" if first is None else self.matter(first.code)
            case _:
                return None

    def _stage(self, code: str) -> str:
        found = self.named.known.stages.get(code)
        return plain(found.named(self.language)) if found else ""

    def _holder(self, role: str) -> str:
        """Give who has a role; where the step takes it away, who had it."""
        for assignments in (self._after.assignments, self._before.assignments):
            held = [one for key, one in assignments.items() if role_of(key) == role]
            if held:
                return self.listed([self._assigned(one) for one in held])
        return ""

    def _assigned(self, one: Assignment) -> str:
        if one.org is not None:
            return self.org(one.org)
        return self.person(one.person) if one.person is not None else ""

    def _parts(self) -> str:
        """Give who got a part in the case, each behind the name of the role."""
        told = []
        for key, patch in self._step.changes.get("assignments", {}).items():
            label = self.named.known.roles.get(role_of(key))
            one = Assignment(org=(patch or {}).get("org"), person=(patch or {}).get("person"))
            name = self.person(one.person) if one.person is not None else self._assigned(one)
            if label is not None and name:
                told.append(self.say("part", role=label.named(self.language), name=name))
        return self.listed(told)

    def _shown(self, field: FormField) -> str:
        value = self._after.values.get(field.id)
        return self.value(field, value, str(self._after.values.get("matter")), self._step.at)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Give words as a part of a sentence: on one line, and what runs to the left by itself."""
    line = sanitize_line(text)
    if any(unicodedata.bidirectional(sign) in _TO_LEFT for sign in line):
        return f"\u2068{line}\u2069"
    return line


def short(text: str) -> str:
    """Give words, without their full stop, where they are few and on one line, else ""."""
    text = text.strip()
    if len(text) > LONGEST or "\n" in text:
        return ""
    return plain(text if text.endswith("..") else text.rstrip("。."))
