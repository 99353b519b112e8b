"""What the jobs process says of itself, and what pages say of files sent to be imported."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    # the jobs process
    "job_refused_file": N_("The file was refused: its page says why."),
    "job_failed": N_(
        "It stopped on a failure nobody foresaw; nothing of it was saved. An administrator finds more in the log."
    ),
    "job_kept_dying": N_("Its process ended each time it was tried, so it was given up. Nothing of it was saved."),
    "job_kind_unknown": N_("This program does not know that kind of work: it was asked for by a newer one."),
    "jobs_alive": N_("The jobs process lives; its last sign was {seconds} s ago."),
    "jobs_dead": N_("No jobs process is running (its last sign was {minutes} min ago): start it with “make jobs”."),
    "jobs_never": N_("No jobs process has run here yet: start it with “make jobs”."),
    "job_unknown": N_("“{name}” is no daily job; there are: {known}."),
    "job_day_ahead": N_("The day {day} has not come: a job runs for today or for a day before."),
    "job_turn_taken": N_("Another process runs a daily job at this moment: try again when it has ended."),
    "job_ran_already": N_("It has its run of {day} already: --again makes another attempt."),
    "job_run_unknown": N_("There is no such run."),
    "job_run_not_failed": N_("This run did not fail: there is nothing to try again."),
    "job_attempt_waits": N_("Another attempt of this run waits already or is under way."),
    "job_attempt_asked": N_("Another attempt was asked of the jobs process."),
    "job.daily.again": N_("another attempt of a daily job"),
    "jobs_none": N_("Nothing was asked of the jobs process yet."),
    "title_jobs": N_("Work asked for"),
    "title_runs": N_("Daily runs"),
    "heading_job": N_("Work"),
    "heading_status": N_("State"),
    "heading_asked_at": N_("Asked for"),
    "heading_asked_by": N_("By"),
    "heading_ended_at": N_("Ended"),
    "heading_day": N_("Day"),
    "job.import.check": N_("check of a file"),
    "job.import.write": N_("import of a file"),
    "job.clean_up": N_("nightly clean-up"),
    "job.rare_donors": N_("update of the rare-donor file"),
    # files sent by a page
    "upload_unknown": N_("There is no such file."),
    "upload_file_gone": N_("The file is not kept any more: send it again."),
    "upload_missing": N_("Choose a file first."),
    "upload_too_large": N_(
        "The file is larger than this site accepts ({limit} MB): nothing of it was kept. Split it in parts."
    ),
    "upload_kind_unknown": N_("No heading of this file is one of ours ({found}): say what the file holds."),
    "upload_kind_not_yours": N_("This file holds {kind}: your roles do not let you import them. Nothing was kept."),
    "upload_mode_unknown": N_("“{text}” is not a way to import: diff or full."),
    "upload_kind_unreadable": N_("“{text}” is not a kind of file."),
    "upload_bare_unreadable": N_("“{text}” is not a meaning of a number alone."),
    "upload_confirmed_already": N_("This file was confirmed already: it is imported once."),
    "upload_too_long_for_a_page": N_("The file is too long to be read while a page waits: start the jobs process."),
    "upload_not_in_turn": N_("This file cannot be imported as it stands: check it first."),
    "upload_full_not_confirmed": N_(
        "A full import marks {count} donors absent from the file as inactive: confirm it by its own box."
    ),
    "upload_abandoned": N_("The file was deleted; nothing of it was imported."),
    "upload_line": N_("line {line}"),
    "upload_status.received": N_("to be checked"),
    "upload_status.checked": N_("checked, to be confirmed"),
    "upload_status.confirmed": N_("being imported"),
    "upload_status.imported": N_("imported"),
    "upload_status.refused": N_("cannot be imported as it is"),
    "upload_status.abandoned": N_("given up"),
    "import_kind.donors": N_("donors"),
    "import_kind.patients": N_("patients"),
    "import_kind.antibodies": N_("HLA antibodies"),
    "import_kind.platelet_antibodies": N_("HPA and CD36 antibodies"),
    "import_kind.transfusions": N_("transfusions"),
    "import_mode.diff": N_("create and update"),
    "import_mode.full": N_("full: donors absent from the file become inactive"),
    "file_format.matchit": N_("Immucor MATCH IT! (CSV)"),
    "file_format.fusion": N_("One Lambda HLA Fusion (CSV)"),
    "file_format.haml": N_("HAML (XML)"),
    "file_format.two_column": N_("two columns, allele and MFI"),
    "file_format.table": N_("table, one row a person"),
    # said on a page instead of what a command says of its options
    "page_column_unknown_suggestion": N_(
        "Column “{heading}” is not known: it is left out. Is it “{suggestion}”? Then choose it above."
    ),
    "page_file_of_other_kind": N_("The file holds something else than what was chosen: choose again what it holds."),
    "page_serum_of_nobody": N_(
        "Sample {sample} belongs to no patient: the patient id of the file ({patient}) is not known and no patient "
        "expects this sample. Name its patient above."
    ),
    "page_sample_named_after_file": N_(
        "The table names no sample: it is called {sample}, after the file. Name it above if it has a name."
    ),
    "page_map_sample_unused": N_("Patient {patient} was named for sample {sample}, which the file does not hold."),
    "page_map_not_used": N_("Sample {sample} goes to patient {patient}, whom the data name, not to {other}: check."),
}
