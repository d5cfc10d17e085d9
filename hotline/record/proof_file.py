"""What a citizen is given to check by themselves that their report is in the log."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogProof:
    """The first step of a case as the log has it, and the way from it to a root that was signed.

    `entry` is the text that is hashed as a leaf; it holds the SHA-256 of `salt` (hex) and
    `payload`, which are empty where it was erased. `path` leads from place `index` among `size`
    entries to `root`, which `signed` holds; `public` is the office's key. All hashes are hex.
    """

    number: str
    entry: str
    salt: str
    payload: str
    index: int
    size: int
    path: tuple[str, ...]
    root: str
    signed: str
    public: str


@dataclass(frozen=True, slots=True)
class CaseProof:
    """What the office hands out of a case: that each thing which was written down is in the log.

    What was reported is told with its content where one citizen alone has reported it; of all
    else that it was done, by whom and when. `left_out` further entries are not in it: nobody has
    signed them yet, or they are more than one file holds.
    """

    number: str
    entries: tuple[LogProof, ...]
    left_out: int = 0
