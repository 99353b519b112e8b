"""The plan of a campaign before its launch: whom it would invite, what that should yield, and what it would cost."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import Any

from sqlmodel import Session, col, func, select

from domain.campaign_life import CampaignStep, next_campaign_status
from domain.errors import FieldFault, InvalidFields, RefusedByRule, UnusableInput
from domain.recruitment import Proportion, chance_of_finds, check_chance, parse_proportion, parse_share, trials_needed
from models.campaign import Campaign, Invitation
from services.accounts.person import Person
from services.audit import record_audit
from services.campaigns.contact_rules import contact_rules
from services.campaigns.records import check_campaign_version, get_campaign
from services.campaigns.selection import Selection, select_invitees
from services.prevalences import Prevalence, prevalences_of
from services.reference import parameters

Json = dict[str, Any]
SHOWN = 50  # donors of the list, on the page
LEAST_CONTACTS = 100  # of past campaigns, before their rates are worth more than published ones
COMPARED = (0.025, 0.04, 0.07)  # the range of the teaching slides for CD36 in Africa, side by side
SMALL = 5  # a cell of declared ancestry below this is not shown
LONGEST_SOURCE = 200
MOST_COST = 1_000_000.0
DECK = Proportion(27, 334)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a plan rests on; a share from counts carries them, and each says where it comes from."""

    prevalence: float
    prevalence_counted: Proportion | None
    prevalence_source: str
    uptake: Proportion
    uptake_source: str  # a code of wording, or what a person wrote
    chance: float
    cost_of_contact: float | None = None
    cost_of_test: float | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """Tests and contacts at one prevalence."""

    prevalence: float
    tests: int
    contacts: int


@dataclass(frozen=True, slots=True)
class PlanPage:
    """What the plan page shows; `plan` is what would be fixed, and `ancestries` hide what is under SMALL."""

    plan: Json
    selection: Selection
    compared: tuple[Compared, ...]
    reachable: float  # the chance with every donor who can be invited
    ancestries: tuple[tuple[str, int | None], ...]


def read_assumptions(session: Session, campaign: Campaign, typed: Mapping[str, str]) -> Assumptions:
    """The assumptions of a form, what is not typed as proposed. Raises InvalidFields with every fault at once."""
    faults: list[FieldFault] = []
    proposed = proposal(session, campaign)
    typed = {**proposed, **typed}

    def read(name: str, parse: Any) -> Any:
        text = typed.get(name, "").strip() or proposed.get(name, "")
        if name == "prevalence" and not text:
            faults.append(FieldFault(name, "campaign_prevalence_needed"))
            return None
        try:
            return parse(text)
        except UnusableInput as error:
            faults.append(FieldFault(name, error.code, error.params))
            return None

    figure = _figure(campaign, typed.get("figure", "").strip() or proposed["figure"])
    entered = typed.get("prevalence", "").strip()
    prevalence = read("prevalence", parse_share) if entered or figure is None else figure.rate
    source = figure.source if figure and not entered else _source(typed, faults, needed=bool(entered))
    uptake = read("uptake", parse_proportion)
    if isinstance(uptake, Proportion) and uptake.found == 0:
        faults.append(FieldFault("uptake", "nobody_came"))
    chance = read("chance", lambda text: check_chance(_share(text)))
    costs = [_cost(typed, name, faults) for name in ("cost_of_contact", "cost_of_test")]
    if faults:
        raise InvalidFields(faults)
    counted = figure.counted if figure and not entered else None
    said = (
        proposed["uptake_source"] if typed.get("uptake", "").strip() in ("", proposed["uptake"]) else "uptake_entered"
    )
    return Assumptions(prevalence, counted, source, uptake, said, chance, *costs)


def proposal(session: Session, campaign: Campaign) -> dict[str, str]:
    """What the form holds at first: what was kept, else a published figure and the uptake of ours or of the slides."""
    figures = prevalences_of(campaign.target)
    if campaign.plan:
        return _as_kept(campaign.plan, figures)
    ours = past_uptake(session)
    uptake = ours if ours.of >= LEAST_CONTACTS and ours.found else DECK
    return {
        "figure": figures[_typical(figures)].population if figures else "",
        "prevalence": "",
        "uptake": f"{uptake.found}/{uptake.of}",
        "uptake_source": "uptake_of_ours" if uptake is ours else "uptake_of_slides",
        "chance": "95 %",
    }


def _as_kept(plan: Json, figures: list[Prevalence]) -> dict[str, str]:
    """The assumptions of the plan that was kept, so that opening its page again shows what it rests on."""
    share, uptake, cost = plan["prevalence"], plan["uptake"], plan.get("cost") or {}
    published = [one.population for one in figures if (one.rate, one.source) == (share["rate"], share["source"])]
    return {
        "figure": published[0] if published else "",
        "prevalence": "" if published else f"{share['rate'] * 100:g} %",
        "prevalence_source": "" if published else share["source"],
        "uptake": f"{uptake['found']}/{uptake['of']}",
        "uptake_source": uptake["source"],
        "chance": f"{plan['chance'] * 100:g} %",
        "cost_of_contact": f"{cost['contact']:g}" if cost else "",
        "cost_of_test": f"{cost['test']:g}" if cost else "",
    }


def past_uptake(session: Session) -> Proportion:
    """Of all donors contacted in campaigns so far, how many were sampled."""
    contacted, sampled = session.exec(
        select(func.count(col(Invitation.contacted_at)), func.count(col(Invitation.sampled_at)))
    ).one()
    return Proportion(min(sampled, contacted), max(contacted, 1))


def open_plan(session: Session, campaign: Campaign, assumed: Assumptions, *, today: date) -> PlanPage:
    """The plan of a campaign under assumptions, and whom it would invite today."""
    contacts = trials_needed(assumed.prevalence * assumed.uptake.rate, assumed.chance, campaign.number_wanted)
    wanted = ceil(contacts * contact_rules().over_invite)
    selection = select_invitees(session, campaign, limit=wanted, today=today)
    return PlanPage(
        plan=plan_json(campaign, assumed, selection),
        selection=selection,
        compared=tuple(_compared(share, campaign, assumed) for share in COMPARED),
        reachable=chance_of_finds(assumed.prevalence * assumed.uptake.rate, selection.eligible, campaign.number_wanted),
        ancestries=_ancestries(selection),
    )


def plan_json(campaign: Campaign, assumed: Assumptions, selection: Selection) -> Json:
    """The numbers that a launch rests on, as they are kept."""
    level, finds = float(parameters()["interval_level"]), campaign.number_wanted
    tests = trials_needed(assumed.prevalence, assumed.chance, finds)
    contacts = trials_needed(assumed.prevalence * assumed.uptake.rate, assumed.chance, finds)
    low, high = assumed.uptake.interval(level)
    counted = assumed.prevalence_counted
    ends = counted.interval(level) if counted else (None, None)
    return {
        "prevalence": {
            "rate": assumed.prevalence, "low": ends[0], "high": ends[1], "source": assumed.prevalence_source,
            "found": counted.found if counted else None, "of": counted.of if counted else None,
        },
        "uptake": {
            "rate": assumed.uptake.rate, "found": assumed.uptake.found, "of": assumed.uptake.of,
            "low": low, "high": high, "source": assumed.uptake_source,
        },
        "interval": {"method": "exact", "level": level},
        "chance": assumed.chance,
        "finds": finds,
        "tests": tests,
        "contacts": contacts,
        "marks": {"contacted": contacts, "sampled": tests, "tested": tests, "found": finds, "confirmed": finds},
        "cost": _costs(assumed, contacts, tests),
        "selected": len(selection.invited),
        "eligible": selection.eligible,
        "excluded": dict(selection.excluded),
    }  # fmt: skip


def fix_plan(
    session: Session, *, code: str, assumed: Assumptions, version: int, by: Person, today: date, now: datetime
) -> Campaign:
    """Keep the plan, so that the campaign can be launched on it.

    Raises NotFound, and RefusedByRule for a campaign that was launched or changed meanwhile, or has nobody to invite.
    """
    row = get_campaign(session, code)
    check_campaign_version(row, version)
    reached = next_campaign_status(row.status, CampaignStep.PLAN)
    page = open_plan(session, row, assumed, today=today)
    if not page.selection.invited:
        raise RefusedByRule("campaign_has_nobody")
    row.status, row.plan, row.planned_at = reached, page.plan, now
    session.add(row)
    session.flush()
    details = {name: page.plan[name] for name in ("tests", "contacts", "chance", "finds", "selected")}
    record_audit(
        session, actor=by.login, action="campaign_planned", subject_type="campaign", subject_key=row.code,
        details=details, now=now,
    )  # fmt: skip
    return row


def _typical(figures: list[Prevalence]) -> int:
    """The first figure without counts stands for a range that somebody chose from; else the first of all."""
    return next((at for at, one in enumerate(figures) if one.counted is None), 0)


def _figure(campaign: Campaign, population: str) -> Prevalence | None:
    return next((one for one in prevalences_of(campaign.target) if one.population == population and one.rate > 0), None)


def _source(typed: Mapping[str, str], faults: list[FieldFault], *, needed: bool) -> str:
    words = " ".join(typed.get("prevalence_source", "").split())
    if needed and not words:
        faults.append(FieldFault("prevalence_source", "prevalence_source_needed"))
    elif len(words) > LONGEST_SOURCE or not words.isprintable():
        faults.append(FieldFault("prevalence_source", "text_too_long", {"limit": LONGEST_SOURCE}))
    return words


def _share(text: str) -> float:
    """A chance as a share; 100 % and 0 are readable, and refused by the rule of chances."""
    try:
        return parse_share(text)
    except UnusableInput as error:
        if error.code == "share_out_of_range" and text.strip(" %0.,") == "":
            return 0.0
        raise


def _cost(typed: Mapping[str, str], name: str, faults: list[FieldFault]) -> float | None:
    text = typed.get(name, "").strip().replace(",", ".").replace("€", "").strip()
    if not text:
        return None
    try:
        cost = float(text)
    except ValueError:
        cost = -1.0
    if not 0 <= cost <= MOST_COST:
        faults.append(FieldFault(name, "cost_unusable", {"text": typed[name][:40]}))
        return None
    return cost


def _costs(assumed: Assumptions, contacts: int, tests: int) -> Json | None:
    if assumed.cost_of_contact is None and assumed.cost_of_test is None:
        return None
    contact, test = assumed.cost_of_contact or 0.0, assumed.cost_of_test or 0.0
    return {"contact": contact, "test": test, "total": contact * contacts + test * tests}


def _compared(share: float, campaign: Campaign, assumed: Assumptions) -> Compared:
    finds, chance = campaign.number_wanted, assumed.chance
    return Compared(
        share, trials_needed(share, chance, finds), trials_needed(share * assumed.uptake.rate, chance, finds)
    )


def _ancestries(selection: Selection) -> tuple[tuple[str, int | None], ...]:
    """How many of each declared ancestry would be invited; None for so few that somebody might be known by it."""
    counts = Counter(one.ancestry or "" for one in selection.invited)
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    shown = [name for name, number in ordered if number >= SMALL]
    if len(shown) == len(ordered) - 1 and len(shown) > 1:
        shown.pop()  # or the one hidden would follow from the sum
    return tuple((name, number if name in shown else None) for name, number in ordered)
