"""What is said of eplets: tables that cannot be loaded, what a donor carries, what a serum seems to react with."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    # loading a table
    "eplets_file_or_pelc": N_("Give a file, or --pelc, not both."),
    "pelc_not_installed": N_(
        "The package pelc is not installed here: run “make setup” where it can be had, or import an export of the "
        "HLA Eplet Registry. Everything else works without it."
    ),
    "eplet_table_other_shape": N_(
        "This is no table of eplets: its headings are {found}. Needed are a column of eplets and a column of alleles."
    ),
    "eplet_table_cut_short": N_("{file}: line {line} has another number of cells than the header; nothing was loaded."),
    "eplet_table_without_panel": N_(
        "This file names none of the alleles of the kits’ panel (alleles read: {alleles}): nothing was loaded."
    ),
    "eplet_table_name_taken": N_("Another eplet table is named {name}: give this one another name (--name)."),
    "eplet_table_not_loaded": N_("No eplet table is loaded: run “flask reference import-eplets FILE”, or with --pelc."),
    "eplet_allele_unreadable": N_("Line {line}: “{raw}” is no class I allele; it was left out."),
    "eplet_row_incomplete": N_("Line {line}: an eplet or its alleles are missing ({raw}); it was left out."),
    # asking it
    "not_an_allele": N_("“{text}” is no allele at two fields, such as A*68:02."),
    "allele_without_eplets": N_("Table {table} does not list {allele}."),
    # in the explanation of a donor
    "value_undecided_by_eplet": N_(
        "{typed} is undecided: no bead tests it, and it carries eplets with which the serum seems to react ({eplets})."
    ),
    "value_untested_no_eplet": N_(
        "{typed} is untested: the panel has no bead of it, and it carries no eplet with which the serum seems to react."
    ),
    "identical_but_reactive": N_("Grade A, and yet a bead of one of its values reaches the threshold."),
    "no_eplets_but_reactive": N_(
        "No eplet that the patient lacks, and yet a bead of one of its values reaches the threshold."
    ),
    "flag.identical_but_reactive": N_("A but reactive"),
    "flag.no_eplets_but_reactive": N_("0 eplets but reactive"),
    "eplets_not_known": N_("not known"),
    "sort.eplets": N_("by eplets"),
    "heading_eplets": N_("Eplets"),
    "heading_verified_eplets": N_("Verified eplets"),
}
