"""A question that is made once answers as a fresh one would."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from booking.models import Booking, Session, WorkGroup
from booking.prepared import Prepared
from tests.factories import create_booking, create_work_group

pytestmark = pytest.mark.django_db


def test_prepared_asks_anew_with_other_values() -> None:
    first, second = create_work_group(), create_work_group()
    group = Prepared(lambda pk: WorkGroup.objects.filter(pk=pk), pk=-1)

    assert [list(group.ask(pk=one)) for one in (first.pk, second.pk, 0)] == [[first], [second], []]


def test_prepared_takes_days_moments_and_keys() -> None:
    key, now = uuid4(), timezone.now()
    booking = create_booking(work_group=create_work_group(sessions=3), key=key)

    def of_key(key: UUID, year: int) -> QuerySet[Booking]:
        return Booking.objects.filter(key=key, work_group__year__lte=year)

    def coming(since: datetime, on: date) -> QuerySet[Session]:
        return Session.objects.filter(starts_at__gt=since).exclude(starts_at__date=on).order_by("pk")

    by_key = Prepared(of_key, key=UUID(int=0), year=1)
    sessions = Prepared(coming, since=datetime(1970, 1, 1, tzinfo=UTC), on=date(1970, 1, 2))

    assert list(by_key.ask(key=key, year=now.year + 1)) == [booking]
    assert list(by_key.ask(key=uuid4(), year=now.year + 1)) == []
    assert list(sessions.ask(since=now, on=now.date())) == list(coming(now, now.date()))
    assert list(sessions.ask(since=now + timedelta(days=3000), on=now.date())) == []


def test_prepared_gives_rows_of_numbers_and_text() -> None:
    group = create_work_group(title="Ratio and proportion")
    titles = Prepared(lambda pk: WorkGroup.objects.filter(pk=pk).values_list("pk", "title"), pk=-1)

    assert [tuple(row) for row in titles.rows(pk=group.pk)] == [(group.pk, group.title)]
