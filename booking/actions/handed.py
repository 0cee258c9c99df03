"""Lists that are handed in: sent, given their columns, looked at, and taken in or dropped."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from accounts import history
from accounts.colleagues import settle
from accounts.models import Membership, School, User
from accounts.models.history import Thing
from booking.intake import plan
from booking.intake.attendance import PastMark
from booking.intake.columns import check_columns, check_heading, heading_of
from booking.intake.lines import NEW, THERE, Line
from booking.intake.pastyears import PastYear
from booking.intake.people import NewMember
from booking.marking import mark_over
from booking.models import Attendance, HandedList, KnownHeading, PastEngagement, Session
from booking.models.handed import HandedKind, HandedState
from booking.spreadsheets import Read
from booking.taking import check_open, write_marked

# As many rows as a worker takes in within minutes, each a decision of its own.
MOST_ROWS = 5_000
# A worker that died holds a list no longer than this.
LEASE = timedelta(minutes=15)
MOST_ATTEMPTS = 3


@transaction.atomic(durable=True)
def hand_in(*, kind: str, name: str, read: Read, by: User) -> HandedList:
    """Give the hub a list. Nothing of it is taken in before somebody has looked at what every row would do."""
    now = timezone.now()
    check_heading(read.head)
    if not read.rows:
        raise ValidationError("There is a heading in it, and no row below it.")
    handed = HandedList(kind=HandedKind(kind), name=name[:120], sent_at=now, sent_by=by)
    handed.keep("head", read.head)
    handed.keep("rows", [list(pair) for pair in zip(read.numbers, read.rows, strict=True)])
    handed.full_clean()
    handed.save()
    _write("list_handed_in", handed, by, now)
    return handed


@transaction.atomic(durable=True)
def say_columns(
    *, handed: HandedList, columns: Mapping[str, int], words: str = "", tells: bool = False, by: User
) -> HandedList:
    """Say what each column is; a list of this kind with the same headings is understood by itself next time.

    `words`: why a rule is overridden or a signed register changed, or where past years are from; `tells`: whether
    people are written to.
    """
    said = HandedList.objects.get_locked(handed.pk)
    _check_to_look_at(said)
    check_columns(said.kind, columns)
    said.columns = {name: index for name, index in columns.items() if 0 <= index < len(said.heading)}
    said.words, said.tells, said.state = " ".join(words.split()), tells, HandedState.READY
    said.full_clean()
    said.save()
    meant = {index: name for name, index in said.columns.items()}
    for index, heading in enumerate(said.heading):
        if key := heading_of(heading):
            KnownHeading.objects.update_or_create(kind=said.kind, heading=key, defaults={"field": meant.get(index, "")})
    return said


@transaction.atomic(durable=True)
def agree(*, handed: HandedList, by: User) -> HandedList:
    """Say yes to what the good rows do: a worker takes all of them in. What is wrong with the others is kept."""
    now = timezone.now()
    agreed = HandedList.objects.get_locked(handed.pk)
    if agreed.state != HandedState.READY:
        raise ValidationError("This list is not waiting for an answer any more.")
    if not any(line.is_good for line in plan(agreed, now)):
        raise ValidationError("No row of it can be taken in as it is.")
    agreed.state, agreed.agreed_at, agreed.agreed_by = HandedState.AGREED, now, by
    agreed.save(update_fields=["state", "agreed_at", "agreed_by"])
    _write("list_agreed", agreed, by, now)
    return agreed


@transaction.atomic(durable=True)
def drop(*, handed: HandedList, by: User) -> HandedList:
    """Say no: the list goes, and nothing has changed."""
    now = timezone.now()
    dropped = HandedList.objects.get_locked(handed.pk)
    _check_to_look_at(dropped)
    dropped.drop(now)
    dropped.save()
    _write("list_dropped", dropped, by, now)
    return dropped


@transaction.atomic(durable=True)
def claim(*, now: datetime) -> HandedList | None:
    """Take the next list that was agreed to, for this worker alone."""
    for one in HandedList.objects.for_the_worker(now).select_for_update(no_key=True):
        if one.attempts < MOST_ATTEMPTS:
            one.claimed_until, one.attempts = now + LEASE, one.attempts + 1
            one.save(update_fields=["claimed_until", "attempts"])
            return one
        why = "The worker ended three times while it took this list in. Look at what stands, and send the rest again."
        one.keep("left", [[number, cells, why] for number, cells in one.lines])
        _end(one, [], now)
        _write("list_given_up", one, None, now)
    return None


@transaction.atomic(durable=True)
def take_people(*, handed: HandedList) -> HandedList:
    """Take the good rows of a list of people in, all of them at once."""
    now = timezone.now()
    taken = HandedList.objects.get_locked(handed.pk)
    if taken.state != HandedState.AGREED:
        return taken
    lines = plan(taken, now)
    wanted: list[tuple[str, NewMember]] = [(line.what, line.act) for line in lines if line.is_good and line.act]
    schools = {pk: School.objects.get_locked(pk) for pk in sorted({one.school for _, one in wanted})}
    for what, one in wanted:
        member, changed = _settle(one, schools[one.school], now)
        details = {"membership": member.pk, "role": member.role, "list": taken.pk}
        for verb in ["invited"] if what == NEW else changed:
            history.write(
                verb,
                about=[schools[one.school]],
                people=[member.person_id],
                by=taken.agreed_by,
                at=now,
                details=details,
                tells=taken.tells and what == NEW,
            )
    _finish(taken, lines, {}, now)
    return taken


@transaction.atomic(durable=True)
def take_past_years(*, handed: HandedList) -> HandedList:
    """Take what schools did in former years in, all of it at once."""
    now = timezone.now()
    taken = HandedList.objects.get_locked(handed.pk)
    if taken.state != HandedState.AGREED:
        return taken
    lines = plan(taken, now)
    acts: list[PastYear] = [line.act for line in lines if line.is_good and line.act]
    for act in acts:
        fields = {"started": act.started, "outcome": act.outcome, "source": act.source, "project_id": act.project}
        fields |= {"taken_in_at": now, "taken_in_by": taken.agreed_by}
        if act.held is not None:
            PastEngagement.objects.filter(pk=act.held).update(**fields)
        else:
            PastEngagement.objects.create(school_id=act.school, title=act.title, year=act.year, **fields)
    schools = {act.school for act in acts}
    if schools:
        about: list[Thing] = [(School, pk) for pk in sorted(schools)]
        details = {"list": taken.pk, "schools": len(schools)}
        history.write("past_years_taken_in", about=about, by=taken.agreed_by, at=now, details=details, tells=False)
    _finish(taken, lines, {}, now)
    return taken


@transaction.atomic(durable=True)
def take_marks(*, handed: HandedList, session: int, marks: Sequence[PastMark], by: User) -> int:
    """Put the marks of one session on its register; a signed one changes only with the reason that was given.

    Returns how many are new. Raises ValidationError, and marks nobody, where the register has been signed meanwhile.
    """
    now = timezone.now()
    locked = Session.objects.select_related("venue").get_locked(session)
    check_open(locked, now)
    if locked.signed_at and not handed.words:
        raise ValidationError("This register has been signed meanwhile. Say why it is changed.")
    made = 0
    for mark in marks:
        row, _ = Attendance.objects.get_or_create(
            session=locked, person_id=mark.person, defaults={"place_id": mark.place, "school_id": mark.school}
        )
        standing = row.standing_mark
        if standing is not None and (standing.what, standing.minutes) == (mark.what, mark.minutes):
            continue
        amendment = handed.words if locked.signed_at else ""
        mark_over(row, mark.what, by=by, now=now, minutes=mark.minutes, amendment=amendment)
        made += 1
    if made:
        verb = "register_amended" if locked.signed_at else "register_marked"
        write_marked(verb, locked, by, now, handed.words or "from a list", made)
    return made


@transaction.atomic(durable=True)
def finish(*, handed: HandedList, lines: Sequence[Line], refused: Mapping[int, str]) -> HandedList:
    """All that could be done of a list is done; `refused`: rows that were good, and were not any more, and why."""
    now = timezone.now()
    done = HandedList.objects.get_locked(handed.pk)
    if done.state == HandedState.AGREED:
        _finish(done, lines, refused, now)
    return done


def _settle(act: NewMember, school: School, now: datetime) -> tuple[Membership, list[str]]:
    """Somebody of a list is known at their school from now on, as what it says; and what of it was another before."""
    changed = []
    person = User.objects.get(pk=act.person) if act.person else settle(act.colleague, school=school, at=now)
    member = Membership.objects.current().select_related("person").get(school=school, person=person)
    if act.role and member.role != act.role:
        member.role = Membership.Role(act.role)
        member.save(update_fields=["role"])
        changed.append("role_changed")
    if act.job and person.job != act.job:
        person.job = act.job
        person.save(update_fields=["job"])
        changed.append("person_edited")
    return member, changed


def _finish(handed: HandedList, lines: Iterable[Line], refused: Mapping[int, str], now: datetime) -> None:
    lines = list(lines)
    why = {line.number: line.problem for line in lines if line.problem} | dict(refused)
    handed.keep("left", [[line.number, line.given.cells, why[line.number]] for line in lines if line.number in why])
    done = [[line.number, line.what or THERE, *(line.about or ("", 0))] for line in lines if line.number not in why]
    _end(handed, done, now)
    _write("list_taken_in", handed, handed.agreed_by, now)


def _end(handed: HandedList, done: list[list[object]], now: datetime) -> None:
    handed.done, handed.rows, handed.state = done, "", HandedState.DONE
    handed.ended_at, handed.claimed_until = now, None
    handed.save()


def _check_to_look_at(handed: HandedList) -> None:
    if handed.state not in (HandedState.COLUMNS, HandedState.READY):
        raise ValidationError("This list is not waiting for an answer any more.")


def _write(verb: str, handed: HandedList, by: User | None, now: datetime) -> None:
    about: list[Model] = [handed]
    history.write(verb, about=about, by=by, at=now, details={"list": handed.pk, "kind": handed.kind}, tells=False)
