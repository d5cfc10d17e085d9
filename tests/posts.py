"""The posts of the demo city."""

from enum import StrEnum


class Post(StrEnum):
    COLLECTOR = "collector"
    ACCEPTOR = "acceptor"
    DUTY_CHIEF = "duty_chief"
    DISPATCHER = "dispatcher"
    COMMAND_CHIEF = "command_chief"
    DISTRICT_DISPATCHER = "district_dispatcher"
    DEPARTMENT = "department"
    LEADER = "leader"
    ADMINISTRATOR = "administrator"
    TELEPHONIST = "telephonist"
    CREW = "crew"
    AUDITOR = "auditor"
