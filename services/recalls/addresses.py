"""The address on this site of a page about somebody, by number."""

from urllib.parse import quote


def page_of(pattern: str, number: str) -> str:
    """The address with the number in the place of `{}`, whatever characters the number has."""
    return pattern.format(quote(number, safe=""))
