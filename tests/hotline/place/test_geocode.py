"""Places in free text, known to the demo city and not."""

import pytest

from hotline.intake.result import PlaceGuess
from tests.knowing import demo_gazetteer, demo_knowledge


def best(text: str) -> PlaceGuess:
    guesses = demo_knowledge()[1].geocoder.guesses(text)
    assert guesses, text
    return guesses[0]


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("科技路上有个大坑", "road", "科技路"),
        ("文化路76号门前有人乱倒垃圾", "plate", "文化路76号"),
        ("我住在丹桂新村7幢楼下太吵", "estate", "丹桂新村7号楼"),
        ("江湾公园旁边的座椅坏了", "landmark", "江湾公园"),
        ("会展中心对面路灯不亮", "landmark", "明湾会展中心"),
        ("西新河发臭", "water", "西新河"),
        ("世紀東路路燈不亮", "road", "世纪东路"),
        ("Street lamp broken on Shiji East Road", "road", "世纪东路"),
        ("在彩虹北陆那个地方", "road", "彩虹北路"),
    ],
)
def test_a_place_of_the_city_is_found_with_its_point_and_cell(
    text: str, kind: str, name: str
) -> None:
    guess = best(text)
    assert (guess.kind, guess.name) == (kind, name)
    assert guess.point is not None
    assert guess.cell is not None


def test_two_roads_that_meet_are_a_crossing_on_both() -> None:
    city = demo_gazetteer()
    guess = best("中山西路和天童北路路口红绿灯坏了")
    assert guess.kind == "crossing"
    assert guess.text == "中山西路和天童北路路口"
    assert guess.point is not None
    assert city.around(guess.point).road in {"中山西路", "天童北路"}


def test_roads_that_do_not_meet_are_no_crossing() -> None:
    guesses = demo_knowledge()[1].geocoder.guesses("中山东路和天童北路路口")
    assert "crossing" not in {guess.kind for guess in guesses}


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("兆和三路路灯坏了", "兆和三路"),
        ("市民反映青莲阁花园北门外堆满垃圾", "青莲阁花园北门"),
        ("你好康宁三路路灯不亮", "康宁三路"),
        ("there is rubbish near Old Harbour Square", "Old Harbour Square"),
        ("僵尸车 梧桐里三期", "梧桐里三期"),
        ("云岭镇长坡村有人烧秸秆", "云岭镇长坡村"),
    ],
)
def test_an_unknown_name_is_read_by_how_names_are_built(text: str, span: str) -> None:
    guess = best(text)
    assert guess.text == span
    assert (guess.name, guess.point, guess.reason) == ("", None, "grammar")


@pytest.mark.parametrize(
    "text",
    [
        "马路上井盖坏了",
        "我们小区楼下太吵了睡不着",
        "人行道地砖坏了，道路不平",
        "公园里有人遛狗不牵绳",
        "",
        "啊啊啊",
        "How can I renew my passport?",
    ],
)
def test_a_kind_of_thing_is_no_place(text: str) -> None:
    guesses = demo_knowledge()[1].geocoder.guesses(text)
    assert [guess.text for guess in guesses if guess.score >= 0.4] == []


def test_house_numbers_rise_along_the_road_and_a_number_beyond_it_is_doubted() -> None:
    city = demo_gazetteer()
    road = city.road_by_name["科技路"]
    near, far = city.plate(road, road.first), city.plate(road, road.last)
    assert city.flat.distance(near, far) > 200
    inside, beyond = best(f"科技路{road.last}号"), best(f"科技路{road.last + 500}号")
    assert inside.score > beyond.score


def test_a_point_is_told_by_the_street_number_it_came_from() -> None:
    city = demo_gazetteer()
    point = city.plate(city.road_by_name["科技路"], 20)
    around = city.around(point)
    assert around.road == "科技路"
    assert around.plate is not None
    assert abs(around.plate - 20) <= 1
    assert demo_knowledge()[1].where(point).startswith("科技路")
