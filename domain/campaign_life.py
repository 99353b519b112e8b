"""The life of a campaign and of an invitation, each as one table: a step that it does not hold is refused."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from domain.errors import RefusedByRule


class CampaignStatus(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    CLOSED = "closed"


class CampaignStep(StrEnum):
    """What can be done with a campaign."""

    PLAN = "plan"  # fix the numbers and the list; may be done again until it is launched
    REVISE = "revise"  # back to the draft
    LAUNCH = "launch"
    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"


CAMPAIGN_TRANSITIONS: Mapping[tuple[CampaignStatus, CampaignStep], CampaignStatus] = MappingProxyType(
    {
        (CampaignStatus.DRAFT, CampaignStep.PLAN): CampaignStatus.PLANNED,
        (CampaignStatus.DRAFT, CampaignStep.CLOSE): CampaignStatus.CLOSED,
        (CampaignStatus.PLANNED, CampaignStep.PLAN): CampaignStatus.PLANNED,
        (CampaignStatus.PLANNED, CampaignStep.REVISE): CampaignStatus.DRAFT,
        (CampaignStatus.PLANNED, CampaignStep.LAUNCH): CampaignStatus.RUNNING,
        (CampaignStatus.PLANNED, CampaignStep.CLOSE): CampaignStatus.CLOSED,
        (CampaignStatus.RUNNING, CampaignStep.PAUSE): CampaignStatus.PAUSED,
        (CampaignStatus.RUNNING, CampaignStep.CLOSE): CampaignStatus.CLOSED,
        (CampaignStatus.PAUSED, CampaignStep.RESUME): CampaignStatus.RUNNING,
        (CampaignStatus.PAUSED, CampaignStep.CLOSE): CampaignStatus.CLOSED,
    }
)


class Stage(StrEnum):
    """Where an invited donor stands."""

    SELECTED = "selected"
    CONTACTED = "contacted"  # a call, letter or message went out, and no answer came yet
    AGREED = "agreed"
    LATER = "later"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    APPOINTED = "appointed"
    SAMPLED = "sampled"
    TESTED = "tested"  # a first result shows the phenotype looked for: a second sample must confirm it
    CONFIRMED = "confirmed"
    NOT_FOUND = "not_found"  # tested, and does not have the phenotype looked for
    LOST = "lost"
    OPTED_OUT = "opted_out"  # wants no contact any more, from no campaign


ENDED = frozenset({Stage.CONFIRMED, Stage.NOT_FOUND, Stage.LOST, Stage.OPTED_OUT})
OPEN = frozenset(set(Stage) - ENDED)


class Step(StrEnum):
    """What can happen to an invitation."""

    CONTACT = "contact"  # each one counts for the donor's cap over all campaigns
    AGREE = "agree"
    POSTPONE = "postpone"
    REFUSE = "refuse"
    GIVE_UP = "give_up"  # not reached after enough attempts, or a wrong number
    APPOINT = "appoint"
    MISS = "miss"  # did not come
    SAMPLE = "sample"
    RESULT = "result"
    CONFIRM = "confirm"
    EXCLUDE = "exclude"
    REOPEN = "reopen"  # results were withdrawn or contradict each other: what they said is taken back
    LOSE = "lose"
    OPT_OUT = "opt_out"


def _table() -> dict[tuple[Stage, Step], Stage]:
    table = {
        (Stage.SELECTED, Step.CONTACT): Stage.CONTACTED,
        (Stage.CONTACTED, Step.CONTACT): Stage.CONTACTED,
        (Stage.LATER, Step.CONTACT): Stage.CONTACTED,
        (Stage.UNREACHABLE, Step.CONTACT): Stage.CONTACTED,
        (Stage.AGREED, Step.CONTACT): Stage.AGREED,  # to find a day
        (Stage.APPOINTED, Step.CONTACT): Stage.APPOINTED,  # a reminder
        (Stage.TESTED, Step.CONTACT): Stage.TESTED,  # for the second sample
        (Stage.AGREED, Step.APPOINT): Stage.APPOINTED,
        (Stage.APPOINTED, Step.APPOINT): Stage.APPOINTED,
        (Stage.TESTED, Step.APPOINT): Stage.TESTED,
        (Stage.APPOINTED, Step.MISS): Stage.AGREED,
        (Stage.TESTED, Step.MISS): Stage.TESTED,
        (Stage.AGREED, Step.SAMPLE): Stage.SAMPLED,  # came without an appointment
        (Stage.APPOINTED, Step.SAMPLE): Stage.SAMPLED,
        (Stage.TESTED, Step.SAMPLE): Stage.TESTED,
        (Stage.SAMPLED, Step.RESULT): Stage.TESTED,
        (Stage.SAMPLED, Step.EXCLUDE): Stage.NOT_FOUND,
        (Stage.TESTED, Step.CONFIRM): Stage.CONFIRMED,
        (Stage.TESTED, Step.EXCLUDE): Stage.NOT_FOUND,
        (Stage.TESTED, Step.REOPEN): Stage.SAMPLED,
        (Stage.CONFIRMED, Step.REOPEN): Stage.SAMPLED,
        (Stage.NOT_FOUND, Step.REOPEN): Stage.SAMPLED,
    }
    for stage in (Stage.CONTACTED, Stage.LATER, Stage.REFUSED, Stage.UNREACHABLE):
        table[stage, Step.AGREE] = Stage.AGREED  # who refused may call back and agree
    for stage in (Stage.CONTACTED, Stage.LATER, Stage.UNREACHABLE, Stage.AGREED, Stage.APPOINTED):
        table[stage, Step.REFUSE] = Stage.REFUSED
        table[stage, Step.POSTPONE] = Stage.LATER
    for stage in (Stage.CONTACTED, Stage.LATER, Stage.AGREED):
        table[stage, Step.GIVE_UP] = Stage.UNREACHABLE
    for stage in OPEN:
        table[stage, Step.LOSE] = Stage.LOST
        table[stage, Step.OPT_OUT] = Stage.OPTED_OUT
    return table


TRANSITIONS: Mapping[tuple[Stage, Step], Stage] = MappingProxyType(_table())


def next_stage(stage: Stage, step: Step) -> Stage:
    """Where a step leads. Raises RefusedByRule for a step that the table does not hold."""
    reached = TRANSITIONS.get((stage, step))
    if reached is None:
        raise RefusedByRule("invitation_step_refused", step=step.value, reason=f"invitation_is.{stage.value}")
    return reached


def next_campaign_status(status: CampaignStatus, step: CampaignStep) -> CampaignStatus:
    """Where a step leads. Raises RefusedByRule for a step that the table does not hold."""
    reached = CAMPAIGN_TRANSITIONS.get((status, step))
    if reached is None:
        raise RefusedByRule("campaign_step_refused", step=step.value, reason=f"campaign_is.{status.value}")
    return reached
