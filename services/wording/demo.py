"""What is said of invented data: the demo and its patients' stories, synthetic registries."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "seed_needs_empty_database": N_(
        "This database is not empty (donors: {donors}, patients: {patients}): "
        "invented data never goes beside real data. "
        "Nothing was changed."
    ),
    "seed_not_needed": N_("The database already holds data: the demo was not loaded."),
    "demo_loaded": N_("The demo is loaded: {donors} invented donors, {patients} patients, {sera} sera."),
    "demo_story_nobody_then_rising": N_(
        "Strongly immunised: nobody in her region at 1,000 MFI, a few in the country, and a curve that rises."
    ),
    "demo_story_anti_cd36": N_("CD36-negative, with anti-CD36: only CD36-negative donors will do."),
    "demo_story_anti_hpa_1a": N_("Anti-HPA-1a: only HPA-1a-negative donors will do."),
    "demo_story_mildly_immunised": N_("Mildly immunised: most donors are compatible."),
    "demo_story_fully_compatible": N_("No antibody: nobody is blocked, and the donors closest to him come first."),
    "demo_story_serial_sera": N_(
        "Hyper-immunised, five sera under desensitisation: as the antibodies fall, more donors open with each serum."
    ),
    "demo_story_others_need_her_donors": N_(
        "Bleeding, strongly immunised, ABO-identical donors only: four will do, "
        "two of whom are among the few of other patients."
    ),
    "registry_loading": N_("Writing {donors} synthetic donors (seed {seed})"),
    "registry_loaded": N_("{donors} synthetic donors are in the database (seed {seed})."),
    "registry_without_identities": N_(
        "Only an encrypted birth date was kept of each, for eligibility; no name, telephone or address was made "
        "(ask for them with --identities)."
    ),
    "registry_from_file": N_("Haplotype frequencies: the file {file}."),
    "registry_from_demo": N_(
        "Haplotype frequencies: the demo's own illustrative table, as no frequency file is present."
    ),
    "donors_out_of_range": N_("The number of donors must lie between 1 and {most}."),
    "seed_out_of_range": N_("The seed must be a whole number from 0 up."),
}
