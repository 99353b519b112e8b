"""What each role may do; every page and every address of the API names the permission it needs."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from models.account import Role


class Permission(StrEnum):
    """One thing that a person may or may not do."""

    SEE_PATIENTS = "see_patients"  # patients, their antibodies, searches and explanations
    EDIT_PATIENTS = "edit_patients"  # patients and requests
    RECORD_ANTIBODIES = "record_antibodies"
    WRITE_DIRECTIVES = "write_directives"
    SIGN_DIRECTIVES = "sign_directives"
    SEE_DONORS = "see_donors"  # phenotypes and dates, without identity
    SEE_IDENTITY = "see_identity"  # names, birth dates, addresses, phones: each view is audited
    EDIT_DONORS = "edit_donors"  # typings, deferrals, donations
    MANAGE_CONSENT = "manage_consent"  # consent, restriction, erasure, a person's own data
    SEE_RESERVATIONS = "see_reservations"
    RESERVE = "reserve"
    CALL_DONORS = "call_donors"
    SEE_CAMPAIGNS = "see_campaigns"  # what is looked for and how far it is, in numbers: no donor
    RUN_CAMPAIGNS = "run_campaigns"  # plan, launch, invite, record what came of it; care for rare donors
    SEE_FAMILIES = "see_families"  # relatives of rare donors and patients
    EDIT_FAMILIES = "edit_families"  # names and years of birth by those alone who see identities
    RESOLVE_DUPLICATES = "resolve_duplicates"  # two records side by side, with who they are
    IMPORT_FILES = "import_files"
    READ_NOMENCLATURE = "read_nomenclature"  # why a typing counts as its antigens
    SEE_REFERENCES = "see_references"
    WRITE_REFERENCES = "write_references"  # put another nomenclature in force: every typed value is read again
    ADMINISTER = "administer"  # accounts, sites, jobs
    SEE_AUDIT = "see_audit"


_P = Permission
ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.SEARCHER: frozenset(
        {
            _P.SEE_PATIENTS,
            _P.EDIT_PATIENTS,
            _P.WRITE_DIRECTIVES,
            _P.SEE_DONORS,
            _P.SEE_RESERVATIONS,
            _P.RESERVE,
            _P.SEE_CAMPAIGNS,
            _P.READ_NOMENCLATURE,
        }
    ),
    Role.COORDINATOR: frozenset(
        {
            _P.SEE_DONORS,
            _P.SEE_IDENTITY,
            _P.EDIT_DONORS,
            _P.MANAGE_CONSENT,
            _P.SEE_RESERVATIONS,
            _P.CALL_DONORS,
            _P.SEE_CAMPAIGNS,
            _P.RUN_CAMPAIGNS,
            _P.SEE_FAMILIES,
            _P.EDIT_FAMILIES,
            _P.RESOLVE_DUPLICATES,
            _P.IMPORT_FILES,
            _P.READ_NOMENCLATURE,
        }
    ),
    Role.LABORATORY: frozenset(
        {
            _P.SEE_PATIENTS,
            _P.EDIT_PATIENTS,
            _P.RECORD_ANTIBODIES,
            _P.SEE_DONORS,
            _P.EDIT_DONORS,
            _P.SEE_CAMPAIGNS,
            _P.IMPORT_FILES,
            _P.READ_NOMENCLATURE,
        }
    ),
    Role.SCIENTIST: frozenset(
        {
            _P.SEE_PATIENTS,
            _P.EDIT_PATIENTS,
            _P.RECORD_ANTIBODIES,
            _P.WRITE_DIRECTIVES,
            _P.SIGN_DIRECTIVES,
            _P.SEE_DONORS,
            _P.SEE_RESERVATIONS,
            _P.SEE_CAMPAIGNS,
            _P.SEE_FAMILIES,
            _P.EDIT_FAMILIES,
            _P.READ_NOMENCLATURE,
            _P.SEE_REFERENCES,
            _P.WRITE_REFERENCES,
        }
    ),
    Role.READER: frozenset(),
    Role.ADMINISTRATOR: frozenset({_P.ADMINISTER, _P.SEE_AUDIT, _P.SEE_REFERENCES, _P.READ_NOMENCLATURE}),
}


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """All that a person of these roles may do; a role this program does not know gives nothing."""
    known = set(Role)
    return frozenset().union(*(ROLE_PERMISSIONS[Role(role)] for role in roles if role in known))
