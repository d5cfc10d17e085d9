"""What witnesses and citizens are told of the log, and what witnesses have signed of it."""

from backend.desks.context import AppContext
from backend.store import cases, log_checkpoints, log_proofs
from backend.store.log_sources import STEP
from hotline.brief import CaseBrief
from hotline.errors import Invalid, NotFound, Refused
from hotline.record.checkpoint import OFFICE, Checkpoint, is_signed, read_checkpoint
from hotline.record.growth import LogGrown, LogSeen, LogWitnessed
from hotline.record.proof_file import LogProof


async def grown(office: AppContext, seen: LogSeen, public: str) -> LogGrown:
    """Give the newest checkpoint, and the proof that it goes on from what a witness saw.

    Raises NotFound before the first, and LogDamaged where nothing can be proved any more.
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
    """Keep what a witness has signed; Invalid where it or we have not.

    A name stays with its key, and nothing older than what it signed last is taken.
    """
    point = read_checkpoint(told.signed)
    if told.name == OFFICE:
        raise Invalid("name", "is the office's own")
    if not is_signed(told.signed, OFFICE, public):
        raise Invalid("signed", "was not signed by this office")
    if not is_signed(told.signed, told.name, told.public):
        raise Invalid("signed", "was not signed by this witness")
    async with office.store.connect() as connection:
        known = await log_checkpoints.witness_of(connection, told.name)
        if known is not None and known[0] != told.public:
            raise Invalid("name", "has signed by another key: name the new witness otherwise")
        if known is not None and _place(read_checkpoint(known[1])) > _place(point):
            raise Invalid("signed", "is older than what this witness signed last")
        await log_checkpoints.keep_witnessed(
            connection, told.name, told.public, office.clock.now(), told.signed
        )


def _place(point: Checkpoint) -> tuple[str, int]:
    return point.month, point.size


async def proof_of(office: AppContext, brief: CaseBrief | None, public: str) -> LogProof:
    """Give the proof that the first step of a case is in the log, to who told of the case.

    Raises NotFound (no_case) where nobody did, Refused (proof_early) until it is signed, and
    LogDamaged where the log has lost what leads there.
    """
    if brief is None:
        raise NotFound("no such case of this chat", code="no_case")
    async with office.store.one_moment() as connection:
        case = await cases.load(connection, brief.number)
        proved = await log_proofs.prove(connection, STEP, f"{case.id}/1")
    if proved is None:
        raise Refused("not signed yet", code="proof_early")
    return log_proofs.proof_file(brief.number, proved, public)
