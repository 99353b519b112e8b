"""What is said about accounts, logins and tokens."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "fields_unusable": N_("Some fields cannot be used: {count}."),
    "role.searcher": N_("search operator"),
    "role.coordinator": N_("coordinator"),
    "role.laboratory": N_("laboratory"),
    "role.scientist": N_("histocompatibility scientist"),
    "role.reader": N_("reader"),
    "role.administrator": N_("administrator"),
    "login_refused": N_("This login and this password do not go together."),
    "login_held_back": N_("Too many attempts failed. Try again in {minutes} minutes."),
    "login_ended": N_("Your login had ended. What you typed is kept: log in again and it can be sent."),
    "logged_out": N_("You are logged out."),
    "password_changed": N_("Your password is changed; your other logins were ended."),
    "password_repeated_differs": N_("The two new passwords differ."),
    "password_wrong": N_("This is not your present password."),
    "password_length": N_("A password has {least} to {most} characters."),
    "password_too_simple": N_("This password is too simple: use more different signs, and not your login."),
    "unknown_session": N_("This login is not one of yours."),
    "unknown_token": N_("This token is not one of yours."),
    "token_name": N_("Give the token a name of 1 to {most} characters."),
    "token_terms": N_("A token is for reading or writing, and lasts from 1 to {most} days."),
    "unknown_account": N_("There is no account “{login}”."),
    "login_unusable": N_("“{login}” cannot be a login: use 2 to 63 letters without accents, digits, dots, - _ or @."),
    "login_taken": N_("The login “{login}” is already taken."),
    "display_name_unusable": N_("Give the person's name in 1 to {most} characters."),
    "unknown_site": N_("There is no such site."),
    "unknown_role": N_("“{role}” is not a role."),
    "no_administrator_left": N_("Nobody would be left to administer: give another account that role first."),
}
