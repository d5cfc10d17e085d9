"""What the office signed of its log last, in a file beside its key.

Who owns the database cannot reach it: a log that does not go on from there is not signed.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hotline.errors import Invalid
from hotline.record.checkpoint import OFFICE, Checkpoint, Signer, is_signed, read_checkpoint


@dataclass(frozen=True, slots=True)
class SignedMemory:
    """The file of the last checkpoint, and one beside it that says that no more is signed."""

    path: Path

    @property
    def refusal(self) -> Path:
        """The file that is there while nothing is signed, with the reason in it."""
        return self.path.with_name(f"{self.path.name}.refused")

    def last(self, signer: Signer) -> Checkpoint | None:
        """Give what was signed last; None where there is no file. Invalid where it is none."""
        try:
            note = self.path.read_text("utf-8")
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise Invalid("memory", f"{self.path}: cannot be read") from error
        if not is_signed(note, OFFICE, signer.public):
            raise Invalid("memory", f"{self.path}: was not signed by this key")
        return read_checkpoint(note)

    def keep(self, note: str) -> None:
        """Keep what was signed, all of it or nothing, and sign on."""
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)
        self.refusal.unlink(missing_ok=True)

    def forget(self) -> None:
        """Let the next signature begin anew."""
        self.path.unlink(missing_ok=True)
        self.refusal.unlink(missing_ok=True)

    def refuse(self, why: str) -> bool:
        """Remember that nothing is signed; gives whether that is new."""
        if self.refusal.exists():
            return False
        with suppress(OSError):
            self.refusal.write_text(why + "\n", "utf-8")
        return True
