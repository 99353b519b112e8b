"""Laboratory files: sera with their beads, each attributed, compared with what is on record, and kept whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import PurePath

from sqlmodel import Session

from domain.errors import UnusableInput
from domain.peak import same_treatment
from domain.reference import Reference
from models.importing import ImportKind
from services.imports.attribution import Attribution, Owner, unused_map_rows
from services.imports.batches import BatchJournal, close_batch, open_batch, result_of
from services.imports.bead_checks import bead_issues, lacking_beads
from services.imports.outcome import FileIssue, ImportResult, NoJournal, Outcome, RowResult, Tally, row_error
from services.imports.people import not_confirmed
from services.imports.recognise import Given, read_antibodies
from services.imports.request import ImportRequest
from services.imports.sera import AntibodyFile, Serum
from services.imports.serum_record import StoredSera, complete_serum, create_serum
from services.imports.values import Fault, is_ahead
from services.serum_treatment import checked_treatment

# Refusals that nothing in the file can mend: the whole command is then "refused by a rule" (INTERFACES §1).
RULE_CODES = frozenset(
    {
        "serum_of_nobody", "mapped_patient_unknown", "sample_expected_by_several", "serum_differs",
        "serum_of_other_patient", "serum_twice_in_file", "run_in_future", "sampled_in_future",
    }
)  # fmt: skip

MAX_DIFFERENCES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class AntibodyOptions:
    """What the person says beside the file: patient, sample code, run date, or patients by sample."""

    patient: str | None = None
    sample_code: str | None = None
    run_on: date | None = None
    by_sample: Mapping[str, str] = field(default_factory=dict)
    treatment: str = ""  # of the sera of which the file says none


@dataclass(frozen=True, slots=True)
class ReadSera:
    """A laboratory file read, with its sera under the names they are kept by."""

    file: AntibodyFile
    sera: Sequence[Serum]


@dataclass(frozen=True, slots=True)
class SerumOutcome:
    """What becomes of one serum, and whose it is."""

    serum: Serum
    outcome: Outcome
    owner: Owner | None = None
    stored_id: int | None = None
    fault: Fault | None = None


def import_antibodies(
    session: Session, request: ImportRequest, options: AntibodyOptions, *, reference: Reference,
    read: ReadSera | None = None,
) -> ImportResult:  # fmt: skip
    """Import one laboratory file (INTERFACES §2); rows are beads.

    Give the sera where they were read already, so that the session of a writer keeps nobody waiting meanwhile.

    Raises:
        UnusableInput: the file as a whole cannot be used, or the options do not fit it.
        NotFound: no patient has the number given.
    """
    read = read or read_sera(request, options)
    file = read.file
    outcomes = plan_sera(session, read.sera, options, now=request.now)
    batch = None
    if request.writes:
        batch = open_batch(
            session, request, kind=ImportKind.ANTIBODIES, encoding=file.encoding, separator=file.separator
        )
        _write(session, outcomes, file, batch_id=batch.id or 0, request=request)
    tally = Tally(BatchJournal(session, batch.id or 0) if batch else NoJournal())
    _tally(tally, file, outcomes, reference)
    result = result_of(
        tally, request, kind=ImportKind.ANTIBODIES, batch_id=batch.id if batch else None,
        encoding=file.encoding, separator=file.separator,
        details={"format": file.source_format, "samples": [_described(one) for one in outcomes]},
    )  # fmt: skip
    if batch:
        close_batch(session, batch, result, request)
    return result


def read_sera(request: ImportRequest, options: AntibodyOptions) -> ReadSera:
    """Read a laboratory file, without the database.

    Raises:
        UnusableInput: the file as a whole cannot be used, or the options do not fit it.
    """
    if request.mode == "full" and not request.confirmed:
        raise not_confirmed(ImportKind.ANTIBODIES)
    if options.patient and options.by_sample:
        raise UnusableInput("patient_and_map_given")
    if options.run_on and is_ahead(options.run_on, request.now):
        raise UnusableInput("run_option_in_future", run_on=options.run_on.isoformat())
    stem = PurePath(request.file_name).stem
    given = Given(sample_code=options.sample_code, run_on=options.run_on, file_stem=stem)
    file = read_antibodies(request.content, given)
    sera = file.sera()
    if file.source_format == "two_column":
        if not options.sample_code:
            file.issues.append(FileIssue("sample_named_after_file", "info", raw=stem, params={"sample": stem}))
    elif options.sample_code:
        codes = sorted({header.sample_code for header in file.readings})
        if len(codes) > 1:
            raise UnusableInput("sample_option_for_several", samples=", ".join(codes[:20]))
        sera = [serum.renamed(options.sample_code) for serum in sera]
    if options.treatment:
        sera = [_treated(serum, checked_treatment(options.treatment), file) for serum in sera]
    file.issues.extend(unused_map_rows(options.by_sample, (*file.readings, *(serum.header for serum in sera))))
    return ReadSera(file, sera)


def _treated(serum: Serum, treatment: str, file: AntibodyFile) -> Serum:
    """The serum with the treatment that a person states; what the file says of it stands, and is said."""
    header = serum.header
    if not header.treatment:
        return replace(serum, header=replace(header, treatment=treatment))
    if not same_treatment(header.treatment, treatment):
        params = {"sample": header.sample_code, "treatment": header.treatment, "stated": treatment}
        file.issues.append(FileIssue("treatment_of_file_kept", "warning", serum.line, raw=treatment, params=params))
    return serum


def plan_sera(
    session: Session, sera: Sequence[Serum], options: AntibodyOptions, *, now: datetime
) -> list[SerumOutcome]:
    """Decide what becomes of each serum; writes nothing."""
    headers = [serum.header for serum in sera]
    attribution = Attribution(session, headers, patient=options.patient, by_sample=options.by_sample)
    stored = StoredSera(session, {header.sample_code for header in headers})
    contents: dict[object, set[str]] = {}
    for serum in sera:
        contents.setdefault(serum.key, set()).add(serum.content_hash())
    met: dict[object, SerumOutcome] = {}
    outcomes = []
    for serum in sera:
        again = met.get(serum.key)
        if len(contents[serum.key]) > 1:
            outcome = _refused(serum, Fault("serum_twice_in_file", _named(serum)))
        elif (run_on := serum.header.run_on) and is_ahead(run_on, now):  # it would stay the latest until that day
            outcome = _refused(serum, Fault("run_in_future", {**_named(serum), "run_on": run_on.isoformat()}))
        elif (drawn_on := serum.header.sampled_on) and is_ahead(drawn_on, now):  # it would stand last in the history
            outcome = _refused(serum, Fault("sampled_in_future", {**_named(serum), "sampled_on": drawn_on.isoformat()}))
        elif again:  # the same serum, word for word
            outcome = SerumOutcome(serum, "refused" if again.fault else "unchanged", again.owner, fault=again.fault)
        else:
            outcome = met[serum.key] = _plan_serum(serum, attribution, stored)
        outcomes.append(outcome)
    return outcomes


def _plan_serum(serum: Serum, attribution: Attribution, stored: StoredSera) -> SerumOutcome:
    owner = attribution.owner(serum.header)
    if isinstance(owner, Fault):
        return _refused(serum, owner)
    known = stored.find(serum)
    if known is None:
        return SerumOutcome(serum, "created", owner)
    if known.patient_id != owner.patient_id:
        params = {**_named(serum), "patient": owner.patient_number, "other": stored.patient_number(known)}
        return _refused(serum, Fault("serum_of_other_patient", params))
    if known.content_hash == serum.content_hash():
        return SerumOutcome(serum, "unchanged", owner, known.id)
    found = stored.differences(known, serum)
    if stored.is_completed_by(known, serum):
        return SerumOutcome(serum, "updated", owner, known.id)
    shown = "; ".join(found[:MAX_DIFFERENCES_SHOWN]) + ("; …" if len(found) > MAX_DIFFERENCES_SHOWN else "")
    return _refused(serum, Fault("serum_differs", {**_named(serum), "count": len(found), "differences": shown}))


def _refused(serum: Serum, fault: Fault) -> SerumOutcome:
    return SerumOutcome(serum, "refused", fault=fault)


def _named(serum: Serum) -> dict[str, str | int | float]:
    header = serum.header
    return {"sample": header.sample_code, "hla_class": serum.hla_class.value, "lot": header.kit_lot or "–"}


def _write(
    session: Session, outcomes: Sequence[SerumOutcome], file: AntibodyFile, *, batch_id: int, request: ImportRequest
) -> None:
    for one in outcomes:
        if one.outcome == "created" and one.owner:
            create_serum(
                session, one.serum, patient_id=one.owner.patient_id, source_format=file.source_format,
                batch_id=batch_id, now=request.now,
            )  # fmt: skip
        elif one.outcome == "updated" and one.stored_id:
            complete_serum(session, one.serum, stored_id=one.stored_id, batch_id=batch_id)


def _tally(tally: Tally, file: AntibodyFile, outcomes: Sequence[SerumOutcome], reference: Reference) -> None:
    tally.add(file.issues)
    tally.count([RowResult(line, sample, "refused") for line, sample in file.refused_lines])
    for one in outcomes:
        serum = one.serum
        tally.count([RowResult(bead.line, serum.header.sample_code, one.outcome) for bead in serum.beads])
        if one.fault:
            params = {**one.fault.params, "beads": len(serum.beads)}
            tally.add([row_error(serum.line, "sample", serum.header.sample_code, Fault(one.fault.code, params))])
        tally.add([_doubt(serum, doubt) for doubt in (one.owner.doubts if one.owner else ())])
        tally.add([*bead_issues(serum, reference), *(() if one.fault else lacking_beads(serum))])
    tally.close()


def _doubt(serum: Serum, doubt: Fault) -> FileIssue:
    return FileIssue(doubt.code, "warning", serum.line, "sample", serum.header.sample_code, doubt.params)


def _described(one: SerumOutcome) -> dict[str, object]:
    header = one.serum.header
    return {
        "sample": header.sample_code,
        "hla_class": one.serum.hla_class.value,
        "kit_lot": header.kit_lot,
        "run_on": header.run_on,
        "treatment": header.treatment,
        "patient": one.owner.patient_number if one.owner else None,
        "beads": len(one.serum.beads),
        "outcome": one.outcome,
    }


def refused_by_rule(result: ImportResult) -> bool:
    """Whether nothing of the file was accepted, and a rule is the reason."""
    accepted = result.created + result.updated + result.unchanged
    return not accepted and bool(RULE_CODES & set(result.codes))
