"""Who may open what: the whole URL map, as each role and as nobody."""

import pytest

from models.account import Role
from services.accounts.permissions import ROLE_PERMISSIONS, Permission
from tests.logins import log_in, make_account
from views.access import ANYBODY, LOGGED_IN, need_of, refuse_silent_views

# A value for each part of an address; they name things that do not exist, so that nothing is found or changed.
PARTS = {"int": 987654, "default": "NOBODY", "string": "NOBODY", "path": "nowhere", "uuid": "0" * 8 + "-0" * 3}
FOR_ANYBODY = {"static", "accounts.login", "health.alive", "health.ready", "api.description", "campaigns.calendar_feed_file"}
ENDS_THE_LOGIN = {"accounts.logout"}  # tried by itself


def addresses(app):
    """Endpoint, method and address of every rule."""
    for rule in app.url_map.iter_rules():
        values = {name: part_of(rule, name) for name in rule.arguments}
        with app.test_request_context():
            built = rule.build(values, append_unknown=False)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            if rule.endpoint not in ENDS_THE_LOGIN:
                yield rule.endpoint, method, built[1]


def part_of(rule, name: str):
    kind = type(rule._converters[name]).__name__
    choices = getattr(rule._converters[name], "items", None)
    if kind == "RowNumber":
        return PARTS["int"]
    if kind == "UUIDConverter":
        return "00000000-0000-4000-8000-000000000000"
    return next(iter(choices)) if choices else PARTS["default"]


def refused_at_the_door(answer) -> bool:
    """Whether the guard itself answered: log in first, or not allowed."""
    return answer.status_code in (401, 403) or "/login" in answer.headers.get("Location", "")


def test_every_view_says_who_may_use_it(app):
    refuse_silent_views(app)
    app.add_url_rule("/silent", "silent", lambda: "")
    with pytest.raises(RuntimeError, match="silent"):
        refuse_silent_views(app)


def test_what_is_open_to_anybody_is_listed_here(app):
    found = {rule.endpoint for rule in app.url_map.iter_rules() if need_of(app, rule.endpoint) == ANYBODY}
    assert found <= FOR_ANYBODY


def test_nobody_gets_past_the_login(app):
    for endpoint, method, address in addresses(app):
        answer = app.test_client().open(address, method=method)
        expected = need_of(app, endpoint) != ANYBODY
        assert refused_at_the_door(answer) == expected or endpoint in FOR_ANYBODY, (endpoint, method, address)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_what_it_may_and_nothing_else(app, role):
    allowed = {ANYBODY, LOGGED_IN, *ROLE_PERMISSIONS[role]}
    wrong, client = [], log_in(app.test_client(), app, role.value)
    for endpoint, method, address in addresses(app):
        status = client.open(address, method=method).status_code
        if (status == 403) != (need_of(app, endpoint) not in allowed):
            wrong.append((endpoint, method, address, status))
        assert status < 500, (endpoint, method, address, status)
    assert wrong == []


def test_somebody_without_a_role_may_do_nothing_but_be_there(app, engines, now):
    make_account(engines, login="new", now=now)
    client = log_in(app.test_client(), app, login="new")
    for endpoint, method, address in addresses(app):
        if need_of(app, endpoint) in set(Permission):
            assert client.open(address, method=method).status_code == 403, (endpoint, method)


def test_nobody_logs_out(app):
    assert refused_at_the_door(app.test_client().post("/logout"))


def test_every_permission_is_somebodys():
    assert frozenset().union(*ROLE_PERMISSIONS.values()) == set(Permission)
