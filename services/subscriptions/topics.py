"""What each topic needs of who is told, how narrowly it is told, and what tells it."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from models.subscription import Notice, ReportFormat, Topic
from services import job_telling
from services.accounts.permissions import Permission
from services.availability import telling as availability
from services.recalls.kinds import ALL_USED
from services.recalls.telling import teller_of_recalls
from services.standing_searches import telling as standing_searches
from services.subscriptions.news import Teller

ALL, REGION, PATIENT = "all", "region", "patient"
# any one of them is enough; each line of the news asks for its own besides
NEEDED: Mapping[Topic, frozenset[Permission]] = MappingProxyType(
    {
        Topic.STANDING_SEARCHES: frozenset({Permission.SEE_PATIENTS}),
        Topic.AVAILABILITY: frozenset({Permission.SEE_DONORS}),
        Topic.RECALLS: frozenset({Permission.SEE_DONORS, Permission.RUN_CAMPAIGNS}),
        Topic.JOB_FAILURES: frozenset({Permission.ADMINISTER}),
    }
)
# permissions that decide what the lines of a topic say: who loses one of them no longer reads what it let them see
USED: Mapping[Topic, frozenset[Permission]] = MappingProxyType(
    {
        Topic.STANDING_SEARCHES: frozenset({Permission.SEE_PATIENTS, Permission.SEE_DONORS}),
        Topic.AVAILABILITY: frozenset({Permission.SEE_PATIENTS, Permission.SEE_DONORS}),
        Topic.RECALLS: ALL_USED,
        Topic.JOB_FAILURES: frozenset({Permission.ADMINISTER}),
    }
)
SCOPES: Mapping[Topic, tuple[str, ...]] = MappingProxyType(
    {
        Topic.STANDING_SEARCHES: (ALL, REGION, PATIENT),
        Topic.AVAILABILITY: (ALL, REGION, PATIENT),
        Topic.RECALLS: (ALL, REGION, PATIENT),
        Topic.JOB_FAILURES: (ALL,),
    }
)
FORMATS: Mapping[Topic, tuple[ReportFormat, ...]] = MappingProxyType(
    {
        Topic.STANDING_SEARCHES: (ReportFormat.PAGE,),
        Topic.AVAILABILITY: tuple(ReportFormat),
        Topic.RECALLS: (ReportFormat.PAGE,),
        Topic.JOB_FAILURES: (ReportFormat.PAGE,),
    }
)
# topics about a directive: they end with it; what is to do for a patient may go on
OF_DIRECTIVES = frozenset({Topic.STANDING_SEARCHES, Topic.AVAILABILITY})
# topics that tell how things stand, not what happened: there the news before tell what is new
OF_STATES = frozenset({Topic.AVAILABILITY, Topic.RECALLS})


def tellers(timezone: str) -> Mapping[Topic, Teller]:
    """What tells each topic, for one run."""
    return {
        Topic.STANDING_SEARCHES: standing_searches.tell,
        Topic.AVAILABILITY: availability.tell,
        Topic.RECALLS: teller_of_recalls(timezone),
        Topic.JOB_FAILURES: job_telling.tell,
    }


def may_follow(permissions: Collection[Permission], topic: Topic, scope: Mapping[str, Any]) -> bool:
    """Whether somebody with these permissions may be told a topic; one about a patient takes seeing patients too."""
    sees = PATIENT not in scope or Permission.SEE_PATIENTS in permissions
    return sees and bool(NEEDED[topic] & frozenset(permissions))


def sees_all(permissions: frozenset[Permission], notice: Notice) -> bool:
    """Whether somebody still has every permission by which the lines of a notice were made."""
    return {Permission(one) for one in notice.news.get("seen_with", ())} <= permissions
