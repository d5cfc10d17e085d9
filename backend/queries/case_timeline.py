"""The timeline of a case: what was told, done and sent, each in a sentence, in one line of time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import accumulate
from typing import Any, Final

from backend.desks.context import AppContext
from backend.queries.case_records import (
    CallEntry,
    HiddenEntries,
    MediaRef,
    ShownMark,
    ShownProof,
    ShownSurvey,
    ShownTranscript,
    TimelineEntry,
)
from backend.queries.names import department_name, person_name, step_maker
from backend.queries.notice_rows import notice_of
from backend.queries.survey_shown import survey_of, survey_shown
from backend.store.case_found import CaseFile, Found
from hotline.call import CallEventType, seconds_between
from hotline.case.case import PhotoProof, Step
from hotline.case.case_clock import HANDLING_CLOCK
from hotline.case.so_far import CaseSoFar, stood
from hotline.case.telling import CityNames, Sayer, tell
from hotline.case.transition import REGISTER
from hotline.channel import Channel
from hotline.clock import iso
from hotline.form.beside import NOTE
from hotline.form.form import HOT
from hotline.media import MediaKind
from hotline.people import masked
from hotline.wire import plain
from hotline.words import LANGUAGES, say

CHATS: Final = (Channel.TELEGRAM, Channel.TERMINAL, Channel.CONSOLE)
KINDS: Final = ("call", "chat", "step", "notice")
# How many entries are given at once: those of the beginning, and the newest.
BEGINNING: Final = 20
NEWEST: Final = 200
# What a step changes of its case that people read, beside the fields of the form.
_SHOWN: Final = ("stage", "light", *HOT)


@dataclass(frozen=True, slots=True)
class _Coming:
    """An entry that is made once it is known to be shown."""

    at: datetime
    kind: str
    make: Callable[[], TimelineEntry]


def city_names(office: AppContext, release: str) -> CityNames:
    """Give what names the things of a case that goes by a release."""
    city, kept = office.city, office.city.pinned(release)
    return CityNames(
        *(kept.workflow, city.known, city.fields, city.organisation),
        *(office.matters, kept.limits, city.zone),
    )


class CaseTimeline:
    """The timeline of a case's file; who is not `central` sees less of it."""

    def __init__(self, office: AppContext, file: CaseFile, *, central: bool):
        self._office, self._file, self._central = office, file, central
        self._organisation = office.city.organisation
        # One photo may be evidence of several steps; each link's key begins with its step.
        self._files = {row["sha256"]: row for row in reversed(file.media)}
        self._files |= {row["key"]: row for row in file.media}
        named = city_names(office, file.case.release)
        self._named, self._sayers = named, [Sayer(named, language) for language in LANGUAGES]

    def entries(self, newest: int) -> tuple[list[TimelineEntry], HiddenEntries | None]:
        """Give the first entries and the newest ones, and what is left out between them."""
        # What was told comes before what was made of it; steps of one instant keep their order.
        coming = sorted(self._coming(), key=lambda one: (_told_at(one.at), KINDS.index(one.kind)))
        hidden = len(coming) - BEGINNING - newest
        if hidden <= 0:
            return [one.make() for one in coming], None
        first = [one.make() for one in coming[:BEGINNING]]
        last = [one.make() for one in coming[BEGINNING + hidden :]]
        return [*first, *last], HiddenEntries(first[-1].id, hidden)

    def _coming(self) -> list[_Coming]:
        file = self._file
        typed = file.steps[0].action == REGISTER  # its words stand in the step itself
        chatted = [row for row in file.reports if row["channel"] in CHATS and not typed]
        # A clock may have gone back: no step comes before the one that it follows.
        in_turn = accumulate((step.at for step in file.steps), max)
        return [
            *(
                _Coming(at, "step", partial(self._step, *told, bare=bool(chatted)))
                for told, at in zip(stood(file.steps), in_turn, strict=True)
            ),
            *(_Coming(row["said_at"], "chat", partial(self._chat, row)) for row in chatted),
            *(_Coming(row["started_at"], "call", partial(self._call, row)) for row in file.calls),
            *(
                _Coming(
                    _settled(row),
                    "notice",
                    partial(self._notice, row),
                )
                for row in file.notices
                if self._central or row["person"] is not None
            ),
        ]

    def _step(
        self, before: CaseSoFar, step: Step, after: CaseSoFar, *, bare: bool
    ) -> TimelineEntry:
        first = step.seq == self._file.steps[0].seq
        changes = self._changes(step)
        told = [tell(step, before, after, self._named, language) for language in LANGUAGES]
        marks = [say("telling.erased", one) if step.erased else "" for one in LANGUAGES]
        said = frozenset.intersection(*(one.said for one in told))
        # The first step of a chat's report leaves the photos to the chat's own entry.
        media = [] if first and bare else self._media(step)
        if first and not self._file.calls:
            media += [_file(row) for row in self._unplaced()]
        return TimelineEntry(
            id=str(step.id),
            at=iso(step.at),
            kind="step",
            text=told[0].text + marks[0],
            text_en=told[1].text + marks[1],
            said=sorted(said & {NOTE, *changes}),
            action=step.action,
            post=step.post,
            person_name=step_maker(self._organisation, step.person, step.post),
            via_name=person_name(self._organisation, step.via),
            note=step.note,
            changes={name: [value] for name, value in changes.items()},
            media=media,
        )

    def _changes(self, step: Step) -> dict[str, Any]:
        """Give what a step changed that people read; of the first one what was there at all."""
        shown = {name: step.changes[name] for name in _SHOWN if name in step.changes}
        shown |= step.changes.get("fields", {}) | self._given_to(step) | _counted(step)
        return {
            name: value
            for name, value in plain(shown).items()
            if not (step.seq == 1 and value in (None, "", 0, ()))
        }

    def _given_to(self, step: Step) -> dict[str, str | None]:
        """Whom a step gives a part in the case, by role: a person or an organisation, by name."""
        given = dict[str, str | None]()
        for role, patch in step.changes.get("assignments", {}).items():
            told = patch or {}
            person = person_name(self._organisation, told.get("person"))
            given[role] = person or department_name(self._organisation, told.get("org"))
        return given

    def _unplaced(self) -> list[Found]:
        """Recordings that no step names; a call not on record yet cannot show its own."""
        named = {sha256 for step in self._file.steps for sha256 in step.media}
        spoken = [row for row in self._file.media if row["kind"] == MediaKind.RECORDING]
        return [row for row in spoken if row["sha256"] not in named]

    def _media(self, step: Step) -> list[MediaRef]:
        files = self._files
        links = (files.get(f"{step.id}:{one}", files.get(one)) for one in step.media)
        proofs = {one.sha256: one for one in step.proofs}
        return [_file(link, proofs.get(link["sha256"])) for link in links if link is not None]

    def _chat(self, row: Found) -> TimelineEntry:
        first = self._file.steps[0]
        media = self._media(first)
        text, text_en = (
            sayer.told(
                "chat",
                who=sayer.who(first.person, first.post),
                channel=sayer.channel(row["channel"]),
                photos=sayer.many("photos", len(media)) if media else "",
            )
            for sayer in self._sayers
        )
        return TimelineEntry(
            id=str(row["id"]),
            at=iso(row["said_at"]),
            kind="chat",
            text=text,
            text_en=text_en,
            post=first.post,
            note=row["text"],
            media=media,
        )

    def _call(self, row: Found) -> TimelineEntry:
        file, central = self._file, self._central
        marks = [ShownMark(m["mark"], iso(m["at"]), m["value"]) for m in file.marks]
        ended = next((m["at"] for m in file.marks if m["mark"] == CallEventType.ENDED), None)
        recording = next((f for f in file.media if f["kind"] == MediaKind.RECORDING), None)
        call = CallEntry(
            key=row["key"],
            caller_masked=masked(row["address"] or "") if central else "",
            started_at=iso(row["started_at"]),
            ended_at=iso(ended),
            seconds=seconds_between(row["started_at"], ended),
            recording=recording["sha256"] if recording is not None else None,
            transcript=_transcript(file) if central else None,
            given_up=file.given_up if central else None,
            marks=marks if central else [],
            survey=self._survey(),
        )
        text, text_en = (_called(sayer, call) for sayer in self._sayers)
        return TimelineEntry(
            id=str(row["id"]),
            at=iso(row["started_at"]),
            kind="call",
            text=text,
            text_en=text_en,
            media=[_file(recording)] if recording is not None else [],
            call=call,
        )

    def _survey(self) -> ShownSurvey | None:
        """Give what the caller was asked; who handles a case never reads it."""
        plan = self._office.city.room.survey
        return next((survey_shown(plan, survey_of(row)) for row in self._file.surveys), None)

    def _notice(self, row: Found) -> TimelineEntry:
        text, text_en = (_notified(sayer, row) for sayer in self._sayers)
        return TimelineEntry(
            id=str(row["id"]),
            at=iso(_settled(row)),
            kind="notice",
            text=text,
            text_en=text_en,
            notice=notice_of(self._organisation, row),
        )


def _counted(step: Step) -> dict[str, Any]:
    due = step.changes.get("clocks", {}).get(HANDLING_CLOCK, {})
    told = {"due": iso(due["due_at"])} if due and "due_at" in due else {}
    return {**step.changes.get("counts", {}), **told}


def _settled(row: Found) -> datetime:
    settled: datetime = row["settled_at"] or row["created_at"]
    return settled


def _told_at(at: datetime) -> datetime:
    """Give an instant as it is told: what differs by less than a millisecond is of one instant."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _file(link: Mapping[str, Any], proof: PhotoProof | None = None) -> MediaRef:
    shown = ShownProof(iso(proof.at), proof.metres, proof.by_fix) if proof else None
    return MediaRef(link["sha256"], link["kind"], link["mime"], shown)


def _called(sayer: Sayer, call: CallEntry) -> str:
    if call.seconds is None:
        return sayer.told("call_on", caller=call.caller_masked)
    recorded = sayer.say("recorded") if call.recording else ""
    span = sayer.span(call.seconds)
    return sayer.told("call_over", caller=call.caller_masked, span=span, recorded=recorded)


def _notified(sayer: Sayer, row: Found) -> str:
    person, address = row["person"], masked(row["address"])
    recipient = sayer.person(person) if person else sayer.say("recipient", address=address)
    channel = sayer.channel(row["channel"])
    return sayer.told(f"notice_{row['state']}", channel=channel, recipient=recipient)


def _transcript(file: CaseFile) -> ShownTranscript | None:
    if not file.transcripts:
        return None
    heard, case = file.transcripts[-1], file.case
    same = heard["text"].split() == case.text.split()
    return ShownTranscript(
        text=heard["text"],
        raw=heard["raw"],
        engine=heard["engine"],
        confidence=heard["confidence"],
        confirmed=case.text_confirmed and same,
        corrected=case.text_confirmed and not same,
    )
