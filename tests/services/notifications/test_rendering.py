"""A mail in both languages: what stands on it, what never does, and how it travels."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP, default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.subscription import Topic
from services.notifications.kinds import KINDS
from services.notifications.rendering import Envelope, Letterhead, mail_of
from tests.conftest import NOW

LETTERHEAD = Letterhead("phenotheque@example.org", "https://registry.example.org")
NEWS = {
    "topic": "standing_searches",
    "notice": "c0de",
    "summary_code": "outbox_round",
    "summary_params": {"sent": 1200, "all": 3400},
}


def news(locale="fr", **changed):
    envelope = Envelope("reader@example.org", locale, "<c0de@example.org>", NOW)
    return mail_of(KINDS["news"].say({**NEWS, **changed}), LETTERHEAD, envelope)


def travelled(mail):
    return message_from_bytes(mail.as_bytes(policy=SMTP), policy=default)


@pytest.mark.parametrize(
    ("locale", "subject", "sentence", "sender"),
    [
        ("fr", "Recherches suivies\u00a0: ce qui a changé", "Envoyés\u00a0: 1\u202f200 sur 3\u202f400.", "Phénothèque"),
        ("en", "Standing searches: what changed", "Sent: 1,200 of 3,400.", "Phenotheque"),
    ],
)
def test_a_mail_says_its_counts_in_the_readers_language_with_a_link(locale, subject, sentence, sender):
    mail = travelled(news(locale))
    plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert (mail["Subject"], mail["From"].addresses[0].display_name) == (subject, sender)
    for text in (plain, html):
        assert sentence in text
        assert "https://registry.example.org/inbox/c0de" in text
        assert "https://registry.example.org/subscriptions" in text
    assert mail["Content-Language"] == locale
    assert f'<html lang="{locale}">' in html
    assert not re.search(r"<(img|script|style|link)|style=|src=", html)


def test_the_headers_keep_robots_from_answering_and_tell_where_to_end_it():
    mail = news()
    assert {name: mail[name] for name in ("To", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress")} == {
        "To": "reader@example.org",
        "Message-ID": "<c0de@example.org>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    assert mail["List-Unsubscribe"] == "<https://registry.example.org/subscriptions>"
    assert mail["Date"].datetime == NOW


def test_a_mail_is_the_same_at_each_attempt():
    border = re.compile(r"={15}\d+==")
    first, second = (border.sub("", news().as_string()) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("topic", Topic)
def test_every_topic_is_plain_signs_in_short_lines_on_its_way(topic, locale):
    sent = news(locale, topic=topic.value).as_bytes(policy=SMTP)
    assert sent.isascii()
    assert max(map(len, sent.split(b"\r\n"))) <= 998


@settings(max_examples=10)
@given(st.text(max_size=40))
def test_no_text_becomes_markup_or_another_header(text):
    """Whatever a value held, were it let in: Jinja escapes it and no header takes a line end."""
    envelope = Envelope("reader@example.org", "en", "<a@example.org>", datetime(2026, 11, 22, tzinfo=UTC))
    mail = mail_of(KINDS["news"].say({**NEWS, "notice": "x", "summary_code": f"<b>{text}"}), LETTERHEAD, envelope)
    html = travelled(mail).get_body(("html",)).get_content()
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
