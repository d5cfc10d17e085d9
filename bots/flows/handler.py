"""What is special in a department's cases: a finish by photo. (专业部门)"""

from bots.flow import FlowContext


def finish_note(scene: FlowContext) -> str:
    """Give the words of a finish whose photo speaks for itself."""
    return scene.say("task.done_by_photo")
