"""Papers as PDF with their letters embedded. The only module that knows reportlab.

Run by its name it reads a paper as JSON and writes the PDF: it is a process of its own, since
setting a hundred pages keeps a processor busy for seconds.
"""

import io
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    HRFlowable,
    Image,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from backend.papers.paper import Paper, PaperPicture, PaperSection
from backend.photo import shrunk
from hotline.wire import decode

FONT: Final = "paper"
MARGIN: Final = 18 * mm
BESIDE: Final = 34 * mm  # the width of what stands in the margin of an entry
PADDING: Final = 6  # what reportlab leaves within its frame
WIDTH: Final = A4[0] - 2 * (MARGIN + PADDING)
GREY: Final = HexColor("#5b6470")
LINE: Final = HexColor("#c9ced6")
# A photo on paper is seen at some 250 dots an inch.
DOTS: Final = 900
ALL: Final = ((0, 0), (-1, -1))
PHOTOS: Final = TableStyle(
    [
        ("VALIGN", *ALL, "TOP"),
        ("LEFTPADDING", *ALL, 0),
        ("BOTTOMPADDING", (0, 0), (-1, 0), 2),
        ("TOPPADDING", (0, 1), (-1, 1), 0),
        # A photo and what is said of it stay on one page.
        ("NOSPLIT", *ALL),
    ]
)
MAX_MEMORY: Final = 2 << 30  # address space, the interpreter's own included


def draw(paper: Paper, font: Path) -> bytes:
    """Give a paper as PDF, set in a TrueType font; characters that it lacks are told by number."""
    face = TTFont(FONT, str(font), subfontIndex=0)
    registerFont(face)
    known = frozenset(face.face.charToGlyph)
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 4 * mm,
        title=paper.title,
        author="",
        creator="",
    )
    setter = _Setter(paper, known)
    document.build(list(setter.flow()), canvasmaker=setter.canvas)
    return out.getvalue()


class _Setter:
    """Sets a paper line by line."""

    def __init__(self, paper: Paper, known: frozenset[int]):
        self._paper, self._known = paper, known
        self._title = _style(size=17, leading=24)
        self._heading = _style(size=12, leading=18, space=5)
        self._entry = _style(left=BESIDE, space=2)
        self._small = _style(size=8.5, leading=12, left=BESIDE, grey=True)
        self._caption = _style(size=7.5, leading=10, grey=True)

    def flow(self) -> Iterator[Any]:
        """Give what stands on the pages, from the top."""
        yield self._words(self._paper.title, self._title)
        yield self._words(self._paper.under, _style(size=9, leading=14, grey=True))
        for section in self._paper.sections:
            yield CondPageBreak(28 * mm)
            yield Spacer(0, 3 * mm)
            yield self._words(section.heading, self._heading)
            yield HRFlowable(width="100%", thickness=0.6, color=LINE, spaceAfter=2 * mm)
            yield from self._entries(section)

    def _entries(self, section: PaperSection) -> Iterator[Any]:
        for entry in section.entries:
            yield self._words(entry.text, self._entry, entry.margin)
            for line in entry.lines:
                yield self._words(line, self._small)
            several, left = section.across, 0 if section.across == 2 else BESIDE
            for first in range(0, len(entry.pictures), several):
                row = entry.pictures[first : first + several]
                yield self._photos(row, (WIDTH - left) / several, left)

    def _photos(self, row: list[PaperPicture], width: float, left: float) -> Table:
        pictures = [_picture(one, width - 3 * mm) for one in row]
        shown = [
            picture if picture is not None else self._words(self._gone(one), self._caption)
            for one, picture in zip(row, pictures, strict=True)
        ]
        captions = [self._words(one.caption, self._caption) for one in row]
        widths = [left, *[width] * len(row)] if left else [width] * len(row)
        rows: list[list[object]] = [[*shown], [*captions]]
        if left:
            rows = [["", *one] for one in rows]
        return Table(rows, colWidths=widths, style=PHOTOS, hAlign="LEFT")

    def _gone(self, one: PaperPicture) -> str:
        """Nothing stands where nothing was to stand."""
        return self._paper.gone if one.caption else ""

    def _words(self, text: str, style: ParagraphStyle, margin: str = "") -> Paragraph:
        told = "<br/>".join(escape(self._legible(line)) for line in text.split("\n"))
        beside = escape(_fitting(self._legible(margin), BESIDE - 3 * mm)) or None
        return Paragraph(told, style, bulletText=beside)

    def _legible(self, text: str) -> str:
        return "".join(
            one if ord(one) in self._known else f"[U+{ord(one):04X}]"
            for one in text
            if one.isprintable()
        )

    def canvas(self, *given: Any, **named: Any) -> Canvas:
        """Give a canvas that writes the foot of each page once all of them are set."""
        return _Numbered(self._legible(self._paper.foot), *given, **named)


class _Numbered(Canvas):
    """Knows on each page how many there are: the pages wait until the last one is set."""

    def __init__(self, foot: str, *given: Any, **named: Any):
        super().__init__(*given, **named)
        self._foot, self._waiting = foot, list[dict[str, Any]]()

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Put a page by."""
        self._waiting.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined] # not in its stubs

    def save(self) -> None:
        """Write the pages, each with its foot."""
        for number, page in enumerate(self._waiting, 1):
            self.__dict__.update(page)
            self.setFont(FONT, 8)
            self.setFillColor(GREY)
            told = self._foot.replace("{page}", str(number))
            told = told.replace("{pages}", str(len(self._waiting)))
            self.drawString(MARGIN + PADDING, 11 * mm, told)
            super().showPage()
        super().save()


def _style(
    *,
    size: float = 10,
    leading: float = 15,
    left: float = 0,
    space: float = 1,
    grey: bool = False,
) -> ParagraphStyle:
    return ParagraphStyle(
        "",
        fontName=FONT,
        fontSize=size,
        leading=leading,
        leftIndent=left,
        spaceBefore=space,
        bulletFontName=FONT,
        bulletFontSize=8.5,
        bulletIndent=0,
        textColor=GREY if grey else HexColor("#16191d"),
        wordWrap="CJK",
    )


def _fitting(text: str, width: float) -> str:
    """Give a word for the margin, cut where it would run into what is said."""
    if stringWidth(text, FONT, 8.5) <= width:
        return text
    while text and stringWidth(text + "…", FONT, 8.5) > width:
        text = text[:-1]
    return text + "…"


def _picture(one: PaperPicture, width: float) -> Image | None:
    """Give a photo as wide as there is room; None for one that is there no more."""
    try:
        body, wide, high = shrunk(Path(one.path), DOTS)
    except (OSError, ValueError, SyntaxError):
        return None
    # Upright ones no higher than four thirds of their width: two rows stand on a page.
    scale = min(width / wide, width * 4 / 3 / high)
    return Image(io.BytesIO(body), wide * scale, high * scale)


def main() -> None:
    """Set the paper that comes in as JSON, in the font that the command line names."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    paper = decode(sys.stdin.buffer.read(), Paper)
    sys.stdout.buffer.write(draw(paper, Path(sys.argv[1])))


if __name__ == "__main__":
    main()
