"""What reading a typed value says: why a text is not one, and what was understood of it (MATCHING §2)."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "not_typed": N_("Not typed."),
    "unknown_antigen": N_("“{text}”: no antigen {antigen} is known; the position counts as not typed."),
    "unknown_group": N_("“{text}”: no group {group} is known; the position counts as not typed."),
    "unrelated_antigens": N_("“{text}”: {other} and {antigen} are not related; the position counts as not typed."),
    "unknown_locus": N_("“{text}”: {locus} is not a class I locus searched here (A, B, C)."),
    "other_locus": N_("“{text}” is of locus {locus}, in a column of {column}; the position counts as not typed."),
    "class_ii": N_("“{text}” is class II; the position counts as not typed."),
    "several_values": N_("“{text}” holds several values; the position counts as not typed."),
    "too_many_values": N_("“{text}”: more than two values at {locus}; the locus counts as not typed."),
    "bare_number": N_("“{text}” is a number alone: nothing says whether it is an antigen or a group."),
    "unreadable_typing": N_("“{text}” is not a typing; the position counts as not typed."),
    "allele_code_without_table": N_("“{text}” is a multiple allele code, and no table of codes is loaded."),
    "list_of_other_than_alleles": N_("“{text}”: {item} is not an allele; the position counts as not typed."),
    "allele_code_unknown": N_("“{text}”: the table {table} has no code {code}; the position counts as not typed."),
    "allele_code_of_other_group": N_(
        "“{text}”: the code {code} stands for {alleles} ({table}), none of them of {group}; "
        "the position counts as not typed."
    ),
    "allele_code_read": N_("{subject} was read by the table {table}: {count} alleles ({alleles})."),
    "code_alleles_doubtful": N_(
        "{subject}: {count} of its alleles are newer than {release}, renamed or withdrawn there ({alleles}): they may "
        "be anything of their group; the rest stands."
    ),
    "code_alleles_assumed": N_("{subject}: the antigens of {count} of its alleles ({alleles}) are those of its group."),
    "gl_part_empty": N_("Place {place} of the GL string “{text}”: there is nothing between two signs."),
    "gl_locus_in_doubt": N_("“{text}”: the “?” leaves the locus in doubt; it counts as not typed."),
    "gl_copy_lacks_locus": N_(
        "“{text}”: one of the copies says nothing of {locus}; that position counts as not typed."
    ),
    "genotypes_unlinked": N_(
        "“{text}”: of {count} possible genotypes each position of {locus} was read as all that it may be; "
        "which goes with which is no longer told."
    ),
    "first_allele_of_group": N_("{subject} was read as its first allele, {allele}: no release is loaded."),
    "assumed_antigens": N_("{subject}: its antigens ({antigens}) are assumed from its group."),
    "locus_from_column": N_("“{subject}” was read as {read_as}, by the column."),
    "blank_after_antigen": N_("{subject} beside a “-”: the second antigen was not seen, which is no proof."),
}
