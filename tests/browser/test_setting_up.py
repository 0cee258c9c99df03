"""A group gets six sessions by a rule, is published, and last year is copied: walked in a browser, on a phone too."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.schoolyear import school_year_of
from booking.clocktimes import moment
from booking.demo.year import next_school_day
from booking.expectations import expect_leads
from booking.integrity import violations as broken
from booking.models import Session, WorkGroup
from tests.browser.conftest import overflow, press, screenshot, violations
from tests.factories import create_hub_staff, create_task, create_user, create_venue, create_work_group, enter_terms

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

CODES = ("855", "856", "857", "940")


def looks_well(page: Page, name: str) -> None:
    screenshot(page, name)
    assert violations(page) == []
    assert overflow(page) <= 0


def test_setting_up_six_sessions_by_a_rule_leaves_holidays_out(new_context: Callable[..., BrowserContext]) -> None:
    year = school_year_of(timezone.localdate()) + 1
    enter_terms(CODES, year)
    group = create_work_group(status="draft", sessions=0, year=year, title="Bar models", leads=[create_user()])
    create_venue(name="Town Hall")
    page = new_context(create_hub_staff(), width=320).new_page()

    page.goto(f"/office/work-groups/{group.pk}/")
    page.get_by_role("link", name="Add several").click()
    looks_well(page, "rule")
    page.get_by_label("From", exact=True).fill(f"{year}-09-15")
    page.get_by_label("Begins").fill("13:15")
    page.get_by_label("Ends").fill("16:00")
    page.get_by_label("Venue", exact=True).select_option("Town Hall")
    press(page, "See the dates")
    expect(page.get_by_text("Nothing has been added yet.")).to_be_visible()
    looks_well(page, "rule-dates")

    # One is moved into the holidays: it may be, but not unseen.
    page.get_by_label("Day 6").fill(f"{year}-12-25")
    press(page, "Add 6 sessions")
    expect(page.get_by_text("It is a bank holiday: Christmas Day.")).to_be_visible()
    looks_well(page, "rule-warned")
    page.get_by_label("Add it 6").uncheck()
    press(page, "Add 6 sessions")
    expect(page.get_by_text("5 sessions have been added.")).to_be_visible()
    press(page, "Publish")

    days = [timezone.localdate(one.starts_at) for one in group.sessions.all() if one.starts_at]
    group.refresh_from_db()
    assert [day.weekday() for day in days] == [1] * 5
    assert [next_school_day(day, CODES) for day in days] == days
    assert (group.status, list(broken())) == ("published", [])


def test_setting_up_from_a_spreadsheet_without_script(new_context: Callable[..., BrowserContext]) -> None:
    group = create_work_group(status="draft", sessions=0, year=2031)
    create_venue(name="Town Hall")
    page = new_context(create_hub_staff(), width=320, script=False).new_page()

    page.goto(f"/office/work-groups/{group.pk}/")
    page.get_by_role("link", name="Paste dates").click()
    page.get_by_label("Dates").fill(
        "Date\tTime\tVenue\n23/9/2031\t1.15-4pm\tTown Hall\n31 June\t1-2pm\tonline\nTue 14 Oct\t9-11.30am\tTwon Hall\n"
    )
    press(page, "See what was read")
    expect(page.get_by_text("“31 June” is no day: June 2032 has 30 days.")).to_be_visible()
    expect(page.get_by_text("“Twon Hall” was read as Town Hall. Is that right?")).to_be_visible()
    screenshot(page, "pasted")
    press(page, "Add 2 sessions")

    expect(page.get_by_text("2 sessions have been added.")).to_be_visible()
    assert [f"{timezone.localtime(one.starts_at):%d %b %H:%M}" for one in group.sessions.all() if one.starts_at] == [
        "23 Sep 13:15",
        "14 Oct 09:00",
    ]


def test_setting_up_copies_last_year_in_one_go(new_context: Callable[..., BrowserContext]) -> None:
    year = school_year_of(timezone.localdate())
    enter_terms(CODES, year - 1, year, year + 1)
    hall, lead = create_venue(name="Town Hall"), create_user(name="Fran Lovell")
    for title in ("Area", "Bar models"):
        group = create_work_group(title=title, year=year, sessions=0, leads=[lead])
        for number in range(6):
            day = next_school_day(date(year, 9, 8) + timedelta(weeks=5 * number), CODES, 1)
            starts, ends = moment(day, time(13, 15)), moment(day, time(15, 45))
            session = Session.objects.create(
                work_group=group, number=number + 1, starts_at=starts, ends_at=ends, venue=hall, title=f"Part {number}"
            )
            create_task(session=session)
        expect_leads(group, now=timezone.now())
    page = new_context(create_hub_staff()).new_page()

    page.goto(f"/office/work-groups/copy/?from={year}&to={year + 1}")
    looks_well(page, "copy")
    press(page, "See every date")
    looks_well(page, "copy-dates")
    page.set_viewport_size({"width": 320, "height": 800})
    looks_well(page, "copy-dates-phone")
    press(page, "Make 2 drafts")
    expect(page.get_by_text("2 drafts have been made")).to_be_visible()
    looks_well(page, "drafts")
    press(page, "Publish those ticked")
    expect(page.get_by_text("2 groups published")).to_be_visible()

    made = WorkGroup.objects.of_year(year + 1).published()
    assert [(group.title, group.sessions.count()) for group in made] == [("Area", 6), ("Bar models", 6)]
    assert [one.task.title for one in made[0].sessions.all()] == ["Sort and explain"] * 6
    assert list(broken()) == []
