"""How people want their mails: each as it comes, once a week, or not at all."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from notifications.kinds import KINDS
from notifications.models import Choice, Notice

State, Stop = Notice.State, Notice.Stop


@transaction.atomic(durable=True)
def choose(*, by: User, chosen: Mapping[str, str]) -> None:
    """How somebody wants each family of mails; an empty word: each as it comes.

    What was kept for Monday leaves at once where each is wanted, and not at all where none is.
    """
    for family, how in chosen.items():
        if family not in Choice.Family.values or how not in ("", *Choice.How.values):
            raise ValidationError("Choose one of the three for each kind of mail.")
        kinds = [code for code, kind in KINDS.items() if kind.family == family]
        kept = Notice.objects.filter(person=by, state=State.HELD, stop=Stop.DIGEST, kind__in=kinds)
        if how:
            Choice.objects.update_or_create(person=by, family=family, defaults={"how": how})
        else:
            Choice.objects.filter(person=by, family=family).delete()
            kept.update(state=State.QUEUED, stop="", next_try_at=timezone.now())
        if how == Choice.How.NONE:
            kept.update(state=State.DROPPED, stop=Stop.CHOICE, raw=b"")
