"""Two accounts of one person become one."""

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from accounts import history
from accounts.models import AddressProposal, Erasure, HistoryLink, Membership, User
from booking.expectations import expect, expect_leads
from booking.marking import Said, add_mark, latest, restate
from booking.models import (
    Answer,
    Answered,
    Arrival,
    Attendance,
    CalendarEntry,
    CalendarFeed,
    Certificate,
    Facilitation,
    LessonRole,
    Need,
    Place,
    ProposedPerson,
    Reflection,
    Session,
    WorkGroup,
)
from booking.models.attendance import CAME

# Rows that are one per person and something: each has its own rule below for the case that both accounts have one.
_BY_RULE = {
    AddressProposal,
    Answer,
    Answered,
    Attendance,
    Authenticator,
    CalendarEntry,
    CalendarFeed,
    Certificate,
    EmailAddress,
    LessonRole,
    Membership,
    Place,
    ProposedPerson,
    Reflection,
    User,
}


@transaction.atomic(durable=True)
def merge(*, keep: User, gone: User, by: User) -> User:
    """Everything of `gone` becomes `keep`'s, its addresses too; then it opens nothing any more.

    Where both stand once for the same thing, one stays: the marked attendance, the stronger part in a school. A second
    place in the same group is kept for a name to follow. What stands in the calendars of `gone` is taken out, and
    `keep` is invited.
    """
    now = timezone.now()
    if keep.pk == gone.pk:
        raise ValidationError("These are the same account. Choose two.")
    groups = Place.objects.live().filter(person__in=[keep, gone]).values_list("work_group", flat=True)
    led = Facilitation.objects.filter(person__in=[keep, gone]).values_list("work_group", flat=True)
    people = {one.pk: one for one in User.objects.select_for_update(no_key=True).filter(pk__in=[keep.pk, gone.pk])}
    keep, gone = people[keep.pk], people[gone.pk]
    if not (keep.is_active and gone.is_active):
        raise ValidationError("One of these accounts is closed. Open it first.")
    leads = Q(until__isnull=True) | Q(until__gte=timezone.localdate(now))
    if gone.hub_role or gone.facilitations.filter(leads).exists():
        raise ValidationError("Keep the account that runs the hub or leads groups, and merge the other into it.")
    if Erasure.objects.filter(person__in=[keep, gone]).exists():
        raise ValidationError("Answer first the wish of this person to be forgotten; then merge.")
    if Membership.objects.requested().filter(person__in=[keep, gone]).exists():
        raise ValidationError("Answer first what this person asked a school for; then merge.")
    list(Membership.objects.filter(person__in=people).current().select_for_update(no_key=True).order_by("pk"))
    locked = [WorkGroup.objects.get_locked(pk) for pk in sorted({*groups, *led})]
    coming = CalendarEntry.objects.filter(person=gone, session__starts_at__gt=now)
    coming.wanted().update(
        sequence=F("sequence") + 1, wanted=CalendarEntry.Wanted.CANCEL, changed_at=now, tell_after=now
    )
    expected = Attendance.objects.filter(person__in=people).values_list("session", flat=True)
    for pk in sorted(set(expected)):
        Session.objects.get_locked(pk)  # marks are moved under their session's lock
    _memberships(keep, gone, now)
    _attendances(keep, gone, by=by, now=now)
    _places(keep, gone)
    _reflections(keep, gone)
    Arrival.objects.filter(person=gone, session__arrivals__person=keep).delete()
    _answers(keep, gone)
    _lessons(keep, gone)
    _answered(keep, gone)
    _proposed(keep, gone)
    _feeds(keep, gone, now)
    _certificates(keep, gone, by=by, now=now)
    _addresses(keep, gone)
    for relation in User._meta.related_objects:
        model: Any = relation.related_model
        if model not in _BY_RULE:
            model._base_manager.filter(**{relation.field.name: gone}).update(**{relation.field.name: keep})
    _history(keep, gone)
    gone.leave_behind(gone.email)
    gone.email, gone.is_active, gone.merged_into = None, False, keep
    gone.set_unusable_password()
    gone.save(update_fields=["email", "former", "is_active", "merged_into", "password"])
    expect(list(Place.objects.live().filter(person=keep).select_related("booking")), now=now)
    for work_group in locked:
        work_group.revision += 1
        work_group.save(update_fields=["revision"])
        expect_leads(work_group, now=now)
    history.write("people_merged", about=[keep], by=by, at=now, details={"gone": gone.pk}, tells=False)
    return keep


def _memberships(keep: User, gone: User, now: datetime) -> None:
    """At a school of both, the account that stays gets the stronger of the two parts."""
    mine = {membership.school_id: membership for membership in keep.memberships.current()}
    for other in gone.memberships.current():
        own = mine.get(other.school_id)
        if own is not None:
            stronger = max(own, other, key=lambda one: one.strength)
            own.state, own.role = stronger.state, stronger.role
            other.end(now)
            own.save(update_fields=["state", "role"])
    gone.memberships.update(person=keep)
    # Said yes under either name, or not at all: a school that was told no yes sees what it typed.
    keep.memberships.filter(state=Membership.State.ACTIVE).update(typed_name="", typed_email="")


def _attendances(keep: User, gone: User, *, by: User, now: datetime) -> None:
    mine = {row.session_id: row for row in Attendance.objects.filter(person=keep)}
    for row in Attendance.objects.filter(person=gone):
        own = mine.get(row.session_id)
        if own is None:
            row.person = keep
            row.save(update_fields=["person"])
            continue
        row.standing_mark = None
        row.save(update_fields=["standing_mark"])
        row.marks.update(attendance=own)
        if own.place_id is None and own.credited_to_id is None:
            # Who came without being on the list was expected under the other name.
            own.place, own.school, own.credited_to = row.place, row.school or own.school, row.credited_to
            own.save(update_fields=["place", "school", "credited_to"])
        _arrivals(own, row)
        _join_marks(own, by=by, now=now)
        row.delete()


def _arrivals(own: Attendance, row: Attendance) -> None:
    """Said under both names that they are here: once is enough."""
    if own.arrivals.filter(dismissed_at__isnull=True).exists():
        row.arrivals.all().delete()
    row.arrivals.update(attendance=own)


def _join_marks(row: Attendance, *, by: User, now: datetime) -> None:
    """Marked differently under two names: whoever came under either has come."""
    restate(row)
    if not row.contested:
        return
    marks = list(row.marks.all())
    ends = latest(marks)
    best = next((mark for mark in ends if mark.what in CAME), ends[-1])
    said = Said(best.what, best.minutes, best.note, amendment="Two accounts of one person are one now.")
    others = [mark for mark in ends if mark != best]
    add_mark(row, marks, said, by=by, now=now, replaces=best, settles=others, reason=best.reason)


def _places(keep: User, gone: User) -> None:
    """Two places in one group: the second is kept for somebody else of that school."""
    for place in Place.objects.filter(person=gone).select_related("booking"):
        twice = Q(work_group=place.work_group_id, session=place.session_id)
        is_second = place.live and Place.objects.live().filter(twice, person=keep).exists()
        if is_second:
            Need.objects.filter(place=place).delete()
        place.person = None if is_second else keep
        place.save(update_fields=["person"])


def _reflections(keep: User, gone: User) -> None:
    mine = {one.task_id: one for one in Reflection.objects.filter(person=keep)}
    for other in Reflection.objects.filter(person=gone):
        own = mine.get(other.task_id)
        if own is None:
            other.person = keep
            other.save(update_fields=["person"])
        else:
            own.words = "\n\n".join(filter(None, [own.words, other.words]))[:2000]
            own.to_discuss |= other.to_discuss
            own.shared &= other.shared  # together they are read by no more people than either was
            own.save(update_fields=["words", "to_discuss", "shared"])
            other.attachments.update(reflection=own)
            other.comments.update(reflection=own)
            other.delete()


def _answers(keep: User, gone: User) -> None:
    """What was said of both for one place: what was said of the account that stays."""
    mine = Answer.objects.filter(question=OuterRef("question"), place=OuterRef("place"), person=keep)
    Answer.objects.filter(Exists(mine), person=gone).delete()
    Answer.objects.filter(person=gone).update(person=keep)


def _lessons(keep: User, gone: User) -> None:
    """At one lesson under two names: what the account that stays was to do."""
    mine = LessonRole.objects.filter(lesson=OuterRef("lesson"), person=keep)
    LessonRole.objects.filter(Exists(mine), person=gone).delete()
    LessonRole.objects.filter(person=gone).update(person=keep)


def _answered(keep: User, gone: User) -> None:
    """Who answered under two names has answered; both answers count, for nobody can find the second."""
    mine = Answered.objects.filter(round=OuterRef("round"), person=keep)
    Answered.objects.filter(Exists(mine), person=gone).delete()
    Answered.objects.filter(person=gone).update(person=keep)


def _proposed(keep: User, gone: User) -> None:
    """Proposed to carry on under two names: once is enough."""
    mine = ProposedPerson.objects.filter(proposal=OuterRef("proposal"), person=keep)
    ProposedPerson.objects.filter(Exists(mine), person=gone).delete()
    ProposedPerson.objects.filter(person=gone).update(person=keep)


def _feeds(keep: User, gone: User, now: datetime) -> None:
    """Calendar links of the other account stop: their owner makes them anew, and knows the new address."""
    CalendarFeed.objects.filter(owner=gone, revoked_at__isnull=True).update(revoked_at=now)
    CalendarFeed.objects.filter(owner=gone).update(owner=keep)


def _certificates(keep: User, gone: User, *, by: User, now: datetime) -> None:
    """Two of one group: the one that says less is revoked; what both attended together is issued anew."""
    mine = {one.work_group_id: one for one in Certificate.objects.in_force().filter(person=keep)}
    for other in Certificate.objects.in_force().filter(person=gone):
        own = mine.get(other.work_group_id)
        if own is not None:
            less = min(own, other, key=lambda one: (one.minutes, one.pk))
            less.revoked_at, less.revoked_by, less.reason = now, by, "Two accounts of one person are one now."
            less.save(update_fields=["revoked_at", "revoked_by", "reason"])
    for column in ("person", "issued_by", "revoked_by"):
        Certificate.objects.filter(**{column: gone}).update(**{column: keep})


def _addresses(keep: User, gone: User) -> None:
    """The other account's addresses open this one from now on; its passkeys and second steps go."""
    own = set(EmailAddress.objects.filter(user=keep).values_list("email", flat=True)) | {keep.email}
    EmailAddress.objects.filter(user=gone, email__in=own).delete()
    EmailAddress.objects.filter(user=gone).update(user=keep, primary=False)
    if gone.email and not EmailAddress.objects.filter(email__iexact=gone.email).exists():
        EmailAddress.objects.create(user=keep, email=gone.email, primary=False, verified=False)
    for model in (AddressProposal, SocialAccount):
        model.objects.filter(**{"person" if model is AddressProposal else "user": gone}).delete()
    Authenticator.objects.filter(user=gone).delete()


def _history(keep: User, gone: User) -> None:
    person = ContentType.objects.get_for_model(User)
    links = HistoryLink.objects.filter(content_type=person, object_id=gone.pk)
    links.filter(line__links__content_type=person, line__links__object_id=keep.pk).delete()
    links.update(object_id=keep.pk)
