"""What keeps a mail back: the hub's pause of a group, and how its reader wants mails of that family."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from notifications.kinds import CANCELLATIONS, family_of
from notifications.models import Choice, Notice, Pause, Priority

if TYPE_CHECKING:
    from notifications.outbox import Envelope

Stop = Notice.Stop


@dataclass(frozen=True)
class Stops:
    """Read once for many mails: the groups that are paused, and what people chose, by (person, family)."""

    paused: Collection[int]
    chosen: dict[tuple[int, str], str]

    @classmethod
    def of(cls, envelopes: Collection["Envelope"]) -> "Stops":
        """Two queries at most, and none for mail that nothing stops."""
        groups = {one.about.work_group for one in envelopes if one.about.work_group and not is_urgent(one)}
        people = {
            one.person.pk
            for one in envelopes
            if one.person and not is_urgent(one) and not one.must_know and family_of(one.kind)
        }
        paused = Pause.objects.open().filter(work_group__in=groups).values_list("work_group", flat=True)
        chosen = Choice.objects.filter(person__in=people).values_list("person", "family", "how")
        return cls(
            paused=set(paused) if groups else (),
            chosen={(person, family): how for person, family, how in chosen} if people else {},
        )

    def of_mail(self, envelope: "Envelope") -> Stop | str:
        """What stops this mail now; empty: nothing. Whoever wants none gets none, paused or not."""
        if is_urgent(envelope):
            return ""
        family = family_of(envelope.kind)
        how = self.chosen.get((envelope.person.pk, family)) if envelope.person and not envelope.must_know else None
        if how == Choice.How.NONE:
            return Stop.CHOICE
        if envelope.about.work_group in self.paused:
            return Stop.PAUSE
        return Stop.DIGEST if how == Choice.How.WEEKLY else ""


def is_urgent(mail: "Envelope | Notice") -> bool:
    """It leaves whatever was paused or chosen."""
    return mail.always or mail.kind in CANCELLATIONS or mail.priority <= Priority.TODAY
