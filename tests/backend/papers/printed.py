"""Papers as their readers see them."""

import io

from pypdf import PdfReader


def words_of(pdf: bytes) -> str:
    """Give the words of a PDF, page after page."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def photos_of(pdf: bytes) -> int:
    """Give how many pictures a PDF shows."""
    return sum(len(page.images) for page in PdfReader(io.BytesIO(pdf)).pages)
