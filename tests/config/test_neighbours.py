"""Who may call and who may manage: named networks only, never everybody."""

import pytest

from config.neighbours import address_of, is_loopback, may_call, may_manage
from config.sections import PhoneSettings
from config.settings import SettingsError

LOOPBACK = ("127.0.0.1/32",)


def test_on_this_machine_alone_nothing_has_to_be_named() -> None:
    assert may_call(PhoneSettings()) == may_manage(PhoneSettings()) == LOOPBACK


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "pbx.example"])
def test_h3_off_this_machine_the_trunks_addresses_are_required(host: str) -> None:
    with pytest.raises(SettingsError, match=r"phone\.trunk_from is required"):
        may_call(PhoneSettings(sip_host=host))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.5", "::1", "[::1]"])
def test_h3_every_name_of_this_machine_is_this_machine(host: str) -> None:
    assert is_loopback(host)
    assert may_call(PhoneSettings(sip_host=host)) == LOOPBACK


@pytest.mark.parametrize(
    "everybody",
    [
        *("0.0.0.0/0", "::/0", "0.0.0.0/1 128.0.0.0/1", "192.0.2.0/24, 0.0.0.0/0", "10.0.0.0/7"),
        *("::ffff:0:0/96", "[::ffff:0.0.0.0]/96", "::ffff:0.0.0.0/97 ::ffff:128.0.0.0/97"),
    ],
)
def test_h3_everybody_is_never_the_trunk(everybody: str) -> None:
    with pytest.raises(SettingsError, match=r"phone\.trunk_from"):
        may_call(PhoneSettings(sip_host="0.0.0.0", trunk_from=everybody))
    with pytest.raises(SettingsError, match=r"phone\.ami_from"):
        may_manage(PhoneSettings(ami_host="0.0.0.0", ami_from=everybody))


def test_h3_addresses_and_networks_are_taken_as_people_write_them() -> None:
    phone = PhoneSettings(
        sip_host="0.0.0.0", trunk_from="192.0.2.7, 198.51.100.9/24  2001:db8::/32"
    )
    assert may_call(phone) == ("192.0.2.7/32", "198.51.100.0/24", "2001:db8::/32")


def test_h3_networks_of_ipv4_dressed_as_ipv6_are_networks_of_ipv4() -> None:
    phone = PhoneSettings(sip_host="0.0.0.0", trunk_from="::ffff:192.0.2.7 ::ffff:10.0.0.0/104")
    assert may_call(phone) == ("192.0.2.7/32", "10.0.0.0/8")


@pytest.mark.parametrize(
    "trunk",
    ["192.0.2.9", "192.0.2.9:5060", "city@192.0.2.9:5060", "sip:192.0.2.9;transport=udp"],
)
def test_h3_the_trunk_we_call_out_by_may_call_us(trunk: str) -> None:
    assert may_call(PhoneSettings(sip_host="0.0.0.0", trunk=trunk)) == ("192.0.2.9/32",)


@pytest.mark.parametrize("wrong", ["192.0.2.0/99", "192.0.2.0/x", "no-such-host.invalid"])
def test_h3_what_is_no_network_is_named(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"phone\.trunk_from"):
        may_call(PhoneSettings(sip_host="0.0.0.0", trunk_from=wrong))


def test_l7_the_manager_off_this_machine_needs_its_peers_named() -> None:
    with pytest.raises(SettingsError, match=r"phone\.ami_from is required"):
        may_manage(PhoneSettings(ami_host="asterisk"))
    assert may_manage(PhoneSettings(ami_host="asterisk", ami_from="172.29.45.0/24")) == (
        "172.29.45.0/24",
    )


def test_a_host_is_bound_by_its_own_address() -> None:
    assert address_of("phone.ami_host", "localhost") == "127.0.0.1"
