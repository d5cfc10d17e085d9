"""What may be done in the office; the moves of a workflow name permissions of their own beside."""

from typing import Final

SEE: Final = "case.see"
EXPORT: Final = "case.export"
HEAR: Final = "recording.hear"
CONTACT: Final = "contact.see"
UNMASK: Final = "contact.unmask"
TYPE_REPORTS: Final = "report.type"
COLLECT: Final = "report.collect"
CALLS: Final = "call.see"
REVISITS: Final = "revisit.see"
TAKE_CALLS: Final = "call.take"
RESTRICT: Final = "call.restrict"
LEAD_ROOM: Final = "room.lead"
LISTEN: Final = "room.listen"
EDIT_ARTICLES: Final = "knowledge.edit"
NOTICES: Final = "notice.see"
RETRY: Final = "notice.retry"
AUDIT: Final = "audit.read"
ERASE: Final = "privacy.erase"
OPERATE: Final = "system.operate"
PEOPLE: Final = "people.manage"
LEAD_PEOPLE: Final = "people.lead"
# Moves that nobody makes by themselves: the office does, beside another move or by itself.
MACHINE_MOVE: Final = "system"
OFFICE: Final = frozenset(
    {
        *(SEE, EXPORT, HEAR, CONTACT, UNMASK, TYPE_REPORTS, COLLECT, CALLS, NOTICES, RETRY, AUDIT),
        *(ERASE, OPERATE, PEOPLE, LEAD_PEOPLE, TAKE_CALLS, RESTRICT, LEAD_ROOM, LISTEN),
        EDIT_ARTICLES,
        REVISITS,
    }
)
"""All that the office itself asks for."""
