"""Taking the register in: a school keeps its identity, and everything that hangs on it, whatever its number does."""

from django.db import connection

from accounts import history
from accounts.gias.plan import Number, Plan
from accounts.models import School, SchoolURN, User

# Fewer rows to a statement, and SQLite's limit of variables is never met.
_BATCH = 1000


def write(plan: Plan, *, by: User | None) -> None:
    """Do what a plan says, in the caller's transaction, on the rows it was made from in the same transaction."""
    groups = plan.groups
    School.objects.bulk_create([group.school for group in groups if group.school.pk is None], batch_size=_BATCH)
    School.objects.bulk_create(
        plan.changed,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*plan.facts, "search"],
    )
    _write_numbers(plan)
    School.objects.filter(pk__in=plan.joins).delete()
    for school, into in plan.merged:
        school.merged_into = into
    School.objects.bulk_update([school for school, _ in plan.merged], ["merged_into"], batch_size=_BATCH)
    history.write_many(plan.acts, by=by, at=plan.now)


def refresh_statistics() -> None:
    """After an import has been committed: let the database look at its tables anew, so that finding stays quick.

    PostgreSQL also marks what every transaction can see, without which no search is answered from an index alone.
    """
    if connection.in_atomic_block:
        return  # a rehearsal or a test: there is nothing that others can see yet
    command = "VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE"
    with connection.cursor() as cursor:
        for model in (School, SchoolURN):
            cursor.execute(f"{command} {connection.ops.quote_name(model._meta.db_table)}")


def _write_numbers(plan: Plan) -> None:
    """First the numbers that end, then those that begin: no school has two open ones at any moment."""
    ending: list[SchoolURN] = []
    beginning: list[SchoolURN] = []
    for group in plan.groups:
        for number in group.numbers:
            if number.differs or (number.stored and number.stored.school_id != group.school.pk):
                (ending if number.closed_on else beginning).append(_dated(number, group.school))
    for some in (ending, beginning):
        SchoolURN.objects.bulk_create([one for one in some if one.pk is None], batch_size=_BATCH)
        SchoolURN.objects.bulk_create(
            [one for one in some if one.pk is not None],
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["school", "opened_on", "closed_on"],
        )


def _dated(number: Number, school: School) -> SchoolURN:
    return SchoolURN(
        pk=number.stored.pk if number.stored else None,
        school=school,
        urn=number.urn,
        opened_on=number.opened_on,
        closed_on=number.closed_on,
    )
