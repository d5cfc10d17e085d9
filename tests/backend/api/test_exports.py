"""Lists as files: what stands in them, for whom, what is written down, and who gives up."""

import csv
import io
import zipfile
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp.web import Application
from sqlalchemy import text

from backend.api.written_files import EXPORTS
from backend.desks import acceptance
from backend.desks.context import AppContext
from backend.queries import case_export
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.report import Contact, NewReport
from hotline.wire import decode
from tests.backend.api.conftest import Browser, SignIn, make_case, walk
from tests.backend.api.test_privacy import ASKED, CHIEFS, agreed
from tests.backend.api.test_retention import YEARS, closed_case, rows, swept
from tests.cities import MONDAY

pytestmark = pytest.mark.slow
ALL = 7


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    frames: list[dict[str, Any]]
    file: bytes

    @property
    def rows(self) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.file.decode("utf-8-sig"), newline="")))


def _read(status: int, body: bytes) -> Answered:
    frames: list[dict[str, Any]] = []
    while body and not (frames and frames[-1].get("file")):
        line, _, body = body.partition(b"\n")
        frames.append(decode(line, dict[str, Any]))
    return Answered(status, frames, body)


async def _export(browser: Browser, query: str, **headers: str) -> Answered:
    sent = {"Origin": browser.origin, "X-CSRF-Token": browser.csrf, **headers}
    path = f"/api/cases/export?{query}"
    async with browser.client.request("POST", path, headers=sent) as response:
        return _read(response.status, await response.read())


async def _written_down(sign_in: SignIn) -> list[dict[str, Any]]:
    page = await (await sign_in("auditor")).get("/api/audit?what=list_exported")
    return [one["export"] | {"person": one["person"]} for one in page["items"]]


async def test_a_file_holds_the_list_as_it_is_narrowed_and_in_its_order(
    app: Application, office: AppContext, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_export, "AT_ONCE", 2)
    numbers = [await make_case(office, f"{n}") for n in range(ALL)]
    await walk(app, numbers[0], "file")
    browser = await sign_in("dispatcher1")
    for query in ("sort=oldest", "sort=newest", "stage=reported&sort=oldest", "sort=left"):
        answered = await _export(browser, f"{query}&columns=number,stage,number")
        page = await browser.get(f"/api/cases?{query}")
        head, *rows = answered.rows
        assert head == ["案件编号", "阶段"]
        assert [row[0] for row in rows] == [row["number"] for row in page["items"]], query
    of = len(numbers)
    whole = await _export(browser, "")
    assert [one["rows"] for one in whole.frames] == [0, 2, 4, 6, of, of]
    assert {one["of"] for one in whole.frames} == {of}
    assert whole.frames[-1]["bytes"] == len(whole.file)
    assert whole.frames[-1]["file"].startswith("案件清单-2026")
    assert {len(row) for row in whole.rows} == {len(whole.rows[0])}


async def test_what_citizens_say_runs_in_no_spreadsheet(
    office: AppContext, sign_in: SignIn
) -> None:
    await make_case(office, "1", text='=HYPERLINK("http://x","井盖")')
    browser = await sign_in("acceptor1")
    assert (await _export(browser, "columns=text")).rows[1][0].startswith("'=")
    book = (await _export(browser, "format=xlsx&columns=text,number")).file
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        page = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    assert "=HYPERLINK" in page


async def test_a_file_holds_nothing_out_of_sight_and_no_contact(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    mine, other = await make_case(office, "1"), await make_case(office, "2")
    await walk(app, mine, "ask_verify", "verify_true", "file", "dispatch", "accept")
    answered = await _export(await sign_in("water1"), "")
    assert mine.encode() in answered.file
    assert other.encode() not in answered.file
    assert answered.frames[-1]["of"] == 1
    whole = (await _export(await sign_in("leader"), "")).file
    for number in (mine, other):
        assert number.encode() in whole


async def test_a_file_tells_no_contact(office: AppContext, sign_in: SignIn) -> None:
    contact = Contact(Channel.PHONE, "13800138027", "诸葛大明")
    report = NewReport(Channel.CONSOLE, "p", contact, MONDAY, text="楼道灯坏了")
    number = (await acceptance.record(office, report)).number
    told = (await _export(await sign_in("acceptor1"), "")).file.decode("utf-8-sig")
    assert number in told
    assert "楼道灯坏了" in told
    assert "诸葛大明" not in told
    assert "8027" not in told.replace(number, "")


async def test_who_takes_a_list_is_on_record_with_what_it_was(
    office: AppContext, sign_in: SignIn
) -> None:
    await make_case(office)
    await _export(await sign_in("leader"), "format=xlsx&urgency=critical&columns=number")
    assert await _written_down(sign_in) == [
        {
            "person": "leader",
            "kind": "xlsx",
            "rows": 0,
            "asked": {"urgency": ["critical"], "columns": ["number"]},
            "erased": False,
        }
    ]


async def test_who_may_not_export_gets_nothing(office: AppContext, sign_in: SignIn) -> None:
    for person in ("collector01", "admin"):
        assert (await _export(await sign_in(person), "")).status == 403, person


@pytest.mark.parametrize("wrong", ["format=pdf", "columns=salary", "stage=nowhere", "sort=x"])
async def test_what_is_asked_wrongly_is_refused_before_a_file_is_begun(
    office: AppContext, sign_in: SignIn, wrong: str
) -> None:
    browser = await sign_in("leader")
    answered = await _export(browser, wrong)
    assert answered.status == 400
    assert answered.frames[0]["code"] == "invalid"
    assert await _written_down(sign_in) == []
    assert (await _export(browser, "")).status == 200


async def test_one_list_a_person_and_two_in_all(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    leader, auditor = await sign_in("leader"), await sign_in("auditor")
    with app[EXPORTS].one_of("leader"):
        refused = await _export(leader, "")
        assert (refused.status, refused.frames[0]["code"]) == (429, "export_busy")
        assert (await _export(auditor, "")).status == 200
        with app[EXPORTS].one_of("somebody"):
            assert (await _export(auditor, "")).status == 429
    assert (await _export(leader, "")).status == 200


async def test_who_goes_away_leaves_the_place_to_others(
    app: Application, office: AppContext, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_export, "AT_ONCE", 1)
    for n in range(ALL):
        await make_case(office, f"{n}")
    browser = await sign_in("leader")
    sent = {"Origin": browser.origin, "X-CSRF-Token": browser.csrf}
    async with browser.client.request("POST", "/api/cases/export", headers=sent) as response:
        await response.content.readline()
        response.close()
    other = await sign_in("leader")
    while app[EXPORTS].people:
        await other.get("/api/cases?limit=1")
    assert (await _export(other, "")).status == 200


async def test_a_server_that_goes_away_begins_none(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    browser = await sign_in("leader")
    app[EXPORTS].closed = True
    assert (await _export(browser, "")).status == 503


async def test_the_audit_keeps_the_whole_question_and_an_erasure_empties_its_words(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    number = await closed_case(app)
    browser, stages = await sign_in("leader"), "reported,verifying,to_dispatch,handling,to_check"
    given = f"stage={stages}&matter=01001,01002&area=330299001&channel=phone&urgency=normal"
    searched = ("1380013 8000", "王小明 井盖", "路灯")
    for words in searched:
        await _export(browser, f"{given}&q={words}&unknown=1")
    told = {one["asked"]["q"][0]: one for one in await _written_down(sign_in)}
    assert set(told) == set(searched)
    assert told["路灯"]["asked"] == {
        "stage": stages.split(","),
        "matter": ["01001", "01002"],
        "area": ["330299001"],
        "channel": ["phone"],
        "urgency": ["normal"],
        "q": ["路灯"],
    }
    # The entry itself, which nothing changes, holds the words' salted hash alone.
    kept = str(await rows(office, "SELECT subject FROM audit WHERE what = 'list_exported'"))
    assert not any(word in kept for word in ("8000", "王小明", "路灯"))
    # Other words in their place are none.
    changed = "UPDATE audit_words SET words = replace(words, '路灯', '井盖')"
    async with office.store.begin() as connection:
        await connection.execute(text(changed))
    assert [one["erased"] for one in await _written_down(sign_in)].count(True) == 1
    async with office.store.begin() as connection:
        await connection.execute(
            text(changed.replace("'路灯', '井盖'", "'[\"井盖\"', '[\"路灯\"'"))
        )
    assert not any(one["erased"] for one in await _written_down(sign_in))
    first, second = [await sign_in(person) for person in CHIEFS]
    wish = await first.post("/api/privacy/erasures", ASKED)
    await agreed(second, wish)
    left = await _written_down(sign_in)
    assert [one["asked"].get("q") for one in left if not one["erased"]] == [["路灯"]]
    assert all(one["asked"]["stage"] == stages.split(",") for one in left)
    kept = str(
        await rows(office, "SELECT salt, words FROM audit_words WHERE words = '' OR salt = ''")
    )
    assert kept == "[('', ''), ('', '')]"
    assert number not in str(left)


async def test_words_of_the_audit_go_as_words_do(
    app: Application, office: AppContext, sign_in: SignIn, clock: FixedClock
) -> None:
    await _export(await sign_in("leader"), "q=路灯")
    clock.move(YEARS)
    await swept(office)
    assert await rows(office, "SELECT salt, words FROM audit_words") == [("", "")]
    assert [one["erased"] for one in await _written_down(sign_in)] == [True]
