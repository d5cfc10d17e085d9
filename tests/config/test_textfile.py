"""Fault 15: files with a mark, of other encodings and line ends are read, or refused in words."""

import codecs
from pathlib import Path

import pytest

from config.textfile import Unreadable, read_json, read_text, read_toml

WORDS = 'name = "明湾区"\n'


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF8 * 2, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (b"\x84\x31\x95\x33", "gb18030"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_fault_15_a_mark_names_the_encoding(
    tmp_path: Path, mark: bytes, encoding: str, end: str
) -> None:
    path = tmp_path / "city.toml"
    path.write_bytes(mark + (WORDS * 1).replace("\n", end).encode(encoding))
    assert read_text(path) == WORDS
    assert read_toml(path) == {"name": "明湾区"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (WORDS.encode("gb18030"), "GB18030"),
        (WORDS.encode("gbk"), "GB18030"),
        (WORDS.encode("utf-16-le"), "UTF-16"),
        (WORDS.encode("utf-16-be"), "UTF-16"),
        ('name = "明灣區"\nb = "路燈"\n'.encode("big5"), "in Big5;"),
        ('name = "明灣區"\nb = "路燈"\n'.encode("utf-16-le"), "UTF-16"),
        (WORDS.encode("utf-8")[:-4], "cut"),
        (b'a = 1\nname = "caf\xe9 \xff"\n', "line 2"),
    ],
)
def test_fault_15_another_encoding_is_refused_with_what_to_do(
    tmp_path: Path, body: bytes, reason: str
) -> None:
    path = tmp_path / "organisation.toml"
    path.write_bytes(body)
    with pytest.raises(Unreadable, match=reason) as refusal:
        read_toml(path)
    assert "organisation.toml" in str(refusal.value)
    assert "UTF-8" in str(refusal.value)


@pytest.mark.parametrize(
    ("body", "reason"),
    [("", "is empty"), ("{", "line 1"), ("[1,]", "line"), ("[" * 90_000, "recursion")],
)
def test_a_broken_json_file_is_named(tmp_path: Path, body: str, reason: str) -> None:
    path = tmp_path / "roads.geojson"
    path.write_text(body, "utf-8")
    with pytest.raises(Unreadable, match=rf"roads\.geojson.*{reason}"):
        read_json(path)
