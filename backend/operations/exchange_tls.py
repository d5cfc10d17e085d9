"""TLS between the exchange and the trunk: what of it stands in the exchange's configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.sections import PhoneSettings
from config.settings import SettingsError

# Where this machine keeps whom it trusts.
AUTHORITIES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
CERTIFICATE, KEY, AUTHORITY = "tls.pem", "tls.key", "tls-authority.pem"
TRANSPORT: Final = """
[tls]
type = transport
protocol = tls
bind = {bind}:{port}
method = tlsv1_2
cert_file = {folder}/{certificate}
priv_key_file = {folder}/{key}
ca_list_file = {folder}/{authority}
; The trunk has to prove that it is the one that is rung.
verify_server = yes
"""


@dataclass(frozen=True, slots=True)
class TrunkTls:
    """By which files the exchange speaks with the trunk by TLS, and whether sound is encrypted."""

    port: int
    certificate: Path
    key: Path
    authority: Path = AUTHORITIES
    srtp: bool = True


def trunk_tls(phone: PhoneSettings) -> TrunkTls | None:
    """Give what settings say of TLS, None for none; SettingsError where something is missing."""
    if not phone.trunk_tls:
        if phone.trunk_srtp:
            raise SettingsError("phone.trunk_srtp needs phone.trunk_tls: its keys go by it")
        return None
    authority = Path(phone.trunk_authority) if phone.trunk_authority else AUTHORITIES
    told = TrunkTls(
        phone.tls_port, Path(phone.tls_certificate), Path(phone.tls_key), authority,
        phone.trunk_srtp,
    )  # fmt: skip
    for name, path in (
        ("tls_certificate", told.certificate), ("tls_key", told.key),
        ("trunk_authority", told.authority),
    ):  # fmt: skip
        if not path.is_file():
            raise SettingsError(f"phone.{name}: there is no file {path} (phone.trunk_tls is on)")
    return told


def tls_values(tls: TrunkTls | None, bind: str, contact: str, folder: Path) -> Mapping[str, str]:
    """Give what is filled into the templates; `folder` is where the exchange reads the files."""
    if tls is None:
        return {
            "tls_transport": "", "trunk_transport": "udp", "trunk_encryption": "no",
            "trunk_contact": contact,
        }  # fmt: skip
    transport = TRANSPORT.format(
        bind=bind, port=tls.port, folder=folder, certificate=CERTIFICATE, key=KEY,
        authority=AUTHORITY,
    )  # fmt: skip
    return {
        "tls_transport": transport, "trunk_transport": "tls",
        "trunk_encryption": "sdes" if tls.srtp else "no",
        "trunk_contact": contact if "transport=" in contact else f"{contact};transport=tls",
    }  # fmt: skip


def tls_files(tls: TrunkTls | None) -> Mapping[str, str]:
    """Give what the exchange reads of its own: it is nobody who could read it elsewhere."""
    if tls is None:
        return {}
    found = {CERTIFICATE: tls.certificate, KEY: tls.key, AUTHORITY: tls.authority}
    return {name: path.read_text("utf-8") for name, path in found.items()}
