"""One transfusion as a form or a row of a file gives it: its columns, and how they are read."""

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
from services.imports.typed_results import plain_params
from services.imports.values import Fault
from services.transfusions.entry import CAUSES, COLUMNS, ENDED_AT, FLAGS, KEY, MOMENTS, TIME_OF, Entry
from services.transfusions.plausible import impossible

# These only stop a slip of unit or of a key; they judge nobody.
MOST_WEIGHT_KG, LEAST_WEIGHT_KG, MOST_HEIGHT_CM, LEAST_HEIGHT_CM = 400, 0.4, 260, 20
CLOCKS_DIFFER = timedelta(minutes=5)
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")
MOST_FIGURE = 10.0**12  # up to here the sentence about the scale says what a figure may have been

FIELDS: Mapping[str, Field] = {
    one.name: one
    for one in (
        Field(KEY, "key", required=True),
        Field(ENDED_AT, "instant", required=True),
        Field("product_number", "text"),
        Field("donor_number", "text"),
        Field("selection", "choice", SELECTION),
        Field("content", "number", low=-MOST_FIGURE, high=MOST_FIGURE),
        Field("age_hours", "number", low=-MOST_FIGURE, high=MOST_FIGURE),
        Field("product_abo", "choice", ABO),
        *(Field(name, "choice", YES_NO) for name in FLAGS),
        *(
            one
            for count, moment in TIME_OF.items()
            for one in (Field(count, "number", low=-MOST_FIGURE, high=MOST_FIGURE), Field(moment, "instant"))
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
    values: dict[str, Any] = dict(row.values)
    for name in MOMENTS:
        values[name] = _moment(row, name, places, timing)
    told = {name: values.get(name) for name in (*FLAGS, *CAUSES)}
    flags = {name: None if word is None else word == "yes" for name, word in told.items()}
    unread = {issue.column for issue in row.issues if issue.severity == "error"}
    for fault in impossible({**values, **flags}, rules):
        if fault.field not in unread:
            row.add(fault.field, str(fault.params.get("text", "")), Fault(fault.code, plain_params(fault.params)))
    ended_at = values[ENDED_AT]
    if row.refused or not isinstance(ended_at, datetime):
        return None
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
