"""What waits around rare donors and campaigns."""

from collections.abc import Iterable
from datetime import date

from sqlmodel import Session, col, select

from domain.campaign_life import CampaignStatus
from domain.reservation import Timing
from models.campaign import Campaign
from services.campaigns.due import due_campaigns
from services.campaigns.selection import read_criteria
from services.rare_donors.listing import Eyes, RareEntry, rare_entries
from services.recalls.addresses import page_of
from services.recalls.kinds import Item, Kind
from services.recalls.patients import regions_of

OF_ALERT = {
    "rare_alert.confirmation": Kind.CONFIRMATION,
    "rare_alert.again": Kind.RARE_AGAIN,
    "rare_alert.recall": Kind.RARE_CONTACT,
}
NOBODYS_EYES = Eyes(reservations=False, patients=False)  # neither is said here


def rare_donors_due(session: Session, timing: Timing) -> list[Item]:
    """Rare donors who may give again, whose second sample or whose next contact is overdue."""
    return items_of(rare_entries(session, eyes=NOBODYS_EYES, timing=timing), timing.today)


def items_of(entries: Iterable[RareEntry], on: date) -> list[Item]:
    """What the alerts of rare donors ask of somebody."""
    return [
        Item(
            OF_ALERT[alert.code], date.fromisoformat(str(alert.params["on"])) if "on" in alert.params else on,
            entry.number, alert.code, alert.params, page_of("/rare-donors/{}", entry.number),
            regions=regions_of(entry.region),
        )
        for entry in entries
        for alert in entry.alerts
        if alert.code in OF_ALERT
    ]  # fmt: skip


def campaigns_due(session: Session, timing: Timing) -> list[Item]:
    """What running campaigns ask today: reminders, second samples, calls; one item for each with how many donors."""
    running = session.exec(select(Campaign).where(col(Campaign.status) == CampaignStatus.RUNNING)).all()
    regions = {one.code: read_criteria(one.criteria).regions or None for one in running}
    counts = (
        (Kind.REMINDERS, "reminders", "?list=reminders"),
        (Kind.SECOND_SAMPLES, "second_samples", "?list=second_samples"),
        (Kind.CAMPAIGN_CALLS, "to_call", ""),
    )
    return [
        Item(
            kind, timing.today, one.name, f"recall.{kind}", {"count": count},
            f"/campaigns/{one.code}/calls{query}", regions=regions[one.code], count=count,
        )
        for one in due_campaigns(session, timing)
        for kind, name, query in counts
        if (count := getattr(one, name))
    ]  # fmt: skip
