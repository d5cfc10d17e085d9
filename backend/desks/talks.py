"""What is said in talks at seats, as it is written down: kept a while, and told to the seat."""

from backend.desks import call_draft
from backend.desks.context import AppContext
from backend.store import drafts, seats
from backend.store.session import Transaction
from hotline.errors import Forbidden
from hotline.people import Actor
from hotline.rights.permissions import LEAD_ROOM
from hotline.room.spoken import TALK_SAID, TalkHeard, TalkSaid, told
from hotline.wire import keep, kept

# By this the feed tells a seat that something was said in its call.
KIND = "talk"


async def take(office: AppContext, heard: TalkHeard) -> None:
    """Take what is new of a talk; told twice it is one. The seats that the call is at are told."""

    async def work(transaction: Transaction) -> None:
        await drafts.open_of_talk(transaction.connection, heard.call, _EMPTY, transaction.now)
        data = await drafts.of_talk(transaction.connection, heard.call, lock=True)
        old = kept(TALK_SAID, data) if data is not None else TalkSaid()
        new = told(old, heard)
        drafts.keep_of_talk(transaction, heard.call, keep(TALK_SAID, new))
        if new != old or data == _EMPTY:
            for name in await seats.at_call(transaction.connection, heard.call):
                transaction.emit_change(KIND, name)

    await office.store.transaction(office.clock.now, work)


_EMPTY = keep(TALK_SAID, TalkSaid())


async def said(office: AppContext, key: str, actor: Actor) -> TalkSaid | None:
    """Give what is written down of a call; None where nobody listens to it.

    Raises Forbidden for who neither has the call nor wrote of it, nor leads the room.
    """
    async with office.store.connect() as connection:
        own = await call_draft.is_own(connection, key, actor, office.clock.now())
        if not own and not actor.rights.may(LEAD_ROOM):
            raise Forbidden(f"the call {key} is not {actor.person}'s", code="not_yours")
        data = await drafts.of_talk(connection, key)
    return None if data is None else kept(TALK_SAID, data)
