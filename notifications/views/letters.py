"""Writing to a group, and what was written: for who leads it, and hub staff."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import PersonRequest
from booking.access import work_group_lead_required
from booking.models import WorkGroup
from notifications.actions.letters import mail_of, write_letter
from notifications.forms import LetterForm
from notifications.models import Letter, Notice
from notifications.readers import Copy, Whom, readers_of


@work_group_lead_required
def letter_list(request: PersonRequest, work_group: WorkGroup) -> HttpResponse:
    """Everything that was written to people of this group, the newest first."""
    letters = work_group.letters.select_related("session", "school", "by")
    return render(request, "notifications/letter_list.html", {"work_group": work_group, "letters": letters})


@work_group_lead_required
def letter_create(request: PersonRequest, work_group: WorkGroup) -> HttpResponse:
    """Write, see to whom it goes and how it reads, then send. Two posts of one form, and no script."""
    form = LetterForm(request.POST or None, work_group=work_group)
    context = {"work_group": work_group, "form": form}
    if form.is_valid() and "change" not in request.POST:
        data = form.cleaned_data
        if "send" in request.POST:
            try:
                letter = write_letter(work_group=work_group, by=request.user, **data)
            except ValidationError as refusal:
                form.add_error(None, refusal)
            else:
                messages.success(request, "Sent: each person gets a mail of their own, and answers reach you.")
                return redirect("letter_detail", pk=work_group.pk, letter=letter.pk)
        else:
            context |= _preview(request, work_group, data["whom"], data["subject"], data["body"])
    return render(request, "notifications/letter_create.html", context)


def _preview(request: PersonRequest, work_group: WorkGroup, whom: Whom, subject: str, body: str) -> dict[str, object]:
    """To whom it would go, by number, and the very text that one of them would get."""
    readers = readers_of(work_group, whom, timezone.localdate())
    letter = Letter(
        work_group=work_group,
        audience=whom.audience,
        session=whom.session,
        school=whom.school,
        subject=subject,
        body=body,
        by=request.user,
    )
    own = next((copy for copy in readers.copies if copy.is_own), Copy(request.user, request.user))
    _, text, _, _ = mail_of(letter, own)
    return {"readers": readers, "letter": letter, "text": text}


@work_group_lead_required
def letter_detail(request: PersonRequest, work_group: WorkGroup, letter: int) -> HttpResponse:
    """One letter, and what became of its mails: by number, nobody's address."""
    letters = work_group.letters.select_related("session", "school", "by")
    found = get_object_or_404(letters, pk=letter)
    states = list(Notice.objects.filter(order_key=found.order_key).values_list("state", flat=True))
    context = {
        "work_group": work_group,
        "letter": found,
        "mails": len(states),
        "sent": sum(state in (Notice.State.SENT, Notice.State.UNKNOWN) for state in states),
        "failed": states.count(Notice.State.FAILED),
    }
    return render(request, "notifications/letter_detail.html", context)
