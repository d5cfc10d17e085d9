"""How near Chinese words sound."""

import pytest

from hotline.pinyin import Syllable, distance, spelled, syllable_distance, syllables


def test_a_syllable_has_initial_final_and_tone() -> None:
    assert syllables("井盖") == (Syllable("j", "ing", 3), Syllable("g", "ai", 4))


def test_a_digit_sounds_like_its_numeral_and_a_letter_like_nothing() -> None:
    assert syllables("3A，") == (Syllable("s", "an", 1), None, None)


def test_umlaut_is_kept_apart_from_u() -> None:
    assert [one.final for one in syllables("余路") if one] == ["v", "u"]


@pytest.mark.parametrize(
    ("near", "far"),
    [
        (("z", "zh"), ("z", "m")),
        (("n", "l"), ("n", "s")),
        (("f", "h"), ("f", "zh")),
        (("s", "sh"), ("s", "k")),
    ],
)
def test_initials_that_a_telephone_blurs_are_near(
    near: tuple[str, str], far: tuple[str, str]
) -> None:
    def apart(one: str, other: str) -> float:
        return syllable_distance(Syllable(one, "an", 1), Syllable(other, "an", 1))

    assert 0 < apart(*near) < apart(*far)


@pytest.mark.parametrize(("near", "far"), [("ang", "u"), ("ian", "ou"), ("ai", "ing")])
def test_an_is_nearer_to_what_ends_or_begins_like_it(near: str, far: str) -> None:
    heard = Syllable("l", "an", 1)
    assert syllable_distance(heard, Syllable("l", near, 1)) < syllable_distance(
        heard, Syllable("l", far, 1)
    )


def test_distance_is_symmetric_and_zero_for_the_same_sound() -> None:
    assert distance("占道经营", "站到经营") == pytest.approx(0.0)
    assert distance("府桥街", "虎瞧机") == pytest.approx(distance("虎瞧机", "府桥街"))


def test_a_different_tone_counts_little_and_another_word_much() -> None:
    assert 0 < distance("风华路", "奉化路") < 0.05
    assert distance("风华路", "世纪西") > 0.3


def test_nothing_said_is_as_far_as_can_be() -> None:
    assert distance("", "路灯") == 1.0
    assert distance("", "abc") == 0.0


def test_row_16_a_name_is_spelled_whole_and_by_its_initials() -> None:
    assert spelled("中山东路") == ("zhongshandonglu", "zsdl")
    assert spelled("路灯 KTV") == ("ludengktv", "ldktv")
