"""The lists of the mail that can be taken away: what was sent, and who reads the newsletter."""

from accounts.models import Subscription
from accounts.newsletter import known_topics
from booking.reports.tables.listing import Asked, Column, Listing, label_of, or_empty
from notifications import mails as mail_list
from notifications.kinds import KINDS
from notifications.models import Notice

State = Notice.State


def mails(asked: Asked) -> Listing:
    """Every mail, the newest first; never what stands in it, for that may be a code or about somebody's health."""
    rows = mail_list.rows(mail_list.Wanted.asked(asked.address))
    columns = [
        Column("made", "Made", "made_at"),
        Column("sent", "Sent", "sent_at"),
        Column("kind", "Kind"),
        Column("to", "To", personal=True),
        Column("person", "Whose address it is", "person__name", or_empty, personal=True),
        Column(
            "subject", "Subject", ("subject", "secret"), lambda words, secret: "" if secret else words, personal=True
        ),
        Column("why", "Why it was sent", "reason", personal=True),
        Column("state", "What became of it", says=label_of(State.choices)),
        Column("school", "School", "school__name", or_empty),
        Column("group", "Work group", "work_group__title", or_empty),
    ]
    kinds = sorted(((code, kind.name) for code, kind in KINDS.items()), key=lambda pair: pair[1])
    choices = {"state": State.choices, "kind": kinds}
    return Listing(
        "mails", "Mail", columns, rows.order_by("-pk"), asked, (*mail_list.ABOUT, "state", "kind", "q"), choices
    )


def readers(asked: Asked) -> Listing:
    """Who reads the newsletter, with what they agreed to; and who has stopped it."""
    rows = Subscription.objects.all()
    states = [("live", "Read it"), ("ended", "Have stopped it")]
    if asked.status == "live":
        rows = rows.live()
    elif asked.status == "ended":
        rows = rows.filter(ended_at__isnull=False)
    columns = [
        Column("email", "E-mail", personal=True),
        Column("asked", "Asked for", "asked_at", personal=True),
        Column("confirmed", "Confirmed", "confirmed_at", personal=True),
        Column("ended", "Stopped", "ended_at", personal=True),
        Column("source", "Where it was asked for", personal=True),
        Column("wording", "Agreed to", personal=True),
        Column("phases", "About", ("phases", "authorities"), _topics, personal=True),
    ]
    return Listing(
        "readers", "Newsletter readers", columns, rows.order_by("email"), asked, ("status",), {"status": states}
    )


def _topics(phases: list[str], authorities: list[str]) -> str:
    return ", ".join(one for some in known_topics(phases, authorities) for one in some) or "everything"


LISTS = {"mails": mails, "readers": readers}
