"""A citizen asks for the proof of a report and gets a file."""

import json

from hotline.record.proof_file import LogProof
from tests.bots.stage import CITIZEN, Stage

PROOF = LogProof("", "{}\n{}", "ab", "{}", 0, 1, ("cd",), "ef", "signed", "key")


async def test_the_proof_comes_as_a_file_once_it_was_signed(stage: Stage) -> None:
    assert "还没有" in (await stage.write(CITIZEN, "/proof")).text
    number = await stage.report()
    assert "几分钟后" in (await stage.write(CITIZEN, "/proof")).text
    stage.backend.proofs[number] = PROOF
    for asked in ("/proof", f"/proof {number}"):
        sent = await stage.write(CITIZEN, asked)
        assert "存证凭据" in sent.text
        assert json.loads(sent.photo or b"")["path"] == ["cd"]
    assert (await stage.write(CITIZEN, "/proof 99999994")).photo is None
    assert (await stage.write(CITIZEN, "/proof nonsense")).photo is None
    assert (await stage.write(501, f"/proof {number}")).photo is None


async def test_a_damaged_log_is_told_at_once_and_holds_no_chat_up(stage: Stage) -> None:
    number = await stage.report()
    stage.backend.log_damaged = True
    sent = await stage.write(CITIZEN, f"/proof {number}")
    assert (sent.photo, "日志有损坏" in sent.text) == (None, True), sent.text
    stage.backend.log_damaged, stage.backend.proofs[number] = False, PROOF
    assert (await stage.write(CITIZEN, f"/proof {number}")).photo is not None
