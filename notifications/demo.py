"""The demonstration's letters and newsletters: two in the archive, one in hand, and invented readers."""

import uuid
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef

from accounts import history
from accounts.models import Subscription, User
from accounts.newsletter import WORDING
from booking.demo.cast import moment
from booking.demo.people import FACILITATOR, LEAD, OFFICE
from booking.models import Mark, Session, WorkGroup
from notifications import news
from notifications.actions.letters import post_copy
from notifications.models import Issue, Letter, Notice
from notifications.readers import Whom, readers_of

READERS: list[tuple[str, list[str], list[str]]] = [
    (LEAD, ["primary"], []),
    ("maths@fernhollow.example", ["primary", "early-years"], ["855"]),
    ("head.of.maths@castlegate.example", ["secondary", "post-16"], []),
    ("ruth.ellery@home.example", [], []),
    ("office@larchwood.example", ["special"], ["856"]),
    ("y5@brookside.example", ["primary"], ["940"]),
    ("nursery@pondlane.example", ["early-years"], []),
]
ISSUES = [
    (
        120,
        "Welcome back: what is on this year",
        "Dear colleagues,\n\na new school year, and new work groups. Each is free to state-funded schools, and each leaves you "
        "something to try before the next session.\n\n## Open for booking\n\n{open}\n\nNot sure which fits your school? "
        "Write to us, or ring.\n",
    ),
    (
        35,
        "Bars before rules, and places left",
        "Dear colleagues,\n\nthis term many of you drew before you calculated. A teacher of a mixed Year 3 and 4 class told "
        "us:\n\n> They argued about the picture, and the rule came out of the argument.\n\n## There are still places\n\n"
        "{open}\n\n## Two minutes for your pupils\n\nHow many ways are there to split 20 into two parts? And if the parts "
        "may be halves?\n",
    ),
]
DRAFT = (
    "Before the summer",
    "Dear colleagues,\n\n## New\n\n{new}\n\n## Open for booking\n\n{open}\n",
)
LETTERS = [
    (
        Letter.Audience.EVERYONE,
        "Please bring one piece of pupils' work",
        "Dear all,\n\nfor our next session please bring **one** piece of work in which a pupil surprised you. A photograph "
        "will do; no names, please.\n",
    ),
    (
        Letter.Audience.MISSED,
        "What we tried last time",
        "Hello,\n\nhere is what to try before we meet again, so that you can join in:\n\n- choose two calculations that "
        "look alike\n- ask: what is the same, what is different?\n- write down one sentence that you heard\n\nWrite to me "
        "if you would like to talk it through.\n",
    ),
]


def load(today: date) -> None:
    """What has been written by that day, in a hub that holds the demonstration."""
    now = moment(today, time(8))
    _readers(now)
    _issues(now)
    _letters(now, today)


def _readers(now: datetime) -> None:
    for index, (email, phases, authorities) in enumerate(READERS):
        at = now - timedelta(days=200 - 9 * index)
        Subscription.objects.create(
            email=email,
            phases=phases,
            authorities=authorities,
            wording=WORDING,
            source="newsletter page",
            asked_at=at,
            confirmed_at=at + timedelta(minutes=7),
        )


def _issues(now: datetime) -> None:
    office = User.objects.get(email=OFFICE)
    for days, subject, body in ISSUES:
        at = now - timedelta(days=days)
        issue = Issue.objects.create(
            subject=subject,
            body=body,
            made_by=office,
            made_at=at - timedelta(days=2),
            due_at=at,
            begun_at=at,
            done_at=at + timedelta(minutes=3),
            groups=news.find_groups(body, now, None),
            readers=len(READERS),
        )
        history.write("issue_written", about=[issue], by=office, at=issue.made_at, tells=False)
        history.write("issue_sent", about=[issue], by=office, at=at, tells=False)
    for group in WorkGroup.objects.filter(pk__in=news.find_groups("{open}", now, None)["open"][:2]):
        history.write("work_group_published", about=[group], by=office, at=now - timedelta(days=9), tells=False)
    subject, body = DRAFT
    draft = Issue.objects.create(subject=subject, body=body, made_by=office, made_at=now - timedelta(days=1))
    history.write("issue_written", about=[draft], by=office, at=draft.made_at, tells=False)


def _letters(now: datetime, today: date) -> None:
    """From the lead one can log in as, to the first of their groups with a register; long delivered."""
    writer = User.objects.get(email=FACILITATOR)
    missed = Mark.objects.filter(attendance__session=OuterRef("pk"), what__in=["apologies", "absent"])
    session = (
        Session.objects.filter(Exists(missed), work_group__in=WorkGroup.objects.published().led_by(writer, today))
        .order_by("starts_at", "pk")
        .last()
    )
    if session is None:
        return  # early in September nobody has met yet
    for index, (audience, subject, body) in enumerate(LETTERS):
        at = now - timedelta(days=6 - 4 * index)
        whom = Whom(audience, session if audience == Letter.Audience.MISSED else None)
        readers = readers_of(session.work_group, whom, today)
        letter = Letter.objects.create(
            work_group=session.work_group,
            audience=audience,
            session=whom.session,
            subject=subject,
            body=body,
            key=uuid.uuid4(),
            by=writer,
            at=at,
            people=readers.people,
        )
        for copy in readers.copies:
            post_copy(letter, copy)
        Notice.objects.filter(order_key=letter.order_key).update(
            state=Notice.State.SENT, sent_at=at, made_at=at, next_try_at=at
        )
        details = {"letter": letter.pk, "count": readers.people}
        history.write("wrote_to_group", about=[session.work_group], by=writer, at=at, details=details, tells=False)
