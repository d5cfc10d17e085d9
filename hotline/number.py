"""Report numbers: digits that can be said on the phone, the last one a Damm check digit."""

from hotline.errors import Invalid

# The quasigroup of order 10 from H. M. Damm, "Total anti-symmetrische Quasigruppen" (2004).
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def check_digit(digits: str) -> int:
    """Give the Damm check digit of a string of digits."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def make_number(serial: int, length: int = 7) -> str:
    """Give the number of a serial: `length` digits and the check digit."""
    if not 0 <= serial < 10**length:
        raise Invalid("serial", f"{serial} does not fit into {length} digits")
    digits = str(serial).zfill(length)
    return f"{digits}{check_digit(digits)}"


def parse_number(text: str, length: int = 7) -> str:
    """Give the bare number of what a person typed, spaces and dashes allowed."""
    digits = "".join(ch for ch in text if ch.isascii() and ch.isdigit())
    if len(digits) != length + 1 or check_digit(digits) != 0:
        raise Invalid("number", "not a report number", code="bad_number")
    return digits


def groups(number: str) -> tuple[str, str]:
    """Give the two halves in which a number is read and printed."""
    middle = len(number) // 2
    return number[:middle], number[middle:]


def printed(number: str) -> str:
    """Give the form for screens and messages: two groups with a space."""
    return " ".join(groups(number))
