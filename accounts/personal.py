"""What is held about a person, whichever app holds it: shown to them, erased, and not kept for longer than needed.

Each app of the project may have a module `personal` with `export(person)`, `erase(traces, at=...)`, `finish(person)`,
`RETENTION`, and `PUBLISHED` (words for everybody, by model, in which a name may stand). They are found through the app
registry, so that this app need not know the others; those above it come first, since what they hold is found by the
names that this one erases last.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import ModuleType
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session as WebSession
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from accounts import erased, history
from accounts.colleagues import end_web_sessions
from accounts.letters import write
from accounts.models import (
    AddressProposal,
    BouncedAddress,
    Complaint,
    Erasure,
    HistoryLine,
    Membership,
    NewsItem,
    Page,
    School,
    SchoolCode,
    SchoolNote,
    Subscription,
    Suppression,
    User,
)
from accounts.models.codes import LASTS
from accounts.newsletter import topic_words
from accounts.registry import parts
from accounts.traces import Traces, accounts_of

ERASED_NAME = "Former colleague"
# How long somebody has to keep an unused account, by logging in.
DAYS_TO_SAY_NO = 30


@dataclass(frozen=True)
class Rule:
    """How long something is kept, in words for everybody, and in a query for the machine."""

    what: str
    how_long: str
    why: str
    due: Callable[[datetime], QuerySet[Any]]
    dispose: Callable[[QuerySet[Any], datetime], int]


def holders() -> Iterator[ModuleType]:
    """The `personal` modules of the project's apps, in the order of INSTALLED_APPS: the highest app first."""
    return parts("personal")


def everything_about(person: User) -> dict[str, Any]:
    """All that the hub holds about a person, in plain values."""
    return {key: value for holder in reversed([*holders()]) for key, value in holder.export(person).items()}


def retention_rules() -> list[Rule]:
    return [rule for holder in reversed([*holders()]) for rule in holder.RETENTION]


def erase_everywhere(person: User, *, at: datetime) -> None:
    """Take the person out of every app; called inside the transaction of who decided it."""
    traces = Traces.of(person)
    for holder in holders():
        holder.erase(traces, at=at)
    # A backup of before still knows them: who is on this list goes again when one is brought back.
    transaction.on_commit(partial(erased.note, person.pk, person.joined_at, at))


def published_words_about(person: User) -> list[str]:
    """What everybody reads that names the person: shown before an erasure, which takes them out there too."""
    traces = Traces.of(person).unmistakable
    return [
        f"{str(model._meta.verbose_name).capitalize()}: {row}"
        for holder in reversed([*holders()])
        for model, columns in holder.PUBLISHED.items()
        for row in model._base_manager.filter(traces.within(*columns)).order_by("pk")
        if any(traces.out_of(getattr(row, column)) != getattr(row, column) for column in columns)
    ]


def finish_everywhere(person: User) -> bool:
    """When the last mail to the old address has left, forget that address too. Returns whether that is so."""
    finished = [holder.finish(person) for holder in holders()]  # each does what it can, whatever another waits for
    return all(finished)


# ── What this app holds ────────────────────────────────────────────────────────────────────────────────────────────


# Acts whose line keeps the words that stood there before.
KEEPS_WHAT_STOOD = ["page_changed", "news_changed", "news_published"]
PUBLISHED: dict[type[Model], list[str]] = {Page: ["text"], NewsItem: ["title", "text"]}


def export(person: User) -> dict[str, Any]:
    traces = Traces.of(person)
    memberships = person.memberships.select_related("school").order_by("pk")
    return {
        "me": {
            "name": person.name,
            "email": person.email,
            "other_addresses": [
                one.email for one in EmailAddress.objects.filter(user=person) if one.email != person.email
            ],
            "names_and_addresses_before": person.former,
            "role_in_school": person.job,
            "part_in_the_hub": person.get_hub_role_display(),
            "away": [person.away_from, person.away_to],
            "here_since": person.joined_at,
            "last_logged_in": person.last_login,
        },
        "schools": [
            {
                "school": str(one.school),
                "part": one.get_role_display(),
                "state": one.get_state_display(),
                "from": one.started_at,
                "to": one.ended_at,
            }
            for one in memberships
        ],
        "logged_in_at": [
            {"since": one.created_at, "from": one.ip, "with": one.user_agent}
            for one in UserSession.objects.filter(user=person)
        ],
        "newsletter": [
            {
                "asked": one.asked_at,
                "confirmed": one.confirmed_at,
                "ended": one.ended_at,
                "agreed_to": one.wording,
                "about": topic_words(one),
            }
            for one in Subscription.objects.filter(traces.at("email"))
        ],
        "addresses_that_mail_came_back_from": [
            {"address": one.address, "since": one.at, "code": one.code, "words_of_the_mail_server": one.words}
            for one in BouncedAddress.objects.filter(traces.at("address"))
        ],
        "complaints": [
            {"number": one.reference, "made": one.made_at, "words": one.words, "what_came_of_it": one.outcome}
            for one in Complaint.objects.filter(traces.at("email"))
        ],
        "notes_of_what_the_hub_spoke_about_with_me": [
            {"school": str(one.school), "on": one.on, "words": one.words, "kept_because": one.why}
            for one in SchoolNote.objects.filter(person=person).select_related("school")
        ],
        "wish_to_be_forgotten": [
            {"asked": one.asked_at, "refused": one.refused_at, "why": one.refusal}
            for one in Erasure.objects.filter(person=person)
        ],
        "passkeys_and_second_steps": [
            {"kind": one.get_type_display(), "made": one.created_at, "last_used": one.last_used_at}
            for one in Authenticator.objects.filter(user=person)
        ],
        "what_i_did_here": [
            {"when": one.at, "what": one.verb, "why": one.reason}
            for one in HistoryLine.objects.filter(by=person).order_by("pk")
        ],
        "what_others_did_about_me": [
            {"when": one.at, "what": one.verb}
            for one in HistoryLine.objects.about(person).exclude(by=person).order_by("pk")
        ],
    }


def erase(traces: Traces, *, at: datetime) -> None:
    """What a funder or a claim needs counts on; an open complaint of theirs is answered first, and goes by itself."""
    person, published = traces.person, traces.unmistakable
    traces.scrub(HistoryLine.objects.all(), ["reason"])
    SchoolNote.objects.filter(person__in=accounts_of(person)).delete()
    traces.scrub(SchoolNote.objects.all(), ["words", "why"])
    for model, columns in PUBLISHED.items():
        published.scrub(model._base_manager.all(), columns)
    for line in HistoryLine.objects.filter(verb__in=KEEPS_WHAT_STOOD):
        line.details |= {key: published.out_of(line.details[key]) for key in ("before", "title") if key in line.details}
        line.save(update_fields=["details"])
    published.scrub(Complaint.objects.filter(closed_at__isnull=False), ["words", "notes", "outcome"])
    Erasure.objects.filter(person=person).update(refusal="")
    School.objects.filter(traces.at("contact_email")).update(contact_email="")
    end_web_sessions(person)
    for model in (EmailAddress, Authenticator, SocialAccount):
        model.objects.filter(user=person).delete()
    AddressProposal.objects.filter(person=person).delete()
    BouncedAddress.objects.filter(traces.at("address")).delete()
    Subscription.objects.filter(traces.at("email")).delete()
    Complaint.objects.filter(traces.at("email"), closed_at__isnull=False).delete()
    for address in traces.addresses:
        Suppression.objects.get_or_create(digest=Suppression.digest_of(address))
    for membership in person.memberships.current():
        membership.end(at)
    person.memberships.update(typed_name="", typed_email="")
    merged = [account.pk for account in accounts_of(person) if account.pk != person.pk]
    User.objects.filter(pk__in=merged).update(name=ERASED_NAME, job="", former=[])
    person.name, person.email, person.job, person.hub_role = ERASED_NAME, None, "", User.HubRole.NONE
    person.away_from = person.away_to = None
    person.former = []
    person.is_active = False
    person.set_unusable_password()
    person.save()


def finish(person: User) -> bool:
    return True


def _unproved(now: datetime) -> QuerySet[User]:
    """Sign-ups whose address nobody has proved, and who are nobody's colleague."""
    addresses = EmailAddress.objects.filter(user=OuterRef("pk"))
    return User.objects.filter(
        Exists(addresses),
        ~Exists(addresses.filter(verified=True)),
        joined_at__lt=now - timedelta(days=30),
        last_login__isnull=True,
        memberships__isnull=True,
        acts__isnull=True,
        hub_role="",
    )


def _dormant(now: datetime) -> QuerySet[User]:
    """People who for two years have belonged to no school, had no part in the hub, and not logged in."""
    long_ago = now - timedelta(days=730)
    lately = Q(ended_at__isnull=True) | Q(ended_at__gte=long_ago)
    return User.objects.filter(
        Q(last_login__lt=long_ago) | Q(last_login__isnull=True),
        ~Exists(Membership.objects.filter(lately, person=OuterRef("pk"))),
        ~Exists(Erasure.objects.filter(done_at__isnull=False, person=OuterRef("pk"))),
        joined_at__lt=long_ago,
        hub_role="",
        merged_into__isnull=True,
    )


# Who can be warned, and whose warning is of this time of not being here, not of one that a log-in ended.
_CAN_BE_TOLD = Q(is_active=True, email__isnull=False)


def _to_warn(now: datetime) -> QuerySet[User]:
    long_ago = now - timedelta(days=730)
    unwarned = Q(dormant_warned_at__isnull=True) | Q(dormant_warned_at__lt=long_ago)
    return _dormant(now).filter(_CAN_BE_TOLD & unwarned)


def _warn(due: QuerySet[Any], now: datetime) -> int:
    people = list(due)
    for person in people:
        person.dormant_warned_at = now
        person.save(update_fields=["dormant_warned_at"])
        reason = "Nobody has used this account for two years."
        write("dormant", person.email, {"name": person.name, "days": DAYS_TO_SAY_NO}, reason=reason)
    return len(people)


def _to_forget(now: datetime) -> QuerySet[User]:
    """Warned a month ago; or nobody to warn, who has no address or whose door is closed."""
    warned = (now - timedelta(days=730), now - timedelta(days=DAYS_TO_SAY_NO))
    return _dormant(now).filter(~_CAN_BE_TOLD | Q(dormant_warned_at__range=warned))


def _forget(due: QuerySet[Any], now: datetime) -> int:
    people = list(due.select_for_update(no_key=True))
    for person in people:
        erase_everywhere(person, at=now)
        Erasure.objects.update_or_create(
            person=person, defaults={"done_at": now, "refused_at": None, "refusal": "", "finished_at": None}
        )
        history.write("person_erased", about=[person], by=None, at=now, tells=False)
    return len(people)


def _ended_log_ins(now: datetime) -> QuerySet[UserSession]:
    lives = WebSession.objects.filter(session_key=OuterRef("session_key"), expire_date__gte=now)
    return UserSession.objects.filter(~Exists(lives), last_seen_at__lt=now - timedelta(days=1))


def _delete(due: QuerySet[Any], now: datetime) -> int:
    return sum(bool(due.model.objects.filter(pk=pk).delete()[0]) for pk in list(due.values_list("pk", flat=True)))


RETENTION = [
    Rule(
        "Accounts that nobody uses: no school, no log-in",
        "24 months, then a mail",
        "Somebody who has moved on need not be known here; a log-in keeps the account.",
        _to_warn,
        _warn,
    ),
    Rule(
        "Accounts whose owners did not answer that mail, or have no address for it",
        "30 days after the mail, or 24 months; then erased",
        "What somebody took part in counts on, without a name.",
        _to_forget,
        _forget,
    ),
    Rule(
        "Sign-ups whose e-mail address was never proved",
        "30 days",
        "Somebody mistyped their address, or typed another's.",
        _unproved,
        _delete,
    ),
    Rule(
        "Log-ins (web sessions)",
        "until they end, at most 14 days",
        "To keep you logged in.",
        lambda now: WebSession.objects.filter(expire_date__lt=now),
        _delete,
    ),
    Rule(
        "Where you were logged in: browser and internet address",
        "a day after the log-in has ended",
        "So that you see a log-in that was not yours.",
        _ended_log_ins,
        _delete,
    ),
    Rule(
        "Codes sent to a school, as a hash",
        "7 days",
        "To check a code when it is typed.",
        lambda now: SchoolCode.objects.filter(sent_at__lt=now - LASTS),
        _delete,
    ),
    Rule(
        "Newsletter: asked for, and never confirmed",
        "30 days",
        "Somebody may have typed another's address.",
        lambda now: Subscription.objects.filter(
            confirmed_at__isnull=True, ended_at__isnull=True, asked_at__lt=now - timedelta(days=30)
        ),
        _delete,
    ),
    Rule(
        "Newsletter: stopped",
        "2 years after it was stopped",
        "To show that it was wanted, and to which words.",
        lambda now: Subscription.objects.filter(ended_at__lt=now - timedelta(days=730)),
        _delete,
    ),
    Rule(
        "Addresses that mail came back from",
        "until they are said to work again, at most 2 years",
        "So that nothing more is sent where it does not arrive.",
        lambda now: BouncedAddress.objects.filter(at__lt=now - timedelta(days=730)),
        _delete,
    ),
    Rule(
        "Notes of what the hub and a school said to each other",
        "2 years after that day",
        "So that a school need not say twice what it has said.",
        lambda now: SchoolNote.objects.filter(on__lt=now.date() - timedelta(days=730)),
        _delete,
    ),
    Rule(
        "Complaints about personal data",
        "2 years after they were closed",
        "To show how a complaint was dealt with.",
        lambda now: Complaint.objects.filter(closed_at__lt=now - timedelta(days=730)),
        _delete,
    ),
    Rule(
        "History: who did what, when and why",
        "6 years",
        "To trace mistakes and answer questions about funding; a claim can be made for six years.",
        lambda now: HistoryLine.objects.filter(at__lt=now - timedelta(days=6 * 365)),
        _delete,
    ),
]
