"""Keeping Telegram's limits: 30 messages a second over all, one a second to a chat."""

from collections import OrderedDict

from hotline.clock import Clock

OVERALL_S = 1 / 28
CHAT_S = 1.0
# A few messages in a row to one chat are taken; only a longer stream is slowed down.
BURST = 4
CHATS_KEPT = 5000


class RateLimiter:
    """When the next message may go; a waiting message takes its place in the line at once."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self._next = 0.0
        self._chats: OrderedDict[str, float] = OrderedDict()

    async def wait(self, address: str) -> None:
        """Return when a message to this chat may go."""
        now = self._clock.monotonic()
        # A chat's own line may run ahead by a burst, so short exchanges are never slowed.
        own = max(self._chats.pop(address, now), now)
        at = max(now, self._next, own - (BURST - 1) * CHAT_S)
        self._next = at + OVERALL_S
        self._chats[address] = own + CHAT_S
        while len(self._chats) > CHATS_KEPT:
            self._chats.popitem(last=False)
        if at > now:
            await self._clock.sleep(at - now)
