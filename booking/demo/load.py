"""Load the demonstration hub: a real hub in the middle of its year, whatever day it is."""

from datetime import date, datetime, time

from django.core.management import CommandError
from django.db import transaction
from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import School, User
from accounts.schoolyear import school_year_of
from booking.demo import before, calls, days, exchange, frozen, keeping, pages, stories
from booking.demo.archive import ARCHIVE, COMING
from booking.demo.cast import Cast, moment
from booking.demo.groups import Programme
from booking.demo.people import LOG_INS
from booking.demo.programme import PLANS, Plan
from booking.demo.voices import Voices, log_ins
from booking.expectations import expect_leads
from booking.models import Booking, CalendarEntry, Session, WorkGroup
from booking.models.places import Status


@transaction.atomic
def load(today: date) -> str:
    """Fill an empty hub as if it were that day. Returns one sentence about what was made."""
    if School.objects.exists() or User.objects.exists():
        raise CommandError("This hub is not empty. The demonstration is loaded into an empty one.")
    now = timezone.now() if today == timezone.localdate() else moment(today, time(8))
    year = school_year_of(today)
    programme = Programme(Cast(year), now, today)
    groups = {plan.key: programme.group(plan, year) for plan in PLANS}
    stories.before_filling(programme, groups)
    for plan in PLANS:
        if plan.network:
            _fill_network(programme, groups[plan.key], plan)
        elif plan.recruitment == "application":
            _apply(programme, groups[plan.key], plan)
        elif plan.key != "shanghai":
            group = groups[plan.key]
            programme.fill(group, plan, _room(group, plan), without=[*_in(programme, group), "riverside"])
    for booking in Booking.objects.confirmed().select_related("work_group", "school", "session"):
        programme.attend(booking)
    stories.after_filling(programme, groups)
    voices, ours = Voices(now), log_ins()
    for plan in PLANS:
        programme.sign_past(groups[plan.key], leave=1 if plan.key in ("gcse", "ske") else 0)
        programme.reflect(groups[plan.key])
        voices.speak(groups[plan.key], ours)
        if plan.key in ("mixed", "reasoning"):
            voices.report(groups[plan.key], plan, whole=today.month in (6, 7, 8))
            keeping.talk(programme, groups[plan.key])
    keeping.watch(programme, groups["secondary-specialists"])
    exchange.pass_lists(programme, groups["reasoning"])
    _archive(programme, year - 1, voices, ours)
    days.add(programme, groups)
    before.strangers(programme)
    before.former_years(programme, year)
    before.contribute(programme, groups)
    calls.note_calls(programme)
    if today.month in (5, 6, 7, 8):
        for plan in PLANS:
            if plan.key in COMING:
                programme.fill(programme.group(plan, year + 1), plan, 2)
    _expect(now)
    frozen.freeze(year - 1, now)
    pages.tell(today=today, now=now, by=User.objects.hub_staff().order_by("pk")[0])
    counted = WorkGroup.objects.count(), Session.objects.count(), School.objects.count(), User.objects.count()
    return "The demonstration has {} work groups, {} sessions, {} schools and {} people.".format(*counted)


def _room(group: WorkGroup, plan: Plan) -> int:
    """How many more schools to book, so that nothing is oversold."""
    free = 99 if group.capacity is None else (group.capacity - group.taken) // plan.people[1]
    return max(0, min(plan.booked - group.taken_schools, free))


def _in(programme: Programme, group: WorkGroup) -> list[str]:
    """Keys of the schools that have booked the group already."""
    booked = set(group.bookings.values_list("school", flat=True))
    return [key for key, school in programme.cast.schools.items() if school.pk in booked]


def _fill_network(programme: Programme, group: WorkGroup, plan: Plan) -> None:
    for index, session in enumerate(group.sessions.all()):
        for key in programme.schools_for(plan, 3 + index % 2):
            if not group.bookings.filter(session=session, school=programme.cast.schools[key]).exists():
                programme.book(group, key, programme.cast.staff[key][:1], session=session, days_ago=25)


def _apply(programme: Programme, group: WorkGroup, plan: Plan) -> None:
    """Some applications are decided, some wait for the office."""
    cast = programme.cast
    for index, key in enumerate(programme.schools_for(plan, plan.booked)):
        people = (cast.staff[key] + [cast.leads[key]])[: plan.people[1]]
        status = Status.APPLIED if index % 3 == 2 else Status.CONFIRMED
        if plan.key == "primary-specialists" and index == 1:
            status = Status.HELD  # its head has not agreed yet
        programme.book(group, key, people, status=status, days_ago=70 - index)


def _archive(programme: Programme, year: int, voices: Voices, ours: set[int]) -> None:
    """Last year's groups; some with registers, as a hub has them that began to use this in the middle."""
    by_key = {plan.key: plan for plan in PLANS}
    for index, (key, title, kind) in enumerate(ARCHIVE):
        plan = by_key[key]
        group = programme.group(plan, year, title=title, kind=kind, status=WorkGroup.Status.ARCHIVED)
        if index % 3 == 1 and not plan.network:
            if key == "mixed":
                keeping.somebody_of_ours(programme, group)
            programme.fill(group, plan, min(plan.booked, 4), without=_in(programme, group))
            for booking in group.bookings.all():
                programme.attend(booking)
            programme.sign_past(group)
            programme.reflect(group)
            voices.speak(group, ours)
            voices.report(group, plan, whole=True)
            if index < 16:  # the last two are to be issued by whoever tries it
                keeping.certify(programme, group)


def _expect(now: datetime) -> None:
    """Everybody is expected at what is to come; only the people one can log in as are still to be told."""
    stories.expect_everybody(now)
    for group in WorkGroup.objects.published():
        expect_leads(group, now=now)
    address = User.objects.filter(pk=OuterRef("person")).values("email")
    CalendarEntry.objects.exclude(person__email__in=LOG_INS).update(
        told_sequence=F("sequence"), told_address=Coalesce(Subquery(address), Value(""))
    )
