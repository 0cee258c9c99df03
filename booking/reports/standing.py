"""Where people stand, in a picture and in words: for themselves, who books for them, and who leads."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.colleagues import show_as_typed
from accounts.models import School, User
from accounts.schoolyear import school_year_of
from booking.completion import LOST, Standing, standings
from booking.models import Attendance, Place, WorkGroup
from booking.models.attendance import CAME
from booking.pictures import Part
from booking.reports.paging import PageOf, page_of
from booking.templatetags.words import day_short, hours, number_word

# How a session went, in the order of the bar: its words, and how its part is drawn.
PARTS = {
    "attended": ("attended", "done"),
    "caught_up": ("caught up with", "credit"),
    "sent": ("a colleague went", "lost"),
    "missed": ("missed", "lost"),
    "cannot": ("you can’t come to", "lost"),
    "before": ("before you joined", "lost"),
    "unmarked": ("not marked yet", "coming"),
    "coming": ("to come", "coming"),
}
# Not said to, but of somebody.
OF_OTHERS = {"cannot": "can’t come", "before": "before they joined"}

# So many groups of the hub stand on a page.
GROUPS = 30

# What the parts of the bars of a list mean.
KEY = [
    ("attended", "done"),
    ("caught up with", "credit"),
    ("missed, or a colleague went, or can’t come", "lost"),
    ("to come, or not marked yet", "coming"),
]


@dataclass(frozen=True)
class Shown:
    """Where somebody stands, as a page shows it."""

    standing: Standing
    # None: it is their own page.
    person: User | None = None
    school: School | None = None

    @property
    def work_group(self) -> WorkGroup:
        return self.standing.work_group

    @property
    def parts(self) -> list[Part]:
        """The bar's parts in hours, each to the quarter of an hour, and together exactly the whole."""
        minutes: dict[str, int] = dict.fromkeys(PARTS, 0)
        for one in self.standing.counted:
            minutes[one.how] += one.minutes
            minutes["missed" if one.how in ("attended", "caught_up") else one.how] += one.whole - one.minutes
        found, done = [], 0
        for how, (words, kind) in PARTS.items():
            before, done = done, done + minutes[how]
            value = _quarters(done) - _quarters(before)
            if value:
                found.append(Part(words if self.person is None else OF_OTHERS.get(how, words), value, kind))
        return found

    @property
    def hours(self) -> str:
        """7½ of 15 hours."""
        return f"{hours(self.standing.minutes).rpartition(' ')[0]} of {self.whole}"

    @property
    def whole(self) -> str:
        return hours(sum(one.whole for one in self.standing.counted))

    @property
    def state(self) -> str:
        """One or two words for a list."""
        if self.standing.is_complete:
            return "Completed"
        if not self.standing.has_place:
            return ""
        if not self.standing.is_reachable:
            return "Can’t finish"
        return "May not finish" if self.standing.is_close else ""

    @property
    def sentence(self) -> str:
        """What is still needed, or when it was no longer reachable; without a reason, which is nobody else's."""
        standing = self.standing
        if not standing.has_place and not standing.is_complete:
            return f"{'Came' if self.person else 'You came'} for part of it; the hours count."
        if not standing.asked.is_known:
            return ""
        if standing.is_complete:
            return "Completed." if self.person else "You have completed it."
        if not standing.is_reachable:
            lost = standing.lost_at
            if lost is None:
                return "Too few sessions are left to complete it."
            return f"No longer reachable since {_called(lost.number, lost.starts_at)}."
        return self._needs()

    def _needs(self) -> str:
        standing, needs = self.standing, list[str]()
        left = standing.open
        rule = standing.asked.what
        if standing.lacks and rule == WorkGroup.Completion.HOURS:
            to_come = hours(sum(one.whole for one in left)).rpartition(" ")[0]
            needs.append(f"{hours(standing.lacks)} more of the {to_come} to come")
        elif standing.lacks and rule != WorkGroup.Completion.TASKS:
            needs.append(_of_left(standing.lacks, len(left)))
        tasks = standing.lacks_tasks + (standing.lacks if rule == WorkGroup.Completion.TASKS else 0)
        if tasks:
            needs.append(f"to try {number_word(tasks)} more research {'task' if tasks == 1 else 'tasks'}")
        if not needs:
            needs.append("to come to a session")
        who = "Needs" if self.person else "You need"
        return f"{who} {' and '.join(needs)}."


def _of_left(needed: int, left: int) -> str:
    if left == 1:
        return "the one session left"
    if needed == left:
        return "both sessions left" if left == 2 else f"all {number_word(left)} sessions left"
    return f"{number_word(needed)} of the {number_word(left)} sessions left"


def _called(number: int, starts_at: datetime | None) -> str:
    return f"session {number}{f' on {day_short(starts_at)}' if starts_at else ''}"


def _quarters(minutes: int) -> Fraction:
    return Fraction(round(minutes / 15), 4)


def of_person(person: User, groups: Sequence[WorkGroup], *, now: datetime | None = None) -> list[Shown]:
    """Where somebody stands in each of these groups that has begun or begins, newest first."""
    found = standings(groups, [person.pk], now=now)
    mine = [Shown(found[group.pk, person.pk]) for group in groups if (group.pk, person.pk) in found]
    return sorted((one for one in mine if one.standing.counted), key=lambda one: -one.work_group.year)


def of_group(work_group: WorkGroup, *, now: datetime | None = None) -> list[Shown]:
    """Everybody who has a place in a group, by school: those who may not finish first."""
    found = {pair: one for pair, one in standings([work_group], now=now).items() if one.has_place}
    return _shown(found)


def of_school(school: School, year: int, *, now: datetime | None = None) -> list[Shown]:
    """A school's own people in the groups of a school year, as the school knows them; a constant number of queries."""
    joined = Attendance.objects.filter(school=school, session__work_group__year=year)
    placed = Place.objects.live().filter(booking__school=school, work_group__year=year)
    people = {*joined.values_list("person", flat=True), *placed.named().values_list("person", flat=True)}
    groups = WorkGroup.objects.of_year(year).exclude(unit=WorkGroup.Unit.SESSION).exclude(status=WorkGroup.Status.DRAFT)
    groups = groups.filter(Q(pk__in=placed.values("work_group")) | Q(sessions__attendances__in=joined)).distinct()
    found = standings(groups.order_by("title", "pk"), people, now=now)
    lines = _shown({pair: one for pair, one in found.items() if one.school == school.pk and one.counted})
    show_as_typed(school.pk, [line.person for line in lines])
    return lines


def may_not_finish(groups: Collection[WorkGroup], *, now: datetime | None = None) -> list[Shown]:
    """Who has a place in one of these groups and may not finish, or can no longer; a constant number of queries."""
    found = standings(groups, now=now)
    return _shown({pair: one for pair, one in found.items() if one.has_place and is_slipping(one)})


def is_slipping(standing: Standing) -> bool:
    """May somebody not finish, or can they no longer? Of a group that is over there is nothing to save any more.

    Whoever came too late to complete it has missed nothing, and nobody is told of it.
    """
    missed = any(one.how in LOST for one in standing.counted)
    return missed and bool(standing.open) and (standing.is_close or not standing.is_reachable)


def _shown(found: dict[tuple[int, int], Standing]) -> list[Shown]:
    people = User.objects.in_bulk({person for _, person in found})
    schools = School.objects.in_bulk({pk for one in found.values() if (pk := one.school) is not None})
    lines = [Shown(one, people[person], schools.get(one.school or 0)) for (_, person), one in found.items()]
    order = {"Can’t finish": 0, "May not finish": 0}
    return sorted(
        lines,
        key=lambda one: (
            order.get(one.state, 1),
            one.work_group.title,
            one.school.name if one.school else "",
            one.person.name if one.person else "",
        ),
    )


def running(day: date | None = None) -> QuerySet[WorkGroup]:
    """The groups of this school year that people can complete."""
    day = day or timezone.localdate()
    groups = WorkGroup.objects.published().of_year(school_year_of(day)).exclude(unit=WorkGroup.Unit.SESSION)
    return groups.order_by("title", "pk")


def with_missed(groups: QuerySet[WorkGroup], number: int) -> PageOf[WorkGroup]:
    """A page of those groups in which somebody has missed something: nobody else may not finish."""
    missed = Attendance.objects.filter(session__work_group=OuterRef("pk"), standing_mark__isnull=False)
    return page_of(groups.filter(Exists(missed.exclude(standing_mark__what__in=CAME))), number, GROUPS)
