"""MATCHING §8, read literally: ABO, HPA, CD36."""

# group → the antigens on its cells; the isoagglutinins are those against what is missing
CELLS = {"O": set(), "A": {"A"}, "B": {"B"}, "AB": {"A", "B"}}


def abo_relation(patient: str | None, donor: str | None) -> str | None:
    """identical, minor, major or bidirectional; None where a group is not known."""
    if patient not in CELLS or donor not in CELLS:
        return None
    major = bool(CELLS[donor] - CELLS[patient])
    minor = bool(CELLS[patient] - CELLS[donor])
    if major and minor:
        return "bidirectional"
    return "major" if major else "minor" if minor else "identical"


def abo_excludes(rule: str, relation: str | None) -> bool:
    if rule == "no-major":
        return relation in {"major", "bidirectional"}
    if rule == "identical":
        return relation in {"minor", "major", "bidirectional"}
    return False


def hpa_state(antigen: str, genotypes: dict[str, str]) -> str:
    """present, absent or unknown of HPA-1a … in the genotypes {"1": "a/b"} of a donor."""
    system, letter = antigen.removeprefix("HPA-")[:-1], antigen[-1]
    genotype = genotypes.get(system, "")
    if not genotype:
        return "unknown"
    return "present" if letter in genotype.split("/") else "absent"
