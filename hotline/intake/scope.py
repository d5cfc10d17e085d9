"""Whether a report is a matter for the city's loop, or something else."""

from hotline.intake.classify import Classification

MARGIN = 0.04  # in doubt for the citizen: a person declines, never this
IRONY_MARGIN = 0.2  # thanks and praise are often meant the other way
PRAISE = "praise"
FAINT = 0.08  # below it nothing was said at all
NOTHING = "nothing"
UNSURE_MARGIN = 0.12
UNSURE_SCORE = 0.22


def reason_outside(judged: Classification) -> str:
    """Give the reason why a text is out of scope; empty when it is in scope."""
    best = judged.classes[0].score if judged.classes else 0.0
    if max(best, judged.reason_score) < FAINT:
        return NOTHING
    margin = IRONY_MARGIN if judged.reason == PRAISE else MARGIN
    return judged.reason if judged.reason_score > best + margin else ""


def is_unsure(judged: Classification) -> bool:
    """True when a person should look before anything is suggested as settled."""
    scores = [guess.score for guess in judged.classes]
    if not scores:
        return True
    close = len(scores) > 1 and scores[0] - scores[1] < UNSURE_MARGIN * scores[0]
    beside = abs(scores[0] - judged.reason_score) < UNSURE_MARGIN
    return scores[0] < UNSURE_SCORE or close or beside
