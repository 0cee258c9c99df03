"""What makes a hub's own people believe it: the stories of one year, each as rows."""

from datetime import datetime, timedelta

from accounts import history
from accounts.models import Complaint, Erasure, Membership
from booking.demo import recruiting
from booking.demo.cast import moment
from booking.demo.groups import Programme
from booking.demo.people import LEAD, TEACHER
from booking.demo.programme import AFTERNOON
from booking.demo.schools import LEICESTERSHIRE
from booking.demo.year import holidays
from booking.expectations import expect
from booking.models import Attendance, Facilitation, Need, Place, Session, WorkGroup
from booking.models.needs import WORDING
from booking.models.places import Reason, Status


def before_filling(programme: Programme, groups: dict[str, WorkGroup]) -> None:
    """Bookings with a story of their own; the others fill up around them."""
    cast = programme.cast
    lead, teacher = cast.log_ins[LEAD], cast.log_ins[TEACHER]
    other = cast.staff["oakfield"][1]
    # Oakfield: a pair in one group, a pair with one name to follow in another, a third by itself.
    programme.book(groups["mixed"], "oakfield", [teacher, other], cover_email="cover@oakfield.example")
    programme.book(groups["variation"], "oakfield", [teacher, None], days_ago=20)
    programme.book(groups["ske"], "oakfield", [lead], days_ago=90)
    # A teaching assistant without an address of her own; a nursery off the register; a school of sixty pupils.
    assistant = cast.join(cast.schools["kestrel"], cast.colleague("kestrel", has_address=False))
    assistant.job = "Teaching assistant"
    assistant.save(update_fields=["job"])
    programme.book(groups["transition"], "kestrel", [cast.staff["kestrel"][0], assistant])
    programme.book(groups["early-trg"], "puddleduck", cast.staff["puddleduck"][:1])
    programme.book(groups["mixed"], "quarry", cast.staff["quarry"][:1])
    programme.book(groups["sen"], "magnolia", cast.staff["magnolia"][:2])
    # From beyond the area, and one that became an academy in January.
    programme.book(groups["deepening"], "causeway", cast.staff["causeway"][:2])
    programme.book(groups["deepening"], "larkspur", cast.staff["larkspur"][:2])
    _held(programme, groups["variation"])
    _in_our_half_term(programme, groups["gcse"])


def _held(programme: Programme, group: WorkGroup) -> None:
    """Somebody whom the hub does not know yet has booked at once; the office confirms."""
    cast, key = programme.cast, "ashlar"
    asks = cast.colleague(key)
    Membership.objects.create(
        school=cast.schools[key],
        person=asks,
        role=Membership.Role.LEAD,
        state=Membership.State.REQUESTED,
        started_at=programme.now - timedelta(hours=26),
    )
    programme.book(group, key, [asks, None], status=Status.HELD, days_ago=1, made_by=asks)


def _in_our_half_term(programme: Programme, group: WorkGroup) -> None:
    """One session on a school day where it is held, in the half term of those who come from the county: a warning."""
    _, first, _ = holidays(programme.cast.year, LEICESTERSHIRE)[0]
    session = group.sessions.get(number=2)
    day = first + timedelta(days=3)
    session.venue = programme.cast.venues["ise"]
    session.starts_at, session.ends_at = moment(day, AFTERNOON[0]), moment(day, AFTERNOON[1])
    session.save()


def after_filling(programme: Programme, groups: dict[str, WorkGroup]) -> None:
    """What happened in the course of the year."""
    cast = programme.cast
    recruiting.after_filling(programme, groups)
    _stopped(programme, groups["deepening"])
    _snow(programme, groups["deepening"])
    _swap(programme, groups["variation"])
    _catch_up(programme, groups["reasoning"], groups["reasoning2"])
    _people(programme)
    _rights(programme)
    # Cover for leave: somebody takes the group for a term, and the days say which.
    half_year = groups["number-skills"].sessions.order_by("starts_at")[1].starts_at
    assert half_year is not None  # the second of four dated twilights
    Facilitation.objects.create(
        work_group=groups["number-skills"],
        person=cast.leaders["amos"],
        role=Facilitation.Role.COVER,
        since=half_year.date() - timedelta(days=3),
        until=half_year.date() + timedelta(days=90),
    )


def _stopped(programme: Programme, group: WorkGroup) -> None:
    """A school that came twice and stopped: its evidence stays."""
    key = "tansy"
    if group.bookings.filter(school=programme.cast.schools[key]).exists():
        return
    ended = programme.now - timedelta(days=12)
    booking = programme.book(
        group,
        key,
        programme.cast.staff[key][:1],
        status=Status.WITHDRAWN,
        ended_at=ended,
        reason=Reason.COVER,
        notice_days=2,
    )
    place, person = booking.places.get(), programme.cast.staff[key][0]
    for session in group.sessions.planned().filter(ends_at__lt=ended)[:2]:
        row = Attendance.objects.create(session=session, person=person, place=place, school=booking.school)
        programme.mark(row, "present")
    history.write(
        "withdrew",
        about=[booking, group, booking.school],
        by=booking.made_by,
        at=ended,
        reason="Cover refused",
        tells=False,
    )


def _snow(programme: Programme, group: WorkGroup) -> None:
    """The day the roads were shut: the last past session, or the next, went online."""
    past = group.sessions.planned().filter(ends_at__lt=programme.now).order_by("-starts_at").first()
    session = past or group.sessions.planned().order_by("starts_at").first()
    if session is None or session.starts_at is None:
        return
    session.mode, session.venue = Session.Mode.ONLINE, None
    session.link = "https://meet.hub.example/snow-day"
    session.notice = "Moved online: snow"
    session.revision += 1
    session.save()
    at = session.starts_at - timedelta(hours=6)
    history.write("session_moved", about=[session, group], by=None, at=at, reason="Snow", tells=False)


def _swap(programme: Programme, group: WorkGroup) -> None:
    """From the next session on somebody else comes on the same place; what was attended stays with who attended."""
    booking = next(
        one for one in group.bookings.confirmed().order_by("pk") if one.school.search.startswith("oakfield") is False
    )
    place = booking.places.filter(person__isnull=False).first()
    assert place is not None  # confirmed and not Oakfield's
    key = next(key for key, school in programme.cast.schools.items() if school.pk == booking.school_id)
    fresh = programme.cast.join(booking.school, programme.cast.colleague(key))
    before, place.person = place.person, fresh
    place.save(update_fields=["person"])
    history.write(
        "place_named",
        about=[booking, group, booking.school, fresh],
        by=booking.made_by,
        at=programme.now - timedelta(days=3),
        details={"booking": booking.pk, "before": before.pk if before else None, "person": fresh.pk},
        tells=False,
    )


def _catch_up(programme: Programme, home: WorkGroup, away: WorkGroup) -> None:
    """Missed here, attended with the parallel cohort, credited home."""
    away.parallel_to = home
    away.save(update_fields=["parallel_to"])
    there = away.sessions.planned().filter(ends_at__lt=programme.now).order_by("-starts_at").first()
    missed = (
        Attendance.objects.filter(session__work_group=home, standing_mark__what__in=["absent", "apologies"])
        .exclude(person__attendances__session=there)
        .select_related("session")
        .first()
    )
    if there is None or missed is None:
        return
    row = Attendance.objects.create(
        session=there, person=missed.person, school=missed.school, credited_to=missed.session
    )
    programme.mark(row, "present")


def _people(programme: Programme) -> None:
    """A school's people change: one asks to join, one is named and has not answered, one is on leave, one has left."""
    cast, now = programme.cast, programme.now
    oakfield = cast.schools["oakfield"]
    asks = cast.join(oakfield, cast.colleague("oakfield"), state=Membership.State.REQUESTED)
    named = cast.join(oakfield, cast.colleague("oakfield"), state=Membership.State.INVITED)
    Membership.objects.filter(person=asks).update(started_at=now - timedelta(days=2))
    Membership.objects.filter(person=named).update(
        started_at=now - timedelta(days=9), typed_name=named.name.split()[0], typed_email=named.email or ""
    )
    away = cast.staff["oakfield"][-1]
    away.away_from, away.away_to = programme.today + timedelta(days=20), programme.today + timedelta(days=160)
    away.save(update_fields=["away_from", "away_to"])
    Membership.objects.filter(school=cast.schools["quarry"], role=Membership.Role.LEAD).update(
        state=Membership.State.ENDED, ended_at=now - timedelta(days=6)
    )
    oakfield.contact_email = "office@oakfield.example"
    oakfield.save(update_fields=["contact_email"])


def _rights(programme: Programme) -> None:
    """What somebody asked us to arrange, a complaint with its clock, and a wish to be forgotten."""
    cast, now = programme.cast, programme.now
    place = Place.objects.live().filter(person=cast.log_ins[TEACHER], booking__status=Status.CONFIRMED).first()
    if place is not None:
        Need.objects.create(
            place=place,
            person=cast.log_ins[TEACHER],
            access="A seat near the front: I lip-read.",
            food="No nuts, please.",
            wording=WORDING,
            agreed_at=now - timedelta(days=30),
        )
    complaint = Complaint.objects.create(
        name="Morgan Vale",
        email="morgan.vale@home.example",
        words="I left my school in July and still had a mail about its sessions in September.",
        made_at=now - timedelta(days=12),
    )
    history.write("complaint_made", about=[complaint], by=None, at=complaint.made_at, tells=False)
    leaver = cast.colleague("causeway")
    erasure = Erasure.objects.create(person=leaver, asked_at=now - timedelta(days=3))
    history.write("erasure_asked", about=[leaver], by=leaver, at=erasure.asked_at, tells=False)


def expect_everybody(now: datetime) -> None:
    """Coming sessions: everybody with a confirmed place is expected."""
    expect(list(Place.objects.live().select_related("booking").filter(booking__status=Status.CONFIRMED)), now=now)
