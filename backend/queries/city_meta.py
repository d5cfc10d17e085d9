"""What the console needs to know of the city: stages, departments, people, classes."""

from collections.abc import Mapping
from typing import Any

from backend.desks import binding
from backend.desks.authorization import scope_of, verdicts, waiting_for
from backend.desks.context import AppContext
from backend.store import chats, feed
from backend.store import people as accounts
from hotline.case.deadline import Limit
from hotline.intake.urgency import URGENCIES
from hotline.people import Actor, Post
from hotline.pinyin import spelled
from hotline.report import MAX_WORDS, TYPED, Channel


async def meta(office: AppContext, actor: Actor) -> dict[str, Any]:
    """Give the city as somebody's console knows it, and where the feed stands now.

    `waits` are the cases that wait for them, `direct` the moves that they make at one tap;
    `everything` says whether they see all cases.
    """
    city = office.city
    async with office.store.connect() as connection:
        last = await feed.last(connection)
    return {
        "city": {
            "name": city.name,
            "name_en": city.name_en,
            "zone": city.zone.key,
            "center": list(city.centre),
            "synthetic": city.synthetic_map,
        },
        "stages": city.workflow.stages,
        "ends": sorted(city.workflow.ends, key=city.workflow.stages.index),
        "departments": [
            {"id": one.code, "name": one.name, "name_en": one.name_en}
            for one in city.organisation.departments.values()
        ],
        "collectors": _collectors(office),
        "matters": [_matter(office, code) for code in office.matters],
        "urgencies": URGENCIES,
        "channels": list(Channel),
        "found": verdicts(office),
        "waits": waiting_for(office, actor),
        "direct": _direct(office, actor),
        "everything": scope_of(actor).everything,
        "limits": {**TYPED, "words": MAX_WORDS},
        "rules": {one.name: one.name_en for one in city.routing.rules},
        "feed": last,
        "calendar_provisional": sorted(city.calendar.provisional),
    }


def _direct(office: AppContext, actor: Actor) -> list[str]:
    moves = office.city.workflow.moves
    mine = (one.action for one in moves if one.direct and actor.post in one.posts)
    return list(dict.fromkeys(mine))


async def people(office: AppContext) -> list[dict[str, Any]]:
    """Give everybody with their username and their chats, masked."""
    async with office.store.connect() as connection:
        names = await accounts.usernames(connection)
        bound = await chats.chats_of(connection)
    return [
        {
            "person": one.code,
            "name": one.name,
            "post": one.post,
            "department": one.department,
            "username": names.get(one.code),
            "channels": [binding.shown(chat) for chat in bound if chat.person == one.code],
        }
        for one in office.city.organisation.people.values()
    ]


def _collectors(office: AppContext) -> list[dict[str, Any]]:
    cells: dict[str, list[str]] = {}
    for cell, duty_grid in office.city.duty.items():
        cells.setdefault(duty_grid, []).append(cell)
    return [
        {"id": one.code, "name": one.name, "grids": cells.get(one.duty_grid or "", [])}
        for one in office.city.organisation.people.values()
        if one.post is Post.COLLECTOR
    ]


def _matter(office: AppContext, code: str) -> Mapping[str, Any]:
    one = office.matters[code]
    return {
        "code": code,
        "name": one.name,
        "name_en": one.name_en,
        "group": one.group_code,
        "group_name": one.group_name,
        "group_name_en": one.group_name_en,
        "words": _words(one.name, *office.knowing.called(code)),
        "conditions": [
            {
                "key": condition.key,
                "name": condition.text,
                "name_en": condition.text_en,
                "limit": limit_text(condition.limit),
            }
            for condition in office.city.limits.conditions.get(code, ())
        ],
    }


def _words(*names: str) -> list[str]:
    """Everything that a class is found by: its names as they are said, spelled and shortened."""
    return list(dict.fromkeys(word for name in names for word in (name.lower(), *spelled(name))))


def limit_text(limit: Limit) -> str:
    """Give a limit as limits.toml writes it, such as 4wh."""
    return f"{limit.amount}{limit.unit}"
