"""What somebody is offered on a case: moves that can be made at all, and whom they may lead to."""

from collections.abc import Iterable

from hotline.case.case import Case
from hotline.case.workflow import Move
from hotline.city import City

_ORGANISATION = "organisation"


def offered(city: City, case: Case, moves: Iterable[Move]) -> list[Move]:
    """Give those of some moves that do not need an organisation where there is none to choose.

    A centre with none above it sends nothing up, and one with none below it nothing down.
    """
    nobody = {name for name, codes in among(city, case).items() if not codes}
    return [one for one in moves if nobody.isdisjoint(one.needs)]


def among(city: City, case: Case) -> dict[str, list[str]]:
    """Give the organisations that may be chosen in a case, by the fields that leave some out."""
    found: dict[str, list[str]] = {}
    for field in city.rules(case.release).form.fields.values():
        if field.type == _ORGANISATION:
            codes = list(city.orgs_within(field, case))
            if len(codes) < len(city.orgs_for(field)):
                found[field.id] = codes
    return found
