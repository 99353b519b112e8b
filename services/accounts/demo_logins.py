"""One account for each role of the demo, with a site and a password of its own; never beside real people."""

import secrets
from datetime import datetime

from sqlmodel import Session, select

from models.account import Account, Role, Site
from models.patient import Patient
from models.subscription import Topic
from services.accounts.passwords import hash_password
from services.accounts.people import AccountForm, create_account, has_accounts
from services.accounts.person import person_of
from services.subscriptions.subscribing import Wanted, subscribe
from services.subscriptions.topics import may_follow

DEMO_PATIENT = "DEMO-P1"
# Invented people, one for each role.
PEOPLE = {
    Role.SEARCHER: ("recherche", "Camille Recherche"),
    Role.COORDINATOR: ("coordination", "Dominique Coordination"),
    Role.LABORATORY: ("laboratoire", "Claude Laboratoire"),
    Role.SCIENTIST: ("histocompat", "Maxime Histocompatibilité"),
    Role.READER: ("lecture", "Alix Lecture"),
    Role.ADMINISTRATOR: ("admin", "Andrea Administration"),
}


def make_demo_logins(session: Session, *, actor: str, now: datetime) -> dict[str, str]:
    """The password of each new login; empty where there are accounts already, or where the data is not the demo."""
    is_demo = session.exec(select(Patient.id).where(Patient.patient_number == DEMO_PATIENT)).first() is not None
    if has_accounts(session) or not is_demo:
        return {}
    site = Site(code="DEMO", name="Site de démonstration", region="Bretagne")
    session.add(site)
    session.flush()
    made = {}
    for role, (login, name) in PEOPLE.items():
        made[login] = secrets.token_urlsafe(12)
        form = AccountForm(display_name=name, roles=(role.value,), site_id=site.id)
        hashed = hash_password(made[login])
        create_account(session, login=login, form=form, password_hash=hashed, must_change=False, actor=actor, now=now)
    _subscribe(session, now)
    return made


def _subscribe(session: Session, now: datetime) -> None:
    """Those who have work to do are told of it each morning."""
    for account in session.exec(select(Account)).all():
        by = person_of(session, account)
        if may_follow(by.permissions, Topic.RECALLS, {}):
            subscribe(session, Wanted(Topic.RECALLS.value, by_mail=False), by=by, now=now)
