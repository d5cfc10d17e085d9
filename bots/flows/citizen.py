"""A report by chat: photos, words and place in any order, one card, a number back. (上报)"""

from dataclasses import replace
from datetime import datetime, timedelta

from bots.channel import Button, MessageOut, Rows
from bots.draft import AlbumHome, Draft, DraftPart, Placed, ReportDraft
from bots.flow import FlowContext, FlowResult
from bots.media import MAX_COUNT, Taken
from bots.stored import LONG_AGO, instant
from hotline.card import ClassSeen, Understood
from hotline.errors import HotlineError, Invalid, Refused, Unavailable
from hotline.media import MediaKind
from hotline.number import printed
from hotline.place.point import Point
from hotline.report import Contact, NewReport
from hotline.sanitize import sanitize_name, sanitize_text, truncate

MAX_WORDS_LENGTH = 4000
MAX_PLACE_LENGTH = 300
SHOWN_WORDS = 1500
LATE = timedelta(minutes=10)
LISTED = 3
NEW = "new"
DAY_LIMIT = "day_limit"


async def gather(scene: FlowContext) -> FlowResult:
    """Add a message to the report, and show the card or say in one line what is missing."""
    message, draft = scene.message, scene.draft
    report = draft.report or ReportDraft(message.key, message.said_at.isoformat())
    added, troubles = report, list[str]()
    for member in message.members or (message,):
        own = replace(scene, message=member)
        taken = scene.photos.take(member.photos, MAX_COUNT - len(added.photos))
        added, more = _added(own, added, taken)
        troubles += more
    troubles = list(dict.fromkeys(troubles))
    if added == report:
        return FlowResult(draft, (_nothing(scene, troubles),))
    return await _present(scene, added, troubles)


def _added(scene: FlowContext, report: ReportDraft, taken: Taken) -> tuple[ReportDraft, list[str]]:
    """Give the report with the part of a message, and what went wrong with it."""
    message = scene.message
    troubles = [scene.say(key, most=MAX_COUNT) for key in taken.troubles]
    part = DraftPart(message.key, message.mark, photos=taken.photos, hint=taken.hint)
    if message.album and taken.photos:
        part = replace(part, album=message.album)
    awaited, awaits = report.awaits == "place", report.awaits
    if message.point is not None:
        part = replace(part, point=message.point, moves=awaited)
        awaits = "" if awaited else awaits
    words = sanitize_text(message.text)
    if words and awaited and not message.photos:
        part = replace(part, place_text=truncate(words, MAX_PLACE_LENGTH), moves=True)
        awaits = ""
    elif words:
        part, longer = _worded(report, part, words)
        troubles += [scene.say("bot.words_long", most=MAX_WORDS_LENGTH)] if longer else []
        awaits = "" if awaits == "words" else awaits
    if part == DraftPart(message.key, message.mark):
        return report, troubles
    return replace(report.with_part(part), awaits=awaits), troubles


def _worded(report: ReportDraft, part: DraftPart, words: str) -> tuple[DraftPart, bool]:
    """Give the part with as many of its words as the report has room for, and whether some went."""
    others = "\n".join(one.text for one in report.parts if one.text and one.key != part.key)
    room = max(MAX_WORDS_LENGTH - len(others) - 1, 1)
    return replace(part, text=truncate(words, room)), len(words) > room


# --- edited messages


async def edited(scene: FlowContext) -> FlowResult:
    """Take an edit of a message that is still in the draft; any other counts no longer."""
    message, report = scene.message, scene.draft.report
    part = report.part(message.edits) if report is not None else None
    if report is None or part is None:
        return FlowResult(scene.draft, _too_late(scene))
    if part.mark == message.mark:
        return FlowResult(scene.draft)
    room = MAX_COUNT - len(report.photos) + len(part.photos)
    taken = scene.photos.take(message.photos, room)
    anew = replace(
        part,
        mark=message.mark,
        text="",
        point=message.point or part.point,
        # What cannot be fetched now was taken before and is not lost by an edit.
        photos=taken.photos or part.photos,
        hint=taken.hint or part.hint,
    )
    troubles = [
        scene.say("bot.edit_taken"),
        *(scene.say(one, most=MAX_COUNT) for one in taken.troubles),
    ]
    words = sanitize_text(message.text)
    if part.place_text:
        anew = replace(anew, place_text=truncate(words, MAX_PLACE_LENGTH))
    elif words:
        anew, longer = _worded(report, anew, words)
        troubles += [scene.say("bot.words_long", most=MAX_WORDS_LENGTH)] if longer else []
    return await _present(scene, report.with_part(anew), troubles)


def _too_late(scene: FlowContext) -> tuple[MessageOut, ...]:
    handed = scene.draft.handed_with(scene.message.edits)
    if handed is None:
        return (scene.reply(scene.say("bot.edit_unknown")),)
    if handed.marks[scene.message.edits] == scene.message.mark:
        return ()
    return (scene.reply(scene.say("bot.edit_late", number=printed(handed.number))),)


# --- what is shown


def _nothing(scene: FlowContext, troubles: list[str]) -> MessageOut:
    if troubles:
        return scene.reply("\n".join(troubles))
    odd = scene.message.odd
    if odd == "large":
        return scene.reply(scene.say("bot.photo_large"))
    lack = _lack(scene.draft.report)
    return scene.reply(scene.say(f"bot.odd_{lack}" if odd else f"bot.need_{lack}"))


def _lack(report: ReportDraft | None) -> str:
    if report is None or not (report.text or report.photos):
        return "words"
    if not _placed(report):
        return "place"
    return "submit"


def begun(
    key: str, said_at: datetime, photos: tuple[str, ...], albums: tuple[str, ...]
) -> ReportDraft:
    """Give a report that begins with photos which are stored already."""
    parts = (DraftPart(key, photos=photos), *(DraftPart(album=album) for album in albums))
    return ReportDraft(key, said_at.isoformat(), parts=parts)


async def present(scene: FlowContext) -> FlowResult:
    """Show the card of the draft's report, or say what is missing."""
    assert scene.draft.report is not None
    return await _present(scene, scene.draft.report, [])


async def _present(scene: FlowContext, report: ReportDraft, troubles: list[str]) -> FlowResult:
    if scene.message.odd:
        large = scene.message.odd == "large"
        troubles.append(scene.say("bot.photo_large" if large else "bot.odd_dropped"))
    if not (report.text or report.photos):
        text = "\n".join((*troubles, scene.say("bot.need_words")))
        return FlowResult(replace(scene.draft, report=report), (scene.reply(text),))
    seen = await _understood(scene, report)
    if seen.outside:
        troubles.append(scene.say("bot.place_outside"))
    placed = bool(report.place.text) if seen.outside else _placed(report)
    if not (placed or seen.place):
        report = replace(report, awaits="place")
        text = "\n".join((*troubles, scene.say("bot.need_place")))
        ask = scene.reply(text, ask_place=scene.say("bot.share_place"))
        return FlowResult(replace(scene.draft, report=report), (ask,))
    report = replace(report, rev=report.rev + 1, awaits="")
    card = _card(scene, report, seen, troubles)
    return FlowResult(replace(scene.draft, report=report), (card,))


async def _understood(scene: FlowContext, report: ReportDraft) -> Understood:
    """Ask what the words mean; when that fails the card is shown all the same."""
    words = "\n".join(part for part in (report.place.text, report.text) if part)
    try:
        return await scene.backend.understand(words, _point(report))
    except Unavailable:
        raise
    except HotlineError:
        return Understood((), None, "normal", in_scope=True, unsure=True)


def _point(report: ReportDraft) -> Point | None:
    return report.place.point or report.place.hint


def _placed(report: ReportDraft) -> bool:
    return report.place != Placed()


def _card(
    scene: FlowContext,
    report: ReportDraft,
    seen: Understood,
    troubles: list[str],
    replaces: str = "",
) -> MessageOut:
    text = _card_text(scene, report, seen, troubles)
    return scene.reply(text, *_buttons(scene, report), replaces=replaces)


def _card_text(
    scene: FlowContext, report: ReportDraft, seen: Understood, troubles: list[str]
) -> str:
    lines = [*troubles, scene.say("bot.card_head")]
    lines.append(scene.say("bot.card_matter", matter=_matter(scene, report, seen)))
    cell = seen.place.cell if seen.place and seen.place.cell else ""
    key = "bot.card_place_cell" if cell else "bot.card_place"
    lines.append(scene.say(key, place=_place(scene, report, seen), cell=cell))
    if report.photos:
        lines.append(scene.say("bot.card_photos", photos=len(report.photos)))
    if report.text:
        lines.append(scene.say("bot.card_words", text=truncate(report.text, SHOWN_WORDS)))
    if not seen.in_scope:
        lines.append(scene.say("bot.card_out_of_scope"))
    return "\n".join(lines)


def _matter(scene: FlowContext, report: ReportDraft, seen: Understood) -> str:
    if report.matter_name:
        return report.matter_name
    if seen.unsure or not seen.classes:
        guess = f" {_named(scene, seen.classes[0])}" if seen.classes else ""
        return scene.say("bot.matter_unsure", guess=guess).strip()
    return _named(scene, seen.classes[0])


def _named(scene: FlowContext, seen: ClassSeen) -> str:
    return seen.name_en or seen.name if scene.language == "en" else seen.name


def _place(scene: FlowContext, report: ReportDraft, seen: Understood) -> str:
    where = report.place
    if where.text:
        return where.text
    if seen.place and seen.place.text:
        return seen.place.text
    return scene.say("bot.place_sent" if where.point else "bot.place_of_photo")


def _buttons(scene: FlowContext, report: ReportDraft) -> Rows:
    def button(name: str) -> Button:
        return scene.button(f"bot.button_{name}", f"{NEW}:{report.rev}:{name}")

    return (
        (button("submit"),),
        (button("matter"), button("place")),
        (button("words"), button("cancel")),
    )


# --- taps


def stale(scene: FlowContext, rev: str) -> bool:
    """Tell whether a tap stands on an older card, or on one whose report is gone."""
    report = scene.draft.report
    return report is None or str(report.rev) != rev


async def tap(scene: FlowContext, action: str) -> FlowResult:
    """Do what a button of the newest card says."""
    report = scene.draft.report
    assert report is not None
    match action.partition("."):
        case ("submit", _, _):
            return await submit(scene, report)
        case ("cancel", _, _):
            text = scene.say("bot.cancelled")
            return FlowResult(replace(scene.draft, report=None), (_edit(scene, text),))
        case ("place", _, _):
            ask = scene.reply(scene.say("bot.give_place"), ask_place=scene.say("bot.share_place"))
            return FlowResult(replace(scene.draft, report=replace(report, awaits="place")), (ask,))
        case ("words", _, _):
            ask = scene.reply(scene.say("bot.give_words"))
            return FlowResult(replace(scene.draft, report=replace(report, awaits="words")), (ask,))
        case ("matter", _, _):
            return await _list_matters(scene, report)
        case ("class", _, code):
            return await _choose_matter(scene, report, code)
        case _:
            return FlowResult(scene.draft)


async def _list_matters(scene: FlowContext, report: ReportDraft) -> FlowResult:
    seen = await _understood(scene, report)
    rows = [
        (Button(_named(scene, one), f"{NEW}:{report.rev}:class.{one.code}"),)
        for one in seen.classes[:LISTED]
    ]
    rows.append((scene.button("bot.button_no_matter", f"{NEW}:{report.rev}:class."),))
    text = _card_text(scene, report, seen, []) + "\n\n" + scene.say("bot.choose_matter")
    return FlowResult(scene.draft, (scene.reply(text, *rows, replaces=scene.message.tapped),))


async def _choose_matter(scene: FlowContext, report: ReportDraft, code: str) -> FlowResult:
    seen = await _understood(scene, report)
    names = {one.code: _named(scene, one) for one in seen.classes}
    name = names.get(code, scene.say("bot.matter_unsure", guess="").strip())
    report = replace(report, matter=code, matter_name=name, rev=report.rev + 1)
    card = _card(scene, report, seen, [], replaces=scene.message.tapped)
    return FlowResult(replace(scene.draft, report=report), (card,))


def _edit(scene: FlowContext, text: str) -> MessageOut:
    return scene.reply(text, replaces=scene.message.tapped)


async def submit(scene: FlowContext, report: ReportDraft) -> FlowResult:
    """Hand the report in and give its number back; a refusal keeps the draft."""
    seen = await _understood(scene, report)
    try:
        receipt = await scene.backend.submit(_new_report(scene, report, seen))
    except (Invalid, Refused) as error:
        key = "bot.day_limit" if error.code == DAY_LIMIT else "bot.not_taken"
        return FlowResult(scene.draft, (scene.reply(scene.say(key)),))
    until = (scene.now + LATE).isoformat()
    homes = tuple(
        AlbumHome(album, receipt.number, MediaKind.PHOTO, until) for album in report.albums
    )
    done = scene.say("bot.registered", number=printed(receipt.number))
    draft = scene.draft.handed_in(receipt.number).housed(homes)
    return FlowResult(draft, (_edit(scene, done),))


def _new_report(scene: FlowContext, report: ReportDraft, seen: Understood) -> NewReport:
    message, actor = scene.message, scene.actor
    place = report.place.text or (seen.place.text if seen.place else "")
    return NewReport(
        channel=message.channel,
        key=report.key,
        contact=Contact(
            message.channel, message.address, sanitize_name(message.name), scene.language
        ),
        said_at=instant(report.said_at, scene.now),
        text=report.text,
        place_text=place,
        point=_point(report),
        matter=report.matter or None,
        language=scene.language,
        media=report.photos,
        reporter=actor.person if actor and actor.collects else None,
    )


# --- late members of an album


async def late(scene: FlowContext, home: AlbumHome) -> FlowResult:
    """Add photos that came after their album was taken to the case that has it."""
    kind = MediaKind(home.kind)
    taken = scene.photos.take(scene.message.photos)
    lines = [scene.say(key, most=MAX_COUNT) for key in taken.troubles]
    added = 0
    for sha256 in taken.photos:
        key = f"{scene.message.key}:{sha256[:16]}"
        try:
            await scene.backend.attach(home.number, sha256, kind, key, chat=scene.chat)
        except Invalid:
            lines.append(scene.say("bot.photo_used"))
        else:
            added += 1
    if added:
        lines.insert(0, scene.say("bot.late_photo", number=printed(home.number)))
    return FlowResult(scene.draft, (scene.reply("\n".join(lines)),) if lines else ())


def in_time(scene: FlowContext, home: AlbumHome) -> bool:
    """Tell whether an album's late members are still taken."""
    return scene.now <= instant(home.until, LONG_AGO)


def dropped(draft: Draft) -> Draft:
    """Give the draft with nothing begun in it."""
    return replace(draft, report=None, work=None, own=None, loose=(), loose_album="")
