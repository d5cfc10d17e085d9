"""The rights of every post as a document: python -m backend.posts_document writes it."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from backend.city import make_city
from backend.city_files import SHIPPED, read_city
from config.settings import ROOT
from hotline.case.duties import OF_CASES
from hotline.city import City
from hotline.rights import permissions as office
from hotline.rights.posts import TOLD, Post

DOCUMENT: Final = ROOT / "docs" / "posts.md"
SAID: Final[Mapping[str, str]] = {
    office.SEE: "see cases, on lists, pages, map and feed",
    office.EXPORT: "take lists of cases out as files; each is in the audit",
    office.HEAR: "listen to recordings",
    office.CONTACT: "see who told, masked",
    office.UNMASK: "see who told in the open; each look is in the audit",
    office.TYPE_REPORTS: "register a report for who tells it",
    office.COLLECT: "report as a collector",
    office.CALLS: "see the list of calls",
    office.REVISITS: "read what citizens answer after closing; no post of who handles has it",
    office.TAKE_CALLS: "take calls at a seat",
    office.RESTRICT: "agree, as a second person, to what is held against a caller",
    office.EDIT_ARTICLES: "write articles of the knowledge base",
    office.LEAD_ROOM: "lead the telephone room: floor, figures, alarms, bulletins, trials",
    office.LISTEN: "listen to the talk of a seat, whisper to it, join it; each is in the audit",
    office.NOTICES: "see notices that did not arrive",
    office.RETRY: "let them be tried again",
    office.AUDIT: "read the audit",
    office.ERASE: "put cases on hold; tell, hand out and erase what is kept of somebody, by two",
    office.OPERATE: "see how the system is, and what was set aside",
    office.PEOPLE: "see all people and their chats, bind chats, set anybody's leave",
    office.LEAD_PEOPLE: "set the leave of the people whom one leads",
}
"""What each permission of the office lets do."""
_REACH: Final = {
    "all": "all, in the area of who holds it",
    "organisation": "those of their organisation",
    "own": "their own",
    "told": "those that they told of or follow",
    "none": "none",
}
_HEAD: Final = """# Posts and their rights

Made from `config/city/demo/posts.toml` and `workflow.toml` by `python -m backend.posts_document`.

What somebody may do is what their post lets them, on the cases that the post reaches. Who holds
several posts works in one of them at a time. While somebody is away, their proxy has the rights of
all their posts, beside those of their own one. No post, and no proxy, has both halves of a pair:
"""

_CASES: Final = "In one case nobody has both duties of a pair, whichever post they wear:"
_WHY: Final = """Who files a case may close it: the national standard gives 立案 and 结案 to the
same post, the duty chief. Who registered it is another then, and neither closes it nor turns it
away."""
_LEAVE: Final = """For themselves people name anybody whose rights go with theirs, and so does who
may manage people; the audit holds who set it. Who leads others names for them only somebody who
holds the same post or one that stands in for it, of the same organisation where its cases are an
organisation's."""


def document(city: City) -> str:
    """Give the document of a city's posts."""
    posts = list(city.organisation.posts.values())
    pairs = [f"- `{one}` and `{other}`" for one, other in sorted(city.organisation.apart)]
    reached = (
        (one.name, one.name_en, f"`{one.id}`", _REACH[one.reach], ", ".join(one.roles) or "–")
        for one in posts
    )
    left = (
        (one.name, one.name_en, _who_registers(one), ", ".join(_stand_ins(one, city)) or "–")
        for one in posts
        if one.reach != TOLD
    )
    return "\n".join(
        [
            *(_HEAD, *pairs, "", _CASES, "", *_separated(city), "", _WHY, "", "## Which cases", ""),
            *_table(("岗位", "post", "id", "cases", "by these roles"), reached),
            *("", "## Leave and who stands in", "", _LEAVE, ""),
            *_table(("岗位", "post", "leave is set by", "whom others may name"), left),
            *("", "## What it lets do", ""),
            *_table(
                ("permission", "lets", *(one.name for one in posts)),
                (_row(city, posts, one) for one in _permissions(city)),
            ),
            "",
        ]
    )


def _separated(city: City) -> list[str]:
    pairs = (*OF_CASES, *city.workflow.separations)
    return [f"- {_does(one, city)} – {_does(other, city)}" for one, other in pairs]


def _does(duty: str, city: City) -> str:
    named = [one.name for one in city.workflow.actions.values() if one.duty == duty]
    return f"`{duty}` ({'、'.join(named) or '登记'})"


def _who_registers(post: Post) -> str:
    own = post.own_leave or post.permissions & {office.PEOPLE, office.LEAD_PEOPLE}
    return "themselves, administrator" if own else "themselves, who leads them, administrator"


def _stand_ins(post: Post, city: City) -> list[str]:
    if post.own_leave:
        return []
    return [city.organisation.posts[one].name for one in (post.id, *post.stand_ins)]


def _permissions(city: City) -> list[str]:
    """All that there are: those of the office, and behind them those that moves name."""
    moves = dict.fromkeys(move.permission for move in city.workflow.moves)
    return [*SAID, *(one for one in moves if one not in SAID)]


def _row(city: City, posts: Iterable[Post], permission: str) -> tuple[str, ...]:
    marks = ("●" if permission in one.permissions else "" for one in posts)
    return (f"`{permission}`", SAID.get(permission) or _moves(city, permission), *marks)


def _moves(city: City, permission: str) -> str:
    actions = dict.fromkeys(
        one.action for one in city.workflow.moves if one.permission == permission
    )
    named = (city.workflow.actions[one] for one in actions)
    return "moves: " + ", ".join(f"{one.name} (`{one.id}`)" for one in named)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    whole = [head, tuple("---" for _ in head), *rows]
    return [f"| {' | '.join(one)} |" for one in whole]


def main(path: Path = DOCUMENT) -> None:
    """Write the document."""
    path.write_text(document(make_city(read_city(SHIPPED))), "utf-8")
    sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
