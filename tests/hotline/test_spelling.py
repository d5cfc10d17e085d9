"""Names by letters: whole, by initials, from the beginning and inside; and what is too little."""

import pytest

from hotline.spelling import MOST, called_so, is_spelled, spelling_of

NAMES = ("中山东路", "中山西路", "明湾公园", "井盖", "电井盖", "路灯", "Ring Road", "")
SPELLING = spelling_of(NAMES)


@pytest.mark.parametrize(
    ("letters", "names"),
    [
        ("zhongshandonglu", ("中山东路",)),
        ("zsdl", ("中山东路",)),
        ("zsl", ()),
        ("zs", ("中山东路", "中山西路")),
        ("zhongshan", ("中山东路", "中山西路")),
        ("sdl", ("中山东路",)),
        ("jinggai", ("井盖",)),
        ("jg", ("井盖",)),
        ("djg", ("电井盖",)),
        ("mwgy", ("明湾公园",)),
        ("gongyuan", ("明湾公园",)),
        ("z", ()),
        ("Zsdl", ()),
        ("zs1", ()),
        ("", ()),
        ("road", ()),
    ],
)
def test_letters_mean_the_names_that_are_typed_so(letters: str, names: tuple[str, ...]) -> None:
    assert SPELLING.meant(letters) == names


def test_a_name_that_holds_another_one_is_found_with_it() -> None:
    # 电井盖 holds 井盖, so whoever looks for the one has found the other.
    assert SPELLING.meant("jing") == ("井盖",)


def test_letters_mean_a_few_names_at_the_most() -> None:
    many = spelling_of(f"中{sign}路" for sign in "东西南北山水风云天地人和平安康宁")
    assert len(many.meant("zh")) == MOST


def test_a_person_is_called_so_by_letters_but_no_english_name_is() -> None:
    assert called_so("zgdm", ("诸葛大明",))
    assert called_so("zhuge", ("诸葛大明", "Zhuge"))
    assert not called_so("wang", ("诸葛大明", "Wang"))


def test_only_letters_are_letters() -> None:
    given = ("ab", "a", "a b", "ａｂ", "12", "äb", "AB")
    assert [one for one in given if is_spelled(one)] == ["ab"]
