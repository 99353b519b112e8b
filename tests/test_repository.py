"""What the repository must hold, and must never hold, whoever adds to it."""

import ast
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BINARY = {".png", ".ico", ".woff2", ".xlsx", ".npy", ".npz", ".mo", ".gz", ".zip"}
# Written in pieces, so that this file does not hold what it forbids.
REGISTRIES = ["pypi" + ".org", "python" + "hosted", "registry." + "npmjs", "deb." + "debian", "crates" + ".io"]
MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:work|farm|root|home|Users)/")
UNFINISHED = re.compile(r"\b(?:" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error"]) + r")\b")
MOST_BYTES = 3_000_000


def tracked() -> list[Path]:
    """Every file that is, or could be, committed."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    left_behind = {line.strip("/ ") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()}
    files = (p for p in ROOT.rglob("*") if p.is_file() and p.suffix != ".pyc")
    return [p for p in files if not left_behind.intersection(p.relative_to(ROOT).parts)]


def texts(*suffixes: str) -> list[tuple[Path, str]]:
    """Path and text of our own text files; vendored front-end files are other people's."""
    ours = [p for p in tracked() if "vendor" not in p.parts and p.suffix not in BINARY]
    return [(p, p.read_text(encoding="utf-8", errors="replace")) for p in ours if not suffixes or p.suffix in suffixes]


def places(pattern: re.Pattern, *suffixes: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path, text in texts(*suffixes)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_registry_host_is_named():
    assert places(re.compile("|".join(map(re.escape, REGISTRIES)))) == []


def test_no_path_of_one_machine_is_named():
    assert places(MACHINE_PATH) == []


def test_nothing_is_marked_unfinished():
    assert places(UNFINISHED, ".py", ".html", ".js", ".css", ".sh", ".toml") == []


def test_the_patterns_find_what_they_forbid():
    assert MACHINE_PATH.search("see /" + "home/someone/x")
    assert not MACHINE_PATH.search("../" + "work/x and docs/" + "home/x")
    assert UNFINISHED.search("# TO" + "DO later")


def test_no_file_is_huge():
    assert [str(p) for p in tracked() if p.stat().st_size > MOST_BYTES] == []


def test_no_error_is_swallowed():
    swallowed = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, text in texts(".py")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or all(isinstance(part, ast.Pass) for part in node.body))
    ]
    assert swallowed == []


def test_every_skip_says_why():
    silent = []
    for path, text in texts(".py"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".skip", ".skipif", ".xfail")):
                reasons = [k for k in node.keywords if k.arg == "reason"]
                if not reasons and not (ast.unparse(node.func) == "pytest.skip" and node.args):
                    silent.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert silent == []


def test_tests_hold_no_package():
    """An __init__.py in tests/models would shadow the package models."""
    assert [str(p) for p in (ROOT / "tests").rglob("__init__.py")] == []


# --- packages ---------------------------------------------------------------------------------------------------


def pins(name: str) -> dict[str, list[str]]:
    """Package → pinned lines of a lock file (several where Python versions differ)."""
    found: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / name).read_text(encoding="utf-8").strip()):
        package, pin = re.match(r"([a-z0-9-]+)(==[^\\]+)", block).groups()
        assert "--hash=sha256:" in block, f"{name}: {package} has no hash"
        found.setdefault(package, []).append(pin.strip())
    return found


def asked(requirements: list[str]) -> set[str]:
    return {re.match(r"[A-Za-z0-9-]+", line).group().lower() for line in requirements}


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_lock_pins_every_dependency_with_hashes():
    assert asked(project()["project"]["dependencies"]) <= pins("requirements.lock").keys()


def test_the_development_lock_holds_the_same_releases_and_more():
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: dev.get(name) for name in run} == run
    assert asked(project()["dependency-groups"]["dev"]) <= dev.keys()


def test_the_extra_of_eplets_is_pinned_apart_and_no_other_lock_holds_it():
    assert list(pins("requirements-eplets.lock")) == ["pelc"]
    assert asked(project()["project"]["optional-dependencies"]["eplets"]) == {"pelc"}
    assert "pelc" not in pins("requirements-dev.lock")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-eplets.lock"])
def test_the_lock_names_no_place(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"://|file:|--(?:extra-)?index-url|--find-links|^#", text, re.MULTILINE)


# --- make ---------------------------------------------------------------------------------------------------------


def make_targets() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^\.PHONY: (\S+)$", text, re.MULTILINE))


def test_make_help_explains_every_target():
    command = ["make", "--no-print-directory", "help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    explained = dict(line.split(maxsplit=1) for line in shown.splitlines())
    assert explained.keys() == make_targets()
    assert {"setup", "run", "test", "test-slow", "fast", "lint", "types", "check", "bench"} <= explained.keys()


@pytest.mark.parametrize("had", [True, False])
def test_setup_goes_on_where_the_eplet_tables_cannot_be_had(tmp_path, had):
    for name in ("Makefile", "requirements.lock", "requirements-dev.lock", "requirements-eplets.lock"):
        shutil.copy(ROOT / name, tmp_path)
    commands = tmp_path / ".venv" / "bin"
    commands.mkdir(parents=True)
    refusing = "" if had else 'case "$*" in *requirements-eplets.lock) exit 1 ;; esac'
    for name, text in (("python", f"#!/bin/sh\n{refusing}\nexit 0\n"), ("flask", "#!/bin/sh\necho migrated\n")):
        (commands / name).write_text(text)
        (commands / name).chmod(0o755)
    done = subprocess.run(
        ["make", "--no-print-directory", "setup"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("migrated\n")
    assert ("everything works without them" in done.stdout) is not had
    assert (tmp_path / ".venv" / "eplets.stamp").exists() is had
