"""What every chart shares: elements, colours, patterns and the marks of a linear axis."""

from xml.etree.ElementTree import Element, SubElement, tostring

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
INK, MUTED, RULE, PAPER = "#1f2937", "#4d4d4d", "#d3d8de", "#ffffff"
RED, BLUE, OCHRE, NAVY, TEAL = "#750E12", "#0A4495", "#8F6007", "#02174F", "#027685"


def canvas(identifier: str, *, width: float, height: float, title: str, description: str) -> Element:
    """Return an empty drawing that a screen reader announces by its title and description."""
    svg = Element(
        "svg",
        {
            "xmlns": SVG_NAMESPACE,
            "id": identifier,
            "viewBox": f"0 0 {number(width)} {number(height)}",
            "width": number(width),
            "height": number(height),
            "role": "img",
            "aria-labelledby": f"{identifier}-title {identifier}-description",
            "font-size": "11",
        },
    )
    SubElement(svg, "title", {"id": f"{identifier}-title"}).text = title
    SubElement(svg, "desc", {"id": f"{identifier}-description"}).text = description
    return svg


def add(parent: Element, tag: str, text: str = "", **attributes: object) -> Element:
    """Add a child; an underscore in an attribute name becomes a hyphen, a number has two decimals at most."""
    child = SubElement(
        parent,
        tag,
        {
            name.rstrip("_").replace("_", "-"): number(value) if isinstance(value, float) else str(value)
            for name, value in attributes.items()
        },
    )
    if text:
        child.text = text
    return child


def number(value: float) -> str:
    """Return a coordinate as short text."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def markup(svg: Element) -> str:
    """Return the drawing as text, parseable as XML and as part of a page."""
    return tostring(svg, encoding="unicode")


def axis_marks(highest: float, *, most: int = 6) -> list[int]:
    """Return round marks from 0 to at least ``highest``, their step 1, 2 or 5 times a power of ten."""
    step = 1
    for factor in (2, 2.5, 2) * 9:
        if highest <= step * most:
            break
        step = int(step * factor)
    count = max(1, -(-int(-(-highest // 1)) // step))
    return [step * index for index in range(count + 1)]
