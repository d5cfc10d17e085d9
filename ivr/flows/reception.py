"""The hotline's call where people take calls: a person is the default, and keys are an offer.

No thread is held while a caller waits: the flow says where and ends, the dialplan runs the queue,
and a flow goes on when the caller has left it, or when it is time to tell how long it will take.
"""

from datetime import datetime
from typing import Final

from hotline.call import CallEventType
from hotline.clock import Clock
from hotline.room.call_back import is_leg
from hotline.room.nuisance import NuisanceLevel
from hotline.room.plan import Does, Skill
from ivr.asked import BackendGateway
from ivr.flows.ask_back import AskBack, Place
from ivr.flows.bulletin import BulletinTalk
from ivr.flows.intake import NUMBER_VARIABLE, Incoming, Intake
from ivr.flows.room_now import RoomNow
from ivr.flows.stand import OFFERED, menu_words, place_words, wait_words
from ivr.flows.survey import SurveyTalk, comment_of
from ivr.flows.voice import ANY, BETWEEN_DIGITS_S, NO_INPUT_S, key_word
from ivr.line import Line
from ivr.prompts import Prompts
from ivr.switch.beep import TOLD_AT_SEAT, told_at_seat, words_at_seat
from ivr.switch.called import SENT, Priority, number_of, queue_of, seat_in, time_of

# What the dialplan and its queues read (config/asterisk/conf), and what they leave.
WAY, TO_QUEUE = "WAY", "queue"
QUEUE, PLACE, PRIORITY = "QUEUE", "PLACE", "QUEUE_PRIO"
WAIT, LONGEST, TURN = "WAIT", "LONGEST", "TURN"
ACCOUNT, ROOM = "CHANNEL(accountcode)", "room"
PRESSED, STATUS, ENTERED, STOOD = "PRESSED", "QUEUESTATUS", "ENTERED", "QUEUEPOSITION"
AT_SEAT, MET = "MEMBERINTERFACE", "MET"
TALKED, EMPTY, TIMED_OUT = "CONTINUE", ("JOINEMPTY", "LEAVEEMPTY"), "TIMEOUT"
# What a flow leaves for the next one of the same call.
# The exchange tells it with the line: who listens to the talk hears by it.
SPOKEN = "CHANNEL(language)"
SINCE, SPEAKS, CALM, KEYS, KEY_AT, MISSED, TOLD = (
    *("ROOM_SINCE", "ROOM_SPEAKS", "ROOM_CALM", "ROOM_KEYS", "ROOM_KEY_AT"),
    *("ROOM_MISSED", "ROOM_TOLD"),
)  # fmt: skip
# Some telephones send one press in two ways: what comes within this is not pressed again.
APART_S: Final = 0.35
BY_KEY, BY_TIME = "key", "timeout"
# A page that is read anew is away for a moment: so often, so many seconds each, it is waited for.
BACK_TRIES, BACK_S = 3, 2.0
# Within this a page that is closed has told the exchange so.
LOST_S = 0.5
CONTACT = ";@"
# A telephone that has lost its power is still signed in, and answers nothing.
AWAY: Final = "Unreachable"
# Whoever is in danger waits for as long as somebody is there.
EMERGENCY_WAIT_S: Final = 86_400
LEAST_TURN_S: Final = 2
# The exchange looks at its clock once a second.
LATE_S: Final = 5


class Reception(Intake):
    """One call from ring to queue, and on from there; where nobody sits, the spoken report."""

    def __init__(
        self,
        line: Line,
        call: Incoming,
        office: BackendGateway,
        prompts: Prompts,
        clock: Clock,
        room: RoomNow,
    ):
        super().__init__(line, call, office, prompts, clock)
        self.room = room
        self.since: datetime | None = None
        self.calm = False
        # The keys that were pressed in the call, and how often one that does nothing was.
        self.keys = ""
        self._key_at: datetime | None = None
        self.missed = 0
        # What the caller has heard of the room while waiting.
        self.told = ""
        # How long the caller may still wait; None: from the beginning.
        self._left_s: int | None = None
        # The place that the caller has just left, and to which nobody has come since.
        self._stood = 0
        # The queue that a seat has sent the caller to.
        self._sent = 0
        self._was_queued = False
        # It is time to hear how it stands.
        self._is_turn = False
        self._is_over = False

    @property
    def urgent(self) -> str:
        """The keys that lead to a person at any time, and to be first where it is pressed again."""
        wanted = (Does.HUMAN, Does.EMERGENCY)
        return "".join(
            one.key for one in self.room.plan.keys if one.does in wanted or one.again in wanted
        )

    def _talk(self) -> None:
        if self.nuisance is NuisanceLevel.REFUSE:
            self._turn_away()
        elif self._open_skill() is None:
            key = self._say("greeting", press=self.menu) or self._tell_news()
            if not self._is_over:
                self._take_report(key)
        else:
            self._receive(self._say("welcome", press=ANY) or self._tell_news())

    def _turn_away(self) -> None:
        """Say in one sentence that the number is not served; who is in danger still is."""
        self._mark(CallEventType.TURNED_AWAY, NuisanceLevel.REFUSE)
        key = self._say("refused", press=self.urgent)
        while key is not None:
            if self._does(key) is Does.EMERGENCY:
                self._help()
                return
            key = self.line.wait_key(BETWEEN_DIGITS_S, self.urgent)
        self.line.hang_up()

    def go_on(self) -> None:
        """Go on with a caller who has left the queue: by a key, after a talk, or by time."""
        self._on_record(self._left, first=False)

    def _left(self) -> None:
        self._remember()
        pressed, status = self.line.variable(PRESSED), self.line.variable(STATUS)
        if pressed:
            self.room.left(self.call.key, BY_KEY)
            self._receive(pressed)
        elif status == TALKED and self.line.variable(MET) and not self._is_seat_lost():
            self._part()
        elif status == TALKED:
            self._left_s = None
            self._receive(self._say("room_back", press=ANY))
        elif status in EMPTY and self._somebody_is_back():
            self._queue()
        elif status == TIMED_OUT and self._left_s:
            self._is_turn, self._stood = True, _number(self.line.variable(STOOD))
            news, self.told = self.told, self.room.news
            self._receive(self._tell_news() if self.told != news else None)
        else:
            self._give_up()

    def _part(self) -> None:
        """Ask who has talked with a seat how it was, unless somebody was in danger; the end."""
        if not self.is_emergency:
            talk = SurveyTalk(self.voice, self.office, self.call.key, self.room.plan.survey)
            talk.ask(comment_of(self.call.recording, self.call.key))
        self._say("goodbye")
        self.line.hang_up()

    def _remember(self) -> None:
        """Take up what the flow before has left."""
        self.voice.language = self.prompts.language(self.line.variable(SPEAKS) or self.language)
        self.since = time_of(self.line.variable(SINCE))
        self._was_queued = self.since is not None
        self.calm = bool(self.line.variable(CALM))
        self.keys = self.line.variable(KEYS)
        self._key_at = time_of(self.line.variable(KEY_AT))
        self.missed = _number(self.line.variable(MISSED))
        self.told = self.line.variable(TOLD)
        self._sent = number_of(self.line.variable(SENT))
        self.is_emergency = _number(self.line.variable(PRIORITY)) == Priority.EMERGENCY
        entered = time_of(self.line.variable(ENTERED)) or self.clock.now()
        waited = max(0, int((self.clock.now() - entered).total_seconds()))
        self._left_s = max(0, _number(self.line.variable(WAIT)) - waited)

    def _receive(self, key: str | None) -> None:
        """Do what keys ask for, one after the other, and let the caller wait for a person."""
        self._do_keys(key)
        if not self._is_over:
            self._do_keys(self._tell_stand())
        if not self._is_over:
            self._queue()

    def _tell_news(self) -> str | None:
        """Tell the bulletin, or that it takes long; gives the key that was pressed."""
        if not self.room.news or self.calm:
            return None
        self._stood = 0
        if self.room.on_air is None:
            report = self._key_for(Does.REPORT)
            words = ["menu_report", key_word(report)] if report else []
            words += self._back_words(self._skill())
            return self._say("overloaded", *words, press=ANY)
        talk = BulletinTalk(self.voice, self.office, self.call.key, self.room.on_air)
        key = talk.tell()
        if not talk.is_joined_by(key):
            return key
        key = talk.join(self._key_for(Does.HUMAN) if self._open_skill() else "")
        if key is None:
            self._is_over = True
            self._say("goodbye")
            self.line.hang_up()
        return key

    def _key_for(self, does: Does) -> str:
        return next((one.key for one in self.room.plan.keys if one.does is does), "")

    def _do_keys(self, keys: str | None) -> None:
        are_typed = False
        while keys and self._keys_left and not self._is_over:
            are_typed = are_typed or len(keys) > 1
            if are_typed:  # one after the other, whenever they are taken up
                self._key_at = None
            keys = (self._do_key(keys[0]) or "") + keys[1:]

    def _do_key(self, key: str) -> str | None:
        """Do what a key asks for; gives the next ones that were pressed meanwhile."""
        self._keys_left -= 1
        self._stood = 0
        does = self._does(key)
        match does:
            case Does.REPORT:
                self._is_over = True
                self._take_report(None)
            case Does.EMERGENCY:
                self._is_over = True
                self._help()
            case Does.HUMAN:
                self.calm = True
            case Does.LANGUAGE:
                rule = self.room.plan.rule(key)
                assert rule is not None
                self._sent = 0
                return self._turn_to(rule.language)
            case Does.STATUS:
                return self._tell_status(key) or self._say("room_back", press=ANY)
            case Does.CALL_BACK:
                return self._ask_back()
            case None:
                return self._tell_miss(key)
        return None

    def _ask_back(self) -> str | None:
        """Let the caller be rung back at the place on the line that is theirs now."""
        skill = self._skill()
        if skill is None or not self._may_ask_back():
            return self._say("call_back_closed", press=ANY)
        if not self._waits_long(skill):
            return self._say("call_back_soon", press=ANY)
        place = Place(skill.queue, self._priority(), self._begin())
        talk = AskBack(self.voice, self.office, self.call.key, self.call.caller, place)
        key = talk.ask()
        if talk.is_kept:
            self._is_over = True
            self.line.hang_up()
        return key

    def _back_words(self, skill: Skill | None) -> list[str]:
        """Offer to be rung back where the wait is long."""
        offers = skill is not None and self._may_ask_back() and self._waits_long(skill)
        return menu_words(self.room.plan, (Does.CALL_BACK,)) if offers else []

    def _may_ask_back(self) -> bool:
        """Whether this caller may be rung back, as far as is known here."""
        here = bool(self.call.caller) and not is_leg(self.call.key) and not self.is_emergency
        return here and self.room.rings_back(self.clock.now())

    def _waits_long(self, skill: Skill) -> bool:
        waited = self.clock.now() - (self.since or self.clock.now())
        return self.room.is_long(skill.queue, waited.total_seconds())

    def _turn_to(self, language: str) -> str | None:
        """Speak another language from now on, or the first one again, and welcome in it."""
        before = self.language
        # The same key again leads back to the city's own language.
        self._speak(self.prompts.default if language == before else language)
        return None if self.language == before else self._say("welcome", press=ANY)

    def _does(self, key: str) -> Does | None:
        """Give what a key does now, and remember that it was pressed."""
        self._mark(CallEventType.KEY, key)
        rule, now = self.room.plan.rule(key), self.clock.now()
        apart = self._key_at is None or (now - self._key_at).total_seconds() >= APART_S
        again = key in self.keys and (apart or not self.keys.endswith(key))
        self.keys, self._key_at = self.keys + key, now
        if rule is None:
            return None
        does = rule.again if again and rule.again else rule.does
        if does is Does.EMERGENCY and not self.is_emergency:
            self.is_emergency = self.calm = True
            self._mark(CallEventType.EMERGENCY, key)
        return does

    def _tell_miss(self, key: str) -> str | None:
        """Say which key was pressed, and which do something; at the second time a person does."""
        self.missed += 1
        if self.missed > 1:
            return None
        words = menu_words(self.room.plan)
        key_said = self._say("you_pressed", key_word(key), *words, press=ANY)
        return key_said or self.line.wait_key(NO_INPUT_S, ANY)

    def _tell_stand(self) -> str | None:
        """Say how it stands for who will wait now; gives the key that was pressed meanwhile.

        Who is rung for at once hears nothing of it, who is told the second time also of the keys.
        """
        skill = self._skill()
        if skill is None or self.calm or self._is_rung_at_once(skill):
            return None
        since, now = self._begin(), self.clock.now()
        place = self._stood or self._place(skill, since)
        waited = (now - since).total_seconds()
        words = [*wait_words(self.room.expected(skill.queue) - waited), *place_words(place)]
        if self._is_turn and waited < self.room.plan.first_announce_s + LATE_S:
            words += menu_words(self.room.plan, OFFERED)
        words += self._back_words(skill) if self._is_turn else []
        if not words:
            return None
        self._stood = 0
        return self._say(*words, press=ANY)

    def _begin(self) -> datetime:
        """Give since when the caller waits: from now on, where it is the first time."""
        if self.since is None:
            self.since = self.clock.now()
            self.room.begins(self.call.key, self.since)
        return self.since

    def _place(self, skill: Skill, since: datetime) -> int:
        return self.room.place_of(skill.queue, self.call.key, since, self._priority())

    def _is_rung_at_once(self, skill: Skill) -> bool:
        """Whether a seat is free for whom nobody goes before."""
        queue, read = queue_of(skill.queue), self.line.variable
        ready = _number(read(f"QUEUE_MEMBER({queue},ready)"))
        return ready > _number(read(f"QUEUE_WAITING_COUNT({queue})"))

    def _help(self) -> None:
        """Lead somebody in danger to a person before all others, or take their words at once."""
        if self._open_skill() is None:
            self._give_up()
            return
        self._say("emergency_next")
        self._queue()

    def _nothing_said(self) -> None:
        """Lead who says nothing to a person, where one is there."""
        if self._open_skill() is None:
            super()._nothing_said()
        else:
            self._queue()

    def _leads_away(self, key: str) -> bool:
        """Lead who presses for a person out of the spoken report, where one is there."""
        if key not in self.urgent:
            return False
        does = self._does(key)
        if self._open_skill() is not None:
            self.calm = True
            self._queue()
            return True
        if does is Does.EMERGENCY and self.report is None:
            self._say("emergency_words")
        return False

    def _queue(self) -> None:
        """Say where the caller waits; the exchange goes on when this flow is over."""
        skill, now = self._skill(), self.clock.now()
        left = self._may_wait()
        if skill is None or left <= 0:
            self._give_up()
            return
        is_fresh, since, priority = self.since is None, self._begin(), self._priority()
        place = 0 if is_fresh else self._stood or self._place(skill, since)
        told = {
            ACCOUNT: ROOM, QUEUE: queue_of(skill.queue), PLACE: str(place),
            PRIORITY: str(priority.value), WAIT: str(left), LONGEST: str(self._longest),
            TURN: str(self._turn(left, (now - since).total_seconds())),
            SINCE: f"{since.timestamp():.3f}", SPEAKS: self.language, SPOKEN: self.language,
            CALM: "yes" if self.calm else "", KEYS: self.keys,
            KEY_AT: f"{self._key_at.timestamp():.3f}" if self._key_at else "",
            MISSED: str(self.missed), TOLD: self.told, TOLD_AT_SEAT: self._at_seat(),
            NUMBER_VARIABLE: "", WAY: TO_QUEUE,
        }  # fmt: skip
        for name, value in told.items():
            self.line.set_variable(name, value)
        self.waits = True

    def _at_seat(self) -> str:
        """Give what the seat hears of this caller as it answers."""
        told = words_at_seat(
            self.prompts, self.language, self.newest, is_emergency=self.is_emergency
        )
        return told_at_seat(self.prompts, told)

    def _may_wait(self) -> int:
        """Give how many seconds the caller may still wait."""
        return self._longest if self.is_emergency or self._left_s is None else self._left_s

    @property
    def _longest(self) -> int:
        return EMERGENCY_WAIT_S if self.is_emergency else self.room.plan.longest_wait_s

    def _turn(self, left: int, waited: float) -> int:
        """Give in how many seconds the caller hears again how it stands."""
        first, every = self.room.plan.first_announce_s, self.room.plan.announce_s
        if self.calm or every <= 0:
            return left
        ahead = first - waited
        while ahead < LEAST_TURN_S:
            ahead += every
        return min(left, round(ahead))

    def _priority(self) -> Priority:
        if self.is_emergency:
            return Priority.EMERGENCY
        return Priority.USUAL if self.nuisance in (None, NuisanceLevel.MARK) else Priority.SLOW

    def _give_up(self) -> None:
        """Ask for the words instead: nobody is there, or for too long nobody was free."""
        if self._was_queued and not self.line.variable(PRESSED):
            self.room.left(self.call.key, BY_TIME)
        words = "emergency_words" if self.is_emergency else "room_busy"
        self._take_report(self._say(words, press=self.menu))

    def _open_skill(self) -> Skill | None:
        """Give where the caller waits while the room is open; None where nobody is there."""
        return self._skill() if self.room.plan.is_open(self.clock.now()) else None

    def _skill(self) -> Skill | None:
        """Give the skill whose queue has seats: where a seat sent the caller, else of what they
        speak, else everybody's; None for none.

        Who is in danger waits in everybody's, or where the duty chief is the only one there.
        """
        plan = self.room.plan
        spoken, everybody = plan.skill_of(self.language), plan.skills[0]
        sent = [one for one in plan.skills if one.queue == self._sent]
        wanted = [*sent, spoken, everybody]
        if self.is_emergency:
            chief = plan.skill(plan.escalate_to)
            wanted = [everybody, spoken, *([chief] if chief else [])]
        return next((skill for skill in wanted if self._seats(skill.queue)), None)

    def _seats(self, queue: int) -> int:
        """Ask the exchange how many telephones of a queue are there, free or not.

        Who takes no calls is not one of them.
        """
        there = _number(self.line.variable(f"QUEUE_MEMBER({queue_of(queue)},logged)"))
        return max(0, there - self.room.away(queue))

    def _is_seat_lost(self) -> bool:
        """Whether the talk ended because a page was closed or its line lost, and by nobody's wish.

        Who hangs up has a telephone afterwards, who leaves has no seat either.
        """
        seat = seat_in(self.line.variable(AT_SEAT))
        if not seat:
            return False
        self.line.wait_key(LOST_S, "")
        if not self.line.variable(f"PJSIP_ENDPOINT({seat},context)"):
            return False
        # What is left of a contact that is gone is told with two at-signs.
        contact = self.line.variable(f"PJSIP_AOR({seat},contact)")
        if CONTACT not in contact:
            return True
        return self.line.variable(f"PJSIP_CONTACT({contact},status)") == AWAY

    def _somebody_is_back(self) -> bool:
        for _ in range(BACK_TRIES):
            if self._skill() is not None:
                return True
            self.line.wait_key(BACK_S, "")
        return self._skill() is not None


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
