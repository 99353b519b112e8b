"""What the README claims of the demo is what the commands print."""

import re
import shlex
from pathlib import Path

import pytest

README = Path(__file__).resolve().parent.parent / "README.md"
COMMAND = re.compile(r"^\$ flask (?P<words>.*)$")


def claims():
    """Each command of a console block with the lines it is said to print."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.S):
        for line in block.splitlines():
            command = COMMAND.match(line)
            if command:
                found.append((command["words"], []))
            else:
                found[-1][1].append(line)
    return found


def plain(text):
    """Without the lines of tables and with single spaces."""
    return [" ".join(re.sub(r"[│┃]", " ", line).split()) for line in text.splitlines()]


@pytest.fixture
def demo(app_on, tmp_path, monkeypatch):
    monkeypatch.setenv("PHENOTHEQUE_LOCALE", "en")
    app = app_on(f"sqlite:///{tmp_path / 'readme.sqlite'}")
    runner = app.test_cli_runner()
    seeded = runner.invoke(args=["seed", "demo"])
    assert seeded.exit_code == 0, seeded.output
    return runner


def test_the_tour_prints_what_the_readme_shows(demo):
    tour = claims()
    assert len(tour) >= 8
    for words, lines in tour:
        result = demo.invoke(args=shlex.split(words))
        assert result.exit_code == 0, result.output
        printed = plain(result.stdout)
        for line in lines:
            assert any(" ".join(line.split()) in one for one in printed), f"{words}: {line}\n{result.stdout}"


def test_the_pictures_are_there():
    for picture in re.findall(r"!\[.*?\]\((.*?)\)", README.read_text(encoding="utf-8")):
        assert (README.parent / picture).is_file(), picture
