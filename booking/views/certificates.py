"""Certificates: issued and revoked by who leads the group and the office, read by their holders, checked by anybody."""

from collections.abc import Callable, Sequence

from allauth.core import ratelimit
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, SchoolRequest, by_link, confirmed_lead_required, person_required
from accounts.models.schools import taken_in
from accounts.schoolyear import school_year_label, school_year_of
from accounts.tries import may_look
from accounts.typed import number_in
from booking.access import facilitator_required, work_group_lead_required
from booking.actions import certificates
from booking.belonging import may_lead
from booking.certifying import why_not_yet
from booking.forms.certificates import RevokeForm
from booking.models import Certificate, CertificateBundle, WorkGroup
from booking.reports import certificates as reports
from booking.views.my import person_by_link
from booking.views.papers import pdf_response


@by_link
def certificate_check(request: HttpRequest, token: str) -> HttpResponse:
    """Whether a certificate is genuine and holds: its holder's name and what it is for, and nothing else."""
    if not may_look(request, "certificate"):
        return ratelimit.respond_429(request)
    certificate = get_object_or_404(Certificate.objects.select_related("work_group"), token=token)
    return render(request, "booking/certificate_check.html", {"certificate": certificate})


@person_required
def certificate_paper(request: PersonRequest, pk: int) -> HttpResponse:
    """The paper: for its holder, who books for their school, who leads the group, and hub staff."""
    return _pdf([get_object_or_404(Certificate.objects.seen_by(request.user).distinct(), pk=pk)])


@by_link
def person_certificate(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """The same by a person's signed link, without an account."""
    return _pdf([get_object_or_404(Certificate.objects.of_person(person_by_link(token)), pk=pk)])


@confirmed_lead_required
def school_certificates(request: SchoolRequest) -> HttpResponse:
    """All certificates in force that count for our school, of one school year, in one paper."""
    asked = request.GET.get("year", "")
    year = number_in(asked, digits=4) or school_year_of(timezone.localdate())
    found = Certificate.objects.in_force().filter(school__in=taken_in([request.school.pk]), work_group__year=year)
    rows = list(found.order_by("work_group__title", "name", "pk"))
    if not rows:
        messages.info(request, f"No certificates in {school_year_label(year)}.")
        return redirect("school_standing")
    return _pdf(rows, name=f"certificates-{school_year_label(year)}")


@work_group_lead_required
def work_group_certificates(request: PersonRequest, work_group: WorkGroup) -> HttpResponse:
    """Who has completed the group, with their certificates: to issue, issued, or no longer what the registers say."""
    now = timezone.now()
    lines = reports.of_group(work_group, now)
    context = {
        "work_group": work_group,
        "lines": lines,
        "why_not": why_not_yet(work_group, now),
        "to_issue": sum(line.state == "To issue" for line in lines),
        "in_force": sum(line.certificate is not None and line.certificate.is_in_force for line in lines),
        "bundle": work_group.certificate_bundles.first(),
    }
    return render(request, "booking/work_group_certificates.html", context)


@require_POST
@work_group_lead_required
def work_group_certificates_issue(request: PersonRequest, work_group: WorkGroup) -> HttpResponse:
    """Issue to everybody who has completed the group; or to one person."""
    asked = request.POST.get("person", "")
    person = number_in(asked) or None

    def issue() -> str:
        made = certificates.issue(work_group=work_group, by=request.user, person=person)
        return f"{len(made)} {'certificate' if len(made) == 1 else 'certificates'} issued. Each person has a mail."

    return _try(request, issue, work_group.pk)


@require_POST
@work_group_lead_required
def work_group_certificates_all(request: PersonRequest, work_group: WorkGroup) -> HttpResponse:
    """Ask for all of them in one file; a worker makes it, and its page shows how far it is."""
    try:
        bundle = certificates.ask_for_bundle(work_group=work_group, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("work_group_certificates", pk=work_group.pk)
    return redirect("certificate_bundle", pk=bundle.pk)


@facilitator_required
def certificate_bundle(request: PersonRequest, pk: int) -> HttpResponse:
    """How far the file is; once it is made, the file itself."""
    bundle = get_object_or_404(CertificateBundle.objects.select_related("work_group"), pk=pk)
    if not may_lead(request.user, bundle.work_group):
        raise Http404
    if bundle.ready_at and "file" in request.GET:
        name = f"certificates-{bundle.work_group.slug}.zip"
        # The decorators know one kind of answer.
        return FileResponse(bundle.file.open("rb"), as_attachment=True, filename=name)  # type: ignore[return-value]
    fragment = request.headers.get("HX-Request")
    template = "booking/_certificate_bundle.html" if fragment else "booking/certificate_bundle.html"
    return render(request, template, {"bundle": bundle})


@require_POST
@facilitator_required
def certificate_anew(request: PersonRequest, pk: int) -> HttpResponse:
    certificate = _led(request, pk)

    def anew() -> str:
        fresh = certificates.issue_anew(certificate=certificate, by=request.user)
        return f"{certificate.number} is revoked, and {fresh.number} is issued."

    return _try(request, anew, certificate.work_group_id)


@facilitator_required
def certificate_revoke(request: PersonRequest, pk: int) -> HttpResponse:
    certificate = _led(request, pk)
    form = RevokeForm(request.POST or None)
    if form.is_valid():
        try:
            certificates.revoke(certificate=certificate, reason=form.cleaned_data["reason"], by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"{certificate.number} is revoked: whoever checks it is told so.")
            return redirect("work_group_certificates", pk=certificate.work_group_id)
    return render(request, "booking/certificate_revoke.html", {"certificate": certificate, "form": form})


def _led(request: PersonRequest, pk: int) -> Certificate:
    """A certificate of a group that whoever asks leads today; hub staff: any."""
    certificate = get_object_or_404(Certificate.objects.select_related("work_group", "person"), pk=pk)
    if not may_lead(request.user, certificate.work_group):
        raise Http404
    return certificate


def _try(request: PersonRequest, act: Callable[[], str], work_group: int) -> HttpResponse:
    try:
        messages.success(request, act())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect("work_group_certificates", pk=work_group)


def _pdf(rows: Sequence[Certificate], *, name: str = "") -> HttpResponse:
    return pdf_response(reports.paper(rows), name or slugify(f"certificate {rows[0].number}"))
