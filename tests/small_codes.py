"""A few multiple allele codes, invented for tests: of second fields, and of whole alleles."""

from dataclasses import replace

from domain.allele_code import AlleleCodes
from services.reference import core_reference

CODES = {
    "AA": "01/02/03/05",
    "AB": "01/02",
    "AMG": "24:02/24:09N",
    "NUL": "24:09N/24:11N",
    "ONE": "05",
    "TP": "01:01/02:02",
}
FILE = "LAST UPDATED: 11/20/26\r\n*\tCODE\tSUBTYPE\r\n\r\n" + "".join(
    f"{'*' if ':' in subtypes else ''}\t{code}\t{subtypes}\r\n" for code, subtypes in CODES.items()
)
WITH_CODES = replace(core_reference(), codes=AlleleCodes("mac-small", CODES.get))
