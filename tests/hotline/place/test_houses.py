"""Houses as a seat types them: the house-number parser of the reports, and parts of names."""

import pytest

from hotline.place.housenumber import HouseNumbers
from hotline.place.houses import Houses
from tests.knowing import demo_gazetteer

ROAD = "中山东路"
STREETS = [ROAD, "山东路", "zsdl", "zhongshandonglu", "Zhongshan East Road"]
TYPED = [
    *("86号", "86", " 86 号", "８６號", "八十六号", "86-1号", "86#", "第86号", "甲86号", "86弄5号"),
    *("86号院", "86号2单元501室", "86、88号"),
]


def houses() -> Houses:
    return Houses(demo_gazetteer(), HouseNumbers())


@pytest.mark.parametrize("tail", TYPED)
@pytest.mark.parametrize(
    "street", [ROAD, "山东路", "zsdl", "zhongshandonglu", "Zhongshan East Road"]
)
def test_fault_12_a_seat_finds_a_house_as_reports_name_it(street: str, tail: str) -> None:
    gazetteer = demo_gazetteer()
    where = gazetteer.plate(gazetteer.road_by_name[ROAD], 86)
    found = {one.name: one.point for one in houses().find(f"{street}{tail}")}
    assert where in found.values(), found
    assert all(name.startswith(ROAD) for name, point in found.items() if point == where)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("中山东路86", "中山东路86号"),
        ("中山东路八十六号", "中山东路八十六号"),
        ("中山东路86号2单元501室", "中山东路86号2单元501室"),
        ("Zhongshan East Road, No. 86", "中山东路86号"),
        ("No. 86 Zhongshan East Road", "中山东路86号"),
        ("zhongshan east road 86-1", "中山东路86-1号"),
    ],
)
def test_fault_12_a_house_is_written_as_a_seat_means_it(words: str, name: str) -> None:
    assert houses().find(words)[0].name == name


@pytest.mark.parametrize(
    "words", ["", "86", "路86号", "中山东路", "中山东路9999号", "中山东路86号对面", "没有的路86号"]
)
def test_words_without_a_house_of_the_city_find_none(words: str) -> None:
    assert houses().find(words) == []
