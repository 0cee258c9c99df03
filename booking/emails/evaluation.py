"""What is asked about a group as a whole, by mail: once after its end, once more, and one question a term later."""

from accounts.models import User
from booking.emails.letter import About, Mail
from booking.evaluation import IMPACT, Asking
from booking.links import person_say_url
from booking.models import Attendance
from booking.templatetags.words import day


def evaluation_asked(asking: Asking, row: Attendance, to: User, *, again: bool = False) -> Mail:
    """To whoever came and has not answered; nothing in it says so, for then it would be known who has."""
    person, group = row.person, asking.work_group
    later = asking.kind == IMPACT
    until = f"Open until {day(asking.closes_at)}."
    if later:
        kind, subject, heading = "impact", f"A term later: {group.title}", "What has lasted?"
        opening = f"About a term ago {group.title} came to its end."
        asks = "One question, and room for a sentence: how often do you still use in class what you tried with us?"
        button = "Answer one question"
    else:
        kind = "evaluation_again" if again else "evaluation"
        subject, heading = f"Looking back: {group.title}", "What was it worth?"
        opening = f"The last session of {group.title} is behind us."
        asks = "Five minutes: what do you do differently now, what can your pupils do, and what should we change?"
        button = "Look back at the group"
    paragraphs = [opening, asks, f"Without your name: nobody sees who said what. {until}"]
    if again:
        paragraphs.append("We ask this a second time and then not again. If you have just answered, thank you.")
    return Mail(
        kind=kind,
        to=to.email or "",
        person=to,
        subject=subject if to.pk == person.pk else f"For {person.name}: {subject}",
        heading=heading,
        paragraphs=paragraphs,
        button=(button, person_say_url(person, asking.kind, asking.pk)),
        secret=True,
        reason=f"You took part in {group.title}.",
        about=About(school=row.school_id, work_group=group.pk),
        must_know=to.pk != person.pk,
        expires_at=asking.closes_at,
    )
