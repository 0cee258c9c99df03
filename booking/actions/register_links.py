"""A named colleague takes one session's register on its day, by a link: given, used, and ended."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from accounts import history
from accounts.models import User
from accounts.names import clean_name
from booking.models import RegisterLink, Session
from booking.taking import check_link, link_details

_MOST = 5


@transaction.atomic(durable=True)
def give(*, session: Session, name: str, email: str, by: User) -> RegisterLink:
    """Give somebody the link to this session's register; it is mailed to them at once, and works on the day alone."""
    now = timezone.now()
    session = Session.objects.select_related("work_group").get_locked(session.pk)
    if not session.is_planned or session.starts_at is None:
        raise ValidationError("This session has no register yet: give the link when its date stands.")
    if timezone.localdate(session.starts_at) < timezone.localdate(now):
        raise ValidationError("The day of this session is over. A link would open nothing.")
    standing = RegisterLink.objects.filter(session=session, ended_at__isnull=True)
    if standing.filter(email__iexact=email).exists():
        raise ValidationError("They have a link to this register already. End it first to send another.")
    if standing.count() >= _MOST:
        raise ValidationError("Five people have a link to this register. End one of them first.")
    link = RegisterLink.objects.create(
        session=session, name=clean_name(name), email=email.lower(), made_by=by, made_at=now
    )
    _write("register_link_given", link, by=by, tells=True)
    return link


@transaction.atomic(durable=True)
def end(*, link: RegisterLink, by: User) -> RegisterLink:
    """End a link: it opens nothing any more. What was marked with it stays."""
    Session.objects.get_locked(link.session_id)
    link.refresh_from_db()
    if link.ended_at is not None:
        raise ValidationError("This link has been ended already.")
    link.ended_at = timezone.now()
    link.save(update_fields=["ended_at"])
    _write("register_link_ended", link, by=by, tells=False)
    return link


@transaction.atomic(durable=True)
def say_done(*, link: RegisterLink, by: None = None) -> RegisterLink:
    """Whoever has the link says that all is marked; those who lead the group are told, and sign."""
    now = timezone.now()
    session = Session.objects.select_related("work_group").get_locked(link.session_id)
    check_link(link, session, now)
    if link.done_at is None:
        link.done_at = now
        link.save(update_fields=["done_at"])
        _write("register_link_done", link, by=None, tells=True)
    return link


def _write(verb: str, link: RegisterLink, *, by: User | None, tells: bool) -> None:
    about: list[Model] = [link.session, link.session.work_group]
    history.write(verb, about=about, by=by, at=timezone.now(), details=link_details(link), tells=tells)
