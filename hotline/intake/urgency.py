"""How urgent a report sounds, by rules of words that are data."""

from collections.abc import Sequence

from hotline.intake.lexicon import UrgencyRule
from hotline.intake.result import NORMAL


def urgency(text: str, code: str, rules: Sequence[UrgencyRule]) -> tuple[str, str]:
    """Give critical, urgent or normal, and the reason of the rule that held ("" for normal).

    `code` is the class or, for what is out of scope, the reason; rules are tried in their order.
    """
    for rule in rules:
        if holds(rule, text, code):
            return rule.level, rule.reason
    return NORMAL, ""


def holds(rule: UrgencyRule, text: str, code: str) -> bool:
    """Tell whether a rule is for the class and has a word of each of its lists in the text."""
    if rule.matters and code not in rule.matters:
        return False
    if any(word in text for word in rule.unless):
        return False
    return all(any(word in text for word in group) for group in rule.all)
