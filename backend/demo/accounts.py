"""The demo's accounts, as `hotline demo` keeps them for the players."""

from dataclasses import dataclass
from typing import Final

from config.settings import Settings
from config.textfile import read_toml
from hotline.organisation import parse_organisation
from hotline.people import Post

NAME: Final = "accounts"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A login of the demo, and whose it is."""

    username: str
    password: str
    person: str
    post: Post


def read(settings: Settings) -> list[DemoAccount]:
    """Give the accounts; none where the demo has kept none. A later line of a name counts."""
    try:
        kept = (settings.tokens_folder / NAME).read_text("utf-8").splitlines()
    except OSError:
        return []
    passwords = dict(line.split(maxsplit=1) for line in kept if " " in line)
    tables = read_toml(settings.city_folder / "organisation.toml")
    people = parse_organisation(tables).people.values()
    return [
        DemoAccount(one.code.lower(), passwords[one.code.lower()].strip(), one.code, one.post)
        for one in people
        if one.code.lower() in passwords
    ]
