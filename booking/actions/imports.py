"""The register of schools comes in: a file is sent, looked at, approved and taken in as a whole, or dropped."""

import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import BinaryIO, cast

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts import gias, history
from accounts.gias import Plan, Register, RegisterError
from accounts.models import RegisterImport, User
from booking.mergers import follow_mergers

State = RegisterImport.State
# A URN and another that the register links with it.
Pair = tuple[str, str]

# A worker that died holds a file no longer than this; longer than any file takes.
LEASE = timedelta(minutes=10)
# A file that no worker has survived so often is not tried again.
MOST_ATTEMPTS = 3
# What nobody decides on goes: by then the register has changed, and the file holds names of head teachers.
KEPT_FOR = timedelta(days=14)


@transaction.atomic(durable=True)
def send(*, file: UploadedFile, links: UploadedFile | None, authorities: Collection[str], by: User) -> RegisterImport:
    """Give the hub a file of the register, for a worker to read. It takes the place of one that nobody decided on."""
    now = timezone.now()
    _look(file, gias.REQUIRED)
    if links is not None:
        _look(links, gias.LINKS_REQUIRED)
    standing = list(RegisterImport.objects.select_for_update(no_key=True).open())
    if any(one.state == State.APPROVED for one in standing):
        raise ValidationError("A register is being taken in at this moment. Wait until that is done.")
    for one in standing:
        _end(one, State.DROPPED, now)
    sent = RegisterImport(sent_at=now, sent_by=by, authorities=",".join(authorities), state=State.SENT)
    sent.file_name = (file.name or "")[:120]
    sent.file.save(f"{uuid.uuid4()}.csv", file, save=False)
    if links is not None:
        sent.links_name = (links.name or "")[:120]
        sent.links.save(f"{uuid.uuid4()}.csv", links, save=False)
    sent.full_clean()
    sent.save()
    _write("register_sent", sent, by, now)
    return sent


@transaction.atomic(durable=True)
def claim(*, now: datetime) -> RegisterImport | None:
    """Take the next file to read or to take in, for this worker alone."""
    waiting = RegisterImport.objects.for_the_worker(now)
    for one in waiting.select_for_update(no_key=True):
        if one.attempts < MOST_ATTEMPTS:
            one.claimed_until, one.attempts = now + LEASE, one.attempts + 1
            one.save(update_fields=["claimed_until", "attempts"])
            return one
        one.problem = "This file could not be read: it was tried three times, and each time the worker ended."
        _end(one, State.REFUSED, now)
    return None


@transaction.atomic(durable=True)
def keep_plan(*, register_import: RegisterImport, plan: Plan) -> RegisterImport:
    """A worker has read the file: this is what it would change, for the office to look at."""
    kept = RegisterImport.objects.get_locked(register_import.pk)
    if kept.state != State.SENT:
        return kept  # dropped meanwhile
    kept.plan, kept.read_at = plan.stored(), plan.now
    try:
        plan.check_believable()
    except RegisterError as error:
        kept.problem = str(error)[:500]
        _end(kept, State.REFUSED, plan.now)
        return kept
    kept.state, kept.claimed_until, kept.attempts = State.READY, None, 0
    kept.save()
    return kept


@transaction.atomic(durable=True)
def refuse(*, register_import: RegisterImport, problem: str) -> RegisterImport:
    """A worker has found that the file cannot be taken, and says why."""
    now = timezone.now()
    refused = RegisterImport.objects.get_locked(register_import.pk)
    if refused.is_at_work:
        refused.problem = problem[:500]
        _end(refused, State.REFUSED, now)
    return refused


@transaction.atomic(durable=True)
def approve(*, register_import: RegisterImport, by: User) -> RegisterImport:
    """Say yes to what the file changes: a worker does all of it, at once."""
    now = timezone.now()
    approved = RegisterImport.objects.get_locked(register_import.pk)
    if approved.state != State.READY:
        raise ValidationError("This file is not waiting for an answer any more.")
    approved.state, approved.approved_at, approved.approved_by = State.APPROVED, now, by
    approved.made_anew = False
    approved.save(update_fields=["state", "approved_at", "approved_by", "made_anew"])
    _write("register_approved", approved, by, now)
    return approved


@transaction.atomic(durable=True)
def drop(*, register_import: RegisterImport, by: User) -> RegisterImport:
    """Say no: the file goes, and nothing has changed."""
    now = timezone.now()
    dropped = RegisterImport.objects.get_locked(register_import.pk)
    if dropped.state not in (State.SENT, State.READY):
        raise ValidationError("This file is not waiting for an answer any more.")
    _end(dropped, State.DROPPED, now)
    _write("register_dropped", dropped, by, now)
    return dropped


@transaction.atomic(durable=True)
def drop_forgotten(*, now: datetime) -> int:
    """Files that nobody decided on for two weeks go. Returns how many."""
    forgotten = list(RegisterImport.objects.select_for_update(no_key=True).forgotten(now - KEPT_FOR))
    for one in forgotten:
        _end(one, State.DROPPED, now)
        _write("register_dropped", one, None, now)
    return len(forgotten)


@transaction.atomic(durable=True)
def apply(*, register_import: RegisterImport, register: Register, links: Sequence[Pair]) -> RegisterImport:
    """Take an approved file in, all of it. Where the hub has changed since, what it would do is shown anew instead."""
    now = timezone.now()
    applied = RegisterImport.objects.get_locked(register_import.pk)
    if applied.state != State.APPROVED:
        return applied
    plan = plan_of(register, links, applied.authority_codes, now)
    stored = plan.stored()
    if gias.digest(stored) != gias.digest(applied.plan):
        applied.plan, applied.read_at, applied.made_anew = stored, now, True
        applied.state, applied.claimed_until, applied.attempts = State.READY, None, 0
        applied.save()
        return applied
    gias.write(plan, by=applied.approved_by)
    follow_mergers(by=applied.approved_by, now=now)
    _end(applied, State.APPLIED, now)
    _write("register_applied", applied, applied.approved_by, now)
    return applied


@transaction.atomic(durable=True)
def take_in(
    *,
    register: Register,
    links: Sequence[Pair],
    authorities: Collection[str] = (),
    file_name: str = "",
    by: User | None = None,
    believe: str = "",
    dry_run: bool = False,
    say: Callable[[str], object] = str,
) -> Plan:
    """Take a file in at once, for whoever works at the machine itself. `dry_run` says what would happen, and no more.

    `believe`: why a file is right by which many schools would be gone; without it such a file raises RegisterError.
    `say` hears how far it is.
    """
    now = timezone.now()
    say("Comparing with the hub's schools …")
    plan = plan_of(register, links, authorities, now)
    if not believe:
        plan.check_believable()
    if dry_run:
        return plan
    stored = plan.stored()
    say("Writing …")
    gias.write(plan, by=by)
    follow_mergers(by=by, now=now)
    taken = RegisterImport.objects.create(
        state=State.APPLIED,
        file_name=file_name[:120],
        authorities=",".join(authorities),
        sent_at=now,
        read_at=now,
        ended_at=now,
        plan=stored,
    )
    _write("register_applied", taken, by, now, reason=believe)
    return plan


def plan_of(register: Register, links: Sequence[Pair], authorities: Collection[str], now: datetime) -> Plan:
    """What a file that was read would change in the hub as it stands."""
    plan = gias.compare(register, gias.lineage(register.rows, links), authorities=authorities, now=now)
    plan.summary.rows, plan.summary.links = len(register.rows), len(links)
    return plan


def _look(file: UploadedFile, required: list[str]) -> None:
    """Say at once, beside the form, what is plainly not the register."""
    file.open()
    try:
        gias.glance(gias.Table(cast(BinaryIO, file.file), file.name or "The file"), required)
    except RegisterError as error:
        raise ValidationError(str(error)) from None


def _end(register_import: RegisterImport, state: str, at: datetime) -> None:
    names = register_import.end(state, at)
    register_import.save()
    transaction.on_commit(partial(_remove, names), robust=True)


def _remove(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _write(verb: str, register_import: RegisterImport, by: User | None, now: datetime, *, reason: str = "") -> None:
    details = {"import": register_import.pk}
    history.write(verb, about=[register_import], by=by, at=now, reason=reason, details=details, tells=False)
