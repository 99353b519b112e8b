"""What importing a table of multiple allele codes says."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "allele_codes_imported": N_(
        "Table {table} is in use ({codes} codes). Donors typed with a code: {donors}, of whom {changed} read otherwise "
        "now."
    ),
    "allele_codes_unchanged": N_("Table {table} is in use already: nothing changed."),
    "allele_code_table_name_taken": N_("Another table of allele codes is called {name}: choose another name."),
    "allele_codes_empty": N_("The file is empty: nothing was imported."),
    "allele_codes_other_shape": N_(
        "This is no table of multiple allele codes ({codes} lines were read, {refused} were not): nothing was imported."
    ),
    "allele_codes_cut_short": N_(
        "Line {line}, the last, has no end: the file seems cut short, download it again. Nothing was imported."
    ),
    "allele_codes_zip_damaged": N_("{file} is a damaged .zip: download it again. Nothing was imported."),
    "allele_codes_zip_of_several": N_("The .zip should hold one file, and holds {count}: nothing was imported."),
    "allele_codes_too_many": N_("The file holds more than {most} codes: nothing was imported."),
    "allele_codes_too_large": N_("Line {line}: the file is larger than any table of codes. Nothing was imported."),
    "allele_code_line_unreadable": N_("Line {line}: “{raw}” is no code with what it stands for; it was left out."),
    "allele_code_twice": N_(
        "Line {line}: “{raw}” gives a code another content than a line before; the code was left out."
    ),
}
