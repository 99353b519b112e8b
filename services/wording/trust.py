"""What the audit trail and the rotation of keys say."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "audit_intact": N_("The audit trail is whole: {rows} rows. Its last seal, to note elsewhere: {last_hash}"),
    "audit_row_missing": N_("The audit trail is broken: a row is missing before row {broken_id}."),
    "audit_row_altered": N_("The audit trail is broken: row {broken_id} was altered."),
    "audit_row_unlinked": N_("The audit trail is broken: row {broken_id} does not follow the row before it."),
    "audit_cut_short": N_(
        "The audit trail was cut short: it does not hold the seal you noted. Missing from row {broken_id} on."
    ),
    "keys_rotated": N_("{rows} rows are now encrypted under the first key; the other keys can be removed."),
}
