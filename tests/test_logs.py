"""Log lines go to standard error and hold nobody's name."""

import json
import logging

import pytest
import structlog

from logs import configure_logs


@pytest.fixture
def restored():
    """Puts the root logger back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.usefixtures("restored")
def test_a_line_is_json_on_standard_error_without_identity(capsys):
    configure_logs("info", as_json=True)
    structlog.get_logger("test").info("donor_updated", donor_number="D000123", last_name="Fictif", phone="+33")
    out, err = capsys.readouterr()
    line = json.loads(err)
    assert out == ""
    assert (line["event"], line["donor_number"], line["level"]) == ("donor_updated", "D000123", "info")
    assert (line["last_name"], line["phone"]) == ("(withheld)", "(withheld)")


@pytest.mark.usefixtures("restored")
def test_lines_below_the_level_are_not_written_and_configuring_twice_writes_once(capsys):
    configure_logs("warning", as_json=True)
    configure_logs("warning", as_json=True)
    logging.getLogger("test").info("quiet")
    logging.getLogger("test").warning("loud")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["loud"]
