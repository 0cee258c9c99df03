"""What must hold over all rows, proved again from outside: the constraints of every app, and the numbers of schools.

Each rule is a generator of sentences, one for each row that breaks it. A backup that was restored, a row that was put
right by hand, a database whose constraints were dropped for an hour: here it shows.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import (
    BooleanField,
    CharField,
    CheckConstraint,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    ForeignKey,
    Max,
    Min,
    Model,
    OuterRef,
    Q,
    UniqueConstraint,
    UUIDField,
)
from django.db.models.functions import Cast

from accounts.models import School, SchoolURN, User

# Rows that break a rule now, each in a sentence that begins with what and which it is.
Rule = Callable[[datetime], Iterator[str]]


def project_models() -> list[type[Model]]:
    """The models of every app of this project, those behind many-to-many fields included."""
    return [
        model
        for config in apps.get_app_configs()
        if Path(config.path).parent == Path(settings.BASE_DIR)
        for model in config.get_models(include_auto_created=True)
    ]


def _filled() -> list[type[Model]]:
    """The models with a row at least: of an empty table everything is true."""
    return [model for model in project_models() if model._base_manager.exists()]


def named(model: type[Model], *pks: object) -> str:
    """How a sentence about rows begins: "Booking 12", "Place 4 and 7"."""
    title = str(model._meta.verbose_name)
    return f"{title[:1].upper()}{title[1:]} {' and '.join(map(str, pks))}"


def checks_hold(now: datetime) -> Iterator[str]:
    """Every CHECK holds for every row (an unknown condition passes, as it does in SQL)."""
    for model in _filled():
        for constraint in model._meta.constraints:
            if isinstance(constraint, CheckConstraint):
                rows = model._base_manager.annotate(
                    holds=ExpressionWrapper(constraint.condition, output_field=BooleanField())
                )
                for pk in rows.filter(holds=False).order_by("pk").values_list("pk", flat=True):
                    yield f"{named(model, pk)}: {constraint.violation_error_message}"


def uniques_hold(now: datetime) -> Iterator[str]:
    """Whatever is to be there once is there once."""
    for model in _filled():
        for expressions, condition, message in _uniques(model):
            columns = {f"part{number}": expression for number, expression in enumerate(expressions)}
            present = {f"{column}__isnull": False for column in columns}
            rows = model._base_manager.filter(condition).annotate(**columns).filter(**present).order_by()
            # PostgreSQL knows no smallest UUID.
            key = Cast("pk", CharField()) if isinstance(model._meta.pk, UUIDField) else F("pk")
            twice = rows.values(*columns).annotate(rows=Count("pk"), one=Min(key), other=Max(key)).filter(rows__gt=1)
            for one, other in twice.order_by("one").values_list("one", "other"):
                yield f"{named(model, one, other)}: {message}"


def references_lead_somewhere(now: datetime) -> Iterator[str]:
    """No row refers to one that is not there."""
    for model in _filled():
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey):
                target = field.related_model._base_manager.filter(
                    **{field.target_field.attname: OuterRef(field.attname)}
                )
                lost = model._base_manager.filter(**{f"{field.attname}__isnull": False}).filter(~Exists(target))
                for pk, value in lost.order_by("pk").values_list("pk", field.attname):
                    yield f"{named(model, pk)}: its {field.verbose_name} {value} does not exist."


def codes_are_known(now: datetime) -> Iterator[str]:
    """Every state, kind and answer is one that the program knows."""
    for model in _filled():
        for field in model._meta.concrete_fields:
            if field.choices:
                known = [code for code, _ in field.flatchoices] + [""] * field.blank
                rows = model._base_manager.exclude(**{f"{field.attname}__in": known})
                rows = rows.filter(**{f"{field.attname}__isnull": False})
                for pk, value in rows.order_by("pk").values_list("pk", field.attname):
                    yield f"{named(model, pk)}: “{value}” is no {field.verbose_name}."


def urns_follow_one_another(now: datetime) -> Iterator[str]:
    """A school bears one number at a time."""
    for one in SchoolURN.objects.filter(opened_on__gt=F("closed_on")).order_by("pk"):
        yield f"School {one.school_id}: URN {one} closed before it opened."
    rows = SchoolURN.objects.order_by("school", F("opened_on").asc(nulls_first=True), "pk")
    numbers = rows.values_list("school", "urn", "opened_on", "closed_on").iterator()
    for (school, _, began, ended), (same, urn, opened, _) in pairwise(numbers):
        known = ended is not None or began is not None
        if same == school and opened and known and (ended is None or opened < ended):
            yield f"School {school}: URN {urn} began before the number before it had ended."


def schools_on_the_register_bear_a_urn(now: datetime) -> Iterator[str]:
    for pk in School.objects.filter(on_register=True, urns__isnull=True).order_by("pk").values_list("pk", flat=True):
        yield f"School {pk}: is on the national register and has no URN."


def merged_schools_are_closed(now: datetime) -> Iterator[str]:
    merged = School.objects.filter(merged_into__isnull=False).exclude(status=School.Status.CLOSED)
    for pk in merged.order_by("pk").values_list("pk", flat=True):
        yield f"School {pk}: was merged into another and is not closed."


def mergers_lead_to_an_end(now: datetime) -> Iterator[str]:
    """Whoever follows a school to the one it was merged into arrives, sooner or later, at one that was not."""
    into = dict(School.objects.filter(merged_into__isnull=False).order_by("pk").values_list("pk", "merged_into"))
    for pk in into:
        seen, at = {pk}, into[pk]
        while at in into and at not in seen:
            seen.add(at)
            at = into[at]
        if at == pk == min(seen):
            yield f"School {pk}: the schools it was merged into go round in a ring."


def erased_people_are_nobody(now: datetime) -> Iterator[str]:
    """Who was erased has no address, no school and no door, whatever was brought back from a backup."""
    current = Q(memberships__isnull=False, memberships__ended_at__isnull=True)
    reached = current | Q(is_active=True) | Q(email__isnull=False) | Q(emailaddress__isnull=False)
    erased = User.objects.filter(reached, erasure__done_at__isnull=False)
    for pk in erased.order_by("pk").values_list("pk", flat=True).distinct():
        yield f"Person {pk}: was erased, and can be reached again."


def _uniques(model: type[Model]) -> Iterator[tuple[Sequence[Any], Q, str]]:
    """(expressions, for which rows, words) of everything that must be unique."""
    for constraint in model._meta.constraints:
        if isinstance(constraint, UniqueConstraint):
            expressions = constraint.expressions or [F(name) for name in constraint.fields]
            yield expressions, constraint.condition or Q(), str(constraint.violation_error_message)
    for field in model._meta.concrete_fields:
        if field.unique and not field.primary_key:
            yield [F(field.attname)], Q(), f"the same {field.verbose_name} stands in both."
    for together in model._meta.unique_together:
        yield [F(name) for name in together], Q(), f"the same {' and '.join(together)} stand in both."


RULES: list[Rule] = [
    checks_hold,
    uniques_hold,
    references_lead_somewhere,
    codes_are_known,
    urns_follow_one_another,
    schools_on_the_register_bear_a_urn,
    merged_schools_are_closed,
    mergers_lead_to_an_end,
    erased_people_are_nobody,
]
