"""Which letter presses which button: an action keeps its own, wherever it stands."""

from collections.abc import Collection, Iterable, Mapping
from string import ascii_lowercase

from hotline.case.workflow import CONSOLE_KEYS, Workflow
from hotline.rights.posts import Post


def letters_of(workflow: Workflow, posts: Iterable[Post]) -> dict[str, str]:
    """Give a letter for each action: its `key`, else one of its own name where that can be.

    No two that somebody may find beside each other have the same; those with a key choose first,
    then the earlier ones, and where all letters are gone an action has none.
    """
    beside = _beside(workflow, posts)
    letters: dict[str, str] = {}
    keys = {one.id: one.key for one in workflow.actions.values()}
    for action in sorted((one for one in keys if one in beside), key=lambda one: not keys[one]):
        used = CONSOLE_KEYS.union(letters.get(one, "") for one in beside[action])
        free = (one for one in (*keys[action], *action, *ascii_lowercase) if one in ascii_lowercase)
        letter = next((one for one in free if one not in used), None)
        if letter is not None:
            letters[action] = letter
    return letters


def _beside(workflow: Workflow, posts: Iterable[Post]) -> Mapping[str, Collection[str]]:
    """Give the actions that somebody of a post may find beside each, itself among them."""
    beside: dict[str, set[str]] = {}
    several = list(posts)
    for stage in workflow.stages:
        moves = workflow.moves_from(stage)
        for post in several:
            found = {one.action for one in moves if one.permission in post.permissions}
            for action in found:
                beside.setdefault(action, set()).update(found)
    return beside
