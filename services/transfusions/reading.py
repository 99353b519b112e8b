"""One transfusion as a form or a row of a file gives it: its columns, how they are read, and what cannot be true."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.refractoriness import Selection
from domain.reservation import Timing
from domain.transfusion import OutcomeRules
from models.donor import Abo
from models.importing import ImportKind
from services.imports.choices import ABO, SELECTION, YES_NO
from services.imports.fields import Field
from services.imports.reading import ReadRow
from services.imports.result_rows import ResultForm
from services.imports.values import Fault
from services.transfusions.entry import CAUSES, COLUMNS, ENDED_AT, FLAGS, KEY, MOMENTS, TIME_OF, Entry

# These only stop a slip of unit or of a key; they judge nobody.
MOST_COUNT, MOST_CONTENT, LONGEST_PRODUCT, LONGEST_NOTE = 2_000, 20, 40, 1_000
MOST_WEIGHT_KG, LEAST_WEIGHT_KG, MOST_HEIGHT_CM, LEAST_HEIGHT_CM = 400, 0.4, 260, 20
LATEST_COUNT = timedelta(hours=72)  # after the transfusion: beyond it the day is a slip
CLOCKS_DIFFER = timedelta(minutes=5)
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")
_ANY = 10.0**12

FIELDS: Mapping[str, Field] = {
    one.name: one
    for one in (
        Field(KEY, "key", required=True),
        Field(ENDED_AT, "instant", required=True),
        Field("product_number", "text"),
        Field("donor_number", "text"),
        Field("selection", "choice", SELECTION),
        Field("content", "number", low=-_ANY, high=_ANY),
        Field("age_hours", "number", low=-_ANY, high=_ANY),
        Field("product_abo", "choice", ABO),
        *(Field(name, "choice", YES_NO) for name in FLAGS),
        *(
            one
            for count, moment in TIME_OF.items()
            for one in (Field(count, "number", low=-_ANY, high=_ANY), Field(moment, "instant"))
        ),
        Field("weight_kg", "number", low=LEAST_WEIGHT_KG, high=MOST_WEIGHT_KG),
        Field("height_cm", "number", low=LEAST_HEIGHT_CM, high=MOST_HEIGHT_CM),
        *(Field(name, "choice", YES_NO) for name in CAUSES),
        Field("note", "text"),
    )
}
# Other headings of this kind of file; elsewhere they may say something else.
ALIASES: Mapping[str, str] = {
    "transfused_at": ENDED_AT, "transfusion": ENDED_AT, "fin_transfusion": ENDED_AT, "fin_de_transfusion": ENDED_AT,
    "date_transfusion": ENDED_AT, "produit": "product_number", "numero_produit": "product_number",
    "product": "product_number", "unit": "product_number", "donneur": "donor_number", "numero_donneur": "donor_number",
    "donor": "donor_number", "choix": "selection", "dose": "content", "contenu": "content", "teneur": "content",
    "age_heures": "age_hours", "age_produit": "age_hours", "abo_produit": "product_abo", "irradie": "irradiated",
    "inactive": "pathogen_reduced", "pathogenes_reduits": "pathogen_reduced", "psl": "additive_solution",
    "solution_additive": "additive_solution", "avant": "pre_count", "numeration_avant": "pre_count", "pre": "pre_count",
    "heure_avant": "pre_at", "numeration_1h": "count_1h", "post_1h": "count_1h", "heure_1h": "count_1h_at",
    "post_1h_at": "count_1h_at", "numeration_24h": "count_24h", "post_24h": "count_24h", "heure_24h": "count_24h_at",
    "post_24h_at": "count_24h_at", "saignement": "bleeding", "fievre": "fever", "splenomegalie": "splenomegaly",
    "civd": "dic", "mvo": "vod", "amphotericine_b": "amphotericin_b", "vancomycine": "vancomycin",
    "ciprofloxacine": "ciprofloxacin",
}  # fmt: skip
FORM = ResultForm(ImportKind.TRANSFUSIONS, KEY, FIELDS, ALIASES, missing="transfusion_columns_missing")


def settle_entry(row: ReadRow, places: Mapping[str, int], *, timing: Timing, rules: OutcomeRules) -> Entry | None:
    """The transfusion of a row that was read; what cannot be true is an error of the row, and gives None."""
    values = dict(row.values)
    for name in MOMENTS:
        values[name] = _moment(row, name, places, timing)
    ended_at = values[ENDED_AT]
    _check_product(row, values, rules)
    for count in TIME_OF:
        _check_count(row, count, values)
    if isinstance(ended_at, datetime):
        _check_order(row, values, ended_at)
    if row.refused or not isinstance(ended_at, datetime):
        return None
    told = {name: values.get(name) for name in (*FLAGS, *CAUSES)}
    flags = {name: None if word is None else word == "yes" for name, word in told.items()}
    plain = {name: values.get(name) for name in COLUMNS if name not in (*FLAGS, "selection", "product_abo")}
    plain |= {name: str(values.get(name) or "") for name in ("product_number", "donor_number", "note")}
    selection, abo = values.get("selection"), values.get("product_abo")
    return Entry(
        **plain,  # type: ignore[arg-type]
        irradiated=flags["irradiated"],
        pathogen_reduced=flags["pathogen_reduced"],
        additive_solution=flags["additive_solution"],
        selection=Selection(str(selection)) if selection else None,
        product_abo=Abo(str(abo)) if abo else None,
        causes={name: seen for name in CAUSES if (seen := flags[name]) is not None},
    )


def _moment(row: ReadRow, name: str, places: Mapping[str, int], timing: Timing) -> datetime | None:
    """A moment on the clocks of the place, unless its text says another; it has a time of day and is not ahead."""
    text = str(row.raw.cells[places[name]]) if name in places and places[name] < len(row.raw.cells) else ""
    ahead = [issue for issue in row.issues if issue.column == name and issue.code == "updated_in_future"]
    row.issues = [issue for issue in row.issues if issue not in ahead]  # a sentence about something else
    found = row.values.get(name)
    if not isinstance(found, datetime):
        if ahead:
            row.add(name, text, Fault("transfusion_in_future"))
        return None
    if ":" not in text:
        row.add(name, text, Fault("transfusion_without_time"))
        return None
    if not _OFFSET.search(text.strip()):
        found = found.replace(tzinfo=ZoneInfo(timing.timezone)).astimezone(UTC)
    if found > timing.now + CLOCKS_DIFFER:
        row.add(name, text, Fault("transfusion_in_future"))
        return None
    return found


def _check_product(row: ReadRow, values: Mapping[str, Any], rules: OutcomeRules) -> None:
    content, age = values.get("content"), values.get("age_hours")
    if content is not None and content <= 0:
        row.add("content", f"{content:g}", Fault("transfusion_content_zero"))
    elif content is not None and content > MOST_CONTENT:
        row.add("content", f"{content:g}", Fault("transfusion_content_scale", {"value": content, "per": content / 100}))
    untreated = values.get("pathogen_reduced") == "no"
    limit = rules.shelf_hours if untreated else rules.shelf_reduced_hours
    if age is not None and age < 0:
        row.add("age_hours", f"{age:g}", Fault("transfusion_age_negative"))
    elif age is not None and age > limit:
        code = "transfusion_product_too_old" if untreated else "transfusion_product_too_old_any"
        row.add("age_hours", f"{age:g}", Fault(code, {"hours": age, "limit": limit}))
    for name, most in (("product_number", LONGEST_PRODUCT), ("note", LONGEST_NOTE)):
        if len(str(values.get(name) or "")) > most:
            row.add(name, "", Fault("text_too_long", {"limit": most}))


def _check_count(row: ReadRow, name: str, values: Mapping[str, Any]) -> None:
    count, moment = values.get(name), TIME_OF[name]
    faulty = {issue.column for issue in row.issues if issue.severity == "error"}
    if count is not None and count < 0:
        row.add(name, f"{count:g}", Fault("transfusion_count_negative"))
    elif count is not None and count > MOST_COUNT:
        params = {"value": count, "most": MOST_COUNT, "per": count / 1000}
        row.add(name, f"{count:g}", Fault("transfusion_count_scale", params))
    if count is not None and values.get(moment) is None and moment not in faulty:
        row.add(moment, "", Fault("transfusion_count_without_time"))
    if count is None and values.get(moment) is not None and name not in faulty:
        row.add(name, "", Fault("transfusion_time_without_count"))


def _check_order(row: ReadRow, values: Mapping[str, Any], ended_at: datetime) -> None:
    """The samples in time: before, then the end of the transfusion, then about 1 h, then about 24 h."""
    pre, early, late = (values.get(name) for name in TIME_OF.values())
    if pre is not None and pre > ended_at:
        row.add("pre_at", "", Fault("transfusion_pre_after"))
    for name, at in (("count_1h_at", early), ("count_24h_at", late)):
        if at is None:
            continue
        hours = round((at - ended_at) / timedelta(hours=1), 1)
        if pre is not None and at <= pre:
            row.add(name, "", Fault("transfusion_post_before_pre"))
        elif at <= ended_at:
            row.add(name, "", Fault("transfusion_post_before_end"))
        elif at - ended_at > LATEST_COUNT:
            row.add(name, "", Fault("transfusion_count_too_late", {"hours": hours}))
    if early is not None and late is not None and late <= early:
        row.add("count_24h_at", "", Fault("transfusion_counts_out_of_order"))
