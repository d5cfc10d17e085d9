"""A case's walk from its report to where it is now, drawn by dice: no desk and no database."""

import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from backend.demo.history import Past
from backend.desks.acceptance import new_case, reporter_of
from backend.desks.context import CityKnowledge
from backend.desks.inputs import days_past, fill_in
from backend.desks.timers import TURN
from hotline.case.case import Case, Step, apply
from hotline.case.proof import PhotoKnown, PhotosHanded
from hotline.case.timers import light_of, timers_of
from hotline.case.transition import (
    first_step,
    missing,
    post_for,
    record_system_step,
    transition,
)
from hotline.case.workflow import Move, Rules
from hotline.errors import Forbidden, Invalid, Refused
from hotline.form.beside import NOTE, PHOTO
from hotline.form.field import FormField
from hotline.ids import id_at
from hotline.media import MediaKind
from hotline.people import SYSTEM, Actor, machine_for
from hotline.place.point import Flat, Point
from hotline.report import NewReport

# So often a walk is drawn anew that does not come to where it is to stay.
MAX_DRAWN = 40
MAX_AHEAD_DAYS = 30


@dataclass(slots=True)
class Walk:
    """A case with its steps, and the moves that made them (None: no move did)."""

    case: Case
    rules: Rules
    steps: list[Step]
    moves: list[Move | None]

    def add(self, made: tuple[Case, Step], move: Move | None) -> None:
        """Go one step on."""
        self.case, step = made
        self.steps.append(step)
        self.moves.append(move)


@dataclass(slots=True)
class Walker:
    """Draws walks by a city's workflow, up to an instant."""

    office: CityKnowledge
    past: Past
    dice: random.Random
    end: datetime
    moves: dict[str, list[tuple[Move, float]]] = field(default_factory=dict)
    able: dict[str, list[Actor]] = field(default_factory=dict)
    away: dict[str, dict[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sort the moves by their stages and the people by what they may do at all."""
        weights = self.past.figures["weights"]
        for move in self.office.city.workflow.moves:
            for stage in move.source if weights.get(move.action) else ():
                self.moves.setdefault(stage, []).append((move, weights[move.action]))
        for person in self.office.city.organisation.people.values():
            actor = person.actor()
            for permission in actor.rights.permissions:
                self.able.setdefault(permission, []).append(actor)

    def walk(
        self, report: NewReport, number: str, at: datetime, matter: str, stay: str | None
    ) -> Walk:
        """Give the walk of a report that came in at an instant, about a class.

        It goes to its end or to `end`; with `stay` to that stage, where the dice lead there at all,
        and on as far as no move leads away.
        """
        made = self._once(report, number, at, matter, stay)
        for _ in range(MAX_DRAWN):
            if stay is None or made.case.stage == stay:
                break
            made = self._once(report, number, at, matter, stay)
        return made

    def new_id(self, at: datetime) -> Any:
        """Give an id that the dice draw, so that the same dice give the same one."""
        return id_at(at, self.dice.getrandbits(74))

    def _once(
        self, report: NewReport, number: str, at: datetime, matter: str, stay: str | None
    ) -> Walk:
        made = self._begun(report, number, at)
        ends = self.office.city.workflow.ends
        for _ in range(int(self.past.figures["longest"])):
            if made.case.stage in ends:
                break
            drawn = self._drawn(made.case, at, stay)
            if drawn is None:
                break
            move, actor = drawn
            if made.case.stage == stay and move.leads:
                break
            at += self._wait(move.action)
            if at > self.end:
                break
            self._let_pass(made, at)
            # What was possible when it was drawn may not be any more when it is done.
            with suppress(Refused, Forbidden):
                self._move(made, move, actor, at, matter)
        self._let_pass(made, made.steps[-1].at if made.case.stage in ends else self.end)
        return made

    def _begun(self, report: NewReport, number: str, at: datetime) -> Walk:
        city = self.office.city
        rules = city.rules(city.release)
        cell = self.office.knowing.cell_of(report.point) if report.point else None
        case = new_case(report, number, at, city, report.point, cell)
        case = replace(case, id=self.new_id(at))
        step = first_step(case, reporter_of(city, report), at, rules, report.media)
        step = replace(step, id=self.new_id(at))
        return Walk(apply(None, step), rules, [step], [None])

    def _drawn(self, case: Case, at: datetime, stay: str | None) -> tuple[Move, Actor] | None:
        """Give a move that somebody of the city may make, and who; None where nobody can.

        A case that is to stay somewhere goes there straight: the dice alone come there too seldom.
        """
        left = list(self.moves.get(case.stage, ()))
        there = stay is None or case.stage == stay
        while left:
            pool = left if there else self._nearer(left, case.stage, str(stay)) or left
            (chosen,) = self.dice.choices(pool, [weight for _, weight in pool])
            move, _ = chosen
            able = self.able.get(move.permission, [])
            for actor in self.dice.sample(able, len(able)):
                # Guards are asked first: they take less time than scopes.
                if (
                    all(guard.holds(case, actor, at) for guard in move.guards)
                    and post_for(case, actor.at(at), move) is not None
                ):
                    return move, actor
            left.remove(chosen)
        return None

    def _nearer(
        self, moves: list[tuple[Move, float]], stage: str, stay: str
    ) -> list[tuple[Move, float]]:
        """Give those moves that lead nearer to a stage."""
        steps = self._steps_to(stay)
        here = steps.get(stage, 0)
        return [one for one in moves if one[0].to and steps.get(one[0].to, here) < here]

    def _steps_to(self, stay: str) -> dict[str, int]:
        """Give how many moves each stage is away from one, where moves lead there at all."""
        if stay not in self.away:
            found, edge = {stay: 0}, [stay]
            while edge:
                target = edge.pop(0)
                for stage, moves in self.moves.items():
                    leads = any(move.to == target for move, _ in moves)
                    if leads and stage not in found:
                        found[stage] = found[target] + 1
                        edge.append(stage)
            self.away[stay] = found
        return self.away[stay]

    def _wait(self, action: str) -> timedelta:
        figures = self.past.figures
        middle = float(figures["minutes"][action])
        return timedelta(minutes=middle * self.dice.lognormvariate(0, figures["spread"]))

    def _let_pass(self, made: Walk, until: datetime) -> None:
        """Do what happens by itself until an instant: lights that turn, and moves of timers."""
        impossible: set[str] = set()
        while True:
            due = [
                (at, name)
                for name, at in timers_of(made.case, made.rules).items()
                if at <= until and name not in impossible
            ]
            if not due:
                return
            at, name = min(due)
            if not self._fired(made, name, max(at, made.steps[-1].at)):
                impossible.add(name)

    def _fired(self, made: Walk, name: str, at: datetime) -> bool:
        """Do one timer; False where it cannot be done."""
        light, workflow = light_of(name), made.rules.workflow
        if light is not None:
            case, step = record_system_step(made.case, TURN, SYSTEM, at, {"light": light})
            made.add((case, replace(step, id=self.new_id(at))), None)
            return True
        rule = workflow.timers[name]
        move = workflow.find(rule.action, made.case.stage)
        assert move is not None, "checked when the workflow was read"
        fired = {name: timers_of(made.case, made.rules)[name]}
        try:
            moved, step = transition(
                *(made.case, rule.action, machine_for(move.permission), at, made.rules),
                note=rule.note,
                given=rule.given,
                steps=made.steps,
                fired=fired,
            )
        except (Refused, Forbidden, Invalid):
            return False
        made.add((moved, replace(step, id=self.new_id(at))), move)
        return True

    def _move(self, made: Walk, move: Move, actor: Actor, at: datetime, matter: str) -> None:
        case, rules = made.case, self.office.city.rules(made.case.release)
        wished = self._wished(move, rules.form.fields)
        for name in self._asked_anew(move, case, wished, at):
            wished[name] = self._another(rules.form.fields[name], case, at, matter, actor)
        given = fill_in(self.office, case, move, wished, made.steps, at)
        figures = self.past.figures
        note = str(figures["notes"].get(move.action, ""))
        media: tuple[str, ...] = ()
        if move.evidence != MediaKind.PHOTO and self.dice.random() < figures["share_photo"]:
            media = (self.past.photo.sha256,)
        for need in missing(rules.form, move, case, given, note=note):
            if need == NOTE:
                note = self.dice.choice(sorted(figures["notes"].values()))
            elif need == PHOTO:
                media = (self.past.photo.sha256,)
            else:
                given[need] = self._value(rules.form.fields[need], case, given, at, matter, actor)
        moved, step = transition(
            *(case, move.action, actor, at, rules),
            note=note,
            media=media,
            given=given,
            steps=made.steps,
            proofs=self._known(case, media, at),
        )
        made.add((moved, replace(step, id=self.new_id(at))), move)

    def _asked_anew(
        self, move: Move, case: Case, wished: Mapping[str, Any], at: datetime
    ) -> list[str]:
        """Give what cannot stay as it stands in a case: days that are past, and whose it is."""
        form = self.office.city.rules(case.release).form
        past = [one.id for one in days_past(self.office, case, move, wished, at)]
        needed = [form.fields[one] for one in move.needs if one in form.fields]
        return past if move.leads else [*past, *(one.id for one in needed if one.role)]

    def _another(
        self, about: FormField, case: Case, at: datetime, matter: str, actor: Actor
    ) -> Any:
        """Give a value that a field does not have yet; Refused where the dice find none."""
        former = self.office.city.rules(case.release).form.value_of(case, about.id)
        for _ in range(MAX_DRAWN):
            value = self._value(about, case, {}, at, matter, actor)
            if value != former:
                return value
        raise Refused(f"there is nothing but {former!r} for {about.id}")

    def _known(self, case: Case, media: Sequence[str], at: datetime) -> PhotosHanded:
        """Give photos of the past as taken where the case is, a few steps to the side."""
        where = Flat(case.point or Point(*self.office.city.centre))
        point = where.point(self.dice.uniform(-20, 20), self.dice.uniform(-20, 20))
        photos = tuple(PhotoKnown(one, at, point) for one in media)
        return PhotosHanded(photos, cell_of=lambda _: case.cell)

    def _wished(self, move: Move, fields: Mapping[str, FormField]) -> dict[str, Any]:
        """Give what people fill in unasked: fields of whose options the figures give shares."""
        found = {}
        for name in move.takes:
            shares = self.past.figures["fields"].get(name)
            if name in fields and fields[name].options and isinstance(shares, Mapping):
                (found[name],) = self.dice.choices(list(shares), list(shares.values()))
        return found

    def _value(
        self,
        about: FormField,
        case: Case,
        given: Mapping[str, Any],
        at: datetime,
        matter: str,
        actor: Actor,
    ) -> Any:
        """Give a value that an actor may give a field, by its type."""
        match about.type:
            case "text":
                return self.dice.choice(self._phrases(matter))[: int(about.max or 100)]
            case "number":
                low, high = about.min or 0, about.max if about.max is not None else 100
                value = round(self.dice.uniform(low, high), about.decimals)
                return value if about.decimals else int(value)
            case "date":
                # What is put off is put off to a day that is to come.
                ahead = self.dice.randint(1, MAX_AHEAD_DAYS)
                return date.fromordinal(at.toordinal() + ahead).isoformat()
            case "boolean":
                return self.dice.random() < 0.5
            case "photo":
                return [self.past.photo.sha256]
            case "signature":
                return self.past.photo.sha256
            case "place":
                return self.dice.choice(list(self.past.scenes)).point
            case "phone":
                return f"138{self.dice.randrange(10**8):08d}"
            case "person":
                return self.dice.choice(self.office.city.people_within(about, case)).code
            case "organisation":
                return self.dice.choice(sorted(self.office.city.orgs_for(about)))
            case "organisations":
                return [self.dice.choice(sorted(self.office.city.orgs_for(about)))]
            case _:
                return self.dice.choice(self._choices(about, case, given, matter, actor))

    def _phrases(self, matter: str) -> Sequence[str]:
        return self.past.phrases.get(matter) or [self.past.scenes[0].words]

    def _choices(
        self, about: FormField, case: Case, given: Mapping[str, Any], matter: str, actor: Actor
    ) -> Sequence[str]:
        conditions = self.office.city.limits.conditions
        match about.source:
            case "cells":
                return sorted(self.office.city.duty)
            case "matters":
                return [matter] if matter in conditions else sorted(conditions)
            case "conditions":
                known = conditions.get(str(given.get("matter", case.matter) or matter), ())
                return [one.key for one in known]
            case _:
                above = {one.parent for one in about.options}
                mine = (one for one in about.options if one.is_for(actor.rights.posts))
                return [one.id for one in mine if one.id not in above]
