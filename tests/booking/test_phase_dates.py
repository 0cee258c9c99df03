"""Dates of tests and examinations: entered, changed, taken over to the next year by the office."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import HistoryLine, User
from booking.actions import phase_dates
from booking.models import PhaseDates
from tests.factories import create_hub_staff, create_phase_dates

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]
DATA = {
    "name": "Phonics check",
    "for_primary": "on",
    "first_on": "2027-06-07",
    "last_on": "2027-06-11",
    "source": "The STA",
}


def test_page_keeps_changes_and_takes_out_dates(log_in: LogIn) -> None:
    client = log_in(create_hub_staff())

    client.post("/office/dates-to-avoid/new/", DATA)
    dates = PhaseDates.objects.get()
    client.post(f"/office/dates-to-avoid/{dates.pk}/", DATA | {"last_on": "2027-06-14"})
    dates.refresh_from_db()
    page = client.get("/office/dates-to-avoid/?year=2026").content.decode()
    client.post(f"/office/dates-to-avoid/{dates.pk}/", {"remove": "1"})

    assert (dates.last_on, dates.phase_words, "Phonics check" in page) == (date(2027, 6, 14), "primary", True)
    assert PhaseDates.objects.count() == 0
    verbs = ["phase_dates_saved", "phase_dates_saved", "phase_dates_removed"]
    assert list(HistoryLine.objects.order_by("pk").values_list("verb", flat=True)) == verbs


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"for_primary": ""}, "at least one phase"),
        ({"last_on": "2027-06-01"}, "must not be before the first"),
        ({"first_on": "2027-06-31"}, "Enter a valid date."),
        ({"first_on": "2077-06-07", "last_on": "2077-06-08"}, "far from now"),
        ({"source": ""}, "Please fill this in."),
    ],
)
def test_page_says_what_is_wrong_and_keeps_nothing(log_in: LogIn, wrong: dict[str, str], words: str) -> None:
    page = log_in(create_hub_staff()).post("/office/dates-to-avoid/new/", DATA | wrong).content.decode()

    assert (words in page, PhaseDates.objects.count()) == (True, 0)


def test_copy_takes_over_what_is_ticked_with_the_days_that_were_looked_up(log_in: LogIn) -> None:
    tests, check = create_phase_dates(), create_phase_dates(name="Phonics check")
    client, url = log_in(create_hub_staff()), "/office/dates-to-avoid/copy/?year=2026"
    days = {f"d{one.pk}-{name}": "2028-05-08" for one in (tests, check) for name in ("first_on", "last_on")}

    page = client.get(url).content.decode()
    none = client.post(url, days)
    client.post(url, days | {f"d{tests.pk}-take": "on", f"d{tests.pk}-last_on": "2028-05-11"})
    again = client.get(url).content.decode()

    assert 'value="2028-05-08"' in page
    assert none.status_code == 200
    assert list(PhaseDates.objects.filter(first_on__year=2028).values_list("name", "last_on", "for_primary")) == [
        ("Key stage 2 tests", date(2028, 5, 11), True)
    ]
    assert "Stands in 2027-28 already" in again


def test_copy_asks_about_a_year_that_is_far_from_now(log_in: LogIn) -> None:
    one = create_phase_dates()
    days = {f"d{one.pk}-first_on": "2082-05-08", f"d{one.pk}-last_on": "2082-05-09", f"d{one.pk}-take": "on"}

    page = log_in(create_hub_staff()).post("/office/dates-to-avoid/copy/?year=2026", days).content.decode()

    assert ("2082 is far from now. Is the year right?" in page, PhaseDates.objects.count()) == (True, 1)


def test_copy_refuses_all_where_one_cannot_stand() -> None:
    first, second = create_phase_dates(), create_phase_dates(name="Phonics check")
    good, bad = (date(2028, 5, 8), date(2028, 5, 9)), (date(2028, 5, 9), date(2028, 5, 8))

    with pytest.raises(ValidationError, match="Nothing was taken over"):
        phase_dates.copy_dates(days={first.pk: good, second.pk: bad}, by=create_hub_staff())

    assert PhaseDates.objects.count() == 2
