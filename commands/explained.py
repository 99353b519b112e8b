"""An explanation as text for a terminal: every step, then everything it rests on, with its version."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from commands.tables import eplets_said, print_table, reaction_said, show_issues, word
from services.evidence.telling import item_said
from services.ipd.reasons import assigned_words
from services.wording.catalogue import sentence
from services.wording.formats import format_date, format_number

Json = dict[str, Any]


def show_explanation(answer: Json, locale: str) -> None:
    """One donor: the sentences, the rules in order, what would change it, the values, the arithmetic, the versions."""
    donor = answer["donor"]
    said = {"donor": donor["donor_number"], "patient": answer["patient"], "threshold": answer["threshold"]}
    verdict = word("verdict", donor["verdict"], locale)
    click.echo(sentence("title_explain", {**said, "verdict": verdict, "grade": donor["grade"]}, locale))
    for line in answer["sentences"]:
        click.echo(f"- {line}")
    _rules(answer["why_not"], locale)
    _values(answer, locale)
    _chains(answer, locale)
    _grades(answer, locale)
    _figures(answer, locale)
    _versions(answer, locale)
    show_issues(answer, locale)


def _heading(code: str, locale: str) -> None:
    click.echo(f"\n{sentence(code, {}, locale)}")


def _rules(why_not: Json, locale: str) -> None:
    _heading("heading_rules", locale)
    for rule in why_not["rules"]:
        mark = ">" if rule == why_not["first"] else " "
        name = sentence(f"why_rule.{rule['kind']}", {"subject": rule["subject"]}, locale)
        typed = "" if rule["kind"] in ("active", "consent") else f" {rule['typed'] or '?'}"
        click.echo(f"{mark} {name}{typed}: {sentence('rule_state.' + rule['state'], {}, locale)}")
    if why_not["first"]:
        _heading("heading_changes", locale)
        for change in why_not["changes"]:
            click.echo(f"- {change['sentence']}")
        if not why_not["changes"]:
            click.echo(f"- {sentence('nothing_changes_it', {}, locale)}")


def _values(answer: Json, locale: str) -> None:
    rows = [
        (
            value["typed"] or "?",
            assigned_words(value["assigned"], locale) or " ".join(value["antigens"]) or "–",
            word("match", value["match"] or "null", locale),
            reaction_said(value, locale),
            word("basis", value["basis"], locale),
            ", ".join(f"{bead} {format_number(mfi, locale)}" for bead, mfi in value["bead_mfi"].items()),
        )
        for value in answer["donor"]["values"]
    ]
    click.echo()
    print_table("", ("value", "counts_as", "match", "reaction", "basis", "beads"), rows, 6, locale)


def _chains(answer: Json, locale: str) -> None:
    _heading("heading_chain", locale)
    for chain in answer["chains"]:
        raw = f"“{', '.join(chain['raw'])}” → " if chain["raw"] else ""
        antigens = " ".join(chain["antigens"]) or "–"
        how = sentence(f"counts_by.{chain['counts_by']}", {}, locale)
        click.echo(f"{chain['locus']}  {raw}{chain['typed']} → {antigens} ({how}; {chain['reference']})")
        for member in chain["members"]:
            click.echo(f"     {member['name']}: {', '.join(_member(member, locale))}")


def _member(member: Json, locale: str) -> Iterator[str]:
    """What one member is tested by, and what that gives."""
    yield sentence(f"found.{member['rule']}", {}, locale)
    for bead in member["beads"]:
        yield " ".join(_bead(bead, locale))
    for key, code in (("added_by", "member.added"), ("maybe_added_by", "member.maybe_added")):
        if member[key]:
            yield sentence(code, {"name": member[key]}, locale)
    if member["unseen_own_allele"]:
        yield sentence("member.unseen", {}, locale)
    if member["reactive_eplets"]:
        yield sentence("member.eplets", {"names": " ".join(member["reactive_eplets"])}, locale)
    yield f"→ {word('reaction', member['reaction'], locale)}"


def _bead(bead: Json, locale: str) -> Iterator[str]:
    yield f"{bead['allele']} {format_number(bead['mfi'], locale)}"
    notes = [sentence(f"self.{bead['self']}", {}, locale)] if bead["self"] != "foreign" else []
    if bead["removed_by"]:
        notes.append(sentence("bead.removed", {"names": ", ".join(bead["removed_by"])}, locale))
    if bead["several_antigens"]:
        notes.append(sentence("bead.several", {}, locale))
    if notes:
        yield f"({'; '.join(notes)})"


def _grades(answer: Json, locale: str) -> None:
    _heading("heading_grades", locale)
    sides: Sequence[Json] = answer["grades"]
    for side in sides:
        doubt = "" if side["certain"] else " ?"
        click.echo(f"{side['version']}: {side['grade']}{doubt}  (u {side['u']}, x {side['x']}, m {side['m']})")
        for value in side["values"]:
            met = value["own"] or " ".join(f"{split}: {' '.join(g) or '–'}" for split, g in value["shared"].items())
            click.echo(f"     {value['typed']}: {word('match', value['match'] or 'null', locale)} {met}".rstrip())
    differing = answer["grades_differ_on"]
    said = {"first": sides[0]["version"], "second": sides[-1]["version"], "names": ", ".join(differing)}
    click.echo(sentence("grades_differ" if differing else "grades_same", said, locale))


def _figures(answer: Json, locale: str) -> None:
    donor, floor_mfi = answer["donor"], answer["sum_floor_mfi"]
    highs = [value["high"] for value in donor["values"] if value["high"] is not None and value["high"] >= floor_mfi]
    terms = " + ".join(format_number(high, locale) for high in sorted(highs, reverse=True)) or "0"
    said = {"terms": terms, "sum_mfi": donor["sum_mfi"], "floor_mfi": floor_mfi}
    click.echo(f"\n{sentence('sum_terms', said, locale)}")
    click.echo(f"{sentence('heading_eplets', {}, locale)}: {eplets_said(answer, donor, locale)}")
    if answer["eplets"]:
        for typed, names in answer["eplets"]["on"].items():
            click.echo(f"     {typed}: {' '.join(names) or '–'}")
    for item in donor["evidence"]["items"]:
        why = sentence(item["reason"]["code"], item["reason"]["params"], locale)
        click.echo(f"* {item_said(item, locale)} {why}")
    for flag in donor["flags"]:
        click.echo(f"! {sentence(flag, {}, locale)}")
    _heading("heading_order", locale)
    for entry in answer["ranking"]:
        click.echo(f"     {sentence('key.' + entry['key'], {}, locale)}: {_key_said(entry, locale)}")


def _key_said(entry: Json, locale: str) -> str:
    """What one key of the order holds, in words."""
    key, value = entry["key"], entry["value"]
    if key in ("verdict", "abo"):
        return word(key, value or "unknown", locale)
    if isinstance(value, bool):
        return sentence("said.yes" if value else "said.no", {}, locale)
    if value is None:
        return "–"
    if key == "first_eligible_on":
        return format_date(value, locale)
    return format_number(value, locale) if isinstance(value, int | float) else str(value)


def _versions(answer: Json, locale: str) -> None:
    _heading("heading_versions", locale)
    versions: Mapping[str, str | None] = answer["versions"]
    for name, version in versions.items():
        click.echo(f"     {sentence('version.' + name, {}, locale)}: {version or '–'}")
    click.echo(f"     {sentence('version.directive', {}, locale)}: {answer['directive'] or '–'}")
    click.echo(f"     {sentence('version.sample', {}, locale)}: {answer['sample'] or '–'}")


def show_nomenclature(answer: Json, locale: str) -> None:
    """What a text is read as by each nomenclature, the antigens' places, and what was withdrawn."""
    for reading in answer["readings"]:
        kind = sentence(f"kind.{reading['kind']}", {}, locale)
        antigens = " ".join(reading["antigens"]) or "–"
        click.echo(f"{reading['reference']}: {answer['text']} → {reading['canonical'] or '–'} ({kind}) → {antigens}")
        if reading["counts_by"]:
            click.echo(f"     {sentence('counts_by.' + reading['counts_by'], {}, locale)}")
        for allele in reading["alleles"]:
            click.echo(f"     {allele['allele']}: {assigned_words(allele['assigned'], locale)}{_group(allele)}")
        for issue in reading["issues"]:
            click.echo(f"     {word('severity', issue['severity'], locale)}: {issue['message']}")
    for one in answer["history"]:
        because = f"{one['reason']} ({one['release']})"
        click.echo(f"{one['name']} {one['withdrawn_on']} → {one['successor'] or '–'}: {because}")
    cregs = answer["versions"]["creg"]
    for one in answer["antigens"]:
        kind = sentence(f"antigen_kind.{one['kind']}", {}, locale) if one["kind"] else "–"
        groups = "; ".join(f"{cregs[family]}: {' '.join(found) or '–'}" for family, found in one["cregs"].items())
        under = f" < {' '.join(one['under'])}" if one["under"] else ""
        over = f" > {' '.join(one['closure'])}" if one["closure"] else ""
        epitopes = "".join(f", {name}" for name in one["epitopes"])
        click.echo(f"{one['antigen']}{under}{over} ({kind}), {groups}{epitopes}, {one['representative'] or '–'}")


def _group(allele: Json) -> str:
    return f" · {allele['p_group']}" if allele["p_group"] else ""
