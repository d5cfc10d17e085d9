"""The sound of one call: speaks mu-law frames in real time, presses keys, keeps what it hears."""

import asyncio
import secrets
import struct
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import cast

import numpy as np

from hotline.clock import Clock
from ivr.handset.message import EVENT_TYPE, SoundOffer
from ivr.pcm import RATE, Samples, from_ulaw, to_ulaw

FRAME = 160
FRAME_SECONDS = FRAME / RATE
MAX_GAP = 60 * RATE
KEYS = "0123456789*#ABCD"


class PacketKind(Enum):
    """What one packet carries."""

    SOUND = 0
    KEY = 1
    KEY_GOES_ON = 2


class Heard:
    """What came from the other side, laid out by the time stamps of its packets."""

    def __init__(self) -> None:
        self._pieces: list[tuple[int, bytes]] = []
        self._source = -1
        self._anchor = 0
        self._key_stamp = -1
        self.end = 0
        self.keys = ""

    def take(self, packet: bytes) -> None:
        """Lay down one RTP packet of mu-law sound, or a key that is pressed."""
        if len(packet) < 12 or packet[0] >> 6 != 2:
            return
        stamp, source = struct.unpack_from("!II", packet, 4)
        if packet[1] & 0x7F == EVENT_TYPE and len(packet) >= 16:
            self._take_key(stamp, packet[12])
        if packet[1] & 0x7F != 0:
            return
        start = 12 + 4 * (packet[0] & 0x0F)
        place = (stamp - self._anchor) & 0xFFFFFFFF
        if source != self._source or not self.end - RATE < place < self.end + MAX_GAP:
            self._source = source
            self._anchor = (stamp - self.end) & 0xFFFFFFFF
            place = self.end
        data = packet[start:]
        self._pieces.append((place, data))
        self.end = max(self.end, place + len(data))

    def _take_key(self, stamp: int, code: int) -> None:
        """Keep a key once: all its packets have the stamp of the first."""
        if stamp != self._key_stamp and code < len(KEYS):
            self._key_stamp = stamp
            self.keys += KEYS[code]

    def samples(self, since: int = 0) -> Samples:
        """Give everything heard from a sample on, silence where nothing came."""
        sound = np.zeros(max(self.end - since, 0), dtype=np.int16)
        for place, data in reversed(self._pieces):
            at = place - since
            if at + len(data) <= 0:
                break
            piece = from_ulaw(data)
            skip = max(-at, 0)
            sound[at + skip : at + len(piece)] = piece[skip:]
        return sound


SILENCE = to_ulaw(np.zeros(FRAME, dtype=np.int16))


class Pacer:
    """Lets every stream of a telephone send a frame each 20 ms, by one timer for all of them."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self._streams: set[Stream] = set()
        self._ticking: asyncio.Task[None] | None = None

    def add(self, stream: "Stream") -> None:
        """Let a stream send from now on."""
        self._streams.add(stream)
        if self._ticking is None or self._ticking.done():
            self._ticking = asyncio.get_running_loop().create_task(self._tick())

    def remove(self, stream: "Stream") -> None:
        """Let a stream send no more."""
        self._streams.discard(stream)

    def stop(self) -> None:
        """End the timer."""
        if self._ticking is not None:
            self._ticking.cancel()

    async def _tick(self) -> None:
        due = self.clock.monotonic()
        while self._streams:
            for stream in tuple(self._streams):
                stream.send_frame()
            due += FRAME_SECONDS
            await asyncio.sleep(max(due - self.clock.monotonic(), 0))


class Stream(asyncio.DatagramProtocol):
    """One call's two-way sound on a UDP port of its own."""

    def __init__(self, clock: Clock, pacer: Pacer):
        self.clock = clock
        self._pacer = pacer
        self.heard = Heard()
        self.last_packet = clock.monotonic()
        self.on_packet: Callable[[], None] | None = None
        self.suppresses_silence = False
        self._transport: asyncio.DatagramTransport | None = None
        self._peer: SoundOffer | None = None
        self._source = secrets.randbits(32)
        self._sequence = secrets.randbits(15)
        self._stamp = secrets.randbits(31)
        self._event_stamp = 0
        self._queue: deque[tuple[bytes, PacketKind]] = deque()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def port(self) -> int:
        """The UDP port that takes the sound."""
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    @property
    def peer(self) -> SoundOffer | None:
        """Where the sound is sent to, once there is somebody."""
        return self._peer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        """Keep what is heard."""
        self.last_packet = self.clock.monotonic()
        self.heard.take(data)
        if self.on_packet is not None:
            self.on_packet()

    def start(self, peer: SoundOffer) -> None:
        """Send to the other side from now on, silence where nothing is said."""
        self._peer = peer
        self._pacer.add(self)

    def stop(self) -> None:
        """Send no more and give the port back."""
        self._pacer.remove(self)
        self._idle.set()
        if self._transport is not None:
            self._transport.close()

    async def say(self, samples: Samples) -> None:
        """Speak in real time; returns when the last frame has left."""
        whole = to_ulaw(np.append(samples, np.zeros(-len(samples) % FRAME, dtype=np.int16)))
        self._queue += [
            (whole[i : i + FRAME], PacketKind.SOUND) for i in range(0, len(whole), FRAME)
        ]
        self._idle.clear()
        await self._idle.wait()

    async def press(self, key: str, seconds: float = 0.1) -> None:
        """Press a key as a telephone event (RFC 4733)."""
        code, frames = KEYS.index(key), max(int(seconds / FRAME_SECONDS), 2)
        for step in range(1, frames + 1):
            part = PacketKind.KEY if step == 1 else PacketKind.KEY_GOES_ON
            self._queue.append((struct.pack("!BBH", code, 10, step * FRAME), part))
        last = struct.pack("!BBH", code, 0x8A, frames * FRAME)
        self._queue += [(last, PacketKind.KEY_GOES_ON)] * 3
        self._idle.clear()
        await self._idle.wait()

    def send_frame(self) -> None:
        """Send the next 20 ms: what is to be said, or silence where that is not suppressed."""
        if self.suppresses_silence and not self._queue:
            self._stamp = (self._stamp + FRAME) & 0xFFFFFFFF
            return
        payload, part = self._queue.popleft() if self._queue else (SILENCE, PacketKind.SOUND)
        if part is PacketKind.KEY:
            self._event_stamp = self._stamp
        self._packet(payload, part)
        self._stamp = (self._stamp + FRAME) & 0xFFFFFFFF
        if not self._queue:
            self._idle.set()

    def _packet(self, payload: bytes, part: PacketKind) -> None:
        assert self._peer is not None
        assert self._transport is not None
        sound = part is PacketKind.SOUND
        kind = 0 if sound else self._peer.event_type
        mark = 0x80 if part is PacketKind.KEY else 0
        stamp = self._stamp if sound else self._event_stamp
        self._sequence = (self._sequence + 1) & 0xFFFF
        head = struct.pack("!BBHII", 0x80, kind | mark, self._sequence, stamp, self._source)
        self._transport.sendto(head + payload, (self._peer.host, self._peer.port))


async def open_stream(host: str, clock: Clock, pacer: Pacer) -> Stream:
    """Give a stream on a free port of an address."""
    loop = asyncio.get_running_loop()
    _, stream = await loop.create_datagram_endpoint(
        lambda: Stream(clock, pacer), local_addr=(host, 0)
    )
    return stream
