"""The state of a conversation: one row of plain data in the backend, nothing in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bots.channel import MessageOut
from hotline.form.beside import FIX, NOTE, PHOTO
from hotline.place.fix import Fix
from hotline.place.point import Point

KEYS_KEPT = 60
ALBUMS_KEPT = 6
PARTS_KEPT = 60
HANDED_KEPT = 5
SAID_KEPT = 20


@dataclass(frozen=True, slots=True)
class DraftPart:
    """What one message has given to a report; an edit of the message makes its part anew.

    `mark` is the channel's digest of the message, so that an edit which changed nothing is known.
    `moves` marks a place that takes the stead of every earlier one.
    """

    key: str = ""
    mark: str = ""
    text: str = ""
    place_text: str = ""
    point: Point | None = None
    hint: Point | None = None
    moves: bool = False
    photos: tuple[str, ...] = ()
    album: str = ""

    def joined(self, later: "DraftPart") -> "DraftPart":
        """Give both as one part, which has the place of both."""
        where = Placed().after(self).after(later)
        return replace(
            self,
            text="\n".join(one for one in (self.text, later.text) if one),
            place_text=where.text,
            point=where.point,
            hint=where.hint,
            moves=self.moves or later.moves,
            photos=tuple(dict.fromkeys((*self.photos, *later.photos))),
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """The place that the parts of a report give together: words, a sent point, a photo's point."""

    text: str = ""
    point: Point | None = None
    hint: Point | None = None

    def after(self, part: DraftPart) -> "Placed":
        """Give the place after one more part."""
        before = Placed() if part.moves else self
        return Placed(
            part.place_text or before.text, part.point or before.point, before.hint or part.hint
        )


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """A report that is being put together of the parts that messages gave, in their order.

    `key` is the first message's and becomes the report's. `rev` counts up with every card, so that
    a button of an older card is known. `awaits` says what the next words are: place, words or "".
    """

    key: str = ""
    said_at: str = ""
    rev: int = 0
    parts: tuple[DraftPart, ...] = ()
    matter: str = ""
    matter_name: str = ""
    awaits: str = ""

    @property
    def text(self) -> str:
        """The words of all parts."""
        return "\n".join(part.text for part in self.parts if part.text)

    @property
    def photos(self) -> tuple[str, ...]:
        """The photos of all parts, each once."""
        return tuple(dict.fromkeys(one for part in self.parts for one in part.photos))

    @property
    def albums(self) -> tuple[str, ...]:
        """The albums that photos came in, each once."""
        return tuple(dict.fromkeys(part.album for part in self.parts if part.album))

    @property
    def place(self) -> Placed:
        """Where it is, as far as it was said or sent."""
        where = Placed()
        for part in self.parts:
            where = where.after(part)
        return where

    def part(self, key: str) -> DraftPart | None:
        """Give the part of a message, or None."""
        return next((part for part in self.parts if part.key == key), None)

    def with_part(self, part: DraftPart) -> "ReportDraft":
        """Give the report with a part more, or with the part of the same message made anew."""
        if self.part(part.key) is not None:
            return replace(self, parts=tuple(part if p.key == part.key else p for p in self.parts))
        parts = (*self.parts, part)
        while len(parts) > PARTS_KEPT:
            parts = (parts[0].joined(parts[1]), *parts[2:])
        return replace(self, parts=parts)


@dataclass(frozen=True, slots=True)
class Said:
    """What one message has given to a move; an edit of the message makes it anew.

    `mark` is the channel's digest of the message. `need` is the field that its words are for;
    empty where they are the note.
    """

    key: str = ""
    mark: str = ""
    need: str = ""
    text: str = ""
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """A move on a case that still needs something; `card` is the message with the case's card.

    `stage` is the case's when the move was begun: as long as it is the same, a new light or a
    correction in between does not matter. `needs` are the inputs that were missing then, and
    `evidence` what photos of it prove ("" for nothing in particular); `called` is the move's name
    as it was shown. `note`, `photos` and `given` came by taps and from before the move, `said` from
    messages; the move is made with the sum. `pictures` are fields whose value is a photo,
    `lists` those with several values, `picked` the values of such a one so far. `fix` is where the
    person stands, `placed` says that a photo of theirs tells by itself when and where it was taken.
    """

    number: str
    version: int
    stage: str
    action: str
    card: str = ""
    needs: tuple[str, ...] = ()
    evidence: str = ""
    called: str = ""
    need: str = ""
    note: str = ""
    photos: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)
    fix: Fix | None = None
    placed: bool = False
    said: tuple[Said, ...] = ()
    picked: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()

    @property
    def all_note(self) -> str:
        """The note of taps and messages."""
        words = (self.note, *(one.text for one in self.said if not one.need))
        return "\n".join(one for one in words if one)

    @property
    def all_photos(self) -> tuple[str, ...]:
        """The photos at hand and of messages, each once."""
        return tuple(dict.fromkeys((*self.photos, *(p for one in self.said for p in one.photos))))

    @property
    def all_given(self) -> Mapping[str, str]:
        """The fields that were chosen or written; of one written twice the later."""
        written = {one.need: one.text for one in self.said if one.need and one.text}
        return {**self.given, **written}

    @property
    def lacking(self) -> str:
        """The first input that is still missing, or ""."""
        there = {NOTE: bool(self.all_note), PHOTO: bool(self.all_photos)}
        there |= dict.fromkeys(self.pictures, there[PHOTO])
        there[FIX] = self.placed or self.fix is not None
        given = self.all_given
        return next((one for one in self.needs if not there.get(one, one in given)), "")

    def message(self, key: str) -> Said | None:
        """Give what a message has given, or None."""
        return next((one for one in self.said if one.key == key), None)

    def with_said(self, said: Said) -> "Work":
        """Give the move with one more message's words, or with those of the same message anew."""
        if self.message(said.key) is not None:
            return replace(
                self, said=tuple(said if one.key == said.key else one for one in self.said)
            )
        folded = replace(self, said=self.said[:-SAID_KEPT])
        return replace(
            self,
            note=folded.all_note,
            photos=folded.all_photos,
            given=folded.all_given,
            said=(*self.said[-SAID_KEPT:], said),
        )

    def without(self, need: str) -> "Work":
        """Give the move without what was given for a field; an edit of its words counts again."""
        given = {name: value for name, value in self.given.items() if name != need}
        said = tuple(replace(one, text="") if one.need == need else one for one in self.said)
        return replace(self, given=given, said=said)

    def without_photos(self) -> "Work":
        """Give the move without its photos."""
        return replace(
            self, photos=(), placed=False, said=tuple(replace(one, photos=()) for one in self.said)
        )


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """What a citizen has begun to say of a case of their own, and until when it waits for them.

    `called` is the move's name as it was shown.
    """

    number: str
    action: str
    called: str = ""
    words: str = ""
    photos: tuple[str, ...] = ()
    until: str = ""


@dataclass(frozen=True, slots=True)
class AlbumHome:
    """Where late members of an album belong: a case, and as what kind of file."""

    album: str
    number: str
    kind: str
    until: str


@dataclass(frozen=True, slots=True)
class Handed:
    """A report that was handed in: its number, and the marks of the messages it was made of."""

    number: str
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that is kept of a chat between two messages.

    `loose` are a collector's or department's photos that no task has claimed yet. `seen` are the
    keys of messages that were taken; `unsent` is the answer to the last of them, or `made` the move
    that it made, whose answer is made of the case then. `aside` are
    pieces of a row that could not be read, kept as they were; `beyond` is what a later version
    wrote and this one does not know.
    """

    language: str = ""
    report: ReportDraft | None = None
    work: Work | None = None
    own: OwnAnswer | None = None
    loose: tuple[str, ...] = ()
    loose_album: str = ""
    loose_until: str = ""
    albums: tuple[AlbumHome, ...] = ()
    handed: tuple[Handed, ...] = ()
    seen: tuple[str, ...] = ()
    unsent: tuple[MessageOut, ...] = ()
    made: Work | None = None
    aside: tuple[Mapping[str, Any], ...] = ()
    beyond: Mapping[str, Any] = field(default_factory=dict)

    def took(
        self, key: str, replies: tuple[MessageOut, ...] = (), made: Work | None = None
    ) -> "Draft":
        """Give the draft after a message was taken and answered so, or has made a move."""
        return replace(self, seen=(*self.seen, key)[-KEYS_KEPT:], unsent=replies, made=made)

    def taken_as(self, key: str, former: str) -> str | None:
        """Give the key under which a message was taken already, or None.

        Its key of an earlier version counts until one of today's form is taken: what came before
        an upgrade comes again first, and a bot that is made anew counts from one again.
        """
        if key in self.seen:
            return key
        parts = key.count(":")
        is_upgraded = any(one.count(":") == parts for one in self.seen)
        return former if former in self.seen and not is_upgraded else None

    def housed(self, homes: tuple[AlbumHome, ...]) -> "Draft":
        """Give the draft with more albums whose late members have a home."""
        return replace(self, albums=(*self.albums, *homes)[-ALBUMS_KEPT:])

    def home(self, album: str) -> AlbumHome | None:
        """Give where an album's late members belong, or None."""
        found = [home for home in self.albums if home.album == album]
        return found[-1] if album and found else None

    def handed_in(self, number: str) -> "Draft":
        """Give the draft after its report was handed in under a number."""
        parts = self.report.parts if self.report else ()
        done = Handed(number, {part.key: part.mark for part in parts if part.key})
        return replace(self, report=None, handed=(*self.handed, done)[-HANDED_KEPT:])

    def handed_with(self, key: str) -> Handed | None:
        """Give the report that a message was handed in with, or None."""
        return next((one for one in reversed(self.handed) if key in one.marks), None)
