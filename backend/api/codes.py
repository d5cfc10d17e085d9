"""Every code that an answer may carry, with its status; a route declares those of its matter."""

from collections.abc import Iterable, Mapping
from typing import Final

# A move whose row is there, and which something stands against (hotline.case.guards).
OF_GUARDS: Final = (
    *("clock_is_up", "extended_enough", "move_counted", "move_done", "move_early"),
    *("no_clock_runs", "nobody_has_it", "other_waits"),
)
CODES: Final[Mapping[int, frozenset[str]]] = {
    400: frozenset(
        {
            *("bad_code", "bad_media", "bad_number", "bad_phone", "bad_request", "bad_time"),
            *("long_sound", "no_such_case", "same_case", "too_many"),
            *("answer_empty", "bad_article_id", "date_passed", "ends_before", "many_phrases"),
            "no_html",
            *("empty_photo", "heic_photo", "input_missing", "invalid", "large_photo"),
            *("long_password", "no_class", "no_photo", "not_listed", "outside_city"),
            *("no_photo_before", "not_ahead", "two_parts", "has_it_already"),
            *("out_of_range", "photo_used", "plain_password", "same_password", "short_password"),
            *("fix_missing", "fix_old", "fix_vague", "photo_far", "photo_future", "photo_old"),
            "photo_outside",
            *("leave_apart", "leave_beyond", "leave_by_proxy", "leave_far", "leave_is_proxy"),
            *("leave_overlap", "leave_past", "leave_proxy_away", "leave_self", "leave_span"),
            "leave_time",
            *(
                "no_pause_reason",
                "no_listen_reason",
                "no_target",
                "not_your_post",
                "too_long",
                "wrong_factor",
                "wrong_password",
            ),
        }
    ),
    401: frozenset({"bad_factor", "bad_login", "bad_token", "code_needed", "unauthorised"}),
    403: frozenset(
        {
            *("bad_origin", "forbidden", "move_forbidden", "not_bound", "not_this_connector"),
            *("not_yours", "old_page", "duties_separated", "other_post", "second_factor_needed"),
            "chat_without_factor",
        }
    ),
    404: frozenset(
        {
            *("no_case", "no_chat", "no_notice", "no_person", "no_queue", "not_aside"),
            *("no_revisit", "no_contact"),
            *("no_article", "no_call", "no_leave", "no_seat", "not_found"),
        }
    ),
    405: frozenset({"bad_method"}),
    408: frozenset({"too_slow"}),
    409: frozenset(
        {"article_changed", "case_moved", "conflict", "draft_changed", "erasure_changed"}
    ),
    413: frozenset({"too_large"}),
    422: frozenset(
        {
            *("case_follows", "case_over"),
            *("answered_already", "article_over", "article_same", "call_has_case"),
            *("day_limit", "extended_already", "key_used", "leave_over", "move_refused"),
            *("many_claims", "many_views", "view_there"),
            *("nothing_changed", "case_held", "case_open", "caller_restricted", "proof_early"),
            "factor_required",
            *OF_GUARDS,
            *("no_seat_left", "too_late"),
            *("seat_busy", "not_rung", "do_not_call", "out_of_hours"),
            *(
                "no_wrap_up",
                "nobody_there",
                "not_open",
                "not_talking",
                "own_call",
                "not_waiting",
                "listens_already",
                "refused",
                "same_person",
                "seat_off",
                "talk_over",
            ),
            *(
                "asked_already",
                "call_back_closed",
                "call_back_rings",
                "no_voice",
                "not_rung",
                "nobody_asked",
                "nobody_answered",
                "order_open",
                "status_tries",
                "withheld",
            ),
        }
    ),
    429: frozenset({"export_busy", "too_many_tries"}),
    500: frozenset({"failed"}),
    503: frozenset({"log_damaged", "no_console", "unavailable"}),
}
# The codes of a matter that several routes have to do with.
OF_FILE: Final = ("bad_media", "empty_photo", "heic_photo", "large_photo", "forbidden")
OF_ATTACH: Final = ("not_found", "no_case", "no_photo", "photo_used", "key_used")
OF_REPORT: Final = (
    *("bad_number", "no_class", "no_photo", "photo_used", "day_limit", "key_used"),
    "conflict",
)
OF_TYPED_REPORT: Final = ("input_missing", "outside_city", "bad_phone", "too_long", "not_yours")
OF_PROOF: Final = (
    *("fix_missing", "fix_old", "fix_vague"),
    *("photo_far", "photo_future", "photo_old", "photo_outside"),
)
OF_MOVE_BY_CONNECTOR: Final = (
    *OF_PROOF,
    *OF_GUARDS,
    *(
        "no_case",
        "not_yours",
        "move_forbidden",
        "other_post",
        "move_refused",
        "nothing_changed",
        "input_missing",
        "not_listed",
    ),
    *("no_class", "outside_city", "no_photo", "photo_used", "too_long", "key_used", "case_moved"),
    *("out_of_range", "bad_time", "duties_separated", "bad_number", "no_such_case", "same_case"),
    *("case_follows", "case_over", "too_many", "no_photo_before", "not_ahead", "two_parts"),
    "has_it_already",
)
OF_MOVE: Final = (*(code for code in OF_MOVE_BY_CONNECTOR if code != "case_moved"), "conflict")
OF_AGAIN: Final = ("no_queue", "not_aside", "no_notice")
OF_LEAVE: Final = (
    *("leave_apart", "leave_beyond", "leave_by_proxy", "leave_far", "leave_is_proxy"),
    *("leave_overlap", "leave_past", "leave_proxy_away", "leave_self", "leave_span", "leave_time"),
    *("input_missing", "no_person", "not_listed", "too_long"),
)
OF_PASSWORD: Final = (
    *("wrong_password", "same_password", "short_password", "long_password", "plain_password"),
    "too_many_tries",
)
STATUS_OF: Final[Mapping[str, int]] = {
    code: status for status, codes in CODES.items() for code in codes
}


def by_status(codes: Iterable[str]) -> dict[int, list[str]]:
    """Give codes by their statuses, both in order."""
    found: dict[int, list[str]] = {}
    for code in sorted(set(codes)):
        found.setdefault(STATUS_OF[code], []).append(code)
    return dict(sorted(found.items()))
