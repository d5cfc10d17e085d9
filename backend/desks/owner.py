"""Whose a chat is, as a connector knows them."""

from backend.desks.context import AppContext
from hotline.contract import ChatOwner
from hotline.people import Actor
from hotline.rights.permissions import COLLECT


def owner_of(office: AppContext, actor: Actor) -> ChatOwner:
    """Give whose chat it is as a connector knows them."""
    post = office.city.organisation.posts[actor.post]
    collects = actor.rights.may(COLLECT)
    return ChatOwner(actor.person, actor.name, post.name, post.name_en, collects)
