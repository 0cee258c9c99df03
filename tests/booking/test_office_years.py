"""The office copies last year, publishes its drafts, and puts a year into the archive."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from booking.clocktimes import moment
from booking.models import SchoolHoliday, Session, WorkGroup
from tests.factories import (
    create_came,
    create_ended_group,
    create_hub_staff,
    create_project,
    create_task,
    create_user,
    create_venue,
    create_work_group,
    enter_terms,
)

pytestmark = pytest.mark.django_db(transaction=True)

# 1 October 2030: a Tuesday in the fifth week of term.
DAY = date(2030, 10, 1)


@pytest.fixture
def office(log_in: Callable[[User], Client]) -> Client:
    return log_in(create_hub_staff())


def group_of_2030(days: list[date] | None = None, **fields: object) -> WorkGroup:
    group = create_work_group(**{"sessions": 0, "year": 2030, "leads": [create_user()]} | fields)
    venue = create_venue()
    for number, day in enumerate(days if days is not None else [DAY], start=1):
        starts, ends = moment(day, time(13, 15)), moment(day, time(15, 45))
        Session.objects.create(
            work_group=group, number=number, title=f"Part {number}", starts_at=starts, ends_at=ends, venue=venue
        )
    return group


def check(*groups: WorkGroup, to: int = 2031) -> str:
    chosen = "&".join(f"group={group.pk}" for group in groups)
    return f"{reverse('office_copy_check')}?to={to}&{chosen}"


def posted(response: HttpResponse, **changes: str) -> dict[str, str]:
    """What the page would send, with some of it changed."""
    form = response.context["form"]  # type: ignore[attr-defined]  # a test's answer has it
    values = {field.html_name: field.value() for field in form if field.value() not in (None, False, "")}
    data = {name: "on" if value is True else str(value) for name, value in values.items()}
    return data | {"looked": form.looked()} | changes


def days_of(group: WorkGroup) -> list[date]:
    return [timezone.localdate(one) for one in group.sessions.values_list("starts_at", flat=True) if one]


def test_office_copy_choose_ticks_what_is_not_there_yet(office: Client) -> None:
    first, second = group_of_2030(title="Area"), group_of_2030(title="Bars")
    create_work_group(title="Bars", year=2031, project=second.project, sessions=0)
    create_work_group(title="A draft", year=2030, status="draft")

    response = office.get(reverse("office_copy_choose"), {"from": "2030", "to": "2031"})

    assert sorted(response.context["groups"], key=lambda one: one[0].title) == [(first, False), (second, True)]


def test_office_copy_choose_shows_one_project_alone(office: Client) -> None:
    group_of_2030()
    ours = group_of_2030(project=create_project())

    response = office.get(reverse("office_copy_choose"), {"from": "2030", "project": ours.project_id})

    assert response.context["groups"] == [(ours, False)]


def test_office_copy_check_finds_the_same_day_of_term_and_writes_nothing(office: Client) -> None:
    enter_terms(["855"], 2029, 2030, 2031)
    # The first Tuesday after the autumn half term, which lies a week later in the other year.
    group = group_of_2030([DAY, date(2030, 10, 22)])

    response = office.get(check(group))

    [(copy, _, lines)] = response.context["rows"]
    assert [line.day for line, *_ in lines] == [date(2031, 9, 30), date(2031, 10, 21)]
    assert copy.notes == []
    assert WorkGroup.objects.count() == 1


def test_office_copy_check_without_term_dates_takes_52_weeks_and_says_so(office: Client) -> None:
    response = office.get(check(group_of_2030()))

    [(copy, _, lines)] = response.context["rows"]
    assert [line.day for line, *_ in lines] == [DAY + timedelta(weeks=52)]
    words = "The term dates of Leicestershire for 2030-31 and 2031-32 are not entered:"
    assert copy.notes == [f"{words} its dates are 52 weeks later, on the same weekday."]


def test_office_copy_check_says_the_days_of_booking_as_the_drafts_get_them(office: Client) -> None:
    # In one of the two years the clocks have gone forward by then, in the other not.
    group = group_of_2030(year=2028, opens_at=moment(date(2029, 3, 28), time(0)))

    page = office.get(check(group, to=2029))
    office.post(check(group, to=2029), posted(page))

    [(copy, *_)] = page.context["rows"]
    assert "Booking opens Wed 27 Mar 2030." in copy.notes
    assert WorkGroup.objects.get(year=2029).opens_at == moment(date(2030, 3, 27), time(0))


def test_office_copy_check_warns_beside_a_date_in_a_holiday(office: Client) -> None:
    SchoolHoliday.objects.create(la_code="856", name="Half term", first_on="2031-09-29", last_on="2031-10-03")

    response = office.get(check(group_of_2030()))

    [(_, _, [(line, *_)])] = response.context["rows"]
    assert line.words == ["Half term in Leicester."]


def test_office_copy_check_warns_beside_a_date_of_another_school_year(office: Client) -> None:
    group = group_of_2030([date(2030, 9, 2), date(2031, 8, 27)])

    response = office.get(check(group))

    [(_, _, lines)] = response.context["rows"]
    words = "It lies outside 2031-32."
    assert [(line.day, words in line.words) for line, *_ in lines] == [
        (date(2031, 9, 1), False),
        (date(2032, 8, 25), False),
    ]
    page = office.post(check(group), posted(response, **{f"day_{lines[0][0].session.pk}": "2031-08-29"}))
    [(_, _, lines)] = page.context["rows"]
    assert [words in line.words for line, *_ in lines] == [True, False]


def test_office_copy_check_says_which_rooms_and_leads_the_copies_would_promise_twice(office: Client) -> None:
    enter_terms(["855"], 2030, 2031)
    lead = create_user(name="Fran Lovell")
    area, bars = group_of_2030(title="Area", leads=[lead]), group_of_2030(title="Bars", leads=[lead])
    there = group_of_2030([date(2031, 9, 30)], title="Cubes", year=2031)
    Session.objects.filter(work_group=there).update(venue=area.sessions.get().venue)
    apart = group_of_2030(title="Dots")

    rows = office.get(check(area, bars, apart)).context["rows"]

    words = {copy.title: [line.words for line, *_ in lines] for copy, _, lines in rows}
    led = "Fran Lovell leads Area, session 1 and Bars, session 1 at the same time on 30 September."
    hours = "1.15pm to 3.45pm"
    taken = f"is taken twice on 30 September: Cubes, session 1, {hours}, and Area, session 1, {hours}."
    assert words == {"Area": [[f"{area.sessions.get().venue} {taken}", led]], "Bars": [[led]], "Dots": [[]]}


def test_office_copy_check_counts_no_clash_with_what_is_left_out(office: Client) -> None:
    lead = create_user(name="Fran Lovell")
    area, bars = group_of_2030(title="Area", leads=[lead]), group_of_2030(title="Bars", leads=[lead])
    page = office.get(check(area, bars))
    data = posted(page) | {"looked": "not yet"}
    del data[f"take_{bars.sessions.get().pk}"]

    again = office.post(check(area, bars), data)

    both = [["at the same time" in " ".join(line.words) for line, *_ in lines] for *_, lines in page.context["rows"]]
    left = [["at the same time" in " ".join(line.words) for line, *_ in lines] for *_, lines in again.context["rows"]]
    assert (both, left) == ([[True], [True]], [[False], [False]])
    assert WorkGroup.objects.of_year(2031).count() == 0


def test_office_drafts_shows_what_clashes_in_the_whole_year(office: Client) -> None:
    hall = create_venue(name="Town Hall", easting=None, northing=None)
    days = [DAY + timedelta(weeks=number) for number in range(30)]
    drafts = [group_of_2030(days, title=title, status="draft") for title in ("Area", "Bars")]
    there = group_of_2030([days[-1]], title="Cubes")
    alone = group_of_2030([DAY], title="Dots", status="draft")
    Session.objects.filter(work_group__in=[*drafts, there]).update(venue=hall)

    page = office.get(reverse("office_drafts"), {"year": "2030"})

    clashes = {one.work_group: [session.number for session, _ in one.clashes] for one, _ in page.context["drafts"]}
    assert clashes == {drafts[0]: [*range(1, 31), 30], drafts[1]: [*range(1, 31)], alone: []}
    assert "2 drafts need a second look" in page.content.decode()
    assert "Town Hall is taken twice on 1 October: Area, session 1" in page.content.decode()


def test_office_copy_check_makes_drafts_of_what_was_looked_at(office: Client) -> None:
    area, bars = group_of_2030(title="Area"), group_of_2030([DAY, date(2030, 11, 5)], title="Bars")
    create_task(session=bars.sessions.get(number=1))
    page = office.get(check(area, bars))

    response = office.post(check(area, bars), posted(page), follow=True)

    assert "2 drafts have been made for 2031-32." in response.content.decode()
    made = WorkGroup.objects.get(year=2031, title="Bars")
    assert (made.status, days_of(made)) == ("draft", [date(2031, 9, 30), date(2031, 11, 4)])
    assert made.sessions.get(number=1).task.title == "Sort and explain"


def test_office_copy_check_names_the_group_that_cannot_be_copied(office: Client) -> None:
    group = group_of_2030(title="Bars", audience="")
    page = office.get(check(group))

    response = office.post(check(group), posted(page))

    assert response.context["form"].non_field_errors() == ["Bars: This field cannot be blank."]
    assert WorkGroup.objects.count() == 1


def test_office_copy_check_looks_once_more_at_a_day_that_was_changed(office: Client) -> None:
    group = group_of_2030()
    name = f"day_{group.sessions.get().pk}"
    page = office.get(check(group))

    again = office.post(check(group), posted(page, **{name: "2031-12-25"}))

    assert "You have changed a date." in again.content.decode()
    assert "Christmas Day" in again.content.decode()
    assert WorkGroup.objects.count() == 1
    office.post(check(group), posted(again))
    assert days_of(WorkGroup.objects.get(year=2031)) == [date(2031, 12, 25)]


def test_office_copy_check_leaves_out_what_is_not_ticked(office: Client) -> None:
    group = group_of_2030([DAY, date(2030, 11, 5)])
    data = posted(office.get(check(group)))
    del data[f"take_{group.sessions.get(number=1).pk}"]

    office.post(check(group), data)

    assert list(WorkGroup.objects.get(year=2031).sessions.values_list("number", "title")) == [(1, "Part 2")]


def test_office_copy_check_does_not_take_what_was_cancelled_along_unasked(office: Client) -> None:
    group = group_of_2030([DAY, date(2030, 11, 5)])
    group.sessions.filter(number=1).update(status="cancelled")

    [(_, _, lines)] = office.get(check(group)).context["rows"]

    assert [(line.is_taken, line.words) for line, *_ in lines] == [(False, ["It was cancelled last time."]), (True, [])]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("31 June", "“31 June” is no day: June 2032 has 30 days."),
        ("", "Give the day, or take the tick away."),
        ("rubbish", "is not a day as we read one"),
    ],
)
def test_office_copy_check_refuses_a_day_in_a_sentence(office: Client, typed: str, sentence: str) -> None:
    group = group_of_2030()
    page = office.get(check(group))

    response = office.post(check(group), posted(page, **{f"day_{group.sessions.get().pk}": typed}))

    assert sentence in response.content.decode()
    assert WorkGroup.objects.count() == 1


def test_office_copy_check_on_the_night_on_which_the_clocks_change_makes_nothing(office: Client) -> None:
    group = group_of_2030()
    starts = moment(DAY, time(1, 30))
    group.sessions.update(starts_at=starts, ends_at=starts + timedelta(hours=2))
    name = f"day_{group.sessions.get().pk}"
    again = office.post(check(group), posted(office.get(check(group)), **{name: "2031-10-26"}))

    response = office.post(check(group), posted(again))

    assert "this time comes twice" in response.content.decode()
    assert WorkGroup.objects.count() == 1


def test_office_copy_check_twice_makes_the_drafts_once(office: Client) -> None:
    group = group_of_2030(title="Bars")
    data = posted(office.get(check(group)))
    office.post(check(group), data)

    response = office.post(check(group), data)

    assert "“Bars” is there in 2031-32 already." in response.content.decode()
    assert WorkGroup.objects.count() == 2


def test_office_copy_check_empties_codes_where_that_is_ticked(office: Client) -> None:
    project = create_project(kind="national", code="NCP30-01")
    group = group_of_2030(project=project)

    page = office.get(check(group))
    office.post(check(group), posted(page, empty_codes="on"))

    project.refresh_from_db()
    assert page.context["form"]["empty_codes"].value() is False  # that year has not begun
    assert project.code == ""


@pytest.mark.parametrize("query", ["", "?to=2031", "?to=2030&group={pk}", "?to=x&group=y", "?to=2031&group=999999"])
def test_office_copy_check_of_nothing_goes_back_to_the_choice(office: Client, query: str) -> None:
    group = group_of_2030()

    response = office.get(reverse("office_copy_check") + query.format(pk=group.pk), follow=True)

    assert "Choose at least one group" in response.content.decode()


def test_office_drafts_says_what_is_missing_and_publishes_the_others(office: Client) -> None:
    good = group_of_2030(status="draft", title="Area")
    bare = group_of_2030([], status="draft", title="Bars")

    page = office.get(reverse("office_drafts"), {"year": "2030"})
    office.post(reverse("office_drafts") + "?year=2030", {"act": "publish", "group": [good.pk]})

    assert [(one.work_group, ticked) for one, ticked in page.context["drafts"]] == [(good, True), (bare, False)]
    assert list(WorkGroup.objects.published()) == [good]


def test_office_drafts_asks_twice_before_it_deletes(office: Client) -> None:
    group = group_of_2030(status="draft")
    url = reverse("office_drafts") + "?year=2030"

    asked = office.post(url, {"act": "ask", "group": [group.pk]})

    assert "This cannot be undone." in asked.content.decode()
    assert WorkGroup.objects.count() == 1
    office.post(url, {"act": "delete", "group": [group.pk]})
    assert WorkGroup.objects.count() == 0


def test_office_archive_lists_what_is_over_and_what_stops_the_others(office: Client) -> None:
    over, coming = create_ended_group()[0], create_work_group(sessions=1)
    over.sessions.update(signed_at=timezone.now())

    page = office.get(reverse("office_archive"), {"year": over.year})
    office.post(reverse("office_archive") + f"?year={over.year}", {"group": [over.pk]})

    assert page.context["ready"] == [over]
    assert [one.work_group for one in page.context["stopped"]] == [coming]
    assert list(WorkGroup.objects.filter(status="archived")) == [over]


def test_office_archive_leaves_a_group_readable_and_takes_it_out_again(office: Client) -> None:
    group = create_work_group(sessions=0)
    session = Session.objects.create(
        work_group=group, starts_at=timezone.now() - timedelta(days=9), ends_at=timezone.now() - timedelta(days=8)
    )
    create_came(session=session, people=[create_user()])
    Session.objects.update(signed_at=timezone.now())
    office.post(reverse("office_archive"), {"group": [group.pk]})

    pages = [office.get(url).status_code for url in (group.get_absolute_url(), f"/office/work-groups/{group.pk}/")]
    listed = group in office.get("/work-groups/").context["page"].object_list
    office.post(reverse("office_work_group_unarchive", args=[group.pk]))

    group.refresh_from_db()
    assert (pages, listed, group.status) == ([200, 200], False, "published")


def test_office_work_group_list_counts_where_groups_stand(office: Client) -> None:
    year = create_work_group().year
    create_work_group(status="draft")

    response = office.get(reverse("office_work_group_list"), {"year": year})

    assert response.context["counts"] == [("draft", "Draft", 1), ("published", "Published", 1)]
