"""Encrypted columns and blind indexes: personal text is unreadable in the database and its backups."""

import hmac
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from domain.errors import UnusableInput

INDEX_HEX_DIGITS = 32  # 128 bits of the HMAC: no accidental equality, half the size in the database
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys in use: the first data key encrypts, all of them decrypt."""

    fernet: MultiFernet
    index_key: bytes


_keys: Keys | None = None


def configure_keys(data_keys: Sequence[str], index_key: str) -> None:
    """Set the keys of this process; the first data key encrypts, the others only decrypt.

    Raises:
        UnusableInput: no data key, a data key that is not a Fernet key, or no index key.
    """
    global _keys
    if not data_keys or not index_key:
        raise UnusableInput("encryption_keys_missing")
    try:
        fernet = MultiFernet([Fernet(key) for key in data_keys])
    except ValueError as error:
        raise UnusableInput("data_key_malformed") from error
    _keys = Keys(fernet=fernet, index_key=index_key.encode())


def generate_key() -> str:
    """New random key, fit for a data key and for the index key."""
    return Fernet.generate_key().decode()


def _configured() -> Keys:
    if _keys is None:
        raise UnusableInput("encryption_keys_missing")
    return _keys


def encrypt_bytes(content: bytes) -> bytes:
    """Token of a file's bytes under the first data key, as ASCII without line ends."""
    return _configured().fernet.encrypt(content)


def decrypt_bytes(token: bytes) -> bytes:
    """Bytes of a token made under any of the data keys. Raises UnusableInput where none of them made it."""
    try:
        return _configured().fernet.decrypt(token)
    except InvalidToken as error:
        raise UnusableInput("data_key_wrong") from error


class EncryptedText(sa.types.TypeDecorator[str]):
    """Text stored as a Fernet token; null and empty text are stored as they are."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Token of the text under the first data key."""
        if not value:
            return value
        return _configured().fernet.encrypt(value.encode()).decode()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Text of a token made under any of the data keys."""
        if not value:
            return value
        try:
            return _configured().fernet.decrypt(value).decode()
        except InvalidToken as error:
            raise UnusableInput("data_key_wrong") from error

    def coerce_compared_value(self, op: Any, value: Any) -> sa.types.TypeEngine[Any]:
        """A token is never equal to another of the same text: comparisons go through the blind indexes."""
        return self


class EncryptedJson(sa.types.TypeDecorator[Any]):
    """A JSON value stored as a Fernet token of its text; one stored in clear before is read as it is."""

    impl = sa.JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        """Token of the value under the first data key; null and what is empty say nothing and are stored so."""
        return _configured().fernet.encrypt(json.dumps(value).encode()).decode() if value else value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        """Value of a token made under any of the data keys."""
        if not isinstance(value, str):
            return value
        try:
            return json.loads(_configured().fernet.decrypt(value))
        except InvalidToken as error:
            raise UnusableInput("data_key_wrong") from error


def blind_index(value: str | None, field: str) -> str | None:
    """Keyed fingerprint (hex) by which an encrypted text is found again; None where there is nothing to find.

    Equal for texts that differ only in case, accents and spacing; a name also in punctuation, a phone in
    its writing.
    """
    plain = normalise_for_index(value or "", field)
    if not plain:
        return None
    digest = hmac.digest(_configured().index_key, f"{field}\x1f{plain}".encode(), "sha256")
    return digest.hex()[:INDEX_HEX_DIGITS]


def normalise_for_index(value: str, field: str) -> str:
    """Text as the blind index of this field compares it."""
    text = value.casefold()
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
        text = "".join(mark for mark in decomposed if not unicodedata.combining(mark)).casefold()
    if field == "phone":
        return _national_number(text)
    if field == "name":
        text = re.sub(r"[^\w]+", " ", text)
    return " ".join(text.split())


def _national_number(text: str) -> str:
    digits = re.sub(r"[^\d+]", "", text.replace("(0)", ""))
    # +33 6 … and 0033 6 … are written 06 … at home.
    return re.sub(r"^(?:\+|00)33(?=[1-9])", "0", digits)
