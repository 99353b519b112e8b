"""What is said of copies of the database, of what is looked after every night, and of files other systems send."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    # care
    "job.release_holds": N_("release of holds that ran out"),
    "job.retention": N_("deletion of what is old"),
    "job.verify_index": N_("check of the search index"),
    "job.verify_audit": N_("check of the audit trail"),
    "index_was_damaged": N_(
        "The search index was damaged and has been built anew: searches since the last check may have answered wrongly."
    ),
    "index_differed": N_(
        "The search index was not what the database holds and has been built anew: searches since the last check may "
        "have answered wrongly."
    ),
    "index_still_differs": N_(
        "The search index is not what the database holds, not even built anew: do not rely on searches, ask for help."
    ),
    "audit_trail_broken": N_("The audit trail is broken: the page Audit, or “flask audit verify”, names the row."),
    # the feed
    "job.feed": N_("import of the files other systems sent"),
    "feed_folder_missing": N_(
        "The watched folder holds none of donors, patients and antibodies: is it there, or a share not mounted?"
    ),
    "feed_folder_is_link": N_("A folder of the feed is a link to another place: nothing was read."),
    "feed_files_failed": N_("A file of the feed could not be dealt with and stays in its folder; the log says more."),
    "feed_files_refused": N_("A file of the feed was refused: its answer, in the folder it was sent to, says why."),
    "feed_no_file": N_("No file came where one was expected."),
    "feed_link": N_("It is a link to another file: it was not followed."),
    "feed_no_plain_file": N_("It is no file with a content: it was not read."),
    "feed_name_unusable": N_("Its name is too long, or holds signs that no name of a file may hold here."),
    "feed_too_large": N_("It is larger than the limit of {limit} MB: send it in parts."),
    "feed_of_other_kind": N_("It holds {kind} and lies in the folder {folder}: nothing was read."),
    "feed_too_many_absent": N_(
        "{count} of {of} active donors are absent from it, more than {most} in a hundred: nothing was imported. Is it "
        "whole? Import it by hand if so."
    ),
    "feed_imported": N_("Imported: {rows} rows, {refused} of them refused."),
    "feed_nothing_taken": N_("All {refused} rows were refused."),
    "feed_again": N_(
        "A file of the very same content was imported before. Read again: {rows} rows, {refused} refused."
    ),
    # copies
    "job.backup": N_("copy of the database"),
    "backup_created": N_("Copied and read back: {file} ({rows} rows, {bytes} bytes)."),
    "backup_sound": N_("{file} is sound: {rows} rows in {tables} tables, as noted when it was made."),
    "backup_sound_without_note": N_(
        "{file} is sound: {rows} rows in {tables} tables. No note stands beside it of what it must hold."
    ),
    "backup_restored": N_(
        "{file} is in the place of the database. Now run “flask index build” and “flask audit verify”."
    ),
    "backup_restored_old": N_(
        "{file} is in the place of the database. It is of an older program: now run “flask db upgrade”, then "
        "“flask index build” and “flask audit verify”."
    ),
    "backup_other_keys": N_(
        "The keys in use do not read its identities: set the keys it was made under before anybody works with it."
    ),
    "backup_no_room": N_(
        "There is no room for it: the disk is full, or files may not grow further. No half copy was left, and earlier "
        "copies are kept."
    ),
    "backup_folder_unusable": N_("The folder of copies cannot be written in ({why})."),
    "backup_under_way": N_("Another copy is being made at this moment."),
    "backup_program_missing": N_(
        "The program {program} of PostgreSQL is not installed here: no copy can be made or read. Install it, in the "
        "version of the server or a later one."
    ),
    "backup_program_failed": N_("The program {program} of PostgreSQL failed: is its version that of the server?"),
    "backup_differs": N_("The copy does not hold what the database held ({what}): it is not to be relied on."),
    "backup_damaged": N_("{file} is damaged: it cannot be read to its end."),
    "backup_altered": N_("{file} is not as it was when it was made: its bytes have changed since."),
    "backup_note_unreadable": N_(
        "{file}, the note beside the copy, cannot be read: delete it to check the copy without."
    ),
    "backup_of_other_kind": N_("{file} is no copy of the kind of database in use here."),
    "backup_of_no_registry": N_("{file} holds no registry."),
    "restore_over_data": N_("The database is not empty: nothing was changed. --over replaces all it holds."),
    "restore_while_jobs_run": N_("The jobs process runs: stop it (and the site) first. Nothing was changed."),
    "restore_differs": N_("What was put back is not what the copy holds ({what}): stop, and ask for help."),
}
