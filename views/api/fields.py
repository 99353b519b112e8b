"""The kinds of values the API takes: read strictly, so that nothing is guessed from a text that merely looks right."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError
from werkzeug.datastructures import FileStorage

from domain.directive import MAX_THRESHOLD_MFI, MIN_THRESHOLD_MFI, MOST_THRESHOLDS
from domain.supply_forecast import LEAST_WEEKS, MOST_WEEKS

MOST_OF_A_PAGE, USUAL_PAGE = 200, 50
LONGEST_KEY, LONGEST_TEXT = 100, 500
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2149, 6, 5)  # what an index of days since 1970 can hold
WHOLE = re.compile(r"[0-9]{1,9}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Given(BaseModel):
    """What a request gives: no field but those named, and no value turned into another kind."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _whole(value: object) -> int:
    if not isinstance(value, str) or not WHOLE.fullmatch(value):
        raise PydanticCustomError("int_type", "not a whole number")
    return int(value)


def _wholes(value: object) -> list[int]:
    return [_whole(one) for one in str(value).split(",")]


def _day(value: object) -> date:
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise PydanticCustomError("date_type", "not a day")
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise PydanticCustomError("date_type", "not a day") from error
    if not FIRST_DAY <= day <= LAST_DAY:
        raise PydanticCustomError("date_type", "not a day")
    return day


def _yes(value: object) -> bool:
    if value not in ("true", "false"):
        raise PydanticCustomError("bool_type", "neither true nor false")
    return value == "true"


def _readable(value: str) -> str:
    if not value.isprintable():
        raise PydanticCustomError("string_type", "signs that cannot be printed")
    return value


def _note(value: str) -> str:
    _readable(value.replace("\n", " "))
    return value


def _file(value: object) -> FileStorage:
    if not isinstance(value, FileStorage) or not value.filename:
        raise PydanticCustomError("file_type", "not a file")
    return value


def _schema(**schema: Any) -> WithJsonSchema:
    return WithJsonSchema(schema)


Key = Annotated[str, Field(min_length=1, max_length=LONGEST_KEY), AfterValidator(_readable)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_readable)]
Note = Annotated[str, AfterValidator(_note)]
Day = Annotated[date, BeforeValidator(_day), _schema(type="string", format="date")]
Mfi = Annotated[int, Field(ge=MIN_THRESHOLD_MFI, le=MAX_THRESHOLD_MFI)]
Loci = Annotated[str, Field(pattern=r"^A,B(,C)?$")]
File = Annotated[Any, BeforeValidator(_file), _schema(type="string", format="binary")]
# Of the address, where everything is a text.
QueryMfi = Annotated[Mfi, BeforeValidator(_whole)]
QueryMfis = Annotated[list[Mfi], BeforeValidator(_wholes), Field(min_length=1, max_length=MOST_THRESHOLDS)]
QueryYes = Annotated[bool, BeforeValidator(_yes)]
QueryRank = Annotated[int, BeforeValidator(_whole)]
QueryWeeks = Annotated[int, BeforeValidator(_whole), Field(ge=LEAST_WEEKS, le=MOST_WEEKS)]
QueryPercent = Annotated[int, BeforeValidator(_whole)]
QueryLimit = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=MOST_OF_A_PAGE)]


class Page(Given):
    """Which part of a list: the rows after a cursor that an earlier part gave."""

    after: Key | None = Field(default=None, description="The `next` of the part before.")
    limit: QueryLimit = Field(default=USUAL_PAGE, description="Rows at most.")


class Narrowed(Given):
    """Whose serum is read, where it is not the directive's."""

    sample: Key | None = Field(default=None, description="The serum to read instead of the directive's or the latest.")
    loci: Loci | None = Field(default=None, description="The loci in scope, `A,B` or `A,B,C`.")
    on: Day | None = Field(default=None, description="The day of the answer; today where none is given.")
