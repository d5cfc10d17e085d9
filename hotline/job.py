"""What a job says of itself: small records that outlive the version that wrote them."""

from dataclasses import dataclass
from typing import Final

from hotline.case.deadline import Light
from hotline.wire import Schema

# The queues of the office; each name has words of its own on the health page.
LIGHTS: Final = "lights"


@dataclass(frozen=True, slots=True)
class LightJob:
    """The light that a case's stage shows from an instant on."""

    light: Light


LIGHT_JOB: Final = Schema(LightJob)
