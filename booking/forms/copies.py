"""Last year's groups with a day for each session: each can be changed or left out before anything is made."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from booking.clocktimes import moment
from booking.copying import GroupCopy, SessionCopy
from booking.forms.proposals import DayField
from booking.reports.copies import GroupToCopy, SessionToCopy


class CopyForm(forms.Form):
    """A title for each group, and for each session a tick and a day."""

    empty_codes = forms.BooleanField(
        label="Empty the codes of national projects",
        required=False,
        help_text="They change every year. Groups of the years before keep theirs.",
    )

    def __init__(self, *args: Any, copies: Sequence[GroupToCopy], year: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.copies = copies
        for copy in copies:
            self.fields[f"title_{copy.work_group.pk}"] = forms.CharField(
                label="Title", max_length=120, initial=copy.title, error_messages={"required": "Give it a title."}
            )
            for line in copy.sessions:
                pk = line.session.pk
                self.fields[f"take_{pk}"] = forms.BooleanField(
                    label="Take along", required=False, initial=line.is_taken
                )
                if line.day is not None:
                    self.fields[f"day_{pk}"] = DayField(label="Day", required=False, school_year=year, initial=line.day)
        if not any(copy.work_group.project.kind == "national" and copy.work_group.project.code for copy in copies):
            del self.fields["empty_codes"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for line in self._lines():
            name = f"day_{line.session.pk}"
            if not data.get(f"take_{line.session.pk}"):
                self.errors.pop(name, None)
            elif line.day is not None and not data.get(name) and name not in self.errors:
                self.add_error(name, "Give the day, or take the tick away.")
        return data

    def groups(self) -> list[GroupCopy]:
        """What is to be made. Raises ValidationError where a time is none on the night of its day."""
        data = self.cleaned_data
        return [
            GroupCopy(
                copy.work_group.pk,
                data[f"title_{copy.work_group.pk}"],
                [
                    self._session(line, data.get(f"day_{line.session.pk}"))
                    for line in copy.sessions
                    if data.get(f"take_{line.session.pk}")
                ],
            )
            for copy in self.copies
        ]

    def days(self) -> dict[int, date | None]:
        """The day of each session as the page shows it: what was typed, or what is proposed; none for what is not."""
        if not self.is_bound:
            return {line.session.pk: line.day for line in self._lines()}
        data = getattr(self, "cleaned_data", {})
        return {line.session.pk: data.get(f"day_{line.session.pk}") for line in self._lines()}

    def planned(self) -> dict[int, SessionCopy]:
        """Each session that is taken along, as the page shows it; of a night without that time on the clock none."""
        days, found = self.days(), {}
        for line in self._taken():
            with suppress(ValidationError):
                found[line.session.pk] = self._session(line, days.get(line.session.pk))
        return found

    def looked(self) -> str:
        """The days of all that are taken along, as words: a later answer may hold fewer of them, but no other."""
        days = self.days()
        taken = (line.session.pk for line in self._taken())
        return " ".join(f"{pk}.{day:%Y%m%d}" for pk in taken if (day := days.get(pk)))

    def _taken(self) -> list[SessionToCopy]:
        return [line for line in self._lines() if self[f"take_{line.session.pk}"].value()]

    def rows(self) -> list[tuple[GroupToCopy, forms.BoundField, list[tuple[SessionToCopy, Any, Any]]]]:
        """For each group its title, and for each of its sessions the tick and the day."""
        return [
            (
                copy,
                self[f"title_{copy.work_group.pk}"],
                [
                    (line, self[f"take_{line.session.pk}"], self[f"day_{line.session.pk}"] if line.day else None)
                    for line in copy.sessions
                ],
            )
            for copy in self.copies
        ]

    def _lines(self) -> list[SessionToCopy]:
        return [line for copy in self.copies for line in copy.sessions]

    def _session(self, line: SessionToCopy, day: date | None) -> SessionCopy:
        session = line.session
        if day is None or session.starts_at is None or session.ends_at is None:
            return SessionCopy(session.pk, None, None, session.when_words)
        clocks = [timezone.localtime(one).time() for one in (session.starts_at, session.ends_at)]
        try:
            starts, ends = (moment(day, clock) for clock in clocks)
        except ValidationError as refusal:
            raise ValidationError(f"{session.title or session}: {' '.join(refusal.messages)}") from refusal
        return SessionCopy(session.pk, starts, ends)
