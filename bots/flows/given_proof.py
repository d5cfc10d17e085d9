"""The proof that somebody's report is in the log, as a file that they can check by themselves."""

import json
from dataclasses import replace

from bots.flow import FlowContext, FlowResult
from hotline.errors import NotFound, Refused, Unavailable
from hotline.number import numbers_in, printed
from hotline.record.log_entry import LogDamaged
from hotline.wire import plain


async def give(scene: FlowContext, asked: str) -> FlowResult:
    """Give the proof of the case of a number, or of the newest one where none is named."""
    numbers = numbers_in(asked)
    if asked and not numbers:
        return FlowResult(scene.draft, (scene.reply(scene.say("bot.number_wrong")),))
    brief = await scene.backend.newest_case(*scene.chat, numbers[0] if numbers else "")
    if brief is None:
        key = "bot.number_unknown" if numbers else "bot.no_case"
        said = scene.say(key, number=printed(numbers[0]) if numbers else "")
        return FlowResult(scene.draft, (scene.reply(said),))
    try:
        found = await scene.backend.proof(brief.number, scene.chat)
    except (NotFound, Refused):
        said = scene.say("bot.proof_early", number=printed(brief.number))
        return FlowResult(scene.draft, (scene.reply(said),))
    except Unavailable as error:
        if error.code != LogDamaged.code:
            raise
        # Tried again it would hold up whatever else is written in this chat.
        said = scene.say("bot.proof_damaged", number=printed(brief.number))
        return FlowResult(scene.draft, (scene.reply(said),))
    told = json.dumps(plain(found), ensure_ascii=False, indent=1)
    reply = scene.reply(scene.say("bot.proof", number=printed(brief.number)))
    named = f"proof-{brief.number}.json"
    return FlowResult(scene.draft, (replace(reply, file=told, file_name=named),))
