"""Frequencies and beads of a case table, as a scientist writes them in one cell."""


def parse_beads(text: str) -> list[tuple[str, float]]:
    """`A*02:01 800; A*02:05 3000` as alleles with their MFI."""
    pairs = [part.split() for part in text.split(";") if part.strip()]
    return [(allele, float(mfi)) for allele, mfi in pairs]


def parse_frequencies(text: str, mix: str) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """`eu: A*02:01 0.3, A*02:05 0.1; af: …` by population, and `eu 3, af 1` as the shares."""
    populations: dict[str, dict[str, float]] = {}
    for part in filter(str.strip, text.split(";")):
        name, _, figures = part.partition(":")
        populations[name.strip()] = {
            allele: float(figure) for allele, figure in (one.split() for one in figures.split(",") if one.strip())
        }
    shares = dict(one.split() for one in mix.split(",") if one.strip())
    return populations, {name: float(share) for name, share in shares.items()}
