"""An invented mail of each kind that a hub can word itself: for previews, and for samples of mails nobody may read."""

from collections.abc import Mapping

from django.urls import reverse

from booking.emails import Mail
from booking.links import absolute
from booking.templatetags.words import clock, day_short
from notifications.kinds import KINDS, WORDED
from notifications.models import Notice
from notifications.words import fill

INVENTED = {
    "group": "Reasoning in the Primary Classroom",
    "school": "Oakfield Primary School",
    "person": "Tess Teasel",
    "date": "Tue 20 January",
    "number": "2",
    "title": "Bar models",
    "time": "1.15pm",
    "day": "Tomorrow",
    "what": "Changed",
    "booked": "Lena Marsh booked you",
    "starts": ", from Tue 20 January",
    "places": "two places",
    "names": "Tess Teasel and one name to follow",
    "line": "You are number 2 on the waiting list; one stands before yours.",
    "until": "Thursday 22 January, 5pm",
    "still": "one of two",
}


def example(kind: str, facts: Mapping[str, str] | None = None) -> Mail:
    """A mail of this kind about invented things, or about these facts, in our words."""
    ours, known = WORDED[kind], INVENTED | dict(facts or {})
    known = {name: known[name] for name in ours.allowed}
    opening = fill(ours.paragraph, known) or "(Here stand the facts of the mail: when, where, and what to bring.)"
    return Mail(
        kind=kind,
        subject=fill(ours.subject, known),
        heading=KINDS[kind].name,
        paragraphs=[opening],
        button=("Open the page", absolute(reverse("home"))),
        reason="You asked for a sample of a mail.",
        facts=known,
        worded=0 if ours.paragraph else None,
    )


def newest_facts(kind: str) -> dict[str, str]:
    """What the newest real mail of this kind was about, as far as its row says; empty where there is none."""
    rows = Notice.objects.filter(kind=kind).select_related("work_group", "school", "session", "person")
    notice = rows.defer("raw", "text").first()
    if notice is None:
        return {}
    facts = {
        "group": notice.work_group.title if notice.work_group else "",
        "school": str(notice.school) if notice.school else "",
        "person": notice.person.name if notice.person else "",
    }
    if notice.session is not None:
        session = notice.session
        facts |= {"number": str(session.number), "title": session.title}
        facts |= {"date": day_short(session.starts_at), "time": clock(session.starts_at)} if session.starts_at else {}
    return {name: value for name, value in facts.items() if value}
