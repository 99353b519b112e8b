"""An XML document as a stream of small trees: only the elements asked for are kept, each with its line.

DTDs, entities and external references are refused; depth is bounded; nothing but one patient is held at a time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from domain.errors import UnusableInput

MAX_DEPTH = 40
READ_AT_ONCE_BYTES = 1 << 16


@dataclass(slots=True)
class Node:
    """One element: its name without namespace, its line, its text and the kept elements in it."""

    name: str
    line: int
    attributes: dict[str, str]
    texts: list[str] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text of the element, spaces around it left out."""
        return " ".join("".join(self.texts).split())

    def all(self, name: str) -> Iterator["Node"]:
        """The direct children of that name."""
        return (child for child in self.children if child.name == name)

    def find(self, *path: str) -> "Node | None":
        """The first element along this path of names, or None."""
        node: Node | None = self
        for name in path:
            node = next(node.all(name), None) if node else None
        return node

    def value(self, *path: str) -> str:
        """The text of the first element along this path, empty where there is none."""
        node = self.find(*path)
        return node.text if node else ""


def local_name(tag: str) -> str:
    """The name of an element without its namespace."""
    return tag.rpartition("}")[2]


def stream_nodes(content: bytes, *, unit: str, keep: frozenset[str], on_root: Callable[[Node], None]) -> Iterator[Node]:
    """The elements named `unit`, one after the other, holding only descendants named in `keep`.

    Raises:
        UnusableInput: not well-formed (with the place), cut short, nested too deep, or holding a DTD or entities.
    """
    target = _Target(unit, keep, on_root)
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    target.line = lambda: int(parser.parser.CurrentLineNumber)
    try:
        for start in range(0, len(content), READ_AT_ONCE_BYTES):
            parser.feed(content[start : start + READ_AT_ONCE_BYTES])
            yield from target.finished()
        parser.close()
    except DefusedXmlException as error:
        raise UnusableInput("xml_with_entities", line=target.line()) from error
    except (ParseError, ValueError, LookupError) as error:
        line, column = getattr(error, "position", (target.line(), 0))
        raise UnusableInput("xml_damaged", line=line, column=column) from error
    yield from target.finished()


class _Target:
    """Builds the nodes as the parser reports elements."""

    def __init__(self, unit: str, keep: frozenset[str], on_root: Callable[[Node], None]) -> None:
        self._unit = unit
        self._keep = keep | {unit}
        self._on_root = on_root
        self._open: list[Node] = []
        self._done: list[Node] = []
        self.line: Callable[[], int] = lambda: 1

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        node = Node(local_name(tag), self.line(), attributes)
        if not self._open:
            self._on_root(node)
        if len(self._open) >= MAX_DEPTH:
            raise UnusableInput("xml_too_deep", line=node.line, limit=MAX_DEPTH)
        self._open.append(node)

    def data(self, text: str) -> None:
        """Text inside the innermost element."""
        if self._open and self._open[-1].name in self._keep:
            self._open[-1].texts.append(text)

    def end(self, _tag: str) -> None:
        """An element ends: it goes to its parent if it is kept, to the stream if it is a unit."""
        node = self._open.pop()
        if node.name == self._unit:
            self._done.append(node)
        elif self._open and node.name in self._keep:
            self._open[-1].children.append(node)

    def finished(self) -> Iterator[Node]:
        """The units that ended since the last call."""
        done, self._done = self._done, []
        yield from done
