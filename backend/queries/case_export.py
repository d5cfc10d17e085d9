"""A list of cases as a file: all that it is narrowed to, in its order; it says how far it is."""

import asyncio
from collections.abc import AsyncGenerator, Container, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend.desks import export_told, search
from backend.desks.authorization import scope_of
from backend.desks.context import AppContext
from backend.desks.export_told import Asked
from backend.desks.search import CaseQuery
from backend.papers.sheet import SheetFile, SheetHead, SheetKind, Written, open_sheet
from backend.queries.case_columns import Found, ListColumn, chosen_of, columns_of
from backend.store import views
from hotline.people import Actor
from hotline.words import say

AT_ONCE: Final = 1_000
"""So many rows are in memory, and so many are written between two words of how far it is."""


@dataclass(frozen=True, slots=True)
class ExportAsked:
    """What is to be written: the list, the kind of file, its columns (none: all), its language.

    `told` is what the list was narrowed to by its names, as the audit keeps it.
    """

    cases: CaseQuery
    kind: SheetKind
    columns: tuple[str, ...]
    language: str
    told: Asked


async def export(
    office: AppContext, actor: Actor, asked: ExportAsked, path: Path
) -> AsyncGenerator[Written, None]:
    """Write a list into a file that is whole with the last word; who takes it is on record first.

    What is asked wrongly is refused before the first word.
    """
    columns = chosen_of(columns_of(office, asked.language), asked.columns)
    wanted = search.wanted_of(office, actor, asked.cases)
    async with office.store.one_moment() as connection:
        rows = views.exported(connection, scope_of(actor), wanted, AT_ONCE)
        async with aclosing(rows) as parts:
            of, _ = await anext(parts)
            await _on_record(office, actor, asked, of)
            yield Written(0, of)
            file, done = open_sheet(asked.kind, path, _head(columns, asked.language)), 0
            try:
                async for _, part in parts:
                    await asyncio.to_thread(_add, file, columns, part)
                    done += len(part)
                    yield Written(done, of)
            except BaseException:
                file.drop()
                raise
    await asyncio.to_thread(file.close)


def _add(file: SheetFile, columns: Sequence[ListColumn], rows: Sequence[Found]) -> None:
    """Write rows, in a thread: meanwhile the office answers others."""
    file.add([[column.value(row) for column in columns] for row in rows])


def _head(columns: Sequence[ListColumn], language: str) -> SheetHead:
    wide = frozenset(at for at, one in enumerate(columns) if one.wide)
    return SheetHead(say("sheet.name", language), tuple(one.title for one in columns), wide)


async def _on_record(office: AppContext, actor: Actor, asked: ExportAsked, of: int) -> None:
    async with office.store.append(office.clock.now()) as writes:
        given = _parted(asked.told, set(office.city.fields_of_people))
        await export_told.write_down(writes, actor.person, asked.kind, of, *given)


def _parted(told: Asked, people: Container[str]) -> tuple[Asked, Asked]:
    """Give the filters that name nobody, and apart from them what may: words, fields of people."""

    def may_name(name: str, value: str) -> bool:
        return name == "q" or value.partition(":")[0] in people

    rest, apart = (
        {
            name: tuple(one for one in values if may_name(name, one) is named)
            for name, values in told.items()
        }
        for named in (False, True)
    )
    return rest, {name: values for name, values in apart.items() if values}


def file_name(office: AppContext, asked: ExportAsked) -> str:
    """Give what the file is called: what it holds and when it was made, by the city's clock."""
    now = office.clock.now().astimezone(office.city.zone)
    return f"{say('sheet.file', asked.language)}-{now:%Y%m%d-%H%M}.{asked.kind}"
