"""The secrets that the exchange and the phone connector share, each in a file."""

import os
import secrets
from pathlib import Path


def shared_secret(path: Path) -> str:
    """Give the manager's secret, made at the first asking and readable by us alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("utf-8").strip()
    secret = secrets.token_hex(16)
    with os.fdopen(handle, "w") as file:
        file.write(secret)
    return secret


def fresh_secret(path: Path) -> str:
    """Give a new secret for this start, kept where the phone connector finds it and nobody else."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = secrets.token_hex(16)
    part = path.with_name(f"{path.name}.part")
    part.touch(mode=0o600)
    part.chmod(0o600)
    part.write_text(secret, "utf-8")
    part.replace(path)
    return secret


def read_secret(path: Path) -> str:
    """Give the secret of the exchange's last start; empty where it never started."""
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        return ""
