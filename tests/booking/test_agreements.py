"""The head teacher's agreement: asked by a link, answered without an account, and nothing freed by a no."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, User
from booking.actions import agreements, memberships, offers, places, programme, selection, transfers
from booking.integrity import violations
from booking.links import head_url
from booking.models import Agreement, Attendance, Booking, WorkGroup
from booking.personal import RETENTION
from booking.reports.todo.places import heads_to_ask
from notifications.chase import ask_heads
from notifications.delivery import drain
from notifications.models import Notice
from tests.booking.test_naming import at_work
from tests.factories import create_booking, create_hub_staff, create_lead, create_user, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)

HEAD = "head@school.example"
YES = {"answer": "agrees", "name": "Pat Moss", "role": "Headteacher"}


def booked(agreement: str = "needed", *, head_email: str = HEAD, **fields: object) -> Booking:
    group = create_work_group(title="Bar models", head_agreement=agreement, **fields)
    return create_booking(work_group=group, head_email=head_email)


def link(booking: Booking) -> str:
    return "/agree/" + head_url(Agreement.objects.get(booking=booking)).partition("/agree/")[2]


def mails(*kinds: str) -> list[tuple[str, str]]:
    drain()
    return list(Notice.objects.filter(kind__in=kinds).order_by("pk").values_list("kind", "to"))


def status(booking: Booking) -> str:
    return Booking.objects.get(pk=booking.pk).status


def test_needed_places_are_held_until_the_head_agrees() -> None:
    booking = booked()
    before = (status(booking), Attendance.objects.count(), mails("head_asked", "place_confirmed"))

    agreements.answer(booking=booking, **YES)

    assert before == ("held", 0, [("head_asked", HEAD)])
    assert (status(booking), Attendance.objects.count()) == ("confirmed", 6)
    assert [kind for kind, _ in mails("head_agrees", "booking_summary", "place_confirmed")] == [
        "head_agrees",
        "booking_summary",
        "place_confirmed",
        "place_confirmed",
    ]
    assert list(violations()) == []


def test_asked_booking_stands_meanwhile() -> None:
    booking = booked("asked")

    assert status(booking) == "confirmed"
    assert mails("head_asked") == [("head_asked", HEAD)]


def test_not_asked_group_asks_nobody() -> None:
    booked("")

    assert (Agreement.objects.count(), mails("head_asked", "head_to_ask")) == (0, [])


def test_head_answers_by_the_link_and_opening_it_changes_nothing(client: Client) -> None:
    booking = booked()
    url = link(booking)

    page = client.get(url).content.decode()
    opened = Agreement.objects.get().answer
    missing = client.post(url, {"answer": "agrees", "name": "", "role": ""}).content.decode()
    done = client.post(url, YES, follow=True).content.decode()

    assert ("What it asks of your school" in page, opened) == (True, "")
    assert ("Give your name: it is kept with the answer." in missing, status(booking)) == (True, "confirmed")
    assert "Thank you: you agree." in done
    agreement = Agreement.objects.get()
    assert (agreement.name, agreement.role, agreement.entered_by) == ("Pat Moss", "Headteacher", None)


def test_link_that_was_altered_or_went_to_a_former_address_opens_nothing(client: Client) -> None:
    booking = booked()
    url = link(booking)

    altered = client.get(url.replace("agree/", "agree/x"))
    agreements.ask_again(booking=booking, email="new@school.example", by=booking.made_by)

    assert (altered.status_code, client.get(url).status_code, client.get(link(booking)).status_code) == (404, 404, 200)
    assert mails("head_asked") == [("head_asked", "new@school.example")]


def test_no_frees_nothing_and_asks_who_booked() -> None:
    booking = booked("asked", capacity=2)
    waiting = create_booking(work_group=booking.work_group, head_email="other@school.example")

    agreements.answer(booking=booking, answer="disagrees", name="Pat Moss", role="Head", words="Not this term.")

    assert (status(booking), status(waiting)) == ("confirmed", "waiting")
    assert mails("head_disagrees") == [("head_disagrees", booking.made_by.email)]
    assert "Not this term." in Notice.objects.get(kind="head_disagrees").text
    assert [one.booking for one in heads_to_ask(timezone.localdate())] == [booking]


def test_question_goes_to_who_booked_and_to_the_hub_and_wants_words(client: Client) -> None:
    booking = booked()

    empty = client.post(link(booking), YES | {"answer": "asks"})
    client.post(link(booking), YES | {"answer": "asks", "words": "Who pays for cover?"})

    assert "Write your question here" in empty.content.decode()
    assert [to for _, to in mails("head_asks")] == [booking.made_by.email, "hub@hub.example"]
    assert status(booking) == "held"
    agreements.answer(booking=booking, **YES)
    assert status(booking) == "confirmed"


def test_head_agreeing_does_not_confirm_a_lead_whom_the_hub_does_not_know() -> None:
    lead = create_lead(state=Membership.State.REQUESTED)
    group = create_work_group(head_agreement="needed")
    booking = create_booking(work_group=group, by=lead, people=[lead, None], head_email=HEAD)

    agreements.answer(booking=booking, **YES)
    between = status(booking)
    memberships.confirm(membership=lead.memberships.get(), by=create_hub_staff())

    assert (between, status(booking)) == ("held", "confirmed")
    assert list(violations()) == []


def test_hub_confirming_the_lead_leaves_places_held_for_the_head() -> None:
    lead = create_lead(state=Membership.State.REQUESTED)
    group = create_work_group(head_agreement="needed")
    booking = create_booking(work_group=group, by=lead, people=[lead, None], head_email=HEAD)

    memberships.confirm(membership=lead.memberships.get(), by=create_hub_staff())
    between = status(booking)
    agreements.answer(booking=booking, **YES)

    assert (between, status(booking)) == ("held", "confirmed")


def test_waiting_school_asks_its_head_when_it_takes_an_offer() -> None:
    first = booked(capacity=2)
    second = create_booking(work_group=first.work_group, head_email="other@school.example")
    asked_before = mails("head_asked")

    places.withdraw(booking=first, reason="other", by=first.made_by)
    offers.accept(booking=second, by=second.made_by)

    assert asked_before == [("head_asked", HEAD)]
    assert mails("head_asked")[1:] == [("head_asked", "other@school.example")]
    assert status(second) == "held"


def test_application_asks_the_head_at_once_and_the_yes_counts_when_it_is_accepted() -> None:
    booking = booked(recruitment="application")
    agreements.answer(booking=booking, **YES)
    staff = create_hub_staff()

    selection.prepare(work_group=booking.work_group, bookings=[booking.pk], decision="accept", words="", by=staff)
    selection.release(work_group=booking.work_group, by=staff)

    assert status(booking) == "confirmed"


def test_interest_asks_no_head_before_the_hub_has_chosen() -> None:
    booking = booked(recruitment="interest")

    assert (status(booking), mails("head_asked")) == ("applied", [])


def test_yes_goes_along_when_a_booking_moves_to_a_parallel_group() -> None:
    booking = booked()
    agreements.answer(booking=booking, **YES)
    beside = create_work_group(head_agreement="needed", parallel_to=booking.work_group)

    new = transfers.transfer(booking=booking, to=beside, by=booking.made_by)

    assert (new.status, Agreement.objects.get().booking) == ("confirmed", new)


def test_head_is_reminded_once_and_then_who_booked_hears(client: Client) -> None:
    booking = booked(head_email=HEAD)
    asked = Agreement.objects.get().asked_at
    assert asked is not None

    for days in (1, 9, 12, 13):
        ask_heads(at_work(asked + timedelta(days=days)).replace(hour=10))
    reminded = mails("head_reminded", "head_silent")
    for days in (19, 23):
        ask_heads(at_work(asked + timedelta(days=days)))

    assert reminded[0] == ("head_reminded", HEAD)
    assert mails("head_reminded", "head_silent") == [("head_reminded", HEAD), ("head_silent", booking.made_by.email)]


def test_without_an_address_who_booked_gets_a_link_to_hand_over(log_in: Callable[[User], Client]) -> None:
    booking = booked(head_email="")

    page = log_in(booking.made_by).get(f"/bookings/{booking.pk}/head/").content.decode()

    assert mails("head_asked", "head_to_ask") == [("head_to_ask", booking.made_by.email)]
    assert "/agree/" in page
    assert "It came on paper" not in page


def test_paper_answers_are_entered_by_the_hub_alone(log_in: Callable[[User], Client]) -> None:
    booking, staff = booked(), create_hub_staff()
    paper = {"act": "paper", "paper-answer": "agrees", "paper-name": "Pat Moss", "paper-role": "Head"}

    log_in(booking.made_by).post(f"/bookings/{booking.pk}/head/", paper)
    by_lead = status(booking)
    log_in(staff).post(f"/bookings/{booking.pk}/head/", paper)

    assert (by_lead, status(booking)) == ("held", "confirmed")
    assert Agreement.objects.get().entered_by == staff


def test_other_schools_and_ended_bookings_have_no_such_page(log_in: Callable[[User], Client], client: Client) -> None:
    booking = booked()
    url = link(booking)

    other = log_in(create_lead()).get(f"/bookings/{booking.pk}/head/")
    places.withdraw(booking=booking, reason="cover", by=booking.made_by)
    late = client.post(url, YES)

    assert other.status_code == 404
    assert "There is nothing to answer any more" in client.get(url).content.decode()
    assert (late.status_code, Agreement.objects.get().answer) == (200, "")


def test_ask_again_is_refused_once_the_head_has_agreed() -> None:
    booking = booked()
    agreements.answer(booking=booking, **YES)

    with pytest.raises(ValidationError, match="has agreed already"):
        agreements.ask_again(booking=booking, email="", by=booking.made_by)


def test_group_cannot_stop_asking_while_places_wait_for_an_answer() -> None:
    booking = booked()
    group = WorkGroup.objects.get(pk=booking.work_group_id)
    group.head_agreement = ""

    with pytest.raises(ValidationError, match="1 booking waits for the head's answer"):
        programme.save_work_group(work_group=group, leads=[create_user()], by=create_hub_staff())


def test_page_says_to_which_sessions_the_head_comes(client: Client) -> None:
    booking = booked()
    booking.work_group.sessions.filter(number=1).update(for_heads=True)

    assert "No session that asks you to come" not in client.get(link(booking)).content.decode()


def test_name_of_the_head_goes_a_year_after_the_last_session() -> None:
    booking = booked()
    agreements.answer(booking=booking, **YES)
    rule = next(rule for rule in RETENTION if "head teacher" in rule.what)
    last = booking.work_group.sessions.latest("number").ends_at
    assert last is not None

    early = rule.due(last + timedelta(days=300)).count()
    later = last + timedelta(days=400)
    rule.dispose(rule.due(later), later)

    agreement = Agreement.objects.get()
    assert (early, agreement.answer, agreement.email, agreement.name) == (0, "agrees", "", "")
    assert rule.due(later).count() == 0


def test_booking_page_asks_for_the_head_where_the_group_does(log_in: Callable[[User], Client]) -> None:
    group, lead = create_work_group(head_agreement="needed"), create_lead()
    client = log_in(lead)

    page = client.get(f"/work-groups/{group.slug}/book/").content.decode()
    client.post(
        f"/work-groups/{group.slug}/book/",
        {"who_0": str(lead.pk), "who_1": "nobody", "head_email": HEAD},
    )
    check = client.get(f"/work-groups/{group.slug}/book/check/").content.decode()
    client.post(f"/work-groups/{group.slug}/book/place/")

    assert "Your head teacher’s e-mail" in page
    assert f"Asked to agree at {HEAD}" in check
    assert Agreement.objects.get().email == HEAD
    assert timezone.now() - timedelta(minutes=1) < (Agreement.objects.get().asked_at or timezone.now())


def test_booking_that_moves_to_a_group_that_asks_no_head_is_confirmed() -> None:
    booking = booked()
    beside = create_work_group(parallel_to=booking.work_group)

    new = transfers.transfer(booking=booking, to=beside, by=booking.made_by)

    assert (booking.status, new.status) == ("held", "confirmed")
    assert list(violations()) == []


def test_booking_that_moves_to_a_group_that_needs_the_head_is_held_and_asks() -> None:
    booking = booked("")
    beside = create_work_group(head_agreement="needed", parallel_to=booking.work_group)

    new = transfers.transfer(booking=booking, to=beside, by=booking.made_by)

    assert (new.status, mails("head_to_ask")) == ("held", [("head_to_ask", booking.made_by.email)])
    assert list(violations()) == []


def test_group_that_only_asks_can_be_edited_while_a_lead_waits_for_the_hub() -> None:
    lead = create_lead(state=Membership.State.REQUESTED)
    group = create_work_group(head_agreement="asked")
    create_booking(work_group=group, by=lead, people=[lead, None], head_email=HEAD)
    group = WorkGroup.objects.get(pk=group.pk)
    group.title = "Bar models, again"

    programme.save_work_group(work_group=group, leads=[create_user()], by=create_hub_staff())

    assert WorkGroup.objects.get().title == "Bar models, again"


def test_head_who_does_not_agree_reads_no_green_box(client: Client) -> None:
    url = link(booked())

    against, agreed = (
        client.post(url, YES | {"answer": answer}, follow=True).content.decode() for answer in ("disagrees", "agrees")
    )

    assert ["notice is-good" in page for page in (against, agreed)] == [False, True]
    assert "Sessions for you" in agreed
