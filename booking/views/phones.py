"""A register on a phone with poor signal: taps are kept there, and sent here when the line is back."""

from django.core.exceptions import RequestDataTooBig, ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.access import PersonRequest, person_required
from booking.actions import registers
from booking.forms import phones
from booking.models import Mark, Session


@person_required
def register_marks(request: PersonRequest, pk: int) -> HttpResponse:
    """Asked: who is logged in, a token to send with, and whether others have marked. Sent: taps, each answered.

    The token is for a page that was opened before the last log-in, or kept for days. For who takes the register: to
    ask that apart would cost each tap a question more.
    """
    if request.method == "POST":
        return _take_in(request, pk)
    session = get_object_or_404(Session.objects.taken_by(request.user, timezone.localdate()), pk=pk)
    newest = Mark.objects.filter(attendance__session=session).order_by("-pk").values_list("pk", flat=True).first()
    return JsonResponse({"person": request.user.pk, "token": get_token(request), "newest": newest or 0})


def _take_in(request: PersonRequest, pk: int) -> HttpResponse:
    try:
        batch = phones.read(request.body, now=timezone.now())
    except RequestDataTooBig:
        return JsonResponse({"words": "This is more than a register can hold. Nothing of it was taken."}, status=413)
    except ValidationError as refusal:
        return JsonResponse({"words": " ".join(refusal.messages)}, status=422)
    if batch.person != request.user.pk:
        words = "Somebody else is logged in on this phone. Your taps wait until you log in again."
        return JsonResponse({"words": words, "person": request.user.pk}, status=409)
    try:
        answers = registers.take_in(session=pk, taps=batch.taps, by=request.user)
    except Session.DoesNotExist as nowhere:
        raise Http404 from nowhere
    return JsonResponse(
        {
            "person": request.user.pk,
            "at": timezone.localtime().strftime("%H:%M"),
            "answers": [
                {"id": str(one.device_id), "state": one.state, "words": one.words, "differs": one.differs}
                for one in (*batch.unread, *answers)
            ],
        }
    )
