"""What the office noted of its calls with a school."""

from datetime import timedelta

from accounts import history
from accounts.models import SchoolNote
from booking.demo.groups import Programme
from booking.demo.people import LEAD, OFFICE

# How many days ago, whether with who books there, what was said, and why it is kept.
CALLS = [
    (3, True, "Two new Year 2 teachers after Easter. She would like both on the fractions group.", "to ring in March"),
    (16, False, "The school office asks for invoices to go to finance, not to the head.", "for the next contribution"),
    (41, True, "Cover is tight on Fridays until half term; any other day is fine.", "when we offer dates"),
]


def note_calls(programme: Programme) -> None:
    school, log_ins = programme.cast.schools["oakfield"], programme.cast.log_ins
    for days, with_lead, words, why in CALLS:
        person, on = (log_ins[LEAD] if with_lead else None), programme.today - timedelta(days=days)
        at = programme.now - timedelta(days=days)
        SchoolNote.objects.create(school=school, on=on, person=person, words=words, why=why, by=log_ins[OFFICE], at=at)
        people = [person.pk] if person else []
        history.write("school_note_added", about=[school], people=people, by=log_ins[OFFICE], at=at, tells=False)
