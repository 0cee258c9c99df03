"""What a group asks of whoever completes it, as a formula that everyone can read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from booking.models import Session, WorkGroup
from booking.templatetags.words import hours

Completion = WorkGroup.Completion


@dataclass(frozen=True)
class Asked:
    """How much is needed of how much: sessions, minutes or tasks, as the rule counts; and of tasks besides."""

    what: str
    needed: int
    of: int
    per_cent: int = 0
    tasks: int = 0
    of_tasks: int = 0
    # Sessions that the hub cancelled and did not replace.
    left_out: int = 0

    @property
    def is_known(self) -> bool:
        """Is there anything to complete yet?"""
        return self.of > 0

    @property
    def words(self) -> str:
        """Attend at least 4 of 5 sessions and try at least 2 of 4 research tasks."""
        return self.clause[:1].upper() + self.clause[1:]

    @property
    def clause(self) -> str:
        """The same after a colon."""
        return " and ".join([self._main()] + ([_try(self.tasks, self.of_tasks)] if self.tasks else []))

    @property
    def left_out_words(self) -> str:
        """That a session was cancelled, and what follows for the rule."""
        if not self.left_out:
            return ""
        if self.left_out == 1:
            return "We cancelled a session and did not replace it: it does not count, and one fewer is asked for."
        gone = f"We cancelled {self.left_out} sessions and did not replace them"
        return f"{gone}: they do not count, and fewer are asked for."

    def _main(self) -> str:
        if self.what == Completion.TASKS:
            return _try(self.needed, self.of)
        if not self.of:
            return "attend the sessions, once they are planned"
        if self.what == Completion.HOURS:
            return f"attend {'all' if self.needed >= self.of else f'at least {_bare(self.needed)} of'} {hours(self.of)}"
        words = f"({self.per_cent} per cent)" if self.what == Completion.PERCENT else ""
        if self.of == 1:
            return "attend the session"
        if self.needed >= self.of:
            return f"attend all {self.of} sessions"
        return f"attend at least {self.needed} of {self.of} sessions {words}".strip()


def _try(needed: int, of: int) -> str:
    if needed >= of:
        return "try the research task" if of == 1 else f"try all {of} research tasks"
    return f"try at least {needed} of {of} research tasks"


def _bare(minutes: int) -> str:
    return hours(minutes).rpartition(" ")[0]


def sessions_needed(rule: str, number: int, planned: int, gone: int) -> int:
    """How many of so many planned sessions a rule asks for that counts them; `gone`: cancelled and not replaced."""
    if rule == Completion.SESSIONS:
        return min(max(number - gone, 1), planned)
    return -(-number * planned // 100)


def ask(work_group: WorkGroup, sessions: Iterable[Session], tasks: int, now: datetime) -> Asked:
    """What the group asks, of these of its sessions (cancelled ones included) and so many tasks written.

    While sessions are to come, a task is expected between each two of them. Nobody loses by what the hub did not do:
    never more is asked than there was.
    """
    sessions = list(sessions)
    planned = [one for one in sessions if one.is_planned]
    replaced = {one.replaces_id for one in planned}
    gone = [one for one in sessions if not one.is_planned and one.pk not in replaced]
    goes_on = any(one.ends_at is None or one.ends_at > now for one in planned)
    of_tasks = max(tasks, len(planned) - 1) if goes_on else tasks
    number, rule = work_group.completion_number, work_group.completion_rule
    needed_tasks = min(work_group.completion_tasks, of_tasks) if work_group.uses_tasks else 0
    minutes = sum(one.minutes for one in planned)
    lost = sum(one.minutes for one in gone)
    if rule == Completion.TASKS:
        return Asked(rule, min(number, of_tasks), of_tasks, left_out=len(gone))
    if rule == Completion.HOURS:
        needed, of = min(max(60 * number - lost, 1), minutes), minutes
    else:
        needed, of = sessions_needed(rule, number, len(planned), len(gone)), len(planned)
    return Asked(rule, needed, of, number if rule == Completion.PERCENT else 0, needed_tasks, of_tasks, len(gone))
