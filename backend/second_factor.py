"""Codes of a second factor (RFC 6238): their secrets, which step of time one is of, their picture.

The only module that knows pyotp, segno, and how secrets are sealed.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken

from hotline.errors import Unavailable

STEP_S: Final = 30
# A telephone's clock may be a minute off: so many steps before and behind are looked at.
STEPS_AROUND: Final = 2
DIGITS: Final = 6
# What a lost telephone is stood in for by; letters that nobody takes for others.
RECOVERY_CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUP: Final = 5


class Sealer:
    """Seals secrets by a key that does not lie in the database; without a key it does nothing."""

    def __init__(self, key: str):
        hashed = hashlib.sha256(f"second factor {key}".encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(hashed)) if key else None

    def seal(self, secret: str) -> str:
        """Give a secret as it may lie in a database; Unavailable without a key."""
        return self._known().encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Give a secret that was sealed; Unavailable without the key by which it was."""
        try:
            return self._known().decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise Unavailable("the second factor was sealed by another key") from error

    def _known(self) -> Fernet:
        if self._fernet is None:
            raise Unavailable("there is no key to seal second factors by")
        return self._fernet


def new_secret() -> str:
    """Give a new secret, as programs that make codes take it."""
    return pyotp.random_base32()


def address_of(secret: str, username: str, office: str) -> str:
    """Give the address that holds a secret, as a picture shows it."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=office)


def picture_of(address: str) -> str:
    """Give the picture (QR) of an address: SVG as a data address."""
    return str(segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff"))


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Give the step of time that a code is of, around now; None where it is of none."""
    typed = "".join(code.split())
    if len(typed) != DIGITS or not typed.isascii() or not typed.isdigit():
        return None
    made, present, found = pyotp.TOTP(secret), int(now.timestamp()) // STEP_S, None
    for step in range(max(0, present - STEPS_AROUND), present + STEPS_AROUND + 1):
        # Each is compared, so that no time is told by which of them fits.
        if hmac.compare_digest(made.generate_otp(step), typed):
            found = step
    return found


def code_at(secret: str, at: datetime) -> str:
    """Give the code of an instant, as a telephone shows it."""
    return pyotp.TOTP(secret).generate_otp(int(at.timestamp()) // STEP_S)


def new_codes() -> list[str]:
    """Give new recovery codes, as they are written down by a person."""
    drawn = (
        "".join(secrets.choice(_LETTERS) for _ in range(2 * _GROUP)) for _ in range(RECOVERY_CODES)
    )
    return [f"{one[:_GROUP]}-{one[_GROUP:]}" for one in drawn]


def hash_of(username: str, code: str) -> str | None:
    """Give the hash of an account's recovery code; None for what can be none."""
    typed = "".join(one for one in code.lower() if one in _LETTERS)
    if len(typed) != 2 * _GROUP:
        return None
    # The codes are drawn from fifty bits, and tries are counted.
    return hashlib.sha256(f"{username}:{typed}".encode()).hexdigest()
