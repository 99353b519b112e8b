"""Every page that a person can reach by following links, a few addresses for each."""

from collections import Counter, deque
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

from werkzeug.exceptions import HTTPException

MOST_OF_A_KIND, MOST_OF_AN_ENDPOINT = 1, 3  # a kind: one endpoint, the same names in the query
NOT_FOLLOWED = {"static"}


class Links(HTMLParser):
    """The addresses a page links to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        address = dict(attrs).get("href")
        if tag == "a" and address:
            self.found.append(address)


def kind_of(app, address: str):
    """What kind of page an address is: its endpoint and the names in its query; None for one that is not ours."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    try:
        endpoint, _ = app.url_map.bind("localhost").match(parts.path, method="GET")
    except HTTPException:
        return None
    return endpoint, tuple(sorted({name for name, _ in parse_qsl(parts.query)} - {"lang"}))


def full(seen: Counter, kind) -> bool:
    """Whether enough pages of this kind, or of its endpoint, were read."""
    return seen[kind] >= MOST_OF_A_KIND or seen[kind[0]] >= MOST_OF_AN_ENDPOINT


def reachable(app, client, *, start: tuple[str, ...] = ("/",), language: str = "en") -> dict[str, object]:
    """Address → answer of every page reached from `start`; an answer that is no page ends its branch."""
    answers: dict[str, object] = {}
    seen: Counter = Counter()
    waiting = deque(start)
    while waiting:
        address = waiting.popleft().split("#")[0]
        kind = kind_of(app, address)
        if kind is None or kind[0] in NOT_FOLLOWED or address in answers or full(seen, kind):
            continue
        seen.update([kind, kind[0]])
        answer = client.get(address, headers={"Accept-Language": language})
        answers[address] = answer
        if answer.status_code in (301, 302, 303):
            waiting.append(answer.headers["Location"])
        elif answer.mimetype == "text/html":
            links = Links(answer.get_data(as_text=True)).found
            waiting.extend(urljoin(address, link) for link in links if "lang=" not in link)
    return answers
