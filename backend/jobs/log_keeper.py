"""Keeping the log: what was written down is read back into it, and where it stands is signed."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from backend.signed_memory import SignedMemory
from backend.store import log_checkpoints, log_proofs, record_log
from backend.store.session import Connection, Store, Transaction
from hotline.clock import Clock, iso
from hotline.errors import Invalid
from hotline.record.checkpoint import Checkpoint, Signer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs where the log stands, and how often; `memory` is of what was signed last."""

    signer: Signer
    every: timedelta
    memory: SignedMemory | None = None


@dataclass(frozen=True, slots=True)
class LogKeeper:
    """Adds to the log and signs it; any number may run, one at a time does something."""

    store: Store
    clock: Clock
    signing: Signing | None = None

    async def append(self) -> int:
        """Add some of what waits; gives how much."""
        return await self.store.transaction(self.clock.now, record_log.append)

    async def sign(self) -> int:
        """Sign where the log stands, where the time for it has come, and where a month ended."""
        if self.signing is None:
            return 0
        made = await self.store.transaction(self.clock.now, self._sign)
        if made is not None and self.signing.memory is not None:
            # Not before it is committed: an older memory is as good.
            self.signing.memory.keep(made)
        return 0

    async def _sign(self, transaction: Transaction) -> str | None:
        assert self.signing is not None
        connection, now = transaction.connection, transaction.now
        last = await log_checkpoints.last_at(connection)
        if last is not None and last <= now < last + self.signing.every:
            return None
        if not await record_log.is_ours(connection):
            return None
        why = await self._astray(connection, self.signing)
        if why is not None:
            return None
        segment = await record_log.segment_now(connection)
        if segment is None:
            return None
        ended = await log_checkpoints.unsigned_end(connection, segment)
        size = await record_log.size_of(connection, segment)
        made = None
        for one, many in (*ended, (segment, size)):
            root, signer = await record_log.root_of(connection, one, many), self.signing.signer
            point = Checkpoint(signer.origin, one.month, many, root.hex(), iso(now))
            made = signer.sign(point.text())
            await log_checkpoints.add(connection, one.no, many, now, made)
        return made

    async def _astray(self, connection: Connection, signing: Signing) -> str | None:
        """Give why nothing is signed: the log does not go on from what was signed last."""
        memory = signing.memory
        if memory is None:
            return None
        try:
            last = memory.last(signing.signer)
        except Invalid as error:
            why = str(error)
        else:
            if last is None:
                if await log_checkpoints.last(connection) is not None:
                    log.warning(
                        "%s: was not there; signing on from the database's log", memory.path
                    )
                return None
            if await log_proofs.goes_on(connection, last):
                return None
            why = f"the log does not go on from {last.month}/{last.size}, which was signed"
        if memory.refuse(why):
            log.error("NOT SIGNED: %s; see docs/record.md, `hotline audit resume`", why)
        return why
