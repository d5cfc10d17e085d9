"""L14: words made to cost time are understood like others; each of these took minutes once."""

import pytest

from hotline.place.point import Point
from hotline.telephone import parse_plan, read_telephone
from tests.knowing import demo_knowledge

pytestmark = pytest.mark.slow

MAX_COUNT = 10_000
GAP = " " * 3_000


@pytest.mark.timeout(90)
@pytest.mark.parametrize(
    "words",
    [
        f"中山东路{GAP}x1",
        f"1{GAP}x中山东路",
        "中山东路\t\t\n" * 1_000,
        "中山东路\u3000\u2003" + "\u2003" * 4_000,
        ("1" + " " * 200 + "中山东路x") * 40,
        "区" * MAX_COUNT,
        "中山东路" * 2_500,
        "井盖" * 5_000,
        "A'" * 5_000,
        "中山东路" + "1号、" * 3_000,
    ],
)
def test_l14_words_that_were_made_to_cost_time_are_understood(words: str) -> None:
    demo_knowledge()[1].understand(words[:MAX_COUNT], Point(121.57, 29.89))


@pytest.mark.parametrize("gap", [" ", "   ", "\t", "\n\n", "\u3000" * 9])
def test_a_place_is_found_across_a_gap_of_any_width(gap: str) -> None:
    place = demo_knowledge()[1].understand(f"中山东路{gap}86号的井盖没了").place
    assert place is not None
    assert place.name == "中山东路86号"


@pytest.mark.timeout(30)
@pytest.mark.parametrize("text", ["转" * 100_000, "(" + " " * 100_000, ";a=" * 50_000])
def test_a_text_far_too_long_is_no_number_at_once(text: str) -> None:
    assert read_telephone(text, parse_plan({"region": "CN", "area": "0574"})) is None
