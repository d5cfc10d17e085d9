"""What the office hands out of a case: the proof that it is in the log, for who has no chat."""

from typing import Final

from backend.desks import audit
from backend.desks.audit import What
from backend.desks.authorization import scope_of
from backend.desks.context import AppContext
from backend.store import cases, log_proofs, reports, views
from backend.store.log_proofs import Proved, proof_file
from backend.store.log_sources import EMPTIED, GOING, LINK, REPORT, STEP
from backend.store.session import Transaction
from hotline.errors import NotFound, Refused
from hotline.people import Actor
from hotline.record.proof_file import CaseProof

# Of a longer case the first: they are some fifteen megabytes.
MOST: Final = 5_000
KINDS: Final = (STEP, EMPTIED, *sorted(GOING))
# Their content is what the citizen has told themselves, and the hashes of files.
_TOLD: Final = (REPORT, LINK)


async def case_proof(office: AppContext, actor: Actor, number: str, public: str) -> CaseProof:
    """Give the proof of a case's entries; it is written down who took it.

    It is handed to one citizen: of a case that several have reported it tells nobody's words.
    Raises NotFound (no_case) where somebody may not know of it, Refused (proof_early) until its
    first step is signed, and LogDamaged where the log has lost what leads there.
    """

    async def work(transaction: Transaction) -> CaseProof:
        connection = transaction.connection
        if not await views.is_in_scope(connection, scope_of(actor), number):
            raise NotFound(f"no case {number} for {actor.person}", code="no_case")
        case = await cases.load(connection, number)
        proved, more = await log_proofs.prove_all(connection, str(case.id), KINDS, MOST)
        first = f"{case.id}/1"
        if not any(one.ref == first for one in proved):
            raise Refused("not signed yet", code="proof_early")
        await audit.record(transaction, What.PROOF_GIVEN, actor.person, case=case.id)
        alone = await reports.count_reporters(connection, case.id) == 1
        shown = (one if alone and _is_told(one, first) else one.without_content() for one in proved)
        return CaseProof(number, tuple(proof_file(number, one, public) for one in shown), more)

    return await office.store.transaction(office.clock.now, work)


def _is_told(one: Proved, first: str) -> bool:
    return one.kind in _TOLD or (one.kind == STEP and one.ref == first)
