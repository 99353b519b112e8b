"""What the board of who gets which donor says of what is done on it."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "help.allocation": N_("Who gets which donor"),
    "division_kept": N_("This division is kept: the next ones are compared with it."),
    "division_marked.fixed": N_("Fixed: the division is made around it."),
    "division_marked.forbidden": N_("Forbidden: the division is made without it."),
    "division_mark_lifted": N_("Lifted: the division decides again."),
    "division_mark_unknown": N_("“{text}” is no mark: fix or forbid."),
    "division_slot_needed": N_("Choose for whom and on which day."),
    "division_donor_elsewhere": N_(
        "Donor {donor} is proposed to nobody on these days, and not among the first donors of a request."
    ),
    "division_move_asked": N_("Asked: donor {donor} waits for a second person."),
    "division_decision_unknown": N_("“{text}” is no decision: approve or refuse."),
    "division_move_decided.approve": N_("Approved: the donor is reserved."),
    "division_move_decided.refuse": N_("Refused: the division stays as it is."),
    "division_move_decided.cancel": N_("Taken back: nobody has to decide it."),
    "division_change.new": N_("new"),
    "division_change.gone": N_("gone"),
    "division_change.moved": N_("another day"),
    "division_change.other_patient": N_("another patient"),
}
