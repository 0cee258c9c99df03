"""Joining a school, naming colleagues in it, and who books for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.colleagues import NewColleague, forget_typed, settle
from accounts.letters import write
from accounts.models import HistoryLine, Membership, PeopleCheck, School, SchoolCode, User
from accounts.models.checks import first_full_week

Role, State = Membership.Role, Membership.State

# As many as a large primary has; more at once is a list pasted by mistake.
MOST_AT_ONCE = 60
# A school's office is not to be flooded by somebody who presses again and again.
BETWEEN_CODES = timedelta(minutes=10)
ASKED_FOR = timedelta(days=28)


@transaction.atomic(durable=True)
def ask_to_join(*, person: User, school: School, role: str, job: str = "") -> Membership:
    """Ask to belong to a school. Its own leads or the hub say yes; asking reveals nothing of the school.

    A colleague who had already been named by the school becomes its member at once.
    """
    now = timezone.now()
    school = School.objects.get_locked(school.pk)
    if school.status not in (School.Status.OPEN, School.Status.CLOSING):
        raise ValidationError("This school has closed. Look for the school that replaced it.")
    if job:
        person.job = job[:60]
        person.save(update_fields=["job"])
    membership = Membership.objects.filter(school=school, person=person).current().first()
    if membership is not None:
        if membership.state != State.INVITED:
            raise ValidationError("You already belong to this school, or have asked to.")
        is_vouched_for = membership.unvouched_by_id is None
        if is_vouched_for and (role == Role.TEACHER or membership.role == Role.LEAD):
            _accept(membership, now)
            return membership
        membership.role, membership.state, membership.started_at = role, State.REQUESTED, now
        membership.save(update_fields=["role", "state", "started_at"])
        forget_typed(membership)
    else:
        membership = Membership.objects.create(
            school=school, person=person, role=role, state=State.REQUESTED, started_at=now
        )
        forget_typed(membership)
    history.write("asked_to_join", about=[school, person], by=person, at=now, details={"membership": membership.pk})
    return membership


@transaction.atomic(durable=True)
def send_school_code(*, membership: Membership, by: User) -> SchoolCode:
    """Mail a code to the address the hub holds for the school, so that somebody there can vouch for who asks."""
    now = timezone.now()
    membership = _get_locked(membership)
    school = membership.school
    if membership.person_id != by.pk or membership.state != State.REQUESTED:
        raise ValidationError("You have not asked to belong to this school, or somebody has answered already.")
    if not school.contact_email:
        raise ValidationError("The hub holds no address for this school, so it checks by itself.")
    # By the history, which stays when a request is taken back and made again.
    lately = HistoryLine.objects.about(school).filter(verb="school_code_sent", at__gt=now - BETWEEN_CODES)
    if lately.exists():
        raise ValidationError("A code was sent a short while ago. It can take some minutes; then ask again.")
    SchoolCode.objects.filter(membership=membership).delete()
    code, letters = SchoolCode.new(membership, now)
    code.save(force_insert=True)
    words = {"code": f"{letters[:4]}-{letters[4:]}", "person": membership.person.name, "school": school.name}
    reason = f"Somebody asks to book places for {school}."
    write("school_code", school.contact_email, words, reason=reason)
    details = {"membership": membership.pk}
    history.write("school_code_sent", about=[school, by], by=by, at=now, details=details, tells=False)
    return code


@transaction.atomic(durable=True)
def invite(*, school: School, colleagues: Sequence[NewColleague], role: str, by: User) -> list[Membership]:
    """Name colleagues of a school, several at once; each is told by mail and says yes when they first log in.

    Who belongs to the school already stays as they are. Returns the memberships that are new.
    """
    now = timezone.now()
    school = School.objects.get_locked(school.pk)
    _check_leads(by, school)
    if len(colleagues) > MOST_AT_ONCE:
        raise ValidationError(f"Invite at most {MOST_AT_ONCE} colleagues at once.")
    known = set(Membership.objects.of_school(school).current().values_list("person", flat=True))
    fresh = []
    for colleague in colleagues:
        person = settle(colleague, school=school, at=now)
        if person.pk not in known:
            known.add(person.pk)
            membership = Membership.objects.get(school=school, person=person, ended_at=None)
            if membership.role != role:
                membership.role = Role(role)
                membership.save(update_fields=["role"])
            fresh.append(membership)
    for membership in fresh:
        details = {"membership": membership.pk}
        history.write("invited", about=[school], people=[membership.person_id], by=by, at=now, details=details)
    return fresh


@transaction.atomic(durable=True)
def accept(*, membership: Membership, by: User) -> Membership:
    """Say yes, I work at this school: from now on the school sees me as I am."""
    now = timezone.now()
    membership = _get_locked(membership)
    if membership.state != State.INVITED or membership.person_id != by.pk:
        raise ValidationError("This invitation has been answered already.")
    if membership.unvouched_by_id is not None:
        raise ValidationError("The hub does not know yet who named you. You are told as soon as it does.")
    _accept(membership, now)
    return membership


@transaction.atomic(durable=True)
def change_role(*, membership: Membership, role: str, by: User) -> Membership:
    """Let a colleague book for the school, or no longer. Somebody must be left who does."""
    now = timezone.now()
    membership = _get_locked(membership)
    _check_leads(by, membership.school)
    if membership.state not in (State.ACTIVE, State.INVITED) or membership.role == role:
        raise ValidationError("Nothing was changed: look at the list again, somebody else has been here.")
    if role == Role.TEACHER and not by.is_hub_staff and not _other_leads(membership):
        raise ValidationError("Nobody else books for your school. Let a colleague do so first.")
    _set_role(membership, role, by, now)
    return membership


@transaction.atomic(durable=True)
def hand_over(*, membership: Membership, to: Membership, by: User) -> Membership:
    """A colleague books for the school from now on, in place of who did: one act, and nobody between."""
    now = timezone.now()
    membership, to = _get_locked(membership), _get_locked(to)
    _check_leads(by, membership.school)
    if to.school_id != membership.school_id or to.pk == membership.pk or to.state != State.ACTIVE:
        raise ValidationError("Choose a colleague who has said yes to belonging to your school.")
    if membership.role != Role.LEAD:
        raise ValidationError("This person does not book for the school any more.")
    if to.role != Role.LEAD:
        _set_role(to, Role.LEAD, by, now)
    _set_role(membership, Role.TEACHER, by, now)
    return to


@transaction.atomic(durable=True)
def ask_still_these(*, now: datetime) -> int:
    """From the first full week of September: ask every school that has leads, once that year. Returns how many.

    For four weeks, so that a worker that was down asks late rather than never.
    """
    today = timezone.localdate(now)
    monday = first_full_week(today.year)
    if not monday <= today < monday + ASKED_FOR:
        return 0
    leads = Membership.objects.active().leads()
    asked = PeopleCheck.objects.filter(year=today.year)
    count = 0
    for school in School.objects.open().filter(memberships__in=leads).exclude(people_checks__in=asked).distinct():
        check, is_new = PeopleCheck.objects.get_or_create(school=school, year=today.year, defaults={"asked_at": now})
        if is_new:
            history.write("people_check_asked", about=[school], by=None, at=now, details={"check": check.pk})
            count += 1
    return count


def _accept(membership: Membership, now: datetime) -> None:
    membership.state = State.ACTIVE
    membership.save(update_fields=["state"])
    forget_typed(membership)
    about = [membership.school, membership.person]
    history.write("joined", about=about, by=membership.person, at=now, tells=False)


def _set_role(membership: Membership, role: str, by: User, now: datetime) -> None:
    membership.role = Role(role)
    membership.save(update_fields=["role"])
    history.write(
        "role_changed",
        about=[membership.school],
        people=[membership.person_id],
        by=by,
        at=now,
        details={"membership": membership.pk, "role": membership.role},
    )


def _get_locked(membership: Membership) -> Membership:
    School.objects.get_locked(membership.school_id)
    return Membership.objects.select_related("school", "person").get(pk=membership.pk)


def _other_leads(membership: Membership) -> bool:
    return membership.school.memberships.active().leads().exclude(pk=membership.pk).exists()


def _check_leads(by: User, school: School) -> None:
    if not by.leads(school):
        raise ValidationError("You do not book for this school. Please ask the hub.")
