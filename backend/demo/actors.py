"""The play: what each player does next is read from the case itself, so nothing is remembered."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from backend.demo.accounts import DemoAccount
from backend.demo.photo import draw_photo
from backend.demo.seat import Json, Refusal, Seat
from hotline.case.returns import RETURNS
from hotline.clock import Clock
from hotline.words import say

LOG = logging.getLogger("hotline.cast")
# Whom the players are: who may do this.
ACCEPTS, DISPATCHES = "case.accept", "case.dispatch"
STAGES: Final = ("reported", "verifying", "to_dispatch")


@dataclass(slots=True)
class DemoActors:
    """The players of the demo, each at a seat of its own."""

    base_url: str
    accounts: list[DemoAccount]
    clock: Clock
    pause: timedelta
    language: str
    seats: dict[str, Seat] = field(default_factory=dict)

    async def look(self) -> int:
        """Let everybody look once and do what is theirs to do; gives how much was done."""
        watcher = self._player(ACCEPTS)
        if watcher is None:
            return 0
        done = 0
        for row in await watcher.cases(*STAGES):
            if is_played(row):
                done += await self._next(watcher, row["number"])
        return done

    async def close(self) -> None:
        """Let everybody go home."""
        for seat in self.seats.values():
            await seat.close()

    async def _next(self, watcher: Seat, number: str) -> int:
        file = await watcher.case(number)
        case = file["case"]
        if self.clock.now() - last_change(file) < self.pause:
            return 0
        try:
            return await self._act(watcher, case)
        except Refusal as refusal:
            # A person was faster, or the office knows better; the next look sees how it stands.
            LOG.info("case %s: %s", number, refusal)
            return 0

    async def _act(self, watcher: Seat, case: Json) -> int:
        if case["stage"] == "reported" and not (case["matter"] or case["suggestions"]):
            return 0
        match case["stage"]:
            case "reported" if case["fields"].get("verified") is None:
                return await self._ask_verify(watcher, case)
            case "reported" if case["fields"].get("verified") == "true":
                return await self._file(watcher, case)
            case "verifying":
                return await self._verify(case)
            case "to_dispatch":
                return await self._dispatch(case)
        return 0

    async def _ask_verify(self, acceptor: Seat, case: Json) -> int:
        collector = case["suggested"].get("collector")
        if collector is None:
            return 0
        note = say("cast.ask_verify", self.language)
        await acceptor.act(case, "ask_verify", collector=collector, note=note)
        return 1

    async def _verify(self, case: Json) -> int:
        collector = self._person(case["assignments"]["collector"]["person"])
        if collector is None:
            return 0
        photo = draw_photo(case["number"], self.clock.now())
        sha256 = await collector.upload(photo, "photo_verify")
        note = say("cast.verify", self.language)
        await collector.act(case, "verify_true", media=[sha256], note=note)
        return 1

    async def _file(self, acceptor: Seat, case: Json) -> int:
        given: dict[str, Any] = {
            "matter": case["matter"] or case["suggestions"][0]["code"],
            "condition": case["condition"] or case["suggested"].get("condition"),
            "cell": case["cell"],
        }
        await acceptor.act(case, "file", note=say("cast.file", self.language), **given)
        return 1

    async def _dispatch(self, case: Json) -> int:
        dispatcher, department = self._player(DISPATCHES), case["suggested_department"]
        if dispatcher is None or department is None:
            return 0
        note = say("cast.dispatch", self.language)
        await dispatcher.act(case, "dispatch", department=department["id"], note=note)
        return 1

    def _player(self, permission: str) -> Seat | None:
        found = next((one for one in self.accounts if one.rights.may(permission)), None)
        return self._seat(found) if found else None

    def _person(self, person: str | None) -> Seat | None:
        found = next((one for one in self.accounts if one.person == person), None)
        return self._seat(found) if found else None

    def _seat(self, account: DemoAccount) -> Seat:
        if account.username not in self.seats:
            self.seats[account.username] = Seat(self.base_url, account)
        return self.seats[account.username]


def is_played(row: Json) -> bool:
    """Tell whether the cast plays a case: a spoken report with words, class and place known.

    What came back from a department, and what nobody understood, is left to the people.
    """
    spoken = row["channel"] == "phone" and row["has_recording"] and row["text"]
    return bool(spoken and row["cell"] and not row["counts"].get(RETURNS))


def last_change(file: Json) -> datetime:
    """Give when the newest step of a case was made."""
    steps = [entry["at"] for entry in file["timeline"] if entry["kind"] == "step"]
    return datetime.fromisoformat(max(steps))
