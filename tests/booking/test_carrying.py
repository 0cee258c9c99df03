"""Carrying a cohort on: schools are asked, nothing is kept for them, and a yes is a booking like any other."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.actions import rights
from accounts.models import User
from booking.actions import carrying, people, places
from booking.integrity import violations
from booking.models import Attendance, Booking, Proposal, ProposedPerson, SchoolRule, WorkGroup
from booking.models.places import Reason, Status
from notifications.chase import ask_to_carry_on
from notifications.delivery import drain
from notifications.models import Notice
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_proposal,
    create_question,
    create_teacher,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]


class Cohort:
    """A school with two people in a group that runs, and the group in which it could go on."""

    def __init__(self, **next_group: object) -> None:
        self.staff, self.lead = create_hub_staff(), create_lead(name="Lena")
        self.school = self.lead.memberships.get().school
        self.kim, self.tom = (create_teacher(school=self.school, name=name) for name in ("Kim", "Tom"))
        self.before = create_work_group(title="First year")
        self.booking = create_booking(work_group=self.before, by=self.lead, people=[self.kim, self.tom])
        self.next = create_work_group(**{"title": "Second year", "capacity": 4} | next_group)

    def ask(self, *who: User) -> Proposal:
        people_ = {self.booking.pk: [person.pk for person in who or (self.kim, self.tom)]}
        [proposal] = carrying.ask(
            work_group=self.next, before=self.before, people=people_, due_on=in_days(14), by=self.staff
        )
        return proposal

    @property
    def made(self) -> Booking:
        return self.next.bookings.get()


def in_days(days: int):  # type: ignore[no-untyped-def]
    return timezone.localdate() + timedelta(days=days)


def test_ask_takes_no_place_and_tells_who_books() -> None:
    cohort = Cohort()

    cohort.ask()
    drain()

    notice = Notice.objects.get(kind="carry_on")
    assert (notice.to, notice.school, notice.work_group) == (cohort.lead.email, cohort.school, cohort.next)
    assert "We thought of Kim and Tom again." in notice.text
    assert "No place is kept until you do" in notice.text
    assert (WorkGroup.objects.get(pk=cohort.next.pk).taken, cohort.next.bookings.count()) == (0, 0)
    assert list(violations()) == []


def test_ask_lets_the_school_book_where_only_invited_ones_can() -> None:
    invited, free = Cohort(recruitment="invitation"), Cohort()

    invited.ask()
    free.ask()

    assert list(SchoolRule.objects.values_list("work_group", "school", "kind")) == [
        (invited.next.pk, invited.school.pk, "only")
    ]
    assert create_booking(work_group=invited.next, by=invited.lead).status == Status.CONFIRMED


def test_ask_leaves_out_a_school_that_the_group_is_not_for(log_in: LogIn) -> None:
    cohort = Cohort(recruitment="invitation", lists_schools=True)
    SchoolRule.objects.create(work_group=cohort.next, school=cohort.school, kind="not", reason="In the trial")
    url = f"/office/work-groups/{cohort.next.pk}/carry-on/?before={cohort.before.pk}"

    page = log_in(cohort.staff).get(url).content.decode()
    with pytest.raises(ValidationError, match="on its list as “Not this school”"):
        cohort.ask()

    assert "on its list as “Not this school”" in page
    assert list(SchoolRule.objects.values_list("kind", "reason")) == [("not", "In the trial")]


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ({"status": "draft"}, "Publish Second year first"),
        ({"unit": "session"}, "Nobody is named"),
        ({"recruitment": "interest"}, "Nobody is named"),
        ({"people_to": 1}, "takes at most 1 people"),
    ],
)
def test_ask_refuses_what_cannot_be_carried_on(group: dict[str, object], words: str) -> None:
    cohort = Cohort(**group)

    with pytest.raises(ValidationError, match=words):
        cohort.ask()

    assert Proposal.objects.count() == 0


def test_ask_refuses_schools_and_people_that_are_not_there() -> None:
    cohort, other = Cohort(), Cohort()

    with pytest.raises(ValidationError, match="no longer has a place"):
        cohort.ask(other.kim)
    with pytest.raises(ValidationError, match="no longer in First year"):
        carrying.ask(
            work_group=cohort.next,
            before=cohort.before,
            people={other.booking.pk: []},
            due_on=in_days(9),
            by=cohort.staff,
        )
    with pytest.raises(ValidationError, match="That day is over"):
        carrying.ask(
            work_group=cohort.next,
            before=cohort.before,
            people={cohort.booking.pk: []},
            due_on=in_days(-1),
            by=cohort.staff,
        )
    cohort.ask()
    with pytest.raises(ValidationError, match="has been asked already"):
        cohort.ask()

    assert Proposal.objects.count() == 1


def test_same_people_are_booked_in_one_step_and_start_afresh(log_in: LogIn) -> None:
    cohort = Cohort()
    proposal = cohort.ask()
    client, url = log_in(cohort.lead), f"/carry-on/{proposal.pk}/"

    page = client.get(url).content.decode()
    answers = [client.post(url, {"answer": "same"}) for _ in range(2)]

    booking = cohort.made
    assert ("Kim" in page, "No place is kept for you yet." in page) == (True, True)
    assert [answer["Location"] for answer in answers] == [f"/bookings/{booking.pk}/?new=1", f"/bookings/{booking.pk}/"]
    assert sorted(booking.places.values_list("person__name", flat=True)) == ["Kim", "Tom"]
    assert (booking.status, booking.follows, cohort.booking.places.live().count()) == (Status.CONFIRMED, None, 2)
    rows = Attendance.objects.filter(session__work_group=cohort.next)
    assert (rows.count(), rows.filter(standing_mark__isnull=False).count()) == (6, 0)
    assert Proposal.objects.exclude(pk__in=Proposal.objects.open()).get() == proposal
    assert list(violations()) == []


def test_same_people_of_a_full_group_wait_together(log_in: LogIn) -> None:
    cohort = Cohort(capacity=3)
    create_booking(work_group=cohort.next, people=2)
    proposal = cohort.ask()
    client, url = log_in(cohort.lead), f"/carry-on/{proposal.pk}/"

    page = client.get(url).content.decode()
    client.post(url, {"answer": "same"})

    booking = cohort.next.bookings.get(school=cohort.school)
    assert "with a yes you join the waiting list together" in page
    assert (booking.status, booking.places.live().count()) == (Status.WAITING, 2)
    assert WorkGroup.objects.get(pk=cohort.next.pk).taken == 2
    assert list(violations()) == []


def test_others_are_chosen_on_the_form_with_the_same_people_in_it(log_in: LogIn) -> None:
    cohort = Cohort()
    proposal = cohort.ask()
    client = log_in(cohort.lead)

    client.post(f"/carry-on/{proposal.pk}/", {"answer": "others"})
    form = client.get(f"{cohort.next.get_absolute_url()}book/").content.decode()
    data = {"who_0": cohort.kim.pk, "who_1": cohort.lead.pk}
    client.post(f"{cohort.next.get_absolute_url()}book/", data)
    client.post(f"{cohort.next.get_absolute_url()}book/place/")

    assert f'<option value="{cohort.tom.pk}" selected>' in form
    assert sorted(cohort.made.places.values_list("person__name", flat=True)) == ["Kim", "Lena"]
    assert cohort.made.key == proposal.key


def test_same_people_answer_the_questions_of_the_project_first(log_in: LogIn) -> None:
    cohort = Cohort()
    create_question(project=cohort.next.project)
    proposal = cohort.ask()

    answered = log_in(cohort.lead).post(f"/carry-on/{proposal.pk}/", {"answer": "same"})

    assert answered["Location"] == f"{cohort.next.get_absolute_url()}book/questions/"
    assert cohort.next.bookings.count() == 0


def test_who_has_left_is_not_booked_and_a_name_is_to_follow(log_in: LogIn) -> None:
    cohort = Cohort(people_from=2)
    proposal = cohort.ask()
    cohort.tom.memberships.get().end(timezone.now())
    client, url = log_in(cohort.lead), f"/carry-on/{proposal.pk}/"

    page = client.get(url).content.decode()
    client.post(url, {"answer": "same"})

    assert ("Tom no longer belongs to your school." in page, "One name to follow" in page) == (True, True)
    assert sorted(cohort.made.places.values_list("person__name", flat=True), key=str) == ["Kim", None]


def test_not_this_year_is_said_once_and_can_be_thought_over(log_in: LogIn) -> None:
    cohort = Cohort()
    proposal = cohort.ask()
    client, url = log_in(cohort.lead), f"/carry-on/{proposal.pk}/"

    client.post(url, {"answer": "no"})
    page = client.get(url).content.decode()
    answered = Proposal.objects.exclude(pk__in=Proposal.objects.open()).get()
    client.post(url, {"answer": "same"})

    assert (answered.declined_by, "You said “not this year”" in page) == (cohort.lead, True)
    assert cohort.made.status == Status.CONFIRMED
    with pytest.raises(ValidationError, match="has booked this group"):
        carrying.decline(proposal=proposal, by=cohort.lead)


def test_strangers_and_colleagues_who_do_not_book_find_nothing(log_in: LogIn) -> None:
    cohort = Cohort()
    proposal = cohort.ask()

    codes = [log_in(one).get(f"/carry-on/{proposal.pk}/").status_code for one in (create_lead(), cohort.kim)]

    assert codes == [404, 404]
    with pytest.raises(ValidationError, match="do not book"):
        carrying.decline(proposal=proposal, by=cohort.kim)


def test_our_bookings_and_home_show_what_is_asked_until_it_is_answered(log_in: LogIn) -> None:
    cohort = Cohort()
    proposal = cohort.ask()
    client = log_in(cohort.lead)

    before = [f"/carry-on/{proposal.pk}/" in client.get(url).content.decode() for url in ("/", "/bookings/")]
    client.post(f"/carry-on/{proposal.pk}/", {"answer": "no"})
    after = [f"/carry-on/{proposal.pk}/" in client.get(url).content.decode() for url in ("/", "/bookings/")]

    assert (before, after) == ([True, True], [False, False])


def test_office_sees_first_what_is_sent_then_asks_and_reads_the_answers(log_in: LogIn) -> None:
    cohort = Cohort()
    client, url = log_in(cohort.staff), f"/office/work-groups/{cohort.next.pk}/carry-on/"
    data = {
        "before": str(cohort.before.pk),
        "schools": [str(cohort.booking.pk)],
        "people": [f"{cohort.booking.pk}-{cohort.kim.pk}"],
        "due_on": in_days(14).isoformat(),
    }

    shown = client.get(f"{url}?before={cohort.before.pk}").content.decode()
    looked = client.post(url, data).content.decode()
    asked_before = Proposal.objects.count()
    client.post(url, data | {"seen": str(WorkGroup.objects.get(pk=cohort.next.pk).revision)})
    answers = client.get(url).content.decode()

    assert (str(cohort.school) in shown, "Do you carry on? Second year" in looked, asked_before) == (True, True, 0)
    assert list(Proposal.objects.get().proposed.values_list("person__name", flat=True)) == ["Kim"]
    assert "No answer yet" in answers


def test_office_notes_a_no_and_asks_no_more(log_in: LogIn) -> None:
    no, back = Cohort(), Cohort()
    client = log_in(no.staff)

    for cohort, act in ((no, "no"), (back, "back")):
        data = {"proposal": cohort.ask().pk, "act": act}
        client.post(f"/office/work-groups/{cohort.next.pk}/carry-on/", data)
    drain()

    assert list(Proposal.objects.values_list("school", "declined_by")) == [(no.school.pk, no.staff.pk)]
    assert Notice.objects.filter(kind="carry_on").count() == 0
    page = client.get(f"/office/work-groups/{no.next.pk}/carry-on/").content.decode()
    assert "Not this year" in page


def test_booking_given_up_again_is_an_answer_all_the_same(log_in: LogIn) -> None:
    cohort = Cohort()
    proposal = cohort.ask()
    log_in(cohort.lead).post(f"/carry-on/{proposal.pk}/", {"answer": "same"})

    places.withdraw(booking=cohort.made, reason=Reason.COVER, by=cohort.lead)

    assert Proposal.objects.open().count() == 0
    page = log_in(cohort.staff).get(f"/office/work-groups/{cohort.next.pk}/carry-on/").content.decode()
    assert "Yes: Withdrawn" in page


def test_reminder_comes_once_in_the_week_before_the_answer_is_due() -> None:
    cohort = Cohort()
    proposal = cohort.ask()
    drain()
    now = timezone.now().replace(hour=10)
    moments = [now + timedelta(days=days) for days in (1, *range(8, 14), 15)]

    made = sum(ask_to_carry_on(moment) for moment in moments)
    carrying.decline(proposal=proposal, by=cohort.lead)

    assert made == 1
    assert Notice.objects.filter(kind="carry_on", subject__startswith="Still to answer").get().to == cohort.lead.email
    assert ask_to_carry_on(moments[3]) == 0


def test_merging_and_erasing_leave_nobody_proposed_twice_or_after() -> None:
    cohort = Cohort()
    proposal = create_proposal(before=cohort.booking)

    people.merge(keep=cohort.kim, gone=cohort.tom, by=cohort.staff)
    merged = list(proposal.proposed.values_list("person", flat=True))
    rights.erase(person=User.objects.get(pk=cohort.kim.pk), by=cohort.staff)

    assert merged == [cohort.kim.pk]
    assert ProposedPerson.objects.count() == 0
