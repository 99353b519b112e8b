"""A patient's directives: what is in force, what was, and who answers for it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from domain.errors import InvalidFields, RefusedByRule
from services.accounts.permissions import Permission
from services.directive_page import open_directive_form, open_directives
from services.directive_plans import plan_directive
from services.directives import close_directive, put_in_force, sign_directive
from services.wording.catalogue import sentence
from views.access import needs
from views.attempts import do_as_oneself
from views.directive_form import (
    ABO_RULES,
    SERUM_CHOICES,
    CloseForm,
    Sheet,
    SignatureForm,
    VersionForm,
    sheet_of_post,
    sheet_of_version,
)
from views.language import current_locale
from views.running import actor, now, runtime, snapshots
from views.shown import day, said

blueprint = Blueprint("directives", __name__)
Answer = tuple[str, int]


@blueprint.get("/patients/<patient>/directives")
@needs(Permission.SEE_PATIENTS)
def history(patient: str) -> str:
    """Every version, the newest first."""
    return render_template("directives/history.html", **_opened(patient))


def _opened(patient: str) -> dict[str, Any]:
    with runtime().engines.read_session() as session:
        return open_directives(session, patient_number=patient, on=runtime().today())


@blueprint.route("/patients/<patient>/directive", methods=["GET", "POST"])
@needs(Permission.WRITE_DIRECTIVES)
def edit(patient: str) -> Response | str | Answer:
    """The form of a new version, what it would do, and putting it in force."""
    with runtime().engines.read_session() as session:
        opened = open_directive_form(session, patient_number=patient, on=runtime().today())
    if request.method == "POST":
        return _posted(patient, opened, sheet_of_post(request.form))
    sheet = sheet_of_version(opened["current"], request.args)
    return _form_page(opened, sheet, plan=_plan(patient, sheet) if sheet.form.threshold.data else None)


def _posted(patient: str, opened: dict[str, Any], sheet: Sheet) -> Response | str | Answer:
    """More rows, what it would do, or the new version."""
    if sheet.step.startswith("more_"):
        return _form_page(opened, sheet)
    plan = _plan(patient, sheet)
    if plan is None:
        return _form_page(opened, sheet), 422
    return _save(patient, opened, sheet, plan) if sheet.step == "save" else _form_page(opened, sheet, plan=plan)


def _plan(patient: str, sheet: Sheet) -> dict[str, Any] | None:
    """What the form would do; None where something in it cannot be used, which is then said beside its field."""
    wording = sheet.with_readable_texts()
    asked = {"patient_number": patient, "wording": wording, "on": runtime().today(), "locale": current_locale()}
    try:
        with runtime().engines.read_session() as session:
            plan = plan_directive(session, snapshots(), **asked)
    except InvalidFields as error:
        sheet.take_faults(error)
        return None
    return plan if sheet.is_readable else None


def _save(patient: str, opened: dict[str, Any], sheet: Sheet, plan: dict[str, Any]) -> Response | Answer:
    """Put in force what was shown, and nothing else."""
    if sheet.form.seen.data != sheet.fingerprint():
        return _form_page(opened, sheet, plan=plan, notice="shown_before_saved"), 200
    asked = {"wording": sheet.wording(), "opened_on": sheet.opened_on(), "on": runtime().today()}
    try:
        with runtime().engines.write_session() as session:
            row = put_in_force(session, patient_number=patient, **asked, actor=actor(), now=now())
            version = row.version
    except RefusedByRule as error:
        if error.code != "changed_meanwhile":
            raise
        sheet.form.version.data = str((opened["current"] or {}).get("version", 0))
        return _form_page(opened, sheet, plan=plan, notice=error.code), 409
    return _told(patient, "directive_put_in_force", version)


def _form_page(
    opened: dict[str, Any], sheet: Sheet, *, plan: dict[str, Any] | None = None, notice: str | None = None
) -> str:
    form = sheet.form
    form.sample.choices = [SelectChoice("", said("latest_serum")), *_sample_choices(opened, form)]
    form.serum.choices = [SelectChoice(one, said(f"serum_rule.{one}")) for one in SERUM_CHOICES]
    form.abo_rule.choices = [SelectChoice(rule, said(f"abo_rule.{rule}")) for rule in ABO_RULES]
    form.seen.data = sheet.fingerprint() if plan else ""
    return render_template("directives/edit.html", **opened, sheet=sheet, form=form, plan=plan, notice=notice)


def _sample_choices(opened: dict[str, Any], form: Any) -> list[SelectChoice]:
    """The sera, and the one that was asked where there is none of that name: it must not change unseen."""
    known = {
        one["code"]: f"{one['code']} · {day(one['run_on'])}" if one["run_on"] else one["code"]
        for one in opened["samples"]
    }
    asked = form.sample.data
    if asked:
        known.setdefault(asked, asked)
    return [SelectChoice(*one) for one in known.items()]


@blueprint.route("/patients/<patient>/directives/sign", methods=["GET", "POST"])
@needs(Permission.SIGN_DIRECTIVES)
def sign(patient: str) -> Response | str | Answer:
    """Sign the version in force as verified, with one's password again."""
    form = SignatureForm()
    if form.validate_on_submit() and (version := _sign(patient, form)):
        return _told(patient, "directive_is_signed", version)
    page = _act_page("sign", patient, form)
    return (page, 422) if form.is_submitted() else page


def _sign(patient: str, form: SignatureForm) -> int | None:
    """The version that was signed; None where the password was refused."""
    asked = {"patient_number": patient, "version": form.shown_version(), "now": now()}
    return do_as_oneself(
        form.password, lambda session, signer: sign_directive(session, **asked, signer=signer).version
    )


def _act_page(name: str, patient: str, form: VersionForm) -> str:
    """The page that asks for a yes, on the version in force. Raises RefusedByRule where there is none."""
    opened = _opened(patient)
    if opened["current"] is None:
        raise RefusedByRule("no_directive", patient=patient)
    if not form.is_submitted():
        form.version.data = str(opened["current"]["version"])
    return render_template(f"directives/{name}.html", **opened, form=form)


@blueprint.route("/patients/<patient>/directives/close", methods=["GET", "POST"])
@needs(Permission.WRITE_DIRECTIVES)
def close(patient: str) -> Response | str:
    """End the version in force, after a yes."""
    form = CloseForm()
    if not form.is_submitted():
        return _act_page("close", patient, form)
    asked = {"patient_number": patient, "version": form.shown_version(), "reason": form.reason.data or ""}
    with runtime().engines.write_session() as session:
        version = close_directive(session, **asked, actor=actor(), now=now()).version
    return _told(patient, "directive_is_closed", version)


def _told(patient: str, code: str, version: int) -> Response:
    """On to the history, saying what was done."""
    flash(sentence(code, {"version": version}, current_locale()))
    return redirect(url_for("directives.history", patient=patient), 303)
