"""Forms: WTForms in the reader's language, faults of the services shown beside the field they are about."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from domain.errors import InvalidFields
from services.wording.catalogue import sentence
from views.language import current_locale

LONGEST_TEXT = 500


def number_in(text: str | None) -> int | None:
    """The number of a row or of a version that a hidden field carries; None where it is none a table can hold."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


class Form(FlaskForm):
    """A form whose own messages follow the page's language; labels are given where the template shows a field."""

    class Meta(FlaskForm.Meta):
        """Where WTForms takes its messages from, and no CSRF field of its own: views.access checks every request."""

        csrf = False

        @property
        def locales(self) -> list[str]:
            """The languages of the messages."""
            return [current_locale()]

        def get_translations(self, form: Any) -> Any:
            """WTForms' own catalogue, not the one of an extension."""
            return super(FlaskForm.Meta, self).get_translations(form)

    def take_faults(self, error: InvalidFields) -> None:
        """Put each fault that a service found beside its field; those of no field are said above the form."""
        for fault in error.faults:
            words = sentence(fault.code, fault.params, current_locale())
            field = self._fields.get(fault.field)
            target = self.form_errors if field is None else field.errors
            if field is not None:
                field.errors = [*target, words]
            else:
                target.append(words)


class LoginForm(Form):
    """A login and a password; pasting and password managers are welcome."""

    login = StringField(validators=[InputRequired(), Length(max=100)])
    password = PasswordField(validators=[InputRequired(), Length(max=LONGEST_TEXT)])
    kept = HiddenField()
    next = HiddenField()


class NewPasswordForm(Form):
    """The password in use and the new one, twice."""

    current_password = PasswordField(validators=[InputRequired(), Length(max=LONGEST_TEXT)])
    new_password = PasswordField(validators=[InputRequired(), Length(max=LONGEST_TEXT)])
    repeated_password = PasswordField(validators=[InputRequired(), Length(max=LONGEST_TEXT)])
