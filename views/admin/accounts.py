"""Accounts and sites, as administrators keep them."""

import secrets

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from domain.errors import InvalidFields, NotFound, PhenothequeError
from models.account import Account, Role
from services.accounts.emails import LONGEST_EMAIL, set_email
from services.accounts.passwords import hash_password
from services.accounts.people import (
    LONGEST_NAME,
    AccountForm,
    change_account,
    create_account,
    get_account,
    list_accounts,
    set_password,
)
from services.accounts.permissions import Permission
from services.accounts.preferences import LOCALES
from services.accounts.sites import get_site, list_sites, save_site, version_of_site
from services.wording.catalogue import sentence
from views.access import needs
from views.forms import Form, number_in
from views.language import current_locale
from views.running import actor, now, runtime
from views.shown import said

blueprint = Blueprint("admin_accounts", __name__, url_prefix="/admin")
Page = str | tuple[str, int]


class OneAccountForm(Form):
    """An account, new or known."""

    login = StringField(validators=[Optional(), Length(max=63)])
    display_name = StringField(validators=[InputRequired(), Length(max=LONGEST_NAME)])
    roles = SelectMultipleField(
        choices=[role.value for role in Role],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    site_id = SelectField(coerce=int, default=0)
    locale = SelectField(choices=["", *LOCALES], default="")
    email = StringField(validators=[Length(max=LONGEST_EMAIL)])
    active = BooleanField(default=True)
    version = HiddenField(default="0")

    def asked(self) -> AccountForm:
        """The account as the service takes it."""
        return AccountForm(
            display_name=self.display_name.data,
            roles=tuple(self.roles.data),
            site_id=self.site_id.data or None,
            locale=self.locale.data or None,
            active=self.active.data,
        )


class SiteForm(Form):
    """A site, new or known."""

    site_id = HiddenField()
    version = HiddenField()
    code = StringField()
    name = StringField()
    region = StringField()
    active = BooleanField(default=True)


def _account_form(account: Account | None = None) -> OneAccountForm:
    known = {}
    if account is not None:
        known = {name: getattr(account, name) for name in ("login", "display_name", "roles", "active", "email")}
        known |= {"site_id": account.site_id or 0, "locale": account.locale or "", "version": str(account.version_id)}
    form = OneAccountForm(data=known)
    with runtime().engines.read_session() as database:
        sites = [SelectChoice(site.id, site.name) for site in list_sites(database)]
    form.site_id.choices = [SelectChoice(0, "—"), *sites]
    form.roles.choices = [SelectChoice(role.value, said(f"role.{role.value}")) for role in Role]
    return form


def _first_password() -> str:
    return secrets.token_urlsafe(12)


def _refused(form: Form, error: PhenothequeError) -> None:
    if isinstance(error, InvalidFields):
        form.take_faults(error)
    else:
        form.form_errors.append(sentence(error.code, error.params, current_locale()))


@blueprint.get("/accounts")
@needs(Permission.ADMINISTER)
def index() -> str:
    """Every account."""
    with runtime().engines.read_session() as database:
        sites = {site.id: site for site in list_sites(database)}
        return render_template("admin/accounts.html", accounts=list_accounts(database), sites=sites)


@blueprint.route("/accounts/new", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def new() -> Page:
    """A new account; its first password is shown this once."""
    form, password = _account_form(), _first_password()
    if form.validate_on_submit():
        try:
            terms = {"password_hash": hash_password(password), "must_change": True, "actor": actor(), "now": now()}
            with runtime().engines.write_session() as database:
                account = create_account(database, login=form.login.data or "", form=form.asked(), **terms)
                _set_email(database, account, form)
            return render_template("admin/account_password.html", account=account, password=password)
        except PhenothequeError as error:
            _refused(form, error)
    page = render_template("admin/account.html", form=form, account=None)
    return (page, 422) if form.is_submitted() else page


@blueprint.route("/accounts/<login>", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def edit(login: str) -> Page | Response:
    """One account: name, roles, site, language, open or closed."""
    with runtime().engines.read_session() as database:
        account = get_account(database, login)
    form = _account_form(account)
    if form.validate_on_submit() and _changed(form, login):
        flash(sentence("account_saved", {"login": account.login}, current_locale()))
        return redirect(url_for("admin_accounts.index"), 303)
    page = render_template("admin/account.html", form=form, account=account)
    return (page, 422) if form.is_submitted() else page


def _changed(form: OneAccountForm, login: str) -> bool:
    version = number_in(form.version.data) or 0
    try:
        with runtime().engines.write_session() as database:
            account = get_account(database, login)
            change_account(database, account, form=form.asked(), version=version, actor=actor(), now=now())
            _set_email(database, account, form)
    except PhenothequeError as error:
        _refused(form, error)
        return False
    return True


def _set_email(database: Session, account: Account, form: OneAccountForm) -> None:
    if form.email.raw_data:  # a form that was open before there was this field says nothing of it
        set_email(database, account, form.email.data or "", actor=actor(), now=now())


@blueprint.post("/accounts/<login>/password")
@needs(Permission.ADMINISTER)
def new_password(login: str) -> str:
    """A new first password for somebody who lost theirs."""
    password = _first_password()
    hashed = hash_password(password)
    with runtime().engines.write_session() as database:
        account = get_account(database, login)
        set_password(database, account, hashed, must_change=True, actor=actor(), now=now())
    return render_template("admin/account_password.html", account=account, password=password)


@blueprint.route("/sites", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def sites() -> Page | Response:
    """The sites people work at; a form for a new one, or for the one named in the address."""
    form = SiteForm()
    if form.is_submitted() and _saved_site(form):
        flash(sentence("site_saved", {"code": form.code.data}, current_locale()))
        return redirect(url_for("admin_accounts.sites"), 303)
    with runtime().engines.read_session() as database:
        page = render_template("admin/sites.html", form=form, sites=list_sites(database))
    return (page, 422) if form.is_submitted() else page


@blueprint.get("/sites/<int:site_id>")
@needs(Permission.ADMINISTER)
def site(site_id: int) -> str:
    """The sites, one of them ready to be changed."""
    with runtime().engines.read_session() as database:
        row = get_site(database, site_id)
        form = SiteForm(data={**row.model_dump(), "site_id": row.id, "version": version_of_site(row)})
        return render_template("admin/sites.html", form=form, sites=list_sites(database))


def _saved_site(form: SiteForm) -> bool:
    """Whether the site was saved; else the reason is in the form. Raises NotFound."""
    site_id = number_in(form.site_id.data)
    if form.site_id.data and site_id is None:
        raise NotFound("unknown_site")
    texts = {name: form[name].data or "" for name in ("version", "code", "name", "region")}
    try:
        with runtime().engines.write_session() as database:
            save_site(database, site_id=site_id, **texts, active=form.active.data, actor=actor(), now=now())
    except NotFound:
        raise
    except PhenothequeError as error:
        _refused(form, error)
        return False
    return True
