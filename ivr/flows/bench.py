"""A call of the bench: on record by its two rows, ten variables set, ten read."""

from hotline.call import CallRing
from hotline.clock import Clock
from ivr.asked import BackendGateway
from ivr.handover import handed_over
from ivr.line import AgiLine

ROUNDS = 10


def run(line: AgiLine, office: BackendGateway, clock: Clock) -> None:
    """Do what the dialplan of the limit does, and put the call on record first."""
    call = handed_over(line)
    office.ring(CallRing(call.key, call.caller, clock.now()))
    try:
        line.answer_at_once()
        for turn in range(ROUNDS):
            line.set_variable(f"X{turn}", f"v{turn}")
            line.variable(f"X{turn}")
        line.hang_up()
    finally:
        office.end(call.key)
