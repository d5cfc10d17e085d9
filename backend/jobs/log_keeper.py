"""Keeping the log: what was written down is read back into it, and where it stands is signed."""

from dataclasses import dataclass
from datetime import timedelta

from backend.store import log_checkpoints, record_log
from backend.store.session import Store, Transaction
from hotline.clock import Clock, iso
from hotline.record.checkpoint import Checkpoint, Signer


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs where the log stands, and how often."""

    signer: Signer
    every: timedelta


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
        if self.signing is not None:
            await self.store.transaction(self.clock.now, self._sign)
        return 0

    async def _sign(self, transaction: Transaction) -> None:
        assert self.signing is not None
        connection, now = transaction.connection, transaction.now
        last = await log_checkpoints.last_at(connection)
        if last is not None and last <= now < last + self.signing.every:
            return
        if not await record_log.is_ours(connection):
            return
        segment = await record_log.segment_now(connection)
        if segment is None:
            return
        ended = await log_checkpoints.unsigned_end(connection, segment)
        size = await record_log.size_of(connection, segment)
        for one, many in (*ended, (segment, size)):
            root, signer = await record_log.root_of(connection, one, many), self.signing.signer
            point = Checkpoint(signer.origin, one.month, many, root.hex(), iso(now))
            await log_checkpoints.add(connection, one.no, many, now, signer.sign(point.text()))
