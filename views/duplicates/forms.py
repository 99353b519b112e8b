"""The forms of donors registered twice; the services judge what was typed."""

from collections.abc import Sequence

from wtforms import HiddenField, StringField

from services.duplicates.choices import FIELDS, Offer
from views.forms import number_in
from views.patient_forms import TypedForm

NO_VERSION = -1  # which no row has


class DecisionForm(TypedForm):
    """What a person judges of a pair, and why."""

    reason = StringField()
    decision = HiddenField()


class MergeForm(TypedForm):
    """Which record stays, whose word holds by field, and why; the versions are those that the person saw."""

    survivor = HiddenField()
    survivor_version = HiddenField()
    merged_version = HiddenField()
    reason = StringField()

    def versions(self) -> tuple[int, int]:
        """The versions of the record that stays and of the one that goes."""
        first, second = (number_in(field.data) for field in (self.survivor_version, self.merged_version))
        return NO_VERSION if first is None else first, NO_VERSION if second is None else second

    def takes(self) -> dict[str, str]:
        """Whose word holds, by field."""
        return {name: text for name in FIELDS if (text := getattr(self, name).data)}

    def begin(self, offers: Sequence[Offer]) -> None:
        """Choose by default what a merge would keep by itself."""
        for one in offers:
            if not getattr(self, one.name).data and one.kept:
                getattr(self, one.name).data = one.kept.value


for _name in FIELDS:
    setattr(MergeForm, _name, HiddenField())
