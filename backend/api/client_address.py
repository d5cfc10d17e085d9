"""Who a request comes from, where a proxy stands between: only what our own proxies say counts."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from config.networks import Network

# One household or machine has at least this much of IPv6; its addresses change at will.
PREFIX: Final = 64
# The whole of IPv4 as a translator shows it to a network that has IPv6 only.
NAT64: Final = ip_network("64:ff9b::/96")


def client_address(remote: str, forwarded: Iterable[str], trusted: Iterable[Network]) -> str:
    """Give the nearest address that is no proxy of ours, read from the right-hand end.

    What stands further left was written by whoever asks, and may be made up.
    """
    networks = tuple(trusted)
    address = _plain(remote)
    hops = [hop for line in forwarded for hop in line.split(",")]
    while hops and address is not None and any(address in network for network in networks):
        before = _plain(hops.pop())
        if before is None:
            break
        address = before
    if address is None:
        return remote
    if isinstance(address, IPv6Address):
        return str(ip_network((address, PREFIX), strict=False))
    return str(address)


@lru_cache(4096)
def _plain(text: str) -> IPv4Address | IPv6Address | None:
    """An address without port, brackets and zone; one of IPv4 dressed as IPv6 is IPv4."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address in NAT64:
            return IPv4Address(address.packed[-4:])
        return address.ipv4_mapped or address
    return address
