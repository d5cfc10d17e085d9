"""The players stand before the same backend as the browsers of the API's tests."""

from tests.backend.api.conftest import app, office, password_hash, server, settings

__all__ = ["app", "office", "password_hash", "server", "settings"]
