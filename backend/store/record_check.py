"""Reading the whole log back: every entry, what it was made of, the tree, and all that was signed.

All of it is one moment of the database, so that what is added meanwhile disturbs nothing. The first
thing that differs is named, and no more is looked for.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import RowMapping, func, select, text

from backend.store.log_rows import (
    LogCheckpointRow,
    LogDueRow,
    LogEntryRow,
    LogNodeRow,
    LogSegmentRow,
    LogWitnessRow,
)
from backend.store.log_sources import GOING, NOTHING, ReadBack, left_out, read_back
from backend.store.record_cases import case_that_differs
from backend.store.record_contacts import contact_that_differs
from backend.store.record_erased import not_erased
from backend.store.record_guards import guard_off
from backend.store.record_log import GONE, KEPT_LEVEL, LogSegment, entry_of, kept_of, segment_of
from backend.store.session import Connection, Store
from hotline.clock import iso
from hotline.errors import HotlineError, Invalid
from hotline.record.checkpoint import OFFICE, Checkpoint, is_signed, read_checkpoint
from hotline.record.log_entry import HEAD, seal
from hotline.record.merkle import Frontier, Subtree

AT_ONCE: Final = 2_000
# Below whatever the database can hold.
_LOWEST: Final = -(1 << 63)
_ENTRIES: Final = text(
    "SELECT e.*, (SELECT p.digest FROM log_entry AS p WHERE p.object = e.object AND p.seq < e.seq "
    "ORDER BY p.seq DESC LIMIT 1) AS last FROM log_entry AS e WHERE e.seq >= :seq "
    "ORDER BY e.seq LIMIT :most"
)
_FILES: Final = text(
    "SELECT m.sha256, coalesce((SELECT string_agg(DISTINCT c.number, ' ') FROM case_media AS l "
    "JOIN cases AS c ON c.id = l.case_id WHERE l.sha256 = m.sha256), '') AS numbers "
    "FROM media AS m WHERE m.sha256 > :after ORDER BY m.sha256 LIMIT :most"
)


class Differs(HotlineError):
    """What stands in the database is not what the log says; `what` names in which way."""

    code = "record_differs"

    def __init__(self, what: str, where: str):
        super().__init__(f"{what}: {where}", what=what, where=where)
        self.what, self.where = what, where


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint that the log has to agree with, and who says so."""

    checkpoint: Checkpoint
    by: str


@dataclass(slots=True)
class RecordFound:
    """What was found whole: so many entries of so many months, and so on."""

    entries: int = 0
    months: int = 0
    checkpoints: int = 0
    erased: int = 0
    gone: int = 0
    waiting: int = 0
    files: int = 0


@dataclass(slots=True)
class RecordCheck:
    """One check of the whole log; `told` hears how many entries are done, and of how many.

    `public` is the office's public key (hex), `witnessed` what others have seen; `file` reads a
    file back by its hash and tells whether it is whole, and without it no file is looked at.
    """

    store: Store
    public: str
    witnessed: Sequence[Checkpoint] = ()
    told: Callable[[int, int], object] = lambda _done, _all: None
    file: Callable[[str], Awaitable[bool]] | None = None
    # What this machine signed last, by its own file.
    remembered: Checkpoint | None = None
    found: RecordFound = field(default_factory=RecordFound)
    tree: Frontier = field(default_factory=Frontier)
    month: str = ""
    segment: int = -1
    nodes: int = 0
    # The first checkpoint that is kept as another one than it is.
    misfiled: str = ""
    # What was signed, by month and size, until it is passed.
    signed: dict[tuple[str, int], list[Signed]] = field(default_factory=dict)

    async def run(self) -> RecordFound:
        """Read everything back; raises Differs with the first thing that is not as it was."""
        async with self.store.one_moment() as connection:
            off = await guard_off(connection)
            if off is not None:
                raise Differs("guard", off)
            await self._read_signed(connection)
            await self._read_entries(connection)
            for (month, size), some in self.signed.items():
                raise Differs(f"shorter_than_{some[0].by}", f"{month}/{size}")
            if self.misfiled:
                raise Differs("signature", self.misfiled)
            await self._look_beside(connection)
            case = await case_that_differs(connection)
            if case is not None:
                raise Differs("case", case)
            other = await contact_that_differs(connection)
            if other is not None:
                raise Differs("reporter", other)
            await self._read_files(connection)
        return self.found

    async def _read_signed(self, connection: Connection) -> None:
        rows = (
            select(LogCheckpointRow.__table__, LogSegmentRow.month)
            .outerjoin(LogSegmentRow, LogSegmentRow.no == LogCheckpointRow.segment)
            .order_by(LogCheckpointRow.id)
        )
        for row in await connection.execute(rows):
            if not is_signed(row.signed, OFFICE, self.public):
                raise Differs("signature", str(row.id))
            point = _read(row.signed, row.id)
            if (point.month, point.size, point.at) != (row.month, row.size, iso(row.at)):
                self.misfiled = self.misfiled or str(row.id)
            self._expect(Signed(point, "signed"))
            self.found.checkpoints += 1
        last = self.remembered
        if last is not None:
            kept = self.signed.get((last.month, last.size), ())
            if all(one.checkpoint.root != last.root for one in kept):
                raise Differs("unkept", f"{last.month}/{last.size}")
        for told in await connection.execute(select(LogWitnessRow.__table__)):
            both = ((OFFICE, self.public), (told.name, told.public))
            if told.name == OFFICE or not all(is_signed(told.signed, *one) for one in both):
                raise Differs("witness", told.name)
            self._expect(Signed(_read(told.signed, told.name), "witnessed"))
        for one in self.witnessed:
            self._expect(Signed(one, "witnessed"))

    def _expect(self, one: Signed) -> None:
        point = one.checkpoint
        self.signed.setdefault((point.month, point.size), []).append(one)

    async def _read_entries(self, connection: Connection) -> None:
        many = int((await connection.execute(select(func.count(LogEntryRow.seq)))).scalar_one())
        rows = await connection.execute(select(LogSegmentRow.__table__).order_by(LogSegmentRow.no))
        segments = {one.first: one for one in map(segment_of, rows.mappings())}
        # What stands before the first place is read, too: it has none.
        begin = _LOWEST
        while True:
            asked = {"seq": begin, "most": AT_ONCE}
            some = (await connection.execute(_ENTRIES, asked)).mappings().all()
            if not some:
                break
            sources = await read_back(connection, [(row["kind"], row["ref"]) for row in some])
            made: dict[Subtree, bytes] = {}
            for row in some:
                if row["seq"] in segments:
                    await self._compare_nodes(connection, made)
                    made = {}
                self._read_entry(row, sources, segments)
                made |= dict(self.tree.add(bytes(row["digest"])))
                self._compare_signed()
            await self._compare_nodes(connection, made)
            begin = self.found.entries
            self.told(begin, many)
        if self.found.entries != many:
            raise Differs("lacks", str(self.found.entries))
        if segments:
            raise Differs("month", next(iter(segments.values())).month)

    def _read_entry(
        self,
        row: RowMapping,
        sources: Mapping[tuple[str, str], ReadBack],
        segments: dict[int, LogSegment],
    ) -> None:
        """Compare an entry with what it was made of."""
        seq, kind, ref = row["seq"], row["kind"], row["ref"]
        where = f"{seq} {kind} {ref}"
        if seq < self.found.entries:
            raise Differs("place", where)
        if seq > self.found.entries:
            raise Differs("lacks", str(self.found.entries))
        begun = segments.pop(seq, None)
        if begun is not None:
            self._begin(begun)
        elif self.segment < 0:
            raise Differs("month", where)
        if begun is not None:
            source: ReadBack | None = ReadBack(HEAD, begun.head(), "")
        else:
            source = sources.get((kind, ref)) or _what_went(row)
        if source is None:
            raise Differs("row", where)
        self._compare(row, source, where)
        self.found.entries += 1

    def _begin(self, begun: LogSegment) -> None:
        """A month begins with the head of the one before."""
        told = (self.segment + 1, self.tree.size, self.tree.root())
        if told != (begun.no, begun.size_before, begun.root_before) or begun.month <= self.month:
            raise Differs("month", begun.month)
        self.tree, self.segment, self.month = Frontier(), begun.no, begun.month
        self.found.months += 1

    def _compare(self, row: RowMapping, source: ReadBack, where: str) -> None:
        salt, sealed = row["salt"], bytes(row["sealed"]).hex()
        digest = entry_of(row, source.plain).digest()
        if bytes(row["before"]) != bytes(row["last"] or b""):
            raise Differs("chain", where)
        if digest != bytes(row["digest"]) or source.object != row["object"]:
            raise Differs("entry", where)
        if salt is not None:
            if seal(bytes(salt), source.sealed) != sealed:
                raise Differs("sealed", where)
        elif source is GONE:
            self.found.gone += row["kind"] not in GOING or "#" not in row["ref"]
        elif sealed and not source.emptied:
            raise Differs("emptied", where)
        elif sealed:
            self.found.erased += 1

    def _compare_signed(self) -> None:
        for one in self.signed.pop((self.month, self.tree.size), []):
            if one.checkpoint.root != self.tree.root().hex():
                raise Differs(one.by, f"{self.month}/{self.tree.size}")

    async def _compare_nodes(self, connection: Connection, made: Mapping[Subtree, bytes]) -> None:
        kept = {one: hashed for one, hashed in made.items() if one[0] >= KEPT_LEVEL}
        self.nodes += len(kept)
        there = await kept_of(connection, self.segment, kept)
        for (level, place), hashed in kept.items():
            if there.get((level, place)) != hashed:
                raise Differs("node", f"{self.month} {level}/{place}")

    async def _read_files(self, connection: Connection) -> None:
        """Every file on record lies on the disk as its hash says."""
        after = ""
        while self.file is not None:
            asked = {"after": after, "most": AT_ONCE}
            rows = (await connection.execute(_FILES, asked)).all()
            if not rows:
                return
            for row in rows:
                if not await self.file(row.sha256):
                    raise Differs("bytes", f"{row.sha256} {row.numbers}".rstrip())
                self.found.files += 1
            after = rows[-1].sha256

    async def _look_beside(self, connection: Connection) -> None:
        """What is written down and was never logged, and what of the tree belongs to nothing."""
        bare = await not_erased(connection)
        if bare is not None:
            raise Differs(*bare)
        missing = await left_out(connection)
        if missing is not None:
            raise Differs("never_logged", " ".join(missing))
        nodes = await connection.execute(select(func.count(LogNodeRow.hash)))
        if nodes.scalar_one() != self.nodes:
            raise Differs("node", "+")
        waits = await connection.execute(select(func.count(LogDueRow.id)))
        self.found.waiting = int(waits.scalar_one())


def _what_went(row: RowMapping) -> ReadBack | None:
    """What an entry was made of that names nothing which is there."""
    if row["object"] == GONE.object:
        return GONE
    # That it was erased is told by a later entry, which is looked for in the end.
    if row["kind"] in GOING and row["salt"] is None:
        return ReadBack(row["object"], NOTHING, "", emptied=True)
    return None


def _read(note: str, ident: object) -> Checkpoint:
    try:
        return read_checkpoint(note)
    except Invalid:
        raise Differs("signature", str(ident)) from None
