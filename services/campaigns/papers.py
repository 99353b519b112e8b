"""Call sheets, letters and lists for a mail merge: only donors who may be contacted, each look in the trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from domain.campaign_life import CampaignStatus, Stage, Step
from domain.errors import RefusedByRule, UnusableInput
from domain.reservation import Timing
from models.campaign import Campaign, Channel, Invitation
from models.database import in_parts
from models.donor import Donor, DonorIdentity
from services.audit import record_audit
from services.campaigns.standing import obstacles_to
from services.campaigns.steps import take_step
from services.documents.document import Column, Document, Fact, Maker, Table
from services.documents.letters import Letter
from services.reservations.listing import contact_fault
from services.wording.catalogue import sentence

WRITTEN_TO = (Stage.SELECTED, Stage.CONTACTED, Stage.LATER, Stage.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Addressee:
    """An invited donor with what is needed to reach them; nothing of a patient, an ancestry or a phenotype."""

    number: str
    last_name: str
    first_name: str
    postcode: str
    phone: str
    email: str
    attempts: int


def list_invited(
    session: Session, campaign: Campaign, *, wave: int | None, stage: str, timing: Timing
) -> list[tuple[Invitation, Donor]]:
    """The invitations of a wave and stage whose donors may be written to now, in the order of the campaign.

    The rules are those of a call but for the hours, which a letter does not keep.
    Raises UnusableInput for a stage in which nobody is written to.
    """
    stages = [one for one in WRITTEN_TO if stage in ("", one.value)]
    if not stages:
        raise UnusableInput("paper_stage_unknown", text=stage)
    query = select(Invitation, Donor).join(Donor, col(Invitation.donor_id) == Donor.id)
    query = query.where(Invitation.campaign_id == campaign.id, col(Invitation.stage).in_(stages))
    if wave is not None:
        query = query.where(Invitation.wave == wave)
    found = session.exec(query.order_by(col(Invitation.wave), col(Invitation.place), col(Invitation.id))).all()
    rows = [(invitation, donor) for invitation, donor in found if contact_fault(donor) is None]
    obstacles = obstacles_to(session, [invitation for invitation, _ in rows], Channel.LETTER, timing)
    return [row for row, obstacle in zip(rows, obstacles, strict=True) if obstacle is None]


def list_addressees(
    session: Session, campaign: Campaign, *, wave: int | None, stage: str, what: str, actor: str, timing: Timing
) -> list[Addressee]:
    """Who is to be reached, and how; the trail keeps whom it named.

    Raises RefusedByRule where there is nobody, and where the campaign is not running.
    """
    _check_running(campaign)
    invited = list_invited(session, campaign, wave=wave, stage=stage, timing=timing)
    if not invited:
        raise RefusedByRule("nobody_to_write_to")
    known = _identities(session, [donor.id or 0 for _, donor in invited])
    found = [_addressee(invitation, donor, known) for invitation, donor in invited]
    details = {"paper": what, "donors": sorted(one.number for one in found)}
    record_audit(
        session, actor=actor, action="donor_identities_seen", subject_type="campaign", subject_key=campaign.code,
        details=details, now=timing.now,
    )  # fmt: skip
    return found


def _identities(session: Session, donor_ids: Sequence[int]) -> dict[int, DonorIdentity]:
    found: dict[int, DonorIdentity] = {}
    for some in in_parts(donor_ids):
        asked = select(DonorIdentity).where(col(DonorIdentity.donor_id).in_(some))
        found |= {row.donor_id: row for row in session.exec(asked).all()}
    return found


def _addressee(invitation: Invitation, donor: Donor, known: Mapping[int, DonorIdentity]) -> Addressee:
    identity = known.get(donor.id or 0) or DonorIdentity(donor_id=donor.id or 0)
    return Addressee(
        number=donor.donor_number,
        last_name=identity.last_name or "",
        first_name=identity.first_name or "",
        postcode=identity.postcode or "",
        phone=identity.phone or "",
        email=identity.email or "",
        attempts=invitation.attempts,
    )


def _check_running(campaign: Campaign) -> None:
    if campaign.status is not CampaignStatus.RUNNING:
        raise RefusedByRule("letters_need_running", reason=f"campaign_is.{campaign.status.value}")


def letters_of(addressees: Sequence[Addressee]) -> list[Letter]:
    """The letters to these donors. Raises RefusedByRule where a name is not on record: no letter goes to nobody."""
    nameless = [one.number for one in addressees if not one.last_name]
    if nameless:
        raise RefusedByRule("letter_without_name", donors=", ".join(nameless[:10]), count=len(nameless))
    return [
        Letter(one.first_name, one.last_name, [one.postcode] if one.postcode else [], one.number) for one in addressees
    ]


def paper_document(addressees: Sequence[Addressee], *, kind: str, locale: str, maker: Maker) -> Document:
    """A call sheet with boxes to tick on paper, or the list for a mail merge."""

    def said(code: str) -> str:
        return sentence(code, {}, locale)

    sheet = kind == "pdf"
    names = ["number", "last_name", "first_name", "phone", "attempts"] if sheet else [
        "number", "last_name", "first_name", "postcode", "phone", "email"
    ]  # fmt: skip
    columns = [Column(said(f"paper_column.{name}"), 14, name == "attempts") for name in names]
    rows = [[getattr(one, name) for name in names] for one in addressees]
    if sheet:
        columns.append(Column(said("paper_column.outcome"), 60))
        rows = [[*row, said("paper_boxes")] for row in rows]
    title = said("call_sheet_title" if sheet else "mail_merge_title")
    facts = [Fact(said("paper_donors"), len(rows))]
    table = Table(title, columns, rows)
    return Document(
        "call-sheet" if sheet else "mail-merge", title, said("recruitment"), locale, facts, (), maker.facts(locale),
        [table],
    )  # fmt: skip


def record_letters(
    session: Session, campaign: Campaign, *, wave: int | None, stage: str, actor: str, timing: Timing
) -> int:
    """Keep that letters went out to everybody of a list whom the rules of contacts allow, and return to how many.

    Whom any campaign contacted today is not in the list, so that a second press changes nothing.
    Raises RefusedByRule where the campaign is not running.
    """
    _check_running(campaign)
    written = list_invited(session, campaign, wave=wave, stage=stage, timing=timing)
    for invitation, _ in written:
        take_step(session, invitation, Step.CONTACT, channel=Channel.LETTER, actor=actor, timing=timing)
    details = {"count": len(written), "wave": wave, "stage": stage}
    record_audit(
        session, actor=actor, action="campaign_letters_sent", subject_type="campaign", subject_key=campaign.code,
        details=details, now=timing.now,
    )  # fmt: skip
    return len(written)
