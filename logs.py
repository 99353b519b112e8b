"""Log lines: structured, on standard error, and never with a person's name in them."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# Keys that hold a person's identity or a secret: their values never reach a log line.
WITHHELD = frozenset(
    {
        "last_name", "first_name", "name", "birth_date", "postcode", "phone", "email", "address",
        "secret_key", "data_keys", "index_key", "password", "token",
    }
)  # fmt: skip


Event = MutableMapping[str, Any]


def withhold_identity(_logger: object, _method: str, event: Event) -> Event:
    """The log line with the value of every withheld key replaced."""
    for key in WITHHELD & event.keys():
        event[key] = "(withheld)"
    return event


def configure_logs(level: str, *, as_json: bool) -> None:
    """Sends structlog's and the standard library's lines to standard error, from `level` up."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        withhold_identity,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.set_name("phenotheque")
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [h for h in root.handlers if h.get_name() != "phenotheque"] + [handler]
    root.setLevel(level.upper())
    logging.getLogger("alembic").setLevel("WARNING")  # its account of each start helps nobody
