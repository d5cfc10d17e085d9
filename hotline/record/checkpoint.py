"""A checkpoint: where the log stood at an instant, signed (the form of C2SP's signed notes).

The only module that knows cryptography, of which it takes Ed25519.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from hotline.errors import Invalid

KEY_BYTES: Final = 32
# The name under which the office signs.
OFFICE: Final = "office"
MAX_NOTE: Final = 4_000
_ED25519: Final = b"\x01"
_DASH: Final = "\u2014 "


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How many entries a segment of the log had, the root (hex) over them, and when that was.

    `origin` says whose log it is, `month` which segment of it.
    """

    origin: str
    month: str
    size: int
    root: str
    at: str

    def text(self) -> str:
        """Give the lines that are signed."""
        root = base64.b64encode(bytes.fromhex(self.root)).decode()
        return f"{self.origin}/{self.month}\n{self.size}\n{root}\n{self.at}\n"


def origin_of(public: str) -> str:
    """Give the name of the log of who has this public key (hex)."""
    return f"hotline/{public[:16]}"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: a name without spaces, and the seed of a key (32 bytes of chance)."""

    name: str
    seed: bytes

    @property
    def origin(self) -> str:
        """Give the name of this signer's log: no two offices have one key."""
        return origin_of(self.public)

    @property
    def public(self) -> str:
        """Give the public key (hex), by which others check what was signed."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return key.public_bytes_raw().hex()

    def sign(self, note: str) -> str:
        """Give a note with one more signature; the first makes a note of the lines of a text."""
        text, there, signed = note.partition("\n\n")
        text = f"{text}\n" if there else note
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        told = base64.b64encode(_mark(self.name, self.public) + signature).decode()
        return f"{text}\n{signed}{_DASH}{self.name} {told}\n"


def read_checkpoint(note: str) -> Checkpoint:
    """Give what a note says; Invalid where it says nothing of a log."""
    lines = note.partition("\n\n")[0].split("\n")
    try:
        (named, size, root, at) = lines
        origin, _, month = named.rpartition("/")
        hashed = base64.b64decode(root, validate=True)
        told = Checkpoint(origin, month, int(size), hashed.hex(), at)
    except (ValueError, binascii.Error) as error:
        raise Invalid("checkpoint", "is no checkpoint of a log") from error
    if len(note) > MAX_NOTE or len(hashed) != KEY_BYTES or told.size < 1 or not origin:
        raise Invalid("checkpoint", "is no checkpoint of a log")
    if told.text() != "\n".join(lines) + "\n":
        raise Invalid("checkpoint", "is not written as a checkpoint is")
    return told


def is_signed(note: str, name: str, public: str) -> bool:
    """Tell whether a note carries the signature of who has this name and public key (hex)."""
    text, _, signed = note.partition("\n\n")
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        marks = _mark(name, public)
    except ValueError:
        return False
    for line in signed.splitlines():
        if not line.startswith(f"{_DASH}{name} "):
            continue
        try:
            told = base64.b64decode(line.rpartition(" ")[2], validate=True)
            key.verify(told[4:], f"{text}\n".encode())
        except (ValueError, InvalidSignature):
            continue
        if told[:4] == marks:
            return True
    return False


def _mark(name: str, public: str) -> bytes:
    """The four bytes by which a reader finds the key of a signature."""
    return hashlib.sha256(f"{name}\n".encode() + _ED25519 + bytes.fromhex(public)).digest()[:4]
