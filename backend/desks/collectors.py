"""Who looks at a case on site."""

from backend.desks.context import AppContext
from hotline.case.case import Case


def suggested_collector(office: AppContext, case: Case) -> str | None:
    """Give the collector on whose duty grid a case lies; the first one where none is known."""
    organisation = office.city.organisation
    duty = office.city.duty.get(case.cell or "")
    person = organisation.collector_of(duty) if duty else None
    return person.code if person is not None else None
