"""Whether the exchange that was started answers on each of its ports, and is ours."""

import base64
import re
import secrets
import socket

EVERYWHERE = "0.0.0.0"


def sip_server(host: str, port: int, timeout_s: float = 0.5) -> str:
    """Give what the SIP server at an address calls itself, or an empty string."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ask:
        ask.settimeout(timeout_s)
        ask.connect((_near(host), port))
        own_host, own_port = ask.getsockname()
        tag = secrets.token_hex(6)
        request = (
            f"OPTIONS sip:{_near(host)}:{port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {own_host}:{own_port};branch=z9hG4bK{tag};rport\r\n"
            f"From: <sip:probe@{own_host}>;tag={tag}\r\nTo: <sip:{_near(host)}>\r\n"
            f"Call-ID: {tag}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 5\r\nContent-Length: 0\r\n\r\n"
        )
        try:
            ask.send(request.encode())
            answer = ask.recv(65536).decode("utf-8", "replace")
        except OSError:
            return ""
    found = re.search(r"^(?:Server|User-Agent): *(\S+)", answer, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def manager_accepts(host: str, port: int, secret: str, timeout_s: float = 1.0) -> bool:
    """Say whether the manager port takes our secret, so that it is ours."""
    login = f"Action: Login\r\nUsername: hotline\r\nSecret: {secret}\r\nEvents: off\r\n\r\n"
    answer = _asked(host, port, login, timeout_s)
    return b"Response: Success" in answer


def takes_connections(host: str, port: int, timeout_s: float = 1.0) -> bool:
    """Say whether somebody listens there."""
    try:
        with socket.create_connection((_near(host), port), timeout_s):
            return True
    except OSError:
        return False


def settings_accept(host: str, port: int, secret: str, timeout_s: float = 1.0) -> bool:
    """Say whether the port for seats takes our secret, so that it is ours."""
    known = base64.b64encode(f"hotline:{secret}".encode()).decode()
    asked = (
        f"GET /ari/asterisk/ping HTTP/1.1\r\nHost: {_near(host)}\r\n"
        f"Authorization: Basic {known}\r\nConnection: close\r\n\r\n"
    )
    return b" 200 " in _asked(host, port, asked, timeout_s).partition(b"\r\n")[0]


def _asked(host: str, port: int, text: str, timeout_s: float) -> bytes:
    """Send a text and give what comes back up to the first blank line; nothing where none does."""
    answer = b""
    try:
        with socket.create_connection((_near(host), port), timeout_s) as line:
            line.settimeout(timeout_s)
            line.sendall(text.encode())
            while b"\r\n\r\n" not in answer:
                piece = line.recv(4096)
                if not piece:
                    return b""
                answer += piece
    except OSError:
        return b""
    return answer


def _near(host: str) -> str:
    return "127.0.0.1" if host == EVERYWHERE else host
