"""What happened in the office of 0.1.0 before it was stopped: cases, each with its moves."""

from dataclasses import dataclass, field
from typing import Any

WATER, COLLECTOR = "water1", "collector01"


@dataclass(frozen=True, slots=True)
class Act:
    """A move as somebody made it; with `photo` they sent one along."""

    person: str
    post: str
    note: str = ""
    photo: bool = False
    given: dict[str, Any] = field(default_factory=dict)


ACTS = {
    "ask_verify": Act("acceptor1", "acceptor", given={"collector": COLLECTOR}),
    "verify_true": Act(COLLECTOR, "collector", photo=True),
    "verify_untrue": Act(COLLECTOR, "collector", "现场没有"),
    "verify_unclear": Act(COLLECTOR, "collector", "进不去"),
    "correct": Act("acceptor1", "acceptor", given={"place_text": "中山东路18号"}),
    "file": Act("acceptor1", "acceptor", given={"matter": "01001", "condition": "1"}),
    "decline": Act("acceptor1", "acceptor", "不属于受理范围"),
    "void": Act("chief1", "duty_chief", "现场未发现"),
    "dispatch": Act("dispatcher1", "dispatcher"),
    "accept": Act(WATER, "department"),
    "send_back": Act(WATER, "department", "不属本单位"),
    "report_done": Act(WATER, "department", "已换新井盖", photo=True),
    "ask_check": Act("acceptor1", "acceptor", given={"collector": COLLECTOR}),
    "pass_check": Act(COLLECTOR, "collector", photo=True),
    "fail_check": Act(COLLECTOR, "collector", "盖子还是松的", photo=True),
    "check_unclear": Act(COLLECTOR, "collector", "积水看不清"),
    "close": Act("chief1", "duty_chief"),
    "note": Act("acceptor1", "acceptor", "市民又打来一次"),
}


@dataclass(frozen=True, slots=True)
class Story:
    """A case: how it came, whether its words were looked at, and what was done about it."""

    channel: str
    acts: tuple[str, ...] = ()
    looked_at: bool = True
    heard: bool = True


def _chat(*acts: str) -> Story:
    return Story("telegram", acts)


_FILED = ("file", "dispatch", "accept")
_DONE = (*_FILED, "report_done")
CASES = {
    "heard": Story("phone"),
    "seen": _chat(),
    "noted": _chat("correct", "note"),
    "verifying": _chat("ask_verify"),
    "unverified": _chat("ask_verify"),
    "true": _chat("ask_verify", "verify_true"),
    "untrue": _chat("ask_verify", "verify_untrue"),
    "unclear": _chat("ask_verify", "verify_unclear"),
    "handling": _chat("file", "dispatch"),
    "accepted": _chat(*_FILED),
    "returned": _chat("file", "dispatch", "send_back"),
    "again": _chat("file", "dispatch", "send_back", "dispatch"),
    "to_check": _chat(*_DONE),
    "checking": _chat(*_DONE, "ask_check"),
    "rework": _chat(*_DONE, "ask_check", "fail_check"),
    "recheck": _chat(*_DONE, "ask_check", "check_unclear"),
    "to_close": Story("phone", (*_DONE, "ask_check", "pass_check")),
    "closed": _chat(*_DONE, "ask_check", "pass_check", "close"),
    "told": Story("phone", (*_DONE, "ask_check", "pass_check", "close")),
    "declined": Story("phone", ("decline",)),
    "refused": Story("phone", ("decline",)),
    "void": _chat("file", "void"),
    "to_dispatch": _chat("file"),
    "typed": Story("console"),
    "unseen": Story("telegram", looked_at=False),
    "unheard": Story("phone", looked_at=False, heard=False),
}
WORDS = "中山东路供水井盖没了"
PLACE = "中山东路"
POINT = (121.57, 29.89)
CITIZEN = "王小明"
# A chat of each: the citizen, the collector and the department's man.
CHATS = {"citizen": "500", "collector": "601", "department": "602"}
CALLER = "13800138000"
