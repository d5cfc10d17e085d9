"""Proving a backup: it is restored beside, and compared with what was counted when it was made."""

import asyncio
import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from backend.backup.files import Damaged, FileEntry, Told, entry_of, judged
from backend.backup.make import MEDIA_LIST, Shown, bring_medium, counter, media_list
from backend.backup.recover import Goal, Source, clear, recovered, require_usable
from backend.backup.repository import Checked, media_file
from backend.operations.postgres import Postgres
from backend.store import evidence
from backend.store.session import Store, make_engine
from config.private import make_way
from config.settings import Settings
from hotline.clock import Clock

BESIDE: Final = "checking"
HEALED: Final = "differs_healed"


@dataclass(frozen=True, slots=True)
class Difference:
    """What a check found: `backup.<what>` with `values` are its words."""

    what: str
    values: dict[str, str | int]


@dataclass(slots=True)
class Comparison:
    """What was compared, and every difference in the order in which it was found."""

    tables: int = 0
    rows: int = 0
    cases: int = 0
    files: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def left(self) -> int:
        """How many differences there are still: what was healed is whole again."""
        return sum(one.what != HEALED for one in self.differences)

    def differs(self, what: str, **values: str | int) -> None:
        """Note a difference."""
        self.differences.append(Difference(what, values))


def _difference(path: Path, entry: FileEntry, told: Told) -> str:
    """What is wrong with a file, "" for nothing."""
    if not path.is_file():
        return "differs_file" if path.exists() else "differs_missing"
    try:
        return "" if entry_of(path, told) == entry else "differs_file"
    except FileNotFoundError:
        return "differs_missing"
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return "differs_file"


@dataclass(frozen=True, slots=True)
class Checker:
    """One check of a backup; it touches nothing of the hotline that runs here."""

    settings: Settings
    source: Source
    clock: Clock
    shown: Shown

    async def check(self) -> Comparison:
        """Restore beside, compare, and take what was made for it away again."""
        require_usable(self.source)
        found = Comparison()
        beside = self.settings.home.data_dir / BESIDE
        with judged("the backup cannot be checked"):
            async with self.shown("backup.step_verify") as step:
                await asyncio.to_thread(self._verify, found, counter(step))
            if not found.left:
                await self._compare(beside, found)
            checked = Checked(self.clock.now(), found.left)
            self.source.repository.set_checked(self.source.name, checked)
        return found

    async def _compare(self, beside: Path, found: Comparison) -> None:
        make_way(self.settings.home.data_dir)
        clear(beside)
        make_way(beside)
        try:
            async with self.shown("backup.step_recover") as step:
                goal = Goal(to_look_at=True)
                async with recovered(
                    self.source, beside / "postgres", goal, counter(step)
                ) as server:
                    await self._compare_rows(server, found)
        except Damaged as error:
            found.differs("differs_server", reason=str(error))
        finally:
            clear(beside)

    def _verify(self, found: Comparison, told: Callable[[int], None]) -> None:
        """Read every file of the backup, of the media that it needs and of the log behind it."""
        for path, entry in self._files():
            found.files += 1
            if what := _difference(path, entry, told):
                healed = path.name == entry.sha256 and self._heal(path)
                found.differs(HEALED if healed else what, file=str(path))
        if self.source.manifest.log is not None and self.source.behind is not None:
            for wrong in self.source.behind.verify(self.source.log.first, told):
                found.differs("differs_log", reason=wrong)

    def _heal(self, path: Path) -> bool:
        """Copy a photo or recording anew from the hotline that runs here, where it has it whole."""
        ours = media_file(self.settings.home.data_dir, path.name)
        try:
            bring_medium(self.source.repository, path.name, ours)
        except (Damaged, OSError):
            return False  # it is told of as damaged
        return True

    def _files(self) -> Iterator[tuple[Path, FileEntry]]:
        source = self.source
        for name, entry in source.manifest.files.items():
            yield source.folder / name, entry
        listed = source.folder / MEDIA_LIST
        if listed.is_file() and entry_of(listed) == source.manifest.files[MEDIA_LIST]:
            for sha256, size in media_list(source.repository, source.name):
                yield source.repository.media_file(sha256), FileEntry(size, sha256)

    async def _compare_rows(self, server: Postgres, found: Comparison) -> None:
        made = self.source.manifest
        store = Store(make_engine(server.url(), pool_size=2, statement_timeout_s=3600.0))
        try:
            async with store.begin() as connection:
                restored = await evidence.count_rows(connection)
                if made.cases:
                    digests = await evidence.digests_of(connection, list(made.cases))
                    media = await evidence.media_of(connection, list(made.cases))
                    self._compare_cases(digests, media, found)
        finally:
            await store.close()
        for table in sorted(made.tables.keys() | restored.keys()):
            was, now = made.tables.get(table, 0), restored.get(table, 0)
            found.tables += 1
            found.rows += now
            if was != now:
                found.differs("differs_count", table=table, was=was, now=now)

    def _compare_cases(
        self, digests: dict[str, str], media: list[tuple[str, str]], found: Comparison
    ) -> None:
        for number, digest in self.source.manifest.cases.items():
            found.cases += 1
            if digests.get(number) != digest:
                what = "differs_case" if number in digests else "differs_no_case"
                found.differs(what, number=number)
        kept = {sha256 for sha256, _ in media_list(self.source.repository, self.source.name)}
        for number, sha256 in media:
            if sha256 not in kept:
                found.differs("differs_media", number=number, file=sha256)
