"""Cases that are handled together (捆绑): they end, one by one, with the one that leads them."""

from datetime import datetime
from functools import partial

from backend.desks import casework, executor
from backend.desks.context import AppContext
from backend.desks.queues import ALONG
from backend.store.jobs import Job
from backend.store.session import Transaction
from hotline.case.case import Case


async def end_due(office: AppContext, limit: int = 50) -> int:
    """End the cases whose leading one has ended; gives how many jobs were worked off."""
    return await executor.work_inside(office, ALONG, partial(_end, office), limit)


async def _end(
    office: AppContext, transaction: Transaction, job: Job, case: Case
) -> datetime | None:
    await casework.end_along(office, transaction, job, case)
    return None
