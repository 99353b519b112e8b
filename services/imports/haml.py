"""HAML (HLA Antibody Markup Language) 0.4.x and 0.5.x, by the rules of INTERFACES §2.

The MFI of a bead is its adjusted value with the working sample where there is one, else its raw value; of several
adjusted values the first is taken, with an issue; a ratio is no MFI; `raw-MFI-divider` is ignored.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from domain.errors import UnusableInput
from models.antibody import BeadKind
from services.imports.haml_tree import Node, stream_nodes
from services.imports.outcome import FileIssue, row_error
from services.imports.sera import AntibodyFile, BeadReading, SerumHeader
from services.imports.values import Fault, parse_date

_VERSIONS = re.compile(r"0\.[45](?:\..*)?")
_BEADS = ("bead", "target-bead-observation")
_KEPT = frozenset(
    {
        "patient-id", "sample", "sample-id", "sample-date",
        "assay", "assay-date", "assay-kit", "solid-phase-panel", "lot-number", "catalog-number",
        "working-sample", "working-sample-id", "treatment", "dilution", "method", "ratio", "diluent",
        "interpretation", "assay-interpretation", "reject-assay", "reject-reason",
        "bead", "target-bead-observation", "bead-info", "bead-id", "bead-type", "type", "control-type",
        "HLA-target-type", "HLA-target-serological-specificity",
        "raw-data", "sample-raw-MFI", "converted-data", "sample-adjusted-MFI",
        "bead-raw-data", "raw-MFI", "bead-adjusted-data", "adjusted-mfi",
    }
)  # fmt: skip
_CONTROLS = {"negative": BeadKind.NEGATIVE_CONTROL, "positive": BeadKind.POSITIVE_CONTROL}


def read_haml(content: bytes, *, run_on: date | None = None) -> AntibodyFile:
    """The sera of a HAML document.

    Raises:
        UnusableInput: XML that is damaged, cut short or holds entities; not HAML, or of another version; no bead.
    """
    file = AntibodyFile("haml")
    for patient in stream_nodes(content, unit="patient", keep=_KEPT, on_root=_check_root):
        for sample in patient.all("sample"):
            _read_sample(file, patient.value("patient-id"), sample, run_on)
    if not file.readings:
        raise UnusableInput("file_without_rows")
    return file


def _check_root(root: Node) -> None:
    if root.name != "haml":
        raise UnusableInput("xml_not_haml", root=root.name[:40])
    version = root.attributes.get("version", "")
    if not _VERSIONS.fullmatch(version):
        raise UnusableInput("haml_version_unknown", version=version[:40] or "–")


@dataclass(frozen=True, slots=True)
class _Run:
    """One assay on one working sample: the element that holds its beads, and those around it."""

    holder: Node
    assay: Node
    working_sample: Node

    @property
    def lot(self) -> str:
        """The kit's lot number, else its catalogue number."""
        places = ((), ("assay-kit",))
        found = (self.holder.value(*place, name) for name in ("lot-number", "catalog-number") for place in places)
        return next((lot for lot in found if lot), "")

    @property
    def treatment(self) -> str:
        """What was done to the serum before the assay, one thing after the other."""
        steps = [_step(node) for node in self.working_sample.all("treatment")]
        diluted = [f"Dilution {_step(node)}".strip() for node in self.working_sample.all("dilution")]
        return "; ".join(step for step in (*steps, *diluted) if step)

    @property
    def rejected(self) -> str | None:
        """The laboratory's reason for rejecting its own assay; empty where it gave none, None where it did not."""
        for name in ("interpretation", "assay-interpretation"):
            node = self.assay.find(name)
            if node and node.value("reject-assay").lower() in ("true", "1"):
                return node.value("reject-reason")
        return None


def _step(node: Node) -> str:
    return " ".join(text for name in ("method", "ratio", "diluent") if (text := node.value(name)))


def _runs(sample: Node) -> Iterator[_Run]:
    """0.4 holds beads as sample › assay › working sample › panel, 0.5 as sample › working sample › assay."""
    for assay in sample.all("assay"):
        for working_sample in assay.all("working-sample"):
            yield from (_Run(panel, assay, working_sample) for panel in working_sample.all("solid-phase-panel"))
    for working_sample in sample.all("working-sample"):
        yield from (_Run(assay, assay, working_sample) for assay in working_sample.all("assay"))


def _read_sample(file: AntibodyFile, patient_code: str, sample: Node, run_on: date | None) -> None:
    runs = list(_runs(sample))
    # Two preparations of one sample on one kit would have one key: their own names keep them apart.
    lots = Counter(lot for lot, _ in {(run.lot, id(run.working_sample)) for run in runs})
    for run in runs:
        code, own = sample.value("sample-id"), run.working_sample.value("working-sample-id")
        if lots[run.lot] > 1 and own:
            file.issues.append(
                FileIssue("working_samples", "info", sample.line, raw=own, params={"sample": code, "own": own})
            )
        header = SerumHeader(
            sample_code=f"{code}/{own}" if lots[run.lot] > 1 and own and code else code or own,
            patient_code=patient_code,
            kit_lot=run.lot,
            run_text=run.assay.value("assay-date"),
            treatment=run.treatment,
            base_code=code or own,
            sampled_on=_day_or_none(sample.value("sample-date")),
            rejected=run.rejected is not None,
        )
        _read_run(file, header, run, run_on)


def _read_run(file: AntibodyFile, header: SerumHeader, run: _Run, run_on: date | None) -> None:
    beads = [child for child in run.holder.children if child.name in _BEADS]
    lines = [bead.line for bead in beads]
    found = run_on or _day(header.run_text)
    if not header.sample_code:
        file.refuse_lines(header, lines, row_error(run.assay.line, "sample-id", "", Fault("sample_missing")))
        return
    if isinstance(found, Fault):
        file.refuse_lines(header, lines, row_error(run.assay.line, "assay-date", header.run_text, found))
        return
    if run.rejected is not None:
        params = {"sample": header.sample_code, "reason": run.rejected}
        file.issues.append(FileIssue("assay_rejected", "warning", run.assay.line, raw=run.rejected, params=params))
    dated = header.on(found)
    for bead in beads:
        _read_bead(file, dated, bead)


def _day(text: str) -> date | Fault | None:
    """The day of an xs:date or xs:dateTime, whose clock and offset are left out."""
    return parse_date(text[:10]) if text else None


def _day_or_none(text: str) -> date | None:
    day = _day(text)
    return None if isinstance(day, Fault) else day


def _read_bead(file: AntibodyFile, header: SerumHeader, bead: Node) -> None:
    info = bead.find("bead-info") or Node("bead-info", bead.line, {})
    kind = _kind(info)
    allele = info.value("HLA-target-type") or info.value("HLA-target-serological-specificity")
    raw = bead.value("raw-data", "sample-raw-MFI") or bead.value("bead-raw-data", "raw-MFI")
    adjusted = [
        node.text
        for parent, child in (("converted-data", "sample-adjusted-MFI"), ("bead-adjusted-data", "adjusted-mfi"))
        for data in bead.all(parent)
        for node in data.all(child)
    ]
    raw_mfi, adjusted_mfi = _number(raw), _number(adjusted[0] if adjusted else "")
    if isinstance(raw_mfi, Fault):
        file.refuse(header, row_error(bead.line, "raw MFI", raw, raw_mfi))
    elif isinstance(adjusted_mfi, Fault):
        file.refuse(header, row_error(bead.line, "adjusted MFI", adjusted[0], adjusted_mfi))
    elif raw_mfi is None and adjusted_mfi is None:
        file.refuse(header, row_error(bead.line, "MFI", "", Fault("mfi_missing")))
    else:
        name = allele or info.value("bead-id")
        file.add(header, BeadReading(bead.line, kind, name, raw_mfi, adjusted_mfi))
        if len(adjusted) > 1:
            params = {"allele": name, "values": ", ".join(adjusted), "taken": adjusted[0]}
            file.issues.append(FileIssue("several_adjusted", "warning", bead.line, raw=name, params=params))


def _kind(info: Node) -> BeadKind:
    """0.4 says type control and a control type, 0.5 says it in one word."""
    words = f"{info.value('bead-type')} {info.value('type')} {info.value('control-type')}".lower()
    if "control" not in words:
        return BeadKind.HLA
    return next((kind for word, kind in _CONTROLS.items() if word in words), BeadKind.HLA)


def _number(text: str) -> float | Fault | None:
    """An xs:double, which has a decimal point; not-a-number and infinity are no MFI."""
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        return Fault("number_unreadable")
    return number if math.isfinite(number) and "_" not in text else Fault("number_unreadable")
