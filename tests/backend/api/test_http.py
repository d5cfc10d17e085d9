"""Headers, files and addresses: what a browser gets, and what an attacker does not."""

import gzip
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp.web import Application
from yarl import URL

from backend.api import http
from backend.api.office_keys import OFFICE
from backend.api.pages import STATIC
from backend.desks.context import AppContext
from hotline import errors
from hotline.errors import HotlineError, Invalid, TooMany, Unavailable
from hotline.words import known
from tests.backend.api.conftest import Browser, SignIn, make_case
from tests.backend.api.keeping import CONTRACT
from tests.backend.test_media import make_photo, make_wav

New = Callable[[], Browser]


async def test_every_answer_keeps_browsers_safe(browser: New) -> None:
    one = browser()
    for path in ("/", "/api/me", "/nowhere.js", "/assets/index-1a2b3c.js", "/healthz"):
        async with one.client.get(path) as response:
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert "Server" not in response.headers
            assert response.headers["X-Request-Id"]


async def test_pages_come_from_the_built_console(browser: New) -> None:
    one = browser()
    for path in ("/", "/cases/20260418", "/map"):
        async with one.client.get(path) as response:
            assert "<title>console</title>" in await response.text()
            assert response.headers["Cache-Control"] == "no-cache"
    async with one.client.get("/assets/index-1a2b3c.js") as response:
        assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert "immutable" in response.headers["Cache-Control"]


OUTSIDE = (
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/assets/../../secret.txt",
    "/assets/%2e%2e/%2e%2e/secret.txt",
    "//etc/passwd",
    "/%2fetc%2fpasswd",
    "/assets/none.js",
    "/index.html%00.js",
    "/assets",
    "/.env",
    "/..\\secret.txt",
)


async def test_nothing_outside_the_folder_is_given(browser: New) -> None:
    one = browser()
    for path in OUTSIDE:
        url = URL(f"{one.origin}{path}", encoded=True)
        async with one.client.session.get(url) as response:
            text = await response.text()
        assert "not for browsers" not in text
        assert "root:" not in text
        assert response.status in (200, 400, 404)
        if response.status == 200:
            assert "<title>console</title>" in text, path


async def test_an_address_that_means_nothing_is_called_so_in_the_readers_language(
    browser: New,
) -> None:
    one = browser()
    for language, called in (("zh-CN", "网址"), ("en", "The web address")):
        url = URL(f"{one.origin}/api/cases/%00", encoded=True)
        headers = {"Accept-Language": language}
        async with one.client.session.get(url, headers=headers) as response:
            told = await response.json()
        assert (response.status, called in told["message"]) == (400, True)


async def test_a_link_out_of_the_folder_is_not_followed(app: Application, browser: New) -> None:
    (app[STATIC] / "assets" / "out.js").symlink_to(Path("/etc/hostname"))
    status, body = await browser().ask("GET", "/assets/out.js")
    assert (status, body["code"]) == (404, "not_found")


async def test_a_console_that_is_not_built_says_so(app: Application, browser: New) -> None:
    (app[STATIC] / "index.html").unlink()
    status, body = await browser().ask("GET", "/")
    assert (status, body["code"]) == (503, "no_console")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("GET", "/connector/calls", 404),
        ("DELETE", "/api/cases", 405),
        ("POST", "/", 405),
        ("GET", "/api/login", 404),
    ],
)
async def test_addresses_that_are_none_answer_in_words(
    browser: New, method: str, path: str, status: int
) -> None:
    got, body = await browser().ask(method, path)
    assert got == status
    assert body["message"]


async def test_health_tells_of_the_database(app: Application, browser: New) -> None:
    one = browser()
    assert (await one.get("/healthz"))["status"] == "ok"
    assert (await one.get("/readyz"))["status"] == "ok"


async def test_a_broken_handler_tells_nothing_of_itself(
    app: Application, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret of the database")

    monkeypatch.setattr("backend.queries.inbox.row_of", broken)
    await make_case(app[OFFICE].now)
    browser = await sign_in("acceptor1")
    status, body = await browser.ask("GET", "/api/cases")
    assert (status, body["code"]) == (500, "failed")
    assert "secret" not in str(body)
    assert app[CONTRACT].broken == ["GET /api/cases: code failed with 500"]
    app[CONTRACT].broken.clear()


async def test_a_header_cannot_be_smuggled_in(sign_in: SignIn) -> None:
    browser = await sign_in("acceptor1")
    status, _ = await browser.ask("GET", "/api/cases/1%0d%0aX-Evil:%201")
    assert status == 404
    status, body = await browser.ask("GET", "/api/cases?stage=a%0d%0aSet-Cookie:%20b")
    assert (status, body["field"]) == (400, "stage")


async def test_a_photo_is_given_to_who_sees_its_case(app: Application, sign_in: SignIn) -> None:
    browser = await sign_in("acceptor1")
    status, photo = await browser.ask("PUT", "/api/media?kind=photo", data=make_photo())
    assert (status, photo["mime"], photo["kind"]) == (200, "image/jpeg", "photo")
    path = f"/api/media/{photo['sha256']}"
    assert (await browser.ask("GET", path))[0] == 404
    number = await make_case(app[OFFICE].now)
    assert (await browser.act(number, "note", note="x", media=[photo["sha256"]]))[0] == 200
    async with browser.client.get(path) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "image/jpeg"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response.headers["Content-Security-Policy"]
        whole = await response.read()
    async with browser.client.get(path, headers={"Range": "bytes=10-19"}) as response:
        assert (response.status, await response.read()) == (206, whole[10:20])
    async with browser.client.get(path, headers={"Range": "bytes=99999999-"}) as response:
        assert response.status == 416
    for person in ("water1", "collector01"):
        assert (await (await sign_in(person)).ask("GET", path))[0] == 404
    assert (await (await sign_in("admin")).ask("GET", path))[0] == 403


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("photo", b"<svg/>", 400),
        ("photo", b"", 400),
        ("photo", make_wav(), 400),
        ("recording", make_wav(), 403),
        ("video", b"x", 400),
        ("", b"x", 400),
    ],
)
async def test_what_is_no_photo_is_not_taken(
    sign_in: SignIn, kind: str, body: bytes, status: int
) -> None:
    browser = await sign_in("acceptor1")
    got, answer = await browser.ask("PUT", f"/api/media?kind={kind}", data=body)
    assert got == status, answer


async def test_a_huge_upload_is_stopped(app: Application, sign_in: SignIn) -> None:
    browser = await sign_in("acceptor1")
    status, body = await browser.ask(
        "PUT", "/api/media?kind=photo", data=BytesIO(b"\xff" * (21 << 20))
    )
    assert (status, body["code"]) == (413, "too_large")


async def test_map_layers_are_sent_once(sign_in: SignIn) -> None:
    browser = await sign_in("water1")
    async with browser.client.get("/api/map/roads.geojson") as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("application/geo+json")
        tag = response.headers["ETag"]
    again = {"If-None-Match": tag}
    async with browser.client.get("/api/map/roads.geojson", headers=again) as response:
        assert (response.status, await response.read()) == (304, b"")
    assert (await browser.ask("GET", "/api/map/secrets.geojson"))[0] == 404


async def test_fault_12_houses_are_found_by_the_parser_of_the_reports(sign_in: SignIn) -> None:
    browser = await sign_in("acceptor1")
    status, body = await browser.ask("GET", "/api/map/houses?words=中山东路八十六")
    assert status == 200
    point = {"lon": 121.5886, "lat": 29.8814}
    assert body == {"items": [{"name": "中山东路八十六号", "point": point}]}
    assert (await browser.ask("GET", "/api/map/houses"))[1] == {"items": []}


async def test_the_map_shows_cases_as_points(app: Application, sign_in: SignIn) -> None:
    number = await make_case(app[OFFICE].now)
    browser = await sign_in("acceptor1")
    [point] = (await browser.get("/api/map/cases?open=1"))["features"]
    assert point["geometry"] == {"type": "Point", "coordinates": [121.57, 29.89]}
    assert point["properties"]["number"] == number


def test_every_error_has_a_status_and_words_in_both_languages() -> None:
    kinds = [one for one in vars(errors).values() if isinstance(one, type)]
    for kind in kinds:
        if issubclass(kind, HotlineError) and kind not in (HotlineError, Invalid):
            assert 400 <= http.status_of(kind("x")) < 600
            for language in ("zh_CN", "en"):
                assert known(f"error.{kind.code}", language)
    assert http.status_of(Invalid("x", "y")) == 400
    assert (http.status_of(TooMany("x")), http.status_of(Unavailable("x"))) == (429, 503)


async def test_row_17_texts_of_the_console_are_sent_packed_to_who_takes_them(
    app: Application, browser: New
) -> None:
    script = app[STATIC] / "assets" / "index-1a2b3c.js"
    script.with_name(f"{script.name}.br").write_bytes(b"small")
    script.with_name(f"{script.name}.gz").write_bytes(gzip.compress(b"void 0"))
    one = browser()
    for taken, given in (("br, gzip", "br"), ("gzip", "gzip"), ("identity", None)):
        headers = {"Accept-Encoding": taken}
        async with one.client.get(
            "/assets/index-1a2b3c.js", headers=headers, auto_decompress=False
        ) as response:
            assert response.headers.get("Content-Encoding") == given
            assert response.headers["Vary"] == "Accept-Encoding"
            assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
            assert "immutable" in response.headers["Cache-Control"]


async def test_row_17_large_answers_are_packed_and_never_one_with_a_token(
    office: AppContext, sign_in: SignIn
) -> None:
    for key in range(8):
        await make_case(office, str(key))
    one = await sign_in("acceptor1")
    for path, packed in (("/api/cases", True), ("/api/meta", True), ("/api/me", False)):
        async with one.client.get(path, headers={"Accept-Encoding": "gzip"}) as response:
            assert (response.headers.get("Content-Encoding") == "gzip") is packed, path
            assert await response.json()
    async with one.client.get("/api/cases", headers={"Accept-Encoding": "identity"}) as response:
        assert "Content-Encoding" not in response.headers
        assert response.headers["Vary"] == "Accept-Encoding"


async def test_a_page_may_use_a_microphone_and_reach_the_exchange_and_nobody_else(
    browser: New,
) -> None:
    async with browser().client.get("/") as page:
        policy = page.headers["Content-Security-Policy"]
        assert "connect-src 'self' ws://127.0.0.1:8088;" in policy
        assert page.headers["Permissions-Policy"].startswith("camera=(), microphone=(self)")
