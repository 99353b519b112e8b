"""Front-end files of others are exactly those that were written down."""

import hashlib
import re
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"
ROW = re.compile(r"^\| [\w-]+ \| [\d.]+ \| [\w.-]+ \| (\S+) \| ([0-9a-f]{64}) \|$", re.MULTILINE)


def test_every_vendored_file_is_written_down_and_unchanged():
    written = dict(ROW.findall((VENDOR / "VENDORED.md").read_text(encoding="utf-8")))
    present = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "VENDORED.md"
    }
    assert present == written
    assert present


def test_every_vendored_package_brings_its_licence():
    for folder in (path for path in VENDOR.iterdir() if path.is_dir()):
        assert (folder / "LICENSE").is_file(), folder.name
