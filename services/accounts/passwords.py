"""Passwords: hashed with argon2id, never kept, never written to a log."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.errors import UnusableInput
from models.account import Account

LEAST_CHARACTERS, MOST_CHARACTERS = 12, 200  # a long password costs nothing to hash, a very long one does
_hasher = PasswordHasher()


def hash_password(password: str, *, login: str = "") -> str:
    """The argon2id hash of a new password.

    Raises UnusableInput where it is too short, too long, made of few signs, or the login itself.
    """
    if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        raise UnusableInput("password_length", least=LEAST_CHARACTERS, most=MOST_CHARACTERS)
    if len(set(password)) < 5 or (login and login.casefold() in password.casefold()):
        raise UnusableInput("password_too_simple")
    return _hasher.hash(password)


def verify_password(account: Account | None, password: str) -> bool:
    """Whether this is the password of the account; an unknown account takes as long to refuse as a known one."""
    known = account.password_hash if account and account.password_hash else None
    try:
        # Always hash something: the time of the answer must not tell whether the login exists.
        matches = _hasher.verify(known or _nobody(), password[:MOST_CHARACTERS])
    except (VerificationError, InvalidHashError):
        return False
    return matches and known is not None


def renew_hash(account: Account, password: str) -> None:
    """Hash the password again where the cost of a hash was raised since."""
    if account.password_hash and _hasher.check_needs_rehash(account.password_hash):
        account.password_hash = _hasher.hash(password)


@cache
def _nobody() -> str:
    return _hasher.hash("the password of nobody")
