"""The play: what each player does next is read from the case itself, so nothing is remembered."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backend.demo.accounts import DemoAccount
from backend.demo.login import DemoLogin, Json, Refusal
from backend.demo.photo import draw_photo
from backend.demo.play import PlayTurn
from hotline.clock import Clock
from hotline.form.beside import NOTE, PHOTO

LOG = logging.getLogger("hotline.cast")


@dataclass(slots=True)
class DemoActors:
    """The players of the demo, each at a seat of its own."""

    base_url: str
    accounts: list[DemoAccount]
    clock: Clock
    pause: timedelta
    language: str
    play: list[PlayTurn]
    seats: dict[str, DemoLogin] = field(default_factory=dict)

    async def look(self) -> int:
        """Let everybody look once and do what is theirs to do; gives how much was done."""
        watcher = next((one for one in self.accounts if one.sees_all), None)
        if watcher is None or not self.play:
            return 0
        seat, done = self._seat(watcher), 0
        for row in await seat.cases(*dict.fromkeys(turn.stage for turn in self.play)):
            if is_played(row):
                done += await self._next(await seat.case(row["number"]))
        return done

    async def close(self) -> None:
        """Let everybody go home."""
        for seat in self.seats.values():
            await seat.close()

    async def _next(self, file: Json) -> int:
        case = file["case"]
        if self.clock.now() - last_change(file) < self.pause:
            return 0
        turn = next((one for one in self.play if one.fits(case)), None)
        # What came back from a department is left to the people.
        if turn is None or case["returns"]:
            return 0
        try:
            return await self._take(turn, case)
        except Refusal as refusal:
            # A person was faster, or the office knows better; the next look sees how it stands.
            LOG.info("case %s: %s", case["number"], refusal)
            return 0

    async def _take(self, turn: PlayTurn, case: Json) -> int:
        player = self._player(turn, case)
        if player is None:
            return 0
        buttons = (await player.case(case["number"]))["buttons"]
        button = next((one for one in buttons if one["action"] == turn.action), None)
        given = None if button is None else _inputs(case, button["needs"])
        if button is None or given is None:
            return 0
        media = []
        if turn.photo:
            photo = draw_photo(case["number"], self.clock.now(), case["point"])
            media.append(await player.upload(photo, button["evidence"]))
        note = turn.note_en if self.language == "en" else turn.note
        await player.act(case, turn.action, media=media, note=note, given=given)
        return 1

    def _player(self, turn: PlayTurn, case: Json) -> DemoLogin | None:
        """Give who does a turn: the first who may make the move, or who has the role."""
        named = (case["assignments"].get(turn.role) or {}).get("person")
        for one in self.accounts:
            if one.rights.may(turn.permission) and (not turn.role or one.person == named):
                return self._seat(one)
        return None

    def _seat(self, account: DemoAccount) -> DemoLogin:
        if account.username not in self.seats:
            self.seats[account.username] = DemoLogin(self.base_url, account)
        return self.seats[account.username]


def _inputs(case: Json, needs: Sequence[str]) -> Json | None:
    """Give what a move needs, as the page would fill it in; None where that is not known."""
    likely = {"matter": case["suggestions"][0]["code"]} if case["suggestions"] else {}
    given = {}
    for need in needs:
        if need in (NOTE, PHOTO):
            continue
        value = case.get(need) or case["fields"].get(need) or case["suggested"].get(need)
        given[need] = value or likely.get(need)
        if given[need] is None:
            return None
    return given


def is_played(row: Json) -> bool:
    """Tell whether the cast plays a case: a spoken report with words, class and place known.

    What nobody understood is left to the people.
    """
    spoken = row["channel"] == "phone" and row["has_recording"] and row["text"]
    return bool(spoken and row["cell"])


def last_change(file: Json) -> datetime:
    """Give when the newest step of a case was made."""
    steps = [entry["at"] for entry in file["timeline"] if entry["kind"] == "step"]
    return datetime.fromisoformat(max(steps))
