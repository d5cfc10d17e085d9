"""Who told of a case is given a proof that it is in the log, as soon as that was signed."""

from hotline.errors import NotFound, Refused
from tests.contract.acts import CITIZEN, OTHER, refused, reported
from tests.contract.side import Side


async def test_a_proof_is_early_before_anybody_signed_and_never_anybody_elses(side: Side) -> None:
    number = await reported(side)
    with refused(Refused, "proof_early"):
        await side.bots.proof(number, CITIZEN)
    with refused(NotFound, "no_case"):
        await side.bots.proof(number, OTHER)
    with refused(NotFound, "no_case"):
        await side.bots.proof("99999999", CITIZEN)
