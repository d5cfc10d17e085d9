"""Certificates for an office of its own: an authority of nobody else's, and what it signs."""

import ipaddress
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.private import OURS
from hotline.errors import Failed, Invalid

DAYS: Final = 825
"""Browsers refuse a certificate that is good for longer."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """The authority's certificate, which browsers have to trust, and the server's with its key."""

    authority: Path
    certificate: Path
    key: Path


def make_certificates(folder: Path, names: list[str]) -> CertificateFiles:
    """Give the certificate of a server of these names and addresses, made where there is none.

    The authority is made once; its key stays in the folder, which is for nobody else. Raises
    Invalid for what is no name, Failed where openssl does not do it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(OURS)
    made = CertificateFiles(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    if not made.authority.exists():
        _openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-days", "3650", "-subj", "/CN=Hotline office CA", "-keyout", str(folder / "ca.key")),
            *("-addext", "basicConstraints=critical,CA:TRUE,pathlen:0"),
            *("-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", str(made.authority)),
        )
    alternatives = ",".join(_alternative(one) for one in names)
    _openssl(
        *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
        *("-CA", str(made.authority), "-CAkey", str(folder / "ca.key"), "-days", str(DAYS)),
        *("-subj", f"/CN={names[0]}", "-addext", f"subjectAltName={alternatives}"),
        *(
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-addext",
            "extendedKeyUsage=serverAuth",
        ),
        *("-keyout", str(made.key), "-out", str(made.certificate)),
    )
    for secret in (folder / "ca.key", made.key):
        secret.chmod(0o600)
    return made


def _alternative(name: str) -> str:
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        if not all(letter.isalnum() or letter in "-." for letter in name) or not name.isascii():
            raise Invalid("name", f"{name!r} is no name of a machine") from None
        return f"DNS:{name}"


def _openssl(*words: str) -> None:
    try:
        done = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Failed("openssl is not on this machine") from None
    if done.returncode:
        raise Failed(f"openssl: {done.stderr.strip().splitlines()[-1:]}")
