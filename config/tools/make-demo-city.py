"""Draw the demo city: warped street network, unit grid and places, the same for every run.

Usage: python config/tools/make-demo-city.py [FOLDER]   (default: config/city/demo)

Names come from demo-names.csv and demo-names-east.csv beside this file. All geometry is synthetic;
real street names are used as names only. Streets lie on lattice lines, unit cells fill the lattice,
so that cells are bounded by streets and leave no gap and no overlap. The second district joins the
first in the east, on the same lattice and with dice of its own, so that either is drawn the same
without the other.
"""

import csv
import itertools
import json
import math
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Vertex = tuple[int, int]
Coordinates = list[float]
Feature = dict[str, Any]

SEED = 20260701
COLUMNS, ROWS = 42, 32
ORIGIN_LON, ORIGIN_LAT = 121.5650, 29.8950  # north-west corner, roughly
DIVISION = "330299"
COMMUNITY_COLUMNS = (0, 11, 21, 31, COLUMNS)
COMMUNITY_ROWS = (0, 8, 16, 24, ROWS)
DUTY_COLUMNS = (0, 9, 17, 25, 33, COLUMNS)
RIVER_ROW, CANAL_COLUMN, BROOK_ROW = 11, 27, 24
BROOK_COLUMNS = range(CANAL_COLUMN)
LAKE = (range(6, 9), range(18, 21))  # columns, rows; main roads run along its shores
MAIN_ROWS = (1, 4, 7, 9, 14, 16, 18, 21, 23, 26, 29, 31)
MAIN_COLUMNS = (2, 5, 9, 12, 16, 20, 23, 26, 31, 34, 37, 40)
TRUNK_ROWS, TRUNK_COLUMNS = (4, 9, 18, 26), (9, 20, 31)
MIDDLE_COLUMN, MIDDLE_ROW = 20, 16
EAST_DIVISION, EAST_COLUMNS = "330298", 10
EAST_COMMUNITY_COLUMN, EAST_STREET_ROWS = COLUMNS + 5, (0, 11, 21, ROWS)
EAST_MAIN_ROWS, EAST_MAIN_COLUMNS = (4, 9, 14, 18, 26), (44, 47, 49, 51)
METRES_A_LATITUDE = 111_320.0
EAST_WEST = (("西路", "West Road"), ("东路", "East Road"))
NORTH_SOUTH = (("北路", "North Road"), ("南路", "South Road"))


@dataclass
class Sheet:
    """The lattice of the city: where each vertex is and which street edges are taken."""

    xs: list[float]
    ys: list[float]
    taken: set[tuple[Vertex, Vertex]] = field(default_factory=set)

    def point(self, i: float, j: float) -> Coordinates:
        """Longitude and latitude of a lattice position; halves are middles of cells."""
        x, y = between(self.xs, i), between(self.ys, j)
        east = (
            x + 110 * math.sin(math.tau * y / 2600 + 1.1) + 60 * math.sin(math.tau * (x + y) / 1900)
        )
        south = (
            y
            + 90 * math.sin(math.tau * x / 3100 + 0.4)
            + 45 * math.sin(math.tau * (x - 1.3 * y) / 1500)
        )
        east, south = east + 0.10 * y, south - 0.06 * x
        lat = ORIGIN_LAT - south / METRES_A_LATITUDE
        lon = ORIGIN_LON + east / (METRES_A_LATITUDE * math.cos(math.radians(ORIGIN_LAT)))
        return [round(lon, 6), round(lat, 6)]

    def free(self, path: list[Vertex]) -> bool:
        """True when no street runs there yet and no water is in the way."""
        return all(edge not in self.taken and not wet(*edge) for edge in itertools.pairwise(path))

    def take(self, path: list[Vertex]) -> None:
        """Mark the edges of a path as a street."""
        self.taken.update(itertools.pairwise(path))


def between(values: list[float], at: float) -> float:
    """Value at a whole or fractional index."""
    low = min(int(at), len(values) - 2)
    return values[low] + (at - low) * (values[low + 1] - values[low])


def lattice(rng: random.Random, count: int) -> list[float]:
    """Positions in metres of count + 1 lattice lines, 88 to 112 m apart."""
    values = [0.0]
    for _ in range(count):
        values.append(values[-1] + rng.uniform(88, 112))
    return values


def wet(a: Vertex, b: Vertex) -> bool:
    """True when a lattice edge crosses a river or lies in the lake."""
    (i, j), (k, m) = a, b
    if i == k and j == RIVER_ROW:
        return True
    if j == m and i == CANAL_COLUMN:
        return True
    if i == k and j == BROOK_ROW and i in BROOK_COLUMNS:
        return True
    columns, rows = LAKE
    return (i == k and i in columns[1:] and j in rows) or (
        j == m and j in rows[1:] and i in columns
    )


def metres(line: list[Coordinates]) -> float:
    """Length of a line in metres."""
    scale = METRES_A_LATITUDE
    squeeze = math.cos(math.radians(ORIGIN_LAT))
    return sum(
        math.hypot((b[0] - a[0]) * scale * squeeze, (b[1] - a[1]) * scale)
        for a, b in itertools.pairwise(line)
    )


def road(sheet: Sheet, path: list[Vertex], name: str, name_en: str, rank: str) -> Feature:
    """A street as a feature: house numbers rise along the line, odd left, even right."""
    sheet.take(path)
    line = [sheet.point(*vertex) for vertex in path]
    plates = max(6, int(metres(line) / 9))
    return feature(
        "LineString",
        line,
        {"name": name, "name_en": name_en, "rank": rank, "first": 1, "last": plates},
    )


def feature(kind: str, coordinates: Any, properties: dict[str, Any]) -> Feature:
    """One GeoJSON feature."""
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def horizontal(row: int, start: int, stop: int) -> list[Vertex]:
    """Lattice path along a row line."""
    return [(i, row) for i in range(start, stop + 1)]


def vertical(column: int, start: int, stop: int) -> list[Vertex]:
    """Lattice path along a column line."""
    return [(column, j) for j in range(start, stop + 1)]


def arteries(sheet: Sheet, names: dict[str, list[tuple[str, str]]]) -> Iterator[Feature]:
    """Main roads over the whole city, each in two halves with names of their own."""
    for row, (stem, stem_en) in zip(MAIN_ROWS, names["artery_ew"], strict=True):
        rank = "trunk" if row in TRUNK_ROWS else "main"
        halves = (horizontal(row, 0, MIDDLE_COLUMN), horizontal(row, MIDDLE_COLUMN, COLUMNS))
        for path, (suffix, suffix_en) in zip(halves, EAST_WEST, strict=True):
            yield road(sheet, path, stem + suffix, f"{stem_en} {suffix_en}", rank)
    for column, (stem, stem_en) in zip(MAIN_COLUMNS, names["artery_ns"], strict=True):
        rank = "trunk" if column in TRUNK_COLUMNS else "main"
        halves = (vertical(column, 0, MIDDLE_ROW), vertical(column, MIDDLE_ROW, ROWS))
        for path, (suffix, suffix_en) in zip(halves, NORTH_SOUTH, strict=True):
            yield road(sheet, path, stem + suffix, f"{stem_en} {suffix_en}", rank)


def stretches(
    sheet: Sheet,
    rng: random.Random,
    names: list[tuple[str, str]],
    lengths: tuple[int, int],
    rank: str,
    span: tuple[int, int] = (0, COLUMNS),
) -> Iterator[Feature]:
    """Smaller streets on lattice edges that are still free, scattered evenly between columns."""
    west, east = span
    rows = [j for j in range(ROWS + 1) if j not in MAIN_ROWS]
    columns = [i for i in range(west, east + 1) if i not in (*MAIN_COLUMNS, *EAST_MAIN_COLUMNS)]
    for name, name_en in names:
        for _ in range(4000):
            length = rng.randint(*lengths)
            if rng.random() < 0.45:
                start = rng.randint(west, east - length)
                path = horizontal(rng.choice(rows), start, start + length)
            else:
                start = rng.randint(0, ROWS - length)
                path = vertical(rng.choice(columns), start, start + length)
            if sheet.free(path):
                yield road(sheet, path, name, name_en, rank)
                break
        else:
            raise SystemExit(f"no room left for the street {name}")


def community_of(i: int, j: int) -> str:
    """12-digit division code of the community that a cell lies in."""
    column = sum(i >= cut for cut in COMMUNITY_COLUMNS[1:])
    row = sum(j >= cut for cut in COMMUNITY_ROWS[1:])
    street = 1 + (row // 2) * 2 + column // 2
    community = 1 + (row % 2) * 2 + column % 2
    return f"{DIVISION}{street:03d}{community:03d}"


def east_street(j: int) -> int:
    """Number of the street in the second district that a row of cells lies in."""
    return 1 + sum(j >= cut for cut in EAST_STREET_ROWS[1:])


def east_community_of(i: int, j: int) -> str:
    """12-digit division code of the community in the second district that a cell lies in."""
    return f"{EAST_DIVISION}{east_street(j):03d}{1 + (i >= EAST_COMMUNITY_COLUMN):03d}"


def duty_of(i: int, j: int) -> str:
    """Code of the duty grid (责任网格) of a cell: D01 to D10, in the east one a street."""
    if i >= COLUMNS:
        return f"D{10 + east_street(j):02d}"
    column = sum(i >= cut for cut in DUTY_COLUMNS[1:])
    return f"D{1 + column + (5 if j >= MIDDLE_ROW else 0):02d}"


def cells(
    sheet: Sheet, columns: range, community_at: Callable[[int, int], str]
) -> Iterator[Feature]:
    """Unit cells; the serial runs from left to right, top to bottom in each community."""
    serials: dict[str, int] = {}
    for j in range(ROWS):
        for i in columns:
            community = community_at(i, j)
            serials[community] = serials.get(community, 0) + 1
            ring = [sheet.point(*v) for v in ((i, j), (i, j + 1), (i + 1, j + 1), (i + 1, j))]
            yield feature(
                "Polygon",
                [[*ring, ring[0]]],
                {
                    "code": f"{community}{serials[community]:03d}",
                    "community": community,
                    "duty": duty_of(i, j),
                    "since": "2026-01-01",
                },
            )


def waters(sheet: Sheet, names: list[tuple[str, str]]) -> Iterator[Feature]:
    """River, canal, brook and lake."""
    lines = (
        ([(i, RIVER_ROW + 0.5) for i in range(COLUMNS + 1)], 62),
        ([(CANAL_COLUMN + 0.5, j) for j in range(ROWS + 1)], 28),
        ([(i, BROOK_ROW + 0.5) for i in range(CANAL_COLUMN + 1)], 16),
    )
    for (name, name_en), (path, width) in zip(names, lines, strict=False):
        line = [sheet.point(*at) for at in path]
        yield feature(
            "LineString",
            line,
            {"name": name, "name_en": name_en, "kind": "water", "width_m": width},
        )
    columns, rows = LAKE
    i, j = columns[0] + 1.5, rows[0] + 1.5
    ring = [
        sheet.point(i + 1.3 * math.cos(turn), j + 1.2 * math.sin(turn))
        for turn in (math.tau * step / 20 for step in range(21))
    ]
    ring[-1] = ring[0]
    name, name_en = names[3]
    yield feature("Polygon", [ring], {"name": name, "name_en": name_en, "kind": "water"})


def bridges(sheet: Sheet, names: list[tuple[str, str]]) -> Iterator[Feature]:
    """Where main roads cross the river and the canal."""
    spots = [(column, RIVER_ROW + 0.5) for column in MAIN_COLUMNS]
    spots += [(CANAL_COLUMN + 0.5, row) for row in MAIN_ROWS]
    for (name, name_en), (i, j) in zip(names, spots, strict=False):
        yield feature(
            "Point", sheet.point(i, j), {"name": name, "name_en": name_en, "kind": "bridge"}
        )


def dry_cells() -> list[Vertex]:
    """Cells that can be built on."""
    columns, rows = LAKE
    return [
        (i, j)
        for j in range(ROWS)
        for i in range(COLUMNS)
        if j != RIVER_ROW
        and i != CANAL_COLUMN
        and not (j == BROOK_ROW and i in BROOK_COLUMNS)
        and not (i in columns and j in rows)
    ]


def parks(
    sheet: Sheet, rng: random.Random, names: list[tuple[str, str]], room: list[Vertex]
) -> Iterator[Feature]:
    """A park fills most of one cell."""
    for name, name_en in names:
        i, j = room.pop(rng.randrange(len(room)))
        ring = [
            sheet.point(i + a, j + b)
            for a, b in ((0.1, 0.1), (0.1, 0.9), (0.5, 0.96), (0.9, 0.9), (0.94, 0.5), (0.9, 0.1))
        ]
        yield feature(
            "Polygon", [[*ring, ring[0]]], {"name": name, "name_en": name_en, "kind": "park"}
        )


def aliases(name: str) -> list[str]:
    """Other forms in which people say a name."""
    found = []
    if name.startswith("地铁") and name.endswith("站"):
        found = [name[2:-1] + "地铁站", name[2:-1] + "地铁口"]
    elif name in OTHER_NAMES:
        found = [OTHER_NAMES[name]]
    return found


def spots(
    sheet: Sheet,
    rng: random.Random,
    names: Iterable[tuple[str, str, str]],
    room: list[Vertex],
) -> Iterator[Feature]:
    """Estates and landmarks, each in a cell of its own."""
    for kind, name, name_en in names:
        i, j = room.pop(rng.randrange(len(room)))
        at = sheet.point(i + rng.uniform(0.3, 0.7), j + rng.uniform(0.3, 0.7))
        properties: dict[str, Any] = {"name": name, "name_en": name_en, "kind": kind}
        if aliases(name):
            properties["aliases"] = aliases(name)
        if kind == "estate":
            properties["buildings"] = rng.randint(6, 48)
        yield feature("Point", at, properties)


def east_roads(
    sheet: Sheet, rng: random.Random, names: dict[str, list[tuple[str, str]]]
) -> Iterator[Feature]:
    """Streets of the second district, each with one name from end to end."""
    end = COLUMNS + EAST_COLUMNS
    for row, name in zip(EAST_MAIN_ROWS, names["artery_ew"], strict=True):
        rank = "trunk" if row in TRUNK_ROWS else "main"
        yield road(sheet, horizontal(row, COLUMNS, end), *name, rank)
    for column, name in zip(EAST_MAIN_COLUMNS, names["artery_ns"], strict=True):
        yield road(sheet, vertical(column, 0, ROWS), *name, "main")
    yield from stretches(sheet, rng, names["side"], (4, 8), "side", (COLUMNS, end))
    yield from stretches(sheet, rng, names["lane"], (1, 3), "lane", (COLUMNS, end))


def east_places(
    sheet: Sheet, rng: random.Random, names: dict[str, list[tuple[str, str]]]
) -> Iterator[Feature]:
    """What has a name in the second district besides its streets; the river flows on there."""
    columns = range(COLUMNS, COLUMNS + EAST_COLUMNS)
    room = [(i, j) for j in range(ROWS) for i in columns if j != RIVER_ROW]
    ((name, name_en),) = names["water"]
    line = [sheet.point(i, RIVER_ROW + 0.5) for i in (*columns, columns.stop)]
    about = {"name": name, "name_en": name_en, "kind": "water", "width_m": 62}
    yield feature("LineString", line, about)
    for column, (name, name_en) in zip(EAST_MAIN_COLUMNS, names["bridge"], strict=True):
        at = sheet.point(column, RIVER_ROW + 0.5)
        yield feature("Point", at, {"name": name, "name_en": name_en, "kind": "bridge"})
    yield from parks(sheet, rng, names["park"], room)
    yield from spots(sheet, rng, spot_names(names), room)


def spot_names(names: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str, str]]:
    """Kind and names of estates and landmarks."""
    return [(kind, *pair) for kind in names if kind not in NOT_SPOTS for pair in names[kind]]


def read_names(file: str) -> dict[str, list[tuple[str, str]]]:
    """Names by kind, in the order of the file."""
    names: dict[str, list[tuple[str, str]]] = {}
    source = Path(__file__).with_name(file)
    with source.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            names.setdefault(row["kind"], []).append((row["name"], row["name_en"]))
    return names


def write(path: Path, features: Iterable[Feature], *, about: str) -> None:
    """Write features one a line, so that a change shows as a change of that line."""
    lines = [
        json.dumps(item, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        for item in features
    ]
    head = json.dumps({"synthetic": True, "about": about}, ensure_ascii=False)
    body = ",\n".join(lines)
    text = f'{{"type":"FeatureCollection","metadata":{head},"features":[\n{body}\n]}}\n'
    path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{path.name}: {len(lines)} features, {len(text.encode()) // 1024} KiB\n")


def main(folder: Path) -> None:
    """Draw everything below the folder."""
    rng, east_rng = random.Random(SEED), random.Random(SEED + 1)
    names, east_names = read_names("demo-names.csv"), read_names("demo-names-east.csv")
    xs, ys = lattice(rng, COLUMNS), lattice(rng, ROWS)
    sheet = Sheet([*xs, *(xs[-1] + x for x in lattice(east_rng, EAST_COLUMNS)[1:])], ys)
    roads = [
        *arteries(sheet, names),
        *stretches(sheet, rng, names["side"], (6, 11), "side"),
        *stretches(sheet, rng, names["lane"], (1, 3), "lane"),
        *east_roads(sheet, east_rng, east_names),
    ]
    room = dry_cells()
    places = [
        *waters(sheet, names["water"]),
        *bridges(sheet, names["bridge"]),
        *parks(sheet, rng, names["park"], room),
        *spots(sheet, rng, spot_names(names), room),
        *east_places(sheet, east_rng, east_names),
    ]
    grid = [
        *cells(sheet, range(COLUMNS), community_of),
        *cells(sheet, range(COLUMNS, COLUMNS + EAST_COLUMNS), east_community_of),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "grids.geojson", grid, about="unit grid (单元网格)")
    write(folder / "roads.geojson", roads, about="streets with house numbers")
    write(folder / "places.geojson", places, about="estates, landmarks, waters")


OTHER_NAMES = {
    "明湾区人民医院": "人民医院",
    "明湾区政府": "区政府",
    "明湾中央公园": "中央公园",
    "明湾会展中心": "会展中心",
    "明湾实验小学": "实验小学",
    "明湾外国语学校": "外国语学校",
    "明湾青少年宫": "青少年宫",
    "明湾妇幼保健院": "妇幼保健院",
    "明湾火车站": "火车站",
}
NOT_SPOTS = frozenset(("artery_ew", "artery_ns", "side", "lane", "water", "bridge", "park"))

if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "city" / "demo")
