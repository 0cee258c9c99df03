"""On the day: cancelled or moved online in two taps, told before all else, and a list of whom to ring."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.colleagues import NewColleague
from accounts.models import School, User
from accounts.personal import everything_about
from booking.actions import swaps, today
from booking.expectations import expect
from booking.links import person_dates_url
from booking.models import CalendarEntry, Call, Mobile, Session
from booking.reports import people
from booking.reports.ringing import changed_on_the_day
from notifications import owed
from notifications.calls import list_of
from notifications.delivery import drain
from notifications.models import Notice, Priority
from tests.factories import (
    create_booking,
    create_facilitation,
    create_hub_staff,
    create_lead,
    create_session,
    create_teacher,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


class Day:
    """A session in five hours that two people of a school come to, and who leads it."""

    def __init__(self) -> None:
        self.staff, self.leader = create_hub_staff(), create_user(name="Fran Lovell")
        self.group = create_work_group(sessions=1, title="Bar models")
        create_facilitation(work_group=self.group, person=self.leader)
        soon = timezone.now() + timedelta(hours=5)
        self.group.sessions.update(starts_at=soon, ends_at=soon + timedelta(hours=2))
        self.session = self.group.sessions.get()
        lead = create_lead()
        ann = create_teacher(school=lead.memberships.get().school, name="Ann Ash")
        self.booking = create_booking(work_group=self.group, by=lead, people=[ann, NewColleague("Tess Nomail")])
        School.objects.filter(pk=self.booking.school_id).update(telephone="0116 496 0123")
        self.people = [place.person for place in self.booking.places.all() if place.person]
        drain()
        Notice.objects.all().delete()

    def fresh(self) -> Session:
        return Session.objects.select_related("work_group").get(pk=self.session.pk)


def test_cancel_today_is_told_at_once_before_all_other_mail() -> None:
    day = Day()

    today.cancel_today(sessions=[day.session.pk], reason="Snow", by=day.leader)
    drain()

    mails = Notice.objects.filter(kind="invite_cancelled")
    assert {(mail.subject[:17], mail.priority, mail.state) for mail in mails} == {
        ("TODAY: Cancelled:", Priority.TODAY, "sent")
    }
    assert (mails.count(), CalendarEntry.objects.wanted().count()) == (1, 0)


def test_move_online_today_keeps_everybody_and_sends_the_link() -> None:
    day = Day()

    today.move_online_today(links={day.session.pk: "https://meet.hub.example/bars"}, reason="Snow", by=day.leader)
    owed.tell_entries(timezone.now())

    session = day.fresh()
    assert (session.mode, session.venue, session.link) == ("online", None, "https://meet.hub.example/bars")
    letters = [
        message_from_bytes(bytes(mail.raw), policy=policy.default) for mail in Notice.objects.filter(kind="invite")
    ]
    texts = [str(body.get_content()) for letter in letters if (body := letter.get_body(("plain",)))]
    assert {"https://meet.hub.example/bars" in text for text in texts} == {True}
    assert CalendarEntry.objects.wanted().filter(session=session).count() == 3  # and who leads it


def test_today_is_for_who_leads_the_group_and_for_the_hub() -> None:
    day = Day()

    with pytest.raises(ValidationError, match="do not lead this group"):
        today.cancel_today(sessions=[day.session.pk], reason="Snow", by=day.booking.made_by)


def test_today_is_not_for_another_day_nor_twice() -> None:
    day = Day()
    later = create_session(work_group=day.group, days=14, number=2)

    with pytest.raises(ValidationError, match="does not begin within a day"):
        today.cancel_today(sessions=[day.session.pk, later.pk], reason="Snow", by=day.staff)
    assert day.fresh().is_planned  # all or none
    today.cancel_today(sessions=[day.session.pk], reason="Snow", by=day.staff)
    with pytest.raises(ValidationError, match="cancelled already"):
        today.cancel_today(sessions=[day.session.pk], reason="Snow", by=day.staff)


def test_today_needs_a_reason_or_a_link() -> None:
    day = Day()

    with pytest.raises(ValidationError, match="Say why"):
        today.cancel_today(sessions=[day.session.pk], reason="  ", by=day.staff)
    with pytest.raises(ValidationError, match="joining link"):
        today.move_online_today(links={day.session.pk: ""}, reason="", by=day.staff)

    assert day.fresh().mode != "online"


def test_call_list_begins_with_whom_no_mail_has_reached() -> None:
    day = Day()
    first, second = day.people
    today.give_mobile(person=second, work_group=day.group, number="07700 900 123")

    today.cancel_today(sessions=[day.session.pk], reason="Snow", by=day.leader)
    drain()

    lines = list_of(day.fresh())
    assert [(line.person, line.mailed is not None, line.mobile) for line in lines] == [
        (second, False, "07700 900 123"),
        (first, True, ""),
    ]
    assert lines[0].school is not None
    assert lines[0].school.telephone == "0116 496 0123"


def test_call_list_is_ticked_once(log_in: Callable[[User], Client]) -> None:
    day = Day()
    client, url = log_in(day.leader), f"/sessions/{day.session.pk}/calls/"
    today.cancel_today(sessions=[day.session.pk], reason="Snow", by=day.leader)

    for _ in range(2):
        client.post(url, {"told": str(day.people[0].pk)})
    client.post(url, {"told": str(day.staff.pk)})  # not expected there

    assert list(Call.objects.values_list("person", "by")) == [(day.people[0].pk, day.leader.pk)]
    assert "by Fran Lovell" in client.get(url).content.decode()


def test_mobile_is_for_one_group_and_goes_with_it() -> None:
    day = Day()
    person = day.people[0]
    today.give_mobile(person=person, work_group=day.group, number="07700 900123")

    held = everything_about(person)["mobile_numbers"]
    over = timezone.now() + timedelta(days=31)

    assert [one["number"] for one in held] == ["07700 900123"]
    assert (Mobile.objects.outlived(timezone.now()).count(), Mobile.objects.outlived(over).count()) == (0, 1)
    with pytest.raises(ValidationError):
        today.give_mobile(person=person, work_group=day.group, number="ring me")
    with pytest.raises(ValidationError, match="no coming session"):
        today.give_mobile(person=person, work_group=create_work_group(), number="07700 900123")
    today.give_mobile(person=person, work_group=day.group, number="")
    assert Mobile.objects.count() == 0


def test_pages_of_the_day_do_it_in_one_step(log_in: Callable[[User], Client]) -> None:
    day = Day()
    client, url = log_in(day.leader), f"/sessions/{day.session.pk}/today/"

    missing = client.post(url, {"act": "cancel", "reason": ""})
    done = client.post(url, {"act": "online", "link": "https://meet.hub.example/bars"})

    assert (missing.status_code, done["Location"]) == (200, f"/sessions/{day.session.pk}/calls/")
    assert day.fresh().mode == "online"


def test_office_page_takes_all_of_the_day_at_once(log_in: Callable[[User], Client]) -> None:
    days = [Day(), Day()]
    client = log_in(days[0].staff)
    chosen = [str(day.session.pk) for day in days]

    wrong = client.post("/office/today/", {"act": "online", "sessions": chosen, "reason": "Snow"})
    done = client.post("/office/today/", {"act": "cancel", "sessions": chosen, "reason": "Snow"})

    assert ("joining link" in wrong.content.decode(), done.status_code) == (True, 302)
    assert [day.fresh().status for day in days] == ["cancelled", "cancelled"]


def test_office_page_ticks_all_and_then_shows_whom_to_ring(log_in: Callable[[User], Client]) -> None:
    days = [Day(), Day()]
    client = log_in(days[0].staff)

    first = client.get("/office/today/").content.decode()
    chosen = [str(day.session.pk) for day in days]
    after = client.post("/office/today/", {"act": "cancel", "sessions": chosen, "reason": "Snow"}, follow=True)

    assert (first.count(" checked"), "Whom to ring" in first) == (2, False)
    page = after.content.decode()
    assert [f'href="/sessions/{day.session.pk}/calls/"' in page for day in days] == [True, True]


@pytest.mark.parametrize("act", ["cancel", "online"])
def test_call_list_stays_at_hand_until_everybody_is_told(log_in: Callable[[User], Client], act: str) -> None:
    day = Day()
    client, office, link = log_in(day.leader), log_in(day.staff), f'href="/sessions/{day.session.pk}/calls/"'
    pages = [(client, "/registers/"), (client, f"/sessions/{day.session.pk}/today/")]
    pages += [(office, f"/office/sessions/{day.session.pk}/"), (office, "/office/today/")]
    before = [link in who.get(url).content.decode() for who, url in pages]
    if act == "cancel":
        today.cancel_today(sessions=[day.session.pk], reason="Snow", by=day.leader)
    else:
        today.move_online_today(links={day.session.pk: "https://meet.hub.example/bars"}, reason="", by=day.leader)

    meanwhile = [link in who.get(url).content.decode() for who, url in pages]
    for person in day.people:
        today.note_call(session=day.fresh(), person=person, by=day.leader)

    after = [link in who.get(url).content.decode() for who, url in (pages[0], pages[3])]
    assert (before, meanwhile, after) == ([False] * 4, [True] * 4, [False] * 2)


def test_call_list_is_not_for_what_was_changed_before_the_day() -> None:
    day = Day()
    long_ago = timezone.now() - timedelta(days=3)
    Session.objects.filter(pk=day.session.pk).update(status="cancelled", revision=1, changed_at=long_ago)

    assert list(changed_on_the_day(timezone.now())) == []


def test_my_page_shows_what_was_cancelled_today_and_leads_with_what_takes_place(
    log_in: Callable[[User], Client],
) -> None:
    day = Day()
    later = create_session(work_group=day.group, days=14, number=2)
    expect(list(day.booking.places.all()), now=timezone.now())
    today.cancel_today(sessions=[day.session.pk], reason="The boiler has burst", by=day.leader)
    ann = next(person for person in day.people if person.name == "Ann Ash")

    page = log_in(ann).get("/my/")
    by_link = Client().get("/my/dates/" + person_dates_url(ann).rstrip("/").rsplit("/", 1)[1] + "/").content.decode()

    year, text = page.context["year"], page.content.decode()
    assert ([one.pk for one in year.called_off], year.next.session.pk) == ([day.session.pk], later.pk)
    for shown in (text, by_link):
        assert ("The boiler has burst" in shown, "<s>Bar models, session 1</s>" in shown) == (True, True)


def test_my_page_shows_nothing_cancelled_to_who_was_not_to_come() -> None:
    day = Day()
    gone = day.people[0]
    swaps.withdraw_place(place=day.booking.places.get(person=gone), reason="other", by=day.booking.made_by)

    today.cancel_today(sessions=[day.session.pk], reason="Snow", by=day.leader)

    assert [people.my_year(one).called_off for one in day.people] == [[], [day.fresh()]]
