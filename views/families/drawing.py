"""A family in the reader's words: its drawing, and what stands beside it."""

from collections.abc import Mapping
from typing import Any

from domain.kinship import Status
from services.charts.pedigree import Person, Words, draw_pedigree
from views.families.forms import phenotype_said
from views.shown import percent, said

Json = dict[str, Any]
LEGEND = (
    "kin_legend.man", "kin_legend.woman", "kin_legend.unknown_sex", "kin_status.shows", "kin_status.carrier",
    "kin_status.untested", "kin_legend.deceased", "relation.self.",
)  # fmt: skip
LEGEND_HLA = {"kin_status.shows": "kin_hla.shows", "kin_status.untested": "kin_hla.untested"}


def shown_family(family: Json) -> Json:
    """The family with each member's words: who they are to the first, what is known, the chance and why."""
    for node in family["members"]:
        node["who"] = who(node)
        node["known"] = known(node, recessive=family["recessive"])
        node["why_said"] = why_said(node["why"])
    return family


def who(node: Mapping[str, Any]) -> str:
    """What a member is to the first, by what is known of the sex."""
    return said(f"relation.{node['relation']}.{node['sex'] or ''}")


def label(node: Mapping[str, Any]) -> str:
    """The number that may be shown, or that the member is a patient; a name only where names are shown."""
    if node["alias"]:
        return str(node["alias"])
    if node["donor"]:
        return str(node["donor"])
    return str(node["patient"] or said("kin_label.patient")) if node["is_patient"] else ""


def known(node: Mapping[str, Any], *, recessive: bool) -> str:
    """What is known of a member."""
    return said(f"{'kin_status' if recessive else 'kin_hla'}.{node['status']}")


def why_said(why: Mapping[str, Any] | None) -> str:
    """Why a chance is what it is; shares as the reader writes them."""
    if why is None:
        return ""
    shares = {name: percent(value) for name, value in why["params"].items() if name.endswith("_share")}
    return said(why["code"], {**why["params"], **shares})


def draw(family: Json) -> str:
    """The drawing."""
    recessive = family["recessive"]
    people = {}
    for node in family["members"]:
        chance = "" if node["chance"] is None else percent(node["chance"])
        known_of = chance if node["status"] is Status.UNTESTED and chance else known(node, recessive=recessive)
        lines = [node["name"], who(node), label(node), known_of]
        lines = [line for line in lines if line]
        people[node["code"]] = Person(_drawn(node), lines, deceased=node["deceased"], first=node["first"])
    words = Words(
        title=said("pedigree_title", {"phenotype": phenotype_said(family["phenotype"])}),
        description=said("pedigree_description", {"count": len(people)}),
        legend=[_legend(code, recessive=recessive) for code in LEGEND],
    )
    return draw_pedigree(family["pedigree"], people, words=words)


def _legend(code: str, *, recessive: bool) -> str:
    """The words of a symbol; nothing for one that a family drawn for HLA does not use."""
    if recessive:
        return said(code)
    return "" if code == "kin_status.carrier" else said(LEGEND_HLA.get(code, code))


def _drawn(node: Mapping[str, Any]) -> Status:
    """The symbol: one who surely carries the allele is half filled, whether a test or a child says so."""
    sure = node["status"] in (Status.UNTESTED, Status.LACKS) and (node["carries"] or 0) > 1 - 1e-9
    return Status.CARRIER if sure else node["status"]
