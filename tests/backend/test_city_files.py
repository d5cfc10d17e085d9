"""Faults 15 and 16 on a city of a few streets: its files as other programs write them."""

import codecs
import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from backend.city import make_city
from backend.city_files import CityFiles, read_city
from backend.demo.past import scenes
from backend.layers import make_layers
from backend.queries.city_told import spoken_of
from config.catalogue_files import DEFAULT_EDITION, ROOT, read_catalogue
from config.settings import SettingsError, load
from hotline.errors import Invalid
from hotline.place.address import AddressReader, parse_grammar
from hotline.place.gazetteer import Gazetteer, parse_gazetteer
from hotline.place.geocode import Geocoder
from hotline.place.grid import Grid, parse_grid
from hotline.place.point import Point
from ivr.hearing import hearing_of
from tests.cities import FOLDER, form

pytestmark = pytest.mark.slow

Json = dict[str, Any]


# What is kept of the demo city's map: the first of each layer, and those that the tests name.
FEW = {"grids": 60, "roads": 12, "places": 12}
NAMED = {"中山东路", "科技路", "文化路", "丹桂新村", "江湾公园", "西新河"}


def make_folder(target: Path) -> Path:
    """The demo city with few features in each layer: all that these tests need, read in no time."""
    shutil.copytree(FOLDER, target, ignore=shutil.ignore_patterns("*.geojson"))
    for name, many in FEW.items():
        (target / f"{name}.geojson").write_text(few_of(name, many), "utf-8")
    return target


@cache
def few_of(layer: str, many: int) -> str:
    """A layer of the demo city with so many features and the named ones."""
    data = json.loads((FOLDER / f"{layer}.geojson").read_text("utf-8"))
    named = [one for one in data["features"][many:] if one["properties"].get("name") in NAMED]
    return json.dumps({**data, "features": [*data["features"][:many], *named]}, ensure_ascii=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small city that a test may spoil."""
    return make_folder(tmp_path / "city")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a city's places."""

    gazetteer: Gazetteer
    grid: Grid
    geocoder: Geocoder


@cache
def reader() -> AddressReader:
    return AddressReader(parse_grammar(read_catalogue(DEFAULT_EDITION).address))


@cache
def grid_of(layer: str, centre: Point) -> Grid:
    """The cells of a layer as text: most cities here differ in another one."""
    return parse_grid(json.loads(layer), centre)


def known(folder: Path) -> Known:
    files = read_city(folder)
    make_city(files)
    centre = Point(*files.tables["city"]["centre"])
    grid = grid_of(json.dumps(files.maps["grids"]), centre)
    gazetteer = parse_gazetteer(files.maps["roads"], files.maps["places"], centre)
    return Known(gazetteer, grid, Geocoder(gazetteer, grid, reader()))


@dataclass(frozen=True, slots=True)
class Plain:
    """The small city as it is: its files, read, and what is known of them."""

    files: CityFiles
    known: Known


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Plain:
    folder = make_folder(tmp_path_factory.mktemp("plain") / "city")
    return Plain(read_city(folder), known(folder))


def change(folder: Path, layer: str, how: Callable[[Json], None]) -> None:
    path = folder / f"{layer}.geojson"
    data = json.loads(path.read_text("utf-8"))
    how(data)
    path.write_text(json.dumps(data, ensure_ascii=False), "utf-8")


def each(how: Callable[[Json], None]) -> Callable[[Json], None]:
    def changed(data: Json) -> None:
        for feature in data["features"]:
            how(feature)

    return changed


def multi(feature: Json) -> None:
    shape = feature["geometry"]
    shape |= {"type": f"Multi{shape['type']}", "coordinates": [shape["coordinates"]]}


def collected(feature: Json) -> None:
    feature["geometry"] = {"type": "GeometryCollection", "geometries": [feature["geometry"]]}


def each_position(data: Any, how: Callable[[list[float]], list[float]]) -> Any:
    if isinstance(data[0], (int, float)):
        return how(data)
    return [each_position(one, how) for one in data]


def positions(how: Callable[[list[float]], list[float]]) -> Callable[[Json], None]:
    def changed(feature: Json) -> None:
        shape = feature["geometry"]
        shape["coordinates"] = each_position(shape["coordinates"], how)

    return changed


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_fault_15_every_file_of_a_city_may_begin_with_a_mark(
    folder: Path, mark: bytes, ends: bytes
) -> None:
    for path in folder.iterdir():
        body = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", ends)
        path.write_bytes(mark + body)
    assert known(folder).geocoder.guesses("中山东路86号")[0].point is not None
    assert hearing_of(spoken_of(read_city(folder))).lexicon is not None


@pytest.mark.parametrize("name", ["calendar.toml", "organisation.toml", "roads.geojson"])
def test_fault_15_a_file_in_gb18030_is_refused_by_name(folder: Path, name: str) -> None:
    path = folder / name
    path.write_bytes(path.read_text("utf-8").encode("gb18030"))
    with pytest.raises(Invalid, match=rf"{name}.*GB18030.*UTF-8"):
        known(folder)


def test_fault_15_a_catalogue_and_settings_may_begin_with_a_mark(tmp_path: Path) -> None:
    root = Path(shutil.copytree(ROOT, tmp_path / "catalogue"))
    for path in [*root.glob("*.toml"), *(root / DEFAULT_EDITION).iterdir()]:
        path.write_bytes(codecs.BOM_UTF8 + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_catalogue(DEFAULT_EDITION, root) == read_catalogue(DEFAULT_EDITION)
    settings = tmp_path / "hotline.toml"
    settings.write_bytes(codecs.BOM_UTF8 + b'[home]\r\nlanguage = "en"\r\n')
    assert load([settings], {}).home.language == "en"
    settings.write_bytes('[home]\nlanguage = "en" # 语言设置\n'.encode("gb18030"))
    with pytest.raises(SettingsError, match=r"hotline\.toml.*GB18030"):
        load([settings], {})


def test_fault_15_a_table_parted_by_semicolons_is_read(tmp_path: Path) -> None:
    root = Path(shutil.copytree(ROOT, tmp_path / "catalogue"))
    path = root / DEFAULT_EDITION / "components.csv"
    rows = list(csv.reader(path.read_text("utf-8").splitlines()))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    assert read_catalogue(DEFAULT_EDITION, root) == read_catalogue(DEFAULT_EDITION)


@pytest.mark.parametrize("how", [multi, collected, positions(lambda at: [*at, 12.5])])
@pytest.mark.parametrize("layer", ["roads", "grids", "places"])
def test_fault_16_one_part_and_three_dimensions_are_the_same_city(
    plain: Plain, folder: Path, layer: str, how: Callable[[Json], None]
) -> None:
    change(folder, layer, each(how))
    odd = known(folder)
    for text in ("中山东路86号", "丹桂新村7幢", "江湾公园", "西新河"):
        assert odd.geocoder.guesses(text) == plain.known.geocoder.guesses(text)
    # What the browser is given is the same simple form.
    files = read_city(folder)
    assert files.maps[layer]["features"] == plain.files.maps[layer]["features"]
    assert len(list(scenes(files))) == len(list(scenes(plain.files)))


def halves(line: list[Any]) -> tuple[list[Any], list[Any]]:
    """A line cut in two at one of its corners, or in the middle of a straight one."""
    if len(line) == 2:
        middle = [(line[0][axis] + line[1][axis]) / 2 for axis in (0, 1)]
        return [line[0], middle], [middle, line[1]]
    at = len(line) // 2
    return line[: at + 1], line[at:]


def cut_as_one(feature: Json) -> None:
    first, second = halves(feature["geometry"]["coordinates"])
    feature["geometry"] = {"type": "MultiLineString", "coordinates": [first, second[::-1]]}


def cut_as_two(data: Json) -> None:
    pieces = []
    for feature in data["features"]:
        told = feature["properties"]
        middle = (told.get("first", 1) + told.get("last", 1)) // 2
        first, second = halves(feature["geometry"]["coordinates"])
        for line, numbers in ((second, {"first": middle}), (first, {"last": middle})):
            shape = {"type": "LineString", "coordinates": line}
            pieces.append({**feature, "properties": told | numbers, "geometry": shape})
    data["features"] = pieces


@pytest.mark.parametrize("how", [each(cut_as_one), cut_as_two])
def test_kind_7_a_street_in_pieces_keeps_its_house_numbers(
    plain: Plain, folder: Path, how: Callable[[Json], None]
) -> None:
    gazetteer, geocoder = plain.known.gazetteer, plain.known.geocoder
    change(folder, "roads", how)
    odd = known(folder)
    assert len(odd.gazetteer.roads) == len(gazetteer.roads)
    for text in ("中山东路86号", "科技路20号", "文化路76号"):
        before, after = geocoder.guesses(text)[0], odd.geocoder.guesses(text)[0]
        assert before.point is not None
        assert after.point is not None
        assert gazetteer.flat.distance(before.point, after.point) < 1


def test_kind_7_a_street_with_a_gap_has_houses_on_both_sides_of_it(folder: Path) -> None:
    line = [[121.55, 29.87], [121.551, 29.87]]
    other = [[121.56, 29.87], [121.561, 29.87]]

    def gap(data: Json) -> None:
        shape = {"type": "MultiLineString", "coordinates": [line, other]}
        told = {"name": "断头路", "first": 1, "last": 101}
        data["features"].append({"type": "Feature", "properties": told, "geometry": shape})

    change(folder, "roads", gap)
    city = known(folder).gazetteer
    road = city.road_by_name["断头路"]
    near, far = city.plate(road, 25), city.plate(road, 77)
    assert near.lon == pytest.approx(121.5505, abs=1e-4)
    assert far.lon == pytest.approx(121.5605, abs=1e-4)


@pytest.mark.parametrize("other", [1, 7])
def test_kind_7_a_cell_of_two_parts_is_one_cell(plain: Plain, folder: Path, other: int) -> None:
    """Parts that touch, and parts that lie apart."""
    codes = [one["properties"]["code"] for one in plain.files.maps["grids"]["features"]]
    grid = plain.known.grid
    lost = grid.cell(codes[other])
    assert lost is not None

    def merge(data: Json) -> None:
        first, second = data["features"][0], data["features"].pop(other)
        shapes = [one["geometry"]["coordinates"] for one in (first, second)]
        first["geometry"] = {"type": "MultiPolygon", "coordinates": shapes}

    change(folder, "grids", merge)
    found = known(folder).grid.cell_at(grid.middle(lost))
    assert found is not None
    assert found.code == codes[0]


def test_kind_7_a_cell_whose_parts_overlap_is_refused(folder: Path) -> None:
    def double(data: Json) -> None:
        shape = data["features"][0]["geometry"]
        shape |= {"type": "MultiPolygon", "coordinates": [shape["coordinates"]] * 2}

    change(folder, "grids", double)
    with pytest.raises(Invalid, match="parts overlap"):
        known(folder)


def gathered(*shapes: Json) -> Json:
    return {"type": "GeometryCollection", "geometries": list(shapes)}


def mixed(one: Json) -> Json:
    at = one["geometry"]["coordinates"][0]
    return gathered(one["geometry"], {"type": "Point", "coordinates": at})


def swapped(at: list[float]) -> list[float]:
    return [at[1], at[0]]


@pytest.mark.parametrize(
    ("layer", "how", "reason"),
    [
        ("roads", positions(swapped), "latitude first"),
        ("grids", positions(swapped), "latitude first"),
        ("places", positions(swapped), "latitude first"),
        ("roads", positions(lambda _: [13_530_000.0, 3_480_000.0]), "not in degrees"),
        ("roads", positions(lambda _: [2.35, 48.86]), "near the city's centre"),
        ("roads", positions(lambda _: [float("nan"), 29.8]), "near the city's centre|degrees"),
        ("roads", positions(lambda _: [121.5, 29.8]), "all points"),
        ("roads", lambda one: one.update(geometry=None), "no geometry"),
        ("roads", lambda one: one.update(geometry=gathered()), "no geometry"),
        ("roads", lambda one: one.update(geometry=mixed(one)), "LineString and Point in one"),
        ("places", lambda one: one["properties"].update(aliases=3), "no list of names"),
        ("places", lambda one: one["properties"].update(aliases={"a": 1}), "no list of names"),
        ("roads", lambda one: one["geometry"].update(coordinates=[]), "no coordinates"),
        ("roads", lambda one: one["geometry"].update(coordinates=[[121.5, 29.8]]), "two points"),
        ("roads", lambda one: one["geometry"].update(type="Polygon"), "position|not a line"),
        ("roads", lambda one: one["geometry"].update(type="Circle"), "not a point, line"),
        ("roads", lambda one: one["properties"].update(first="某号"), "not a house number"),
        ("roads", lambda one: one["properties"].update(first=90, last=2), "backwards"),
        ("grids", lambda one: one["geometry"]["coordinates"][0].pop(), "not closed"),
        ("grids", lambda one: one["geometry"].update(type="LineString"), "position|not a polygon"),
    ],
)
def test_kind_7_what_cannot_be_right_is_refused_by_layer_feature_and_reason(
    folder: Path, layer: str, how: Callable[[Json], None], reason: str
) -> None:
    first: list[str] = []

    def one(data: Json) -> None:
        feature = data["features"][3]
        first.append(str(feature["properties"].get("code") or feature["properties"]["name"]))
        how(feature)

    change(folder, layer, one)
    with pytest.raises(Invalid, match=reason) as refusal:
        known(folder)
    assert refusal.value.field == f"{layer}.{first[0]}"


@pytest.mark.parametrize("feature", [None, {}, {"properties": None}, {"properties": {"name": " "}}])
def test_kind_7_a_feature_without_a_name_is_refused_by_its_place(
    folder: Path, feature: Any
) -> None:
    change(folder, "places", lambda data: data["features"].insert(4, feature))
    with pytest.raises(Invalid, match="has no name") as refusal:
        known(folder)
    assert refusal.value.field == "places.feature 5"


def test_kind_7_another_coordinate_system_is_named(folder: Path) -> None:
    system = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    change(folder, "roads", lambda data: data.update(crs=system))
    with pytest.raises(Invalid, match=r"roads.*EPSG::3857.*WGS 84"):
        known(folder)
    system["properties"] = {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}
    change(folder, "roads", lambda data: data.update(crs=system))
    assert known(folder).gazetteer.roads


def test_kind_7_codes_and_numbers_written_otherwise_are_the_same(
    plain: Plain, folder: Path
) -> None:
    def spelled(data: Json) -> None:
        for one in data["features"]:
            one["properties"]["code"] = int(one["properties"]["code"])

    def numbered(data: Json) -> None:
        for one in data["features"]:
            told = one["properties"]
            told |= {name: f"{told[name]}号" for name in ("first", "last") if name in told}

    change(folder, "grids", spelled)
    change(folder, "roads", numbered)
    odd = known(folder)
    text = "中山东路86号"
    assert odd.geocoder.guesses(text) == plain.known.geocoder.guesses(text)
    assert all(odd.grid.cell(code) for code in make_city(read_city(folder)).duty)


@pytest.mark.parametrize(
    ("told", "names"),
    [
        *(("老菜场", ["老菜场"]), ("老菜场;旧市场", ["老菜场", "旧市场"]), (None, []), ("", [])),
        *(
            ('["老菜场", "旧市场"]', ["老菜场", "旧市场"]),
            ("老菜场、旧市场，", ["老菜场", "旧市场"]),
        ),
        *(([None, "", " 老菜场 "], ["老菜场"]), ([12.0], ["12"])),
    ],
)
def test_kind_7_other_names_written_as_one_text_are_names_and_not_their_letters(
    folder: Path, told: Any, names: list[str]
) -> None:
    change(folder, "places", lambda data: data["features"][0]["properties"].update(aliases=told))
    city = known(folder)
    spot = city.gazetteer.spots[0]
    assert list(spot.aliases) == names
    assert all(city.gazetteer.spot_by_name[name] is spot for name in names)
    assert not {"", "老", "场", ";"} & city.gazetteer.spot_by_name.keys()
    make_layers(read_city(folder).maps)
    hearing_of(spoken_of(read_city(folder)))


def test_kind_7_a_collection_of_lines_is_one_street(plain: Plain, folder: Path) -> None:
    def collect(data: Json) -> None:
        for one in data["features"]:
            line = one["geometry"]["coordinates"]
            halves = [line[: len(line) // 2 + 1], line[len(line) // 2 :]]
            shapes = [{"type": "LineString", "coordinates": half} for half in halves]
            one["geometry"] = gathered(*(one for one in shapes if len(one["coordinates"]) > 1))

    change(folder, "roads", collect)
    text = "中山东路86号"
    assert known(folder).geocoder.guesses(text) == plain.known.geocoder.guesses(text)


@pytest.mark.parametrize("told", ["", None, "１号", "一号", "壹号", 1, 1.0])
def test_kind_7_the_first_house_number_in_any_form(folder: Path, told: Any) -> None:
    change(folder, "roads", lambda data: data["features"][0]["properties"].update(first=told))
    assert known(folder).gazetteer.roads[0].first == 1


@pytest.mark.parametrize("system", [None, {}, {"properties": None}, "EPSG:4326", {"type": "link"}])
def test_kind_7_a_system_that_is_not_told_is_wgs_84(folder: Path, system: Any) -> None:
    change(folder, "roads", lambda data: data.update(crs=system))
    assert known(folder).gazetteer.roads


@pytest.mark.parametrize("system", ["EPSG:3857", "EPSG:54326", "http://www.opengis.net/x/4547"])
def test_kind_7_another_system_is_refused_however_it_is_written(folder: Path, system: str) -> None:
    for told in (system, {"properties": {"name": system}}):
        change(folder, "roads", lambda data: data.update(crs=told))  # noqa: B023
        with pytest.raises(Invalid, match="WGS 84"):
            known(folder)


def test_kind_7_the_same_point_twice_and_a_closed_ring_road_do_no_harm(folder: Path) -> None:
    def ring(data: Json) -> None:
        corners = [[121.55, 29.87], [121.55, 29.87], [121.56, 29.87], [121.56, 29.88]]
        shape = {"type": "LineString", "coordinates": [*corners, corners[0]]}
        told = {"name": "环城路", "first": 1, "last": 400}
        data["features"].append({"type": "Feature", "properties": told, "geometry": shape})

    change(folder, "roads", ring)
    city = known(folder).gazetteer
    road = city.road_by_name["环城路"]
    assert city.plate(road, 1) == Point(121.55, 29.87)
    assert city.plate(road, 200) != city.plate(road, 1)


def test_the_demo_city_is_in_the_simple_form_already() -> None:
    files: CityFiles = read_city(FOLDER)
    for layer, data in files.maps.items():
        assert data == json.loads((FOLDER / f"{layer}.geojson").read_text("utf-8"))


def test_a_folder_of_0_1_0_has_no_form_and_goes_by_the_shipped_one(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "city")
    (folder / "form.toml").unlink()
    assert make_city(read_city(folder)).form == form()
