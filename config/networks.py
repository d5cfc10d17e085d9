"""Networks as people write them in a setting: addresses and networks, with spaces between."""

import socket
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

Network = IPv4Network | IPv6Network
# Wider is as good as everybody.
WIDEST_V4: Final = 8
WIDEST_V6: Final = 19
# So many bits of IPv6 say that the rest is an address of IPv4.
MAPPED: Final = 96
# Private networks name nobody from outside, however wide they are.
PRIVATE_V6: Final = IPv6Network("fc00::/7")


def networks_in(text: str, *, names: bool = False) -> tuple[Network, ...]:
    """Give the networks of a list, with `names` also those of hosts; ValueError says what is wrong.

    Everybody is never named: a list is there to tell some from others.
    """
    found = [one for word in text.replace(",", " ").split() for one in _networks_of(word, names)]
    for one in found:
        if one.version == 6 and one.subnet_of(PRIVATE_V6):
            continue
        if one.prefixlen < (WIDEST_V4 if one.version == 4 else WIDEST_V6):
            raise ValueError(f"{one} lets everybody in; name the networks that may")
    return tuple(dict.fromkeys(found))


def networks_of_host(host: str) -> tuple[Network, ...]:
    """Give the addresses of a host; ValueError where it has none."""
    if host == "localhost":  # known without asking (RFC 6761): a bare machine has no list of hosts
        return (ip_network("127.0.0.1"),)
    try:
        answers = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        raise ValueError(f"the address of {host!r} cannot be found") from None
    return tuple(ip_network(str(answer[4][0])) for answer in answers)


def _networks_of(word: str, names: bool) -> tuple[Network, ...]:
    try:
        return (_plain(ip_network(word.strip("[]"), strict=False)),)
    except ValueError:
        if "/" in word or not names:
            raise ValueError(f"{word!r} is no network") from None
    return networks_of_host(word)


def _plain(network: Network) -> Network:
    """Give a network of IPv4 that is dressed as IPv6 as what it is."""
    mapped = isinstance(network, IPv6Network) and network.network_address.ipv4_mapped
    if not mapped or network.prefixlen < MAPPED:
        return network
    return IPv4Network((int(mapped), network.prefixlen - MAPPED))
