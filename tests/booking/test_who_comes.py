"""Whoever is named, sent or takes over: rules, clashes and cut-offs are asked, and why and how stand in the history."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import HistoryLine, User
from booking import emails
from booking.actions import apologies, places, swaps
from booking.integrity import violations
from booking.models import Booking, CalendarEntry, EligibilityRule, Place, WorkGroup
from booking.models.places import Reason
from booking.templatetags.words import day
from notifications.delivery import drain
from notifications.models import Notice
from tests.booking.test_swaps import Pair, expected, in_calendar
from tests.factories import (
    create_booking,
    create_facilitation,
    create_hub_staff,
    create_question,
    create_teacher,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]


def only_teachers(pair: Pair, *, blocks: bool) -> None:
    """The group is for teachers; Sam is a governor."""
    EligibilityRule.objects.create(work_group=pair.group, kind="role", values=["teacher"], blocks=blocks)
    WorkGroup.objects.filter(pk=pair.group.pk).update(has_rules=True)
    User.objects.filter(pk=pair.sam.pk).update(job="Governor")


def elsewhere(pair: Pair, who: User) -> None:
    """Somebody is in another group on the very afternoons."""
    create_booking(work_group=create_work_group(title="Mastery elsewhere"), by=pair.lead, people=[who])


def to_name(pair: Pair) -> Place:
    """Tom's place, kept for a name to follow."""
    place = pair.booking.places.get(person=pair.tom)
    return swaps.take_over(place=place, to=None, by=pair.lead)


# Rules of the group


def test_rules_in_the_way_refuse_whoever_is_named_sent_or_takes_over() -> None:
    pair = Pair()
    place = to_name(pair)
    only_teachers(pair, blocks=True)
    place.refresh_from_db()

    for act in (
        lambda: places.name_place(place=place, person=pair.sam, by=pair.lead),
        lambda: swaps.take_over(place=pair.place, to=pair.sam.pk, by=pair.lead),
        lambda: swaps.send(place=pair.place, sessions=[pair.sessions[0].pk], to=pair.sam.pk, by=pair.kim),
    ):
        with pytest.raises(ValidationError, match=r"not what we know of Sam\. Please ask the hub"):
            act()

    assert ([expected(session) for session in pair.sessions], list(violations())) == ([["Kim"]] * 3, [])


def test_rules_are_set_aside_by_the_hub_alone_with_a_reason_that_stands() -> None:
    pair, leader, staff = Pair(), create_user(name="Fran"), create_hub_staff()
    create_facilitation(work_group=pair.group, person=leader)
    place = to_name(pair)
    only_teachers(pair, blocks=True)
    why = {"reached": "By telephone", "all_the_same": "Leads maths here"}

    with pytest.raises(ValidationError, match="ask the hub"):
        places.name_place(place=place, person=pair.sam, by=leader, all_the_same="I know him")
    with pytest.raises(ValidationError, match="Say why"):
        places.name_place(place=place, person=pair.sam, by=staff)
    swaps.send(place=pair.place, sessions=[pair.sessions[0].pk], to=pair.sam.pk, by=staff, **why)
    swaps.come_after_all(place=pair.place, session=pair.sessions[0], by=staff)
    places.name_place(place=place, person=pair.sam, by=staff, **why)

    for verb in ("stand_in_sent", "place_named"):
        reason = HistoryLine.objects.filter(verb=verb).latest("pk").reason
        assert reason == "All the same: Leads maths here · By telephone"


def test_rules_about_the_school_are_not_asked_again_of_one_that_has_its_booking() -> None:
    pair = Pair()
    place = to_name(pair)
    EligibilityRule.objects.create(work_group=pair.group, kind="authority", values=["856"], blocks=True)
    WorkGroup.objects.filter(pk=pair.group.pk).update(has_rules=True)

    places.name_place(place=place, person=pair.sam, by=pair.lead)

    assert expected(pair.sessions[0]) == ["Kim", "Sam"]


# A second look


def test_place_name_page_shows_a_clash_before_it_is_done(log_in: LogIn) -> None:
    pair = Pair()
    place = to_name(pair)
    elsewhere(pair, pair.sam)
    client, url, data = log_in(pair.lead), f"/places/{place.pk}/name/", {"who": str(pair.sam.pk)}

    first = client.post(url, data)
    page = first.content.decode()
    before = Place.objects.get(pk=place.pk).person
    sign = first.context["look"].sign
    again = client.post(url, data | {"seen": sign})

    assert ("Sam is at Mastery elsewhere" in page, "Give them the place all the same" in page) == (True, True)
    assert (before, again.status_code, Place.objects.get(pk=place.pk).person) == (None, 302, pair.sam)


def test_place_name_page_names_who_is_free_at_once(log_in: LogIn) -> None:
    pair = Pair()
    place = to_name(pair)

    answer = log_in(pair.lead).post(f"/places/{place.pk}/name/", {"who": str(pair.sam.pk)})

    assert (answer.status_code, Place.objects.get(pk=place.pk).person) == (302, pair.sam)


def test_place_change_page_shows_what_warns_before_it_is_done(log_in: LogIn) -> None:
    pair = Pair()
    only_teachers(pair, blocks=False)
    elsewhere(pair, pair.sam)
    client, url = log_in(pair.lead), f"/places/{pair.place.pk}/"
    send = {"act": "send", "send-who": str(pair.sam.pk), "send-sessions": [pair.sessions[1].pk]}

    sent = client.post(url, send)
    over = client.post(url, {"act": "take_over", "over-who": str(pair.sam.pk)})
    done = client.post(url, send | {"seen": sent.context["look"].sign})

    assert [words.split(".")[0].split(" on ")[0] for words in sent.context["look"].words] == [
        "Sam is at Mastery elsewhere",
        f"{pair.group} is for: teacher",
    ]
    assert len(over.context["look"].words) == 4  # three afternoons, and the rule
    assert (done.status_code, expected(pair.sessions[1])) == (302, ["Kim: Substitute sent", "Sam", "Tom"])


def test_office_booking_create_page_shows_clashes_and_rules_before_it_books(log_in: LogIn) -> None:
    pair = Pair()
    only_teachers(pair, blocks=False)
    elsewhere(pair, pair.sam)
    group = create_work_group(people_to=1)
    EligibilityRule.objects.create(work_group=group, kind="role", values=["teacher"])
    WorkGroup.objects.filter(pk=group.pk).update(has_rules=True)
    url = f"/office/work-groups/{group.pk}/book/"
    data = {"school": pair.school.pk, "key": str(uuid4()), "who_0": str(pair.sam.pk), "via": "telephone"}
    client = log_in(create_hub_staff())

    first = client.post(url, data)
    booked = Booking.objects.filter(work_group=group).count()
    again = client.post(url, data | {"seen": first.context["look"].sign})

    page = first.content.decode()
    assert ("Sam is at Mastery elsewhere" in page, "not what we know of Sam" in page) == (True, True)
    assert ("Book all the same" in page, booked, again.status_code) == (True, 0, 302)
    assert Booking.objects.get(work_group=group).places.get().person == pair.sam


# Cut-offs


def test_cut_off_of_a_group_goes_before_the_hubs(settings: LazySettings) -> None:
    settings.HUB_CHANGES_UNTIL_HOURS = 24
    own, hubs = create_work_group(changes_until_hours=0), create_work_group()

    assert (own.cut_off, hubs.cut_off) == (timedelta(0), timedelta(hours=24))


def test_send_page_lists_no_session_past_the_cut_off_but_for_the_hub(log_in: LogIn) -> None:
    pair = Pair(changes_until_hours=24 * 20)
    url, first = f"/places/{pair.place.pk}/", pair.sessions[0]

    school, hub = (log_in(who).get(url) for who in (pair.lead, create_hub_staff()))

    listed = [[pk for pk, _ in page.context["send"].fields["sessions"].choices] for page in (school, hub)]
    assert listed == [[one.pk for one in pair.sessions[1:]], [one.pk for one in pair.sessions]]
    assert "until 480 hours before a session" in school.content.decode()
    own = log_in(pair.kim).get(f"/my/missed/{first.pk}/").content.decode()
    assert ("It is too late to send a colleague yourself" in own, ">Sam<" in own) == (True, False)


def test_send_past_the_cut_off_is_for_the_hub_and_who_leads_the_group() -> None:
    pair, leader = Pair(changes_until_hours=24 * 20), create_user(name="Fran")
    create_facilitation(work_group=pair.group, person=leader)

    for by in (pair.lead, pair.kim):
        with pytest.raises(ValidationError, match="ring the hub"):
            swaps.send(place=pair.place, sessions=[pair.sessions[0].pk], to=pair.sam.pk, by=by)
    swaps.send(place=pair.place, sessions=[pair.sessions[0].pk], to=pair.sam.pk, by=leader)
    swaps.come_after_all(place=pair.place, session=pair.sessions[0], by=create_hub_staff())

    assert expected(pair.sessions[0]) == ["Kim", "Tom"]


# From a later session on


def test_take_over_from_a_later_session_leaves_the_ones_before_to_who_had_the_place() -> None:
    pair = Pair()
    apologies.say_for(place=pair.place, session=pair.sessions[0], by=pair.lead)
    drain()
    Notice.objects.all().delete()

    place = swaps.take_over(place=pair.place, to=pair.sam.pk, first=pair.sessions[2], by=pair.lead)
    CalendarEntry.objects.update(tell_after=timezone.now())  # the time for second thoughts has passed
    drain()

    assert place.person == pair.sam
    assert [expected(session) for session in pair.sessions] == [
        ["Kim: Apologies", "Sam: Substitute sent", "Tom"],
        ["Kim", "Sam: Substitute sent", "Tom"],
        ["Sam", "Tom"],
    ]
    assert [in_calendar(session) for session in pair.sessions] == [["Kim", "Tom"], ["Kim", "Tom"], ["Sam", "Tom"]]
    calendars = Notice.objects.filter(kind__startswith="invite").values_list("kind", "to")
    assert sorted(calendars) == [("invite", pair.sam.email), ("invite_cancelled", pair.kim.email)]
    assert list(violations()) == []


def test_take_over_from_a_later_session_is_told_with_its_dates() -> None:
    pair = Pair()
    drain()
    Notice.objects.all().delete()

    swaps.take_over(place=pair.place, to=pair.sam.pk, first=pair.sessions[1], by=pair.lead)
    drain()

    before, (after,) = Notice.objects.get(kind="place_passed_on"), emails.place_confirmed(pair.sam, pair.booking)
    assert ("until then you come" in before.text, before.to, after.to) == (True, pair.kim.email, pair.sam.email)
    assert [day(session.starts_at) in after.text for session in pair.sessions] == [False, True, True]


def test_take_over_from_a_later_session_keeps_whoever_was_sent_before_it() -> None:
    pair = Pair()
    ann = create_teacher(school=pair.school, name="Ann")
    swaps.send(place=pair.place, sessions=[pair.sessions[0].pk], to=ann.pk, by=pair.lead)
    swaps.send(place=pair.place, sessions=[pair.sessions[1].pk], to=pair.sam.pk, by=pair.lead)

    swaps.take_over(place=pair.place, to=pair.sam.pk, first=pair.sessions[2], by=pair.lead)

    assert [expected(session) for session in pair.sessions] == [
        ["Ann", "Sam: Substitute sent", "Tom"],
        ["Sam", "Tom"],
        ["Sam", "Tom"],
    ]
    assert [in_calendar(session) for session in pair.sessions] == [["Ann", "Tom"], ["Sam", "Tom"], ["Sam", "Tom"]]
    assert list(violations()) == []


def test_take_over_from_a_later_session_needs_a_name_and_a_session_of_the_group() -> None:
    pair = Pair()
    other = create_work_group().sessions.get(number=1)

    with pytest.raises(ValidationError, match="begin with the next session"):
        swaps.take_over(place=pair.place, to=None, first=pair.sessions[1], by=pair.lead)
    with pytest.raises(ValidationError, match="a coming session of its group"):
        swaps.take_over(place=pair.place, to=pair.sam.pk, first=other, by=pair.lead)
    swaps.take_over(place=pair.place, to=None, first=pair.sessions[0], by=pair.lead)

    assert [expected(session) for session in pair.sessions] == [["Tom"]] * 3
    assert list(violations()) == []


def test_take_over_past_the_cut_off_begins_with_the_first_session_that_is_open() -> None:
    pair = Pair(changes_until_hours=24 * 20)

    with pytest.raises(ValidationError, match="too late to change"):
        swaps.take_over(place=pair.place, to=pair.sam.pk, first=pair.sessions[0], by=pair.lead)
    swaps.take_over(place=pair.place, to=pair.sam.pk, by=pair.lead)

    assert [in_calendar(session) for session in pair.sessions] == [["Kim", "Tom"], ["Sam", "Tom"], ["Sam", "Tom"]]
    assert list(violations()) == []


def test_take_over_page_keeps_the_place_for_a_name_to_follow_from_the_next_session(log_in: LogIn) -> None:
    pair = Pair(changes_until_hours=24 * 20)
    data = {"act": "take_over", "over-who": "later", "over-first": str(pair.sessions[1].pk)}

    answer = log_in(pair.lead).post(f"/places/{pair.place.pk}/", data)

    assert (answer.status_code, Place.objects.get(pk=pair.place.pk).person) == (302, None)


def test_take_over_page_asks_from_which_session_and_means_the_next(log_in: LogIn) -> None:
    pair = Pair()
    client, url = log_in(pair.lead), f"/places/{pair.place.pk}/"

    initial = client.get(url).context["take_over"].fields["first"].initial
    client.post(url, {"act": "take_over", "over-who": str(pair.sam.pk), "over-first": str(pair.sessions[1].pk)})

    assert initial == pair.sessions[0].pk
    assert [in_calendar(session) for session in pair.sessions] == [["Kim", "Tom"], ["Sam", "Tom"], ["Sam", "Tom"]]
    assert "A colleague goes" in log_in(pair.sam).get("/my/").content.decode()


# How it reached us, and why


def test_whoever_acts_for_a_school_says_how_it_reached_them(log_in: LogIn) -> None:
    pair = Pair()
    place = to_name(pair)
    create_question(project=pair.group.project, of="booking", seen_by="leads")
    client, how = log_in(create_hub_staff()), {"via": "email", "note": "At noon"}
    base = f"/bookings/{pair.booking.pk}"
    field = next(iter(client.get(f"{base}/answers/").context["form"].fields))
    acts = [
        ("place_named", f"/places/{place.pk}/name/", {"who": str(pair.sam.pk)}),
        ("questions_answered", f"{base}/answers/", {field: "Yes"}),
        ("withdrew", f"{base}/withdraw/", {"reason": "cover"}),
    ]

    silent = [client.post(url, data).status_code for _, url, data in acts]
    said = [client.post(url, data | how).status_code for _, url, data in acts]

    assert (silent, said) == ([200] * 3, [302] * 3)
    reasons = [HistoryLine.objects.filter(verb=verb).latest("pk").reason for verb, _, _ in acts]
    assert reasons == ["By e-mail: At noon", "By e-mail: At noon", "Cover refused · By e-mail: At noon"]


def test_why_somebody_does_not_come_is_for_the_school_and_the_hub_alone(log_in: LogIn) -> None:
    pair, leader = Pair(), create_user(name="Fran")
    create_facilitation(work_group=pair.group, person=leader)
    apologies.say_for(place=pair.place, session=pair.sessions[0], by=pair.lead, reason="illness")
    swaps.withdraw_place(place=pair.booking.places.get(person=pair.tom), reason=Reason.INSPECTION, by=pair.lead)

    pages = [
        log_in(who).get(f"/bookings/{pair.booking.pk}/").content.decode()
        for who in (pair.lead, create_hub_staff(), leader)
    ]

    shown = [("Illness" in page, "Inspection" in page, "One place given up" in page) for page in pages]
    assert shown == [(True, True, True), (True, True, True), (False, False, True)]
    assert HistoryLine.objects.get(verb="place_given_up").reason == "Inspection"  # hidden, not lost


def test_my_sessions_page_says_why_a_place_or_a_session_is_off(log_in: LogIn) -> None:
    pair = Pair()
    apologies.say_for(place=pair.place, session=pair.sessions[0], by=pair.lead, reason="illness")
    swaps.withdraw_place(place=pair.booking.places.get(person=pair.tom), reason=Reason.INSPECTION, by=pair.lead)

    kim, tom = (log_in(who).get("/my/").content.decode() for who in (pair.kim, pair.tom))

    assert ("Illness" in kim, "Inspection" in tom) == (True, True)
    assert ("Inspection" in kim, "Illness" in tom) == (False, False)


def test_place_name_page_asks_the_hub_for_look_and_reason_in_one_round(log_in: LogIn) -> None:
    pair = Pair()
    place = to_name(pair)
    only_teachers(pair, blocks=True)
    elsewhere(pair, pair.sam)
    client, url = log_in(create_hub_staff()), f"/places/{place.pk}/name/"
    data = {"who": str(pair.sam.pk), "via": "telephone"}

    opened = client.get(url).content.decode()
    first = client.post(url, data)
    done = client.post(url, data | {"seen": first.context["look"].sign, "all_the_same": "Leads maths here"})

    page = first.content.decode()
    assert ['name="all_the_same"' in one for one in (opened, page)] == [False, True]
    assert ("Sam is at Mastery elsewhere" in page, "Say why it is to be done all the same." in page) == (True, True)
    assert (done.status_code, Place.objects.get(pk=place.pk).person) == (302, pair.sam)


def test_place_change_page_asks_the_hub_for_the_reason_where_a_rule_stands_in_the_way(log_in: LogIn) -> None:
    pair = Pair()
    only_teachers(pair, blocks=True)
    client, url = log_in(create_hub_staff()), f"/places/{pair.place.pk}/"
    data = {"act": "take_over", "over-who": str(pair.sam.pk), "take_over-via": "telephone"}

    first = client.post(url, data)
    done = client.post(url, data | {"take_over-all_the_same": "Leads maths here"})

    assert 'name="take_over-all_the_same"' in first.content.decode()
    assert (done.status_code, Place.objects.get(pk=pair.place.pk).person) == (302, pair.sam)
