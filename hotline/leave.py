"""Leave (请假): who is away from when until when, and who acts for them meanwhile (代理)."""

from dataclasses import dataclass, replace
from datetime import datetime

from hotline.rights.posts import Grant


@dataclass(frozen=True, slots=True)
class Leave:
    """A leave of somebody; without `until` it lasts until somebody ends it, which `ended_at` says.

    `proxy` is who acts for them; without one nobody does.
    """

    id: int
    person: str
    since: datetime
    until: datetime | None
    proxy: str | None
    reason: str
    made_by: str
    made_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""

    @property
    def ends(self) -> datetime | None:
        """When it is over: as planned, or since somebody ended it; None: open."""
        return _earlier(self.until, self.ended_at)

    def runs(self, now: datetime) -> bool:
        """Tell whether they are away at an instant."""
        return self.since <= now and not self.is_over(now)

    def is_over(self, now: datetime) -> bool:
        """Tell whether it has ended by an instant."""
        return self.ends is not None and self.ends <= now

    def meets(self, since: datetime, until: datetime | None) -> bool:
        """Tell whether they are away at any time of a span; without `until` it has no end."""
        if self.ends is not None and self.ends <= self.since:
            return False  # ended before it began
        begins_before = until is None or self.since < until
        return begins_before and (self.ends is None or since < self.ends)

    def lent(self, grant: Grant, org: str | None) -> Grant:
        """Give a grant of theirs as their proxy has it: while they are away, and no longer."""
        since = self.since if grant.since is None else max(self.since, grant.since)
        until = _earlier(self.ends, grant.until)
        return replace(grant, since=since, until=until, via=self.person, org=org)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)
