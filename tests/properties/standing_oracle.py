"""What changed in a standing search, read literally: one donor at a time, one change applied after the other."""

from dataclasses import dataclass
from datetime import date

from tests.oracle.eligibility import first_eligible
from tests.oracle.grade import grade
from tests.oracle.verdict import COMPATIBLE, Case, Donor, Reacts, remembering, verdict

STEPS = ("donor", "eligibility", "patient_typing", "new_serum", "directive_changed")


@dataclass(frozen=True)
class Asked:
    """A case at a threshold."""

    case: Case
    threshold: int
    reacts: Reacts

    @classmethod
    def of(cls, case: Case, threshold: int) -> "Asked":
        return cls(case, threshold, remembering(case.serum))

    def compatible(self, donor: Donor) -> bool:
        return verdict(donor, self.case, self.reacts, self.threshold) == COMPATIBLE


@dataclass(frozen=True)
class World:
    """A day, the donors by number, who is deferred, and the day each is kept for."""

    on: date
    donors: dict[str, Donor]
    reserved: dict[str, date]


def seen(world: World, number: str) -> Donor | None:
    donor = world.donors.get(number)
    return donor if donor is not None and donor.active else None


def first_day(donor: Donor, world: World) -> date | None:
    return first_eligible(donor.health, world.on)


def place(donor: Donor | None, world: World, asked: Asked) -> int:
    """2: compatible and may give today; 1: on a later day; 0: neither."""
    if donor is None or not asked.compatible(donor) or first_day(donor, world) is None:
        return 0
    return 2 if first_day(donor, world) == world.on else 1


def holds(typed: Donor, dated: Donor, world: World, asked: Asked, wanted: int) -> bool:
    """Whether somebody of this typing, with the dates of that record, reaches a place."""
    first = first_day(dated, world)
    return asked.compatible(typed) and first is not None and (wanted == 1 or first == world.on)


def path(number: str, then: World, now: World, asked: list[Asked], wanted: int) -> list[bool]:
    """The state before, then after the donor, the dates, and each change of the case in order."""
    before, after = seen(then, number), seen(now, number)
    found = [before is not None and holds(before, before, then, asked[0], wanted)]
    if after is None:
        return found + [False] * len(STEPS)
    if before is None:
        found.append(holds(after, after, now, asked[0], wanted))
    else:
        found.append(holds(after, before, then, asked[0], wanted))
    return found + [holds(after, after, now, one, wanted) for one in asked]


def difference(number: str, then: World, now: World, asked: list[Asked]) -> tuple[str, str] | None:
    """The change and its cause; `asked` has the case of before, then with each part replaced in order."""
    before, after = place(seen(then, number), then, asked[0]), place(seen(now, number), now, asked[-1])
    if before == after:
        return None if before == 0 else stayed(number, then, now, asked, before)
    change = "new" if after == 2 else "lost" if before == 2 else "coming" if after == 1 else "gone"
    walked = path(number, then, now, asked, 2 if change in ("new", "lost") else 1)
    step = STEPS[max(at for at in range(len(STEPS)) if walked[at] != walked[at + 1])]
    if step == "donor":
        step = why_donor(number, then, now)
    elif step == "eligibility":
        step = "eligible_again" if after > before else why_late(seen(now, number), now)
    return change, step


def why_donor(number: str, then: World, now: World) -> str:
    before, after = seen(then, number), seen(now, number)
    if before is not None and after is not None:
        return "new_typing"
    kept_out = (now if before is not None else then).donors.get(number)
    if kept_out is None:
        return "new_donor" if before is None else "donor_removed"
    if not kept_out.consent:
        return "consent"
    if kept_out.status == "deferred":
        return "eligible_again" if before is None else "deferred"
    return "donor_back" if before is None else "donor_removed"


def why_late(donor: Donor, now: World) -> str:
    if any(start <= now.on and (end is None or now.on <= end) for start, end in donor.health.deferrals):
        return "deferred"
    return "not_eligible" if first_day(donor, now) is None else "gave"


def stayed(number: str, then: World, now: World, asked: list[Asked], where: int) -> tuple[str, str] | None:
    before, after = seen(then, number), seen(now, number)
    names = [grade(donor.loci, one.case.loci).name for donor, one in ((before, asked[0]), (after, asked[-1]))]
    if names[0] != names[1]:
        facts = [
            ([(v and v.key) for x in "ABC" for v in (d.loci[x].first, d.loci[x].second)], d.abo, d.hpa, d.cd36)
            for d in (before, after)
        ]
        return "changed", "patient_typing" if facts[0] == facts[1] else "new_typing"
    days = first_day(before, then), first_day(after, now)
    if where == 1 and days[0] != days[1]:
        return "changed", "eligible_again" if days[1] < days[0] else why_late(after, now)
    kept = then.reserved.get(number), now.reserved.get(number)
    if kept[0] != kept[1]:
        return "changed", "reserved" if kept[1] else "released"
    return None
