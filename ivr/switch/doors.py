"""Makes and unmakes seats in the exchange's memory, over its own HTTP interface (ARI)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from hotline.errors import HotlineError
from hotline.room.exchange import SeatWanted
from ivr.switch.called import SEAT

USER: Final = "hotline"
REALM: Final = "hotline"
# By it the manager's filters know the lines of the room (manager.conf).
ROOM: Final = "room"
PATIENCE_S: Final = 4.0
GONE: Final = 404
NOTHING: Final = 204
# A browser's sound is encrypted and finds its own way; a telephone on the desk sends it plainly.
BROWSER: Final = {"webrtc": "yes", "dtls_auto_generate_cert": "yes"}
PLAIN: Final = dict.fromkeys(
    (
        "webrtc",
        "dtls_auto_generate_cert",
        "use_avpf",
        "ice_support",
        "rtcp_mux",
        "bundle",
        "media_encryption",
        "media_use_received_transport",
    ),
    "no",
)
# A page that sends no sound for so long in a talk has lost its line. A telephone on the desk may
# send none while nobody speaks there, and is asked so often whether it is there.
SILENT_S: Final = 30
ASKED_S: Final = 10
SIGN_IN: Final = {
    "max_contacts": "1",
    "remove_existing": "yes",
    "support_path": "no",
    "default_expiration": "60",
    "minimum_expiration": "10",
    "maximum_expiration": "300",
}


class DoorStuck(HotlineError):
    """The exchange does not make what it is told to, or does not answer."""

    code = "exchange_failed"


@dataclass(frozen=True, slots=True)
class Door:
    """A seat as the exchange knows it, and whether its telephone is there."""

    name: str
    online: bool


class SeatDoors:
    """The seats that the exchange has; asked anew each time, for others may have made them."""

    def __init__(self, host: str, port: int, secret: str):
        self._base = f"http://{host}:{port}/ari"
        self._secret = secret
        self._session: aiohttp.ClientSession | None = None
        self._sound_at: str | None = None

    async def close(self) -> None:
        """Give the connection back."""
        if self._session is not None:
            await self._session.close()

    def forget(self) -> None:
        """The exchange may be another one now."""
        self._sound_at = None

    async def seats(self) -> dict[str, Door]:
        """Give the seats that are there, by their names."""
        told = await self._ask("GET", "/endpoints/PJSIP")
        found = (Door(str(one["resource"]), one.get("state") == "online") for one in told)
        return {one.name: one for one in found if SEAT.fullmatch(one.name)}

    async def put(self, seat: SeatWanted) -> None:
        """Make a seat, or make it as it is now."""
        name = seat.name
        await self._put("auth", name, {
            "auth_type": "md5", "username": name, "realm": REALM, "md5_cred": seat.secret,
        })  # fmt: skip
        asked = 0 if seat.browser else ASKED_S
        await self._put("aor", name, SIGN_IN | {"qualify_frequency": str(asked)})
        await self._put("endpoint", name, {
            "auth": name, "aors": name, "context": "from-seats", "identify_by": "username",
            "allow": "!all,ulaw,alaw,opus", "direct_media": "no", "send_connected_line": "no",
            "media_address": await self._address(), "bind_rtp_to_media_address": "yes",
            "rtp_timeout": str(SILENT_S if seat.browser else 0), "rtp_timeout_hold": "300",
            "rtp_symmetric": "yes",
            # A telephone is rung where it has signed in from, whatever it says of itself.
            "rewrite_contact": "yes",
            "accountcode": ROOM, "allow_transfer": "no",
            "callerid": f'"{_shown(seat.shown)}" <{name}>',
            **(BROWSER if seat.browser else PLAIN),
        })  # fmt: skip

    async def drop(self, name: str) -> None:
        """Unmake a seat: its telephone is unknown from now on."""
        for kind in ("endpoint", "auth", "aor"):
            await self._ask("DELETE", f"/asterisk/config/dynamic/res_pjsip/{kind}/{name}")

    async def reload(self, module: str) -> None:
        """Have a part of the exchange read its file anew."""
        await self._ask("PUT", f"/asterisk/modules/{module}")

    async def _put(self, kind: str, name: str, fields: Mapping[str, str]) -> None:
        told = [{"attribute": key, "value": value} for key, value in fields.items()]
        path = f"/asterisk/config/dynamic/res_pjsip/{kind}/{name}"
        await self._ask("PUT", path, json={"fields": told})

    async def _address(self) -> str:
        """Give where the sound of seats is, which the exchange was told at its start."""
        if self._sound_at is None:
            self._sound_at = await self._variable("SEATS_HOST")
        return self._sound_at

    async def _variable(self, name: str) -> str:
        told = await self._ask("GET", "/asterisk/variable", params={"variable": name})
        return str(told.get("value", "")) if isinstance(told, dict) else ""

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        if self._session is None:
            headers = {"Authorization": aiohttp.encode_basic_auth(USER, self._secret)}
            timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
            self._session = aiohttp.ClientSession(headers=headers, timeout=timeout)
        try:
            async with self._session.request(method, self._base + path, **more) as answer:
                if answer.status == GONE and method != "PUT":
                    return {}
                if answer.status >= 400:
                    raise DoorStuck(f"{method} {path}: {answer.status} {await answer.text()}")
                return None if answer.status == NOTHING else await answer.json()
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise DoorStuck(f"{method} {path}: {error!r}") from error


def _shown(name: str) -> str:
    """Give a name as it may stand between quotes."""
    return "".join(ch for ch in name if ch.isprintable() and ch not in '"\\<>;,')[:60]
