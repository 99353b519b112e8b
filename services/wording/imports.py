"""What importing a file says: why it cannot be used, why a row was refused, what was odd and kept."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    # the whole file cannot be used
    "file_missing": N_("There is no file {file}, or it cannot be read."),
    "file_empty": N_("The file is empty: nothing was imported."),
    "file_without_rows": N_("The file has a header but no row under it: nothing was imported."),
    "file_too_large": N_("The file is too large ({megabytes} MB; at most {limit} MB): split it in parts."),
    "file_not_text": N_("The file is neither text nor a spreadsheet: nothing was imported."),
    "wrong_file_type": N_(
        "This is a file of type {found}: a table is read from CSV or .xlsx, antibodies from HAML (XML) too."
    ),
    "spreadsheet_damaged": N_("The spreadsheet is damaged or locked by a password: it cannot be opened."),
    "spreadsheet_too_wide": N_(
        "The sheet spans {rows} rows and {columns} columns, too much to hold: delete stray cells far from the "
        "table, or save it as CSV."
    ),
    "encoding_damaged": N_(
        "The text is {encoding}, but line {line} cannot be read in it: the file is damaged or was cut short."
    ),
    "encoding_mixed": N_(
        "The text is in two encodings: line {line} is UTF-8, others are not. Save the file anew in UTF-8. "
        "Nothing was imported."
    ),
    "separator_unknown": N_("The file says it is separated by “{separator}”: read are comma, semicolon, tab and |."),
    "quote_never_closed": N_(
        "A quotation mark opened in the row of line {line} is never closed: "
        "the file is damaged or was cut short, and nothing was imported."
    ),
    "too_many_columns": N_("The header has {columns} columns (at most {limit}): this is not a table of ours."),
    "key_column_missing": N_("No column is {column}, by which rows are known. The file has: {found}."),
    "column_twice": N_("Two headings say {column}: “{first}” and “{second}”. Rename or map one of them."),
    "mapped_column_unknown": N_("“{heading}” cannot be mapped to {column}: no such column (known: {known})."),
    "mapped_heading_absent": N_("The file has no heading “{heading}” to map. It has: {found}."),
    "column_option_unreadable": N_("“{text}” does not map a heading to a column: write “HEADING=column”."),
    "file_of_antibodies": N_("This file holds antibody results, not {kind}: use “flask antibodies import”."),
    "file_of_other_people": N_("This file holds {found}, not {kind}: use “flask {found} import”."),
    "people_file_given_as_antibodies": N_("This file holds {kind}, not antibody results: use “flask {kind} import”."),
    "antibody_format_unknown": N_(
        "No known antibody format has these columns: {found}. Read are MATCH IT! and HLA Fusion exports, "
        "HAML, and a table of two columns, allele and MFI."
    ),
    "full_not_confirmed": N_(
        "A full import would mark {deactivated} donors absent from the file as inactive: "
        "add --yes to do so. Nothing was written."
    ),
    "full_needs_yes": N_(
        "A full import asks for --yes, though of patients and antibodies it does no more than the usual one. "
        "Nothing was written."
    ),
    "full_of_refused_rows": N_(
        "Every row was refused, so a full import would mark every donor as inactive: nothing was imported."
    ),
    "full_of_cut_file": N_(
        "The last row is incomplete: the file was probably cut short. A full import of it would mark the "
        "donors that are missing as inactive, so nothing was imported."
    ),
    "registry_derived_otherwise": N_(
        "The donors on record were read under {recorded}, and {in_force} are in force: run "
        "“flask index build --rederive”, then import again. Nothing was imported."
    ),
    "xml_with_entities": N_(
        "The XML holds a document type or entities (line {line}): for safety such a file is not read."
    ),
    "xml_damaged": N_("The XML is damaged or was cut short at line {line}: nothing was imported."),
    "xml_too_deep": N_("The XML is nested more than {limit} deep (line {line}): this is not HAML."),
    "xml_not_haml": N_("The XML is not HAML: its root is “{root}”."),
    "haml_version_unknown": N_("HAML version {version} is not known: 0.4 and 0.5 are read."),
    "map_not_two_columns": N_("The table of samples has {columns} columns: it needs two, sample and patient."),
    "map_row_incomplete": N_("Line {line} of the table of samples lacks a sample or a patient."),
    "map_sample_twice": N_("Line {line} of the table of samples gives sample {sample} to a second patient."),
    "patient_and_map_given": N_("Give either one patient for the file or a table of samples, not both."),
    "sample_option_for_several": N_("The file holds several samples ({samples}): one name cannot replace them."),
    # the file as a whole, imported all the same
    "column_unknown": N_("Column “{heading}” is not known: it was left out."),
    "column_unknown_suggestion": N_(
        "Column “{heading}” is not known: it was left out. Is it {suggestion}? Then map it: “{heading}={suggestion}”."
    ),
    "sheets_not_read": N_("Only the first sheet was read; not read: {sheets}."),
    "file_seems_cut": N_("The last row is incomplete and has no end of line: the file may have been cut short."),
    "consent_column_absent": N_(
        "The file has no column consent_contact: new donors count as not having agreed, so no search counts them."
    ),
    "status_column_absent": N_("The file has no column status: new donors count as active."),
    "consent_not_told": N_("{cells} donors have no word on consent: they count as not having agreed."),
    "deactivated": N_("Donor {key} is not in the file: marked as inactive."),
    # a row refused: its shape and its key
    "cells_missing": N_("The row has {found} cells where the header has {expected}: nothing of it was imported."),
    "cells_too_many": N_("The row has {found} cells where the header has {expected}: nothing of it was imported."),
    "lines_read_as_one_row": N_(
        "Lines {first} to {last} were read as one row, because of a quotation mark: none of them was imported."
    ),
    "control_characters": N_(
        "The row holds control characters, which no text of ours has: nothing of it was imported."
    ),
    "spreadsheet_error_cell": N_(
        "The cell in column {place} holds an error of the spreadsheet (such as #N/A) or a formula without its result: "
        "nothing of the row was imported."
    ),
    "cell_too_long": N_("A cell holds {characters} characters: nothing of the row was imported."),
    "key_empty": N_("The row has no number to know it by."),
    "key_too_long": N_("The number is longer than {limit} characters."),
    "key_unprintable": N_("The number holds characters that cannot be seen."),
    "key_changed_by_spreadsheet": N_(
        "The spreadsheet turned this number into {text} and lost digits: format the column as text."
    ),
    "key_repeated": N_("{key} stands on several lines ({lines}): none of them was imported."),
    "out_of_order": N_("The row is older than what is on record (written {stored_at}): it was not imported."),
    # a row refused: one of its cells
    "cell_empty": N_("The cell is empty, and its column may not be."),
    "text_too_long": N_("The text is longer than {limit} characters."),
    "word_unknown": N_("“{text}” is none of the words of this column: {accepted}."),
    "date_unreadable": N_("“{text}” is not a date."),
    "date_does_not_exist": N_("“{text}” is a day that does not exist."),
    "date_out_of_range": N_("“{text}” is too long ago or too far ahead to be true."),
    "date_with_short_year": N_("“{text}” has a year of two digits: the century is not told."),
    "date_order_unknown": N_(
        "“{text}” can be read with the day first or with the month first: no date of this column tells which."
    ),
    "date_order_mixed": N_(
        "“{text}” can be read with the day first or with the month first, and the column has dates of both kinds."
    ),
    "birth_in_future": N_("The birth date {text} lies in the future."),
    "updated_in_future": N_("The row says it was written on {text}, which lies in the future."),
    "number_unreadable": N_("“{text}” is not a number."),
    "number_ambiguous": N_(
        "“{text}” may be a whole number of thousands or have three decimals: no number of this column tells which."
    ),
    "number_not_whole": N_("“{text}” is not a whole number."),
    "number_out_of_range": N_("“{text}” cannot be true here (from {low} to {high})."),
    "hla_given_twice": N_("The row has both a GL string and typings in columns of their own: which holds is not told."),
    # a cell that is odd and does not refuse its row
    "date_in_future": N_("{text} lies in the future."),
    "number_kept_as_text": N_(
        "The spreadsheet holds numbers where text is meant (first: {text}): zeros in front may be lost."
    ),
    "typing_changed_by_spreadsheet": N_(
        "The spreadsheet turned this typing into {text}, a date or a time: the position counts as not typed. "
        "Format the column as text."
    ),
    "second_position_empty": N_(
        "One of the two positions is empty (first: beside {text}): it counts as not typed, not as homozygous."
    ),
    # antibodies
    "sample_missing": N_("The line names no sample."),
    "allele_missing": N_("The bead has no allele."),
    "mfi_missing": N_("The bead has no MFI."),
    "serum_of_nobody": N_(
        "Sample {sample} belongs to no patient: the patient id of the file ({patient}) is not known and no "
        "patient expects this sample. Give --patient, or --map for several."
    ),
    "mapped_patient_unknown": N_("Sample {sample} is mapped to patient {patient}, who is not known."),
    "sample_expected_by_several": N_("Sample {sample} is expected by several patients: {patients}."),
    "sample_expected_by_other": N_(
        "Sample {sample} went to patient {patient}, but it is patient {other} who expects it: check."
    ),
    "patient_option_not_used": N_("Sample {sample} went to patient {patient}, whom the data name, not to {other}."),
    "map_not_used": N_(
        "Sample {sample} went to patient {patient}, whom the data name, not to {other} as the table of samples says: "
        "check."
    ),
    "map_sample_unused": N_("The table of samples names {sample} (patient {patient}), which the file does not hold."),
    "serum_of_other_patient": N_(
        "Sample {sample} (class {hla_class}, lot {lot}) is on record for patient {other}, not {patient}."
    ),
    "treatment_of_file_kept": N_(
        "Serum {sample}: the treatment that the file says ({treatment}) is kept, not the one stated ({stated})."
    ),
    "serum_differs": N_(
        "Sample {sample} (class {hla_class}, lot {lot}) is on record with other values; on record → in the file: "
        "{differences}. Nothing of it was changed ({count} differences)."
    ),
    "run_in_future": N_(
        "Sample {sample} (class {hla_class}, lot {lot}) was run on {run_on}, which lies in the future: not imported."
    ),
    "run_option_in_future": N_("The run date {run_on} lies in the future: nothing was imported."),
    "serum_twice_in_file": N_(
        "Sample {sample} (class {hla_class}, lot {lot}) stands twice in the file with different values: "
        "neither was imported."
    ),
    "serum_incomplete": N_(
        "{lines} lines of sample {sample} were refused: the serum lacks their beads. Correct the file and import "
        "it again to complete it."
    ),
    "sample_named_after_file": N_("The table names no sample: it was called {sample}, after the file (--sample ID)."),
    "working_samples": N_("Sample {sample} was prepared in several ways: this preparation is kept as {sample}/{own}."),
    "assay_rejected": N_(
        "The laboratory rejected its own assay of sample {sample} ({reason}): it is used only where it is named."
    ),
    "rejected_sample_not_read": N_(
        "Sample {subject} is not read, because the laboratory rejected its assay: name it to read it."
    ),
    "rejected_sample_read": N_("Sample {subject} is read although the laboratory rejected its assay."),
    "several_adjusted": N_("{allele} has several adjusted MFI ({values}): the first, {taken}, was taken."),
    "adjusted_missing": N_("{allele} has no adjusted MFI although other beads have one: its raw MFI was taken."),
    "negative_mfi": N_("MFI below zero count as 0 (first: {allele})."),
    # what the commands say
    "import_done": N_(
        "{file}: {rows} rows read; {created} created, {updated} updated, {unchanged} unchanged, {refused} refused."
    ),
    "import_checked": N_(
        "{file}, check only, nothing written: {rows} rows read; {created} would be created, {updated} updated, "
        "{unchanged} are unchanged, {refused} refused."
    ),
    "import_deactivated": N_("{count} donors absent from the file were marked as inactive."),
    "import_more_issues": N_("{count} more: see them all with --format json."),
    "import_progress": N_("{done} of {total} rows"),
    "refused_rows_written": N_("The refused rows are in {file}, ready to correct and send again."),
    "refused_rows_none": N_("No row was refused: {file} was left as it was."),
    "refused_rows_over_input": N_("{file} is the file to import: name another for the refused rows."),
    "heading_line": N_("Line"),
    "heading_column": N_("Column"),
    "heading_severity": N_("Severity"),
    "heading_reason": N_("Reason"),
    "heading_sample": N_("Sample"),
    "heading_hla_class": N_("Class"),
    "heading_lot": N_("Kit lot"),
    "heading_run_date": N_("Run on"),
    "heading_patient": N_("Patient"),
    "heading_outcome": N_("Outcome"),
    "title_issues": N_("What to look at"),
    "title_sera": N_("Sera"),
    "outcome.created": N_("created"),
    "outcome.updated": N_("updated"),
    "outcome.unchanged": N_("unchanged"),
    "outcome.refused": N_("refused"),
}
