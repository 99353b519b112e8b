"""Without the optional package and without a release the site is whole, and says what is not loaded."""

import json
import sys
from importlib.metadata import PackageNotFoundError

import pytest

from tests.crawl import reachable

SAID = {
    "en": ("No eplet table is loaded", "core-1"),
    "fr": ("Aucune table d’éplets n’est chargée", "core-1"),
}


@pytest.fixture
def bare_site(demo_site, monkeypatch):
    """The demo, which loads neither; the package cannot be found even where it is installed."""

    def absent(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr("services.eplets.pelc.distribution", absent)
    monkeypatch.setitem(sys.modules, "pelc", None)  # an import of it fails
    return demo_site


@pytest.fixture
def run(bare_site):
    runner = bare_site.test_cli_runner()
    return lambda *words: runner.invoke(args=list(words))


def test_every_page_answers(bare_site, visitor):
    answers = reachable(bare_site, visitor("scientist", "searcher"), language="en")
    assert {address: answer.status_code for address, answer in answers.items() if answer.status_code >= 400} == {}
    assert any(address.partition("?")[0].endswith("/eplets") for address in answers)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.usefixtures("bare_site")
def test_the_pages_say_what_is_not_loaded(visitor, language):
    def shown(address):
        answer = visitor().get(address, headers={"Accept-Language": language})
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    table, core = SAID[language]
    for address in ("/patients/DEMO-P4/eplets", "/patients/DEMO-P4/donors/DEMO-02828"):
        assert table in shown(address), address
    references = shown("/admin/references")
    assert core in references
    assert "ipd-imgt-hla" not in references


def test_the_commands_answer_and_say_what_is_not_loaded(run):
    answer = json.loads(run("search", "DEMO-P4", "--threshold", "2000", "--limit", "5", "--format", "json").stdout)
    assert len(answer["donors"]) == 5
    assert answer["versions"]["eplets"] is None
    assert {(one["eplet_load"], one["verified_eplet_load"]) for one in answer["donors"]} == {(None, None)}
    explained = run("explain", "DEMO-P4", answer["donors"][0]["donor_number"], "--threshold", "2000", "--format", "json")
    assert json.loads(explained.stdout)["eplets"] is None
    listed = json.loads(run("reference", "list", "--format", "json").stdout)
    # the demo brings a table of frequencies of its own making; nothing else is there
    assert [(one["name"], one["active"]) for one in listed] == [("core-1", True), ("demo-illustrative-1", True)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("reference", "import-eplets", "--pelc"), "The package pelc is not installed here"),
        (("eplets", "diff", "A*68:01", "A*68:02"), "No eplet table is loaded"),
        (("reference", "activate", "3.58.0", "--check"), "3.58.0"),
    ],
)
def test_what_needs_them_is_refused_in_a_sentence(run, words, said):
    done = run(*words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
