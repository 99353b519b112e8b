"""What the workbench says of its list: filters, order, reservations, what cannot be had."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "list_filter.by": N_("can give by {day}"),
    "list_filter.abo": N_("ABO: {abo}"),
    "list_filter.abo_group": N_("group {abo}"),
    "list_filter.grade": N_("grade {grade} or better"),
    "list_filter.verdict.compatible": N_("compatible only"),
    "list_filter.verdict.possible": N_("possible only"),
    "list_filter.verdict.unknown": N_("not evaluable only"),
    "list_filter.verdict.all": N_("compatible, possible and not evaluable"),
    "list_filter.rhd.+": N_("RhD positive"),
    "list_filter.rhd.-": N_("RhD negative"),
    "list_filter.cmv.positive": N_("CMV positive"),
    "list_filter.cmv.negative": N_("CMV negative"),
    "cmv.positive": N_("CMV+"),
    "cmv.negative": N_("CMV−"),
    "unknown_choice": N_("“{value}” is not a choice for {field} (known: {known})."),
    "compare_two_to_four": N_("Choose {least} to {most} donors to put side by side."),
}
