"""The newsletter: what each reader gets, once, at the hub's rate, until somebody stops it; and how they stop it."""

import re
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts import history
from accounts.actions import rights
from accounts.models import BouncedAddress, Subscription, Suppression, User
from accounts.newsletter import topics_url
from booking.models import WorkGroup
from notifications import news, tasks
from notifications.actions import issues
from notifications.actions.inbound import receive
from notifications.delivery import deliver
from notifications.inbound.sort import sort
from notifications.models import Issue, IssueCopy, Notice, Priority
from notifications.post import post
from tests.factories import (
    create_hub_staff,
    create_issue,
    create_session,
    create_subscription,
    create_user,
    create_venue,
    create_work_group,
)
from tests.inbound_mails import report
from tests.smtp_sink import SinkServer

pytestmark = pytest.mark.django_db(transaction=True)


def due(**fields: object) -> Issue:
    return create_issue(due_at=timezone.now() - timedelta(seconds=1), **fields)


def opened(notice: Notice) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(bytes(notice.raw), policy=policy.default))


def text_of(notice: Notice) -> str:
    part = opened(notice).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def to() -> list[str]:
    return list(Notice.objects.filter(kind="newsletter").order_by("pk").values_list("to", flat=True))


def publish(group: WorkGroup, at: datetime) -> None:
    history.write("work_group_published", about=[group], by=None, at=at, tells=False)


# ── Sending ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_newsletter_goes_once_to_each_who_said_yes_and_last_in_the_queue() -> None:
    first, second = create_subscription(), create_subscription()
    create_subscription(confirmed_at=None)
    create_subscription(ended_at=timezone.now())
    issue = due()

    made = [post(timezone.now()) for _ in range(3)]

    assert (made, to()) == ([2, 0, 0], [first.email, second.email])
    assert set(Notice.objects.values_list("priority", "once", "secret")) == {(Priority.BULK, True, True)}
    issue.refresh_from_db()
    assert issue.state == "going"


def test_newsletter_is_done_when_the_last_copy_has_left(smtp: SinkServer) -> None:
    create_subscription()
    issue = due()
    before = timezone.now()

    tasks.sweep()
    going = Issue.objects.get().state
    tasks.sweep()

    issue.refresh_from_db()
    assert (going, issue.state, issue.readers, smtp.sink.seen) == ("going", "done", 1, 1)
    assert issue.begun_at is not None
    assert issue.begun_at >= before


def test_newsletter_waits_for_its_moment() -> None:
    create_subscription()
    issue, office = create_issue(), create_hub_staff()
    later = timezone.now() + timedelta(hours=2)

    issues.send_issue(issue=issue, due_at=later, by=office)

    assert (post(timezone.now()), post(later)) == (0, 1)


def test_newsletter_keeps_to_the_rate_of_the_hub(settings: Settings) -> None:
    settings.HUB_NEWS_PER_MINUTE = 30
    for _ in range(70):
        create_subscription()
    due()
    now = timezone.now()

    made = [post(now + timedelta(seconds=seconds)) for seconds in (0, 15, 30, 61, 75, 122, 140)]

    assert made == [30, 0, 0, 30, 0, 10, 0]


def test_newsletter_with_two_workers_reaches_nobody_twice() -> None:
    readers = [create_subscription() for _ in range(60)]
    issue = due()

    def work(_: int) -> int:
        try:
            return post(timezone.now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as workers:
        made = sum(workers.map(work, range(4)))
    while more := post(timezone.now()):
        made += more

    assert (made, sorted(to())) == (60, sorted(one.email for one in readers))
    assert IssueCopy.objects.filter(issue=issue).count() == 60


def test_newsletter_stopped_leaves_no_further_and_goes_on_to_the_others(settings: Settings, smtp: SinkServer) -> None:
    settings.HUB_NEWS_PER_MINUTE = 3
    readers = [create_subscription() for _ in range(5)]
    issue, office, now = due(), create_hub_staff(), timezone.now()
    post(now)
    deliver(limit=1)

    issues.stop_issue(issue=issue, by=office)
    stopped = (post(now + timedelta(minutes=2)), deliver(), Issue.objects.get().state)
    issues.go_on(issue=issue, by=office)
    for minutes in (3, 5):
        post(timezone.now() + timedelta(minutes=minutes))
    deliver()

    assert stopped == (0, 0, "stopped")
    assert sorted(address for address, _ in smtp.sink.mails) == sorted(one.email for one in readers)


def test_newsletter_not_begun_is_a_draft_again_when_it_is_stopped() -> None:
    issue, office = create_issue(due_at=timezone.now() + timedelta(days=1)), create_hub_staff()

    issues.stop_issue(issue=issue, by=office)

    assert Issue.objects.get().state == "draft"


def test_newsletter_never_reaches_who_asked_to_be_forgotten() -> None:
    wanted, gone = create_subscription(), create_subscription(email="kim@home.example")
    Suppression.objects.create(digest=Suppression.digest_of("KIM@home.example"))
    issue = due()

    post(timezone.now())
    deliver()
    post(timezone.now())

    issue.refresh_from_db()
    assert (to(), issue.state, issue.readers) == ([wanted.email], "done", 1)
    assert IssueCopy.objects.get(subscription=gone).notice is None


def test_newsletter_leaves_who_is_away_in_peace() -> None:
    here, away = create_user(email="ann@school.example"), create_user(email="ben@school.example")
    User.objects.filter(pk=away.pk).update(away_from=timezone.localdate())
    for person in (here, away):
        create_subscription(email=str(person.email))
    due()

    post(timezone.now())

    assert list(Notice.objects.values_list("to", "person")) == [("ann@school.example", here.pk)]


def test_newsletter_is_not_sent_to_who_stopped_it_meanwhile(settings: Settings) -> None:
    settings.HUB_NEWS_PER_MINUTE = 1
    create_subscription()
    second = create_subscription()
    due()
    now = timezone.now()
    post(now)

    rights.unsubscribe(subscription=second)

    assert post(now + timedelta(minutes=2)) == 0


def test_newsletter_that_waits_in_the_queue_does_not_leave_once_it_is_stopped() -> None:
    first, second = create_subscription(), create_subscription()
    due()
    post(timezone.now())

    rights.unsubscribe(subscription=second)
    deliver()

    states = dict(Notice.objects.values_list("to", "state"))
    assert states == {first.email: "sent", second.email: "dropped"}
    assert Notice.objects.get(to=second.email).stop == "choice"


def test_newsletter_that_bounces_reaches_the_mailbox_of_the_hub_and_marks_its_address(
    settings: Settings, smtp: SinkServer
) -> None:
    settings.HUB_EMAIL, settings.HUB_NEWS_EMAIL = "hub@hub.example", "news@hub.example"
    reader = create_subscription(email="kim@home.example")
    due()
    post(timezone.now())
    deliver()

    raw = report(Notice.objects.get())
    receive(mail=sort(raw, len(raw)))

    assert smtp.sink.senders == ["hub@hub.example"]
    assert list(BouncedAddress.objects.values_list("address", flat=True)) == [reader.email]


# ── What stands in the mail ───────────────────────────────────────────────────────────────────────────────────────────


def test_newsletter_mail_says_how_to_stop_it_as_mail_programs_read_it(settings: Settings) -> None:
    settings.HUB_URL, settings.HUB_NEWS_EMAIL = "https://hub.example", "news@hub.example"
    create_subscription(email="kim@home.example")
    due(subject="Frühling – what is on in spring, and a few words more than fit into one line of a header")

    post(timezone.now())

    notice = Notice.objects.get()
    raw, mail = bytes(notice.raw), opened(notice)
    link = mail["List-Unsubscribe"].strip("<>")
    assert link.startswith("https://hub.example/newsletter/stop/")
    # RFC 8058, 3.1: the header as it stands on the wire, whole and not encoded.
    assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    assert mail["List-Id"].endswith("<newsletter.hub.example>")
    assert (mail["From"].addresses[0].addr_spec, mail["Reply-To"]) == ("news@hub.example", settings.HUB_EMAIL)
    assert str(mail["Subject"]).startswith("Frühling – what")
    assert "https://hub.example/newsletter/stop/" in text_of(notice)


def test_newsletter_is_stopped_by_a_mail_program_without_cookie_token_or_log_in() -> None:
    subscription = create_subscription()
    due()
    post(timezone.now())
    path = "/" + opened(Notice.objects.get())["List-Unsubscribe"].strip("<>").split("/", 3)[3]
    program = Client(enforce_csrf_checks=True)

    looked = (program.get(path).status_code, Subscription.objects.get().is_live)
    answer = program.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    again = program.post(path, {"List-Unsubscribe": "One-Click"})

    assert looked == (200, True)
    assert (answer.status_code, answer.cookies, again.status_code) == (200, {}, 200)
    assert Subscription.objects.get(pk=subscription.pk).is_live is False


def test_newsletter_pulls_in_the_groups_that_fit_each_reader() -> None:
    everything = create_subscription()
    primary = create_subscription(phases=["primary"])
    leicester = create_subscription(authorities=["856"])
    nothing = create_subscription(phases=["special"])
    city = create_venue(la_code="856")
    create_work_group(title="Bars *before* rules")
    create_work_group(title="Core Maths", for_primary=False, for_post_16=True, sessions=0)
    in_city = create_work_group(title="Ratio", for_primary=False, for_secondary=True, sessions=0)
    create_session(work_group=in_city, venue=city)
    online = create_work_group(title="Online", for_primary=False, for_secondary=True, sessions=0)
    create_session(work_group=online, mode="online")
    due(body="Dear all,\n\n{open}\n\nYours")

    post(timezone.now())

    said = {notice.to: text_of(notice) for notice in Notice.objects.all()}
    titles = ("Bars *before* rules", "Core Maths", "Ratio", "Online (")
    shown = {
        reader.email: [title for title in titles if title in said[reader.email]]
        for reader in (everything, primary, leicester, nothing)
    }
    assert shown == {
        everything.email: ["Bars *before* rules", "Ratio", "Online ("],  # a group without a session has nothing to book
        primary.email: ["Bars *before* rules"],
        leicester.email: ["Ratio", "Online ("],
        nothing.email: [],
    }
    assert "Nothing at the moment for what you read about." in said[nothing.email]


def test_newsletter_calls_new_what_was_published_since_the_last_one() -> None:
    last = create_issue(gone=True, begun_at=timezone.now() - timedelta(days=30))
    old, fresh = create_work_group(title="Old hat"), create_work_group(title="Brand new")
    create_work_group(title="By invitation", recruitment="invitation")
    publish(old, timezone.now() - timedelta(days=40))
    publish(fresh, timezone.now() - timedelta(days=3))

    found = news.find_groups("{new}\n\n{open}", timezone.now(), last.begun_at)

    assert found == {"new": [fresh.pk], "open": [old.pk]}


def test_newsletter_leaves_out_what_cannot_be_booked() -> None:
    now, hour = timezone.now(), timedelta(hours=1)
    create_work_group(capacity=0)
    create_work_group(closes_at=now - hour)
    create_work_group(opens_at=now + hour)
    create_work_group(status="draft")
    over = create_work_group(sessions=0)
    create_session(work_group=over, days=-3)

    assert news.find_groups("{open}", now, None) == {"open": []}


@pytest.mark.parametrize("body", ["{opne}", "Hello\n  {schools}  \nthere", "See {open} here", "All {new groups} again"])
def test_newsletter_with_a_broken_placeholder_is_refused_when_saving(body: str) -> None:
    with pytest.raises(ValidationError, match=re.escape("There are {open} and {new}")):
        issues.save_issue(issue=None, subject="Spring", body=body, by=create_hub_staff())

    assert Issue.objects.count() == 0


@pytest.mark.parametrize("body", ["{open}", "{ Open }\n\n{new}", "The set {1, 2, 3} and {x}"])
def test_newsletter_with_known_placeholders_and_sets_is_kept(body: str) -> None:
    issue = issues.save_issue(issue=None, subject="Spring", body=body, by=create_hub_staff())

    assert issue.body == body


def test_newsletter_on_its_way_is_not_changed() -> None:
    issue = due(begun_at=timezone.now())

    with pytest.raises(ValidationError, match="on its way"):
        issues.save_issue(issue=issue, subject="Other", body="Other", by=create_hub_staff())


def test_newsletter_test_goes_to_oneself_and_counts_for_nobody() -> None:
    office, issue = create_hub_staff(email="olive@hub.example"), create_issue()
    create_subscription()

    issues.try_issue(issue=issue, topics=news.Topics(), by=office)

    notice = Notice.objects.get()
    assert (notice.to, notice.subject, IssueCopy.objects.count()) == ("olive@hub.example", f"Test: {issue.subject}", 0)


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def office() -> Client:
    client = Client()
    client.force_login(create_hub_staff(email="olive@hub.example"))
    return client


def test_newsletter_page_writes_shows_and_lets_go() -> None:
    client, topics = office(), "?phases=primary"
    create_work_group(title="Bars before rules")
    create_subscription()

    made = client.post(reverse("office_issue_create"), {"subject": "Spring", "body": "Dear **all**,\n\n{open}"})
    url = made["Location"]
    seen = client.get(url + topics).content.decode()
    tried = client.post(url + topics, {"act": "try"})
    refused = client.post(url, {"act": "later", "due_at_0": "", "due_at_1": ""}).content.decode()
    client.post(url, {"act": "now"})
    tasks.sweep()
    progress = client.get(url, headers={"HX-Request": "true"}).content.decode()

    assert ("<strong>all</strong>" in seen, "Bars before rules" in seen, "Dear all," in seen) == (True, True, True)
    assert (tried.status_code, "Choose the day and the time" in refused) == (302, True)
    assert 'value="1" max="1"' in progress
    assert "<html" not in progress


def test_newsletter_page_schedules_in_london_time_and_refuses_the_past() -> None:
    client, issue = office(), create_issue()
    url = reverse("office_issue", args=[issue.pk])
    day = timezone.localdate() + timedelta(days=9)

    past = client.post(url, {"act": "later", "due_at_0": "2020-01-01", "due_at_1": "09:15"}, follow=True)
    client.post(url, {"act": "later", "due_at_0": day.isoformat(), "due_at_1": "09:15"})

    issue.refresh_from_db()
    assert "still to come" in past.content.decode()
    assert issue.due_at is not None
    assert f"{timezone.localtime(issue.due_at):%Y-%m-%d %H:%M}" == f"{day} 09:15"


def test_newsletter_archive_and_feed_hold_what_has_gone_and_nothing_else(client: Client) -> None:
    gone = create_issue(gone=True, subject="Spring & summer", body="Dear **all**")
    create_issue(subject="A draft")
    create_issue(gone=True, done_at=None, stopped_at=timezone.now(), subject="Stopped")

    page = client.get("/newsletter/archive/").content.decode()
    answer = client.get("/newsletter/feed.atom")

    assert [subject in page for subject in ("Spring &amp; summer", "A draft", "Stopped")] == [True, False, False]
    atom = {"a": "http://www.w3.org/2005/Atom"}
    root = ET.fromstring(answer.content)
    assert [one.findtext("a:title", namespaces=atom) for one in root.findall("a:entry", atom)] == ["Spring & summer"]
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert "<strong>all</strong>" in client.get(gone.get_absolute_url()).content.decode()
    assert 'type="application/atom+xml"' in page


# ── Asking for it, and about what ─────────────────────────────────────────────────────────────────────────────────────


def test_newsletter_topics_are_chosen_when_asking_and_changed_by_the_link(client: Client) -> None:
    client.post("/newsletter/", {"email": "Kim@home.example", "phases": ["primary"], "authorities": ["855"]})
    subscription = Subscription.objects.get()
    path = "/" + topics_url(subscription).split("/", 3)[3]

    chosen = (subscription.phases, subscription.authorities)
    client.get(path)
    client.post(path, {"phases": ["secondary", "post-16"]})
    changed = Subscription.objects.get()
    client.post(path, {"phases": ["no-such"]})

    assert chosen == (["primary"], ["855"])
    assert (changed.phases, changed.authorities) == (["secondary", "post-16"], [])
    assert Subscription.objects.get().phases == ["secondary", "post-16"]


def test_newsletter_topics_stay_when_somebody_else_types_the_address(client: Client) -> None:
    subscription = create_subscription(email="kim@home.example", phases=["primary"])

    client.post("/newsletter/", {"email": "kim@home.example", "phases": ["special"]})

    subscription.refresh_from_db()
    assert (subscription.phases, Notice.objects.count()) == (["primary"], 0)


def test_newsletter_asked_for_at_an_address_to_be_forgotten_tells_a_stranger_nothing(client: Client) -> None:
    Suppression.objects.create(digest=Suppression.digest_of("kim@home.example"))

    answers = [
        client.post("/newsletter/", {"email": email}, follow=True) for email in ("kim@home.example", "new@x.example")
    ]

    pages = [answer.content.decode().split("<main", 1)[1] for answer in answers]
    strip = [page.split('name="csrfmiddlewaretoken"', 1)[0] for page in pages]
    assert strip[0] == strip[1]
    assert [one.email for one in Subscription.objects.all()] == ["new@x.example"]
    assert [one.to for one in Notice.objects.all()] == ["new@x.example"]


def test_newsletter_comes_back_to_who_asks_for_it_from_their_own_account() -> None:
    person: User = create_user(email="kim@school.example")
    Suppression.objects.create(digest=Suppression.digest_of("kim@school.example"))

    subscription = rights.subscribe(email="kim@school.example", source="my account", by=person)

    assert subscription is not None
    assert (subscription.is_live, Suppression.objects.count()) == (True, 0)
