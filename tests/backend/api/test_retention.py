"""What was kept long enough goes by the city's rules, once, and nothing else does."""

from datetime import timedelta
from typing import Any

import pytest
from aiohttp.web import Application
from sqlalchemy import text

from backend.api.office_keys import MEDIA, OFFICE
from backend.desks import acceptance, aside, media, retention
from backend.desks.context import AppContext
from backend.jobs.log_keeper import LogKeeper
from backend.store import cases, erasure
from backend.store.record_check import RecordCheck
from hotline.case.case import replay
from hotline.channel import Channel
from hotline.clock import FixedClock, iso
from hotline.errors import Invalid
from hotline.health import Beat
from hotline.media import MediaKind
from hotline.privacy import DataKind, PrivacyRules, parse_privacy
from hotline.report import Contact, NewReport
from tests.backend.api.conftest import POINT, SignIn, walk
from tests.backend.store.test_record_log import SIGNER, SIGNING
from tests.backend.test_media import make_wav
from tests.cities import read

pytestmark = pytest.mark.slow

TO_CLOSE = ("file", "dispatch", "accept", "report_done", "ask_check", "pass_check", "close")
YEARS = timedelta(days=3700)
AHEAD = timedelta(days=30)


async def rows(office: AppContext, asked: str, **given: Any) -> list[tuple[Any, ...]]:
    async with office.store.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(asked), given)]


async def closed_case(app: Application, key: str = "1", address: str = "13800138000") -> str:
    """A case that somebody told by telephone, with recording and photos, and that is closed."""
    office = app[OFFICE].now
    contact = Contact(Channel.PHONE, address, "王小明")
    report = NewReport(
        *(Channel.PHONE, key, contact, office.clock.now()), text="中山东路井盖没了", point=POINT
    )
    number = (await acceptance.record(office, report, connector="ivr")).number
    sound = await app[MEDIA].put_bytes(make_wav(seconds=1 + int(key)), MediaKind.RECORDING)
    await media.stored(office, sound, 1, {"connector:ivr"})
    await media.attach(office, number, sound, f"sound-{key}", {"connector:ivr"})
    await walk(app, number, *TO_CLOSE)
    return number


async def swept(office: AppContext) -> dict[str, tuple[int, int]]:
    return {
        one.kind: (one.gone, one.failed)
        async for one in retention.sweep(office, office.clock.now())
    }


async def test_what_is_kept_long_enough_goes_and_the_record_stays(
    app: Application, office: AppContext, clock: FixedClock
) -> None:
    number = await closed_case(app)
    before = {one.kind: one.gone async for one in retention.would_go(office)}
    assert not any(before.values()), before
    clock.move(YEARS)
    told = {one.kind: one.gone async for one in retention.would_go(office)}
    assert {"contact", "words", "recording", "photo"} <= {k for k, n in told.items() if n == 1}
    assert "井盖" in str(await rows(office, "SELECT text FROM cases"))
    gone = await swept(office)
    # Photos have gone by then, and so have their positions.
    assert gone == {kind: (many, 0) for kind, many in (told | {"position": 0}).items()}
    for table in ("cases", "report", "step", "contact", "notice", "case_text", "draft"):
        left = str(await rows(office, f"SELECT {table}::text FROM {table}"))
        for word in ("井盖", "13800138000", "王小明"):
            assert word not in left, (table, word)
    assert await rows(office, "SELECT DISTINCT note FROM step") == [("",)]
    assert await rows(office, "SELECT sha256 FROM media") == []
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
        steps = await cases.steps_of(connection, case.id)
    assert [step.action for step in steps][-1] == "close"
    assert replay(steps) == case
    assert case.matter == "01001"
    assert set((await swept(office)).values()) == {(0, 0)}
    kinds = await rows(office, "SELECT subject FROM audit WHERE what = 'erased' ORDER BY subject")
    assert ("recording 1",) in kinds
    assert ("words 1",) in kinds


async def test_files_leave_the_disk_but_not_what_was_handed_in_again(
    app: Application, office: AppContext, clock: FixedClock
) -> None:
    await closed_case(app)
    clock.move(YEARS)
    await swept(office)
    files = [one[0] for one in await rows(office, "SELECT sha256 FROM erased_file")]
    assert files
    assert all(app[MEDIA].find(one) for one in files)
    assert await retention.drop_files(office, app[MEDIA].drop) == 0, "they came within the hour"

    async def drop(sha256: str) -> bool:
        app[MEDIA].find(sha256).unlink()
        return True

    again = await app[MEDIA].put_bytes(make_wav(seconds=2), MediaKind.RECORDING)
    await media.stored(office, again, 1, {"connector:ivr"})
    assert again.sha256 in files
    assert await retention.drop_files(office, drop) == len(files) - 1
    assert app[MEDIA].find(again.sha256)
    assert await rows(office, "SELECT sha256 FROM erased_file") == []


async def test_what_is_handed_in_again_stays_whatever_else_goes(
    app: Application, office: AppContext, clock: FixedClock
) -> None:
    await closed_case(app)
    clock.move(YEARS)
    await closed_case(app, "2", "13900139000")
    await swept(office)
    again = await app[MEDIA].put_bytes(make_wav(seconds=2), MediaKind.RECORDING)
    assert (again.sha256,) in await rows(office, "SELECT sha256 FROM erased_file")
    clock.move(YEARS)
    await media.stored(office, again, 1, {"connector:ivr"})
    assert (await swept(office))["recording"] == (1, 0)
    assert await rows(office, "SELECT sha256 FROM media") == [(again.sha256,)]
    assert len(await rows(office, "SELECT holder FROM media_holder")) == 1


async def test_a_running_case_one_on_hold_and_what_is_bound_to_them_stay(
    app: Application, office: AppContext, clock: FixedClock
) -> None:
    number, held = await closed_case(app), await closed_case(app, "2", "13900139000")
    await closed_case(app, "3", "13700137000")
    hold = (
        "INSERT INTO case_hold (id, case_id, reason, made_by, made_at, ended_by, ended_why) "
        "SELECT gen_random_uuid(), id, '诉讼', 'chief1', received_at, '', '' FROM cases "
        "WHERE number = :held RETURNING id"
    )
    async with office.store.begin() as connection:
        await connection.execute(text(hold), {"held": held})
        await connection.execute(
            text("UPDATE cases SET stage = 'handling' WHERE number = :number"), {"number": number}
        )
    clock.move(YEARS)
    gone = await swept(office)
    assert gone["words"] == gone["contact"] == (1, 0)
    left = await rows(office, "SELECT address FROM contact WHERE address <> '' ORDER BY address")
    assert [one[0][-11:] for one in left] == ["13800138000", "13900139000"]
    assert len(await rows(office, "SELECT 1 FROM cases WHERE text <> ''")) == 2


async def test_one_that_cannot_go_stops_no_other(
    app: Application, office: AppContext, clock: FixedClock
) -> None:
    bad, good = await closed_case(app), await closed_case(app, "2", "13900139000")
    clock.move(YEARS)
    async with office.store.begin() as connection:
        await connection.execute(
            text(
                "CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF OLD.number = '{bad}' THEN RAISE foreign_key_violation; END IF; "
                "RETURN NEW; END $$"
            )
        )
        await connection.execute(
            text(
                "CREATE TRIGGER stuck BEFORE UPDATE ON cases FOR EACH ROW EXECUTE FUNCTION stuck()"
            )
        )
    try:
        gone = await swept(office)
    finally:
        async with office.store.begin() as connection:
            await connection.execute(text("DROP FUNCTION stuck CASCADE"))
    assert gone["words"] == (1, 1)
    left = await rows(office, "SELECT number FROM cases WHERE text <> ''")
    assert left == [(bad,)]
    assert good
    assert (await swept(office))["words"] == (1, 0), "the next night takes it"


async def test_who_was_killed_goes_on_where_they_stood(
    app: Application,
    office: AppContext,
    clock: FixedClock,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await closed_case(app)
    await closed_case(app, "2", "13900139000")
    clock.move(YEARS)
    monkeypatch.setattr(retention, "BATCH", 1)
    erase, gone = erasure.erase, list[str]()

    async def cut(*given: Any) -> int:
        done = await erase(*given)
        gone.append(given[2].kind)
        if gone.count("words") == 2:
            raise KeyboardInterrupt  # in the transaction: nothing of this one counts
        return done

    monkeypatch.setattr(erasure, "erase", cut)
    with pytest.raises(KeyboardInterrupt):
        await retention.run_night(office, 2, AHEAD)
    monkeypatch.setattr(erasure, "erase", erase)
    assert await rows(office, "SELECT done_at FROM retention_night") == [(None,)]
    assert len(await rows(office, "SELECT 1 FROM cases WHERE text <> ''")) == 1
    chief = await sign_in("chief1")
    assert (await chief.get("/api/privacy/retention"))["last_at"] is None
    await retention.run_night(office, 2, AHEAD)
    assert await rows(office, "SELECT 1 FROM cases WHERE text <> ''") == []
    told = await chief.get("/api/privacy/retention")
    assert {"kind": "words", "gone": 1, "failed": 0} in told["went"]
    assert {"kind": "words", "days": 3650, "since": "ended", "then": "erase"} in told["rules"]


async def test_the_log_stays_whole_where_words_were_erased(
    app: Application, office: AppContext, clock: FixedClock
) -> None:
    await closed_case(app)
    keeper = LogKeeper(office.store, office.clock, SIGNING)
    while await keeper.append():
        pass
    clock.move(YEARS)
    await swept(office)
    while await keeper.append():
        pass
    found = await RecordCheck(office.store, SIGNER.public, ()).run()
    assert found.entries > len(TO_CLOSE)
    salts = "SELECT count(*) FROM log_entry WHERE kind = 'step' AND salt IS NULL"
    ((bare,),) = await rows(office, salts)
    assert bare == len(await rows(office, "SELECT 1 FROM step WHERE erased_at IS NOT NULL")) > 0


async def test_a_night_is_done_once_from_its_hour_on(
    app: Application, office: AppContext, clock: FixedClock
) -> None:
    await closed_case(app)
    clock.move(YEARS - timedelta(hours=9))  # midnight in the city
    await retention.run_night(office, 2, AHEAD)
    assert await rows(office, "SELECT day FROM retention_night") == []
    clock.move(timedelta(hours=2))
    await retention.run_night(office, -1, AHEAD)
    assert await rows(office, "SELECT day FROM retention_night") == []
    await retention.run_night(office, 2, AHEAD)
    ((told,),) = await rows(office, "SELECT told FROM retention_night WHERE done_at IS NOT NULL")
    assert {"kind": "words", "gone": 1, "failed": 0} in told
    await closed_case(app, "2", "13900139000")
    await retention.run_night(office, 2, AHEAD)
    assert len(await rows(office, "SELECT day FROM retention_night")) == 1


async def test_nothing_goes_by_a_clock_that_leapt_years_ahead(
    app: Application, office: AppContext, clock: FixedClock, sign_in: SignIn
) -> None:
    words = "SELECT text <> '' FROM cases"
    await closed_case(app)
    await retention.run_night(office, -1, AHEAD)  # whatever the hour, the clock is looked at
    for _ in range(3):
        clock.move(timedelta(days=29, hours=23))  # as long as a hotline may be switched off
        await retention.run_night(office, 2, AHEAD)
    nights = await rows(office, "SELECT day FROM retention_night")
    right = clock.now()
    clock.move(YEARS)
    # All that is alive goes by the same clock, and says so at once.
    await aside.beat(office, Beat("backend", clock.now()))
    await closed_case(app, "2", "13900139000")
    for _ in range(3):
        await retention.run_night(office, 2, AHEAD)
        clock.move(timedelta(days=1))
    assert await rows(office, words) == [(True,), (True,)]
    assert await rows(office, "SELECT day FROM retention_night") == nights
    chief = await sign_in("chief1")
    told = await chief.get("/api/privacy/retention")
    assert told["seen_at"] == iso(right)
    assert told["doubted_at"] == iso(right + YEARS)
    # A day that it does not show confirms nothing; a clock that is right again needs nobody.
    assert not await retention.confirm_clock(office, right.date())
    wrong, clock.at = clock.at, right + timedelta(days=1)
    await retention.run_night(office, 2, AHEAD)
    assert (await chief.get("/api/privacy/retention"))["doubted_at"] is None
    assert len(await rows(office, "SELECT day FROM retention_night")) == len(nights) + 1
    assert await rows(office, words) == [(True,), (True,)]
    # Who says that so long has gone by lets it go.
    clock.at = wrong
    await retention.run_night(office, 2, AHEAD)
    assert await retention.confirm_clock(office, wrong.astimezone(office.city.zone).date())
    await retention.run_night(office, 2, AHEAD)
    assert sorted(await rows(office, words)) == [(False,), (True,)]
    said = "SELECT subject FROM audit WHERE what = 'clock_confirmed'"
    assert await rows(office, said) == [(wrong.astimezone(office.city.zone).date().isoformat(),)]


async def test_the_last_night_tells_what_the_clock_was_where_nothing_else_does(
    app: Application, office: AppContext, clock: FixedClock
) -> None:
    await closed_case(app)
    await retention.run_night(office, 2, AHEAD)
    async with office.store.begin() as connection:
        await connection.execute(text("DELETE FROM seen_clock"))
    clock.move(YEARS)
    await retention.run_night(office, 2, AHEAD)
    assert await rows(office, "SELECT text <> '' FROM cases") == [(True,)]


async def test_what_is_kept_longest_stops_no_night(
    app: Application, office: AppContext, clock: FixedClock
) -> None:
    longest = {"keep": [{"kind": "contact", "then": "erase"}, {"kind": "words", "days": 9,
               "then": "erase"}]}  # fmt: skip
    await closed_case(app)
    clock.move(YEARS)
    asked = [
        retention.asked_by(office, rule, office.clock.now())
        for rule in parse_privacy(longest).ending
    ]
    told = {}
    async with office.store.connect() as connection:
        for one in asked:
            told[str(one.kind)] = await erasure.count(connection, office.contacts, one)
    assert told == {"contact": 0, "words": 1}


def test_rules_name_what_is_wrong() -> None:
    wrong = (
        {"keep": [{"kind": "audit", "days": 3, "then": "drop"}]},
        {"keep": [{"kind": "words", "days": 0, "then": "erase"}]},
        {"keep": [{"kind": "words", "days": 3, "then": "drop"}]},
        {"keep": [{"kind": "draft", "days": 3, "since": "ended", "then": "drop"}]},
        {"keep": [{"kind": "gossip", "days": 3}]},
        {"keep": [{"kind": "draft", "days": 3}, {"kind": "draft", "days": 4}]},
        {"reason": [{"id": "x", "name": ""}]},
    )
    for one in wrong:
        with pytest.raises(Invalid) as told:
            parse_privacy(one)
        assert told.value.field.startswith("privacy."), one
    assert {one.kind for one in parse_privacy(read("privacy.toml")).rules} == set(DataKind)
    assert parse_privacy({"schema": 1}) == PrivacyRules()
