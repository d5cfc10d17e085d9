"""What can go wrong, as types with a stable code; the words for people are in the catalogue."""


class HotlineError(Exception):
    """Something this product refuses or cannot do.

    `code` is stable and is also the word key `error.<code>`; `values` fill its placeholders.
    The message is for developers.
    """

    code = "failed"

    def __init__(self, message: str, *, code: str | None = None, **values: str | int | float):
        super().__init__(message)
        if code is not None:
            self.code = code
        self.values = values


# So much of a name is told again; whoever made up a longer one knows it.
MAX_FIELD = 80


class Invalid(HotlineError):
    """A value that was given cannot be used; `field` names it."""

    code = "invalid"

    def __init__(
        self, field: str, reason: str, *, code: str | None = None, **values: str | int | float
    ):
        field = field[:MAX_FIELD]
        super().__init__(f"{field}: {reason}", code=code, field=field, reason=reason, **values)
        self.field = field
        self.reason = reason


class Refused(HotlineError):
    """The request is understood and a rule forbids it; asking again changes nothing."""

    code = "refused"


class NotFound(HotlineError):
    """There is no such thing, or the actor may not know of it."""

    code = "not_found"


class Forbidden(HotlineError):
    """The actor has no right to do this."""

    code = "forbidden"


class Unauthorised(HotlineError):
    """Nobody is signed in, or the token is not one of ours."""

    code = "unauthorised"


class Conflict(HotlineError):
    """Somebody else was faster; load again and look."""

    code = "conflict"


class TooLarge(HotlineError):
    """More bytes than are taken here."""

    code = "too_large"


class Unavailable(HotlineError):
    """A part that is needed is away now; `retry_after` is in seconds."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after: float = 5.0, code: str | None = None):
        super().__init__(message, code=code)
        self.retry_after = retry_after


class TooMany(Unavailable):
    """Somebody asks too often, or for too much at once; nothing of ours is away."""

    code = "too_many_tries"


class Failed(Unavailable):
    """The other side is there, but failed on this very request or gave no answer in time."""

    code = "failed"


class Unanswered(Failed):
    """The other side gave no answer: it is slow, it went away meanwhile, or this request does it.

    That alone says nothing about what was asked.
    """
