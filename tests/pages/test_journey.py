"""From an empty registry to a donor who agreed, through the pages alone, in French with scripts and in English without:
each role logs in with a password of their own, does their part and logs out.
"""

import csv
import dataclasses
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from types import SimpleNamespace

import pytest
from werkzeug.serving import make_server

from app import create_app
from jobs.leader import make_leader
from jobs.process import work
from models import crypto
from services.wording.catalogue import messages
from services.wording.formats import format_number
from services.wording.translations import translations
from tests.conftest import close, copy_sqlite, make_settings
from tests.logins import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
BEGIN = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PATIENT, SERUM, REGION = "P0002", "19s05214", "Bretagne"
DONORS_FILE = "donors/simulated_african_10000.csv"  # long enough to be the jobs process's work
FILES = {DONORS_FILE: 10_000, "patients/patients.csv": 6, "antibodies/matchit_class1_6_patients.csv": 576}
PRESCRIBED, TRIED, STEP = 2000, 3000, 250  # MFI; the slider's step
NUMBER = r"AF\d{6}"
COLUMNS = ("compatible", "available", "possible", "unknown", "blocked")
# Compatible, possible, unknown and blocked donors of DONORS_FILE for PATIENT: the same on every day.
COUNTS = {PRESCRIBED: (916, 323, 0, 7254), TRIED: (2582, 2914, 0, 2997)}


@pytest.fixture
def instance(tmp_path, migrated_sqlite, monkeypatch):
    """An empty instance as it is installed, served, with its jobs process at work in a thread."""
    monkeypatch.setattr(crypto, "_keys", crypto._keys)  # at the end, the keys of whatever else this process serves
    copy_sqlite(migrated_sqlite, tmp_path / "phenotheque.sqlite")
    app = create_app(make_settings(tmp_path, f"sqlite:///{tmp_path / 'phenotheque.sqlite'}"))
    begun = monotonic()
    clock = lambda: datetime.fromtimestamp(BEGIN.timestamp() + monotonic() - begun, UTC)  # noqa: E731
    app.extensions["phenotheque"] = dataclasses.replace(app.extensions["phenotheque"], clock=clock)
    server, stop = make_server("127.0.0.1", 0, app, threaded=True), threading.Event()
    with ThreadPoolExecutor() as pool:
        at_it = pool.submit(server.serve_forever), pool.submit(do_jobs, app, stop)
        yield SimpleNamespace(app=app, address=f"http://127.0.0.1:{server.server_port}")
        stop.set()
        server.shutdown()
    assert [one.result() for one in at_it] == [None, None]  # what failed in a thread is told
    server.server_close()
    close(app)


def do_jobs(app, stop) -> None:
    """What `python -m jobs` does once it has its settings, until told to stop."""
    runtime = app.extensions["phenotheque"]
    leader = make_leader(runtime.engines, runtime.settings.instance_path)
    assert leader.try_take()
    work(runtime, leader, stop)
    leader.release()


def command(app, *words: str) -> str:
    """What a command of this instance answers."""
    result = app.test_cli_runner().invoke(args=list(words))
    assert result.exit_code == 0, result.output
    return result.stdout or result.stderr


@pytest.fixture(params=[("fr", True), ("en", False)], ids=["french-with-scripts", "english-without-scripts"])
def at_work(request, instance, chromium):
    """`with at_work("searcher") as person`: a new account, logged in, then out; its browser's console stays empty."""
    language, scripts = request.param

    @contextmanager
    def sit_down(role: str):
        password = command(instance.app, "users", "create", role, "--role", role).split()[-1]
        heard = []
        with closing(chromium.new_context(locale=language, java_script_enabled=scripts)) as context:
            person = Person(context.new_page(), language, scripts)
            person.page.set_default_timeout(60_000)
            person.page.on("console", lambda message: heard.append(f"{person.page.url}: {message.text}"))
            person.page.on("pageerror", lambda error: heard.append(f"{person.page.url}: {error}"))
            person.log_in(instance.address, role, password)
            yield person
            person.log_out()
        assert heard == []

    return sit_down


class Person:
    """Somebody before a browser, who finds things by the words that the pages show in one language."""

    def __init__(self, page, language: str, scripts: bool) -> None:
        self.page, self.language, self.scripts = page, language, scripts

    def say(self, text: str) -> str:
        """What the pages say for an English sentence or the code of one, up to the first value put into it."""
        said = translations(self.language).gettext(messages().get(text, text))
        return re.split(r"%\(|{", said)[0].strip()

    def the(self, role: str, english: str, *, exact: bool = True):
        return self.page.get_by_role(role, name=self.say(english), exact=exact)

    def field(self, english: str):
        """A field by its label, which may add that it is required."""
        label = rf"{re.escape(self.say(english))}( \({self.say('required')}\))?"
        return self.page.get_by_label(re.compile(f"^{label}$"))

    def press(self, role: str, english: str, *, exact: bool = True) -> None:
        self.follow(self.the(role, english, exact=exact))

    def follow(self, leads_on) -> None:
        """Click what leads to another page, and wait until that is there."""
        with self.page.expect_navigation():
            leads_on.click()

    def log_in(self, address: str, login: str, first_password: str) -> None:
        """Log in with the password given, and replace it by one of one's own."""
        self.page.goto(address)
        self.field("Login").fill(login)
        self.field("Password").fill(first_password)
        self.press("button", "Log in")
        self.field("Present password").fill(first_password)
        self.field("New password").fill(PASSWORD)
        self.field("New password, again").fill(PASSWORD)
        self.press("button", "Change")
        assert self.page.get_by_text(self.say("password_changed")).is_visible()
        assert self.page.get_attribute("html", "lang") == self.language

    def sections(self) -> list[str]:
        return self.the("navigation", "Main").get_by_role("link").all_inner_texts()

    def log_out(self) -> None:
        """Log out, and find the door closed."""
        left = self.page.url
        self.press("button", "Log out")
        assert self.page.get_by_text(self.say("logged_out")).is_visible()
        self.page.goto(left)
        assert "/login?next=" in self.page.url
        assert self.the("heading", "Log in").is_visible()

    def open_patient(self) -> None:
        self.press("link", "Patients")
        search = f"{self.say('Search donors')} {self.say('for %(patient)s')} {PATIENT}"
        self.follow(self.page.get_by_role("link", name=search))

    def move_threshold(self, mfi: int) -> None:
        """Move the slider by its keys, or without scripts write the threshold; the lists follow."""
        if self.scripts:
            slider = self.the("slider", "Threshold slider (MFI)")
            steps = (mfi - int(slider.input_value())) // STEP
            for _ in range(abs(steps)):
                slider.press("ArrowRight" if steps > 0 else "ArrowLeft")
        else:
            self.field("Threshold (MFI)").fill(str(mfi))
            self.press("button", "Show the donors")
        figure = f"{format_number(mfi, self.language)} MFI"
        self.the("heading", "Ranked donors", exact=False).filter(has_text=figure).wait_for()

    def counts(self, place: str) -> list[int]:
        """The counts on the screen of a region or the country."""
        rows = self.the("table", "Donors at", exact=False).get_by_role("row")
        row = rows.filter(has=self.page.get_by_role("rowheader", name=self.say(place)))
        return [int(re.sub(r"\D", "", text)) for text in row.get_by_role("cell").all_inner_texts()[: len(COLUMNS)]]


def test_each_role_does_its_part_from_an_empty_registry_to_a_donor_who_agreed(instance, at_work, shared_path):
    data = shared_path / "data"
    with at_work("laboratory") as person:
        import_files(person, data)
    with at_work("scientist") as person:
        prescribe_and_sign(person)
    with at_work("searcher") as person:
        person.open_patient()
        compare_thresholds(person, instance.app)
        donor = reserve_and_read_why(person)
        export(person, donor)
    with at_work("coordinator") as person:
        call(person, donor, data / DONORS_FILE)
    with at_work("reader") as person:
        assert person.sections() == [person.say("Home")]
        assert person.page.get_by_text(format_number(FILES[DONORS_FILE], person.language), exact=True).is_visible()
    with at_work("administrator") as person:
        verify_trail(person)


def import_files(person, data: Path) -> None:
    person.press("link", "Import a file")  # the home page of an empty registry says where to begin
    for name, rows in FILES.items():
        person.field("File").set_input_files(data / name)
        person.press("button", "Send and check")
        wait_for_jobs(person, "button", "Import")
        person.press("button", "Import")
        wait_for_jobs(person, "heading", "What was done")
        created = person.page.locator(".import-counts div").filter(has_text=person.say("Created"))
        assert created.get_by_role("definition").inner_text() == format_number(rows, person.language)
        person.follow(person.the("navigation", "Main").get_by_role("link", name=person.say("Imports")))
        person.press("link", "Send a file")


def wait_for_jobs(person, role: str, english: str) -> None:
    """Wait for what the jobs process does: the page looks again by itself, or without scripts the person does."""
    wanted = person.the(role, english, exact=role == "button")
    while not person.scripts and not wanted.count():
        person.press("link", "Look again")
    wanted.wait_for(timeout=300_000)


def prescribe_and_sign(person) -> None:
    """Make a directive of the serum and threshold that the search page shows, and sign it."""
    person.open_patient()
    person.move_threshold(PRESCRIBED)
    person.press("link", "Make this threshold the directive")
    assert person.field("Threshold (MFI)").input_value() == str(PRESCRIBED)
    assert person.field("Serum").input_value() == SERUM
    person.press("button", "Show what it would do")
    compatible = person.the("row", "Compatible", exact=False).first.get_by_role("cell").last
    assert compatible.inner_text().startswith(f"{COUNTS[PRESCRIBED][0]} ")
    person.press("button", "Put in force")
    person.press("link", "Sign")
    person.field("Your password").fill(PASSWORD)
    person.press("button", "Sign as verified")
    assert person.page.get_by_text(person.say("signed"), exact=True).is_visible()


def compare_thresholds(person, app) -> None:
    """The page opens at the threshold prescribed; each count is the one that the command gives."""
    assert person.counts("Country")[0] == COUNTS[PRESCRIBED][0]
    answer = json.loads(command(app, "sweep", PATIENT, "--thresholds", f"{TRIED},{PRESCRIBED}", "--format", "json"))
    swept = {one["mfi"]: one for one in answer["thresholds"]}
    for mfi in (TRIED, PRESCRIBED):
        person.move_threshold(mfi)
        for place, counts in (("Country", swept[mfi]["national"]), (REGION, swept[mfi]["regions"][REGION])):
            assert person.counts(place) == [counts[name] for name in COLUMNS]
        compatible, _, *others = person.counts("Country")
        assert (compatible, *others) == COUNTS[mfi]


def reserve_and_read_why(person) -> str:
    """Hold the first donor of the list who can give today; gives the donor's number."""
    person.field("Can give by").fill(BEGIN.date().isoformat())
    person.press("button", "Filter")
    link = person.page.get_by_role("link", name=re.compile(rf"^{NUMBER} \({person.say('why')}\)$")).first
    donor = re.match(NUMBER, link.inner_text())[0]
    link.click()
    why = person.page.get_by_role("dialog" if person.scripts else "article")
    why.get_by_role("heading", name=donor, level=1).filter(has_text=person.say("verdict.compatible")).wait_for()
    assert why.get_by_role("group", name=person.say("Value by value")).get_by_role("row").count() > 4
    if person.scripts:
        person.the("button", "Close").click()
    else:
        person.press("link", "Back to the donors of %(patient)s", exact=False)
    person.follow(person.page.get_by_role("link", name=f"{person.say('Reserve')} {donor}", exact=True))
    person.press("button", "Hold until %(moment)s", exact=False)
    row = person.page.get_by_role("row").filter(has_text=donor)
    assert person.say("held until %(moment)s") in row.inner_text()
    return donor


def export(person, donor: str) -> None:
    """Each kind of file is saved; the table holds the donors of the list, each once, among them the one reserved."""
    ranked = int(re.sub(r"\D", "", person.page.locator("[data-ranked]").inner_text()))
    for kind, begins in (("XLSX", b"PK"), ("PDF", b"%PDF"), ("CSV", b"")):
        with person.page.expect_download() as started:
            person.the("navigation", "Files of this list").get_by_role("link", name=kind, exact=True).click()
        content = Path(started.value.path()).read_bytes()
        assert content.startswith(begins)
    listed = re.findall(NUMBER, content.decode("utf-8-sig"))
    assert len(set(listed)) == len(listed) == ranked
    assert donor in listed


def call(person, donor: str, file: Path) -> None:
    """The call list names the donor to whoever calls; one button says what came of the call."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        row = next(row for row in csv.DictReader(lines) if row["donor_number"] == donor)
    person.press("link", "Open the call list")
    name = f"{row['last_name']} {row['first_name']} · {donor}"
    assert person.page.get_by_role("heading", name=name, exact=True).is_visible()
    assert person.page.get_by_role("link", name=row["phone"], exact=True).is_visible()
    person.follow(person.page.get_by_role("button", name=person.say("call.agreed"), exact=True))
    assert person.page.get_by_text(person.say("reservation.confirmed"), exact=True).is_visible()


def verify_trail(person) -> None:
    """The trail tells each act of the others, and is whole."""
    assert person.sections() == [person.say(name) for name in ("Home", "Accounts", "Jobs", "References", "Audit")]
    person.press("link", "Audit")
    acts = {"import": len(FILES), "directive_set": 1, "directive_signed": 1, "reservation_held": 1, "export": 3}
    for action, times in acts.items():
        cells = person.page.get_by_role("cell", name=person.say(f"action.{action}"), exact=True)
        assert (action, cells.count()) == (action, times)
    person.press("button", "Verify the whole trail")
    assert person.page.get_by_role("status").filter(has_text=person.say("audit_intact")).is_visible()
