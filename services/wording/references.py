"""What releases of IPD-IMGT/HLA say: why a folder cannot be read, what a name is in the release, what a change does."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    # a folder that cannot be read
    "release_file_missing": N_("The folder {folder} lacks {files}: nothing was imported."),
    "release_version_missing": N_("{file} does not say which release it is of: nothing was imported."),
    "release_versions_differ": N_("The files are of different releases ({files}): nothing was imported."),
    "release_file_cut_short": N_("{file} was cut short: download it again. Nothing was imported."),
    "release_file_lacks_alleles": N_(
        "{file} lacks {missing} alleles that other files have ({first} is the first): it was cut short or is of "
        "another release. Nothing was imported."
    ),
    "release_kept_otherwise": N_(
        "The release {name} is kept already, with another content: a release never changes, so check both folders."
    ),
    "unknown_reference": N_("No reference {name} is kept here (“flask reference list” names them)."),
    "reference_active_already": N_("{name} is in force already."),
    "activation_needs_yes": N_("Nothing was changed: look at the list above, then confirm with --yes."),
    "activation_breaks_directives": N_(
        "{after} would not be put in force: the directives of {patients} name what it does not know as a specificity. "
        "Change them first."
    ),
    "activation_outdated": N_("The registry has changed since this list was made: look at it again."),
    "activation_too_large": N_(
        "More than {most} donors are read again by the command line only: flask reference activate {name} --yes."
    ),
    "reference_imported": N_("Release {name} was read and kept ({alleles} alleles). It is not in force yet."),
    "reference_kept_already": N_("Release {name} is kept already: nothing changed."),
    "reference_activated": N_("{name} is in force; before it was {before}. Donors derived anew: {donors}."),
    "activation_title": N_("From {before} to {after}: what reads differently"),
    "activation_counts": N_(
        "Donors: {donors_changed} of {donors} · patients: {patients_changed} of {patients} · "
        "beads: {beads_changed} of {beads} · added or removed specificities: {directives_changed} of {directives}"
    ),
    "activation_more": N_("{count} more lines; -o FILE writes them all."),
    # slips of form that are tolerated
    "slip.row_short": N_("a row with too few columns"),
    "slip.row_long": N_("a row with too many columns"),
    "slip.name_unreadable": N_("an allele that is no name"),
    "slip.name_twice": N_("an allele named twice; the first stands"),
    "slip.antigen_unreadable": N_("an antigen that is none; not kept"),
    "slip.seventh_column_unreadable": N_("a seventh column that is no antigen; it is not used"),
    "slip.allele_missing": N_("an allele that this file lacks"),
    "slip.old_name": N_("a deleted name of before 2010 with an odd number of digits; not kept"),
    # what a typed name is in the release
    "allele_renamed": N_(
        "{subject} is no longer a name in {release} (withdrawn {withdrawn_on}: {why}; it is {successor}): "
        "not guessed, check the typing."
    ),
    "allele_deleted": N_(
        "{subject} was deleted and is no allele in {release} (withdrawn {withdrawn_on}: {why}): "
        "not guessed, check the typing."
    ),
    "allele_never_assigned": N_("{subject} was never assigned to an allele ({release}): check the typing."),
    "allele_not_in_release": N_("{subject} is not in {release}: it is newer, or no allele."),
    "fields_not_in_release": N_("{subject} is not in {release}: it was read at two fields, as {read_as}."),
    "suffix_differs": N_("{subject}: {release} lists {listed}; it was read as expressed."),
    "null_in_release": N_("{subject} is a null allele in {release}: it expresses nothing."),
    "low_expression": N_(
        "{subject} has a suffix ({suffix}): its expression is low, altered or in question, and it counts in full."
    ),
    "no_who_antigen": N_("{subject} has no WHO antigen in {release}: it goes by the name of its group ({antigens})."),
    "assumed_with_successor": N_("{subject}: its antigens ({antigens}) are those of its group and of what it was."),
    "possible_in_release": N_("{subject} may be {antigens} by {release}: all of them count."),
    "assumed_in_release": N_("{subject} is assumed to be {antigens} by {release}."),
    "group_not_in_release": N_("{subject} is no group of {release}: it was read as its first allele, {allele}."),
    # kinds of assignment
    "assignment.table": N_("by the table of beads"),
    "assignment.unambiguous": N_("unambiguous"),
    "assignment.possible": N_("possible"),
    "assignment.assumed": N_("assumed"),
    "assignment.expert": N_("by the expert, shown only"),
    "assignment.group": N_("assumed from the group"),
    "assignment.successor": N_("assumed from the group and from what it was shown to be"),
    "assignment.no_antigen": N_("no WHO antigen"),
    # tables
    "heading_who": N_("Who"),
    "heading_number": N_("Number"),
    "heading_counts_as": N_("Counts as"),
    "heading_locus": N_("Locus"),
    "heading_raw_text": N_("As written"),
    "heading_before": N_("Before"),
    "heading_after": N_("After"),
    "heading_noted": N_("Noted"),
    "reference_in_force": N_("in force"),
    "changed.donor": N_("donor"),
    "changed.patient": N_("patient"),
    "changed.bead": N_("bead"),
    "changed.directive": N_("directive"),
}
