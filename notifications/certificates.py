"""Who completed a group is told of their certificate, from the line that says it was issued."""

from accounts.models import HistoryLine
from booking import emails
from booking.emails import Mail
from booking.models import Certificate


def certificates_issued(line: HistoryLine) -> list[Mail]:
    """To each of them; what was revoked before it was told is not told."""
    issued = Certificate.objects.in_force().filter(pk__in=line.details["certificates"])
    rows = issued.select_related("person", "school", "work_group").order_by("pk")
    anew = line.verb == "certificate_issued_anew"
    return [mail for one in rows for mail in emails.certificate_ready(one, anew=anew)]
