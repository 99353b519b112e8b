"""Thousands of requests made from the description itself: nothing fails, and nothing answers what it does not say."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from models.account import Role
from tests.demo_site import take_keys

PATIENTS, DONORS = ("DEMO-P1", "DEMO-P2", "BARE-1"), ("DEMO-00001", "DEMO-00002", "DEMO-00003")
# What a rule of the field refuses is well formed: a threshold that nobody gave, a day before any rule.
LEFT_OUT = [positive_data_acceptance]


@pytest.fixture(scope="session")
def api_schema(api_demo):
    """The description as it is served, half of its addresses naming somebody on record."""
    take_keys(api_demo)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", api_demo)
    schema.hook("map_path_parameters")(name_somebody)
    schema.hook("map_body")(search_somebody)
    return schema


def name_somebody(context, path_parameters):
    """A number of the demo in every second address."""
    if path_parameters and isinstance(path_parameters.get("number"), str) and len(path_parameters["number"]) % 2:
        numbers = PATIENTS if context.operation.path.startswith("/api/v1/patients") else DONORS
        path_parameters["number"] = numbers[len(path_parameters["number"]) % 3]
    if path_parameters and "donor_number" in path_parameters:
        path_parameters["donor_number"] = DONORS[len(str(path_parameters["donor_number"])) % 3]
    return path_parameters


def search_somebody(context, body):
    """A patient and a donor of the demo in every second body."""
    if isinstance(body, dict) and isinstance(body.get("patient"), str) and len(body["patient"]) % 2:
        body = {**body, "patient": PATIENTS[len(body["patient"]) % 3]}
        if isinstance(body.get("donor"), str):
            body["donor"] = DONORS[len(body["donor"]) % 3]
    return body


def fuzz(schema, headers: dict[str, str], examples: int) -> int:
    """Send so many requests, well formed and not, to each operation; how many operations there were."""
    brisk = settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    operations = [found.ok() for found in schema.get_all_operations()]
    for operation in operations:
        for mode in GenerationMode:

            @brisk
            @given(case=operation.as_strategy(generation_mode=mode))
            def hold(case):
                case.call_and_validate(headers=headers, excluded_checks=LEFT_OUT)

            hold()
    return len(operations)


@pytest.fixture
def bearer(site, token):
    """The header of somebody of these roles."""
    return lambda *roles: {"Authorization": f"Bearer {token(*roles)}"}


def test_a_few_requests_of_each_kind_answer_as_described(api_schema, bearer):
    assert fuzz(api_schema, bearer(), 2) > 20


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_many_requests_of_each_kind_answer_as_described(api_schema, bearer):
    fuzz(api_schema, bearer(), 15)


@pytest.mark.slow
@pytest.mark.parametrize("role", list(Role))
def test_whoever_asks_is_answered_as_described(api_schema, bearer, role):
    fuzz(api_schema, bearer(role), 2)
