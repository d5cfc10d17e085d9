"""SIP messages and session descriptions as text, as far as a simple telephone needs them."""

import re
from dataclasses import dataclass, field

EVENT_TYPE = 101
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
VIA_BRANCH = "z9hG4bK"


@dataclass(slots=True)
class Message:
    """A SIP request (`method`, `target`) or answer (`status`); headers keep their order."""

    method: str = ""
    target: str = ""
    status: int = 0
    reason: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""

    def get(self, name: str) -> str:
        """Give the first header of a name, or an empty string."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), "")

    def all(self, name: str) -> list[tuple[str, str]]:
        """Give every header of a name, in order."""
        return [(n, v) for n, v in self.headers if n.lower() == name.lower()]

    @property
    def call_id(self) -> str:
        """The call's name between two telephones."""
        return self.get("Call-ID")

    @property
    def sequence(self) -> tuple[int, str]:
        """Number and method of the CSeq header."""
        number, _, method = self.get("CSeq").partition(" ")
        return (int(number) if number.isdigit() else 0), method.strip()

    @property
    def branch(self) -> str:
        """The transaction, from the topmost Via."""
        found = re.search(r"branch=([^;,\s]+)", self.get("Via"))
        return found[1] if found else ""

    def encode(self) -> bytes:
        """Give the bytes for the wire."""
        first = (
            f"{self.method} {self.target} SIP/2.0"
            if self.method
            else f"SIP/2.0 {self.status} {self.reason}"
        )
        body = self.body.encode()
        lines = [first, *(f"{n}: {v}" for n, v in self.headers), f"Content-Length: {len(body)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


_COMPACT = {
    "v": "Via", "f": "From", "t": "To", "i": "Call-ID", "m": "Contact", "c": "Content-Type",
    "l": "Content-Length", "k": "Supported",
}  # fmt: skip


def parse(data: bytes) -> Message | None:
    """Give the message in a datagram, or None where there is none."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("utf-8", "replace").split("\r\n")
    message = _start_line(first)
    if message is None:
        return None
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.strip()
        if colon and name.lower() != "content-length":
            message.headers.append((_COMPACT.get(name.lower(), name), value.strip()))
    message.body = body.decode("utf-8", "replace")
    return message


def _start_line(line: str) -> Message | None:
    parts = line.split(" ", 2)
    if len(parts) < 2:
        return None
    if parts[0] == "SIP/2.0":
        if not parts[1].isdigit():
            return None
        return Message(status=int(parts[1]), reason=parts[2] if len(parts) > 2 else "")
    if len(parts) == 3 and parts[2] == "SIP/2.0":
        return Message(method=parts[0], target=parts[1])
    return None


def tag_of(value: str) -> str:
    """Give the tag of a From or To header."""
    found = re.search(r";tag=([^;\s>]+)", value)
    return found[1] if found else ""


def user_of(value: str) -> str:
    """Give the user part of the first SIP address in a header, whatever the name before it says."""
    found = re.search(r"sips?:([^@>;\s]+)@", QUOTED.sub("", value))
    return found[1] if found else ""


def address_in(value: str) -> str:
    """Give the bare SIP address in a header."""
    found = re.search(r"<([^>]+)>", value)
    return (found[1] if found else value.split(";")[0]).strip()


@dataclass(frozen=True, slots=True)
class SoundOffer:
    """Where the other side wants sound, and by which payload type it knows keys."""

    host: str
    port: int
    event_type: int


def describe(host: str, port: int, *, events: bool = True) -> str:
    """Give our session description: mu-law, A-law is not offered, and telephone events or none."""
    kinds = f"0 {EVENT_TYPE}" if events else "0"
    told = (
        f"a=rtpmap:{EVENT_TYPE} telephone-event/8000\r\na=fmtp:{EVENT_TYPE} 0-16\r\n"
        if events
        else ""
    )
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP {kinds}\r\na=rtpmap:0 PCMU/8000\r\n"
        f"{told}a=ptime:20\r\na=sendrecv\r\n"
    )


def sound_of(body: str) -> SoundOffer | None:
    """Give where a session description wants sound, or None where it has no audio."""
    port = re.search(r"^m=audio (\d+)", body, re.MULTILINE)
    host = re.search(r"^c=IN IP4 (\S+)", body, re.MULTILINE)
    event = re.search(r"^a=rtpmap:(\d+) telephone-event/8000", body, re.MULTILINE)
    if port is None or host is None:
        return None
    return SoundOffer(host[1], int(port[1]), int(event[1]) if event else EVENT_TYPE)
