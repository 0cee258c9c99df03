"""A year's groups at once: published, archived, taken out again, and drafts thrown away."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import HistoryLine
from booking.actions import programme, series, years
from booking.changing import SessionPlan
from booking.integrity import violations
from booking.models import Attachment, CalendarEntry, Session, Venue, WorkGroup
from tests.factories import (
    create_attachment,
    create_booking,
    create_came,
    create_ended_group,
    create_hub_staff,
    create_project,
    create_school,
    create_session,
    create_task,
    create_user,
    create_venue,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


def plan(days: int, **fields: object) -> SessionPlan:
    start = timezone.now().replace(hour=13, minute=15, second=0, microsecond=0) + timedelta(days=days)
    fields = {"starts_at": start, "ends_at": start + timedelta(hours=2), "venue": create_venue()} | fields
    return SessionPlan(**fields)  # type: ignore[arg-type]


def signed(group: WorkGroup) -> WorkGroup:
    group.sessions.update(signed_at=timezone.now())
    return group


def test_publish_several_puts_all_of_them_into_the_catalogue() -> None:
    drafts = [create_work_group(status="draft", leads=[create_user()]) for _ in range(2)]

    years.publish_several(work_groups=[one.pk for one in drafts], by=create_hub_staff())

    assert list(WorkGroup.objects.published().order_by("pk")) == drafts
    assert HistoryLine.objects.filter(verb="work_group_published").count() == 2


def test_publish_several_publishes_none_where_one_cannot_be() -> None:
    good = create_work_group(status="draft", leads=[create_user()])
    bare = create_work_group(status="draft", leads=[create_user()], sessions=0, title="Bars")

    with pytest.raises(ValidationError) as refused:
        years.publish_several(work_groups=[good.pk, bare.pk], by=create_hub_staff())

    assert refused.value.messages == ["Bars: Add at least one session first, so that schools see what they book."]
    assert not WorkGroup.objects.published().exists()


def test_publish_several_of_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="Choose at least one group"):
        years.publish_several(work_groups=[], by=create_hub_staff())


def test_archive_takes_groups_that_are_over_out_of_the_lists() -> None:
    group = signed(create_ended_group()[0])

    years.archive(work_groups=[group.pk], by=create_hub_staff())

    group.refresh_from_db()
    assert group.status == "archived"
    assert list(violations()) == []


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: create_work_group(title="Bars", sessions=1), "It still meets"),
        (lambda: create_ended_group(title="Bars")[0], "1 register is not signed."),
        (lambda: create_work_group(title="Bars", status="draft"), "Only a group that is published"),
    ],
)
def test_archive_says_what_stops_a_group_and_archives_none(make: Callable[[], WorkGroup], why: str) -> None:
    good, other = signed(create_ended_group()[0]), make()

    with pytest.raises(ValidationError, match=f"Bars: {why}"):
        years.archive(work_groups=[good.pk, other.pk], by=create_hub_staff())

    good.refresh_from_db()
    assert good.status == "published"


def test_archive_is_stopped_by_bookings_that_wait_and_by_undated_sessions() -> None:
    group = create_work_group(capacity=0, sessions=0, title="Bars")
    create_booking(work_group=group)
    Session.objects.create(work_group=group, when_words="some day in June")

    with pytest.raises(ValidationError) as refused:
        years.archive(work_groups=[group.pk], by=create_hub_staff())

    words = "Bars: A session has no date yet. Give it one, or cancel it. 1 booking waits for an answer."
    assert refused.value.messages == [words]


def test_unarchive_makes_a_group_what_it_was() -> None:
    group = signed(create_ended_group()[0])
    years.archive(work_groups=[group.pk], by=create_hub_staff())

    years.unarchive(work_group=group, by=create_hub_staff(email="second@hub.example"))

    group.refresh_from_db()
    assert group.status == "published"
    with pytest.raises(ValidationError, match="not in the archive"):
        years.unarchive(work_group=group, by=create_hub_staff(email="third@hub.example"))


def test_remove_drafts_throws_away_sessions_tasks_and_files() -> None:
    group = create_work_group(status="draft", leads=[create_user()], sessions=1)
    file = create_attachment(task=create_task(session=group.sessions.get()))
    project = group.project

    years.remove_drafts(work_groups=[group.pk], by=create_hub_staff())

    assert (WorkGroup.objects.count(), Session.objects.count(), Attachment.objects.count()) == (0, 0, 0)
    assert not default_storage.exists(str(file.file.name))
    assert [line.verb for line in HistoryLine.objects.about(project)] == ["draft_removed"]


def test_remove_drafts_that_is_published_is_refused() -> None:
    with pytest.raises(ValidationError, match="Only a draft can be deleted"):
        years.remove_drafts(work_groups=[create_work_group().pk], by=create_hub_staff())


def test_remove_drafts_that_somebody_has_booked_is_refused() -> None:
    group = create_work_group()
    create_booking(work_group=group)
    WorkGroup.objects.update(status="draft")

    with pytest.raises(ValidationError, match="Somebody has booked it"):
        years.remove_drafts(work_groups=[group.pk], by=create_hub_staff())

    assert WorkGroup.objects.count() == 1


def test_remove_session_of_a_draft_renumbers_the_others() -> None:
    group = create_work_group(status="draft", sessions=3)
    first, second, third = group.sessions.all()

    series.remove_session(session=second, by=create_hub_staff())

    assert list(group.sessions.values_list("pk", "number")) == [(first.pk, 1), (third.pk, 2)]


def test_remove_session_that_schools_have_seen_is_refused() -> None:
    session = create_work_group(sessions=1).sessions.get()

    with pytest.raises(ValidationError, match="Cancel it instead"):
        series.remove_session(session=session, by=create_hub_staff())


def test_add_sessions_are_numbered_by_their_start_and_everybody_is_expected() -> None:
    group = create_work_group(sessions=1)
    create_booking(work_group=group, people=1)

    series.add_sessions(work_group=group, plans=[plan(60), plan(2), plan(30)], by=create_hub_staff())

    sessions = list(group.sessions.order_by("number"))
    assert [one.number for one in sessions] == [1, 2, 3, 4]
    assert [one.starts_at for one in sessions] == sorted(one.starts_at for one in sessions if one.starts_at)
    assert CalendarEntry.objects.filter(session__work_group=group).count() == 4
    assert list(violations()) == []


def test_add_sessions_at_a_moment_at_which_the_group_meets_already_adds_none() -> None:
    group, again = create_work_group(sessions=0), plan(30)
    series.add_sessions(work_group=group, plans=[again], by=create_hub_staff())

    with pytest.raises(ValidationError, match="Take one of the two out"):
        series.add_sessions(work_group=group, plans=[plan(50), again], by=create_hub_staff(email="b@hub.example"))

    assert group.sessions.count() == 1


def test_add_sessions_of_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="Leave at least one ticked"):
        series.add_sessions(work_group=create_work_group(), plans=[], by=create_hub_staff())


@pytest.mark.parametrize("status", ["archived", "cancelled"])
def test_add_sessions_to_a_group_that_is_over_is_refused(status: str) -> None:
    with pytest.raises(ValidationError, match="so no session is added"):
        series.add_sessions(work_group=create_work_group(status=status), plans=[plan(9)], by=create_hub_staff())


def test_add_sessions_make_a_venue_of_a_school_that_is_host_for_the_first_time() -> None:
    group, school = create_work_group(sessions=0), create_school(name="Oakfield")
    plans = [plan(10, venue=None), plan(20, venue=None), plan(30)]

    series.add_sessions(work_group=group, plans=plans, by=create_hub_staff(), hosts={0: school, 1: school})

    venue = Venue.objects.get(school=school)
    assert [one.venue for one in group.sessions.order_by("number")] == [venue, venue, plans[2].venue]
    assert (venue.name, venue.easting, venue.la_code) == ("Oakfield", school.easting, "855")


def test_add_sessions_that_end_before_they_begin_add_none() -> None:
    group, wrong = create_work_group(sessions=0), plan(10)
    wrong = plan(10, ends_at=wrong.starts_at)

    with pytest.raises(ValidationError, match="must end after it begins"):
        series.add_sessions(work_group=group, plans=[plan(5), wrong], by=create_hub_staff())

    assert group.sessions.count() == 0


def test_publish_by_itself_says_what_is_missing_still() -> None:
    with pytest.raises(ValidationError, match="Say who leads the group first"):
        programme.publish(work_group=create_work_group(status="draft"), by=create_hub_staff())


def test_archive_keeps_what_was_attended() -> None:
    group = create_work_group(sessions=0, project=create_project())
    session = create_session(work_group=group, days=-20)
    create_came(session=session, people=[create_user()])
    signed(group)

    years.archive(work_groups=[group.pk], by=create_hub_staff())

    assert session.attendances.count() == 1
