"""`flask seed`: invented data for an empty database, the demo or a synthetic registry of any size."""

import sys

import click

from commands.common import actor, emit_json, locale, phenotheque_command, runtime, say
from domain.errors import UnusableInput
from services.demo import DEMO_DAY, DemoLoaded, Seeding, check_empty, is_empty, seed_demo
from services.donors import DonorDeriver
from services.reference import active_reference
from services.rule_tables import eligibility_rules
from services.synthetic.frequencies import haplotype_frequencies
from services.synthetic.population import demo_population
from services.synthetic.registry import RegistryDraw
from services.synthetic.store import Filling, fill_registry
from services.wording.catalogue import sentence

MOST_DONORS = 20_000_000
MOST_SEED = 2**32


@click.group("seed")
def seed() -> None:
    """Fill an empty database with invented data."""


@seed.command("demo")
@click.option("--if-empty", is_flag=True, help="Do nothing, and succeed, where the database holds data already.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@phenotheque_command
def demo(if_empty: bool, form: str) -> None:
    """Load about 3,000 invented donors and six patients, each with a story to try a search on."""
    held = runtime()
    with held.engines.write_session() as session:
        if if_empty and not is_empty(session):
            say("seed_not_needed")
            return
        loaded = seed_demo(
            session,
            Seeding(active_reference(session), eligibility_rules(held.today()), actor=actor(), now=held.now()),
        )
    say("demo_loaded", donors=loaded.donors, patients=loaded.patients, sera=loaded.sera)
    _show_demo(loaded, form)


def _show_demo(loaded: DemoLoaded, form: str) -> None:
    stories = [(number, sentence(code, {}, locale())) for number, code in loaded.stories]
    if form == "json":
        emit_json(
            {
                "donors": loaded.donors,
                "patients": [{"patient": number, "story": story} for number, story in stories],
                "sera": loaded.sera,
            }
        )
        return
    for number, story in stories:
        click.echo(f"{number}  {story}")


@seed.command("registry")
@click.option("--donors", "count", type=int, default=1_000_000, show_default=True, help="How many donors.")
@click.option("--seed", "number", type=int, default=1, show_default=True, help="Same number, same donors.")
@click.option("--identities", is_flag=True, help="Invent names, telephones and e-mails too (much slower).")
@phenotheque_command
def registry(count: int, number: int, identities: bool) -> None:
    """Write a synthetic registry of any size, drawn from haplotype frequencies."""
    if not 1 <= count <= MOST_DONORS:
        raise UnusableInput("donors_out_of_range", most=MOST_DONORS)
    if not 0 <= number < MOST_SEED:
        raise UnusableInput("seed_out_of_range")
    held, population = runtime(), demo_population()
    with held.engines.read_session() as session:
        reference = active_reference(session)
    frequencies = haplotype_frequencies(population, reference)
    say(f"registry_from_{frequencies.source}", file=frequencies.file_name)
    draw = RegistryDraw(population, frequencies, seed=number, on=DEMO_DAY)
    filling = Filling(draw, DonorDeriver(reference, eligibility_rules(held.today())), with_identities=identities)
    label = sentence("registry_loading", {"donors": count, "seed": number}, locale())
    with held.engines.write_session() as session:
        check_empty(session)
        with click.progressbar(length=count, label=label, file=sys.stderr) as bar:
            fill_registry(session, filling, count=count, now=held.now(), progress=bar.update)
    say("registry_loaded", donors=count, seed=number)
    if not identities:
        say("registry_without_identities")
