"""An entry of the log: what was written down somewhere, as it is told for good.

What may be erased one day is sealed: it enters as a hash with a salt, so that nobody who lacks both
can try out what it was. Where the salt is gone nothing of it is left, and the log stays whole.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from hotline.errors import Unavailable
from hotline.record.merkle import leaf_hash
from hotline.wire import encode

SALT_BYTES: Final = 16
# The kind of the first entry of a segment, which holds the root of the one before.
HEAD: Final = "head"
# It heals by nothing but a backup, so nobody needs to be quick.
_DAMAGED_S: Final = 300.0


class LogDamaged(Unavailable):
    """What a proof is made of is lost, so that neither it nor its contrary can be shown.

    `where` names it: a month and a subtree of its tree, or an entry.
    """

    code = "log_damaged"

    def __init__(self, where: str):
        super().__init__(f"the log lacks {where}", retry_after=_DAMAGED_S)
        self.values = {"where": where}


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What the log holds of one thing that was written down.

    `object` is what it is about, `ref` which of its things; `plain` is JSON that stays for ever,
    `sealed` the hash (hex) of what may be erased, `before` the digest (hex) of the entry before of
    the same object, empty for the first. `logged` is when it was read back.
    """

    kind: str
    object: str
    ref: str
    logged: str
    sealed: str
    before: str
    plain: str

    def text(self) -> str:
        """Give the canonical form, by which it is hashed: two lines of JSON."""
        head = {
            "kind": self.kind,
            "object": self.object,
            "ref": self.ref,
            "logged": self.logged,
            "sealed": self.sealed,
            "before": self.before,
        }
        return f"{encode(head).decode()}\n{self.plain}"

    def digest(self) -> bytes:
        """Give its hash, which is that of its leaf."""
        return leaf_hash(self.text().encode())


def seal(salt: bytes, payload: str) -> str:
    """Give the hash (hex) under which something that may be erased enters the log."""
    return hashlib.sha256(salt + payload.encode()).hexdigest()


def head_text(month: str, size: int, root: bytes) -> str:
    """Give what the first entry of a month tells of the one before, as JSON."""
    return encode({"month": month, "size": size, "root": root.hex()}).decode()
