"""Questions whose SQL is made once: to make one costs several times what it costs to ask it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet


class Prepared:
    """One question of the database, asked again and again with other values.

    `make` says it with stand-ins, one for each name, which must differ from each other and from all else in it, and be
    values that their columns can hold.
    """

    def __init__(self, make: Callable[..., QuerySet[Any]], **stand_ins: int | str | date | UUID) -> None:
        self._make, self._stand_ins = make, stand_ins
        self._made: tuple[type[Model], str, list[tuple[str | None, Any]]] | None = None

    def ask(self, **given: int | str | date | UUID) -> Iterator[Any]:
        """The rows for these values, as objects."""
        model, sql, values = self._filled(given)
        return iter(model._default_manager.raw(sql, values))

    def rows(self, **given: int | str | date | UUID) -> list[tuple[Any, ...]]:
        """The rows for these values as the database's driver gives them: numbers and text, not moments or days."""
        _, sql, values = self._filled(given)
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

    def _filled(self, given: Mapping[str, object]) -> tuple[type[Model], str, list[Any]]:
        if self._made is None:
            said = self._make(**self._stand_ins)
            sql, stand_ins = said.query.sql_with_params()
            names = {_adapted(value): name for name, value in self._stand_ins.items()}
            self._made = said.model, sql, [(names.get(value), value) for value in stand_ins]
        model, sql, places = self._made
        return model, sql, [_adapted(given[name]) if name else value for name, value in places]


def _adapted(value: Any) -> Any:
    """A value as the database's driver takes it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value
