"""The names that belong to codes, as the console shows them."""

from collections.abc import Mapping

from hotline.catalogue import MatterClass
from hotline.organisation import Organisation
from hotline.people import CITIZEN_POST
from hotline.rights.posts import MACHINE


def matter_names(matters: Mapping[str, MatterClass], code: str | None) -> dict[str, str | None]:
    """Give the names of a class in both languages."""
    known = matters.get(code or "")
    return {
        "matter_name": known.name if known else None,
        "matter_name_en": known.name_en if known else None,
    }


def department_name(organisation: Organisation, code: str | None) -> str | None:
    """Give a department's name."""
    known = organisation.orgs.get(code or "")
    return known.name if known else None


def person_name(organisation: Organisation, code: str | None) -> str | None:
    """Give a person's name, also of one who has left; the code of one who was never there."""
    known = organisation.names.get(code or "")
    return known[0] if known else code


def step_maker(organisation: Organisation, person: str, post: str) -> str | None:
    """Give the name of who made a step; None for a machine or a citizen."""
    if post in (CITIZEN_POST, MACHINE):
        return None
    return person_name(organisation, person)
