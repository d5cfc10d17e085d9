"""Which cases wait for whom."""

from backend.desks import authorization
from backend.desks.context import AppContext
from tests.posts import Post


def test_a_stage_waits_for_who_may_lead_it_on(office: AppContext) -> None:
    def stages(post: Post) -> list[str]:
        person = office.city.organisation.first_of(post)
        assert person is not None
        waiting = authorization.waiting_for(office.city.workflow, person.actor())
        return sorted({*waiting.stages, *(stage for stage, _ in waiting.lying)})

    assert stages(Post.ACCEPTOR) == ["reported", "self_audit", "to_check"]
    led = ["follow_up", "reopened", "reported", "self_audit", "to_check", "to_close"]
    assert stages(Post.DUTY_CHIEF) == led
    asked = ["extension_asked", "return_asked", "suspension_asked", "to_dispatch"]
    assert stages(Post.DISPATCHER) == stages(Post.DISTRICT_DISPATCHER) == asked
    assert stages(Post.COMMAND_CHIEF) == sorted([*asked, "extension_again", "force_asked", "hard"])
    assert stages(Post.COLLECTOR) == ["checking", "verifying"]
    assert stages(Post.LEADER) == ["force_asked"]
    # What a department asks for waits for others; what it assists with waits for it.
    assists = [*asked, "checking", "extension_again", "suspended", "to_check", "to_close"]
    assert set(stages(Post.DEPARTMENT)) == {"handling", *assists} - {"to_dispatch"}


def test_what_lies_with_somebody_waits_for_them_by_their_part(office: AppContext) -> None:
    actor = office.city.organisation.person("collector01").actor()
    waiting = authorization.waiting_for(office.city.workflow, actor)
    assert waiting.stages == frozenset()
    mine = frozenset({"collector:p:collector01"})
    assert waiting.lying == (("checking", mine), ("verifying", mine))
