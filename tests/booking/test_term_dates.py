"""Term dates: entered, changed and taken out by the office; what follows from them follows at once."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import HistoryLine, User
from accounts.schoolyear import school_year_of
from booking.actions import term_dates
from booking.integrity import violations
from booking.models import SchoolHoliday, WorkGroup
from booking.reports.term_dates import authority_years
from booking.schooldays import SchoolCalendar, bank_holidays_between
from tests.factories import create_hub_staff, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)

YEAR = school_year_of(timezone.localdate())
MONDAY = next(day for day in (date(YEAR, 11, 1 + n) for n in range(7)) if day.weekday() == 0)
FRIDAY = MONDAY + timedelta(days=4)


def half_term(**fields: object) -> SchoolHoliday:
    return SchoolHoliday(**{"la_code": "855", "name": "Half term", "first_on": MONDAY, "last_on": FRIDAY} | fields)


def test_save_holiday_shuts_the_schools_of_that_authority_alone() -> None:
    group, staff = create_work_group(), create_hub_staff()
    before = WorkGroup.objects.get(pk=group.pk).revision

    term_dates.save_holiday(holiday=half_term(), by=staff)

    calendar = SchoolCalendar.load()
    assert [calendar.is_school_day(MONDAY, code) for code in ("855", "856")] == [False, True]
    assert WorkGroup.objects.get(pk=group.pk).revision == before + 1
    assert list(HistoryLine.objects.values_list("verb", "by")) == [("holiday_saved", staff.pk)]


@pytest.mark.parametrize(
    ("first", "last"), [(MONDAY, MONDAY), (FRIDAY, FRIDAY + timedelta(days=3)), (MONDAY - timedelta(days=3), FRIDAY)]
)
def test_save_holiday_refuses_days_that_are_shut_already(first: date, last: date) -> None:
    staff = create_hub_staff()
    term_dates.save_holiday(holiday=half_term(), by=staff)

    with pytest.raises(ValidationError):
        term_dates.save_holiday(holiday=half_term(name="A day more", first_on=first, last_on=last), by=staff)
    term_dates.save_holiday(holiday=half_term(la_code="856"), by=staff)

    assert list(SchoolHoliday.objects.order_by("la_code").values_list("la_code", "name")) == [
        ("855", "Half term"),
        ("856", "Half term"),
    ]
    assert list(violations()) == []


def test_save_holiday_refuses_to_end_before_it_begins() -> None:
    with pytest.raises(ValidationError, match="must not be before the first"):
        term_dates.save_holiday(holiday=half_term(last_on=MONDAY - timedelta(days=1)), by=create_hub_staff())

    assert SchoolHoliday.objects.count() == 0


def test_save_holiday_moves_within_its_own_days() -> None:
    staff = create_hub_staff()
    holiday = term_dates.save_holiday(holiday=half_term(), by=staff)
    holiday.last_on = FRIDAY + timedelta(days=3)

    term_dates.save_holiday(holiday=holiday, by=staff)

    assert SchoolHoliday.objects.get().last_on == FRIDAY + timedelta(days=3)


def test_remove_holiday_makes_school_days_again() -> None:
    staff = create_hub_staff()
    holiday = term_dates.save_holiday(holiday=half_term(), by=staff)

    term_dates.remove_holiday(holiday=holiday, by=staff)

    assert SchoolCalendar.load().is_school_day(MONDAY, "855")
    assert HistoryLine.objects.order_by("-pk")[0].details["first_on"] == MONDAY.isoformat()


def test_bank_holidays_between_are_named() -> None:
    known = bank_holidays_between(date(2026, 12, 1), date(2026, 12, 31))

    assert [(day.day, name.partition(" ")[0]) for day, name in known] == [
        (25, "Christmas"),
        (26, "Boxing"),
        (28, "Boxing"),
    ]


def test_authority_years_show_a_line_where_dates_are_known() -> None:
    half_term().save()
    half_term(la_code="999").save()

    found = {one.code: (one.name, bool(one.line)) for one in authority_years(YEAR)}

    assert found["855"] == ("Leicestershire", True)
    assert found["856"] == ("Leicester", False)
    assert found["999"] == ("Authority 999", True)


def test_pages_enter_change_and_take_out(log_in: Callable[[User], Client]) -> None:
    client = log_in(create_hub_staff())
    data = {"authority": "855", "name": "Half term", "first_on": MONDAY.isoformat(), "last_on": FRIDAY.isoformat()}

    done = client.post("/office/term-dates/new/", data)
    holiday = SchoolHoliday.objects.get()
    twice = client.post("/office/term-dates/new/", data | {"first_on": FRIDAY.isoformat()}).content.decode()
    client.post(f"/office/term-dates/{holiday.pk}/", data | {"authority": "", "la_code": "999"})
    page = client.get("/office/term-dates/").content.decode()
    client.post(f"/office/term-dates/{holiday.pk}/remove/")

    assert done["Location"] == f"/office/term-dates/?year={YEAR}"
    assert "“Half term” of this authority lies there already" in twice
    assert ("Authority 999" in page, "Bank holidays" in page, "What happened" in page) == (True, True, True)
    assert SchoolHoliday.objects.count() == 0


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"first_on": f"{YEAR + 40}-11-02", "last_on": f"{YEAR + 40}-11-06"}, "Is the year right?"),
        ({"last_on": f"{YEAR}-10-01"}, "The last day must not be before the first."),
        ({"authority": "", "la_code": "85"}, "The code of an authority has three figures"),
        ({"authority": "", "la_code": ""}, "Choose the authority, or give its code."),
    ],
)
def test_page_refuses_in_words(log_in: Callable[[User], Client], changed: dict[str, str], words: str) -> None:
    data = {"authority": "855", "name": "Half term", "first_on": MONDAY.isoformat(), "last_on": FRIDAY.isoformat()}

    page = log_in(create_hub_staff()).post("/office/term-dates/new/", data | changed).content.decode()

    assert (words in page, SchoolHoliday.objects.count()) == (True, 0)


def test_page_warns_of_days_that_look_odd(log_in: Callable[[User], Client]) -> None:
    far = {"first_on": f"{YEAR + 4}-11-02", "last_on": f"{YEAR + 5}-02-06"}

    page = log_in(create_hub_staff()).post(
        "/office/term-dates/new/", {"authority": "855", "name": "Half term"} | far, follow=True
    )

    said = " ".join(str(one) for one in page.context["messages"])
    assert ("Is the year right?" in said, "Are both right?" in said) == (True, True)
