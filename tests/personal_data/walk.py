"""Somebody asks for everything: every link, every address there is, every form sent empty; and what they were told."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from urllib.parse import unquote

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import AnyConverter, Rule

from domain.autologous_units import UnitStep
from models.account import Site
from models.autologous import AutologousCollection, AutologousUnit, ChemoCourse
from models.campaign import Campaign, Invitation
from models.crossmatch import Crossmatch
from models.donor import Deferral
from models.duplicate import DonorMerge, DuplicatePair
from models.family import Family, FamilyMember
from models.job import Upload
from models.outbox import OutboxMessage
from models.request import PlateletAntibody, TransfusionRequest
from models.reservation import Reservation
from models.search import Search
from models.subscription import Notice, Subscription
from models.treatment import Treatment
from services.accounts.permissions import Permission
from services.accounts.tokens import create_token
from tests.conftest import NOW, TODAY
from tests.crawl import reachable
from tests.logins import log_in, make_account
from tests.personal_data.known_by import COLLEAGUE, CONFIRMED, ERASED, NEW, NUMBER, OTHER, RESERVED, Secret
from tests.personal_data.reading import read, secrets_in
from tests.personal_data.registry import SEARCH
from views.help_notes import SCREENS


@dataclass(frozen=True)
class Visit:
    """One question, the secrets that its answer held, and the rows that it left in the trail."""

    endpoint: str
    address: str
    found: tuple[Secret, ...]
    trail: list[sa.Row]

    def of(self, *kinds: str) -> list[Secret]:
        return [one for one in self.found if one.what in kinds]

    @property
    def place(self) -> str:
        """The endpoint, and whether the address asks who the donor is."""
        return self.endpoint + ("?identity=show" if self.address.endswith("?identity=show") else "")


@dataclass
class Visitor:
    """Somebody who asks, by a browser or by a token, and remembers what was answered."""

    app: Flask
    client: FlaskClient
    headers: dict[str, str] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)

    def get(self, address: str, **given):
        return self.ask("GET", address, **given)

    def ask(self, method: str, address: str, *, headers=None, **given):
        last = last_row(self.app)
        answer = self.client.open(address, method=method, headers={**self.headers, **(headers or {})}, **given)
        assert answer.status_code < 500, (method, address)
        typed = secrets_in(unquote(address))  # what somebody typed is no news to them
        found = tuple(one for one in secrets_in(read(answer, self.app)) if one not in typed)
        visit = Visit(endpoint_of(self.app, method, address), f"{method} {address}", found, trail_after(self.app, last))
        self.visits.append(visit)
        return answer


def last_row(app: Flask) -> int:
    with app.extensions["phenotheque"].engines.read.connect() as connection:
        return connection.execute(sa.text("SELECT max(id) FROM audit_event")).scalar_one()


def trail_after(app: Flask, row: int) -> list[sa.Row]:
    """The rows of the trail after that one."""
    query = "SELECT id, action, subject_key || details AS told FROM audit_event WHERE id > :row ORDER BY id"
    with app.extensions["phenotheque"].engines.read.connect() as connection:
        return list(connection.execute(sa.text(query), {"row": row}))


def endpoint_of(app: Flask, method: str, address: str) -> str:
    try:
        return app.url_map.bind("localhost").match(unquote(address.split("?")[0]), method=method)[0]
    except HTTPException:
        return ""


QUERIES = {  # what else an address is asked, beside nothing
    "donors.show": ("identity=show",),
    "donors.index": ("number=PT", "sort=region", "status=restricted"),
    "workbench.show": ("threshold=5000&verdict=all", "threshold=100000&sort=donor"),
    "workbench.compare": (f"donor={RESERVED}&donor={OTHER}",),
    "workbench.donor": ("threshold=300", "threshold=100000"),
    "workbench.why_donor": (f"donor={RESERVED}",),
    "reservations.index": ("status=all", f"number={RESERVED}&status=all&sort=newest", f"number={NUMBER}"),
    "reservations.calls": (f"on={TODAY}", "on=someday"),
    "campaigns.show": ("prevalence=4 %", "prevalence=120 %"),
    "campaigns.calls": ("list=all", "list=lost"),
    "reservations.new": (f"donor={RESERVED}", f"donor={OTHER}&threshold=2000"),
    "requests.index": ("status=all",),
    "families.index": (f"donor={RESERVED}",),
    "families.show": ("names=show",),
    "duplicates.merge": (f"survivor={CONFIRMED}", f"survivor={OTHER}"),
    "find.show": (f"q={NUMBER}", f"q={RESERVED}", "q=PT"),
    "exports.ranked": ("profile=international&threshold=100000&verdict=all",),
    "exports.sweep": ("profile=international",),
    "exports.directive": ("profile=international",),
    "admin_audit.index": ("page=2", "action=donor_identity_edited", f"subject={RESERVED}"),
    "admin_outbox.index": ("state=queued", "state=odd"),
    "api.donors.index": ("limit=200",),
    "api.patients.explain": ("threshold=5000",),
    "api.reservations.index": ("status=all&limit=200", "limit=0"),
}
POSTED = {
    "campaigns.outcome",
    "campaigns.deed",
    "duplicates.carry_out",
    "reservations.call",
    "reservations.step",
    "api.reservations.create",
    "api.imports.create",
}
DONE = {"donors.download", "api.searches.create"}  # what a question that is no form does


def real_values(session, donors: list[str]) -> dict[str, list[str]]:
    """Values that exist for each part of an address; those of one blueprint alone, under `blueprint.part`."""

    def every(column) -> list[str]:
        return [str(value) for value in session.exec(select(column))]

    reservations = every(Reservation.code)
    return {
        "patient": [NUMBER], "api.donors.number": donors, "number": [NUMBER, "NOBODY"], "donor": donors,
        "donor_number": donors, "reservations.code": reservations, "api.reservations.code": reservations,
        "campaigns.code": every(Campaign.code), "invitation": every(Invitation.code),
        "requests.code": every(TransfusionRequest.code), "upload": every(Upload.id), "search": every(Search.id),
        "families.code": every(Family.code), "families.member": every(FamilyMember.code),
        "deferral": every(Deferral.id), "result": every(PlateletAntibody.id), "site_id": every(Site.id),
        "course": every(ChemoCourse.code), "collection": every(AutologousCollection.code),
        "unit": every(AutologousUnit.number), "step": [*UnitStep],
        "pair": every(DuplicatePair.id), "merge": every(DonorMerge.id),
        "login": ["coordinator", COLLEAGUE], "screen": list(SCREENS), "kind": ["csv", "xlsx", "pdf"],
        "message_id": every(OutboxMessage.id),
        "treatment": every(Treatment.code), "crossmatch": every(Crossmatch.code),
        "inbox.code": every(Notice.code), "subscriptions.code": every(Subscription.code),
    }  # fmt: skip


def addresses(app: Flask, method: str, *, thorough: bool) -> Iterator[tuple[str, str]]:
    """Every address that exists for a method, each part of it real, with its endpoint."""
    with app.extensions["phenotheque"].engines.read_session() as session:
        real = real_values(session, [RESERVED, ERASED, *([OTHER, NEW, "NOBODY"] if thorough else [])])
    for rule in app.url_map.iter_rules():
        if method not in rule.methods or rule.endpoint == "static":
            continue
        page = rule.endpoint.rpartition(".")[0]
        names = sorted(rule.arguments)
        known = {name: real.get(f"{page}.{name}") or real.get(name, ["0"]) for name in names}
        for values in product(*(_taken(rule, name, known[name]) for name in names)):
            with app.test_request_context():
                address = rule.build(dict(zip(names, values, strict=True)), append_unknown=False)[1]
            yield rule.endpoint, address


def _taken(rule: Rule, name: str, values: list[str]) -> list[str]:
    """Those of the values that this part of the address may be: some kinds of file are not made of everything."""
    part = rule._converters[name]
    return [one for one in values if not isinstance(part, AnyConverter) or one in part.items]


def walk(app: Flask, *roles: str, thorough: bool) -> list[Visit]:
    """All that somebody of these roles, or nobody, is answered: to links, addresses, forms sent empty, a token."""
    client = log_in(app.test_client(), app, *roles) if roles else app.test_client()
    browser = Visitor(app, client, {"Accept-Language": "fr", "Accept-Encoding": "gzip"})
    reachable(app, Visitor(app, client, visits=browser.visits))
    for endpoint, address in addresses(app, "GET", thorough=thorough):
        let_in = browser.get(address).status_code < 400
        for query in QUERIES.get(endpoint, ()) if let_in or thorough else ():
            browser.get(f"{address}?{query}")
        if thorough:
            browser.get(address, headers={"HX-Request": "true", "Accept-Language": "en"})
    for endpoint, address in addresses(app, "POST", thorough=thorough):
        if endpoint in DONE | POSTED or endpoint_of(app, "GET", address) == endpoint:
            sent = browser.ask("POST", address, **({"data": {"form": "json"}} if endpoint == "donors.download" else {}))
            assert sent.status_code >= 400 or endpoint in DONE, address  # nothing is changed on the way
    if roles:
        by_token(app, browser.visits, *roles)
    return browser.visits


def by_token(app: Flask, visits: list[Visit], *roles: str) -> None:
    engines = app.extensions["phenotheque"].engines
    account = make_account(engines, *roles, now=NOW)
    with engines.write_session() as session:
        asked = {"account_id": account.id, "name": "test", "scope": "write", "days": 1}
        text = create_token(session, **asked, actor="test", now=NOW)[1]
    program = Visitor(app, app.test_client(), {"Authorization": f"Bearer {text}"}, visits)
    for endpoint, address in addresses(app, "GET", thorough=False):
        if endpoint.startswith("api."):
            program.get(address)
    program.ask("POST", "/api/v1/searches", json=SEARCH)


@contextmanager
def overheard() -> Iterator[list[str]]:
    """The lines of the log, as they are written, of every level."""
    lines, root = [], logging.getLogger()
    written = next(one for one in root.handlers if one.get_name() == "phenotheque")
    listening = logging.StreamHandler(io.StringIO())
    listening.setFormatter(written.formatter)
    level = root.level
    root.addHandler(listening)
    root.setLevel("DEBUG")
    try:
        yield lines
    finally:
        root.removeHandler(listening)
        root.setLevel(level)
        lines += listening.stream.getvalue().splitlines()


@dataclass(frozen=True)
class Story:
    """Who asked, what they were answered, and what the log says of it."""

    who: str
    permissions: frozenset[Permission]
    visits: list[Visit]
    lines: list[str]

    def leaks(self) -> list[str]:
        """Address, role and text of each secret that this person may not read."""
        return sorted(
            {
                f"{visit.address} tells {self.who} the {one.what} {one.text}"
                for visit in self.visits
                for one in visit.found
                if not one.readable(self.permissions)
            }
        )
