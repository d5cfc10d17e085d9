"""The release that counts, with the people of now: fetched as it is kept, and read as a city."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from backend.city_files import CityFiles, files_of
from backend.desks.context import TriageService
from backend.former import city_of, pinned_hashes
from backend.store import leaves, releases, staff
from backend.store.releases import Activation
from backend.store.session import Connection
from hotline.city import City
from hotline.errors import NotFound
from hotline.organisation import Staff
from hotline.release import Manifest, Section

# Makes what understands words and places of a city.
Know = Callable[[CityFiles], TriageService]


@dataclass(frozen=True, slots=True)
class FetchedRelease:
    """The release that counts as it is kept: what every release is made of, sections by hashes.

    `staff` are the people, of whom no release speaks.
    """

    counts: Activation
    manifests: Mapping[str, Manifest]
    sections: Mapping[str, Section]
    staff: Staff


@dataclass(frozen=True, slots=True)
class CurrentRelease:
    """The release that counts as it is read: its sections' hashes, its files, and the city."""

    manifest: Manifest
    files: CityFiles
    city: City


async def fetch_current(connection: Connection, now: datetime | None = None) -> FetchedRelease:
    """Give the release that counts as it is kept, with who works there and, by `now`, is away."""
    found = await releases.current(connection)
    if found is None:
        raise NotFound("no release was published yet", code="no_release")
    manifests = await releases.counted_manifests(connection)
    wanted = {*manifests[found.release].values()} | pinned_hashes(manifests)
    sections = await releases.sections(connection, wanted)
    # Asked first: what changes meanwhile is told of by another mark.
    mark = await staff.mark(connection)
    there = await staff.everybody(connection)
    away = () if now is None else await leaves.not_over(connection, now)
    there = replace(there, mark=mark, leaves=away)
    return FetchedRelease(found, manifests, sections, there)


def read_release(fetched: FetchedRelease) -> CurrentRelease:
    """Read the release that counts; Invalid names what is wrong with it."""
    manifest = fetched.manifests[fetched.counts.release]
    sections = {name: fetched.sections[one] for name, one in manifest.items()}
    files = files_of(sections, fetched.staff)
    city = city_of(files, fetched.manifests, fetched.sections)
    return CurrentRelease(manifest, files, replace(city, activation=fetched.counts.seq))
