"""Chats that are bound to people, and the one-use codes that bind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    UniqueConstraint,
    any_,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row
from backend.store.compiled import Compiled, unseen
from backend.store.people import WorkingPostRow
from backend.store.writes import Raced
from hotline.channel import Channel


class ChatRow(Row):
    """A chat that is bound to a person: one of each channel at most."""

    __tablename__ = "chat"
    __table_args__ = (UniqueConstraint("person", "channel"),)

    channel: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str]
    language: Mapped[str]
    bound_at: Mapped[datetime]
    # Whether the code was made by the person themselves, signed in with a second factor.
    by_factor: Mapped[bool] = mapped_column(server_default="false")


CHAT: Final = ChatRow.__table__


class ChatCodeRow(Row):
    """A code that binds one chat, once."""

    __tablename__ = "chat_code"

    code_hash: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_by: Mapped[str | None]
    by_factor: Mapped[bool] = mapped_column(server_default="false")


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat of a person."""

    channel: Channel
    address: str
    person: str
    language: str
    by_factor: bool = False


async def add_code(
    connection: AsyncConnection,
    code_hash: str,
    person: str,
    made_by: str,
    now: datetime,
    expires_at: datetime,
    *,
    by_factor: bool = False,
) -> None:
    """Keep a one-use code; an older one of the person that waits is worthless from now."""
    await connection.execute(
        delete(ChatCodeRow).where(ChatCodeRow.person == person, ChatCodeRow.used_by.is_(None))
    )
    await connection.execute(
        insert(ChatCodeRow).values(
            code_hash=code_hash,
            person=person,
            made_by=made_by,
            made_at=now,
            expires_at=expires_at,
            by_factor=by_factor,
        )
    )


async def use_code(
    connection: AsyncConnection, code_hash: str, channel: Channel, address: str, now: datetime
) -> tuple[str, bool] | None:
    """Use a code up for a chat; None when it is unknown, used, or too old.

    Gives its person, and whether they made it themselves, signed in with a second factor.
    """
    used = await connection.execute(
        update(ChatCodeRow)
        .where(
            ChatCodeRow.code_hash == code_hash,
            ChatCodeRow.used_by.is_(None),
            ChatCodeRow.expires_at > now,
        )
        .values(used_by=_user(channel, address))
        .returning(ChatCodeRow.person, ChatCodeRow.by_factor)
    )
    row = used.first()
    return None if row is None else (row.person, row.by_factor)


async def still_bound(
    connection: AsyncConnection, code_hash: str, channel: Channel, address: str
) -> str | None:
    """Give the person of a code that this very chat used, while the chat is still theirs."""
    rows = await connection.execute(
        select(ChatCodeRow.person)
        .join(ChatRow, ChatRow.person == ChatCodeRow.person)
        .where(
            ChatCodeRow.code_hash == code_hash,
            ChatCodeRow.used_by == _user(channel, address),
            ChatRow.channel == channel,
            ChatRow.address == address,
        )
    )
    person = rows.scalar()
    return None if person is None else str(person)


async def bind_chat(connection: AsyncConnection, chat: Chat, now: datetime) -> list[Chat]:
    """Bind a chat to a person; give the bindings whose place it takes.

    Those are the person's chat of that channel, and whoever had this chat. Raises Raced when the
    same chat or person is being bound elsewhere at this moment.
    """
    gone = await _take(
        connection,
        ChatRow.channel == chat.channel,
        (ChatRow.person == chat.person) | (ChatRow.address == chat.address),
    )
    try:
        await connection.execute(
            insert(ChatRow).values(
                channel=chat.channel,
                address=chat.address,
                person=chat.person,
                language=chat.language,
                bound_at=now,
                by_factor=chat.by_factor,
            )
        )
    except IntegrityError as error:
        raise Raced(f"chat {chat.channel} of {chat.person} is being bound") from error
    return gone


async def unbind(
    connection: AsyncConnection, person: str, channel: Channel | None = None
) -> list[Chat]:
    """Take a person's chat of a channel away, or all, with every code that waits; give them."""
    await connection.execute(
        delete(ChatCodeRow).where(ChatCodeRow.person == person, ChatCodeRow.used_by.is_(None))
    )
    of_channel = () if channel is None else (ChatRow.channel == channel,)
    return await _take(connection, ChatRow.person == person, *of_channel)


async def person_of_chat(
    connection: AsyncConnection, channel: Channel, address: str
) -> tuple[str, str | None, bool] | None:
    """Give the person that a chat is bound to and the post that they chose to work in, or None.

    Beside them stands whether it was bound with a second factor.
    """
    rows = await connection.execute(
        select(ChatRow.person, WorkingPostRow.post, ChatRow.by_factor)
        .outerjoin(WorkingPostRow, WorkingPostRow.person == ChatRow.person)
        .where(ChatRow.channel == channel, ChatRow.address == address)
    )
    found = rows.first()
    return None if found is None else (found[0], found[1], found[2])


_ALL: Final = select(
    CHAT.c.channel, CHAT.c.address, CHAT.c.person, CHAT.c.language, CHAT.c.by_factor
).order_by(CHAT.c.person, CHAT.c.channel)
_OF_PEOPLE: Final = Compiled(
    _ALL.where(CHAT.c.person == any_(unseen(bindparam("people", type_=ARRAY(Text)))))
)


async def chats_of(connection: AsyncConnection, people: Sequence[str] | None = None) -> list[Chat]:
    """Give the chats of these people, or of everybody, in their order."""
    if people is None:
        rows: Sequence[Sequence[Any]] = (await connection.execute(_ALL)).all()
    else:
        rows = await _OF_PEOPLE.ask(connection, {"people": people})
    return [Chat(Channel(row[0]), row[1], row[2], row[3], row[4]) for row in rows]


async def _take(connection: AsyncConnection, *which: ColumnElement[bool]) -> list[Chat]:
    rows = await connection.execute(
        delete(ChatRow)
        .where(*which)
        .returning(ChatRow.channel, ChatRow.address, ChatRow.person, ChatRow.language)
    )
    return [Chat(Channel(row[0]), row[1], row[2], row[3]) for row in rows]


def _user(channel: Channel, address: str) -> str:
    return f"{channel}:{address}"
