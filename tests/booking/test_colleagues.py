"""A school's people: named, invited, confirmed, away and gone; and who takes over what they had."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.actions import members
from accounts.colleagues import NewColleague
from accounts.models import Membership, PeopleCheck, User
from accounts.models.checks import first_full_week
from booking.actions import colleagues, feeds, memberships, needs, offers, places
from booking.feeds import read
from booking.models import Attendance, CalendarEntry, Need
from notifications.delivery import drain
from notifications.models import Notice
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_school,
    create_session,
    create_teacher,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

LEAD, TEACHER = Membership.Role.LEAD, Membership.Role.TEACHER
KIM = NewColleague("Kim Lee", "kim@oakfield.example")


def membership_of(person: User) -> Membership:
    return person.memberships.get()


def mails() -> list[tuple[str, str]]:
    return list(Notice.objects.order_by("pk").values_list("kind", "to"))


# ── Naming and saying yes ──────────────────────────────────────────────────────────────────────────────────────────


def test_invite_names_several_and_leaves_who_belongs_already_as_they_are() -> None:
    lead = create_lead()
    school = membership_of(lead).school
    there = create_teacher(school=school)

    fresh = members.invite(
        school=school, colleagues=[KIM, NewColleague("Again", there.email or "")], role=TEACHER, by=lead
    )

    assert [(one.typed_name, one.typed_email, one.state, one.role) for one in fresh] == [
        ("Kim Lee", "kim@oakfield.example", "invited", "teacher")
    ]
    assert membership_of(there).typed_name == ""


def test_invite_by_somebody_who_does_not_book_for_the_school_is_refused() -> None:
    school = create_school()

    with pytest.raises(ValidationError, match="You do not book for this school"):
        members.invite(school=school, colleagues=[KIM], role=TEACHER, by=create_lead())
    assert Membership.objects.of_school(school).count() == 0


def test_invited_is_told_once_by_mail_with_a_way_to_log_in() -> None:
    lead = create_lead()
    members.invite(school=membership_of(lead).school, colleagues=[KIM], role=TEACHER, by=lead)

    drain()
    drain()

    assert mails() == [("colleague_invited", "kim@oakfield.example")]


def test_accept_shows_the_school_the_person_as_they_are() -> None:
    lead, known = create_lead(), create_user(name="Katherine Lee-Brown", email="kim@oakfield.example")
    (membership,) = members.invite(school=membership_of(lead).school, colleagues=[KIM], role=TEACHER, by=lead)
    assert membership.known_name == "Kim Lee"

    members.accept(membership=membership, by=known)

    membership.refresh_from_db()
    assert (membership.known_name, membership.state) == ("Katherine Lee-Brown", "active")


def test_accept_by_somebody_else_is_refused() -> None:
    lead = create_lead()
    (membership,) = members.invite(school=membership_of(lead).school, colleagues=[KIM], role=TEACHER, by=lead)

    with pytest.raises(ValidationError):
        members.accept(membership=membership, by=create_user())


def test_a_lead_sees_what_was_typed_on_every_page_until_the_person_says_yes(
    log_in: Callable[[User], Client],
) -> None:
    lead = create_lead()
    school = membership_of(lead).school
    known = create_user(name="Katherine Lee-Brown", email="kim@oakfield.example")
    work_group = create_work_group()
    booking = create_booking(work_group=work_group, by=lead, people=[KIM])
    _, token = feeds.make_feed(owner=lead, kind="school", school=school, shows_names=True)
    client = log_in(lead)
    theirs = membership_of(known)
    addresses = [
        booking.get_absolute_url(),
        "/bookings/",
        "/schools/people/",
        f"/schools/people/{theirs.pk}/",
        f"/schools/people/{theirs.pk}/leave/",
        f"/work-groups/{create_work_group().slug}/book/",
        "/",
        f"/calendar/{token}.ics",
    ]

    pages = [client.get(address).content.decode() for address in addresses]
    drain()

    shown = [*pages, *Notice.objects.filter(to=lead.email).values_list("text", flat=True)]
    assert [text for text in shown if "Katherine" in text or "Lee-Brown" in text] == []
    assert all("Kim Lee" in page for page in pages)
    assert "Katherine Lee-Brown" in log_in(create_hub_staff()).get(booking.get_absolute_url()).content.decode()


def test_a_named_colleagues_places_elsewhere_are_not_told_before_they_say_yes(
    log_in: Callable[[User], Client],
) -> None:
    elsewhere, lead = create_lead(), create_lead()
    known = create_user(name="Katherine Lee-Brown", email="kim@oakfield.example")
    theirs = create_work_group(title="Fractions elsewhere")
    Membership.objects.create(school=membership_of(elsewhere).school, person=known, state="active")
    create_booking(work_group=theirs, by=elsewhere, people=[known])
    (named,) = members.invite(school=membership_of(lead).school, colleagues=[KIM], role=TEACHER, by=lead)
    ours = create_work_group(people_from=1, people_to=1)
    client = log_in(lead)
    client.post(f"/work-groups/{ours.slug}/book/", {"who_0": known.pk, "cover_email": ""})

    before = client.get(f"/work-groups/{ours.slug}/book/check/").content.decode()
    members.accept(membership=named, by=known)
    after = client.get(f"/work-groups/{ours.slug}/book/check/").content.decode()

    assert ("Fractions elsewhere" in before, "Fractions elsewhere" in after) == (False, True)


# ── Asking to join ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_ask_to_join_goes_to_those_who_book_for_the_school_and_else_to_the_hub(settings: object) -> None:
    lead = create_lead()
    school, empty = membership_of(lead).school, create_school()

    members.ask_to_join(person=create_user(), school=school, role=TEACHER)
    members.ask_to_join(person=create_user(), school=empty, role=LEAD)
    drain()

    assert mails() == [("school_to_confirm", lead.email), ("school_to_confirm", "hub@hub.example")]


def test_confirm_by_a_lead_of_the_school_makes_a_member() -> None:
    lead = create_lead()
    asking = members.ask_to_join(person=create_user(), school=membership_of(lead).school, role=TEACHER)

    memberships.confirm(membership=asking, by=lead)

    asking.refresh_from_db()
    assert asking.state == "active"


def test_confirm_by_another_schools_lead_or_by_oneself_is_refused() -> None:
    person = create_user()
    asking = members.ask_to_join(person=person, school=create_school(), role=LEAD)

    for by in (create_lead(), person):
        with pytest.raises(ValidationError, match="You do not book for this school"):
            memberships.confirm(membership=asking, by=by)


def test_taking_back_what_one_asked_frees_what_was_held() -> None:
    lead = create_lead(state="requested")
    work_group = create_work_group()
    booking = create_booking(work_group=work_group, by=lead, people=[None, None])
    assert booking.status == "held"

    memberships.refuse(membership=membership_of(lead), by=lead)

    work_group.refresh_from_db()
    assert (work_group.taken, membership_of(lead).state) == (0, "ended")


# ── A code to the school ───────────────────────────────────────────────────────────────────────────────────────────


def code_sent() -> str:
    notice = Notice.objects.filter(to="office@known.example").latest("pk")
    text = bytes(notice.raw).decode()
    return next(word for word in text.split() if len(word) == 9 and word[4] == "-" and word == word.upper())


@pytest.fixture
def asking() -> Membership:
    school = create_school(contact_email="office@known.example")
    return membership_of(create_lead(school=school, state="requested"))


def test_school_code_confirms_the_lead_and_what_was_held(asking: Membership) -> None:
    booking = create_booking(work_group=create_work_group(), by=asking.person, people=[None, None])
    members.send_school_code(membership=asking, by=asking.person)

    confirmed = memberships.confirm_by_code(membership=asking, code=code_sent().lower(), by=asking.person)

    asking.refresh_from_db()
    assert (confirmed, asking.state) == ([booking], "active")


def test_school_code_is_closed_after_five_wrong_tries(asking: Membership) -> None:
    members.send_school_code(membership=asking, by=asking.person)
    code = code_sent()
    for _ in range(5):
        assert memberships.confirm_by_code(membership=asking, code="AAAA-AAAA", by=asking.person) is None

    with pytest.raises(ValidationError, match="can no longer be used"):
        memberships.confirm_by_code(membership=asking, code=code, by=asking.person)


def test_school_code_of_somebody_else_opens_nothing(asking: Membership) -> None:
    members.send_school_code(membership=asking, by=asking.person)

    with pytest.raises(ValidationError, match="can no longer be used"):
        memberships.confirm_by_code(membership=asking, code=code_sent(), by=create_user())


def test_school_code_is_not_sent_again_within_minutes(asking: Membership) -> None:
    members.send_school_code(membership=asking, by=asking.person)

    with pytest.raises(ValidationError, match="a short while ago"):
        members.send_school_code(membership=asking, by=asking.person)
    assert Notice.objects.filter(to="office@known.example").count() == 1


# ── Who books ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_change_role_keeps_somebody_who_books() -> None:
    lead = create_lead()

    with pytest.raises(ValidationError, match="Nobody else books for your school"):
        members.change_role(membership=membership_of(lead), role=TEACHER, by=lead)


def test_hand_over_changes_both_in_one_act() -> None:
    lead = create_lead()
    other = create_teacher(school=membership_of(lead).school)

    members.hand_over(membership=membership_of(lead), to=membership_of(other), by=lead)

    assert (membership_of(lead).role, membership_of(other).role) == ("teacher", "lead")


def test_hand_over_to_somebody_who_has_not_said_yes_is_refused() -> None:
    lead = create_lead()
    (named,) = members.invite(school=membership_of(lead).school, colleagues=[KIM], role=TEACHER, by=lead)

    with pytest.raises(ValidationError, match="has said yes"):
        members.hand_over(membership=membership_of(lead), to=named, by=lead)


# ── Leaving ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_leave_keeps_the_past_and_asks_who_takes_over() -> None:
    lead = create_lead()
    school = membership_of(lead).school
    kim = create_teacher(school=school)
    work_group = create_work_group(sessions=2)
    past = create_session(work_group=work_group, days=-7, number=9)
    booking = create_booking(work_group=work_group, by=lead, people=[kim])
    place = booking.places.get()
    Attendance.objects.create(session=past, person=kim, place=place, school=school)

    colleagues.leave(membership=membership_of(kim), by=lead)

    place.refresh_from_db()
    work_group.refresh_from_db()
    assert (place.person, place.live, work_group.taken) == (None, True, 1)
    assert list(Attendance.objects.filter(person=kim).values_list("session", "school")) == [(past.pk, school.pk)]
    assert set(CalendarEntry.objects.filter(person=kim).values_list("wanted", flat=True)) == {"CANCEL"}


def test_leave_with_a_successor_puts_them_in_every_coming_session() -> None:
    lead = create_lead()
    school = membership_of(lead).school
    kim, sam = create_teacher(school=school), create_teacher(school=school)
    work_group = create_work_group(sessions=2)
    place = create_booking(work_group=work_group, by=lead, people=[kim]).places.get()

    colleagues.leave(membership=membership_of(kim), by=lead, takes_over={place.pk: sam.pk})

    assert Attendance.objects.filter(person=sam, place=place).count() == 2
    assert Attendance.objects.filter(person=kim).count() == 0


def test_leave_tells_who_left_and_asks_those_who_book() -> None:
    lead = create_lead()
    kim = create_teacher(school=membership_of(lead).school)
    create_booking(work_group=create_work_group(sessions=1), by=lead, people=[kim])
    drain()
    Notice.objects.all().delete()

    colleagues.leave(membership=membership_of(kim), by=kim)
    drain()

    assert sorted(mails()) == sorted(
        [("invite_cancelled", kim.email), ("left_school", kim.email), ("places_to_name", lead.email)]
    )


def test_leave_with_a_successor_who_has_a_place_already_changes_nothing() -> None:
    lead = create_lead()
    school = membership_of(lead).school
    kim, sam = create_teacher(school=school, name="Kim"), create_teacher(school=school, name="Sam")
    booking = create_booking(work_group=create_work_group(), by=lead, people=[kim, sam])
    place = booking.places.get(person=kim)

    with pytest.raises(ValidationError, match="Sam already has a place"):
        colleagues.leave(membership=membership_of(kim), by=lead, takes_over={place.pk: sam.pk})
    assert membership_of(kim).state == "active"


def test_leave_closes_the_schools_pages_and_calendar_at_once(log_in: Callable[[User], Client]) -> None:
    lead = create_lead()
    school = membership_of(lead).school
    create_lead(school=school)
    booking = create_booking(work_group=create_work_group(), by=lead)
    _, token = feeds.make_feed(owner=lead, kind="school", school=school)
    client = log_in(lead)
    addresses = [booking.get_absolute_url(), "/schools/people/", f"/calendar/{token}.ics"]
    assert [client.get(address).status_code for address in addresses] == [200, 200, 200]

    colleagues.leave(membership=membership_of(lead), by=lead)

    # What they booked themselves stands for the school, and is no longer theirs to read.
    assert [client.get(address).status_code for address in addresses] == [404, 404, 404]
    assert read(token) is None


def test_leave_by_another_schools_lead_is_refused() -> None:
    kim = create_teacher(school=create_school())

    with pytest.raises(ValidationError, match="You do not book for this school"):
        colleagues.leave(membership=membership_of(kim), by=create_lead())


def test_join_another_school_leaves_the_record_with_the_first() -> None:
    lead = create_lead()
    school, other = membership_of(lead).school, create_school()
    kim = create_teacher(school=school)
    work_group = create_work_group(sessions=1)
    session = create_session(work_group=work_group, days=-1, number=8)
    booking = create_booking(work_group=work_group, by=lead, people=[kim])
    row = Attendance.objects.create(session=session, person=kim, place=booking.places.get(), school=school)
    colleagues.leave(membership=membership_of(kim), by=kim)

    members.ask_to_join(person=kim, school=other, role=TEACHER)

    row.refresh_from_db()
    assert (row.school, row.person) == (school, kim)
    assert list(kim.memberships.order_by("pk").values_list("school", "state")) == [
        (school.pk, "ended"),
        (other.pk, "requested"),
    ]


# ── What does not pass on ──────────────────────────────────────────────────────────────────────────────────────────


def test_leave_takes_what_somebody_asked_for_away_with_them() -> None:
    lead = create_lead()
    school = membership_of(lead).school
    kim, sam = create_teacher(school=school), create_teacher(school=school)
    place = create_booking(work_group=create_work_group(), by=lead, people=[kim]).places.get()
    needs.say(place=place, access="Ramp", food="", contact_me=False, agreed=True, by=kim)

    colleagues.leave(membership=membership_of(kim), by=lead, takes_over={place.pk: sam.pk})

    assert Need.objects.count() == 0


def test_request_of_somebody_who_once_booked_here_opens_and_ends_nothing_of_the_school(
    log_in: Callable[[User], Client],
) -> None:
    once, lead = create_lead(), create_lead()
    school = membership_of(once).school
    Membership.objects.create(school=school, person=lead, role=LEAD, state="active")
    booking = create_booking(work_group=create_work_group(), by=once, people=[None])
    colleagues.leave(membership=membership_of(once), by=lead)
    again = members.ask_to_join(person=once, school=school, role=LEAD)

    seen = [log_in(once).get(f"{booking.get_absolute_url()}{page}").status_code for page in ("", "withdraw/")]
    memberships.refuse(membership=again, by=once)

    booking.refresh_from_db()
    assert (seen, booking.status) == ([404, 404], "confirmed")


def test_offer_taken_by_a_confirmed_lead_is_confirmed_whoever_had_asked() -> None:
    lead, staff = create_lead(), create_hub_staff()
    school = membership_of(lead).school
    work_group = create_work_group(capacity=1, people_to=1)
    first = create_booking(work_group=work_group, people=1)
    waiting = create_booking(work_group=work_group, by=staff, school=school, people=[None])
    places.withdraw(booking=first, by=first.made_by, reason="other")

    taken = offers.accept(booking=waiting, by=lead)

    assert taken.status == "confirmed"


def test_invited_lead_books_only_after_saying_yes() -> None:
    lead = create_lead()
    (named,) = members.invite(school=membership_of(lead).school, colleagues=[KIM], role=LEAD, by=lead)

    with pytest.raises(ValidationError, match="You do not book for this school"):
        create_booking(work_group=create_work_group(), by=named.person, people=[None])


def test_refusals_call_a_colleague_what_was_typed() -> None:
    lead, elsewhere = create_lead(), create_lead()
    known = create_user(name="Katherine Realname", email="kim@oakfield.example")
    Membership.objects.create(school=membership_of(elsewhere).school, person=known, state="active")
    work_group = create_work_group()
    create_booking(work_group=work_group, by=elsewhere, people=[known])
    place = create_booking(work_group=work_group, by=lead, people=[None]).places.get()

    with pytest.raises(ValidationError, match=r"^\['Kim Lee already has a place in this group\.'\]$"):
        places.name_place(place=place, person=KIM, by=lead)


def test_colleague_of_somebody_unknown_cannot_say_yes_before_the_hub_does() -> None:
    unknown = create_lead(state="requested")
    create_booking(work_group=create_work_group(), by=unknown, people=[KIM])
    named = Membership.objects.get(typed_name="Kim Lee")

    with pytest.raises(ValidationError, match="does not know yet who named you"):
        members.accept(membership=named, by=named.person)
    memberships.confirm(membership=membership_of(unknown), by=create_hub_staff())
    named.refresh_from_db()
    members.accept(membership=named, by=named.person)

    named.refresh_from_db()
    assert named.state == "active"


def test_refusing_somebody_unknown_ends_what_they_named() -> None:
    unknown = create_lead(state="requested")
    create_booking(work_group=create_work_group(), by=unknown, people=[KIM])

    memberships.refuse(membership=membership_of(unknown), by=create_hub_staff())

    assert Membership.objects.get(typed_name="Kim Lee").state == "ended"


def test_refusing_a_colleague_who_asked_to_book_keeps_their_place_for_a_name_to_follow() -> None:
    lead = create_lead()
    school = membership_of(lead).school
    booking = create_booking(work_group=create_work_group(), by=lead, people=[KIM])
    kim = User.objects.get(email=KIM.email)
    asking = members.ask_to_join(person=kim, school=school, role=LEAD)

    memberships.refuse(membership=asking, by=lead)

    place = booking.places.get()
    assert (place.person, place.live, Attendance.objects.filter(person=kim).count()) == (None, True, 0)
    assert set(CalendarEntry.objects.filter(person=kim).values_list("wanted", flat=True)) == {"CANCEL"}


def test_stranger_who_was_named_and_taken_off_again_is_not_logged_out(log_in: Callable[[User], Client]) -> None:
    lead, stranger = create_lead(), create_user(email="kim@oakfield.example")
    client = log_in(stranger)
    client.get("/my/")
    (named,) = members.invite(school=membership_of(lead).school, colleagues=[KIM], role=TEACHER, by=lead)

    colleagues.leave(membership=named, by=lead)

    assert client.get("/my/").status_code == 200


def test_school_code_is_not_sent_again_by_asking_anew(asking: Membership) -> None:
    members.send_school_code(membership=asking, by=asking.person)
    memberships.refuse(membership=asking, by=asking.person)
    again = members.ask_to_join(person=asking.person, school=asking.school, role=LEAD)

    with pytest.raises(ValidationError, match="a short while ago"):
        members.send_school_code(membership=again, by=asking.person)


# ── Away ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_away_gets_security_mail_only_and_the_rest_when_back() -> None:
    lead = create_lead()
    kim = create_teacher(school=membership_of(lead).school)
    today = timezone.localdate()
    colleagues.set_away(person=kim, first=today, last=today + timedelta(days=30), by=kim)

    create_booking(work_group=create_work_group(sessions=1), by=lead, people=[kim])
    drain()
    told_away = Notice.objects.filter(to=kim.email).count()
    colleagues.set_away(person=kim, first=None, last=None, by=kim)
    drain()

    assert told_away == 0
    assert list(Notice.objects.filter(to=kim.email).values_list("kind", flat=True)) == ["invite"]


def test_away_of_somebody_at_another_school_is_not_mine_to_say() -> None:
    kim, lead = create_teacher(school=create_school()), create_lead()

    with pytest.raises(ValidationError):
        colleagues.set_away(
            person=kim, first=timezone.localdate(), last=None, by=lead, school=membership_of(lead).school
        )


@pytest.mark.parametrize(("year", "monday"), [(2025, 1), (2026, 7), (2027, 6), (2030, 2)])
# ── September ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_first_full_week_begins_on_a_monday_of_september(year: int, monday: int) -> None:
    assert first_full_week(year) == date(year, 9, monday)


def in_september(day: int) -> object:
    return timezone.make_aware(timezone.datetime(2026, 9, day, 9))  # type: ignore[attr-defined]


def test_ask_still_these_asks_each_school_with_leads_once_a_year() -> None:
    lead = create_lead()
    create_school()

    asked = [members.ask_still_these(now=in_september(day)) for day in (6, 7, 8, 30)]  # type: ignore[arg-type]
    drain()

    assert asked == [0, 1, 0, 0]
    assert mails() == [("people_check", lead.email)]


def test_still_these_ends_the_memberships_of_leavers_and_is_answered() -> None:
    lead = create_lead()
    school = membership_of(lead).school
    gone, there = create_teacher(school=school), create_teacher(school=school)
    check = PeopleCheck.objects.create(school=school, year=2026, asked_at=timezone.now())

    colleagues.still_these(check=check, leavers=[membership_of(gone).pk], by=lead)

    check.refresh_from_db()
    assert (membership_of(gone).state, membership_of(there).state) == ("ended", "active")
    assert check.answered_by == lead


def test_still_these_never_touches_another_schools_people() -> None:
    lead, stranger = create_lead(), create_teacher(school=create_school())
    check = PeopleCheck.objects.create(school=membership_of(lead).school, year=2026, asked_at=timezone.now())

    colleagues.still_these(check=check, leavers=[membership_of(stranger).pk], by=lead)

    assert membership_of(stranger).state == "active"


# ── The pages ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_colleague_invite_takes_a_pasted_list_and_says_which_line_is_wrong(log_in: Callable[[User], Client]) -> None:
    lead = create_lead()
    client = log_in(lead)
    pasted = "Kim Lee, kim@oakfield.example\nSam\tsam@oakfield.example\nAda <ada@oakfield.example>\n\nBob"

    refused = client.post("/schools/people/invite/", {"colleagues": pasted, "role": "teacher"})
    taken = client.post("/schools/people/invite/", {"colleagues": pasted[:-4], "role": "teacher"})

    assert "Line 5: give a name and an e-mail address" in refused.content.decode()
    assert taken.status_code == 302
    invited = Membership.objects.invited().order_by("typed_name").values_list("typed_name", "typed_email")
    assert list(invited) == [
        ("Ada", "ada@oakfield.example"),
        ("Kim Lee", "kim@oakfield.example"),
        ("Sam", "sam@oakfield.example"),
    ]


def test_colleague_leave_page_names_each_place_and_takes_the_successor(log_in: Callable[[User], Client]) -> None:
    lead = create_lead()
    school = membership_of(lead).school
    kim, sam = create_teacher(school=school), create_teacher(school=school)
    place = create_booking(work_group=create_work_group(title="Ratio"), by=lead, people=[kim]).places.get()
    address = f"/schools/people/{membership_of(kim).pk}/leave/"
    client = log_in(lead)

    page = client.get(address).content.decode()
    client.post(address, {f"place_{place.pk}": sam.pk})

    place.refresh_from_db()
    assert ("Ratio" in page, place.person, membership_of(kim).state) == (True, sam, "ended")


def test_school_people_costs_the_same_for_one_colleague_as_for_three(
    log_in: Callable[[User], Client], django_assert_max_num_queries: Callable[[int], object]
) -> None:
    lead = create_lead()
    school = membership_of(lead).school
    client = log_in(lead)
    client.get("/schools/people/")
    for number in (1, 2):
        for _ in range(number):
            create_teacher(school=school)
        with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
            assert client.get("/schools/people/").status_code == 200
