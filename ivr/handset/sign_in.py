"""Signing a telephone in at an exchange: REGISTER, with the digest that is asked for (RFC 3261)."""

import hashlib
import re
import secrets
from typing import Final

from ivr.handset.message import VIA_BRANCH, Message
from ivr.handset.phone import Address, SipPhone

CHALLENGED: Final = 401
_PART = re.compile(r'(\w+)="?([^",]*)"?')


async def sign_in(
    phone: SipPhone,
    server: Address,
    name: str,
    password: str,
    seconds: int = 60,
    contact: str = "",
) -> int:
    """Let calls for a name ring here; gives SIP's status, 0 for no answer. 0 seconds: no more.

    `contact` is where it says that it is, "" for where it is.
    """
    call_id = f"{secrets.token_hex(10)}@{phone.host}"
    request = _register(phone, server, name, call_id, 1, seconds, contact)
    answer = await phone.exchange(request, server)
    if answer is not None and answer.status == CHALLENGED:
        asked = dict(_PART.findall(answer.get("WWW-Authenticate")))
        request = _register(phone, server, name, call_id, 2, seconds, contact)
        request.headers.append(("Authorization", answer_of(asked, name, password, request)))
        answer = await phone.exchange(request, server)
    return 0 if answer is None else answer.status


def _register(
    phone: SipPhone,
    server: Address,
    name: str,
    call_id: str,
    sequence: int,
    seconds: int,
    contact: str,
) -> Message:
    host = f"{server[0]}:{server[1]}"
    branch = f"{VIA_BRANCH}{secrets.token_hex(8)}"
    message = Message("REGISTER", f"sip:{host}")
    message.headers = [
        ("Via", f"SIP/2.0/UDP {phone.host}:{phone.port};branch={branch};rport"),
        ("From", f"<sip:{name}@{host}>;tag={secrets.token_hex(6)}"), ("To", f"<sip:{name}@{host}>"),
        ("Call-ID", call_id), ("CSeq", f"{sequence} REGISTER"), ("Max-Forwards", "70"),
        ("Contact", contact or f"<sip:{name}@{phone.host}:{phone.port}>"),
        ("Expires", str(seconds)),
    ]  # fmt: skip
    return message


def answer_of(asked: dict[str, str], name: str, password: str, request: Message) -> str:
    """Give the header that proves the password without telling it."""
    realm, nonce, once, count = asked["realm"], asked["nonce"], secrets.token_hex(8), "00000001"
    secret = _md5(f"{name}:{realm}:{password}")
    what = _md5(f"{request.method}:{request.target}")
    proof = _md5(f"{secret}:{nonce}:{count}:{once}:auth:{what}")
    told = {
        "username": name, "realm": realm, "nonce": nonce, "uri": request.target,
        "response": proof, "cnonce": once, "opaque": asked.get("opaque", ""),
    }  # fmt: skip
    parts = ", ".join(f'{key}="{value}"' for key, value in told.items())
    return f"Digest {parts}, algorithm=MD5, qop=auth, nc={count}"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
