"""`hotline leave`: set, listed, ended; and what cannot be is said, with what to do instead."""

import pytest

from tests.backend.commands import Run

SPAN = ("--until", "2037-01-01T08:00")


@pytest.fixture
def run(hotline_on: Run) -> Run:
    """Run a command of `hotline`."""
    return hotline_on


def test_a_leave_is_set_listed_and_ended(run: Run) -> None:
    assert run("release", "publish")[0] == 0
    assert run("leave", "list") == (0, "Nobody is away.\n")
    code, told = run("leave", "set", "collector01", "--proxy", "collector02", "--note", "ill")
    assert code == 0, told
    assert "collector02 acts for them  ill" in told
    number = told.split()[0]
    assert run("leave", "list")[1] == told
    for wrong, reason in [
        (("set", "collector01", "--note", "ill"), "is away then already"),
        (("set", "collector03", "--proxy", "collector01", "--note", "x"), "is away then"),
        (("set", "water1", "--proxy", "collector03", "--note", "x"), "would have"),
        (("set", "collector03", *SPAN, "--note", "x"), "years ahead"),
        (("set", "collector03", "--since", "soon", "--note", "x"), "soon is no time"),
        (("set", "collector03"), "a leave needs it"),
        (("set", "nobody", "--note", "x"), "no person nobody"),
        (("set",), "Name the person"),
        (("end", "x"), "by its number"),
        (("end", "999"), "no leave 999"),
    ]:
        code, told = run("leave", *wrong)
        assert code == 2, (wrong, told)
        assert reason in told
    assert run("leave", "end", number)[0] == 0
    code, told = run("leave", "end", number)
    assert (code, "is over" in told) == (2, True)
    assert run("leave", "list") == (0, "Nobody is away.\n")
    assert "ill" in run("leave", "history", "collector01")[1]
