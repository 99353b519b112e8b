"""`flask campaigns`: planning the search for people of a rare phenotype."""

import click

from commands.common import emit_json, locale, phenotheque_command
from commands.options import FORMAT
from domain.recruitment import Proportion, parse_proportion, parse_share
from services.campaigns.yields import Plan, plan_yield
from services.wording.campaigns import yield_sentences


@click.group("campaigns")
def campaigns() -> None:
    """Plan recruitment campaigns."""


@campaigns.command("yield")
@click.option("--prevalence", help="Share of the phenotype, as 0.04 or 4%; default: what --found observed.")
@click.option("--uptake", help="Tested out of contacted, as 27/334, or a share.")
@click.option("--found", help="Found out of tested so far, as 1/27.")
@click.option("--chance", type=float, default=0.95, show_default=True, help="Chance wanted.")
@click.option("--finds", type=click.IntRange(1, 1000), default=1, show_default=True, help="Finds wanted, at least.")
@FORMAT
@phenotheque_command
def plan(
    prevalence: str | None, uptake: str | None, found: str | None, chance: float, finds: int, form: str
) -> None:
    """Say how many people to test and to contact for a chance of enough finds."""
    answer = plan_yield(
        Plan(
            prevalence=None if prevalence is None else parse_share(prevalence),
            uptake=None if uptake is None else _uptake(uptake),
            found=None if found is None else parse_proportion(found),
            chance=chance,
            finds=finds,
        )
    )
    if form == "json":
        emit_json(answer)
    else:
        click.echo("\n".join(yield_sentences(answer, locale())))


def _uptake(text: str) -> Proportion | float:
    return parse_proportion(text) if "/" in text else parse_share(text)
