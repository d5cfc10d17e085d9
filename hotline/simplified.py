"""Traditional Chinese into simplified; the only module that knows OpenCC."""

from functools import lru_cache

from opencc import OpenCC


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")


def simplify(text: str) -> str:
    """Give the text in simplified characters; anything else stays as it is."""
    converted: str = _converter().convert(text)
    return converted
