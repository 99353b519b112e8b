"""Passwords: hashed with argon2id, never kept, never written to a log."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.errors import UnusableInput

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


def verify_password(known: str | None, password: str) -> bool:
    """Whether this is the password of that hash; an account without one takes as long to refuse as another."""
    try:
        # Always hash something: the time of the answer must not tell whether the login exists.
        matches = _hasher.verify(known or _nobody(), password[:MOST_CHARACTERS])
    except (VerificationError, InvalidHashError):
        return False
    return matches and bool(known)


def renewed_hash(known: str, password: str) -> str | None:
    """A new hash of the password where the cost of a hash was raised since; None where the known one will do."""
    return _hasher.hash(password) if _hasher.check_needs_rehash(known) else None


@cache
def _nobody() -> str:
    return _hasher.hash("the password of nobody")
