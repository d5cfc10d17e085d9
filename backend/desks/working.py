"""In which of their posts somebody works: one at a time, wherever they are signed in. (一次一岗)"""

from backend.desks.audit import What, record
from backend.desks.context import AppContext
from backend.desks.seating import leave_seat
from backend.store import people
from backend.store.session import Transaction
from hotline.errors import Invalid
from hotline.people import Actor
from hotline.rights.permissions import TAKE_CALLS


async def work_as(office: AppContext, person: str, post: str) -> Actor:
    """Let somebody work in another of their posts from now on, and give them with its rights.

    Whoever takes no calls in it leaves their seat, when a call is over. Raises Invalid (post) for
    one that they do not hold now.
    """
    actor = office.city.organisation.actor(person, office.clock.now(), post)
    if actor is None or actor.post != post:
        raise Invalid("post", f"{person} does not hold {post[:80]!r} now", code="not_your_post")

    async def work(transaction: Transaction) -> None:
        if not await people.work_as(transaction.connection, person, post, transaction.now):
            return
        await record(transaction, What.POST_CHOSEN, person, subject=post)
        if not actor.rights.may(TAKE_CALLS):
            await leave_seat(transaction, person)

    await office.store.transaction(office.clock.now, work)
    return actor
