"""Reading releases: the one that counts as a city, and what earlier ones keep for their cases."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from backend.city import make_city
from backend.city_files import UNREADABLE, CityFiles, read_table
from hotline.case.limits_data import parse_limits
from hotline.case.routing import parse_former_routing, with_successors
from hotline.case.workflow import with_names, with_ways_out
from hotline.case.workflow_data import parse_workflow
from hotline.city import City, Pinned
from hotline.errors import Invalid
from hotline.form.field import FormField
from hotline.form.form_data import parse_form
from hotline.release import PINNED, Manifest, Section

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FormerReleases(Mapping[str, Pinned]):
    """What earlier releases keep; each is read when a case that began with it is first looked at.

    For a section that one does not have its cases go by the city's own: the rules of 0.1.0 were a
    workflow only. `sections` are the texts by their hashes.
    """

    city: City
    manifests: Mapping[str, Manifest]
    sections: Mapping[str, Section]
    read: dict[str, Pinned] = field(default_factory=dict)

    def __getitem__(self, release: str) -> Pinned:
        """Give what a release keeps; what counts now where it cannot be read any more."""
        if release not in self.read:
            try:
                self.read[release] = self._pinned(self.manifests[release])
            except UNREADABLE as error:
                # Its cases are led on by what counts now: no list ends at them.
                log.warning("the release %s cannot be read: %r", release, error)
                city = self.city
                own = Pinned(city.workflow, city.form, city.limits, city.routing)
                self.read[release] = own
        return self.read[release]

    def __contains__(self, release: object) -> bool:
        """Tell whether there is such a release, without reading it."""
        return release in self.manifests

    def __iter__(self) -> Iterator[str]:
        """Give the releases."""
        return iter(self.manifests)

    def __len__(self) -> int:
        """Tell how many there are."""
        return len(self.manifests)

    def _pinned(self, manifest: Manifest) -> Pinned:
        city = self.city
        tables = {
            name: read_table(name, self.sections[manifest[name]])
            for name in PINNED
            if name in manifest
        }
        form = parse_form(tables["form"]) if "form" in tables else city.form
        workflow, limits = city.workflow, city.limits
        if "workflow" in tables:
            workflow = with_ways_out(parse_workflow(tables["workflow"], form), city.workflow, form)
        if "limits" in tables:
            limits = parse_limits(tables["limits"]).covering(city.areas)
        there, routing = city.organisation, None
        if "routing" in tables:
            routing = parse_former_routing(tables["routing"], there.departments, there.people)
        routing = with_successors(routing, city.areas) if routing else city.routing
        return Pinned(workflow, form, limits, routing)


def city_of(
    files: CityFiles, manifests: Mapping[str, Manifest], sections: Mapping[str, Section]
) -> City:
    """Give the city of the release that counts, with all that its cases go by."""
    city = make_city(files, log_fault)
    others = {name: one for name, one in manifests.items() if name != files.release}
    former = FormerReleases(city, others, sections)
    fields: dict[str, FormField] = {}
    for release in _unlike(others, "form"):
        for name, one in former[release].form.fields.items():
            # A list is narrowed by what counts.
            fields.setdefault(name, replace(one, listed=False))
    workflows = [former[one].workflow for one in _unlike(others, "workflow")]
    return replace(
        city, former=former, every=with_names(city.workflow, workflows), former_fields=fields
    )


def _unlike(manifests: Mapping[str, Manifest], section: str) -> list[str]:
    """Give one release for each text of a section: the same is in many of them.

    Of those that call the same thing otherwise the last that counted is first, and names it.
    """
    found: dict[str, str] = {}
    for name, one in manifests.items():
        found.setdefault(one.get(section, ""), name)
    return list(found.values())


def log_fault(fault: Invalid) -> None:
    """Say whom the city does without, and why."""
    log.warning("left out: %s: %s", fault.field, fault.reason)


def pinned_hashes(manifests: Mapping[str, Manifest]) -> set[str]:
    """Give the hashes of all sections that cases of some releases go by."""
    return {one[name] for one in manifests.values() for name in PINNED if name in one}
