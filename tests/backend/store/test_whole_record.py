"""One flipped byte in any column of the record, or in a file of it on the disk, is found and named.

Every table of the database is either part of the record, or it is told here why it is not: a new
one that is neither makes a test fail.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy import Table, text

from backend.desks import audit
from backend.desks.audit import What
from backend.desks.context import AppContext
from backend.media import MediaStore
from backend.store import log_checkpoints, media, nights, privacy, record_cases
from backend.store.erasure import Erasing, erase
from backend.store.log_sources import SOURCES
from backend.store.privacy import StoredWish
from backend.store.record_check import Differs, RecordCheck
from backend.store.schema import METADATA, migrate
from backend.store.session import Transaction, make_engine
from config.sections import MediaSettings
from hotline.ids import new_id
from hotline.media import Attachment, MediaKind
from hotline.privacy import DataKind
from hotline.record.checkpoint import Signer
from tests.backend.store.test_record_log import SIGNER, erased, keeper, published, report, work_off
from tests.backend.test_media import make_wav
from tests.cities import MONDAY

pytestmark = pytest.mark.slow

OF_THE_LOG: Final = ("log_entry", "log_segment", "log_node", "log_checkpoint", "log_witness")
# Worked out of the steps, and compared with what they make.
WORKED_OUT: Final = ("cases",)
# What a step, a report or an entry of the audit says already, is worked out of it, or is no matter
# of what was done.
BESIDE: Final[Mapping[str, str]] = {
    "case_text": "the words of a case once more, to be searched",
    "move_key": "keys of moves, which the steps have too",
    "contact": "how somebody is reached, by an id that the report's maker is logged by",
    "former_contact": "ids that contacts had: each has to be made of a spelling of their number",
    "notice": "what is to be sent, and how far it is; what caused it is a step",
    "job": "what is still to be done",
    "call": "the exchange's; what was told in a call is a report",
    "call_mark": "how a call went",
    "call_survey": "what callers said of their calls: of the call, and of no case",
    "revisit": "what is asked after closing, by a notice; what comes of it is a step",
    "revisit_answer": "what was answered to it; written once, and what comes of it is a step",
    "do_not_call": "who is not to be rung; writing it down is in the audit",
    "joined_caller": "who else called about it: each of them is told by a report",
    "media_holder": "who may name a file before a case has it",
    "draft": "what is being typed",
    "number_block": "serials that were handed out",
    "change": "on its way into the feed",
    "feed": "what consoles were told",
    "secret": "a key, under which nothing is found if it was changed",
    "erased_file": "files to be taken from the disk",
    "account": "how people sign in; that they did is in the audit",
    "session": "who is signed in now",
    "second_factor": "how people sign in",
    "recovery_code": "how people sign in",
    "login_try": "who tries to sign in",
    "known_place": "from where people sign in",
    "chat": "chats of people; binding one is in the audit",
    "chat_code": "codes to bind a chat by",
    "working_post": "which of their posts somebody works by now",
    "leave": "who is away; telling it is in the audit",
    "saved_view": "how somebody likes lists",
    "claim": "who has a case's page open now",
    "audit_words": "what was searched for; its hash is in the audit, and it may be emptied",
    "seen_clock": "when the clock was believed; who confirmed it is in the audit",
    "beat": "which parts are alive",
    "seat": "who sits at a telephone now",
    "seat_event": "how seats were used",
    "listening": "who listens now; each that began, turned or ended is in the audit",
    "room_order": "what is to be done with a call now",
    "nuisance": "who is kept away; asking for it and agreeing are in the audit",
    "bulletin": "what callers hear; saying and ending it are in the audit",
    "call_back": "whom to ring; what people do about one is in the audit",
    "article_change": "what seats read out: nothing of it is changed, writing it is in the audit",
    "call_answer": "calls without a case: answering one and undoing it are in the audit",
    "alarm": "that something was late, worked out of clocks",
    "log_due": "what waits to be logged",
}
TABLES: Final = {
    "step": "step", "audit": "audit", "release": "release", "section": "section",
    "activation": "activation", "person_change": "person_change", "report": "report",
    "case_media": "case_media", "media": "media", "transcript": "transcript",
    "case_hold": "case_hold", "erased": "erased", "erasure": "erasure",
    "file_erased": "file_erased", "retention_night": "retention_night",
}  # fmt: skip
# What is no evidence; an instant that is signed is so to the millisecond.
APART: Final = {("log_checkpoint", "id"), ("log_checkpoint", "at"), ("log_witness", "at")}


WITNESS: Final = Signer("auditor", bytes(range(1, 33)))


def changed(table: Table, column: str) -> str:
    """A value that differs in one byte from the one that is there, or is there after all."""
    kind = table.columns[column].type.__class__.__name__
    by = {
        "JSONB": "jsonb_build_array({c})",
        "ARRAY": "array_append({c}, '')",
        "Uuid": "COALESCE(translate({c}::text, '0123456789', '1234567890')::uuid, "
        "gen_random_uuid())",
        "DateTime": "COALESCE({c} + interval '1 microsecond', now())",
        "BigInteger": "COALESCE({c}, 0) + 4096",
        "SmallInteger": "COALESCE({c}, 0) + 1",
        "Double": "COALESCE({c} + 1e-9, 1)",
        "Boolean": "NOT {c}",
        "LargeBinary": "CASE WHEN length({c}) > 0 THEN set_byte({c}, 0, get_byte({c}, 0) # 1) "
        "ELSE '\\x00'::bytea END",
    }.get(kind, "COALESCE(overlay(NULLIF({c}, '') placing chr(ascii({c}) # 1) from 1), 'z')")
    return by.format(c=f'"{column}"')


async def fill(office: AppContext, folder: Path) -> MediaStore:
    """One row at the least in every table of the record, all of it logged and signed."""
    files = MediaStore(folder / "media", MediaSettings())
    files.open()
    await published(office)
    for turn in range(8):
        await report(office, f"k{turn}")
    sound = await files.put_bytes(make_wav(seconds=1), MediaKind.RECORDING)
    async with office.store.connect() as connection:
        first, second = (
            await connection.execute(text("SELECT id FROM cases ORDER BY id LIMIT 2"))
        ).scalars()

    async def work(transaction: Transaction) -> None:
        await _write(transaction, sound, first)

    await office.store.transaction(office.clock.now, work)
    await erased(office, second)
    await _take(office, await files.put_bytes(make_wav(seconds=2), MediaKind.RECORDING))
    async with office.store.begin() as connection:
        await nights.enter(connection, "2026-11-23", MONDAY)
        await nights.done(connection, "2026-11-23", MONDAY, [])
        person = (
            "INSERT INTO person_change (person, at, gone, about, how, made_by, reason) "
            "VALUES ('p', now(), false, '{}', 'import', 'chief1', 'neu')"
        )
        await connection.execute(text(person))
    await work_off(office)
    await keeper(office).sign()
    async with office.store.begin() as connection:
        last = await log_checkpoints.last(connection)
        assert last is not None
        signed = WITNESS.sign(last.signed)
        await log_checkpoints.keep_witnessed(
            connection, WITNESS.name, WITNESS.public, MONDAY, signed
        )
    return files


async def _take(office: AppContext, file: Attachment) -> None:
    """Let a file be handed in that no case names, and be erased by the rule for such."""

    async def came(transaction: Transaction) -> None:
        media.add_file(transaction, file, 1, {"connector:ivr"})

    async def goes(transaction: Transaction) -> None:
        asked = Erasing(DataKind.UPLOAD, MONDAY + timedelta(days=9_000), False, [], [])
        named, now = [file.sha256], transaction.now
        assert await erase(transaction.connection, office.contacts, asked, named, now) == 1
        await audit.record(transaction, What.ERASED, "system", subject=f"{DataKind.UPLOAD} 1")

    await office.store.transaction(office.clock.now, came)
    await work_off(office)
    await office.store.transaction(office.clock.now, goes)


async def _write(transaction: Transaction, sound: Attachment, case: UUID) -> None:
    connection, now = transaction.connection, transaction.now
    media.add_file(transaction, sound, 1, {"connector:ivr"})
    link = media.link_row(case, sound.sha256, MediaKind.RECORDING, "sound/1#2", now)
    transaction.add("case_media", link)
    heard = {
        "case_id": case, "sha256": sound.sha256, "engine": "e", "text": "井盖", "raw": "jg",
        "confidence": 0.5, "seconds": 1.0, "at": now,
    }  # fmt: skip
    transaction.add("transcript", heard)
    await audit.record(transaction, What.CONTACT_OPENED, "acceptor1", subject="x")
    await transaction.flush()
    await privacy.hold(connection, new_id(now), case, "诉讼", "chief1", now)
    await privacy.release(connection, case, "结案", "chief1", now)
    ident = new_id(now)
    wish = StoredWish(ident, case, "phone", "8000", "本人", "chief1", now, "", None, "", [])
    await privacy.add_wish(connection, wish)
    await privacy.settle(connection, ident, "chief2", now, "erased", ["1"])


async def whole(office: AppContext, files: MediaStore) -> None:
    await RecordCheck(office.store, SIGNER.public, file=files.is_whole).run()


@pytest.fixture
def tables(database: str) -> str:
    """A database of our own, with no foreign keys and conditions: who owns it can drop them."""
    asyncio.run(_migrate(database))
    return database


async def _migrate(url: str) -> None:
    engine = make_engine(url)
    await migrate(engine)
    async with engine.begin() as connection:
        await connection.execute(text(_UNBOUND))
    await engine.dispose()


_UNBOUND: Final = """DO $$ DECLARE one record; BEGIN
FOR one IN SELECT conrelid::regclass AS of, conname FROM pg_constraint
WHERE contype IN ('f', 'c') AND conparentid = 0 AND connamespace = 'public'::regnamespace
LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.of, one.conname); END LOOP;
END $$"""


@pytest.fixture
async def filled(office: AppContext, tmp_path: Path) -> AsyncIterator[MediaStore]:
    files = await fill(office, tmp_path)
    yield files
    files.close()


@pytest.mark.house
def test_every_table_is_of_the_record_or_it_is_told_why_not() -> None:
    ours = {*TABLES, *OF_THE_LOG, *WORKED_OUT}
    assert set(METADATA.tables) == ours | set(BESIDE)
    assert not ours & set(BESIDE)
    read = " ".join(one.table for one in SOURCES.values())
    assert [one for one in TABLES if one not in read.replace("(", " ").split()] == []


@pytest.mark.parametrize("name", [*TABLES, *OF_THE_LOG, *WORKED_OUT])
async def test_a_byte_of_any_column_is_found(
    office: AppContext, filled: MediaStore, name: str
) -> None:
    table, unseen = METADATA.tables[name], []
    await whole(office, filled)
    async with office.store.begin() as connection:
        await connection.execute(text(f"CREATE TABLE kept AS TABLE {name}"))
        assert await connection.scalar(text("SELECT count(*) FROM kept")) > 0
    for column in (one.name for one in table.columns):
        if (name, column) in APART:
            continue
        row = f"(tableoid, ctid) = (SELECT tableoid, ctid FROM {name} LIMIT 1)"
        flip = f'UPDATE {name} SET "{column}" = {changed(table, column)} WHERE {row}'
        back = f"DELETE FROM {name}", f"INSERT INTO {name} SELECT * FROM kept"
        await _as_owner(office, flip)
        try:
            await whole(office, filled)
            unseen.append(column)
        except Differs:
            pass
        await _as_owner(office, *back)
    await whole(office, filled)
    assert unseen == []


async def _as_owner(office: AppContext, *orders: str) -> None:
    """Do what the owner of the database can do: no trigger stands in the way."""
    async with office.store.begin() as connection:
        for one in (*TABLES, *OF_THE_LOG, *WORKED_OUT):
            await connection.execute(text(f"ALTER TABLE {one} DISABLE TRIGGER USER"))
        for one in orders:
            assert (await connection.execute(text(one))).rowcount > 0
        for one in (*TABLES, *OF_THE_LOG, *WORKED_OUT):
            await connection.execute(text(f"ALTER TABLE {one} ENABLE TRIGGER USER"))


async def test_a_byte_of_a_file_on_the_disk_is_found_and_named(
    office: AppContext, filled: MediaStore
) -> None:
    async with office.store.connect() as connection:
        sha256 = str(await connection.scalar(text("SELECT sha256 FROM media")))
        number = await connection.scalar(
            text("SELECT number FROM cases c JOIN case_media l ON l.case_id = c.id")
        )
    path = filled.find(sha256)
    was = path.read_bytes()
    path.write_bytes(was[:-1] + bytes([was[-1] ^ 1]))
    with pytest.raises(Differs, match=f"^bytes: {sha256} {number}$"):
        await whole(office, filled)
    # Whoever leaves the files out does not find it.
    found = await RecordCheck(office.store, SIGNER.public).run()
    assert found.files == 0
    path.unlink()
    with pytest.raises(Differs, match="bytes"):
        await whole(office, filled)
    path.write_bytes(was)
    await whole(office, filled)


async def test_what_goes_by_an_erasure_is_told_and_leaves_the_log_whole(
    office: AppContext, filled: MediaStore
) -> None:
    async with office.store.connect() as connection:
        case = await connection.scalar(text("SELECT case_id FROM case_media"))
    data = DataKind.CONTACT, DataKind.WORDS, DataKind.TRANSCRIPT, DataKind.RECORDING
    await erased(office, case, *data)
    await whole(office, filled)
    await work_off(office)
    await whole(office, filled)
    bare = "SELECT kind FROM log_entry WHERE salt IS NULL AND kind <> 'head' AND sealed <> ''"
    async with office.store.connect() as connection:
        kinds = sorted((await connection.execute(text(f"{bare} AND ref !~ '#[0-9]+$'"))).scalars())
        later = sorted(
            (
                await connection.execute(text("SELECT kind FROM log_entry WHERE ref ~ '#[0-9]+$'"))
            ).scalars()
        )
    # The other file went when it was named by no case.
    gone = ["link", "report", "reporter", "step", "stored", "stored", "transcript"]
    assert kinds == gone
    assert later == [one for one in gone if one != "step"]
    # A salt that goes without such an entry is no erasure.
    await _as_owner(office, "UPDATE log_entry SET salt = NULL WHERE kind = 'report' AND seq = "
                    "(SELECT max(seq) FROM log_entry WHERE kind = 'report')")  # fmt: skip
    with pytest.raises(Differs, match="salt"):
        await whole(office, filled)


# The entry of the file that is there.
_LATEST: Final = (
    "(SELECT max(seq) FROM log_entry JOIN media ON object = 'stored:' || sha256 "
    "WHERE log_entry.kind = 'stored' AND ref !~ '#')"
)
_LET_GO: Final = (
    f"UPDATE log_entry SET salt = NULL WHERE seq = {_LATEST}",
    "INSERT INTO log_due (kind, ref) SELECT kind, ref || '#1' FROM log_entry "
    f"WHERE seq = {_LATEST}",
)
_FORGED: Final = (
    "INSERT INTO file_erased SELECT e.ref, {at}, '{kind}', '{how}' FROM log_entry AS e "
    f"WHERE e.seq = {_LATEST}"
)


async def test_a_file_is_taken_only_by_its_own_erasure(
    office: AppContext, filled: MediaStore
) -> None:
    """There are erasures of its case and of other files, and entries of the audit of each."""
    async with office.store.connect() as connection:
        case = await connection.scalar(text("SELECT case_id FROM case_media"))
    await erased(office, case, DataKind.CONTACT, DataKind.WORDS, DataKind.TRANSCRIPT)
    await work_off(office)
    await whole(office, filled)
    emptied = "UPDATE media SET hint_lon = NULL, hint_lat = NULL, hint_metres = NULL"
    # Its position is emptied in the name of an erasure; the file itself is still there.
    await _as_owner(office, emptied, *_LET_GO)
    for _ in range(2):
        with pytest.raises(Differs, match=r"^unordered: \d+ stored "):
            await whole(office, filled)
        await work_off(office)
    # Neither by one that took something else, nor by one of which nobody has said who it was.
    at = "(SELECT max(at) FROM audit WHERE what = 'erased' AND subject LIKE '{} %')"
    for kind, how, when in (
        ("words", "rule", at.format("words")),
        ("position", "rule", at.format("words")),
        ("photo", "rule", at.format("words")),
        ("position", "someone", at.format("words")),
        ("upload", "rule", at.format("upload")),
        ("position", "rule", "now()"),
    ):
        await _as_owner(office, _FORGED.format(kind=kind, how=how, at=when))
        with pytest.raises(Differs, match=r"^unordered: \d+ stored "):
            await whole(office, filled)
        await _as_owner(office, "DELETE FROM file_erased WHERE stored = "
                        f"(SELECT ref FROM log_entry WHERE seq = {_LATEST})")  # fmt: skip


async def test_an_erasure_of_a_file_that_nobody_answers_for_is_named(
    office: AppContext, filled: MediaStore
) -> None:
    forged = "INSERT INTO file_erased SELECT stored, now(), kind, how FROM file_erased"
    async with office.store.begin() as connection:
        await connection.execute(text(forged))
    for _ in range(2):
        with pytest.raises(Differs, match=r"^unordered: [0-9a-f]{64}/\d+ upload "):
            await whole(office, filled)
        await work_off(office)


async def test_a_case_that_is_not_what_its_steps_make_is_named(
    office: AppContext, filled: MediaStore
) -> None:
    async with office.store.connect() as connection:
        number = await connection.scalar(text("SELECT min(number) FROM cases"))
    one = f"WHERE number = '{number}'"
    for change, named in (
        ("stage = 'closed', text = 'nothing'", f"{number} stage text"),
        ("assigned = array_append(assigned, 'x')", f"{number} assigned"),
        ("fields = '{\"x\": 1}'", f"{number} fields"),
        ("clocks = '[]'", f"{number} [?]"),
        ("version = version + 1", f"{number} version"),
    ):
        kept = "DROP TABLE IF EXISTS kept", "CREATE TABLE kept AS TABLE cases"
        async with office.store.begin() as connection:
            for order in kept:
                await connection.execute(text(order))
        await _as_owner(office, f"UPDATE cases SET {change} {one}")
        with pytest.raises(Differs, match=rf"^case: {named}$"):
            await whole(office, filled)
        await _as_owner(office, "DELETE FROM cases", "INSERT INTO cases SELECT * FROM kept")
    await _as_owner(office, f"DELETE FROM cases {one}")
    with pytest.raises(Differs, match=r"^case: "):
        await whole(office, filled)


@pytest.mark.parametrize("at_once", [1, 3, 7, 8, 9])
async def test_a_case_is_compared_wherever_it_stands(
    office: AppContext, filled: MediaStore, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_cases, "AT_ONCE", at_once)
    await whole(office, filled)
    async with office.store.connect() as connection:
        numbers = (await connection.execute(text("SELECT number FROM cases ORDER BY id"))).scalars()
    for number in (one for at, one in enumerate(numbers) if at in (0, 2, 3, 7)):
        language = f"UPDATE cases SET language = {{}} WHERE number = '{number}'"
        await _as_owner(office, language.format("'x' || language"))
        with pytest.raises(Differs, match=rf"^case: {number} language$"):
            await whole(office, filled)
        await _as_owner(office, language.format("substr(language, 2)"))
    # A first step that says nothing makes no case, whatever the next one says.
    made = (
        "UPDATE step SET changes = '{}' WHERE case_id = (SELECT id FROM cases ORDER BY id LIMIT 1)"
    )
    async with office.store.begin() as connection:
        await connection.execute(text("ALTER TABLE step DISABLE TRIGGER USER"))
        await connection.execute(text(made))
        assert await record_cases.case_that_differs(connection) is not None
        await connection.rollback()


async def test_a_witness_that_never_signed_is_named(office: AppContext, filled: MediaStore) -> None:
    forged = "INSERT INTO log_witness SELECT 'other', public, at, signed FROM log_witness"
    await _as_owner(office, forged)
    with pytest.raises(Differs, match=r"^witness: other$"):
        await whole(office, filled)
