"""One message in, the answers out: who writes, which flow it belongs to, and the draft kept."""

import logging
from collections import deque
from dataclasses import replace

from backend.client import BackendClient
from bots.channel import MessageChannel, MessageIn, MessageOut
from bots.city import CityWatch
from bots.draft import Draft
from bots.flow import FlowContext, FlowResult
from bots.flows import after_closing, at_hand, citizen, given_proof, listed, own, tapped, work
from bots.media import MessagePhotos, PhotoCarrier
from bots.stored import from_row, to_row
from hotline.clock import Clock
from hotline.contract import ChatOpened, ChatOwner, PhotoTaken
from hotline.errors import Conflict, Forbidden, Invalid, NotFound, Refused, Unavailable
from hotline.notice import Outcome
from hotline.number import is_only_numbers, numbers_in, printed
from hotline.sanitize import sanitize_name, sanitize_text
from hotline.words import LANGUAGES, say

log = logging.getLogger(__name__)

TRIES = 5
MAX_WAIT = 60.0
ANSWERED_KEPT = 2000
NUMBERS_ANSWERED = 5


class Conversation:
    """All chats of one channel. Nothing of a chat is kept here but what has been answered."""

    def __init__(
        self,
        backend: BackendClient,
        channel: MessageChannel,
        city: CityWatch,
        clock: Clock,
        language: str,
    ):
        self._backend = backend
        self._channel = channel
        self._city = city
        self._clock = clock
        self._language = language
        self._photos = PhotoCarrier(channel.fetch)
        self._answered: deque[str] = deque(maxlen=ANSWERED_KEPT)

    async def hear(self, message: MessageIn) -> None:
        """Take one message to its end. The same key does nothing twice.

        Messages of one chat come one after the other. Raises Unavailable when the backend is away:
        nothing is lost then, the same message is to be given again.
        """
        if message.key in self._answered:
            return
        chat = (message.channel, message.address)
        opened, photos = await self._open(message)
        stored = from_row(opened.draft)
        await self._city.known()
        scene = self._scene(message, stored.draft, opened, photos)
        taken = stored.draft.taken_as(message.key, message.former)
        if taken is not None:
            replies = await _again(scene, taken)
        else:
            turn = await (self._tapped(scene) if message.tap else _told(scene))
            replies = turn.replies
            if stored.damaged:
                log.error("a part of a chat's draft could not be read and lies aside in its row")
                words = scene.say("bot.draft_damaged")
                replies = (MessageOut(message.address, words), *replies)
            if not turn.kept:
                await self._backend.save_draft(chat, to_row(turn.draft.took(message.key, replies)))
        for reply in replies:
            await self._say(reply)
        self._answered.append(message.key)
        self._photos.forget(_whole_key(message), message.photos)

    async def apologise(self, message: MessageIn, key: str) -> None:
        """Tell the person in one line that a message waits or could not be taken."""
        text = say(key, self._chat_language(Draft(), message))
        await self._say(MessageOut(message.address, text))

    async def _open(self, message: MessageIn) -> tuple[ChatOpened, MessagePhotos]:
        """Give all of a chat that a message needs, its photos stored.

        The chat is opened with each photo: one alone costs no request of its own.
        """
        named = (message.tap or message.answers).partition(":")[0]
        number = named if named.isdigit() else ""
        chat = (message.channel, message.address)
        opened: list[ChatOpened] = []

        async def hand_in(body: bytes) -> PhotoTaken:
            opened.append(await self._backend.open_chat(chat, number, (body,)))
            (taken,) = opened[-1].photos
            return taken

        try:
            photos = await self._photos.carry(_whole_key(message), message.photos, hand_in)
            if not opened:
                opened.append(await self._backend.open_chat(chat, number))
        except Unavailable:
            if message.tap:
                words = say("bot.busy", self._chat_language(Draft(), message))
                await self._channel.acknowledge(message, words)
            raise
        return opened[-1], photos

    def _scene(
        self, message: MessageIn, draft: Draft, opened: ChatOpened, photos: MessagePhotos
    ) -> FlowContext:
        clean = replace(message, text=sanitize_text(message.text), name=sanitize_name(message.name))
        return FlowContext(
            backend=self._backend,
            city=self._city.now,
            draft=draft,
            message=clean,
            actor=opened.actor,
            language=self._chat_language(draft, message),
            now=self._clock.now(),
            card=opened.card,
            photos=photos,
            other_posts=opened.other_posts,
            without_factor=opened.without_factor,
        )

    def _chat_language(self, draft: Draft, message: MessageIn) -> str:
        if draft.language in LANGUAGES:
            return draft.language
        for prefix, language in (("zh", "zh_CN"), ("en", "en")):
            if message.language.lower().startswith(prefix):
                return language
        return self._language

    async def _say(self, reply: MessageOut) -> None:
        """Send an answer, waiting where the channel asks for it; gives up after some tries."""
        for attempt in range(TRIES):
            delivery = await self._channel.send(reply)
            if delivery.outcome not in (Outcome.RETRY, Outcome.AWAY):
                break
            if delivery.photos_sent:
                reply = replace(reply, photos=())
            await self._clock.sleep(min(delivery.retry_after or 2.0**attempt, MAX_WAIT))
        if delivery.outcome is not Outcome.SENT:
            log.warning("an answer was not delivered: %s", delivery.detail)

    # --- taps

    async def _tapped(self, scene: FlowContext) -> FlowResult:
        """Answer the tap first, then work: whoever tapped sees at once that it arrived."""
        kind, _, rest = scene.message.tap.partition(":")
        version, _, action = rest.partition(":")
        tap = scene.message
        if kind == "lang":
            await self._channel.acknowledge(tap, "")
            return _language(scene, version)
        if kind == "loose":
            await self._channel.acknowledge(tap, "")
            return await _loose_is_report(scene)
        if kind == own.OWN:
            await self._channel.acknowledge(tap, "")
            return await own.tap(scene, version, action)
        if kind == after_closing.ASK:
            await self._channel.acknowledge(tap, "")
            return await after_closing.tap(scene, version, action)
        if kind == citizen.NEW:
            old = citizen.stale(scene, version)
            await self._channel.acknowledge(tap, scene.say("bot.card_old") if old else "")
            return FlowResult(scene.draft) if old else await citizen.tap(scene, action)
        looked = tapped.look(scene, version, action) if kind.isdigit() and action else None
        toast = scene.say("bot.card_old") if looked is None else looked.toast
        await self._channel.acknowledge(tap, toast)
        return FlowResult(scene.draft) if looked is None else await work.tap(scene, looked)


async def _again(scene: FlowContext, taken: str) -> tuple[MessageOut, ...]:
    """Give the answer to a message that was taken before, under a key, and then we were stopped.

    Only the last one may not have gone out.
    """
    draft = scene.draft
    if draft.seen[-1] != taken:
        return ()
    if draft.made is not None:
        return await work.again(scene, draft.made, taken)
    return draft.unsent


# --- what is written


async def _told(scene: FlowContext) -> FlowResult:
    message, draft = scene.message, scene.draft
    if message.edits:
        return await _edited(scene)
    if message.text.startswith("/"):
        return await _command(scene)
    answered = own.waiting(scene)
    bare = not (draft.work or message.photos or message.point or message.answers)
    if bare and is_only_numbers(message.text):
        begun = draft.report is not None or answered is not None
        turn = await (_own_status(scene) if begun else _status(scene, message.text))
        if turn is not None:
            return turn
    if answered is not None:
        return await own.answer(scene, answered)
    home = draft.home(message.album)
    if home is not None and message.photos and citizen.in_time(scene, home):
        return await citizen.late(scene, home)
    if draft.work is not None and scene.actor is not None:
        return await work.answer(scene, draft.work)
    if scene.actor is not None and not (draft.report and not message.answers):
        turn = await _for_a_post(scene)
        if turn is not None:
            return turn
    return await citizen.gather(scene)


async def _edited(scene: FlowContext) -> FlowResult:
    """Take an edit of a message that a begun move or a report still holds."""
    begun = scene.draft.work
    said = begun.message(scene.message.edits) if begun is not None else None
    if begun is not None and said is not None and scene.actor is not None:
        return await work.edited(scene, begun, said)
    return await citizen.edited(scene)


async def _for_a_post(scene: FlowContext) -> FlowResult | None:
    """Take what belongs to a post's cases; None: it is a report like anybody's."""
    message = scene.message
    turn = await work.replied(scene) if message.answers else None
    if turn is not None:
        return turn
    bare = message.photos and not message.text and message.point is None
    if not bare:
        return None
    # A photo may be the answer to a task that photos prove, as those of people on site are.
    waiting = await scene.backend.tasks(scene.chat)
    proving = [one for one in waiting if any(move.evidence for move in one.actions.values())]
    return at_hand.loose(scene, proving) if proving else None


async def _command(scene: FlowContext) -> FlowResult:
    name, _, rest = scene.message.text.partition(" ")
    match name.partition("@")[0].lower():
        case "/start":
            return await _start(scene, rest.strip())
        case "/cancel":
            cleared = citizen.dropped(scene.draft)
            key = "bot.nothing_open" if cleared == scene.draft else "bot.cancelled"
            return FlowResult(cleared, (scene.reply(scene.say(key)),))
        case "/status":
            return await _status(scene, rest.strip())
        case "/proof":
            return await given_proof.give(scene, rest.strip())
        case "/language":
            row = tuple(scene.button(f"bot.language_{one}", f"lang:{one}") for one in LANGUAGES)
            return FlowResult(scene.draft, (scene.reply(scene.say("bot.choose_language"), row),))
        case "/tasks":
            return await listed.tasks(scene)
        case _:
            return FlowResult(scene.draft, (scene.reply(_help(scene)),))


def _help(scene: FlowContext) -> str:
    key = "bot.help" if scene.actor is None else "bot.help_post"
    return scene.say(key)


async def _start(scene: FlowContext, code: str) -> FlowResult:
    """Begin anew; with a one-use code, bind this chat to the person it was made for."""
    cleared = citizen.dropped(scene.draft)
    if not code:
        welcome = scene.say("bot.welcome", city=scene.city.named(scene.language))
        return FlowResult(cleared, (scene.reply(welcome.strip()),))
    message = scene.message
    try:
        actor = await scene.backend.bind(code, message.channel, message.address, scene.language)
    except (NotFound, Refused, Invalid, Forbidden, Conflict):
        return FlowResult(cleared, (scene.reply(scene.say("bot.code_bad")),))
    bound = scene.say("bot.bound", name=actor.name or actor.person, post=_post_name(scene, actor))
    try:
        mine = await listed.tasks(replace(scene, actor=actor, draft=cleared))
    except Forbidden:
        return FlowResult(cleared, (scene.reply(scene.say("bot.without_factor")),))
    return FlowResult(cleared, (scene.reply(bound), *mine.replies))


def _post_name(scene: FlowContext, owner: ChatOwner) -> str:
    return (owner.post_name_en if scene.language == "en" else "") or owner.post_name


async def _status(scene: FlowContext, asked: str = "") -> FlowResult:
    """Say how it stands with the newest case, or with each whose number was typed."""
    numbers = numbers_in(asked)
    if asked and not numbers:
        return FlowResult(scene.draft, (scene.reply(scene.say("bot.number_wrong")),))
    replies = [await _stands(scene, number) for number in numbers[:NUMBERS_ANSWERED] or ("",)]
    return FlowResult(scene.draft, tuple(replies))


async def _own_status(scene: FlowContext) -> FlowResult | None:
    """Say how it stands with their own cases, whose numbers were typed while something is begun.

    None where one is not theirs: it is words then, such as a place.
    """
    numbers = numbers_in(scene.message.text)[:NUMBERS_ANSWERED]
    replies = [await _theirs(scene, number) for number in numbers]
    found = [one for one in replies if one is not None]
    if not found or len(found) < len(replies):
        return None
    kept = scene.reply(scene.say("bot.draft_kept"))
    return FlowResult(scene.draft, (*found, kept))


async def _stands(scene: FlowContext, number: str) -> MessageOut:
    seen = await _theirs(scene, number)
    if seen is not None:
        return seen
    key = "bot.number_unknown" if number else "bot.no_case"
    return scene.reply(scene.say(key, number=printed(number)))


async def _theirs(scene: FlowContext, number: str) -> MessageOut | None:
    """Give how a case stands that is theirs by their post or as a report; None for any other."""
    if number and scene.actor is not None:
        try:
            return work.show(scene, await scene.backend.card(number, scene.chat))
        except (NotFound, Forbidden):
            pass  # not theirs by their post; it may be a report of their own
    brief = await scene.backend.newest_case(scene.message.channel, scene.message.address, number)
    return None if brief is None else own.stands(scene, brief)


def _language(scene: FlowContext, language: str) -> FlowResult:
    if language not in LANGUAGES:
        return FlowResult(scene.draft)
    text = say("bot.language_set", language)
    reply = scene.reply(text, replaces=scene.message.tapped)
    return FlowResult(replace(scene.draft, language=language), (reply,))


async def _loose_is_report(scene: FlowContext) -> FlowResult:
    """Make a report of photos that came without a tap."""
    draft = scene.draft
    if not draft.loose:
        return FlowResult(draft, (scene.reply(scene.say("bot.need_words")),))
    albums = (draft.loose_album,) if draft.loose_album else ()
    message = scene.message
    begun = citizen.begun(message.key, message.said_at, draft.loose, albums)
    draft = replace(draft, report=begun, loose=(), loose_album="")
    bare = replace(message, tap="", text="", photos=())
    return await citizen.present(replace(scene, draft=draft, message=bare))


def _whole_key(message: MessageIn) -> str:
    """A message's key among those of all chats."""
    return f"{message.channel}:{message.address}:{message.key}"
