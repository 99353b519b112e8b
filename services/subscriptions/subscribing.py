"""Subscriptions: made, changed and ended by the person themself or by an administrator."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from domain.errors import FieldFault, InvalidFields, NotFound, RefusedByRule
from models.account import Account
from models.directive import Directive, DirectiveStatus
from models.donor import Donor
from models.patient import Patient
from models.subscription import ReportFormat, Rhythm, Subscription, Topic
from services.accounts.login import normal_login
from services.accounts.permissions import Permission, permissions_of
from services.accounts.person import Person
from services.audit import record_audit
from services.subscriptions.topics import ALL, FORMATS, OF_DIRECTIVES, PATIENT, REGION, SCOPES, may_follow


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form asks for, as text; `login` is empty for oneself."""

    topic: str
    scope: str = ALL
    region: str = ""
    patient: str = ""
    rhythm: str = Rhythm.DAILY.value
    format: str = ReportFormat.PAGE.value
    by_mail: bool = True
    login: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A subscription as a list shows it; `about` is the region or the patient's number, empty where it is hidden."""

    row: Subscription
    login: str
    scope: str
    about: str


def subscribe(session: Session, wanted: Wanted, *, by: Person, now: datetime) -> Subscription:
    """Make a subscription. Raises InvalidFields with the field that is at fault."""
    topic = _topic(wanted.topic)
    rhythm, shape = _rhythm(wanted.rhythm), _format(topic, wanted.format)
    account = _account(session, wanted.login, by)
    scope = _scope(session, topic, wanted, by)
    if not may_follow(permissions_of(account.roles), topic, scope):
        raise _fault("login" if account.id != by.account_id else "topic", "subscription_right_missing")
    known = select(Subscription).where(
        Subscription.account_id == account.id, Subscription.topic == topic, col(Subscription.ended_at).is_(None)
    )
    if any(one.scope == scope for one in session.exec(known).all()):
        raise _fault("topic", "subscription_doubled")
    row = Subscription(
        code=str(uuid.uuid4()),
        account_id=account.id or 0,
        topic=topic,
        scope=scope,
        rhythm=rhythm,
        format=shape,
        by_mail=wanted.by_mail,
        created_at=now,
        created_by=by.login,
    )
    session.add(row)
    session.flush()
    _audit(session, row, account, "subscription_made", actor=by.login, now=now)
    return row


def change_subscription(
    session: Session, *, code: str, version: int, wanted: Wanted, by: Person, now: datetime
) -> Subscription:
    """Change how often, in what form and whether by mail too; of another scope one makes another.

    Raises NotFound, InvalidFields, and RefusedByRule where it ended or was changed meanwhile.
    """
    row = get_subscription(session, code=code, by=by)
    _refuse_ended(row)
    if row.version_id != version:
        raise RefusedByRule("changed_meanwhile")
    row.rhythm, row.format, row.by_mail = _rhythm(wanted.rhythm), _format(row.topic, wanted.format), wanted.by_mail
    session.add(row)
    session.flush()
    _audit(session, row, session.get_one(Account, row.account_id), "subscription_changed", actor=by.login, now=now)
    return row


def end_by_hand(session: Session, *, code: str, by: Person, now: datetime) -> None:
    """End a subscription. Raises NotFound; RefusedByRule where it has ended."""
    row = get_subscription(session, code=code, by=by)
    _refuse_ended(row)
    end_subscription(session, row, reason="by_hand", actor=by.login, now=now)


def end_subscription(session: Session, row: Subscription, *, reason: str, actor: str, now: datetime) -> None:
    """End a subscription for a reason, the last word of a code `subscription_end.…`."""
    row.ended_at, row.ended_by, row.ended_reason = now, actor, reason
    session.add(row)
    session.flush()
    account = session.get_one(Account, row.account_id)
    _audit(session, row, account, "subscription_ended", actor=actor, now=now, reason=reason)


def get_subscription(session: Session, *, code: str, by: Person) -> Subscription:
    """A subscription of the person, of anybody for an administrator. Raises NotFound, also for one of somebody else."""
    query = select(Subscription).where(Subscription.code == code)
    row = session.exec(query).first() if code.isprintable() else None
    if row is None or (row.account_id != by.account_id and not by.may(Permission.ADMINISTER)):
        raise NotFound("subscription_unknown")
    return row


def list_subscriptions(session: Session, *, by: Person, everybody: bool = False) -> list[Shown]:
    """The person's subscriptions, or everybody's for an administrator who asks: those that go on first."""
    query = select(Subscription, Account.login).join(Account, col(Account.id) == col(Subscription.account_id))
    if not (everybody and by.may(Permission.ADMINISTER)):
        query = query.where(Subscription.account_id == by.account_id)
    ordered = query.order_by(
        col(Subscription.ended_at).is_not(None), col(Subscription.ended_at).desc(), Account.login, col(Subscription.id)
    )
    return [show(session, row, login, by=by) for row, login in session.exec(ordered).all()]


def show(session: Session, row: Subscription, login: str, *, by: Person) -> Shown:
    """A subscription as this person may see it: a patient's number for those alone who see patients."""
    scope = next(iter(row.scope), ALL)
    about = str(row.scope.get(REGION, ""))
    if scope == PATIENT and by.may(Permission.SEE_PATIENTS):
        patient = session.get(Patient, row.scope[PATIENT])
        about = patient.patient_number if patient else ""
    return Shown(row, login, scope, about)


def is_closed(session: Session, patient_id: int) -> bool:
    """Whether a patient had a directive, and none is in force any more."""
    known = session.exec(select(Directive.status).where(Directive.patient_id == patient_id)).all()
    return bool(known) and DirectiveStatus.CURRENT not in known


def _topic(text: str) -> Topic:
    if text not in set(Topic):
        raise _fault("topic", "subscription_topic_unknown")
    return Topic(text)


def _rhythm(text: str) -> Rhythm:
    if text not in set(Rhythm):
        raise _fault("rhythm", "subscription_rhythm_unknown")
    return Rhythm(text)


def _format(topic: Topic, text: str) -> ReportFormat:
    if text not in FORMATS[topic]:
        raise _fault("format", "subscription_format_unknown")
    return ReportFormat(text)


def _account(session: Session, login: str, by: Person) -> Account:
    if not login or normal_login(login) == by.login:
        return session.get_one(Account, by.account_id)
    if not by.may(Permission.ADMINISTER):
        raise _fault("login", "subscription_not_yours_to_make")
    query = select(Account).where(Account.login == normal_login(login), col(Account.active))
    account = session.exec(query).first() if login.isprintable() else None
    if account is None:
        raise _fault("login", "subscription_account_unknown")
    return account


def _scope(session: Session, topic: Topic, wanted: Wanted, by: Person) -> dict[str, Any]:
    if wanted.scope not in SCOPES[topic]:
        raise _fault("scope", "subscription_scope_unknown")
    if wanted.scope == REGION:
        return {REGION: _region(session, wanted.region)}
    if wanted.scope == PATIENT:
        return {PATIENT: _patient(session, topic, wanted.patient, by)}
    return {}


def _region(session: Session, region: str) -> str:
    of_any = (select(table.id).where(table.region == region).limit(1) for table in (Donor, Patient))
    if not region or not region.isprintable() or not any(session.exec(query).first() for query in of_any):
        raise _fault("region", "subscription_region_unknown")
    return region


def _patient(session: Session, topic: Topic, number: str, by: Person) -> int:
    if not by.may(Permission.SEE_PATIENTS):
        raise _fault("patient", "subscription_patient_hidden")
    query = select(Patient.id).where(Patient.patient_number == number)
    found = session.exec(query).first() if number.isprintable() else None
    if found is None:
        raise _fault("patient", "subscription_patient_unknown")
    if topic in OF_DIRECTIVES and is_closed(session, found):
        raise _fault("patient", "subscription_patient_closed")
    return found


def _refuse_ended(row: Subscription) -> None:
    if row.ended_at is not None:
        raise RefusedByRule("subscription_ended_already")


def _fault(field: str, code: str) -> InvalidFields:
    return InvalidFields([FieldFault(field, code)])


def _audit(
    session: Session, row: Subscription, account: Account, action: str, *, actor: str, now: datetime, **more: str
) -> None:
    details = {"topic": row.topic.value, "scope": row.scope, "rhythm": row.rhythm.value, "by_mail": row.by_mail, **more}
    record_audit(
        session, actor=actor, action=action, subject_type="account", subject_key=account.login, details=details, now=now
    )
