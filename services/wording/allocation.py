"""What is said of dividing donors among patients."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "allocation_days": N_("Divide one to {most} days at a time."),
    "allocation_no_donor": N_("No donor is compatible."),
    "allocation_none_in_time": N_("Compatible donors exist; none may give on a day that is in time."),
    "allocation_too_few": N_("Fewer compatible donors may give in time than units are needed."),
    "allocation_taken": N_("Alone, this request would be met: its donors are given to others."),
    "allocation_no_directive": N_(
        "No directive is in force, or it cannot be read: no threshold is chosen for a patient."
    ),
    "allocation_outside": N_("No day of these serves it: it is needed too soon for a donation, or later."),
    "title_allocation": N_("Donors for the open requests from {first} to {last}: {met} of {units} units"),
    "heading_units": N_("Units"),
    "heading_held_by": N_("Given to"),
    "heading_why": N_("Why"),
    "allocation_loss": N_("Divided in parts: another division might bring up to {units} units more."),
}
