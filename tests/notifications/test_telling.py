"""Who is told what: acts become mails, calendar entries become invites, and what was undone is never told."""

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import icalendar
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import HistoryLine, Membership, User
from booking.actions import memberships, places, programme
from booking.changing import SessionPlan
from booking.models import Booking, CalendarEntry, Part, WorkGroup
from notifications.delivery import drain
from notifications.models import Notice
from notifications.owed import tell_entries
from tests.calendars import events_of
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_teacher,
    create_user,
    create_venue,
    create_work_group,
)
from tests.smtp_sink import SinkServer

pytestmark = pytest.mark.django_db(transaction=True)


def kinds(address: str) -> list[str]:
    return sorted(Notice.objects.filter(to=address).exclude(state="dropped").values_list("kind", flat=True))


def book_kim(work_group: WorkGroup, **options: object) -> tuple[Booking, User]:
    lead = create_lead(name="Lena Marsh", email="lena@school.example")
    kim = create_teacher(school=lead.memberships.get().school, name="Kim Patel", email="kim@school.example")
    return create_booking(work_group=work_group, by=lead, people=[kim], **options), kim


def calendar_of(message: EmailMessage) -> icalendar.Component:
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    events_of(data)
    calendar = icalendar.Calendar.from_ical(data)
    assert isinstance(calendar, icalendar.Calendar)
    return calendar


def chain(sink: SinkServer, address: str) -> list[tuple[str, int, str]]:
    """(METHOD, SEQUENCE, UID) of every invite that reached an address, in order."""
    found = []
    for to, message in zip((to for to, _ in sink.sink.mails), sink.sink.messages(), strict=True):
        if to == address and any(part.get_content_type() == "text/calendar" for part in message.walk()):
            calendar = calendar_of(message)
            event = next(iter(calendar.walk("VEVENT")))
            found.append((str(calendar["METHOD"]), int(str(event["SEQUENCE"])), str(event["UID"])))
    return found


def texts(smtp: SinkServer) -> list[str]:
    """The plain text of every mail that arrived, in order."""
    bodies = [message.get_body(("plain",)) for message in smtp.sink.messages()]
    return [body.get_content() if body else "" for body in bodies]


def move(work_group: WorkGroup, hours: int) -> None:
    session = work_group.sessions.get(number=1)
    assert session.starts_at is not None
    assert session.ends_at is not None
    later = timedelta(hours=hours)
    plan = replace(SessionPlan.of(session), starts_at=session.starts_at + later, ends_at=session.ends_at + later)
    programme.change_session(session=session, plan=plan, by=create_hub_staff())


def after_the_hold() -> None:
    CalendarEntry.objects.update(tell_after=timezone.now())


def test_booked_tells_the_person_who_booked_and_who_arranges_cover(smtp: SinkServer) -> None:
    book_kim(create_work_group(sessions=3), cover_email="cover@school.example")

    drain()

    assert kinds("kim@school.example") == ["invite", "invite", "invite", "place_confirmed"]
    assert kinds("lena@school.example") == ["booking_summary"]
    assert kinds("cover@school.example") == ["cover_dates"]


def test_booked_first_mail_says_who_when_where_and_has_one_button(smtp: SinkServer) -> None:
    work_group = create_work_group(sessions=1, title="Ratio Tables", bring="a mini whiteboard")
    book_kim(work_group)

    drain()

    message = next(one for one in smtp.sink.messages() if one["Subject"].startswith("Your place on"))
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Lena Marsh booked you on Ratio Tables" in text
    assert "1.15pm to 3.45pm" in text
    assert "a mini whiteboard" in text
    assert text.count("See my dates: http://127.0.0.1:8000/my/dates/") == 1


def test_booked_the_link_in_the_mail_opens_the_dates_without_a_log_in(smtp: SinkServer, client: object) -> None:
    book_kim(create_work_group(sessions=1))
    drain()
    text = next(one for one in smtp.sink.messages() if one["Subject"].startswith("Your place on")).as_string()
    link = text.replace("=\n", "").replace("=3D", "=").split("See my dates: ")[1].split()[0]

    response = client.get(link.removeprefix("http://127.0.0.1:8000"))  # type: ignore[attr-defined]  # a test client

    assert response.status_code == 200
    assert "Kim Patel" in response.content.decode()


def test_booked_by_an_unknown_lead_tells_only_her_until_she_is_confirmed(smtp: SinkServer) -> None:
    lead = create_lead(state=Membership.State.REQUESTED, email="new@school.example")
    kim = create_teacher(school=lead.memberships.get().school, email="kim@school.example")
    create_booking(work_group=create_work_group(sessions=2), by=lead, people=[kim])
    drain()
    assert (kinds("new@school.example"), kinds("kim@school.example")) == (["booking_held"], [])

    memberships.confirm(membership=lead.memberships.get(), by=create_hub_staff())
    drain()

    assert kinds("new@school.example") == ["booking_held", "school_confirmed"]
    assert kinds("kim@school.example") == ["invite", "invite", "place_confirmed"]


def test_told_twice_tells_once(smtp: SinkServer) -> None:
    book_kim(create_work_group(sessions=1))
    drain()
    HistoryLine.objects.update(told_at=None)

    assert drain() == 0


def test_invite_is_one_event_to_one_person_with_the_calendar_part_last(smtp: SinkServer) -> None:
    book_kim(create_work_group(sessions=1))

    drain()

    message = next(one for one in smtp.sink.messages() if one["Subject"].startswith("New:"))
    alternative, attachment = list(message.iter_parts())
    types = [part.get_content_type() for part in alternative.iter_parts()]
    calendar = list(alternative.iter_parts())[-1]
    assert message.get_content_type() == "multipart/mixed"
    assert types == ["text/plain", "text/html", "text/calendar"]
    assert calendar["Content-Type"].params["method"] == "REQUEST"
    assert calendar["Content-Transfer-Encoding"] == "base64"
    assert calendar["Content-Disposition"] is None
    assert attachment.get_payload(decode=True) == calendar.get_payload(decode=True)
    assert len(list(calendar_of(message).walk("VEVENT"))) == 1
    assert (message["To"], message["Cc"]) == ("Kim Patel <kim@school.example>", None)


def test_invite_chain_of_a_session_moved_and_cancelled_keeps_the_uid_and_rises(smtp: SinkServer) -> None:
    work_group = create_work_group(sessions=1)
    book_kim(work_group)
    drain()
    move(work_group, 1)
    after_the_hold()
    drain()
    programme.cancel_session(session=work_group.sessions.get(), reason="Snow", by=create_hub_staff())
    after_the_hold()
    drain()

    told = chain(smtp, "kim@school.example")

    assert [(method, sequence) for method, sequence, _ in told] == [("REQUEST", 0), ("REQUEST", 1), ("CANCEL", 2)]
    assert len({uid for _, _, uid in told}) == 1


def test_invite_of_two_changes_within_the_hold_leaves_as_one(smtp: SinkServer) -> None:
    work_group = create_work_group(sessions=1)
    book_kim(work_group)
    drain()
    move(work_group, 1)
    move(work_group, 1)

    assert drain() == 0
    after_the_hold()
    drain()

    assert [sequence for _, sequence, _ in chain(smtp, "kim@school.example")] == [0, 2]


def test_invite_withdrawn_before_it_was_told_never_leaves(smtp: SinkServer) -> None:
    booking, _ = book_kim(create_work_group(sessions=2))
    places.withdraw(booking=booking, reason="other", by=booking.made_by)

    drain()

    assert chain(smtp, "kim@school.example") == []
    assert CalendarEntry.objects.untold().count() == 0


def test_invite_that_did_not_leave_is_dropped_by_the_cancellation(smtp: SinkServer) -> None:
    booking, _ = book_kim(create_work_group(sessions=1))
    smtp.sink.answer = lambda number: "451 later"
    drain()
    places.withdraw(booking=booking, reason="other", by=booking.made_by)
    smtp.sink.answer = lambda number: "250 OK"
    Notice.objects.update(next_try_at=timezone.now())

    drain()

    assert chain(smtp, "kim@school.example") == []


def test_invite_that_may_have_arrived_is_cancelled(smtp: SinkServer) -> None:
    booking, _ = book_kim(create_work_group(sessions=1))
    smtp.sink.answer = lambda number: "hang up"  # taken, but the answer is lost
    drain()
    smtp.sink.answer = lambda number: "250 OK"
    places.withdraw(booking=booking, reason="other", by=booking.made_by)

    drain()

    assert [method for method, _, _ in chain(smtp, "kim@school.example")] == ["REQUEST", "CANCEL"]


def test_invite_leaves_every_calendar_that_it_came_to(smtp: SinkServer) -> None:
    work_group = create_work_group(sessions=1)
    _, kim = book_kim(work_group)
    drain()
    for address in ("kim@second.example", "kim@third.example"):
        User.objects.filter(pk=kim.pk).update(email=address)
        move(work_group, 1)
        after_the_hold()
        tell_entries(timezone.now())  # the mails to the second address are made, and overtaken before they leave

    drain()

    assert [one[:2] for one in chain(smtp, "kim@school.example")] == [("REQUEST", 0), ("CANCEL", 2)]
    assert chain(smtp, "kim@second.example") == []
    assert [one[:2] for one in chain(smtp, "kim@third.example")] == [("REQUEST", 2)]


def test_invites_of_many_read_the_words_of_the_hub_once() -> None:
    work_group = create_work_group(sessions=2)
    for _ in range(2):
        create_booking(work_group=work_group)
    CalendarEntry.objects.update(tell_after=timezone.now())

    with CaptureQueriesContext(connection) as asked:
        told = tell_entries(timezone.now())

    read = [query for query in asked if "notifications_wording" in query["sql"]]
    assert (told, len(read)) == (8, 1)


def test_invite_that_cannot_be_made_does_not_hold_up_the_others(smtp: SinkServer) -> None:
    work_group = create_work_group(sessions=2)
    _, kim = book_kim(work_group)
    User.objects.filter(pk=kim.pk).update(email="kim@a..example")  # no mail goes there, whoever wrote it
    create_booking(work_group=work_group, by=create_lead(email="ann@other.example"))

    drain()

    assert set(Notice.objects.filter(to="kim@a..example").values_list("state", flat=True)) == {"failed"}
    assert CalendarEntry.objects.untold().count() == 0
    assert kinds("ann@other.example") == ["booking_summary"]


def test_invite_opens_the_dates_of_who_has_a_place_and_the_register_of_who_leads(smtp: SinkServer) -> None:
    fran = create_user(email="fran@hub.example")
    work_group = create_work_group(sessions=1, leads=[fran], status=WorkGroup.Status.DRAFT)
    programme.publish(work_group=work_group, by=create_hub_staff())
    book_kim(work_group)

    drain()

    invites = {to: body for (to, _), body in zip(smtp.sink.mails, texts(smtp), strict=True) if "(UK time)" in body}
    assert "See my dates: http" in invites["kim@school.example"]
    assert (
        f"Open the register: http://127.0.0.1:8000/sessions/{work_group.sessions.get().pk}/register/"
        in (invites["fran@hub.example"])
    )


def test_invite_after_a_changed_address_is_cancelled_there_and_sent_here(smtp: SinkServer) -> None:
    work_group = create_work_group(sessions=1)
    _, kim = book_kim(work_group)
    drain()
    User.objects.filter(pk=kim.pk).update(email="kim@new.example")

    drain()
    drain()

    assert [one[:2] for one in chain(smtp, "kim@school.example")] == [("REQUEST", 0), ("CANCEL", 1)]
    assert [one[:2] for one in chain(smtp, "kim@new.example")] == [("REQUEST", 1)]


def test_invite_leaves_the_calendar_once_when_somebody_changes_to_a_calendar_link_and_comes_back(
    smtp: SinkServer,
) -> None:
    _, kim = book_kim(create_work_group(sessions=1))
    drain()
    for choice in (User.Invites.FEED, User.Invites.MAIL):
        User.objects.filter(pk=kim.pk).update(invites=choice)
        drain()
        drain()

    assert [one[:2] for one in chain(smtp, "kim@school.example")] == [("REQUEST", 0), ("CANCEL", 1), ("REQUEST", 2)]


def test_invite_is_not_mailed_to_who_keeps_a_calendar_link_but_changes_are(smtp: SinkServer) -> None:
    work_group = create_work_group(sessions=1)
    _, kim = book_kim(work_group)
    User.objects.filter(pk=kim.pk).update(invites=User.Invites.FEED)
    drain()
    assert chain(smtp, "kim@school.example") == []

    move(work_group, 1)
    drain()

    assert kinds("kim@school.example") == ["place_confirmed", "session_changed"]


def test_person_without_an_address_is_told_through_who_books(smtp: SinkServer) -> None:
    lead = create_lead(email="lena@school.example")
    kim = create_teacher(school=lead.memberships.get().school, name="Kim", email=None)
    create_booking(work_group=create_work_group(sessions=1), by=lead, people=[kim])

    drain()

    subjects = list(Notice.objects.filter(kind="place_confirmed").values_list("to", "subject"))
    assert [(to, subject.startswith("For Kim: Your place")) for to, subject in subjects] == [
        ("lena@school.example", True)
    ]


def test_person_without_an_address_is_told_of_changes_through_who_books(smtp: SinkServer) -> None:
    lead = create_lead(email="lena@school.example")
    kim = create_teacher(school=lead.memberships.get().school, name="Kim", email=None)
    work_group = create_work_group(sessions=1, title="Ratio")
    create_booking(work_group=work_group, by=lead, people=[kim])
    drain()

    programme.cancel_session(session=work_group.sessions.get(), reason="Snow", by=create_hub_staff())
    drain()

    notice = Notice.objects.get(kind="session_changed")
    assert (notice.to, notice.subject) == ("lena@school.example", "For Kim: Cancelled: Ratio, session 1")
    assert "Why: Snow." in notice.text


def test_session_changed_is_not_told_to_who_gave_the_place_up_before(smtp: SinkServer) -> None:
    work_group = create_work_group(sessions=1)
    booking, kim = book_kim(work_group)
    User.objects.filter(pk=kim.pk).update(invites=User.Invites.FEED)
    drain()
    places.withdraw(booking=booking, reason="other", by=booking.made_by)
    programme.cancel_session(session=work_group.sessions.get(), reason="Snow", by=create_hub_staff())

    drain()

    assert kinds("kim@school.example") == ["place_confirmed", "place_withdrawn"]


def test_place_confirmed_lists_only_the_sessions_that_this_part_comes_to(smtp: SinkServer) -> None:
    work_group = create_work_group(sessions=2)
    heads = Part.objects.create(work_group=work_group, name="Head")
    work_group.sessions.get(number=2).parts.add(heads)
    book_kim(work_group)

    drain()

    body = next(body for body in texts(smtp) if "You have a place on" in body)
    assert ("1. Session 1" in body, "2. Session 2" in body) == (True, False)


def test_facilitator_has_the_sessions_in_the_calendar_too(smtp: SinkServer) -> None:
    lead = create_user(email="fran@hub.example")
    work_group = create_work_group(sessions=2, leads=[lead], status=WorkGroup.Status.DRAFT)
    programme.publish(work_group=work_group, by=create_hub_staff())

    drain()

    assert kinds("fran@hub.example") == ["invite", "invite"]


def test_offer_tells_the_school_until_when(smtp: SinkServer) -> None:
    work_group = create_work_group(capacity=2)
    booked, waiting = create_booking(work_group=work_group), create_booking(work_group=work_group)
    places.withdraw(booking=booked, reason="cover", by=booked.made_by)

    drain()

    notice = Notice.objects.get(kind="places_offered")
    assert notice.person == waiting.made_by
    assert any("Take the places by" in text and "/offers/" in text for text in texts(smtp))
    assert notice.text == ""  # whoever holds its link answers


def test_cover_is_told_when_a_session_moves(smtp: SinkServer) -> None:
    work_group = create_work_group(sessions=1)
    book_kim(work_group, cover_email="cover@school.example")
    drain()

    move(work_group, 1)
    drain()

    text = Notice.objects.filter(to="cover@school.example").order_by("pk").last()
    assert text is not None
    assert "2.15pm to 4.45pm" in text.text


def test_venue_change_reaches_the_invite(smtp: SinkServer) -> None:
    work_group = create_work_group(sessions=1)
    book_kim(work_group)
    drain()
    session = work_group.sessions.get()
    plan = replace(SessionPlan.of(session), venue=create_venue(name="Beacon College"))
    programme.change_session(session=session, plan=plan, by=create_hub_staff())
    after_the_hold()

    drain()

    event = next(iter(calendar_of(smtp.sink.messages()[-1]).walk("VEVENT")))
    assert "Beacon College" in str(event["LOCATION"])
