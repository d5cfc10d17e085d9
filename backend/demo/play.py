"""The play of the demo city: what its players do with a spoken report, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from config.textfile import read_toml
from hotline.case.workflow import Workflow
from hotline.errors import Invalid
from hotline.wire import convert

PLAY: Final = "play.toml"


@dataclass(frozen=True, slots=True)
class PlayTurn:
    """What is done in a stage, where the case's fields have these values ("" for none).

    With `understood` a class must be known or suggested. Who does it has the move's `permission`,
    and the `role` in the case where one is named. With a `photo` one is drawn and handed in.
    """

    stage: str
    action: str
    note: str
    note_en: str
    when: Mapping[str, str] = field(default_factory=dict)
    understood: bool = False
    role: str = ""
    photo: bool = False
    permission: str = ""

    def fits(self, case: Mapping[str, Any]) -> bool:
        """Tell whether a case, as the console shows it, stands so."""
        if case["stage"] != self.stage:
            return False
        if self.understood and not (case["matter"] or case["suggestions"]):
            return False
        return all((case["fields"].get(name) or "") == value for name, value in self.when.items())


def read_play(folder: Path, workflow: Workflow) -> list[PlayTurn]:
    """Give the turns of a city's play, in their order; none where it has no play.

    Invalid names a turn that is no move of the workflow.
    """
    path = folder / PLAY
    if not path.is_file():
        return []
    turns = convert(read_toml(path).get("turn", []), list[PlayTurn])
    return [_with_permission(turn, workflow) for turn in turns]


def _with_permission(turn: PlayTurn, workflow: Workflow) -> PlayTurn:
    move = workflow.find(turn.action, turn.stage)
    if move is None:
        raise Invalid(PLAY, f"there is no {turn.action!r} in {turn.stage!r}")
    return replace(turn, permission=move.permission)
