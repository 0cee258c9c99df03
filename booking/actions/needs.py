"""What somebody asks us to arrange: said and taken back by themselves, never by whoever books for them."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.models import Need, Place, Session
from booking.models.needs import WORDING


@transaction.atomic(durable=True)
def say(*, place: Place, access: str, food: str, contact_me: bool, agreed: bool, by: User) -> Need:
    """Say what should be arranged. Nothing is kept without an explicit yes to the sentence beside it."""
    now = timezone.now()
    place = Place.objects.select_for_update(no_key=True, of=("self",)).get(pk=place.pk)
    if not place.live or place.person_id != by.pk:
        raise ValidationError("This place is no longer yours.")
    if not (access.strip() or food.strip() or contact_me):
        raise ValidationError("Say what we should arrange, or that we should ask you.")
    if not agreed:
        raise ValidationError("We may only keep this if you agree to the sentence above the button.")
    need, _ = Need.objects.update_or_create(
        place=place,
        defaults={
            "person": by,
            "access": access.strip()[:300],
            "food": food.strip()[:300],
            "contact_me": contact_me,
            "wording": WORDING,
            "agreed_at": now,
        },
    )
    # What was asked for is health data: the history says that something was, and nothing of what.
    history.write("need_said", about=[by], by=by, at=now, details={"place": place.pk}, tells=False)
    return need


@transaction.atomic(durable=True)
def take_back(*, place: Place, by: User) -> None:
    """Change one's mind: it is deleted at once."""
    now = timezone.now()
    place = Place.objects.select_for_update(no_key=True, of=("self",)).get(pk=place.pk)
    if place.person_id != by.pk:
        raise ValidationError("This place is no longer yours.")
    Need.objects.filter(place=place).delete()
    history.write("need_taken_back", about=[by], by=by, at=now, details={"place": place.pk}, tells=False)


@transaction.atomic(durable=True)
def note_seen(*, session: Session, by: User) -> None:
    """Somebody opened what people need: the history says who and when."""
    about = [session.work_group, session]
    history.write("needs_seen", about=about, by=by, at=timezone.now(), details={"session": session.pk}, tells=False)
