"""Why a campaign invites a donor, and why it does not."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "invite.unknown_donor": N_("no donor on record"),
    "invite.kept_apart": N_("kept for traceability alone, or erased"),
    "invite.opted_out": N_("asked for no contact"),
    "invite.no_consent": N_("has not agreed to be contacted"),
    "invite.inactive": N_("inactive or deferred"),
    "invite.known_to_have_it": N_("known already to have the phenotype"),
    "invite.known_not_to_have_it": N_("typed already: does not have it, or a search finds them"),
    "invite.invited_already": N_("invited by this campaign already"),
    "invite.in_another_campaign": N_("another campaign is in touch with them"),
    "invite.other_region": N_("another region"),
    "invite.other_abo": N_("another blood group"),
    "invite.ancestry_not_declared": N_("no ancestry declared"),
    "invite.other_ancestry": N_("another ancestry declared"),
    "invite.never_eligible": N_("can never give again, such as by age"),
    "invite.not_eligible_in_time": N_("cannot give in time"),
    "invite.contact_cap": N_("contacted as often as a year allows"),
    "invite.contacted_recently": N_("contacted too recently"),
    "invite.seldom_answers": N_("seldom answered before"),
    "invite_for.enriched": N_("the phenotype is more frequent among those of the declared ancestry ({share})"),
    "invite_for.answered": N_("answered {answered} of {asked} campaigns"),
    "invite_for.never_contacted": N_("never contacted for a campaign"),
    "invite_for.eligible_now": N_("can give now"),
    "invite_for.eligible_from": N_("can give from {on}"),
}
