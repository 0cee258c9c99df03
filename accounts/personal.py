"""What is held about a person, whichever app holds it: shown to them, erased, and not kept for longer than needed.

Each app of the project may have a module `personal` with `export(person)`, `erase(traces, at=...)`, `finish(person)`
and `RETENTION`. They are found through the app registry, so that this app need not know the others; those above it
come first, since what they hold is found by the names that this one erases last.
"""

import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session as WebSession
from django.db.models import Q, QuerySet
from django.utils.module_loading import module_has_submodule

from accounts.colleagues import end_web_sessions
from accounts.letters import write
from accounts.models import (
    AddressProposal,
    Complaint,
    Erasure,
    HistoryLine,
    Membership,
    Subscription,
    Suppression,
    User,
)

ERASED_NAME = "Former colleague"
# How long somebody has to keep an unused account, by logging in.
DAYS_TO_SAY_NO = 30


@dataclass(frozen=True)
class Traces:
    """By what somebody can be found in texts: every name and address they had here."""

    person: User
    names: frozenset[str]
    addresses: frozenset[str]

    @classmethod
    def of(cls, person: User) -> "Traces":
        typed = Membership.objects.filter(person=person).exclude(typed_name="")
        names = {person.name, *typed.values_list("typed_name", flat=True)}
        names |= set(User.objects.filter(merged_into=person).values_list("name", flat=True))
        addresses = set(EmailAddress.objects.filter(user=person).values_list("email", flat=True))
        addresses |= {person.email or "", *typed.values_list("typed_email", flat=True)}
        # A name of a letter or two would be found in every other word.
        return cls(
            person,
            frozenset(name for name in names if len(name) > 2),
            frozenset(address.lower() for address in addresses if address),
        )

    def within(self, *columns: str) -> Q:
        """Rows in which any name or address stands in any of these columns."""
        found = Q(pk__in=[])
        for column in columns:
            for trace in (*self.names, *self.addresses):
                found |= Q(**{f"{column}__icontains": trace})
        return found

    def out_of(self, text: str) -> str:
        """The text without them."""
        traces = sorted((*self.addresses, *self.names), key=len, reverse=True)
        return re.sub("|".join(map(re.escape, traces)), "…", text, flags=re.I) if traces else text


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
    for config in apps.get_app_configs():
        ours = str(config.path).startswith(str(settings.BASE_DIR)) and "site-packages" not in str(config.path)
        if ours and module_has_submodule(config.module, "personal"):
            yield importlib.import_module(f"{config.name}.personal")


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


def finish_everywhere(person: User) -> bool:
    """When the last mail to the old address has left, forget that address too. Returns whether that is so."""
    finished = [holder.finish(person) for holder in holders()]  # each does what it can, whatever another waits for
    return all(finished)


# ── What this app holds ────────────────────────────────────────────────────────────────────────────────────────────


def export(person: User) -> dict[str, Any]:
    memberships = person.memberships.select_related("school").order_by("pk")
    return {
        "me": {
            "name": person.name,
            "email": person.email,
            "other_addresses": [
                one.email for one in EmailAddress.objects.filter(user=person) if one.email != person.email
            ],
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
            {"asked": one.asked_at, "confirmed": one.confirmed_at, "ended": one.ended_at, "agreed_to": one.wording}
            for one in Subscription.objects.filter(email=person.email)
        ],
        "what_i_did_here": [
            {"when": one.at, "what": one.verb, "why": one.reason}
            for one in HistoryLine.objects.filter(by=person).order_by("pk")
        ],
    }


def erase(traces: Traces, *, at: datetime) -> None:
    person = traces.person
    for line in HistoryLine.objects.filter(traces.within("reason")):
        line.reason = traces.out_of(line.reason)
        line.save(update_fields=["reason"])
    end_web_sessions(person)
    for model in (EmailAddress, Authenticator, SocialAccount):
        model.objects.filter(user=person).delete()
    AddressProposal.objects.filter(person=person).delete()
    Subscription.objects.filter(email__in=traces.addresses).delete()
    Complaint.objects.filter(email__in=traces.addresses, closed_at__isnull=False).delete()
    for address in traces.addresses:
        Suppression.objects.get_or_create(digest=Suppression.digest_of(address))
    for membership in person.memberships.current():
        membership.end(at)
    person.memberships.update(typed_name="", typed_email="")
    User.objects.filter(merged_into=person).update(name=ERASED_NAME, job="")
    person.name, person.email, person.job, person.hub_role = ERASED_NAME, None, "", User.HubRole.NONE
    person.away_from = person.away_to = None
    person.is_active = False
    person.set_unusable_password()
    person.save()


def finish(person: User) -> bool:
    return True


def _unproved(now: datetime) -> QuerySet[User]:
    """Sign-ups whose address nobody has proved, and who are nobody's colleague."""
    proved = EmailAddress.objects.filter(verified=True).values("user")
    return User.objects.filter(
        joined_at__lt=now - timedelta(days=30),
        last_login__isnull=True,
        emailaddress__isnull=False,
        memberships__isnull=True,
        acts__isnull=True,
        hub_role="",
    ).exclude(pk__in=proved)


def _dormant(now: datetime) -> QuerySet[User]:
    """People of no school and no part in the hub, who have not logged in for two years."""
    long_ago = now - timedelta(days=730)
    return User.objects.filter(
        Q(last_login__lt=long_ago) | Q(last_login__isnull=True),
        is_active=True,
        email__isnull=False,
        hub_role="",
        joined_at__lt=long_ago,
    ).exclude(memberships__in=Membership.objects.current())


def _warn(due: QuerySet[Any], now: datetime) -> int:
    people = list(due)
    for person in people:
        person.dormant_warned_at = now
        person.save(update_fields=["dormant_warned_at"])
        reason = "Nobody has used this account for two years."
        write("dormant", person.email, {"name": person.name, "days": DAYS_TO_SAY_NO}, reason=reason)
    return len(people)


def _warned_long_ago(now: datetime) -> QuerySet[User]:
    return _dormant(now).filter(dormant_warned_at__lt=now - timedelta(days=DAYS_TO_SAY_NO))


def _forget(due: QuerySet[Any], now: datetime) -> int:
    people = list(due.select_for_update(no_key=True))
    for person in people:
        erase_everywhere(person, at=now)
        Erasure.objects.update_or_create(person=person, defaults={"done_at": now})
    return len(people)


def _delete(due: QuerySet[Any], now: datetime) -> int:
    return sum(bool(due.model.objects.filter(pk=pk).delete()[0]) for pk in list(due.values_list("pk", flat=True)))


RETENTION = [
    Rule(
        "Accounts that nobody uses: no school, no log-in",
        "24 months, then a mail",
        "Somebody who has moved on need not be known here; a log-in keeps the account.",
        lambda now: _dormant(now).filter(dormant_warned_at__isnull=True),
        _warn,
    ),
    Rule(
        "Accounts whose owners did not answer that mail",
        "30 days after it, then erased",
        "What somebody took part in counts on, without a name.",
        _warned_long_ago,
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
