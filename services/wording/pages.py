"""What the pages say of themselves: what went wrong, and what to do about it."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "page_not_a_number": N_("“{text}” is not the number of a page."),
    "changed_meanwhile": N_("Somebody changed this while you were editing: see what it is now, then decide again."),
    "page_failed": N_("This page failed for a reason nobody foresaw."),
    "http_400": N_("This address or form cannot be understood."),
    "http_401": N_("Log in first."),
    "http_403": N_("Your roles do not allow this."),
    "http_404": N_("There is no such page."),
    "http_405": N_("This address cannot be used that way."),
    "http_413": N_("What was sent is larger than this site accepts."),
    "http_409": N_("This cannot be done as things stand."),
    "http_422": N_("Something in this form cannot be used."),
    "http_500": N_("This page failed for a reason nobody foresaw."),
    "http_503": N_("The site cannot answer for the moment."),
    "form_too_old": N_("This form is too old, or comes from elsewhere: it was refused."),
    "http_other": N_("The request was refused ({status}, {name})."),
    "http_advice_400": N_("Correct it and try again; nothing was changed."),
    "http_advice_401": N_("Nothing was changed."),
    "http_advice_403": N_("Ask an administrator if you need it for your work."),
    "http_advice_413": N_("Nothing was changed. An administrator can raise the limit."),
    "http_advice_404": N_("Check the number or the address, or search from the top of the page."),
    "http_advice_405": N_("Go back and use the buttons of the page."),
    "http_advice_422": N_("Correct it and try again; nothing was changed."),
    "http_advice_409": N_("Nothing was changed."),
    "http_advice_500": N_("Nothing was changed. The log of the server says where it happened."),
    "http_advice_503": N_("Nothing is lost: the page will work once this is done."),
}
