"""The outbox in memory: notices are leased, settled and tried again as the backend does it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from backend.desks.notices import CALL_AWAY_S, CHAT_AWAY_S, CHAT_WAITS, MAX_WAIT_S
from backend.desks.queues import NOTICES
from hotline.channel import Channel
from hotline.clock import Clock
from hotline.errors import NotFound
from hotline.notice import CallEnd, NoticeState, NoticeTask, Outcome, Settled
from hotline.revisit import (
    Question,
    RevisitChoice,
    RevisitEnd,
    RevisitSaid,
    RevisitTold,
    Solved,
)
from hotline.telephone import canonical
from tests.cities import demo_city
from tests.fakes.leases import Leased, free


@dataclass(slots=True)
class Waiting:
    """A notice in the outbox, and what its connector has answered."""

    task: NoticeTask
    job: Leased[UUID]
    state: NoticeState = NoticeState.WAITING
    settled: list[Settled] = field(default_factory=list)

    def end(self, state: NoticeState) -> None:
        """Try it no more."""
        self.state, self.job.over = state, True


@dataclass(slots=True)
class FakeOutbox:
    """All notices, oldest first; where it is `hurried`, what is tried again is due at once."""

    clock: Clock
    hurried: bool = False
    notices: list[Waiting] = field(default_factory=list)
    answers: list[Settled] = field(default_factory=list)
    revisits: dict[UUID, dict[str, str]] = field(default_factory=dict)

    def add(self, task: NoticeTask) -> None:
        """Owe somebody a notice; a citizen is rung when the city allows it."""
        now = self.clock.now()
        due = demo_city().may_ring(now) if task.channel is Channel.PHONE else now
        self.notices.append(Waiting(task, Leased(task.id, due)))

    def hurry(self, task: NoticeTask) -> None:
        """Let a notice be due now, as after its wait and its lease."""
        known = next((one for one in self.notices if one.task.id == task.id), None)
        if known is None:
            self.add(task)
        elif not known.job.over:
            known.job.put_off(self.clock.now())

    def revisit(self, said: RevisitSaid) -> RevisitTold:
        """Take an answer of whom was asked: the first of a question, and changes beside it."""
        asked = next((one.task for one in self.notices if one.task.id == said.revisit), None)
        if asked is None or (asked.channel, asked.address) != (said.channel, said.address):
            raise NotFound("nobody was asked so", code="no_revisit")
        plan, counting = demo_city().room.revisit, self.revisits.setdefault(asked.id, {})
        had = counting.get(said.question)
        end = RevisitEnd.TAKEN if had is None else RevisitEnd.CHANGED
        end = RevisitEnd.KNOWN if had == said.value else end
        counting[said.question] = said.value
        grade = plan.grade(counting.get(Question.IS_CONTENT, ""))
        low = grade is not None and grade.low
        follows = counting.get(Question.IS_SOLVED) == Solved.NO or low
        grades = tuple(RevisitChoice(one.id, one.name, one.name_en) for one in plan.grades)
        return RevisitTold(end, asked.number, dict(counting), follows, grades)

    def drop(self, number: str, person: str) -> None:
        """Drop what waits for a person about a case; what is on its way is not called back."""
        for one in self.notices:
            if (one.task.number, one.task.person) == (number, person):
                self._drop(one)

    def drop_of_person(self, person: str, channel: Channel, address: str) -> None:
        """Drop what waits for a person in a chat that is theirs no longer."""
        for one in self.notices:
            task = one.task
            if (task.person, task.channel, task.address) == (person, channel, address):
                self._drop(one)

    def lease(
        self, channels: Sequence[Channel], limit: int, address: str | None
    ) -> list[tuple[Waiting, int]]:
        """Lease notices that are due: with each, which try of it this is."""
        given: list[tuple[Waiting, int]] = []
        for channel in channels:
            for one in self._due(channel, address)[: limit - len(given)]:
                one.job.lease(self.clock.now(), NOTICES.lease_s)
                if one.job.tries > len(_waits(channel)) + 1 or self._why_not_rung(one):
                    one.end(NoticeState.FAILED)
                else:
                    given.append((one, one.job.tries))
        return given

    def settle(self, answer: Settled) -> None:
        """Take how a try ended; an answer for what nobody has leased counts for nothing."""
        one = next((one for one in self.notices if one.task.id == answer.id), None)
        if one is None or not one.job.is_held:
            return
        one.settled.append(answer)
        self.answers.append(answer)
        job, spent = one.job, one.job.tries > len(_waits(one.task.channel))
        if answer.outcome is Outcome.SENT:
            one.end(NoticeState.SENT)
        elif answer.outcome is Outcome.FAILED or (answer.outcome is Outcome.RETRY and spent):
            one.end(NoticeState.FAILED)
        elif answer.outcome is Outcome.AWAY:
            job.give_back(self._next_try(one, answer))
        else:
            job.put_off(self._next_try(one, answer))

    def _due(self, channel: Channel, address: str | None) -> list[Waiting]:
        mine = {
            one.task.id: one
            for one in self.notices
            if one.task.channel is channel and address in (None, one.task.address)
        }
        found = free((one.job for one in mine.values()), self.clock.now())
        return [mine[job.item] for job in found]

    def _drop(self, one: Waiting) -> None:
        on_its_way = one.job.until is not None and one.job.until > self.clock.now()
        if one.state is NoticeState.WAITING and not on_its_way:
            one.end(NoticeState.DROPPED)

    def _why_not_rung(self, one: Waiting) -> CallEnd | None:
        if one.task.channel is not Channel.PHONE:
            return None
        number = canonical(one.task.address, demo_city().telephone)
        if not number:
            return CallEnd.NOT_DIALABLE
        return None if demo_city().rings(number) else CallEnd.MAY_NOT_RING

    def _next_try(self, one: Waiting, answer: Settled) -> datetime:
        now, phone = self.clock.now(), one.task.channel is Channel.PHONE
        if self.hurried:
            return now
        if answer.outcome is Outcome.AWAY:
            wait = CALL_AWAY_S if phone else CHAT_AWAY_S
        else:
            wait = _waits(one.task.channel)[one.job.tries - 1]
        due = now + timedelta(seconds=max(wait, min(answer.retry_after or 0, MAX_WAIT_S)))
        return demo_city().may_ring(due) if phone else due


def _waits(channel: Channel) -> tuple[int, ...]:
    return demo_city().call_waits if channel is Channel.PHONE else CHAT_WAITS
