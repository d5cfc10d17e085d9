"""What every step may hold beside the fields of the form: words and photos."""

from typing import Final

NOTE: Final = "note"
PHOTO: Final = "photo"
# Where who hands a photo in stands.
FIX: Final = "fix"
