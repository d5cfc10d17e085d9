"""The accounts of a city's people: made once, and given new passwords by the operator."""

import asyncio
from collections.abc import Iterable

from backend.desks import binding
from backend.desks.audit import What, record
from backend.passwords import Passwords, random_password
from backend.store import factors, people
from backend.store.session import Store, Transaction
from config.sections import PeopleSettings
from hotline.clock import Clock
from hotline.errors import NotFound
from hotline.people import SYSTEM


async def load_people(
    store: Store,
    clock: Clock,
    persons: Iterable[str],
    passwords: Passwords,
    settings: PeopleSettings,
    language: str,
) -> list[tuple[str, str]]:
    """Give people an account each; gives (username, password) of the new ones, once.

    A username is the person's code. Who has an account already keeps it and its password.
    """
    async with store.connect() as connection:
        known = await people.usernames(connection)
    new = {code: random_password(settings.password_length) for code in persons if code not in known}
    hashes = await asyncio.gather(*(passwords.hash(password) for password in new.values()))
    accounts = [
        people.Account(code.lower(), code, hashed, language)
        for code, hashed in zip(new, hashes, strict=True)
    ]

    async def work(transaction: Transaction) -> list[str]:
        return await people.add_accounts(transaction.connection, accounts, transaction.now)

    added = await store.transaction(clock.now, work)
    return [(one.username, new[one.person]) for one in accounts if one.username in added]


async def reset_password(
    store: Store,
    clock: Clock,
    passwords: Passwords,
    settings: PeopleSettings,
    username: str,
    *,
    drop_factor: bool = False,
) -> str:
    """Give an account a new random password; its sessions and chats end.

    With `drop_factor` its second factor goes too, for who has lost it and the recovery codes.
    Raises NotFound (no_person) when there is no such account.
    """
    password = random_password(settings.password_length)
    hashed = await passwords.hash(password)

    async def work(transaction: Transaction) -> None:
        account = await people.find_account(transaction.connection, username)
        if account is None:
            raise NotFound(f"there is no account {username}", code="no_person")
        await people.set_password(transaction.connection, username, hashed)
        by = SYSTEM.person
        await record(transaction, What.PASSWORD_RESET, by, subject=account.person)
        await binding.take_chats(transaction, account.person, by)
        if drop_factor and await factors.drop(transaction.connection, username):
            await record(transaction, What.FACTOR_ENDED, by, subject=account.person)

    await store.transaction(clock.now, work)
    return password
