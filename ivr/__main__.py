"""The phone connector's command: `python -m ivr`.

With --keyboard it is one call in a terminal; with --try one that is read as JSON, and what is heard
of it is written.
"""

import argparse
import asyncio
import logging
import sys

from config.logs import set_up
from config.private import keep_private
from config.settings import SettingsError, from_environment
from hotline.clock import SystemClock
from hotline.errors import HotlineError
from ivr import trying
from ivr.connector import PhoneConnector, config_from, serve
from ivr.keyboard import call_at_keyboard


def main(arguments: list[str]) -> int:
    """Run the phone connector, or one call at the keyboard."""
    parser = argparse.ArgumentParser(prog="ivr", description=__doc__)
    parser.add_argument("--keyboard", action="store_true", help="one call in this terminal")
    parser.add_argument("--from", dest="caller", default="13800138000", help="the caller's number")
    parser.add_argument("--seats", type=int, default=1, help="how many people sit there (keyboard)")
    parser.add_argument("--try", dest="tries", action="store_true", help="one call as JSON")
    wanted = parser.parse_args(arguments)
    if wanted.tries:
        trying.main(sys.stdin, sys.stdout.write)
        return 0
    try:
        settings = from_environment()
        set_up(settings.log)
        keep_private(settings.home.data_dir)
        config = config_from(settings)
        if wanted.keyboard:
            logging.getLogger().setLevel(logging.ERROR)
            asyncio.run(
                call_at_keyboard(
                    config, SystemClock(), wanted.caller, sys.stdin, sys.stdout.write, wanted.seats
                )
            )
            return 0
        asyncio.run(serve(PhoneConnector(config, SystemClock())))
    except (SettingsError, HotlineError, OSError) as error:
        sys.stderr.write(f"ivr: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
