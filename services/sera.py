"""Which class I sera of a patient are read, and their beads as one profile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from domain.errors import Issue, UnusableInput
from domain.peak import SerumRule, months_before, peak_profile, same_treatment
from domain.profile import Profile, build_profile
from domain.reference import Reference
from models.antibody import Bead, BeadKind, HlaClass, SerumSample
from models.patient import Patient


@dataclass(frozen=True, slots=True)
class ReadSerum:
    """What is read: the serum chosen, all those of the profile (it is the first), and what there is to say."""

    sample: SerumSample | None
    sera: tuple[SerumSample, ...]
    profile: Profile
    issues: tuple[Issue, ...]


def read_serum(
    session: Session, patient: Patient, code: str | None, rule: SerumRule, reference: Reference, *, on: date
) -> ReadSerum:
    """The serum named or the latest; under a peak rule the highest MFI of each bead over the sera of its months.

    Only sera of the treatment of that serum are combined; undated and rejected ones are left out, and said.
    """
    sample, said = find_sample(session, patient, code)
    if sample is None:
        return ReadSerum(None, (), Profile(), said)
    said = (*said, *_treatment_issues(session, patient, sample))
    if not rule.is_peak:
        return ReadSerum(sample, (sample,), read_profile(session, sample, reference), said)
    sera, left_out = _sera_of_peak(session, patient, sample, rule, on)
    profile = peak_profile([(serum_name(one), read_profile(session, one, reference)) for one in sera])
    return ReadSerum(sample, sera, profile, (*said, *left_out, *_combined(sera, profile, rule)))


def _sera_of_peak(
    session: Session, patient: Patient, sample: SerumSample, rule: SerumRule, on: date
) -> tuple[tuple[SerumSample, ...], list[Issue]]:
    """The serum itself, then the others of its treatment in the window, the latest first; and those left out."""
    since = months_before(on, rule.peak_months or 0)
    sera, issues = [sample], []
    for one in class_i_samples(session, patient):
        drawn_on = drawn(one)
        if one.id == sample.id or one.rejected:
            continue
        if drawn_on is None:
            issues.append(Issue("peak_undated_left_out", "warning", one.sample_code, {"sample": serum_name(one)}))
        elif since <= drawn_on <= on and not same_treatment(one.treatment, sample.treatment):
            params = {"sample": serum_name(one), "treatment": one.treatment or "–", "read": sample.treatment or "–"}
            issues.append(Issue("peak_treatment_left_out", "warning", one.sample_code, params))
        elif since <= drawn_on <= on:
            sera.append(one)
    if drawn(sample) is None or not since <= (drawn(sample) or on) <= on:
        issues.append(Issue("peak_serum_outside", "info", sample.sample_code, {"sample": serum_name(sample)}))
    return tuple(sera), issues


def _combined(sera: Sequence[SerumSample], profile: Profile, rule: SerumRule) -> list[Issue]:
    """What was combined, and where kit lots differ."""
    names = ", ".join(serum_name(one) for one in sera)
    issues = [Issue("peak_of_sera", "info", names, {"sera": names, "months": rule.peak_months, "count": len(sera)})]
    lots = sorted({one.kit_lot or "–" for one in sera})
    if len(lots) > 1:
        params = {"lots": ", ".join(lots), "alone": profile.alone}
        issues.append(Issue("peak_several_lots", "warning", names, params))
    return issues


def _treatment_issues(session: Session, patient: Patient, sample: SerumSample) -> tuple[Issue, ...]:
    """Where the serum read is of another treatment than the one before it."""
    key = _order(sample)
    earlier = [one for one in class_i_samples(session, patient) if not one.rejected and _order(one) < key]
    if not earlier or same_treatment(earlier[0].treatment, sample.treatment):
        return ()
    params = {
        "sample": serum_name(sample), "treatment": sample.treatment or "–",
        "before": serum_name(earlier[0]), "earlier": earlier[0].treatment or "–",
    }  # fmt: skip
    return (Issue("serum_treatment_differs", "warning", sample.sample_code, params),)


def drawn(sample: SerumSample) -> date | None:
    """The day of a serum: sampled, else run; None where neither is known."""
    return sample.sampled_on or sample.run_on


def serum_name(sample: SerumSample) -> str:
    """The serum with its kit lot, by which two runs of one serum differ."""
    return f"{sample.sample_code} ({sample.kit_lot})" if sample.kit_lot else sample.sample_code


def _order(sample: SerumSample) -> tuple[date, int]:
    return sample.run_on or date.min, sample.id or 0


def class_i_samples(session: Session, patient: Patient) -> Sequence[SerumSample]:
    """The patient's class I sera, the latest first (by run date, then import)."""
    query = select(SerumSample).where(SerumSample.patient_id == patient.id, SerumSample.hla_class == HlaClass.I)
    samples = session.exec(query).all()
    return sorted(samples, key=_order, reverse=True)


def find_sample(session: Session, patient: Patient, code: str | None) -> tuple[SerumSample | None, tuple[Issue, ...]]:
    """The serum named, else the latest that the laboratory did not reject, and what there is to say of it."""
    sera = class_i_samples(session, patient)
    samples = [one for one in sera if (not one.rejected if code is None else one.sample_code == code)]
    if code is not None and not samples:
        raise UnusableInput("unknown_sample", sample=code, patient=patient.patient_number)
    issues = [Issue("rejected_sample_not_read", "warning", one.sample_code) for one in sera if one not in samples]
    if code is not None:
        issues = [Issue("rejected_sample_read", "warning", code) for one in samples[:1] if one.rejected]
    if not samples:
        return None, (*issues, Issue("no_sample", "warning", patient.patient_number))
    chosen = samples[0]
    lots = {one.kit_lot for one in samples if one.sample_code == chosen.sample_code}
    if len(lots) > 1:
        issues.append(Issue("several_lots", "warning", chosen.sample_code, {"lot": chosen.kit_lot, "lots": len(lots)}))
    return chosen, tuple(issues)


def read_profile(session: Session, sample: SerumSample | None, reference: Reference) -> Profile:
    """The class I profile of one serum, derived from its stored beads; empty without a serum."""
    if sample is None:
        return Profile()
    query = select(Bead.allele_text, Bead.mfi).where(Bead.sample_id == sample.id, Bead.kind == BeadKind.HLA)
    return build_profile(session.exec(query.order_by(col(Bead.position))).all(), reference)
