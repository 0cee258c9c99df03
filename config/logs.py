"""Logs: one line per entry; JSON where the hub runs for real. Never names, addresses, tokens or session ids."""

import logging

import structlog
from django.conf import settings


def formatter() -> logging.Formatter:
    """A formatter for `LOGGING`: JSON for machines, plain words for a person at a terminal."""
    shared: list[structlog.types.Processor] = [
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
            last,
        ],
    )
