"""Photos are developed in a process of their own: what they take of memory and time is bounded."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

from backend.exif import ShotAt
from backend.photo import reencode
from hotline.errors import Invalid
from hotline.wire import convert, plain

MAX_MEMORY: Final = 768 << 20  # address space, the interpreter's own included
MAX_S: Final = 60.0


def develop(source: Path, *, side: int, most_pixels: int) -> tuple[bytes, ShotAt]:
    """Give what `reencode` gives, at a bounded cost to this process.

    Raises Invalid as it does, and also for what cannot be read within the bounds.
    """
    command = [sys.executable, "-m", __name__, str(source), str(side), str(most_pixels)]
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    try:
        done = subprocess.run(
            command,
            env={"PYTHONPATH": path, "MALLOC_ARENA_MAX": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=MAX_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Invalid("media", "takes too long to read", code="bad_media") from error
    told, there, body = done.stdout.partition(b"\n")
    if done.returncode != 0 or not there:
        raise Invalid("media", "takes too much to read", code="large_photo")
    answer = json.loads(told)
    if "reason" in answer:
        raise Invalid("media", answer["reason"], code=answer["code"])
    return body, convert(answer, ShotAt)


def main() -> None:
    """Develop the photo that the command line names: a line about it, then its JPEG."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    source, side, most_pixels = sys.argv[1:]
    about: object = {}
    body = b""
    try:
        body, shot = reencode(Path(source), side=int(side), most_pixels=int(most_pixels))
        about = plain(shot)
    except Invalid as error:
        about = {"reason": error.reason, "code": error.code}
    sys.stdout.buffer.write(json.dumps(about).encode() + b"\n" + body)


if __name__ == "__main__":
    main()
