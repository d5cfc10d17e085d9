"""A notice as the console shows it: its words as far as they are known, and whom it is for."""

from collections.abc import Mapping
from typing import Any

from backend.queries.case_records import NoticeEntry
from backend.queries.names import person_name
from hotline.clock import iso
from hotline.notice import NoticeState, values_of
from hotline.organisation import Organisation
from hotline.people import masked
from hotline.words import UnknownWords, say


def notice_of(organisation: Organisation, row: Mapping[str, Any]) -> NoticeEntry:
    """Give a notice as the console shows it; a citizen's address stays masked."""
    return NoticeEntry(**notice_fields(organisation, row))


def notice_fields(organisation: Organisation, row: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields of a NoticeEntry, for what holds more besides."""
    person = row["person"]
    return {
        "channel": row["channel"],
        "template": row["template"],
        "text": row["words"] or _worded(row["template"], row["language"], values_of(row["fields"])),
        "state": row["state"],
        "tries": row["tries"],
        "next_try": iso(row["next_try"]) if row["state"] == NoticeState.WAITING else None,
        "error": row["error"] or None,
        "recipient": person_name(organisation, person) if person else masked(row["address"]),
    }


def _worded(template: str, language: str, values: dict[str, Any]) -> str:
    """Give a notice's words as far as the office knows them, until a connector has sent its own."""
    try:
        return say(template, language, **values)
    except UnknownWords:
        return ""
