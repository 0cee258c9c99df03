"""The only Celery tasks. They take nothing: what is to do stands in rows, so ten deliveries of one do nothing twice."""

import logging
from typing import Any

import structlog
from celery import shared_task
from celery.signals import before_task_publish, task_postrun, task_prerun, worker_shutting_down
from django.db import connection
from django.utils import timezone

from accounts import signs
from accounts.actions import rights
from accounts.actions.members import ask_still_these
from accounts.models import BouncedAddress, Erasure
from accounts.personal import retention_rules
from booking.actions.offers import lapse_offers, offer_free_places
from booking.bundling import make_bundles
from booking.handing import take_lists_in
from booking.incoming import work_through
from booking.proving import prove as prove_all
from notifications.absences import tell_absences
from notifications.actions import inbound
from notifications.chase import ask_for_names, ask_for_registers, ask_heads, ask_to_carry_on, remind_of_offers
from notifications.comments import tell_comments
from notifications.delivery import drain, stopping
from notifications.done import tell_what_was_done
from notifications.evaluation import ask_to_look_back
from notifications.hosts import tell_hosts
from notifications.inbound import mailbox
from notifications.inbound.sort import sort
from notifications.models import Inbound
from notifications.post import post
from notifications.reminders import remind
from notifications.slipping import warn_of_slipping
from notifications.webhooks.sending import take_a_turn
from notifications.weekly import send_weekly

log = logging.getLogger(__name__)


@worker_shutting_down.connect
def finish_the_mail_in_hand(**_signal: Any) -> None:
    """Told to end, a worker does not first empty a queue of thousands."""
    stopping.set()


@task_prerun.connect
def name_what_is_logged(task: Any = None, **_signal: Any) -> None:
    """Every line that this thread now logs bears the task's name."""
    structlog.contextvars.bind_contextvars(task=getattr(task, "name", "").rpartition(".")[2])


@task_postrun.connect
def say_that_the_worker_works(**_signal: Any) -> None:
    """After any task: by this the page of the hub's status knows that there is a worker."""
    signs.leave_seldom(signs.Name.WORKER, at=timezone.now())


@before_task_publish.connect(sender="notifications.tasks.sweep")
def say_that_the_clock_ticks(**_signal: Any) -> None:
    """Only the clock asks for a sweep, and does so from its own process."""
    try:
        signs.leave_seldom(signs.Name.CLOCK, at=timezone.now())
    finally:
        connection.close()  # nobody else gives it back, and one that a restarted database has cut would stay so


@shared_task
def deliver() -> int:
    """Tell and deliver what is due now; woken after a commit."""
    return drain()


@shared_task
def sweep() -> int:
    """What nobody was woken for: offers that have run out, mails to try again, claims of workers that died.

    A register that was sent, lists, and certificates in one file come after the mail: they take their time.
    """
    now = timezone.now()
    lapse_offers(now=now)
    offer_free_places(now=now)
    ask_still_these(now=now)
    post(now)
    tell_absences(now)
    sent = drain()
    take_lists_in()
    work_through(now=now)
    make_bundles(now=now)
    for erasure in Erasure.objects.to_finish():
        rights.finish_erasure(erasure=erasure)
    return sent


@shared_task
def send_webhooks() -> int:
    """Tell other systems what happened; apart from the mail, which waits for none of them."""
    return take_a_turn()


@shared_task
def chase() -> int:
    """Remind of sessions, and ask again for what is due, twice an hour; a second beat does nothing twice."""
    now = timezone.now()
    made = remind(now) + ask_for_names(now) + ask_heads(now) + ask_to_carry_on(now) + send_weekly(now)
    made += remind_of_offers(now) + ask_for_registers(now) + tell_what_was_done(now) + tell_hosts(now)
    made += warn_of_slipping(now) + ask_to_look_back(now) + tell_comments(now)
    drain()
    return made


@shared_task
def read_mail() -> int:
    """Read what came to the hub's mailbox; and write again to addresses that are said to work again."""
    for address in BouncedAddress.objects.filter(cleared_at__isnull=False):
        inbound.write_again(address=address)
    count = mailbox.read(_receive)
    drain()
    return count


def _receive(raw: bytes, size: int) -> bool:
    return inbound.receive(mail=sort(raw, size)).state == Inbound.State.WAITING


@shared_task
def prove() -> int:
    """Every rule over all rows, once a night; what is broken stands on the page of the hub's status."""
    return prove_all(log.error)


@shared_task
def tidy() -> int:
    """What is kept no longer goes, once a night; a second beat finds nothing left."""
    now, count = timezone.now(), 0
    for rule in retention_rules():
        try:
            count += rights.apply_rule(rule=rule, now=now)
        except Exception:  # whatever is wrong with one rule, the others are still kept
            log.exception("retention of %s", rule.what)
    return count
