"""HPA genotypes and a CD36 result typed as free text, each judged as a file's, and told back."""

import re
from dataclasses import dataclass, field

from domain.cd36 import Cd36, parse_cd36
from domain.errors import Issue
from domain.hpa import HpaGenotype, parse_hpa
from services.imports.typings import HPA_COLUMNS
from services.rule_tables import hpa_systems
from services.typing_entry import MOST_CHARACTERS, Remark

_ALLELE = r"(?:HPA\s*-?\s*)?(?:\d{1,2})?\s*[ab]w?"
_GENOTYPE = re.compile(
    rf"(?:HPA\s*-?\s*)?(?P<system>\d{{1,2}})(?P<mark>\s*[:=]\s*|\s+|)(?P<pair>[ab]w?\s*[/|,]?\s*{_ALLELE})(?![\w+(-])",
    re.IGNORECASE,
)
_NOTHING = re.compile(r"[\s,;.^+/]*")
_KEPT = {f"HPA-{name.removeprefix('hpa_')}": name for name in HPA_COLUMNS}


@dataclass(slots=True)
class HpaEntry:
    """What was read: the raw text and the genotype by column, and what there is to say."""

    texts: dict[str, str] = field(default_factory=dict)
    genotypes: dict[str, HpaGenotype] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    def columns(self) -> dict[str, str]:
        """The raw texts of every HPA column, empty where nothing was typed."""
        return {name: self.texts.get(name, "") for name in HPA_COLUMNS}


def read_hpa_entry(text: str) -> HpaEntry:
    """Read genotypes such as `HPA-1a/a, 2a/b; 15 b/b`. Never raises: remarks say what cannot be understood."""
    entry = HpaEntry()
    if len(text) > MOST_CHARACTERS:
        entry.remarks.append(Remark(Issue("typing_text_too_long", "error", "", {"most": MOST_CHARACTERS}), 1, 1))
        return entry
    end = 0
    for found in _GENOTYPE.finditer(text):
        _refuse_between(entry, text, end, found.start())
        _take(entry, text, found)
        end = found.end()
    _refuse_between(entry, text, end, len(text))
    entry.remarks.sort(key=lambda remark: (not remark.is_error, remark.line, remark.column))
    return entry


def _take(entry: HpaEntry, text: str, found: re.Match[str]) -> None:
    system = f"HPA-{int(found['system'])}"
    name = _KEPT.get(system)
    if name is None:
        known = system in hpa_systems()
        code = "hpa_system_left_out" if known else "entry.hpa_system_unknown"
        issue = Issue(code, "info" if known else "error", found[0], {"text": found[0], "system": system})
        _say(entry, text, issue, found.start())
        return
    kept = found["pair"] if found["mark"] else f"{found['system']}{found['pair']}"
    genotype, issue_found = parse_hpa(kept, system)
    if genotype is None or name in entry.texts:
        code = "hpa_twice" if genotype else f"entry.{issue_found.code if issue_found else 'hpa_unreadable'}"
        params = {"text": found[0], "system": system}
        _say(entry, text, Issue(code, "error", found[0], params), found.start())
        return
    entry.texts[name], entry.genotypes[name] = " ".join(kept.split()), genotype


def _refuse_between(entry: HpaEntry, text: str, start: int, end: int) -> None:
    """Text between genotypes must say nothing; what does is refused, not skipped."""
    between = text[start:end]
    if not _NOTHING.fullmatch(between):
        words = between.strip(" \t\r\n,;.^+/")
        at = start + between.index(words[0])
        _say(entry, text, Issue("entry.hpa_unreadable", "error", words, {"text": words[:80]}), at)


def _say(entry: HpaEntry, text: str, issue: Issue, start: int) -> None:
    before = text[:start]
    entry.remarks.append(Remark(issue, before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1))


def read_cd36_entry(text: str) -> tuple[Cd36, tuple[Remark, ...]]:
    """A CD36 result from free text, and what there is to say of it."""
    if len(text) > MOST_CHARACTERS:
        parsed, _ = parse_cd36("")
        return parsed, (Remark(Issue("typing_text_too_long", "error", "", {"most": MOST_CHARACTERS}), 1, 1),)
    parsed, issue = parse_cd36(text)
    if issue is None:
        return parsed, ()
    code = f"entry.{issue.code}" if issue.severity == "error" else issue.code
    return parsed, (Remark(Issue(code, issue.severity, text, issue.params), 1, 1),)


def written_hpa(columns: dict[str, str]) -> str:
    """The HPA texts on record as one text that reads back to them."""
    texts = ((name.removeprefix("hpa_"), columns[name]) for name in HPA_COLUMNS if columns[name])
    return ", ".join(text if re.match(r"(?:HPA\s*-?)?\d", text, re.IGNORECASE) else f"{n} {text}" for n, text in texts)
