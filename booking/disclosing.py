"""What leaves the hub with names is written down, whether a person takes it away or another system reads it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts import history
from accounts.models import School, User
from booking.models import ApiKey, Disclosure, WorkGroup
from booking.models.disclosures import Why


@dataclass(frozen=True)
class Taken:
    """What leaves: a list narrowed to something, in these columns, and whose people are in it."""

    list_code: str
    title: str
    filters: str
    columns: Sequence[str]
    rows: int
    file: str
    work_groups: Collection[int] = ()
    schools: Collection[int] = ()
    year: int | None = None


def write_disclosure(
    taken: Taken, *, to: str, why: str, words: str, by: User | None, at: datetime, key: ApiKey | None = None
) -> Disclosure:
    """One line of what was passed on, with its line of history; in the caller's transaction, before a row leaves."""
    disclosure = Disclosure(
        list_code=taken.list_code,
        title=taken.title[:120],
        filters=taken.filters[:300],
        columns=list(taken.columns),
        rows=taken.rows,
        file=taken.file,
        at=at,
        by=by,
        to=" ".join(to.split()),
        why=Why(why),
        words=" ".join(words.split()),
        year=taken.year,
        key=key,
    )
    disclosure.full_clean()
    disclosure.save()
    disclosure.work_groups.set(WorkGroup.objects.filter(pk__in=taken.work_groups))
    disclosure.schools.set(School.objects.filter(pk__in=taken.schools))
    details = {"disclosure": disclosure.pk, "list": taken.list_code, "rows": taken.rows}
    # A system does it, and not whoever made its key.
    acts, about = (None, [disclosure, key]) if key else (by, [disclosure])
    history.write("list_passed_on", about=about, by=acts, at=at, details=details, tells=False)
    return disclosure
