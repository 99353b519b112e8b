"""The demo's table of allele frequencies: our own invented haplotypes, counted by allele (illustrative)."""

import csv
import io

from services.synthetic.population import DEMO, Population, demo_population

FREQUENCY_TABLE = DEMO / "allele_frequencies.csv"
NAME = "demo-illustrative-1"
COLUMNS = ("locus", "allele", "population", "frequency", "source")
SOURCE = "illustrative: haplotypes.csv of this demo"
DECIMALS = 6


def demo_frequencies(population: Population | None = None) -> bytes:
    """The table as the CSV file a site would import: for each ancestry the share of each allele at its locus."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for ancestry, table in (population or demo_population()).haplotypes.items():
        weights: dict[str, float] = {}
        before = 0.0
        for haplotype, total in zip(table.values, table.running_totals, strict=True):
            for allele in (haplotype.a, haplotype.b, haplotype.c):
                weights[allele] = weights.get(allele, 0.0) + total - before
            before = total
        for allele, weight in sorted(weights.items()):
            writer.writerow((allele[0], allele, ancestry, round(weight / before, DECIMALS), SOURCE))
    return text.getvalue().encode()


def write_demo_frequencies() -> None:
    """Write the file again, after a change of the haplotypes."""
    FREQUENCY_TABLE.write_bytes(demo_frequencies())
