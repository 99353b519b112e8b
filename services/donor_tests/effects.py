"""What follows from the results of a donor: the registry's typing, and the stage of the invitation."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from domain.campaign_life import Stage, Step
from domain.errors import RefusedByRule
from domain.reservation import Timing
from domain.wanted_phenotype import CD36, Standing, TestStanding, analyte_of, read_result, shows_wanted
from models.campaign import Campaign, Channel, Invitation
from models.donor import Donor
from models.donor_test import DonorTest
from services.campaigns.steps import take_step
from services.donor_edits import put_platelet_text
from services.donors import HPA_SYSTEMS
from services.rule_tables import hpa_systems

COLUMNS = {"CD36": "cd36", **{system: column for column, system in HPA_SYSTEMS.items()}}


def follow_registry(
    session: Session, donor: Donor, analyte: str, *, prior: str, after: TestStanding, source: str, actor: str,
    now: datetime,
) -> None:  # fmt: skip
    """Give the registry what the samples say together, and nothing where they leave a doubt."""
    column, text = COLUMNS[analyte], registry_text(analyte, prior, after)
    stored, _ = read_result(analyte, getattr(donor, column))
    if (text or stored) and text != stored:
        put_platelet_text(session, donor, column=column, text=text, source=source, actor=actor, now=now)


def registry_text(analyte: str, prior: str, standing: TestStanding) -> str:
    """What the registry says of an analyte: of a value that was there before any result (`prior`) and of the samples.

    Such a value is not overruled by one sample: both are doubted, and the registry says untested until a second sample
    agrees, whatever else is recorded or withdrawn meanwhile. Without any result the value stands as it was.
    """
    if standing.state is Standing.NONE:
        return prior
    if standing.state is Standing.UNDECIDED:
        return prior if prior == "positive" and not standing.samples else ""
    if standing.state is Standing.SUSPECTED and prior:
        return finer_result(analyte, prior, standing.result)
    return standing.result


def find_prior(donor: Donor, analyte: str, rows: Sequence[DonorTest], before: TestStanding) -> str:
    """What the registry said before any result; where somebody wrote otherwise since, what it says now."""
    stored, _ = read_result(analyte, getattr(donor, COLUMNS[analyte]))
    prior = rows[-1].prior if rows else ""
    return prior if rows and stored == registry_text(analyte, prior, before) else stored


def finer_result(analyte: str, stored: str, result: str) -> str:
    """The one that says more where both agree (negative, negative type I); empty where they contradict."""
    if stored == result or (analyte == CD36 and stored.startswith(f"{result} ")):
        return stored
    return result if analyte == CD36 and result.startswith(f"{stored} ") else ""


def check_invited(invitation: Invitation) -> None:
    """Raises RefusedByRule where no sample of this donor can have been taken for the campaign."""
    if invitation.stage is Stage.SELECTED:
        raise RefusedByRule("donor_never_contacted")


def follow_invitation(
    session: Session, campaign: Campaign, invitation: Invitation, standing: TestStanding, *,
    analyte: str, actor: str, timing: Timing,
) -> None:  # fmt: skip
    """Move an invitation to where the samples place it, back too where a result was withdrawn or contradicted.

    A result tells that a sample was taken. Raises RefusedByRule for a donor who has not agreed.
    """
    systems = hpa_systems()
    if analyte_of(campaign.target, systems) != analyte:
        return
    check_invited(invitation)
    for step in _steps(campaign, invitation.stage, standing):
        take_step(session, invitation, step, channel=Channel.LABORATORY, actor=actor, timing=timing)
    if standing.samples > 1 and invitation.second_sample:
        invitation.second_sample = False
        session.add(invitation)
        session.flush()


def _steps(campaign: Campaign, stage: Stage, standing: TestStanding) -> list[Step]:
    """The steps from a stage to the one that the samples say; what they no longer say is taken back first."""
    wanted = shows_wanted(campaign.target, standing.result, hpa_systems())
    confirmed = standing.state is Standing.CONFIRMED
    forward: dict[bool | None, list[Step]] = {
        None: [],
        False: [Step.EXCLUDE],
        True: [Step.RESULT, Step.CONFIRM] if confirmed else [Step.RESULT],
    }
    reached = {Stage.SAMPLED: [], Stage.TESTED: [Step.RESULT], Stage.CONFIRMED: [Step.RESULT, Step.CONFIRM]}
    reached[Stage.NOT_FOUND] = [Step.EXCLUDE]
    steps = forward[wanted]
    if stage not in reached:
        return [Step.SAMPLE, *steps]  # the table refuses it of who has not agreed
    done = reached[stage]
    return steps[len(done) :] if steps[: len(done)] == done else [Step.REOPEN, *steps]
