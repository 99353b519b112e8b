"""What messages say, and what pages and commands say of messages."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    # subjects and sentences of messages
    "mail.news.standing_searches": N_("Standing searches: what changed"),
    "mail.news.availability": N_("Availability of donors"),
    "mail.news.recalls": N_("Recalls: what is due"),
    "mail.news.job_failures": N_("A nightly job failed"),
    "mail.address_set": N_("This address receives the news of the registry"),
    "mail.address_set.body": N_("It was given for your account. If you did not expect this, tell your administrator."),
    # why a message was not sent
    "outbox_no_address": N_("The account has no e-mail address."),
    "outbox_address_refused": N_("The address was refused before: nothing is sent there until it is changed."),
    "outbox_subscription_ended": N_("The subscription ended before the message left."),
    "outbox_right_lost": N_("The person may no longer see what the message is about."),
}
