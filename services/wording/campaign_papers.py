"""What is said on call sheets and letters, and of what keeps them from being made."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "letter_text_unusable": N_("The text of the letter is needed, of {most} signs at most."),
    "letter_placeholder_unknown": N_("Nothing is known to put in the place of {found}: use {known}."),
    "letter_without_name": N_("{count} donors have no name on record, so that no letter can reach them: {donors}."),
    "letters_title": N_("Letters to donors"),
    "letter_reference": N_("Your donor number: {donor}"),
    "letter_default": N_(
        "Dear {{first_name}} {{last_name}},\n\nWe are looking for platelet donors for patients who need platelets that"
        " suit them. A blood sample tells whether you could help. Taking part is your free choice, and you may say no"
        " at any time.\n\nPlease call us to agree on a day.\n\nThank you."
    ),
    "paper_stage_unknown": N_("Nobody is written to at this stage: {text}."),
    "nobody_to_write_to": N_("No donor of this list may be contacted."),
    "letters_need_running": N_("Letters cannot be noted as sent: {reason}"),
    "call_sheet_title": N_("Call sheet"),
    "mail_merge_title": N_("Mail merge"),
    "recruitment": N_("Recruitment of donors"),
    "paper_donors": N_("Donors:"),
    "paper_column.number": N_("Donor number"),
    "paper_column.last_name": N_("Last name"),
    "paper_column.first_name": N_("First name"),
    "paper_column.postcode": N_("Postcode"),
    "paper_column.phone": N_("Phone"),
    "paper_column.email": N_("E-mail"),
    "paper_column.attempts": N_("Contacts so far"),
    "paper_column.outcome": N_("What came of it"),
    "paper_boxes": N_("☐ agrees   ☐ later   ☐ declines   ☐ no answer   ☐ wants no more contact   Note:"),
    "letters_noted": N_("Noted as sent: {count} letters."),
}
