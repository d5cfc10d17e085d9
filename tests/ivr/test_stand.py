"""How it stands for who waits, in prompts that there are."""

from config.prompts import PROMPTS
from hotline.room.plan import Does
from ivr.flows.stand import menu_words, place_words, wait_words
from ivr.prompts import open_prompts
from tests.cities import demo_city


def test_a_short_wait_and_an_unknown_place_are_not_told() -> None:
    assert wait_words(29) == place_words(0) == []


def test_waits_and_places_in_words() -> None:
    assert wait_words(30) == ["queue_wait", "count_1", "queue_minutes"]
    assert wait_words(23 * 60) == ["queue_wait", "count_20", "count_3", "queue_minutes"]
    assert place_words(1) == ["queue_next"]
    assert place_words(20) == ["queue_place", "count_20", "queue_place_end"]
    assert place_words(21) == ["queue_more", "count_20", "queue_more_end"]


def test_every_word_is_a_prompt_in_every_language() -> None:
    prompts, plan = open_prompts(PROMPTS), demo_city().room
    words = {*menu_words(plan)}
    for count in range(200):
        words |= {*wait_words(count * 60), *place_words(count)}
    for language in prompts.keys:
        assert prompts.sounds(language, *sorted(words))


def test_only_keys_that_the_plan_has_are_named() -> None:
    plan = demo_city().room
    assert menu_words(plan, [Does.REPORT]) == ["pause", "menu_report", "digit_2"]
    assert menu_words(plan, []) == []
