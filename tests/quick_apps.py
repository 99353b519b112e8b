"""What every application of one test process has alike, made once: thousands of tests each open one of their own.

Werkzeug compiles a function for each address of each application, Jinja one for each template: most of the time of a
test that looks at one page. Both depend on nothing but the address and the template's text.
"""

from collections.abc import Callable

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class KeptTemplates(BytecodeCache):
    """Compiled templates by name and text."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (kept := self._kept.get(bucket.key)) is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = KeptTemplates()


def keep_addresses(monkeypatch) -> None:
    """Compile the function of an address once for all applications of this process."""
    compile_address: Callable = Rule._compile_builder
    kept: dict[tuple, Callable] = {}

    def compile_once(rule: Rule, append_unknown: bool = True) -> Callable:
        key = (rule.rule, rule.subdomain, rule.host, tuple((rule.defaults or {}).items()), append_unknown)
        if key not in kept:
            kept[key] = compile_address(rule, append_unknown)
        return kept[key]

    monkeypatch.setattr(Rule, "_compile_builder", compile_once)
