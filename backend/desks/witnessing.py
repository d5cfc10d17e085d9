"""What witnesses are told of the log, and what they have signed of it."""

from backend.desks.context import AppContext
from backend.store import log_checkpoints, log_proofs
from hotline.errors import Invalid, NotFound
from hotline.record.checkpoint import OFFICE, is_signed, read_checkpoint
from hotline.record.growth import LogGrown, LogSeen, LogWitnessed


async def grown(office: AppContext, seen: LogSeen, public: str) -> LogGrown:
    """Give the newest checkpoint, and the proof that it goes on from what a witness saw.

    Raises NotFound before the first.
    """
    async with office.store.one_moment() as connection:
        newest = await log_checkpoints.last(connection)
        if newest is None:
            raise NotFound("nothing was signed yet")
        if not seen.month:
            return LogGrown(newest.signed, public)
        months = await log_proofs.months_between(connection, seen, newest)
    return LogGrown(newest.signed, public, months)


async def witnessed(office: AppContext, told: LogWitnessed, public: str) -> None:
    """Keep what a witness has signed; Invalid where it or we have not."""
    read_checkpoint(told.signed)
    if told.name == OFFICE:
        raise Invalid("name", "is the office's own")
    if not is_signed(told.signed, OFFICE, public):
        raise Invalid("signed", "was not signed by this office")
    if not is_signed(told.signed, told.name, told.public):
        raise Invalid("signed", "was not signed by this witness")
    async with office.store.connect() as connection:
        await log_checkpoints.keep_witnessed(
            connection, told.name, told.public, office.clock.now(), told.signed
        )
