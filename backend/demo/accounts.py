"""The demo's accounts, as `hotline demo` keeps them for the players."""

from dataclasses import dataclass
from typing import Final

from backend.city import make_city
from backend.city_files import files_by
from config.settings import Settings
from hotline.rights.permissions import SEE
from hotline.rights.posts import Rights
from hotline.rights.scopes import is_everything

NAME: Final = "accounts"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A login of the demo, and whose it is."""

    username: str
    password: str
    person: str
    rights: Rights

    @property
    def sees_all(self) -> bool:
        """Tell whether they see every case."""
        return is_everything(self.rights.scope(SEE))


def read(settings: Settings) -> list[DemoAccount]:
    """Give the accounts; none where the demo has kept none. A later line of a name counts."""
    try:
        kept = (settings.tokens_folder / NAME).read_text("utf-8").splitlines()
    except OSError:
        return []
    passwords = dict(line.split(maxsplit=1) for line in kept if " " in line)
    people = make_city(files_by(settings)).organisation.people.values()
    return [
        DemoAccount(
            *(one.code.lower(), passwords[one.code.lower()].strip(), one.code),
            # Nobody of the demo chooses another post than their first.
            rights=Rights(tuple(held for held in one.grants if held.post.id == one.post)),
        )
        for one in people
        if one.code.lower() in passwords
    ]
