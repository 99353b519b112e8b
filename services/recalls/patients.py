"""What waits around patients: their own platelets, directives about to lapse, sera that have grown old."""

from collections import defaultdict
from datetime import date, timedelta

from sqlmodel import Session, col, select

from domain.reservation import Timing
from models.antibody import HlaClass, SerumSample
from models.directive import Directive, DirectiveStatus
from models.patient import Patient
from services.autologous.due import list_alerts
from services.directive_state import directive_issues, lapse_notice_days
from services.recalls.addresses import page_of
from services.recalls.kinds import Item, Kind
from services.reference import parameters
from services.sera import drawn


def autologous_due(session: Session, timing: Timing) -> list[Item]:
    """Windows, courses and units of patients whose own platelets are collected, as their page says them."""
    alerts = list_alerts(session, timing)
    regions = dict(session.exec(select(Patient.patient_number, Patient.region)).all()) if alerts else {}
    return [
        Item(
            Kind.AUTOLOGOUS, one.on, one.patient, one.code, one.params, page_of("/patients/{}/autologous", one.patient),
            patient=one.patient, regions=regions_of(regions.get(one.patient)),
        )
        for one in alerts
    ]  # fmt: skip


def lapsing_directives(session: Session, timing: Timing) -> list[Item]:
    """Directives in force that lapse soon or have lapsed."""
    query = (
        select(Directive, Patient.patient_number, Patient.region)
        .join(Patient, col(Patient.id) == col(Directive.patient_id))
        .where(
            Directive.status == DirectiveStatus.CURRENT,
            col(Directive.valid_until) <= timing.today + timedelta(days=lapse_notice_days()),
        )
    )
    return [
        Item(
            Kind.DIRECTIVE, row.valid_until or timing.today, number, issue.code, issue.params,
            page_of("/patients/{}/directives", number), patient=number, regions=regions_of(region),
        )
        for row, number, region in session.exec(query).all()
        for issue in directive_issues(row, timing.today)
        if issue.code in ("directive_lapsed", "directive_lapses_soon")
    ]  # fmt: skip


def old_sera(session: Session, timing: Timing) -> list[Item]:
    """Patients with a directive in force whose latest class I serum is older than the policy, or bears no day.

    Sera that the laboratory rejected do not count. A patient without any is not here: they may have no HLA antibody.
    """
    query = (
        select(SerumSample, Patient.patient_number, Patient.region)
        .join(Patient, col(Patient.id) == col(SerumSample.patient_id))
        .join(Directive, col(Directive.patient_id) == col(Patient.id))
        .where(
            Directive.status == DirectiveStatus.CURRENT,
            SerumSample.hla_class == HlaClass.I,
            ~col(SerumSample.rejected),
        )
    )
    sera: dict[tuple[str, str | None], list[date]] = defaultdict(list)
    for sample, number, region in session.exec(query).all():
        known = sera[number, region]
        if (day := drawn(sample)) is not None:
            known.append(day)
    found = (_old_serum(number, region, days, timing.today) for (number, region), days in sera.items())
    return [one for one in found if one is not None]


def _old_serum(number: str, region: str | None, days: list[date], on: date) -> Item | None:
    address, at = page_of("/patients/{}/file", number), regions_of(region)
    if not days:
        return Item(Kind.SERUM, on, number, "recall.serum_undated", {}, address, patient=number, regions=at)
    last, notice_days = max(days), serum_notice_days()
    if (due_on := last + timedelta(days=notice_days)) >= on:
        return None
    said = {"on": last.isoformat(), "days": notice_days}
    return Item(Kind.SERUM, due_on, number, "recall.serum_old", said, address, patient=number, regions=at)


def serum_notice_days() -> int:
    """From how many days on the latest serum of a patient with a directive is announced as old."""
    return int(parameters()["serum_notice_days"])


def regions_of(region: str | None) -> frozenset[str]:
    """The regions of what is in one, or in none."""
    return frozenset({region} if region else ())
