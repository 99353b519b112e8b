"""People of the tests, logged in without a password: `log_in(client, app, "searcher")`."""

from datetime import timedelta

from sqlmodel import select

from models.account import Account, Role
from services.accounts.sessions import open_session

EVERY_ROLE = tuple(role.value for role in Role)
PASSWORD = "a long enough sentence"  # where a test does type one (tests.logins.make_account(…, password=…))


def make_account(engines, *roles: str, login: str | None = None, now, password: str | None = None) -> Account:
    """The account of these roles, made where there is none; its login says what it may do."""
    from services.accounts.passwords import hash_password

    name = login or ("-".join(roles) if roles != EVERY_ROLE else "everything") or "nothing"
    with engines.write_session() as session:
        account = session.exec(select(Account).where(Account.login == name)).first()
        if account is None:
            hashed = hash_password(password) if password else None
            account = Account(
                login=name,
                display_name=name.title(),
                roles=list(roles),
                password_hash=hashed,
                created_at=now,
                updated_at=now,
            )
            session.add(account)
            session.flush()
        return account


def log_in(client, app, *roles: str, login: str | None = None):
    """Log a test client in as somebody of these roles (every role unless named); gives the client back."""
    token, now = token_of(app, *roles, login=login)
    with client.session_transaction() as cookie:
        cookie.update(token=token, seen=int(now.timestamp()))
    return client


def token_of(app, *roles: str, login: str | None = None):
    """The token of a new login of somebody of these roles, and the moment it began."""
    runtime = app.extensions["phenotheque"]
    now = runtime.now()
    account = make_account(runtime.engines, *(roles or EVERY_ROLE), login=login, now=now)
    with runtime.engines.write_session() as session:
        token = open_session(session, account, address="127.0.0.1", agent="test", lasts=timedelta(hours=12), now=now)
    return token, now


def cookie_of(app, *roles: str, login: str | None = None) -> str:
    """The value of the session cookie of a new login, for a real browser."""
    token, now = token_of(app, *roles, login=login)
    serializer = app.session_interface.get_signing_serializer(app)
    return serializer.dumps({"token": token, "seen": int(now.timestamp())})
