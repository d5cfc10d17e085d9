"""A case's file (卷宗) on paper: what somebody sees of the case on its page, and no more."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Final

from backend.desks import audit
from backend.desks.audit import What
from backend.desks.context import AppContext
from backend.papers.paper import Paper, PaperEntry, PaperPicture, PaperSection
from backend.queries.case_records import CaseDetail, MediaRef, OpenedCase, TimelineEntry
from backend.queries.case_timeline import city_names
from backend.queries.clock_records import CaseClocks
from backend.store import cases
from backend.store.log_proofs import LogStanding, standing_of
from backend.store.session import Transaction
from hotline.case.telling import Sayer
from hotline.errors import NotFound
from hotline.form.beside import NOTE
from hotline.form.field import OF_CASES, FormField
from hotline.media import MediaKind
from hotline.number import printed
from hotline.people import Actor
from hotline.words import say

# Photos of the work itself, and those that were taken once it was done.
AFTER: Final = (MediaKind.PHOTO_DONE, MediaKind.PHOTO_CHECK)
Find = Callable[[str], Path]


async def case_paper(
    office: AppContext,
    page: OpenedCase,
    clocks: CaseClocks,
    actor: Actor,
    language: str,
    find: Find,
) -> Paper:
    """Give a case's page and clocks as an actor sees them as a paper, which is still to be set.

    `find` says where a photo lies, or raises NotFound.
    """
    async with office.store.one_moment() as connection:
        case = await cases.load(connection, page.case.number)
        stands = await standing_of(connection, str(case.id))
    sayer = Sayer(city_names(office, case.release), language)
    return _CasePaper(office, page, clocks, sayer, find).paper(actor, stands)


async def handed_out(office: AppContext, actor: Actor, number: str) -> None:
    """Write down that somebody takes the paper of a case: once it is set, before any of it goes."""

    async def work(transaction: Transaction) -> None:
        case = await cases.load(transaction.connection, number)
        await audit.record(transaction, What.CASE_PRINTED, actor.person, case=case.id)

    await office.store.transaction(office.clock.now, work)


class _CasePaper:
    """Puts a case's page on paper in a language."""

    def __init__(
        self,
        office: AppContext,
        page: OpenedCase,
        clocks: CaseClocks,
        sayer: Sayer,
        find: Find,
    ):
        self._office, self._page, self._clocks = office, page, clocks
        self._sayer, self._find, self._now = sayer, find, office.clock.now()

    def paper(self, actor: Actor, stands: LogStanding | None) -> Paper:
        """Give all of it, who has taken it, and where it stands in the log."""
        number, city = self._page.case.number, self._office.city
        named = city.name_en if self._sayer.language == "en" else city.name
        at = self._at(self._now)
        sections = (
            self._facts(),
            self._before_after(),
            self._clock_section(),
            self._bound(),
            self._course(),
            self._log(stands),
        )
        return Paper(
            title=self._say("title", city=named, number=printed(number)),
            under=self._say("under", at=at, who=self._sayer.who(actor.person, actor.post)),
            # The words leave the places for the numbers of pages as they are.
            foot=self._say("foot", number=printed(number), at=at, page="{page}", pages="{pages}"),
            gone=self._say("gone"),
            sections=[one for one in sections if one.entries],
        )

    def _say(self, key: str, **values: object) -> str:
        return say(f"paper.{key}", self._sayer.language, **values)

    def _at(self, at: datetime | str) -> str:
        known = datetime.fromisoformat(at) if isinstance(at, str) else at
        local = known.astimezone(self._office.city.zone)
        return f"{local:%Y-%m-%d %H:%M}"

    def _facts(self) -> PaperSection:
        case, sayer, known = self._page.case, self._sayer, self._office.city.known
        language = sayer.language
        rows = [
            (self._say("stage"), known.stages[case.stage].named(language)),
            (self._say("received"), self._at(case.received_at)),
            (self._say("channel"), sayer.channel(case.channel)),
            (self._say("contact"), self._contact()),
            *self._fields(),
            *self._parts(),
        ]
        for name, at in case.times.items():
            if name in known.times:
                rows.append((known.times[name].named(language), self._at(at)))
        for name, many in case.counts.items():
            if name in known.counts and many:
                rows.append((known.counts[name].named(language), str(many)))
        return PaperSection(self._say("facts"), [PaperEntry(*row) for row in rows if row[1]])

    def _contact(self) -> str:
        contact = self._page.contact
        return "" if contact is None else f"{contact.name_masked} {contact.address_masked}".strip()

    def _fields(self) -> Iterator[tuple[str, str]]:
        case = self._page.case
        for field in self._office.city.fields.values():
            if field.type in OF_CASES or field.role or field.once:
                continue
            value = case.fields.get(field.id, getattr(case, field.id, None))
            yield field.named(self._sayer.language), self._value(field, value, case)

    def _value(self, field: FormField, value: object, case: CaseDetail) -> str:
        if isinstance(value, str) and field.type == "text":
            return value
        near = datetime.fromisoformat(case.received_at)
        return self._sayer.value(field, value, case.matter or "", near)

    def _parts(self) -> Iterator[tuple[str, str]]:
        roles = self._office.city.known.roles
        for key, one in self._page.case.assignments.items():
            role = roles.get(key.partition(":")[0])
            org = self._sayer.org(one.org) if one.org else ""
            person = self._sayer.person(one.person) if one.person else ""
            if role is not None:
                yield role.named(self._sayer.language), " · ".join(filter(None, (org, person)))

    def _before_after(self) -> PaperSection:
        """After a rework only what was taken since the newest work counts."""
        done = [
            at
            for at, entry in enumerate(self._page.timeline)
            if any(one.kind == MediaKind.PHOTO_DONE for one in entry.media)
        ]
        told = [(at, self._photos(entry)) for at, entry in enumerate(self._page.timeline)]
        before = [one for _, several in told for one in several if one[0].kind not in AFTER]
        newest = done[-1] if done else len(told)
        after = [
            one for at, several in told for one in several if one[0].kind in AFTER and at >= newest
        ]
        pairs = zip_longest(before, after) if after else ()
        entries = [
            PaperEntry("", "", pictures=[self._beside(one) for one in pair]) for pair in pairs
        ]
        return PaperSection(self._say("before_after"), entries, across=2)

    def _beside(self, one: tuple[MediaRef, TimelineEntry] | None) -> PaperPicture:
        return PaperPicture("", "") if one is None else self._picture(*one)

    def _photos(self, entry: TimelineEntry) -> list[tuple[MediaRef, TimelineEntry]]:
        return [(one, entry) for one in entry.media if one.kind != MediaKind.RECORDING]

    def _picture(self, photo: MediaRef, entry: TimelineEntry) -> PaperPicture:
        told = [self._say(f"media_{photo.kind}"), self._at(entry.at)]
        if photo.proof is not None:
            metres = photo.proof.metres
            told.append(
                self._say("in_cell") if metres is None else self._say("metres", metres=metres)
            )
        try:
            path = str(self._find(photo.sha256))
        except NotFound:
            path = ""
        return PaperPicture(path, " · ".join(told))

    def _clock_section(self) -> PaperSection:
        entries = [PaperEntry(one.name, one.text, one.notes) for one in self._clocks.clocks]
        return PaperSection(self._say("clocks"), entries)

    def _bound(self) -> PaperSection:
        english = self._sayer.language == "en"
        entries = [
            PaperEntry(
                printed(one.number),
                (one.matter_name_en if english else one.matter_name) or one.text,
                [one.text] if one.matter_name else [],
            )
            for one in self._page.bound
        ]
        return PaperSection(self._say("bound"), entries)

    def _course(self) -> PaperSection:
        entries = [
            PaperEntry(
                self._at(entry.at),
                entry.text_en if self._sayer.language == "en" else entry.text,
                list(self._beside_text(entry)),
                [self._picture(*one) for one in self._photos(entry)],
            )
            for entry in self._page.timeline
        ]
        return PaperSection(self._say("course"), entries)

    def _log(self, stands: LogStanding | None) -> PaperSection:
        """Give by which root of the log others can hold it against what they know."""
        if stands is None:
            return PaperSection(self._say("log"), [])
        point = stands.checkpoint
        entries = [
            PaperEntry(self._say("log_entries"), str(stands.entries), [self._say("log_how")]),
            PaperEntry(self._say("log_point"), f"{point.origin}/{point.month}, {point.size}"),
            PaperEntry(self._say("log_root"), point.root),
            PaperEntry(self._say("log_signed"), point.at),
            *(
                PaperEntry(
                    self._say("log_witness"), f"{name}: {seen.month}, {seen.size}, {seen.at}"
                )
                for name, seen in stands.witnesses
            ),
        ]
        return PaperSection(self._say("log"), entries)

    def _beside_text(self, entry: TimelineEntry) -> Iterator[str]:
        """Give what an entry holds that its sentence does not say."""
        case, fields = self._page.case, self._office.city.fields
        if entry.note and NOTE not in entry.said:
            yield self._say("words", words=entry.note)
        for name, [value] in (entry.changes or {}).items():
            if name in fields and name not in entry.said and not fields[name].role:
                words = self._value(fields[name], value, case)
                if words:
                    yield f"{fields[name].named(self._sayer.language)}: {words}"
        if entry.call is not None and entry.call.transcript is not None:
            yield self._say("transcript", text=entry.call.transcript.text)
        if entry.notice is not None and entry.notice.text:
            yield self._say("notice", text=entry.notice.text)
