"""Which hosts may speak to the exchange: the telephone network, and the phone door."""

import socket
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from config.settings import Phone, SettingsError

LOOPBACK: Final = "127.0.0.1/32"
# Wider is as good as everybody.
WIDEST_V4: Final = 8
WIDEST_V6: Final = 19


def may_call(phone: Phone) -> tuple[str, ...]:
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


def may_manage(phone: Phone) -> tuple[str, ...]:
    """Give the networks that may use the manager interface; SettingsError where none is named."""
    if phone.ami_from.strip():
        return _networks("phone.ami_from", phone.ami_from)
    if is_loopback(phone.ami_host):
        return (LOOPBACK,)
    raise SettingsError(
        f"phone.ami_from is required where phone.ami_host is {phone.ami_host}: "
        "the addresses that the phone door connects from"
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def address_of(setting: str, host: str) -> str:
    """Give the address of a host, to bind to; SettingsError names the setting."""
    return str(_resolved(setting, host)[0].network_address)


def _networks(setting: str, text: str) -> tuple[str, ...]:
    found = [one for word in text.replace(",", " ").split() for one in _network(setting, word)]
    for one in found:
        if one.prefixlen < (WIDEST_V4 if one.version == 4 else WIDEST_V6):
            raise SettingsError(f"{setting}: {one} lets everybody in; name the networks that may")
    return tuple(dict.fromkeys(str(one) for one in found))


def _network(setting: str, word: str) -> list[IPv4Network | IPv6Network]:
    try:
        return [ip_network(word.strip("[]"), strict=False)]
    except ValueError:
        if "/" in word:
            raise SettingsError(f"{setting}: {word!r} is no network") from None
    return _resolved(setting, word)


def _resolved(setting: str, host: str) -> list[IPv4Network | IPv6Network]:
    try:
        answers = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        raise SettingsError(f"{setting}: the address of {host!r} cannot be found") from None
    return [ip_network(str(answer[4][0])) for answer in answers]


def _host_of(contact: str) -> str:
    """Give the host of a SIP address such as `provider.example:5060;transport=udp`."""
    bare = contact.partition(";")[0].removeprefix("sip:").rpartition("@")[2]
    if bare.startswith("["):
        return bare[1:].partition("]")[0]
    return bare.partition(":")[0]
