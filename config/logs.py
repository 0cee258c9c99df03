"""Logs: one line per entry; JSON where the hub runs for real. Never names, addresses, tokens or session ids.

Each line that a request caused bears its number (`config.numbers`), each that a task caused the task's name.
"""

import logging
import re
from typing import Any

import structlog
from django.conf import settings

# A part of an address that opens something by itself: a calendar link, a signed link, a reset.
_TOKEN = re.compile(r"(?<=/)(?=[\w:=~-]*(?:[A-Z:]|[0-9a-f]{16}))[\w:=~-]{20,}")
# Somebody's address, as it is typed or as it stands in a link.
_ADDRESS = re.compile(r"[\w.+'%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
# With a refusal PostgreSQL shows the whole row: names, needs and all (its DETAIL and CONTEXT).
_ROW = re.compile(r"^(DETAIL|CONTEXT):.*$", re.MULTILINE)
# What a line may say besides its words.
_EXTRA = ["page", "method", "status", "ms"]


def hide_people(logger: Any, name: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Nobody is found in a log: addresses of people, and rows that a database quotes, are left out."""
    return {
        key: _ROW.sub(r"\1: (hidden)", _ADDRESS.sub("(address)", value)) if isinstance(value, str) else value
        for key, value in entry.items()
    }


def hide_tokens(logger: Any, name: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Whoever reads a log opens nothing with it: what is secret in an address is left out, in tracebacks too."""
    return {key: _TOKEN.sub("(hidden)", value) if isinstance(value, str) else value for key, value in entry.items()}


def formatter() -> logging.Formatter:
    """A formatter for `LOGGING`: JSON for machines, plain words for a person at a terminal."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.ExtraAdder(allow=_EXTRA),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    last: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if settings.IS_CONFIGURED else structlog.dev.ConsoleRenderer(colors=False)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            hide_people,
            hide_tokens,
            last,
        ],
    )
