"""The message connector's way to the backend, by the token that set-up made."""

from backend.client import BackendClient
from config.settings import Settings
from hotline.channel import Channel
from hotline.errors import Refused


def make_client(settings: Settings) -> BackendClient:
    """Give the way to the backend; Refused where there is no token."""
    token = settings.connector_token("bots")
    if not token:
        path = settings.tokens_folder / "bots"
        raise Refused(f"the message connector has no token: {path} is missing or empty")
    return BackendClient(settings.backend_url, token, timeout_seconds=settings.connectors.timeout_s)


async def check_backend(settings: Settings) -> None:
    """Return when the backend takes our token; raise what it says otherwise."""
    backend = make_client(settings)
    try:
        await backend.open_chat((Channel.TELEGRAM, "nobody"))
    finally:
        await backend.close()
