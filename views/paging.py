"""Lists in pages, numbered from 1."""

from domain.errors import UnusableInput

PAGE_SIZE = 50
HIGHEST_PAGE = 10**6


def pages_of(total: int, size: int) -> int:
    """How many pages a list of so many rows fills."""
    return max(1, -(-total // size))


def parse_page(text: str) -> int:
    """The number of a page, from 1. Raises UnusableInput."""
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= HIGHEST_PAGE:
        raise UnusableInput("page_not_a_number", text=text)
    return int(text)
