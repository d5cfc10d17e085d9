"""How old the last good backup is, and what keeps it or what came since away: for checks."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from backend.backup.files import printable, write_whole
from backend.backup.manifest import Manifest
from backend.backup.repository import repository_of
from config.settings import Settings
from hotline.errors import Invalid
from hotline.health import Finding, State
from hotline.queue import one_line
from hotline.wire import Schema, encode, keep, kept, parse

MAKING: Final = "backup-failed.json"
MIRROR: Final = "backup-mirror-failed.json"
"""Photos, recordings and spool are not copied between two backups."""
LOG: Final = "backup-log-failed.json"
"""The server's log is not received."""
HOUR_S: Final = 3600
DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class BackupFailure:
    """Why the last try failed to make a backup or to keep what came since."""

    at: datetime
    reason: str


FAILURE: Final = Schema(BackupFailure)


def keep_failure(data_dir: Path, at: datetime, reason: str, what: str = MAKING) -> None:
    """Keep why a try failed; where even that cannot be written, the age alone tells."""
    try:
        write_whole(data_dir / what, encode(keep(FAILURE, BackupFailure(at, reason))))
    except OSError:
        return


def forget_failure(data_dir: Path, what: str = MAKING) -> None:
    """A backup was made, or what came since is kept again."""
    (data_dir / what).unlink(missing_ok=True)


def failure_of(data_dir: Path, what: str = MAKING) -> BackupFailure | None:
    """Why the last try failed, or None."""
    try:
        return kept(FAILURE, parse((data_dir / what).read_bytes()))
    except (OSError, Invalid):
        return None


def judge_backups(settings: Settings, now: datetime) -> Finding:
    """The last good backup is not old, and the last one that was checked was whole."""
    try:
        return _judged(settings, now)
    except OSError as error:  # its disk is away, or closed to us
        return Finding("backup", State.WRONG, "away", {"reason": one_line(str(error))})


def _judged(settings: Settings, now: datetime) -> Finding:
    repository = repository_of(settings)
    failure = failure_of(settings.home.data_dir)
    newest, last = repository.newest(now), repository.newest()
    if newest is None:
        if failure is not None:
            return Finding("backup", State.WRONG, "never", {"reason": failure.reason})
        if last is not None:
            return Finding("backup", State.WARN, "ahead", {"name": last[0]})
        wanted = settings.backup.hour >= 0
        return Finding("backup", State.WARN if wanted else State.OFF, "none")
    hours = int((now - newest[1].at).total_seconds() // HOUR_S)
    checked = repository.last_checked()
    if checked is not None and checked[1].differences:
        return Finding("backup", State.WRONG, "damaged", {"name": checked[0], "hours": hours})
    if failure is not None:
        return Finding("backup", State.WARN, "failed", {"hours": hours, "reason": failure.reason})
    data = settings.home.data_dir
    behind = failure_of(data, LOG) or failure_of(data, MIRROR)
    if behind is not None:
        return Finding("backup", State.WARN, "behind", {"hours": hours, "reason": behind.reason})
    if last is not None and last[0] != newest[0]:
        return Finding("backup", State.WARN, "ahead", {"name": last[0]})
    if home := other_home(settings, newest[1]):
        return Finding("backup", State.WARN, "other", {"hours": hours, "home": home})
    if hours >= settings.backup.old_hours:
        return Finding("backup", State.WARN, "old", {"hours": hours})
    if checked is None:
        return Finding("backup", State.RIGHT, "unchecked", {"hours": hours})
    days = int((now - checked[1].at).total_seconds() // DAY_S)
    return Finding("backup", State.RIGHT, "right", {"hours": hours, "days": days})


def other_home(settings: Settings, manifest: Manifest) -> str:
    """The data folder of the other hotline that a backup is of; empty where it is ours."""
    ours = printable(str(settings.home.data_dir))
    return "" if manifest.data_dir == ours else manifest.data_dir


def is_fresh(settings: Settings, now: datetime) -> bool:
    """Whether the last good backup is not old, whole and the newest that was to be made."""
    return judge_backups(settings, now).state is State.RIGHT
