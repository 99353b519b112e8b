"""Every page that a person can reach by following links, one or two addresses for each kind of page."""

from collections import Counter, deque
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

from werkzeug.exceptions import HTTPException

MOST_OF_A_KIND = 2  # addresses of one endpoint with the same names in their query
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


def reachable(app, client, *, start: tuple[str, ...] = ("/",), language: str = "en") -> dict[str, object]:
    """Address → answer of every page reached from `start`; an answer that is no page ends its branch."""
    answers: dict[str, object] = {}
    seen: Counter = Counter()
    waiting = deque(start)
    while waiting:
        address = waiting.popleft().split("#")[0]
        kind = kind_of(app, address)
        if kind is None or kind[0] in NOT_FOLLOWED or address in answers or seen[kind] >= MOST_OF_A_KIND:
            continue
        seen[kind] += 1
        answer = client.get(address, headers={"Accept-Language": language})
        answers[address] = answer
        if answer.status_code in (301, 302, 303):
            waiting.append(answer.headers["Location"])
        elif answer.mimetype == "text/html":
            links = Links(answer.get_data(as_text=True)).found
            waiting.extend(urljoin(address, link) for link in links if "lang=" not in link)
    return answers
