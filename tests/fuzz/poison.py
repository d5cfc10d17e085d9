"""Values that have broken software: where a route takes one, any of these may come."""

import json
from random import Random
from typing import Any, Final

NUMBERS: Final = (
    *(0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**30, 10**400),
    *(0.1, -0.0, 1e-320, 1e308, 1.7976931348623157e308, 180.0, 90.0, -90.5, 360.0),
)
TIMES: Final = (
    "2026-11-24T09:30:00+08:00",
    "2026-11-24T01:30:00Z",
    "2026-11-24T01:30:00",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59.999999+00:00",
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "2026-02-29T00:00:00Z",
    "2026-11-24T23:59:60Z",
    "2026-11-24T09:30:00+23:59",
    "10000-01-01T00:00:00Z",
    "-0001-01-01T00:00:00Z",
)
TEXTS: Final = (
    "",
    " ",
    "中山东路86号井盖没了，有人差点掉下去",
    "Zhongshan East Road 86, the manhole cover is gone",
    "a" * 300,
    "井" * 4_000,
    "x" * 200_000,
    "\0",
    "line\r\nSet-Cookie: a=b",
    "\u202eevil",
    "\ufeff",
    "\U0001f573\ufe0f" * 20,
    "e" + "\u0301" * 500,
    "' OR 1=1 --",
    "%s%n%x {0} {number} ${SHELL()}",
    "../../../etc/passwd",
    "<script>alert(1)</script>",
    "\\u0000",
    "NaN",
    "00000000",
    "1'\"\\;",
    "telegram:1",
    "terminal:chief1",
    *TIMES[:6],
)
# A lone surrogate is no text, but JSON can say it.
SURROGATES: Final = ("\ud800", "a\udfff", "\udc00\ud800")
OTHERS: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    [],
    {},
    [[]],
    {"": ""},
    [None] * 100,
    {"a": {"b": {"c": []}}},
)
PATHS: Final = (
    "0",
    "a" * 300,
    "%00",
    "%ED%A0%80",
    "%FF%FE",
    "..%2f..%2fetc%2fpasswd",
    "..",
    "%0d%0aSet-Cookie:%20a=b",
    "%E4%BA%95",
    "%25",
    "%",
    ";a=b",
    "null",
    "-1",
    "9" * 400,
    "assets/" + "b" * 280,
    "%F0%9F%95%B3",
    "x.geojson",
)
QUERIES: Final = (
    "",
    "limit=-1",
    "limit=" + "9" * 400,
    "limit=%D9%A3",
    "from=99999999999999999999",
    "from=-1",
    "before=00000000-0000-0000-0000-000000000000",
    "before=%00",
    "q=%ED%A0%80",
    "q=" + "%E4%BA%95" * 500,
    "q=%25_%5C",
    "stage=reported&stage=closed",
    "light=purple",
    "kind=photo",
    "kind=recording",
    "kind=" + "k" * 300,
    "person=nobody",
    "person=water1",
    "open=1&mine=1",
    "state=failed",
    "a&&&==&=",
    "q=%",
)
HEADERS: Final = (
    "Accept-Language: " + "zh," * 500,
    "Accept-Language: \xff\xfe",
    "Cookie: hotline_session=" + "c" * 4_000,
    "Cookie: =;;; \xff=\xfe",
    "Authorization: Bearer \xed\xa0\x80",
    "Authorization: Basic Og==",
    "X-CSRF-Token: \xed\xa0\x80",
    "X-Forwarded-For: \xed\xa0\x80, 1.2.3.4",
    "Origin: null",
    "Origin: http://[bad",
    "Origin: https://evil.example",
    "Sec-Fetch-Site: cross-site",
    "X-Hotline-Chat: telegram:1000",
    "X-Hotline-Chat: telegram:%00",
    "X-Hotline-Chat: telegram:%ED%A0%80",
    "X-Hotline-Chat: pigeon:1",
    "Range: bytes=-1,5-,a-b",
    "Range: bytes=99999999999999999999-",
    "If-Modified-Since: Thu, 99 Foo 99999 99:99:99 GMT",
    "If-None-Match: " + '"x",' * 200,
    "Content-Encoding: gzip",
    "Content-Encoding: deflate",
    "Expect: 100-continue",
    "Expect: \xff",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked",
    "Content-Length: -1",
    "X-Long: " + "y" * 9_000,
    " folded: header",
    "No colon at all",
    "Host: evil.example",
    "Host: [::",
    "Upgrade: websocket",
)
TYPES: Final = (
    "application/json",
    "application/json; charset=utf-16",
    "application/json; charset=no-such",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
    "\xff/\xfe",
    "",
)
BODIES: Final = (
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"\xed\xa0\x80",
    b'{"username":"\xed\xa0\x80","password":"\xff"}',
    b'{"a":"\\ud800"}',
    b'{"text":"\\u0000"}',
    b'{"text":"\\\\u0000"}',
    b"\xef\xbb\xbf{}",
    "{}".encode("utf-16"),
    b"[" * 20_000,
    b'{"a":' * 20_000,
    b"1e999",
    b"NaN",
    b"9" * 5_000,
    b" " * 300_000,
    b'{"a":1,"a":2}',
    b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--",
    b"RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00" + b"\xff" * 60,
    b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    b"\xff\xd8\xff\xe0" + b"\0" * 100,
    b"GIF89a",
    b"<svg xmlns='http://www.w3.org/2000/svg'/>",
)


def value(random: Random) -> Any:
    """Give any value that JSON can say."""
    pool = random.choice((TEXTS, NUMBERS, OTHERS, SURROGATES, TIMES))
    return random.choice(pool)


def said(body: Any, random: Random) -> bytes:
    """Give the JSON of a body, once escaped and once as bare as can be."""
    if random.random() < 0.7:
        return json.dumps(body).encode()
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
