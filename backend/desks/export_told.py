"""What a list was narrowed to when it was taken out, as the audit keeps it and tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from backend.desks.audit import What, record
from backend.store import audit_words
from backend.store.session import Transaction
from backend.store.writes import Writes
from hotline.errors import Invalid
from hotline.wire import decode, encode

# So much is kept of a filter: of how many values, and of each.
MOST_VALUES: Final = 100
LONGEST: Final = 200
Asked = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ExportTold:
    """A list that was taken out: its kind of file, its rows, its filters by name.

    `seal` is the salted hash of what may name somebody, which is kept apart and can be erased.
    """

    kind: str
    rows: int
    asked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    seal: str = ""


async def write_down(
    writes: Writes | Transaction, person: str, kind: str, rows: int, asked: Asked, apart: Asked
) -> None:
    """Write down that somebody took a list out; `apart` are the filters that may name somebody."""
    salt, seal_of, words = "", "", ""
    if apart:
        words = encode(_bounded(apart)).decode()
        salt, seal_of = audit_words.sealed(words)
    told = encode(ExportTold(kind, rows, _bounded(asked), seal_of)).decode()
    entry = await record(writes, What.LIST_EXPORTED, person, subject=told, longest=len(told))
    if apart:
        audit_words.add(writes, entry, salt, words)


def read(subject: str) -> ExportTold | None:
    """Give what was written down; None for what an earlier version has written."""
    try:
        return decode(subject, ExportTold) if subject.startswith("{") else None
    except Invalid:
        return None


def words_of(told: ExportTold, kept: tuple[str, str] | None) -> dict[str, tuple[str, ...]] | None:
    """Give what was kept apart; None where it was erased, or is not what was written down."""
    if not told.seal:
        return {}
    if kept is None or not kept[1] or not audit_words.is_sealed(*kept, told.seal):
        return None
    return decode(kept[1], dict[str, tuple[str, ...]])


def _bounded(asked: Asked) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(one[:LONGEST] for one in values[:MOST_VALUES])
        for name, values in asked.items()
        if values
    }
