"""What follows from the results of a donor: the registry's typing, and the stage of the invitation."""

from datetime import datetime

from sqlmodel import Session

from domain.campaign_life import Stage, Step
from domain.errors import RefusedByRule
from domain.reservation import Timing
from domain.wanted_phenotype import CD36, Standing, TestStanding, analyte_of, read_result, shows_wanted
from models.campaign import Campaign, Channel, Invitation
from models.donor import Donor
from services.campaigns.steps import take_step
from services.donor_edits import put_platelet_text
from services.donors import HPA_SYSTEMS
from services.rule_tables import hpa_systems

COLUMNS = {"CD36": "cd36", **{system: column for column, system in HPA_SYSTEMS.items()}}


def follow_registry(
    session: Session, donor: Donor, analyte: str, *, before: TestStanding, after: TestStanding,
    source: str, actor: str, now: datetime,
) -> None:  # fmt: skip
    """Give the registry what the samples say together, and nothing where they contradict each other.

    A value on record that no sample explains is not overruled by one sample: both are doubted, and the registry says
    untested until a second sample agrees. Without any result left, only a value that came from results is taken back.
    """
    column = COLUMNS[analyte]
    stored, _ = read_result(analyte, getattr(donor, column))
    foreign = bool(stored) and stored != before.result
    if after.state is Standing.NONE and foreign:
        return
    text = after.result
    if foreign and after.state is Standing.SUSPECTED:
        text = _finer(analyte, stored, after.result)
    if (text or stored) and text != getattr(donor, column):
        put_platelet_text(session, donor, column=column, text=text, source=source, actor=actor, now=now)


def _finer(analyte: str, stored: str, result: str) -> str:
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
    """Move an invitation by what the samples say together; contradictory ones leave it where it is.

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
    steps: list[Step] = []
    if stage not in (Stage.SAMPLED, Stage.TESTED, Stage.CONFIRMED, Stage.NOT_FOUND):
        steps.append(Step.SAMPLE)  # the table refuses it of who has not agreed
        stage = Stage.SAMPLED
    wanted = shows_wanted(campaign.target, standing.result, hpa_systems())
    if wanted is None or stage in (Stage.CONFIRMED, Stage.NOT_FOUND):
        return steps
    if not wanted:
        return [*steps, Step.EXCLUDE]
    if stage is Stage.SAMPLED:
        steps.append(Step.RESULT)
    if standing.state is Standing.CONFIRMED:
        steps.append(Step.CONFIRM)
    return steps
