"""What is said of typing risk: tables of allele frequencies, a risk that is not known, whom to type next."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    # loading a table
    "frequency_table_other_shape": N_(
        "This is no table of allele frequencies: its headings are {found}, and {missing} is missing."
    ),
    "frequency_table_empty": N_("None of the {rows} rows could be used: nothing was loaded."),
    "frequency_table_name_taken": N_(
        "Another table of allele frequencies is named {name}: give this one another name (--name)."
    ),
    "frequency_nobody_declared": N_("No donor declares one of these populations: {populations}."),
    "frequency_weights_unreadable": N_(
        "“{part}” gives no share of a population; the file has {populations} (NAME=NUMBER, apart by a comma)."
    ),
    "frequency_row_refused": N_("Line {line}: {reason} ({raw})"),
    "frequency_population_missing": N_("the population is missing"),
    "frequency_sample_size": N_("the sample size is no number of people"),
    "frequency_locus_unknown": N_("the locus is none of A, B, C"),
    "frequency_allele_unknown": N_("this is no allele of the locus with a known first field"),
    "frequency_allele_not_two_fields": N_("the allele is not at two fields"),
    "frequency_unreadable": N_("the frequency is no number"),
    "frequency_out_of_range": N_("the frequency is not between 0 and 1"),
    "frequency_allele_twice": N_("the allele stands twice for this population (first on line {first}): neither counts"),
    "frequency_sum_above_one": N_("{rows} frequencies sum to {total}, more than 1: none of them counts"),
    "mix.declared": N_("the ancestries declared in the registry when the table was loaded"),
    "mix.equal": N_("every population alike"),
    "mix.given": N_("as the site said"),
    # a risk
    "risk_percent": N_("{percent} {sign} risk"),
    "risk_below_one": N_("< 1 {sign} risk"),
    "risk_above_ninety_nine": N_("> 99 {sign} risk"),
    "risk_not_known": N_("risk not known"),
    "risk_no_table": N_("no table of allele frequencies is loaded"),
    "risk_alleles_not_listed": N_("the table lacks an allele that the value may be and that may react"),
    "risk_value_not_listed": N_("the table lists no allele that this value may be"),
    "risk_untested": N_("the panel does not test it"),
    "risk_untyped": N_("it is not typed"),
    "key.risk": N_("undecided values"),
    # whom to type next
    "title_to_type": N_("Whom to type next: {total} donors, for {directives} directives in force"),
    "heading_to_type": N_("To type"),
    "heading_directives_in_force": N_("Directives in force"),
    "heading_directives": N_("Directives"),
    "heading_expected": N_("Expected to be settled"),
    "heading_patients": N_("Patients"),
    "expected_of": N_("{expected} of {known}"),
    "expected_not_known": N_("not known"),
    "directive_left_out": N_("The directive of {patient} could not be read and is left out: {why}"),
    "directives_left_out": N_("Directives that could not be read and are left out: {count}."),
    "doc.file_to_type": N_("donors-to-type"),
    "doc.title_to_type": N_("Whom to type next"),
    "policy.risk-first": N_("risk first"),
    "heading_risk": N_("Risk"),
    "risk_hint": N_("the chance that a value which is not decided reacts, by the allele frequencies in use"),
    "risk_unknown_part": N_("{share} by alleles that no bead decides"),
    "risk_by_ancestry": N_("By the declared ancestry ({population}): {risk}."),
    "risk_of_unknown_ancestry": N_(
        "The ancestry is not declared, or the table has no population of that name: the registry’s mix stands."
    ),
    "risk_independent": N_("The values are taken as independent of one another."),
    "list_filter.risk": N_("risk at most {percent} %"),
    "filter.risk": N_("risk at most {value} %"),
    "sort.risk": N_("by risk"),
    "version.frequencies": N_("Allele frequencies"),
}
