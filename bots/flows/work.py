"""Making a move on a case by chat: a tap, then whatever the move still needs, then the move."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bots.cards import (
    BACK,
    MORE,
    action_name,
    card_rows,
    card_text,
    data,
    moved_words,
)
from bots.channel import Button, MessageIn, MessageOut
from bots.draft import AlbumHome, Draft, Said, Work
from bots.flow import FlowContext, FlowResult
from bots.flows import at_hand, collector, desk, handler
from bots.flows.tapped import TappedCase
from bots.media import MAX_COUNT
from bots.stored import to_row
from hotline.card import CaseCard
from hotline.errors import Conflict, Forbidden, HotlineError, Invalid, NotFound, Refused
from hotline.form.beside import FIX, NOTE, PHOTO
from hotline.media import MediaKind
from hotline.number import printed
from hotline.place.fix import Fix
from hotline.sanitize import sanitize_text, truncate
from hotline.words import known

MAX_NOTE_LENGTH = 2000
LATE = timedelta(minutes=10)
# Why photos do not prove that a case may be closed.
_PROOF: Final = frozenset(
    ("fix_missing", "fix_old", "fix_vague", "photo_far", "photo_future", "photo_old")
) | {"photo_outside"}


async def tap(scene: FlowContext, looked: TappedCase) -> FlowResult:
    """Do what a tap on a case's card says."""
    card = looked.card
    if card is None:
        draft, told = _ended(scene)
        why = (scene.reply(looked.toast),) if looked.told else ()
        return FlowResult(draft, (*why, *told))
    if looked.action == "open":
        return FlowResult(scene.draft, (show(scene, card),))
    if looked.action == MORE:
        return FlowResult(scene.draft, (_card(scene, card, scene.message.tapped, whole=True),))
    if looked.action == "moved":
        draft, told = _ended(scene, card.number)
        return FlowResult(draft, (_card(scene, card, scene.message.tapped), *told))
    if looked.action == BACK:
        return FlowResult(_without(scene.draft, card), (_card(scene, card, scene.message.tapped),))
    if looked.action.startswith(desk.CHOSEN):
        return await _answered(scene, card, looked.action.removeprefix(desk.CHOSEN))
    work = _begun(scene, card, looked.action, scene.message.tapped)
    if work.evidence:
        work = replace(work, photos=at_hand.photos(scene))
    return await _go_on(scene, work, card)


def _begun(scene: FlowContext, card: CaseCard, action: str, message: str) -> Work:
    """Give a move on a case as it begins; `message` is the one with the card."""
    # What may be left out is asked for before the words that say why.
    asked = card.actions[action]
    kinds = {name: one.type for name, one in card.asks.items()}
    fields = [one for one in asked.needs if one in kinds]
    needs = (*fields, *asked.offers, *(one for one in asked.needs if one not in kinds))
    return Work(
        card.number,
        card.version,
        card.stage,
        action,
        message,
        called=action_name(card, action, scene.language),
        needs=needs,
        evidence=card.actions[action].evidence or "",
        pictures=tuple(one for one in needs if kinds.get(one) == desk.PICTURE),
        lists=tuple(one for one in needs if kinds.get(one) == desk.SEVERAL),
    )


def show(scene: FlowContext, card: CaseCard) -> MessageOut:
    """Give a case's card as a new message, its photos ahead of it."""
    return replace(_card(scene, card), photos=collector.shown_photos(card))


def _card(
    scene: FlowContext,
    card: CaseCard,
    replaces: str = "",
    done: str = "",
    *,
    whole: bool = False,
) -> MessageOut:
    rows = card_rows(card, scene.language, whole=whole)
    return scene.reply(_text(scene, card, done), *rows, replaces=replaces)


def _text(scene: FlowContext, card: CaseCard, done: str = "") -> str:
    return card_text(card, scene.language, scene.city, scene.now, done)


def _without(draft: Draft, card: CaseCard) -> Draft:
    mine = draft.work is not None and draft.work.number == card.number
    return replace(draft, work=None) if mine else draft


def _ended(scene: FlowContext, number: str = "") -> tuple[Draft, tuple[MessageOut, ...]]:
    """End the move that was begun, and say so where it was one of another case than `number`.

    A button that is too old does nothing, and what is written next is no answer to what was asked
    before it. Photos stay at hand.
    """
    work = scene.draft.work
    if work is None:
        return scene.draft, ()
    draft = replace(scene.draft, work=None)
    if work.evidence:
        draft = at_hand.kept(scene, draft, work.all_photos)
    if work.number == number:
        return draft, ()
    called = work.called or work.action
    return draft, (
        scene.reply(scene.say("task.ended", number=printed(work.number), action=called)),
    )


# --- gathering what a move needs


async def _go_on(scene: FlowContext, work: Work, card: CaseCard | None = None) -> FlowResult:
    """Ask for the next thing that is missing, or make the move."""
    proven = work.evidence == MediaKind.PHOTO_DONE and work.all_photos
    if proven and NOTE in work.needs and not work.all_note:
        work = replace(work, note=handler.finish_note(scene))
    if not work.lacking:
        return await _do(scene, work)
    if card is not None:
        return await _ask(scene, card, work, work.lacking)
    card = await _seen(scene, work)
    if card is None:
        return _gone(scene)
    if not _same(card, work):
        # Somebody was faster, or this very message has made the move before: the backend tells
        # them apart by the key, and makes no second move by the old version.
        return await _do(scene, work)
    return await _ask(scene, card, replace(work, version=card.version), work.lacking)


async def _seen(scene: FlowContext, work: Work) -> CaseCard | None:
    """Give the case of a move as it is now; None where it is out of the person's sight."""
    try:
        return await scene.backend.card(work.number, scene.chat)
    except (NotFound, Forbidden):
        return None


def _gone(scene: FlowContext) -> FlowResult:
    reply = scene.reply(scene.say("task.not_yours"))
    return FlowResult(replace(scene.draft, work=None), (reply,))


async def _ask(scene: FlowContext, card: CaseCard, work: Work, need: str) -> FlowResult:
    if need == FIX:
        return _ask_place(scene, card, replace(work, need=need))
    rows = await desk.choices(scene, card, need, work.all_given, work.picked)
    back = (Button(scene.say("task.back"), data(card, BACK)),)
    key = _question(scene, card, work, need, chosen=bool(rows))
    name = action_name(card, work.action, scene.language)
    text = scene.say(key, number=printed(card.number), action=name, field=_named(scene, card, need))
    draft = replace(scene.draft, work=replace(work, need=need))
    return FlowResult(draft, (scene.reply(text, *rows, back),))


def _question(scene: FlowContext, card: CaseCard, work: Work, need: str, *, chosen: bool) -> str:
    """Give the key of the words that ask for something."""
    kind = card.asks[need].type if need in card.asks else ""
    if need in (NOTE, PHOTO) and work.evidence == MediaKind.PHOTO_DONE:
        return "task.ask_finish" if NOTE in work.needs else "task.ask_photo"
    for key in (f"task.ask_{need}", f"task.ask_any_{kind}"):
        if known(key, scene.language):
            return key
    return "task.choose_field" if chosen else "task.ask_field"


def _ask_place(scene: FlowContext, card: CaseCard, work: Work) -> FlowResult:
    name = action_name(card, work.action, scene.language)
    text = scene.say("task.ask_fix", number=printed(card.number), action=name)
    reply = scene.reply(text, ask_place=scene.say("bot.share_place"))
    return FlowResult(replace(scene.draft, work=work), (reply,))


def _named(scene: FlowContext, card: CaseCard, need: str) -> str:
    asked = card.asks.get(need)
    return asked.named(scene.language) if asked else need


async def _answered(scene: FlowContext, card: CaseCard, value: str) -> FlowResult:
    work = scene.draft.work
    assert work is not None
    if value.startswith(desk.PICKED):
        return await _picked(scene, card, work, value.removeprefix(desk.PICKED))
    if value == desk.ENOUGH:
        value = ",".join(work.picked)
        work = replace(work, picked=())
    work = work.without(work.need)
    left_out = dict.fromkeys(_behind(card, work.need), "") if not value else {}
    work = replace(work, given={**work.given, **left_out, work.need: value}, need="")
    return await _go_on(scene, work, card)


def _behind(card: CaseCard, need: str) -> list[str]:
    """Give the fields that are asked for only where another one has a value."""
    return [name for name, one in card.asks.items() if one.after == need]


async def _picked(scene: FlowContext, card: CaseCard, work: Work, value: str) -> FlowResult:
    """Take one more of several values, or one that was picked away again."""
    kept = tuple(one for one in work.picked if one != value)
    picked = kept if value in work.picked else (*kept, value)
    turn = await _ask(scene, card, replace(work, picked=picked), work.need)
    shown = replace(turn.replies[0], replaces=scene.message.tapped)
    return FlowResult(turn.draft, (shown, *turn.replies[1:]))


async def answer(scene: FlowContext, work: Work) -> FlowResult:
    """Take a message as what a begun move still needs; anything else is said in one line."""
    card = await _choosing(scene, work)
    if card is not None:
        read = await desk.read(scene, card, work.need, work.all_given)
        if read is None:
            return await _unlisted(scene, card, work)
        scene = replace(scene, message=read)
    filled, troubles = _filled(scene, work)
    if filled == work:
        seen = card or await _seen(scene, work)
        asked = _named(scene, seen, work.need) if seen else work.need
        return FlowResult(scene.draft, (scene.reply(_lacking(scene, work, troubles, asked)),))
    return await _go_on(scene, filled)


async def _choosing(scene: FlowContext, work: Work) -> CaseCard | None:
    """Give the case of a move that waits for a choice, where a message has words for it."""
    chosen = work.need not in ("", NOTE, PHOTO, FIX, *work.pictures)
    if not (chosen and any(one.text for one in scene.message.members or (scene.message,))):
        return None
    card = await _seen(scene, work)
    return card if card is not None and _same(card, work) else None


async def _unlisted(scene: FlowContext, card: CaseCard, work: Work) -> FlowResult:
    """Say at once that words are none of the choices, and show them again; photos are taken."""
    message = scene.message
    several = tuple(replace(one, text="") for one in message.members)
    shown = replace(scene, message=replace(message, text="", members=several))
    filled, troubles = _filled(shown, replace(work, version=card.version))
    for one in message.members or (message,):  # an edit of it is words for the same field
        if filled.message(one.key) is None:
            filled = filled.with_said(Said(one.key, one.mark, work.need))
    turn = await _ask(scene, card, filled, work.need)
    said = next(one.text for one in (message, *message.members) if one.text)
    text = "\n".join((_wrong(scene, said), *troubles, turn.replies[0].text))
    return FlowResult(turn.draft, (replace(turn.replies[0], text=text),))


def _wrong(scene: FlowContext, words: str) -> str:
    return scene.say("task.field_wrong", value=truncate(sanitize_text(words), 60))


def _same(card: CaseCard, work: Work) -> bool:
    """Tell whether a begun move is still the move it was, whatever else was noted in between."""
    return card.stage == work.stage and work.action in card.actions


def _filled(scene: FlowContext, work: Work) -> tuple[Work, list[str]]:
    """Give the move with what a message says and shows, and what went wrong with it."""
    troubles: list[str] = []
    need = "" if work.need in (NOTE, PHOTO, FIX, "", *work.pictures) else work.need
    for one in scene.message.members or (scene.message,):
        words = truncate(sanitize_text(one.text), MAX_NOTE_LENGTH)
        said = Said(one.key, one.mark, need, words)
        said, more = _shown(scene, one, work, said)
        troubles += more
        if said.text or said.photos:
            work = work.with_said(said)
        if one.point is not None and one.accuracy is not None:
            work = replace(work, fix=Fix(one.point, one.accuracy, one.said_at))
        if scene.photos.tells_place(one.photos):
            work = replace(work, placed=True)
    return work, list(dict.fromkeys(troubles))


def _shown(
    scene: FlowContext, message: MessageIn, work: Work, said: Said
) -> tuple[Said, list[str]]:
    """Give a message's part of a move with its photos; those it had stay where none is new."""
    room = MAX_COUNT - len(set(work.all_photos) - set(said.photos))
    taken = scene.photos.take(message.photos, room)
    troubles = [scene.say(key, most=MAX_COUNT) for key in taken.troubles]
    return replace(said, photos=taken.photos or said.photos), troubles


async def edited(scene: FlowContext, work: Work, said: Said) -> FlowResult:
    """Take an edit of a message whose words a begun move still holds."""
    message = scene.message
    if said.mark == message.mark:
        return FlowResult(scene.draft)
    words, head = (
        truncate(sanitize_text(message.text), MAX_NOTE_LENGTH),
        scene.say("bot.edit_taken"),
    )
    card = await _choosing(scene, replace(work, need=said.need))
    if card is not None:
        read = await desk.read(scene, card, said.need, work.all_given)
        words, head = (read.text, head) if read else ("", _wrong(scene, words))
    anew = replace(said, mark=message.mark, text=words)
    anew, troubles = _shown(scene, message, work, anew)
    turn = await _go_on(scene, work.with_said(anew))
    if turn.draft.work is None:
        return turn
    told = "\n".join((head, *troubles, turn.replies[0].text))
    return FlowResult(turn.draft, (replace(turn.replies[0], text=told), *turn.replies[1:]))


def _lacking(scene: FlowContext, work: Work, troubles: list[str], asked: str) -> str:
    key = f"task.lack_{PHOTO if work.need in work.pictures else work.need}"
    if not known(key, scene.language):
        key = "task.lack_field"
    return "\n".join((*troubles, scene.say(key, number=printed(work.number), field=asked)))


# --- the move itself


async def _do(scene: FlowContext, work: Work) -> FlowResult:
    """Make the move; what is kept of the chat afterwards is kept with it, or not at all."""
    draft = _done_draft(scene, work).took(scene.message.key, made=work)
    try:
        moved = await _act(scene, work, scene.message.key, draft)
    except Conflict:
        return await _overtaken(scene, work)
    except Invalid as error:
        return await _wanted(scene, work, error)
    except (Refused, Forbidden, NotFound) as error:
        text = _refusal(scene, error)
        return FlowResult(replace(scene.draft, work=None), (scene.reply(text),))
    return FlowResult(draft, _done(scene, moved, work), kept=True)


async def _act(scene: FlowContext, work: Work, key: str, draft: Draft | None) -> CaseCard:
    return await scene.backend.act(
        work.number,
        work.action,
        scene.chat,
        key=key,
        version=work.version,
        note=work.all_note,
        media=work.all_photos,
        given=_values(work),
        fix=work.fix,
        draft=None if draft is None else to_row(draft),
    )


def _values(work: Work) -> dict[str, object]:
    """Give the fields of a move as the backend takes them; what is left out is not named."""
    given = {name: value for name, value in work.all_given.items() if value}
    lists = {name: given[name].split(",") for name in work.lists if name in given}
    return {**given, **lists, **dict.fromkeys(work.pictures, work.all_photos)}


async def again(scene: FlowContext, work: Work, key: str) -> tuple[MessageOut, ...]:
    """Give the answer to a message that has made a move, in case it has not gone out."""
    if scene.actor is None:
        return ()
    try:
        moved = await _act(scene, work, key, None)  # made once by this key, whoever asks again
    except (Conflict, Invalid, Refused, Forbidden, NotFound):
        return ()
    return _done(scene, moved, work)


async def _overtaken(scene: FlowContext, work: Work) -> FlowResult:
    """Make the move on the case as it is now where it is still the same move, else say so."""
    card = await _seen(scene, work)
    if card is None:
        return _gone(scene)
    if _same(card, work) and card.version > work.version:
        return await _do(scene, replace(work, version=card.version))
    return _moved(scene, card, work)


async def _wanted(scene: FlowContext, work: Work, error: Invalid) -> FlowResult:
    """Ask for the field that the backend misses or cannot use."""
    if error.field in ("body", "channel", "address", "key", "version", "action", "draft"):
        return FlowResult(replace(scene.draft, work=None), (scene.reply(_refusal(scene, error)),))
    card = await _seen(scene, work)
    if card is None:
        return _gone(scene)
    if error.field == "media":  # the photos, not a field: new ones are asked for
        draft = replace(scene.draft, loose=(), loose_album="")
        turn = await _ask(replace(scene, draft=draft), card, work.without_photos(), PHOTO)
        words = f"{scene.say('bot.photo_used')}\n{turn.replies[0].text}"
        return FlowResult(turn.draft, (replace(turn.replies[0], text=words),))
    if error.code in _PROOF:
        return await _ask_proof(scene, card, work, error)
    turn = await _ask(scene, card, work.without(error.field), error.field)
    if error.field not in work.all_given:
        return turn
    wrong = _wrong(scene, work.all_given[error.field])
    first = replace(turn.replies[0], text=f"{wrong}\n{turn.replies[0].text}")
    return FlowResult(turn.draft, (first,))


async def _ask_proof(scene: FlowContext, card: CaseCard, work: Work, error: Invalid) -> FlowResult:
    """Say why photos do not prove the closing, and ask for new ones or for the position."""
    if error.field == FIX:
        turn = _ask_place(scene, card, replace(work, fix=None, placed=False, need=FIX))
    else:
        draft = replace(scene.draft, loose=(), loose_album="")
        turn = await _ask(replace(scene, draft=draft), card, work.without_photos(), PHOTO)
    words = f"{scene.say(f'task.{error.code}')}\n{turn.replies[0].text}"
    return FlowResult(turn.draft, (replace(turn.replies[0], text=words),))


def _refusal(scene: FlowContext, error: HotlineError) -> str:
    if error.code == "other_post":
        return scene.say("task.some_other_post")
    key = "task.not_yours" if isinstance(error, (Forbidden, NotFound)) else "task.not_now"
    return scene.say(key)


def _done_draft(scene: FlowContext, work: Work) -> Draft:
    draft = replace(scene.draft, work=None)
    if not work.evidence or not work.all_photos:
        return draft
    until = (scene.now + LATE).isoformat()
    albums = {draft.loose_album, scene.message.album} - {""}
    homes = tuple(AlbumHome(one, work.number, work.evidence, until) for one in sorted(albums))
    return replace(draft, loose=(), loose_album="").housed(homes)


def _done(scene: FlowContext, card: CaseCard, work: Work) -> tuple[MessageOut, ...]:
    """Give the card edited in place; after a photo or words also a line the person cannot miss."""
    assert scene.actor is not None
    line = scene.say(
        "task.done",
        action=work.called or work.action,
        name=scene.actor.name or scene.actor.person,
        time=scene.city.time(scene.now),
    )
    edited = _card(scene, card, work.card, line)
    if scene.message.tap and scene.message.tapped == work.card:
        return (edited,)
    words = f"{printed(card.number)} {line}"
    return (edited, scene.reply(words, replaces=scene.message.tapped))


def _moved(scene: FlowContext, card: CaseCard, work: Work) -> FlowResult:
    """Say that somebody was faster; photos that were sent stay at hand."""
    draft = replace(scene.draft, work=None)
    if work.evidence:
        draft = at_hand.kept(scene, draft, work.all_photos)
    words = scene.reply(moved_words(card, scene.language))
    edited = _card(scene, card, work.card)
    return FlowResult(draft, (edited, words) if work.card else (words,))


# --- replies to a card


async def replied(scene: FlowContext) -> FlowResult | None:
    """Take a reply to a case's card: a photo finishes a department's case, words are a note.

    None when it is neither.
    """
    card = scene.card
    if card is None:
        return None
    photos = bool(scene.message.photos)
    if photos and collector.asks_for_photo(card):
        return at_hand.loose(scene, [card])
    action = card.with_evidence(MediaKind.PHOTO_DONE) if photos else card.noting
    if not action or not (photos or scene.message.text):
        return None
    work = _begun(scene, card, action, scene.message.answers_message)
    return await answer(scene, replace(work, need=NOTE))
