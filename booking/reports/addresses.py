"""Where people who were chosen in a list are written to, in one's own mail program."""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote

from django.db.models import Q

from accounts.models import BouncedAddress, User
from booking.models import Attendance

# Longer addresses of a mail than this some mail programs cut.
LONGEST = 1800


@dataclass
class Chosen:
    """Whom a mail reaches, and who is left out and why."""

    reached: list[User]
    left_out: list[tuple[User, str]]

    @property
    def lines(self) -> str:
        """One address a line, to be copied."""
        return "\n".join(one.email or "" for one in self.reached)

    @property
    def mail_url(self) -> str:
        """Opens a mail to all of them, of which none sees the others; empty where it would be too long."""
        url = "mailto:?bcc=" + ",".join(quote(one.email or "", safe="@") for one in self.reached)
        return url if self.reached and len(url) <= LONGEST else ""


def of(*, people: Collection[int] = (), bookings: Collection[int] = (), sessions: Collection[int] = ()) -> Chosen:
    """These people, who made these bookings, and who is expected at these sessions, each once.

    Nobody is written to where mail comes back.
    """
    who = Q(pk__in=people) | Q(bookings_made__in=bookings)
    if sessions:
        who |= Q(pk__in=Attendance.objects.expected().filter(session__in=sessions).values("person"))
    found = User.objects.filter(who, merged_into__isnull=True)
    chosen = list(found.order_by("name", "pk").distinct())
    bad = set(
        BouncedAddress.objects.standing()
        .filter(address__in=[one.email for one in chosen if one.email])
        .values_list("address", flat=True)
    )
    reached, left_out = list[User](), list[tuple[User, str]]()
    for one in chosen:
        if not one.email:
            left_out.append((one, "has no address"))
        elif not one.is_active:
            left_out.append((one, "is closed"))
        elif one.email in bad:
            left_out.append((one, "mail to this address comes back"))
        else:
            reached.append(one)
    return Chosen(reached, left_out)
