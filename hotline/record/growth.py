"""What a witness asks and is told: how the log has grown since it looked last, and the proof."""

from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Final

from hotline.contract import Endpoint
from hotline.errors import Refused
from hotline.record.checkpoint import MAX_NOTE, OFFICE, Checkpoint, is_signed, read_checkpoint
from hotline.record.log_entry import HEAD, head_text
from hotline.record.merkle import has_grown, is_in, leaf_hash
from hotline.wire import Meta, parse

MAX_MONTHS: Final = 1_200
# Names of a witness and its key, as they come in.
WITNESS_NAME: Final = "[a-z0-9][a-z0-9-]{0,39}"
WitnessName = Annotated[str, Meta(pattern=rf"^{WITNESS_NAME}$(?!\n)")]
PublicKey = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]


@dataclass(frozen=True, slots=True)
class LogSeen:
    """What a witness saw last: so many entries of a month; nothing where the month is empty."""

    month: Annotated[str, Meta(max_length=7)] = ""
    size: Annotated[int, Meta(ge=0, le=1 << 53)] = 0


@dataclass(frozen=True, slots=True)
class LogMonth:
    """A month of the log, at its end or where it stands now.

    The first is the one that the witness saw last, and `growth` proves that it only grew. Each
    later one has the text of its first entry in `head`, which tells the root of the one before,
    and proves by `path` that it begins with it.
    """

    month: str
    size: int
    root: str
    growth: tuple[str, ...] = ()
    head: str = ""
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogGrown:
    """The newest checkpoint, the office's public key, and the months that lead to it.

    There are none where nothing leads there from what the witness saw.
    """

    signed: str
    public: str
    months: tuple[LogMonth, ...] = ()


@dataclass(frozen=True, slots=True)
class LogWitnessed:
    """A checkpoint that a witness has signed too, under its name and by its key."""

    name: WitnessName
    public: PublicKey
    signed: Annotated[str, Meta(max_length=MAX_NOTE)]


GROWN: Final = Endpoint("POST", "/connector/log/grown", LogSeen, LogGrown)
WITNESSED: Final = Endpoint("POST", "/connector/log/witnessed", LogWitnessed, NoneType)


@dataclass(frozen=True, slots=True)
class LastSeen:
    """What a witness has kept: the last checkpoint, and the key of the office that signed it."""

    checkpoint: Checkpoint | None = None
    public: str = ""

    @property
    def asked(self) -> LogSeen:
        """What it asks by."""
        last = self.checkpoint
        return LogSeen() if last is None else LogSeen(last.month, last.size)


def judge(seen: LastSeen, grown: LogGrown) -> Checkpoint:
    """Give the newest checkpoint, where it goes on from what was seen.

    Raises Refused where it does not: whatever the reason is, it is not the log that was seen.
    """
    if seen.public and grown.public != seen.public:
        raise _rewritten("another key signs it")
    if not is_signed(grown.signed, OFFICE, grown.public):
        raise _rewritten("its signature is wrong")
    newest = read_checkpoint(grown.signed)
    last = seen.checkpoint
    if last is None:
        return newest
    if newest.origin != last.origin:
        raise _rewritten("it is another log")
    if not grown.months or len(grown.months) > MAX_MONTHS:
        raise _rewritten(f"nothing leads there from {last.month}/{last.size}")
    _judge_months(last, grown.months)
    end = grown.months[-1]
    if (end.month, end.size, end.root) != (newest.month, newest.size, newest.root):
        raise _rewritten("it was not proved up to what is signed")
    return newest


def _judge_months(last: Checkpoint, months: tuple[LogMonth, ...]) -> None:
    before: LogMonth | None = None
    for one in months:
        root = _bytes(one.root)
        if before is None:
            proof = [_bytes(hashed) for hashed in one.growth]
            grown = has_grown(last.size, _bytes(last.root), one.size, root, proof)
            if one.month != last.month or not grown:
                raise _rewritten(f"it did not grow from {last.month}/{last.size}")
        else:
            path = [_bytes(hashed) for hashed in one.path]
            leaf = leaf_hash(one.head.encode())
            if not is_in(leaf, 0, one.size, path, root) or not _tells(one, before):
                raise _rewritten(f"month {one.month} does not begin with the one before")
        before = one


def _tells(one: LogMonth, before: LogMonth) -> bool:
    """Whether the first entry of a month tells the end of the one before."""
    told, _, plain = one.head.partition("\n")
    head = parse(told)
    is_head = isinstance(head, dict) and head.get("kind") == HEAD
    wanted = head_text(one.month, before.size, _bytes(before.root))
    return is_head and plain == wanted and before.month < one.month


def _bytes(told: str) -> bytes:
    try:
        return bytes.fromhex(told)
    except ValueError:
        return b""


def _rewritten(why: str) -> Refused:
    return Refused(why, code="log_rewritten", reason=why)
