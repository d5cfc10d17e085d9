"""Writing down who did what."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from backend.desks.origin import ORIGIN
from backend.store import audit
from backend.store.audit import Entry
from backend.store.writes import Writes
from hotline.ids import new_id

MAX_LENGTH: Final = 200
# What a stranger can do as often as they like is written down once in this time.
REPEATED: Final = timedelta(minutes=1)


class What(StrEnum):
    """What is written down, in the order that the console lists it; each has its words there."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    LOCKED_OUT = "locked_out"
    SIGNED_OUT = "signed_out"
    REFUSED = "refused"
    RECORDING_OPENED = "recording_opened"
    CONTACT_OPENED = "contact_opened"
    LIST_EXPORTED = "list_exported"
    CASE_PRINTED = "case_printed"
    PROOF_GIVEN = "proof_given"
    CODE_MADE = "code_made"
    CODE_REFUSED = "code_refused"
    CHAT_BOUND = "chat_bound"
    CHAT_UNBOUND = "chat_unbound"
    PASSWORD_RESET = "password_reset"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_REFUSED = "password_refused"
    NUISANCE_ASKED = "nuisance_asked"
    NUISANCE_AGREED = "nuisance_agreed"
    NUISANCE_ENDED = "nuisance_ended"
    BULLETIN_PUBLISHED = "bulletin_published"
    BULLETIN_ENDED = "bulletin_ended"
    ARTICLE_WRITTEN = "article_written"
    ARTICLE_RETIRED = "article_retired"
    ARTICLE_RESTORED = "article_restored"
    ARTICLES_TAKEN_IN = "articles_taken_in"
    CALL_ANSWERED = "call_answered"
    ANSWER_UNDONE = "answer_undone"
    FIGURES_EXPORTED = "figures_exported"
    SEAT_FORCED = "seat_forced"
    CALL_MOVED = "call_moved"
    DRAFT_TAKEN = "draft_taken"
    LISTENING_BEGAN = "listening_began"
    LISTENING_TURNED = "listening_turned"
    LISTENING_ENDED = "listening_ended"
    POST_CHOSEN = "post_chosen"
    LEAVE_SET = "leave_set"
    LEAVE_ENDED = "leave_ended"
    FACTOR_SET = "factor_set"
    FACTOR_ENDED = "factor_ended"
    FACTOR_REFUSED = "factor_refused"
    RECOVERY_USED = "recovery_used"
    SESSION_REVOKED = "session_revoked"
    ERASED = "erased"
    ERASURE_ASKED = "erasure_asked"
    ERASURE_DECLINED = "erasure_declined"
    PERSON_EXPORTED = "person_exported"
    CLOCK_CONFIRMED = "clock_confirmed"
    CALL_BACK_HASTENED = "call_back_hastened"
    CALL_BACK_DONE = "call_back_done"
    CALL_BACK_DROPPED = "call_back_dropped"
    HOLD_SET = "hold_set"
    HOLD_ENDED = "hold_ended"
    DO_NOT_CALL_SET = "do_not_call_set"
    DO_NOT_CALL_ENDED = "do_not_call_ended"
    CITIZEN_DIALLED = "citizen_dialled"
    REVISIT_WRITTEN = "revisit_written"


# What of it is looked through together, by the name that the console has for it.
VIEWS: Final[Mapping[str, frozenset[What]]] = {
    "sign_ins": frozenset(
        {What.SIGNED_IN, What.SIGN_IN_FAILED, What.LOCKED_OUT, What.SIGNED_OUT, What.POST_CHOSEN}
    ),
    "refusals": frozenset(
        {What.REFUSED, What.SIGN_IN_FAILED, What.LOCKED_OUT, What.CODE_REFUSED}
        | {What.PASSWORD_REFUSED, What.FACTOR_REFUSED}
    ),
    "bindings": frozenset({What.CODE_MADE, What.CODE_REFUSED, What.CHAT_BOUND, What.CHAT_UNBOUND}),
    "accounts": frozenset(
        {What.PASSWORD_RESET, What.PASSWORD_CHANGED, What.PASSWORD_REFUSED}
        | {What.SESSION_REVOKED, What.FACTOR_SET, What.FACTOR_ENDED, What.RECOVERY_USED}
    ),
    "opened": frozenset(
        {What.RECORDING_OPENED, What.CONTACT_OPENED, What.LIST_EXPORTED, What.FIGURES_EXPORTED}
        | {What.LISTENING_BEGAN, What.LISTENING_TURNED, What.LISTENING_ENDED}
    ),
    "erasures": frozenset(
        {What.ERASED, What.ERASURE_ASKED, What.ERASURE_DECLINED, What.PERSON_EXPORTED}
        | {What.HOLD_SET, What.HOLD_ENDED, What.CLOCK_CONFIRMED}
    ),
}


async def record(
    writes: Writes,
    what: What,
    person: str,
    *,
    subject: str = "",
    case: UUID | None = None,
    reason: str = "",
    once_in: timedelta | None = None,
    longest: int = MAX_LENGTH,
) -> UUID:
    """Write down, with what else is written, that somebody did something; gives the entry's id.

    `once_in` keeps repetitions from filling it; so much of the subject is kept as is `longest`.
    """
    origin = ORIGIN.get()
    entry = Entry(
        id=new_id(writes.now),
        at=writes.now,
        what=what,
        person=person,
        subject=subject[:longest],
        case=case,
        address=origin.address,
        request=origin.request,
        session=origin.session,
        reason=reason[:MAX_LENGTH],
    )
    await audit.add(writes, entry, once_in)
    return entry.id
