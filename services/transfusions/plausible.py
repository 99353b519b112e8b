"""What cannot be true of a transfusion, whether it is typed, comes by a file, or is what a later file makes of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.errors import FieldFault
from domain.transfusion import OutcomeRules
from services.transfusions.entry import ENDED_AT, TIME_OF

# These only stop a slip of unit or of a key; they judge nobody.
MOST_COUNT, MOST_CONTENT, LONGEST_PRODUCT, LONGEST_NOTE = 2_000, 20, 40, 1_000
LATEST_COUNT = timedelta(hours=72)  # after the transfusion: beyond it the day is a slip
COUNT_UNITS = {"µL": 1e3, "L": 1e9}  # how many of it make one of ours, 10⁹/L
CONTENT_SCALES = (1e2, 1e5, 1e11)  # 10⁹, 10⁶ and single platelets, the same of the content


def impossible(values: Mapping[str, Any], rules: OutcomeRules) -> list[FieldFault]:
    """Every fault of the values of an entry, by name; None is not known. Empty where all of it can be true."""
    counts = [fault for name in TIME_OF for fault in _count_faults(name, values)]
    return [*_product_faults(values, rules), *counts, *_order_faults(values)]


def _product_faults(values: Mapping[str, Any], rules: OutcomeRules) -> list[FieldFault]:
    faults = []
    content, age = values.get("content"), values.get("age_hours")
    if content is not None and content <= 0:
        faults.append(_figure_fault("content", content, "transfusion_content_zero"))
    elif content is not None and content > MOST_CONTENT:
        per = next((content / scale for scale in CONTENT_SCALES if content / scale <= MOST_CONTENT), content / 1e11)
        faults.append(_figure_fault("content", content, "transfusion_content_scale", value=content, per=per))
    untreated = values.get("pathogen_reduced") is False
    limit = rules.shelf_hours if untreated else rules.shelf_reduced_hours
    if age is not None and age < 0:
        faults.append(_figure_fault("age_hours", age, "transfusion_age_negative"))
    elif age is not None and age > limit:
        code = "transfusion_product_too_old" if untreated else "transfusion_product_too_old_any"
        faults.append(_figure_fault("age_hours", age, code, hours=age, limit=limit))
    for name, most in (("product_number", LONGEST_PRODUCT), ("note", LONGEST_NOTE)):
        if len(str(values.get(name) or "")) > most:
            faults.append(FieldFault(name, "text_too_long", {"limit": most}))
    return faults


def _count_faults(name: str, values: Mapping[str, Any]) -> list[FieldFault]:
    faults = []
    count, moment = values.get(name), TIME_OF[name]
    if count is not None and count < 0:
        faults.append(_figure_fault(name, count, "transfusion_count_negative"))
    elif count is not None and count > MOST_COUNT:
        unit = next((unit for unit, scale in COUNT_UNITS.items() if count / scale <= MOST_COUNT), "L")
        per = count / COUNT_UNITS[unit]
        code = "transfusion_count_scale"
        faults.append(_figure_fault(name, count, code, value=count, most=MOST_COUNT, unit=unit, per=per))
    if count is not None and values.get(moment) is None:
        faults.append(FieldFault(moment, "transfusion_count_without_time"))
    if count is None and values.get(moment) is not None:
        faults.append(FieldFault(name, "transfusion_time_without_count"))
    return faults


def _order_faults(values: Mapping[str, Any]) -> list[FieldFault]:
    """The samples in time: before, then the end of the transfusion, then about 1 h, then about 24 h."""
    ended_at = values.get(ENDED_AT)
    if not isinstance(ended_at, datetime):
        return []
    faults = []
    pre, early, late = (values.get(name) for name in TIME_OF.values())
    if pre is not None and pre > ended_at:
        faults.append(FieldFault("pre_at", "transfusion_pre_after"))
    for name, at in (("count_1h_at", early), ("count_24h_at", late)):
        if at is None:
            continue
        if pre is not None and at <= pre:
            faults.append(FieldFault(name, "transfusion_post_before_pre"))
        elif at <= ended_at:
            faults.append(FieldFault(name, "transfusion_post_before_end"))
        elif at - ended_at > LATEST_COUNT:
            hours = round((at - ended_at) / timedelta(hours=1), 1)
            faults.append(FieldFault(name, "transfusion_count_too_late", {"hours": hours}))
    if early is not None and late is not None and late <= early:
        faults.append(FieldFault("count_24h_at", "transfusion_counts_out_of_order"))
    return faults


def _figure_fault(name: str, figure: float, code: str, **params: str | float) -> FieldFault:
    return FieldFault(name, code, {"text": f"{figure:.13g}", **params})
