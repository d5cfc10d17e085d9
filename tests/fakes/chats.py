"""Chats in memory: whose each is, and the one-use codes that bind them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backend.desks.binding import CODE_LETTERS
from backend.desks.other_posts import other_posts
from backend.passwords import ALPHABET
from hotline.case.case import Case, Step
from hotline.channel import Channel
from hotline.clock import Clock
from hotline.contract import OtherPost
from hotline.errors import Invalid
from hotline.ids import new_id
from hotline.notice import NoticeTask
from hotline.numerals import narrow
from hotline.people import Actor
from hotline.words import LANGUAGES
from tests.cities import demo_city
from tests.fakes.outbox import FakeOutbox
from tests.posts import Post

Chat = tuple[Channel, str]


@dataclass(slots=True)
class FakeChats:
    """Who has bound which chat, in which language; codes by their letters, each with its person.

    `working` is the post in which somebody works, of those that they hold.
    """

    clock: Clock
    outbox: FakeOutbox
    bound: dict[Chat, tuple[str, str]] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    ends: dict[str, datetime] = field(default_factory=dict)
    used: dict[str, Chat] = field(default_factory=dict)
    drafts: dict[Chat, dict[str, Any]] = field(default_factory=dict)
    working: dict[str, str] = field(default_factory=dict)

    def actor(self, channel: Channel, address: str) -> Actor | None:
        """Give who a chat belongs to; a terminal names the person or the post itself."""
        people = demo_city().organisation
        if channel is Channel.TERMINAL:
            name = address.removeprefix("terminal:")
            if name in people.people:
                return people.person(name).actor()
            first = people.first_of(Post(name)) if name in set(Post) else None
            return first.actor() if first else None
        found = self.bound.get((channel, address))
        if found is None:
            return None
        if found[0] in self.working:
            return people.actor(found[0], self.clock.now(), self.working[found[0]])
        return people.person(found[0]).actor()

    def others(
        self, case: Case | None, steps: Sequence[Step], actor: Actor
    ) -> tuple[OtherPost, ...]:
        """Give the other posts of who works in one of theirs, as they have to do with a case."""
        if case is None or actor.person not in self.working:
            return ()
        workflow, people = demo_city().rules(case.release).workflow, demo_city().organisation
        return tuple(other_posts(people, workflow, case, steps, actor, self.clock.now()))

    def make_code(self, person: str, ends: datetime) -> str:
        """Make a code for a person; an older one of theirs that waits is worthless."""
        for older, other in list(self.codes.items()):
            if other == person and _plain(older) not in self.used:
                del self.codes[older]
        code = ALPHABET[len(self.ends)] * CODE_LETTERS
        self.codes[code], self.ends[code] = person, ends
        return code

    def bind(self, code: str, chat: Chat, language: str) -> Actor:
        """Use a code up for a chat; the chat that has used it is told the same again."""
        plain, now = _plain(code), self.clock.now()
        person = {_plain(one): person for one, person in self.codes.items()}.get(plain)
        again = self.used.get(plain) == chat and self.bound.get(chat, ("", ""))[0] == person
        too_old = plain in self.ends and self.ends[plain] <= now
        if person is None or (not again and (too_old or plain in self.used)):
            raise Invalid("code", "unknown, used or too old", code="bad_code")
        if not again:
            self.used[plain] = chat
            self._take(person, chat)
            self.bound[chat] = (person, language if language in LANGUAGES else LANGUAGES[0])
        return demo_city().organisation.person(person).actor()

    def _take(self, person: str, chat: Chat) -> None:
        """Take the person's chat of the channel away, and the chat from whoever had it."""
        for one, (other, language) in list(self.bound.items()):
            if one[0] is not chat[0] or (other != person and one != chat):
                continue
            del self.bound[one]
            if (one, other) != (chat, person):
                self.drafts.pop(one, None)
            self.outbox.drop_of_person(other, *one)
            if one != chat:
                ident = new_id(self.clock.now())
                key = f"unbound:{ident}"
                self.outbox.add(NoticeTask(ident, key, *one, "bot.unbound", language, "", "", 1))


def _plain(code: str) -> str:
    """A code as it is compared: in any case, with whatever was typed between its letters."""
    return "".join(letter for letter in narrow(code).lower() if letter in ALPHABET)
