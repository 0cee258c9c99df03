"""People in two tabs, logged out meanwhile, or of two minds: they read a sentence, and nothing wrong is booked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from booking.actions import answers, places, programme, swaps, today
from booking.changing import SessionPlan
from booking.integrity import violations
from booking.models import Attendance, Booking, Call, Session
from booking.models.places import Reason
from booking.templatetags.words import day, day_short
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_teacher,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]


class Two:
    """A lead with two colleagues, and a group."""

    def __init__(self) -> None:
        self.lead = create_lead()
        school = self.lead.memberships.get().school
        self.ann, self.bea = (create_teacher(school=school, name=name) for name in ("Ann Ash", "Bea Birch"))
        self.group = create_work_group(title="Bar models")
        self.url = f"/work-groups/{self.group.slug}/book/"

    def choose(self, client: Client, *people: User) -> str:
        """Step one; what stands in the form of step two for what was looked at."""
        chosen = {f"who_{number}": str(person.pk) for number, person in enumerate(people)}
        page = client.post(self.url, {"who_1": "nobody", **chosen}, follow=True).content.decode()
        return page.partition('name="seen" value="')[2].partition('"')[0]


def test_booking_of_an_earlier_tab_is_looked_at_again_and_books_nothing(log_in: LogIn) -> None:
    two = Two()
    client = log_in(two.lead)
    first = two.choose(client, two.ann)
    second = two.choose(client, two.bea)

    refused = client.post(f"{two.url}place/", {"seen": first}, follow=True).content.decode()
    before = Booking.objects.count()
    client.post(f"{two.url}place/", {"seen": second})

    assert ("changed in another tab" in refused, before) == (True, 0)
    assert [place.person for place in Booking.objects.get().places.all()] == [two.bea]


def test_booking_after_a_log_in_leads_back_to_the_answers_or_says_that_they_are_gone(log_in: LogIn) -> None:
    two = Two()
    client = log_in(two.lead)

    gone = client.get(f"{two.url}place/", follow=True).content.decode()
    two.choose(client, two.ann)
    back = client.get(f"{two.url}place/")

    assert "Your answers are no longer here" in gone
    assert (back.status_code, back["Location"], Booking.objects.count()) == (302, f"{two.url}check/", 0)


def test_booking_of_the_same_colleague_twice_is_said_where_it_was_chosen(log_in: LogIn) -> None:
    two = Two()

    page = log_in(two.lead).post(two.url, {"who_0": str(two.ann.pk), "who_1": str(two.ann.pk)}).content.decode()

    assert "You have chosen this colleague already." in page


def test_withdraw_after_apologies_and_a_colleague_sent_frees_the_place() -> None:
    two = Two()
    booking = create_booking(work_group=two.group, by=two.lead, people=[two.ann])
    session, place = two.group.sessions.earliest("number"), booking.places.get()
    answers.answer(person=two.ann, session=session, answer=answers.CANNOT, by=two.ann)
    swaps.send(place=place, sessions=[session.pk], to=two.bea.pk, by=two.lead)

    places.withdraw(booking=booking, reason=Reason.OTHER, by=two.lead)

    assert (Attendance.objects.count(), list(violations())) == (0, [])


def test_change_session_into_the_past_is_refused() -> None:
    group = create_work_group(sessions=1)
    session, ago = group.sessions.get(), timezone.now() - timedelta(days=30)
    plan = replace(SessionPlan.of(session), starts_at=ago, ends_at=ago + timedelta(hours=2))

    with pytest.raises(ValidationError, match="That moment is over"):
        programme.change_session(session=session, plan=plan, by=create_hub_staff())

    assert Session.objects.get().starts_at == session.starts_at


def test_call_about_one_change_does_not_count_for_the_next() -> None:
    leader = create_user()
    group = create_work_group(sessions=1, leads=[leader])
    booking = create_booking(work_group=group, people=1)
    soon = timezone.now() + timedelta(hours=3)
    Session.objects.update(starts_at=soon, ends_at=soon + timedelta(hours=2))
    session, person = group.sessions.get(), booking.places.get().person
    assert person is not None
    today.move_online_today(links={session.pk: "https://meet.hub.example/x"}, reason="Snow", by=leader)
    today.note_call(session=session, person=person, by=leader)

    today.cancel_today(sessions=[session.pk], reason="Power cut", by=leader)

    assert Call.objects.count() == 0


def test_change_session_of_nothing_has_no_preview_and_no_button(log_in: LogIn) -> None:
    session = create_work_group(sessions=1).sessions.get()
    client, url = log_in(create_hub_staff()), f"/office/sessions/{session.pk}/"
    form = client.get(url).context["form"]
    same = {one.html_name: one.value() if one.value() is not None else "" for one in form}
    same = {name: value for name, value in same.items() if value is not False}

    answer = client.post(url, same)
    other = client.post(url, same | {"title": "Ratio tables"})

    assert (answer.status_code, answer.headers.get("Location")) == (
        302,
        f"/office/work-groups/{session.work_group_id}/",
    )
    assert "what would happen" in other.content.decode()


def test_booking_twice_leads_to_the_booking_that_is_there(log_in: LogIn) -> None:
    lead, group = create_lead(), create_work_group(sessions=1)
    client, url = log_in(lead), f"{group.get_absolute_url()}book/"
    client.post(url, {"who_0": "later", "who_1": "nobody"})
    there = create_booking(work_group=group, by=lead, people=[None])

    answer = client.post(f"{url}place/")

    assert answer.headers["Location"] == there.get_absolute_url()


def test_given_up_place_says_so_in_words(log_in: LogIn) -> None:
    lead = create_lead()
    booking = create_booking(work_group=create_work_group(sessions=1), by=lead, people=[None, None])
    swaps.withdraw_place(place=booking.places.all()[0], reason="other", by=lead)

    page = log_in(lead).get(booking.get_absolute_url()).content.decode()

    assert page.count(f"Given up on {day(timezone.localdate())}") == 1


def test_check_page_of_a_meeting_shows_its_date_alone(log_in: LogIn) -> None:
    network = create_work_group(unit="session", people_to=1)
    chosen, others = network.sessions.get(number=2), network.sessions.exclude(number=2)
    client, url = log_in(create_lead()), f"{network.get_absolute_url()}book/"
    client.post(url, {"session": chosen.pk, "who_0": "later"})

    page = client.get(f"{url}check/").content.decode()

    assert day_short(chosen.starts_at) in page
    assert [day_short(one.starts_at) in page for one in others] == [False, False]
