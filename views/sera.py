"""A patient's sera: how each was treated, stated or corrected by hand."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.patient_file import open_banner
from services.serum_treatment import record_treatment, serum_treatment
from services.wording.catalogue import sentence
from views.access import needs
from views.language import current_locale
from views.patient_forms import TreatmentForm, attempt
from views.running import actor, now, runtime

blueprint = Blueprint("sera", __name__)


@blueprint.route("/patients/<patient>/sera/<int:serum>/treatment", methods=["GET", "POST"])
@needs(Permission.RECORD_ANTIBODIES)
def treatment(patient: str, serum: int) -> Response | str | tuple[str, int]:
    """State or correct the treatment of one serum, with a reason."""
    form = TreatmentForm()
    if not form.is_submitted():
        return _page(form, patient, serum)
    asked = {"patient_number": patient, "serum_id": serum, "treatment": form.treatment.data or ""}
    why = form.reason.data or ""
    by = {"actor": actor(), "now": now()}
    if status := attempt(form, lambda session: record_treatment(session, **asked, reason=why, **by)):
        return _page(form, patient, serum), status
    flash(sentence("serum_treatment_saved", {}, current_locale()))
    return redirect(url_for("patients.record", patient=patient) + "#sera-title", 303)


def _page(form: TreatmentForm, patient: str, serum: int) -> str:
    with runtime().engines.read_session() as session:
        banner = open_banner(session, number=patient, on=runtime().today())
        row = serum_treatment(session, patient_number=patient, serum_id=serum)
    if not form.is_submitted():
        form.treatment.data = row["treatment"]
    return render_template("patients/treatment.html", form=form, row=row, **banner)
