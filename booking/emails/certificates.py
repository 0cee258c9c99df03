"""Your certificate: to whoever completed a group, once it is issued."""

from booking.emails.letter import About, Mail, to_person
from booking.links import person_certificate_url
from booking.models import Certificate
from booking.templatetags.words import hours


def certificate_ready(certificate: Certificate, *, anew: bool = False) -> list[Mail]:
    """With a button to the paper, which needs no account. `anew`: the one before it no longer holds."""
    person, group = certificate.person, certificate.work_group
    if certificate.school is None:
        return []
    counts = f"{certificate.sessions} of {certificate.of_sessions} sessions, {hours(certificate.minutes)}"
    first = f"You have completed {group.title}: {counts}. Thank you for all you tried."
    if anew:
        first = (
            f"A register of {group.title} was put right, so your certificate is issued anew: {counts}. The one you had "
            "no longer holds."
        )
    mail = Mail(
        kind="certificate_ready",
        subject=f"Your certificate: {group.title}",
        heading="Your certificate",
        paragraphs=[first, f"Its number is {certificate.number}. Whoever wants to check it scans its code."],
        button=("Open my certificate", person_certificate_url(person, certificate.pk)),
        secret=True,
        reason=f"You completed {group.title}.",
        about=About(school=certificate.school_id, work_group=group.pk),
    )
    return to_person(mail, person, certificate.school)
