"""What the rules say: why a donor may not give yet, what to look at, what could not be read."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    # tables of rules, as the line on what nobody has confirmed names them
    "core_table.contact_rules": N_("the table of contacts"),
    "core_table.evidence_rules": N_("the table of past evidence"),
    "core_table.outcome_report": N_("the table of this report"),
    "core_table.rare_phenotypes": N_("the table of rare phenotypes"),
    "core_table.transfusion_rules": N_("the table of thresholds"),
    # eligibility: reasons
    "status": N_("Not an active donor: the registry says “{status}”."),
    "birth_date_unknown": N_("Birth date not known: no eligible date can be given."),
    "age_below": N_("Younger than {age_years}."),
    "age_limit": N_("Older than {age_years}, the last age at which platelets may be given."),
    "weight_low": N_("Weight {weight_kg} kg, below {min_weight_kg} kg; no end known."),
    "platelets_low": N_("Platelet count {platelet_count} × 10⁹/L, below {min_platelets}; no end known."),
    "interval_after_platelets": N_("Gave platelets: {days} days to wait, until {again_on}."),
    "interval_after_whole_blood": N_("Gave whole blood: {days} days to wait, until {again_on}."),
    "interval_after_plasma": N_("Gave plasma: {days} days to wait, until {again_on}."),
    "interval_after_unknown": N_("Gave, type of donation not known: {days} days to wait, until {again_on}."),
    "donations_limit": N_(
        "{given} donations in 12 months, the limit is {limit}. Their dates are not known: "
        "the count is surely below the limit on {again_on}, 12 months after the last one."
    ),
    "donations_limit_open": N_(
        "{given} donations in 12 months, the limit is {limit}, and the date of the last one is not known; no end known."
    ),
    "platelet_donations_limit": N_(
        "{given} platelet donations in 12 months, the limit is {limit}. Their dates are not known: "
        "the count is surely below the limit on {again_on}, 12 months after the last donation."
    ),
    "platelet_donations_limit_open": N_(
        "{given} platelet donations in 12 months, the limit is {limit}, "
        "and the date of the last donation is not known; no end known."
    ),
    "deferral": N_("Deferred from {from_on} to {until_on}, both days included."),
    "deferral_open": N_("Deferred from {from_on}; no end known."),
    "deferral_reversed": N_("The deferral ends ({until_on}) before it starts ({from_on})."),
    "no_rules_in_force": N_("No rule table was in force on {on}."),
    # flags of a donor or of a pair
    "weight_unknown": N_("Weight not known: check it before the donation."),
    "platelets_unknown": N_("Platelet count not known: check it before the donation."),
    "donation_type_unknown": N_("Type of the last donation not known: the interval for an unknown type was counted."),
    "donation_date_unknown": N_("Donations are recorded, but not the date of the last one: ask for it."),
    "trali_screen": N_("TRALI risk: has been pregnant and has no negative HLA-antibody screen."),
    "rhd_positive_donor": N_("RhD-positive donor for an RhD-negative woman of child-bearing age."),
    "irradiate_or_pathogen_reduce": N_("HLA-selected unit: irradiate it or reduce its pathogens."),
    "tagvhd_risk": N_(
        "Donor homozygous at A and B for antigens of the patient: risk of transfusion-associated "
        "graft-versus-host disease; never issue without irradiation or pathogen reduction."
    ),
    # HPA, CD36, ABO
    "hpa_unreadable": N_("“{text}” is not a genotype of {system} (a/a, a/b or b/b): counted as not typed."),
    "hpa_other_system": N_("“{text}” names another system than {system}: counted as not typed."),
    "hpa_antigen_unreadable": N_("“{text}” is not a platelet antigen (write HPA-1a)."),
    "hpa_system_unknown": N_("“{text}” is of no known HPA system (known: {known})."),
    "cd36_unreadable": N_("“{text}” is not a CD36 result (positive, negative, type I, type II): counted as untested."),
    "cd36_dash_read_as_negative": N_("“-” was read as CD36-negative; leave the cell empty where CD36 was not tested."),
    "abo_rule_unknown": N_("“{text}” is not an ABO rule (known: {known})."),
}
