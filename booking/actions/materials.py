"""The materials of a session: slides, handouts, links."""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking import files
from booking.files import Taken
from booking.models import Attachment, Session, WorkGroup


@transaction.atomic(durable=True)
def save_materials(
    *,
    session: Session,
    new_files: Sequence[Taken] = (),
    link: tuple[str, str] | None = None,
    at_once: Collection[int] = (),
    new_at_once: bool = False,
    drop: Collection[int] = (),
    by: User,
) -> None:
    """Put files and a link (title, address) beside a session, take others out, and say which are open before it ends.

    `at_once`, `drop`: ids of what stands there already.
    """
    now = timezone.now()
    session = Session.objects.get_locked(session.pk)
    here = Attachment.objects.filter(session=session)
    files.discard(here.filter(pk__in=drop))
    here.update(at_once=False)
    here.filter(pk__in=at_once).update(at_once=True)
    kept = files.keep(new_files, by=by, at=now, most=files.MOST_OF_A_SESSION, session=session)
    if link:
        kept.append(files.keep_link(*link, by=by, at=now, most=files.MOST_OF_A_SESSION, session=session))
    if new_at_once:
        here.filter(pk__in=[one.pk for one in kept]).update(at_once=True)
    WorkGroup.objects.filter(pk=session.work_group_id).touch()
    details = {"session": session.pk, "added": len(kept), "taken_out": len(drop)}
    history.write("materials_saved", about=[session, session.work_group], by=by, at=now, details=details, tells=False)
