"""People of schools: whom a row makes known at which school, and what it changes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError

from accounts.colleagues import NewColleague
from accounts.models import Membership, Suppression, User
from booking.intake.finding import People, Schools
from booking.intake.lines import CHANGED, NEW, THERE, Given, Line, Seen, folded
from booking.models import HandedList

LEAD, TEACHER = Membership.Role.LEAD, Membership.Role.TEACHER
LEADS = {"lead", "leads", "yes", "y", "books", "books for the school", "school lead", "x", "1", "true"}
OTHERS = {"", "teacher", "no", "n", "0", "false", "teaching assistant", "teacher or teaching assistant", "ta"}


@dataclass(frozen=True)
class NewMember:
    """Somebody who becomes known at a school, or about whom something there changes."""

    school: int
    colleague: NewColleague
    # Who they are, where they are known at that school without an address.
    person: int | None
    role: str  # empty: nothing is said of it
    job: str


def plan(rows: Sequence[Given], handed: HandedList, now: datetime) -> list[Line]:
    schools, seen = Schools(rows), Seen()
    people = People(rows, schools.today)
    forgotten = _forgotten(rows)
    lines = []
    for given in rows:
        try:
            lines.append(_line(given, schools, people, seen, forgotten, says_part="part" in handed.columns))
        except ValidationError as refusal:
            lines.append(Line(given, problem=" ".join(refusal.messages)))
    return lines


def _line(given: Given, schools: Schools, people: People, seen: Seen, forgotten: set[str], *, says_part: bool) -> Line:
    name, email, school = given.name, given.email, schools.find(given)
    role, job = _role(given["part"]) if says_part else "", given["job"]
    if len(job) > 60:
        raise ValidationError("The role in school is too long: at most 60 characters.")
    about = ("school", school.pk)
    before = seen.again((school.pk, email or folded(name)), (folded(name), role, job), given.number)
    if before:
        return Line(given, what=THERE, words=f"The same as row {before}.", about=about)
    if email in forgotten:
        raise ValidationError("Whoever has this address asked to be forgotten. They can sign up themselves.")
    person = people.by_email(email) if email else None
    note = ""
    if person is not None and not person.is_active:
        raise ValidationError("The account of this address is closed.")
    same_name = people.by_name(school.pk, name)
    if person is None and same_name:
        if not email:
            if len(same_name) > 1:
                raise ValidationError(f"{len(same_name)} people of {school} are called {name}. Give the address.")
            person = same_name[0]
        elif any(one.email is None for one in same_name):
            raise ValidationError(
                f"{name} is known at {school} without an address. Open them and add it, or leave it out here."
            )
        else:
            note = f"Somebody of that name is known at {school} by another address."
    act = NewMember(school.pk, NewColleague(name, email), person.pk if person and not email else None, role, job)
    words, what = _what_happens(person, people, act, str(school))
    return Line(given, what=what, words=words, act=act if what != THERE else None, about=about, note=note)


def _what_happens(person: User | None, people: People, act: NewMember, school: str) -> tuple[str, str]:
    member = people.members.get((act.school, person.pk)) if person else None
    if member is None:
        books = ", and books for it" if act.role == LEAD else ""
        return f"Becomes known at {school}{books}.", NEW
    if member.state == Membership.State.REQUESTED:
        raise ValidationError(f"They have asked to belong to {school}. Confirm or refuse that first.")
    changes = []
    if act.role and act.role != member.role:
        changes.append("books for the school from now on" if act.role == LEAD else "does not book for it any more")
    if act.job and person is not None and act.job != person.job:
        changes.append(f"role in school: {act.job}")
    if not changes:
        return f"Known at {school} already.", THERE
    return f"Known at {school}; {', '.join(changes)}.", CHANGED


def _role(text: str) -> str:
    word = folded(text)
    if word in LEADS:
        return LEAD
    if word in OTHERS:
        return TEACHER if word else ""
    raise ValidationError(f"“{text[:30]}” does not say whether they book for the school. Write yes or no.")


def _forgotten(rows: Sequence[Given]) -> set[str]:
    digests = {Suppression.digest_of(email): email for given in rows if (email := given["email"].lower())}
    known = Suppression.objects.filter(digest__in=digests).values_list("digest", flat=True)
    return {digests[one] for one in known}
