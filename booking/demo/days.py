"""Days of the demonstration that differ from the authority's, dates to avoid, and schools asked to carry on."""

from datetime import date, timedelta

from accounts import history
from booking.carrying import bookings_to_carry_on, people_of
from booking.demo.groups import Programme
from booking.demo.people import OFFICE
from booking.demo.year import holidays
from booking.models import OwnDays, PhaseDates, Proposal, ProposedPerson, WorkGroup
from booking.models.places import Status

INVENTED = "Invented for the demonstration"
DAY, WEEK = timedelta(days=1), timedelta(days=7)
# Groups into which schools of last year are asked to carry on, the first that fits.
NEXT = ("deepening", "ske", "variation")


def add(programme: Programme, groups: dict[str, WorkGroup]) -> None:
    _dates_to_avoid(programme.cast.year)
    _own_days(programme)
    _carried_on(programme, [groups[key] for key in NEXT])


def _dates_to_avoid(year: int) -> None:
    """In May and June, as tests and examinations are; on which days exactly is invented."""
    may, june = (_monday(date(year + 1, month, 8)) for month in (5, 6))
    early, late = date(year + 1, 6, 1), may + 4 * DAY
    rows = [
        ("Key stage 2 tests", may, may + 3 * DAY, {"for_primary": True}),
        ("Multiplication tables check", _monday(early), _monday(early) + 11 * DAY, {"for_primary": True}),
        ("Phonics screening check", june, june + 4 * DAY, {"for_primary": True}),
        ("GCSE mathematics, first paper", late, late, {"for_secondary": True}),
        ("GCSE mathematics, second paper", june - 4 * DAY, june - 4 * DAY, {"for_secondary": True}),
        ("A level mathematics", june + DAY, june + 10 * DAY, {"for_post_16": True}),
    ]
    PhaseDates.objects.bulk_create(
        PhaseDates(name=name, first_on=first, last_on=last, source=INVENTED, **whom) for name, first, last, whom in rows
    )


def _own_days(programme: Programme) -> None:
    """Oakfield trains on the first day after Christmas; Riverside is open in the first days of the summer holidays."""
    schools, year = programme.cast.schools, programme.cast.year
    for key in ("oakfield", "riverside"):
        spans = {name: (first, last) for name, first, last in holidays(year, schools[key].la_code)}
        back = _monday(spans["Christmas"][1])
        OwnDays.objects.create(school=schools[key], name="Training day", first_on=back, last_on=back)
    summer = spans["Summer"][0]
    OwnDays.objects.create(
        school=schools["riverside"],
        name="Open until the end of term",
        first_on=summer,
        last_on=summer + 3 * DAY,
        is_open=True,
    )


def _carried_on(programme: Programme, groups: list[WorkGroup]) -> None:
    """Schools of a group of last year are asked about one of this: Oakfield has not answered, another says no."""
    school, office = programme.cast.schools["oakfield"], programme.cast.log_ins[OFFICE]
    past = WorkGroup.objects.filter(
        year=programme.cast.year - 1, bookings__school=school, bookings__status=Status.CONFIRMED
    )
    before = past.order_by("pk").first()
    fits = [one for one in groups if not one.bookings.filter(school=school).exists() and not one.has_parts]
    if before is None or not fits:
        return
    group, asked = fits[0], 0
    for booking in bookings_to_carry_on(before):
        if asked == 3 or group.bookings.filter(school=booking.school).exists():
            continue
        made_at = programme.now - 4 * DAY
        says_no = {"declined_at": programme.now - 2 * DAY, "declined_by": office} if asked == 1 else {}
        proposal = Proposal.objects.create(
            work_group=group,
            school=booking.school,
            before=booking,
            due_on=programme.today + 2 * WEEK,
            made_at=made_at,
            made_by=office,
            **says_no,
        )
        for person in people_of(booking)[: group.people_to]:
            ProposedPerson.objects.create(proposal=proposal, person=person)
        about, details = [group, booking.school], {"proposal": proposal.pk}
        history.write("carry_on_asked", about=about, by=office, at=made_at, details=details, tells=False)
        asked += 1


def _monday(day: date) -> date:
    """The first Monday that is not before that day."""
    return day + timedelta(days=-day.weekday() % 7)
