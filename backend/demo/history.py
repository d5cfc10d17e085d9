"""What a city's past is made of, before it is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hotline.case.workflow import Workflow
from hotline.media import Attachment
from hotline.place.point import Point

HISTORY: Final = "history.toml"


@dataclass(frozen=True, slots=True)
class SeedPlace:
    """A place of the city where something can be wrong."""

    words: str
    point: Point


@dataclass(frozen=True, slots=True)
class PastSpan:
    """How many days back a past begins, and what of it is still under way.

    `share_open` of the cases, those of the last `open_days`, stay in open stages: in each as often
    as `open` says, or in all of them alike. `lights` are what they are to have, in turn.
    """

    days: float
    share_open: float
    open_days: float
    open: Mapping[str, int] = field(default_factory=dict)
    lights: tuple[str, ...] = ("",)

    def stages(self, workflow: Workflow) -> list[str]:
        """Give the stages to stay in, each as often as its share, spread over the whole list."""
        often = self.open or {one: 1 for one in workflow.stages if one not in workflow.ends}
        spread = [((turn + 0.5) / many, one) for one, many in often.items() for turn in range(many)]
        return [stage for _, stage in sorted(spread)]


@dataclass(frozen=True, slots=True)
class Past:
    """What the past is made of: figures of history.toml, phrases a class, places, a photo."""

    figures: Mapping[str, Any]
    spans: Mapping[str, PastSpan]
    phrases: Mapping[str, Sequence[str]]
    scenes: Sequence[SeedPlace]
    photo: Attachment
    photo_bytes: int
