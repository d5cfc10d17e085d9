"""Clients that make a move on one case after the other, as a console does.

Reads {"cookie", "csrf", "numbers"} as JSON; prints {"done", "failed", "seconds", "cpu"}.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Sequence

from hotline.wire import encode
from tests.bench.posting import Tally, post

MOVE = "ask_verify"


class Moves(Tally):
    """One move on each case; the bench gives more cases than can be moved in the time."""

    def __init__(self, numbers: Sequence[str], cookie: str, csrf: str, seconds: float):
        super().__init__(seconds)
        self.numbers: Iterator[str] = iter(numbers)
        self.head = f"HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nX-CSRF-Token: {csrf}\r\n"

    def request(self) -> bytes:
        """Give the next move."""
        number = next(self.numbers)
        move = {"action": MOVE, "version": 1, "key": f"bench-{number}"}
        body = encode({**move, "given": {"collector": "collector01"}})
        head = f"POST /api/cases/{number}/act {self.head}Content-Type: application/json\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def main(arguments: list[str]) -> int:
    """Move as the command line and the input say."""
    parser = argparse.ArgumentParser(prog="tests.bench.moving", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--clients", type=int, required=True)
    asked = parser.parse_args(arguments)
    given = json.load(sys.stdin)
    tally = Moves(given["numbers"], given["cookie"], given["csrf"], asked.seconds)
    told = asyncio.run(post(asked.port, tally, asked.seconds, asked.clients))
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
