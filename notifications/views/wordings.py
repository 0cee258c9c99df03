"""The hub's own words in its mails: by kind, with a preview, and every version to go back to."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts.access import PersonRequest, hub_staff_required
from accounts.typed import number_in
from notifications.actions import wordings
from notifications.examples import example, newest_facts
from notifications.forms import WordingForm
from notifications.kinds import PLACEHOLDERS, WORDED
from notifications.models import Wording
from notifications.words import in_words


@hub_staff_required
def office_wording_list(request: PersonRequest) -> HttpResponse:
    """Each kind of mail with our words and the hub's beside them."""
    in_force = Wording.objects.in_force()
    kinds = [{"code": code, "ours": kind, "theirs": in_force.get(code)} for code, kind in WORDED.items()]
    return render(request, "notifications/office_wording_list.html", {"kinds": kinds})


@hub_staff_required
def office_wording(request: PersonRequest, kind: str) -> HttpResponse:
    """One kind: its words, how a mail reads with them, and what was said before."""
    if kind not in WORDED:
        raise Http404
    ours, standing = WORDED[kind], Wording.objects.in_force().get(kind)
    subject = (standing.subject if standing else "") or ours.subject
    paragraph = (standing.paragraph if standing else "") or ours.paragraph
    back = request.POST.get("back", "")
    form = WordingForm(
        request.POST if request.method == "POST" and not back else None,
        kind=kind,
        initial={"subject": subject, "paragraph": paragraph},
    )
    try:
        if back:
            version = number_in(back) or None
            wordings.restore(kind=kind, version=version, by=request.user)
            messages.success(request, "These words hold from the next mail on.")
            return redirect("office_wording", kind=kind)
        if form.is_valid():
            subject, paragraph = form.cleaned_data["subject"], form.cleaned_data["paragraph"]
            if "save" in request.POST:
                wordings.reword(kind=kind, subject=subject, paragraph=paragraph, by=request.user)
                messages.success(request, "Kept. These words hold from the next mail on.")
                return redirect("office_wording", kind=kind)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    facts = newest_facts(kind)
    context = {
        "kind": ours,
        "code": kind,
        "form": form,
        "mail": in_words(example(kind, facts), subject, paragraph),
        "is_real": bool(facts),
        "allowed": [(name, PLACEHOLDERS[name]) for name in ours.allowed],
        "versions": Wording.objects.filter(kind=kind).select_related("by")[:20],
        "standing": standing,
    }
    template = "_wording_preview" if request.headers.get("HX-Request") else "office_wording"
    return render(request, f"notifications/{template}.html", context)
