"""What is said of families: refusals, relations, what is known of each, and why a chance is what it is."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "help.families": N_("Families"),
    "unknown_family": N_("There is no such family."),
    "unknown_family_member": N_("This family has no such member."),
    "family_too_large": N_("A family of {persons} people cannot be reckoned: {most} at most."),
    "family_too_entangled": N_("Too many marriages between relatives: the chances cannot be reckoned exactly."),
    "family_parent_unknown": N_("The parent is not a member of this family."),
    "family_own_parent": N_("Nobody is their own parent."),
    "family_same_parent_twice": N_("The same person cannot be both parents."),
    "family_parent_sex": N_("A mother is a woman and a father a man: the sex given contradicts a child that is drawn."),
    "family_loop": N_("Somebody would descend from themselves: the family cannot be drawn so."),
    "family_parent_younger": N_(
        "Born in {child_year}, and descending from somebody born in {year}: one of the years is wrong."
    ),
    "family_contradictory": N_(
        "The results contradict each other: no heredity gives them in one family as drawn. Check the results, "
        "the typings and who is related to whom; no chance is shown until then."
    ),
    "family_status_differs": N_(
        "For somebody, what was written by hand is not what the typing on record says: the typing counts."
    ),
    "family_type_two": N_(
        "Somebody is CD36-negative of type II: how that is inherited is not settled, and the chances below take it as "
        "recessive."
    ),
    "family_first_not_typed": N_(
        "The first member’s HLA-A, -B and -C are not known antigen by antigen: who has the same ones cannot be told."
    ),
    "family_phenotype_unknown": N_("Choose the phenotype that the family is drawn for."),
    "family_needs_one_person": N_("Give one donor’s number or one patient’s number."),
    "family_patient_not_yours": N_("Only those who see patients draw a patient’s family."),
    "family_prevalence_unusable": N_("The share of people with the phenotype lies above 0 and below 100%."),
    "family_source_needed": N_("Say where this share comes from, in {most} characters at most."),
    "family_kin_unknown": N_("Say what the person is to the other."),
    "family_sex_unknown": N_("The sex is not one of those offered."),
    "family_parent_drawn": N_("That parent is drawn already: nobody has more than two."),
    "family_which_partner": N_(
        "There are children with several partners: add a brother or sister of one of these children instead."
    ),
    "family_partner_needs_child": N_("A partner is drawn as the other parent of a child: add the child."),
    "family_sex_needed": N_("Say first whether this person is a woman or a man."),
    "family_member_linked": N_("This member is a registered donor already."),
    "family_member_not_linked": N_("This member is no registered donor."),
    "family_donor_drawn": N_("Donor {donor} is in this family already."),
    "family_sex_differs": N_("Donor {donor} is of the other sex than is drawn."),
    "family_first_stays": N_("The family is drawn for this person, who stays in it."),
    "family_has_children": N_("Children of this person are drawn: take them out first."),
    "family_text_unusable": N_("Write {most} characters at most, on one line."),
    "family_year_unusable": N_("“{text}” is no year of birth."),
    "family_status_unknown": N_("Choose what is known from the list."),
    "family_status_source_needed": N_("Say how this is known: which laboratory, which report, when."),
    "family_campaign_unknown": N_("No running campaign of that name looks for this phenotype."),
    "family_nobody_to_invite": N_("Choose one or more of the untested brothers and sisters."),
    "family_not_invitable": N_("Nobody was invited: {reason}"),
    "family_not_a_donor": N_("not a registered donor: give the letter to pass on."),
    "family_invited_already": N_("Donor {donor} is in this campaign already; nobody was added."),
    "family_drawn_now": N_("The family is drawn. Add the relatives from the page of each member."),
    "family_saved": N_("Saved."),
    "family_member_added_now": N_("The relative is drawn."),
    "family_member_removed_now": N_("The person is taken out of the family."),
    "family_invited_now": N_("{count} added to the campaign; nobody has been contacted yet."),
    "sibling_to_test": N_("a brother or sister has the phenotype"),
    "sibling_of_rare": N_("a brother or sister has the phenotype: a chance of {chance_percent} in 100"),
    "relative_to_test": N_("proposed by the family"),
    "family_agreed_unknown": N_("Say whether the person agrees."),
    "family_agreed.yes": N_("agrees that relatives may know the result"),
    "family_agreed.no": N_("does not agree, or no longer"),
    "pedigree_title": N_("Family tree: {phenotype}"),
    "pedigree_description": N_("A drawing of {count} people; the list under it says the same."),
    "kin_label.patient": N_("patient"),
    "kin_legend.man": N_("man"),
    "kin_legend.woman": N_("woman"),
    "kin_legend.unknown_sex": N_("sex not known"),
    "kin_legend.deceased": N_("deceased"),
    # the phenotypes
    "family_phenotype.CD36": N_("CD36-negative"),
    "family_phenotype.HPA": N_("{antigen}-negative"),
    "family_phenotype.HLA": N_("the same HLA-A, -B and -C"),
    # what is known
    "kin_status.shows": N_("has the phenotype"),
    "kin_status.lacks": N_("does not have it"),
    "kin_status.carrier": N_("carries it (one allele)"),
    "kin_status.clear": N_("does not have it, does not carry it"),
    "kin_status.untested": N_("not tested"),
    "kin_hla.shows": N_("the same antigens"),
    "kin_hla.lacks": N_("other antigens"),
    "kin_hla.untested": N_("not typed"),
    "kin_basis.typing": N_("by the typing on record"),
    "kin_basis.hand": N_("as written by hand"),
    # why a chance
    "kin.population": N_("as anybody where the family comes from"),
    "kin.children": N_("from what is known of the children"),
    "kin.parent_of_one": N_("carries it at least: a child has it"),
    "kin.one_parent": N_("from the one parent drawn; the other is taken as anybody"),
    "kin.one_free": N_("one parent surely does not carry it"),
    "kin.parents": N_("the mother carries or has it with a chance of {mother_share}, the father of {father_share}"),
    "kin.both_at_least": N_("each parent carries it at least, as {because} has it"),
    "kin.both_carry": N_("both parents carry it"),
    "kin.both_carry_through": N_("both parents carry it, as {because} has it"),
    "kin.shows_and_carries": N_("one parent has it and the other carries it"),
    "kin.shows_and_carries_through": N_("one parent has it and the other carries it, as {because} has it"),
    "kin.both_show": N_("both parents have it"),
    "kin.both_show_through": N_("both parents have it"),
    "kin.hla_a_priori": N_("one brother or sister in four has both haplotypes; the parents’ typings do not say more"),
    "kin.hla_deduced": N_("from the haplotypes that the parents’ typings show"),
    # a person's own data
    "donor_column.alias": N_("What relatives call them"),
    "donor_column.birth_year": N_("Year of birth"),
    "donor_column.deceased": N_("Deceased"),
    "donor_column.status_source": N_("How it is known"),
    "donor_column.shares_result": N_("Relatives may know"),
    "donor_column.consent_on": N_("Said on"),
    # audit trail
}
