"""An answer read whole, whatever it is packed in, and the secrets that it holds."""

import gzip
import io
import re
import zipfile
import zlib
from html import unescape
from urllib.parse import unquote

from tests.personal_data.known_by import SECRETS, SOUGHT, Secret


def read(answer, app) -> str:
    """All that an answer says, unpacked: its body, its headers, and what its cookie keeps."""
    data = answer.get_data()
    if answer.headers.get("Content-Encoding") == "gzip":
        data = gzip.decompress(data)
    if data.startswith(b"PK"):  # every part of a workbook: cells, names of sheets, headers, properties
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            data = b"\n".join(book.read(name) for name in book.namelist())
    body = read_pdf(data) if data.startswith(b"%PDF") else data.decode()
    cookies = [one.split(";")[0].partition("=")[2] for one in answer.headers.getlist("Set-Cookie")]
    kept = [str(app.session_interface.get_signing_serializer(app).loads(one)) for one in cookies if one]
    return "\n".join([body, str(answer.headers), *kept])


def read_pdf(data: bytes) -> str:
    """The text of a PDF as each of its fonts would read it, and its streams as they are."""
    # A packed stream may itself end with a carriage return: only the end of the line is not of it.
    parts = re.findall(rb"stream\r?\n(.*?)\nendstream", data, re.DOTALL)
    streams = [zlib.decompressobj().decompress(part) if part[:1] == b"x" else part for part in parts]
    fonts = [dict(re.findall(rb"<(\w{4})> <(\w+)>", stream)) for stream in streams if b"beginbfchar" in stream]
    pages = b"".join(stream for stream in streams if b" Tf" in stream)
    # A bracket needs no escape where its other half follows.
    drawn = re.findall(rb"\(((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*)\)", pages, re.DOTALL)
    codes = [code for text in drawn for code in re.findall(b"....", literal(text).hex().upper().encode())]
    letters = ["".join(font.get(code, b"003F").decode() for code in codes) for font in fonts]
    texts = (bytes.fromhex(one).decode("utf-16-be") for one in letters)
    return "\n".join([*(one.decode("latin-1") for one in streams), *texts])


def literal(text: bytes) -> bytes:
    """A string of a PDF without its escapes."""
    signs = dict(zip(b"nrtbf", b"\n\r\t\b\f", strict=True))

    def sign(found: re.Match) -> bytes:
        return bytes([int(found[1], 8) if found[1].isdigit() else signs.get(found[1][0], found[1][0])])

    return re.sub(rb"\\([0-7]{1,3}|.)", sign, text, flags=re.DOTALL)


def secrets_in(text: str) -> tuple[Secret, ...]:
    """The secrets that a text holds, however it is escaped, spaced, capitalised, or marked in parts."""
    said = unescape(text) + unquote(text) if "&" in text or "%" in text else text
    plain = re.sub(r"\s+", " ", re.sub("</?mark>", "", said)).casefold()
    return tuple(one for one, text in zip(SECRETS, SOUGHT, strict=True) if text in plain)
