"""`hotline proxy`: a proxy's configuration for one https name, with certificates of one's own."""

import argparse
from pathlib import Path
from typing import Final

from backend.cli.command import Command, CommandContext
from backend.operations.asterisk import fill
from backend.operations.certificates import make_certificates
from backend.operations.preflight import NotPossible
from config.settings import ROOT, Settings

TEMPLATE: Final = ROOT / "config" / "proxy" / "nginx.conf"
HTTPS: Final = 443


def arguments(part: argparse.ArgumentParser) -> None:
    """Take the names that people use, a folder to write to, and a certificate if there is one."""
    part.add_argument("names", nargs="+", metavar="NAME", help="names or addresses of this office")
    part.add_argument("--to", required=True, type=Path, help="the folder to write to")
    part.add_argument(
        "--certificate", type=Path, help="a certificate with its chain; else one is made"
    )
    part.add_argument("--key", type=Path, help="its key")
    part.add_argument("--listen", default=str(HTTPS), help="port, or address:port (443)")


def run(given: CommandContext) -> int:
    """Write the proxy's configuration and the settings that go with it."""
    asked = given.options
    if (asked.certificate is None) != (asked.key is None):
        raise NotPossible(given.words("proxy.both"))
    folder = asked.to.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    certificate, key = asked.certificate, asked.key
    if certificate is None:
        made = make_certificates(folder / "certificates", asked.names)
        certificate, key = made.certificate, made.key
        given.tell("proxy.made", authority=made.authority)
    written = write_proxy(
        given.settings, folder, asked.names, certificate.resolve(), key.resolve(), asked.listen
    )
    given.tell("proxy.written", conf=written, settings=folder / "settings.toml")
    return 0


def write_proxy(
    settings: Settings, folder: Path, names: list[str], certificate: Path, key: Path, listen: str
) -> Path:
    """Write nginx.conf and settings.toml into a folder; gives the former."""
    values = {
        "folder": folder,
        "certificate": certificate,
        "key": key,
        "listen": listen,
        "names": " ".join(names),
        "backend": f"{settings.web.host}:{settings.web.port}",
        "exchange_port": settings.phone.http_port,
        "upload_mb": settings.web.upload_limit_mb,
    }
    written = folder / "nginx.conf"
    written.write_text(fill(TEMPLATE.read_text("utf-8"), values), "utf-8")
    port = listen.rpartition(":")[2]
    address = names[0] if port == str(HTTPS) else f"{names[0]}:{port}"
    (folder / "settings.toml").write_text(
        f'[web]\npublic_url = "https://{address}"\ntrusted_proxies = "127.0.0.1"\n\n'
        f'[phone]\nseats_url = "wss://{address}/ws"\n',
        "utf-8",
    )
    return written


COMMAND = Command(run, arguments)
