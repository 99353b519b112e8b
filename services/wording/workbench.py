"""What the workbench says of its list: filters, order, reservations, what cannot be had."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "filter.by": N_("can give by {day}"),
    "filter.abo": N_("ABO: {abo}"),
    "filter.abo_group": N_("group {abo}"),
    "filter.grade": N_("grade {grade} or better"),
    "filter.verdict.compatible": N_("compatible only"),
    "filter.verdict.possible": N_("possible only"),
    "filter.verdict.unknown": N_("not evaluable only"),
    "filter.verdict.all": N_("compatible, possible and not evaluable"),
    "filter.rhd.+": N_("RhD positive"),
    "filter.rhd.-": N_("RhD negative"),
    "filter.cmv.positive": N_("CMV positive"),
    "filter.cmv.negative": N_("CMV negative"),
    "cmv.positive": N_("CMV+"),
    "cmv.negative": N_("CMV−"),
    "unknown_choice": N_("“{value}” is not a choice for {field} (known: {known})."),
    "compare_two_to_four": N_("Choose {least} to {most} donors to put side by side."),
}
