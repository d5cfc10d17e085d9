"""Which hosts may speak to the exchange: the telephone network, and the phone connector."""

import socket
from ipaddress import ip_address
from typing import Final

from config.networks import Network, networks_in, networks_of_host
from config.sections import PhoneSettings
from config.settings import SettingsError

LOOPBACK: Final = "127.0.0.1/32"
# Of documentation (RFC 5737): an address that is no neighbour's.
ELSEWHERE: Final = ("192.0.2.1", 9)
# Where the SIP caller of the demo and the tests can be called back.
DEMO_TRUNK: Final = "127.0.0.1:16060"


def may_call(phone: PhoneSettings) -> tuple[str, ...]:
    """Give the networks that calls are taken from; SettingsError where nobody is named."""
    if phone.trunk_from.strip():
        return _networks("phone.trunk_from", phone.trunk_from)
    if is_loopback(phone.sip_host):
        return (LOOPBACK,)
    if phone.trunk:
        return _networks("phone.trunk", _host_of(phone.trunk))
    raise SettingsError(
        f"phone.trunk_from is required where phone.sip_host is {phone.sip_host}: "
        "the addresses that the telephone network calls from"
    )


def neighbours_of(phone: PhoneSettings) -> tuple[Network, ...]:
    """Give the networks that calls are taken from, as far as the settings name any."""
    try:
        return networks_in(" ".join(may_call(phone)))
    except (SettingsError, ValueError):
        return ()


def may_manage(phone: PhoneSettings) -> tuple[str, ...]:
    """Give the networks that may use the manager interface; SettingsError where none is named."""
    if phone.ami_from.strip():
        return _networks("phone.ami_from", phone.ami_from)
    if is_loopback(phone.ami_host):
        return (LOOPBACK,)
    raise SettingsError(
        f"phone.ami_from is required where phone.ami_host is {phone.ami_host}: "
        "the addresses that the phone connector connects from"
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def address_of(setting: str, host: str) -> str:
    """Give the address of a host, to bind to; SettingsError names the setting."""
    try:
        return str(networks_of_host(host)[0].network_address)
    except ValueError as error:
        raise SettingsError(f"{setting}: {error}") from None


def own_address() -> str:
    """Give the address by which this machine reaches others; loopback where it reaches nobody.

    Nothing is sent: a socket that is told where to is told from where, too.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(ELSEWHERE)
        except OSError:
            return "127.0.0.1"
        return str(asked.getsockname()[0])


def _networks(setting: str, text: str) -> tuple[str, ...]:
    try:
        return tuple(str(one) for one in networks_in(text, names=True))
    except ValueError as error:
        raise SettingsError(f"{setting}: {error}") from None


def _host_of(contact: str) -> str:
    """Give the host of a SIP address such as `provider.example:5060;transport=udp`."""
    bare = contact.partition(";")[0].removeprefix("sip:").rpartition("@")[2]
    if bare.startswith("["):
        return bare[1:].partition("]")[0]
    return bare.partition(":")[0]
