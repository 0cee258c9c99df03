"""What a project asks: answered while booking, for a booking that stands, or by the person themselves."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.access import PersonRequest, SchoolRequest, person_required, school_lead_required
from accounts.colleagues import show_as_typed
from booking.access import work_group_lead_required
from booking.actions import questions
from booking.asking import ALL, asked_of
from booking.forms.places import ReachedForm
from booking.forms.questions import AnswersForm
from booking.models import Booking, Place, WorkGroup
from booking.reports.answers import answers_of
from booking.views.drafts import draft_of, draft_questions, keep_draft


@school_lead_required
def booking_questions(request: SchoolRequest, slug: str) -> HttpResponse:
    """Between who comes and checking it all: what the project asks."""
    work_group = get_object_or_404(WorkGroup.objects.published().select_related("project"), slug=slug)
    draft = draft_of(request, slug)
    if draft is None:
        return redirect("booking_create", slug=slug)
    asked = draft_questions(request, work_group, draft)
    form = AnswersForm(request.POST or None, asked=asked, must=True)
    if not asked or form.is_valid():
        keep_draft(request, draft.answered(form.given if asked else {}))
        return redirect("booking_check", slug=slug)
    context = {"form": form, "work_group": work_group, "step": "step 2 of 3", "button": "Check your answers"}
    return render(request, "booking/questions.html", context)


@person_required
def booking_answers(request: PersonRequest, pk: int) -> HttpResponse:
    """The same for a booking that stands: whoever was named since, and what was left open."""
    bookings = Booking.objects.visible_to(request.user).live().select_related("work_group", "school")
    booking = get_object_or_404(bookings, pk=pk)
    places = list(booking.places.live().named().select_related("person"))
    if not request.user.is_hub_staff:
        show_as_typed(booking.school_id, [place.person for place in places])
    asked = asked_of(booking, places, request.user, remember=True)
    if not asked:
        return redirect(booking)
    form = AnswersForm(request.POST or None, asked=asked)
    reached = None if request.user.books_for(booking.school) else ReachedForm(request.POST or None)
    if form.is_valid() and (reached is None or reached.is_valid()):
        how = reached.words if reached else ""
        try:
            questions.answer(booking=booking, answers=form.given, by=request.user, reached=how)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Thank you. The answers are kept.")
            return redirect(booking)
    context = {"form": form, "work_group": booking.work_group, "step": str(booking.school), "back": booking}
    return render(request, "booking/questions.html", context | {"button": "Keep the answers", "reached": reached})


@person_required
def my_questions(request: PersonRequest, pk: int) -> HttpResponse:
    """What is asked about me, by me: nobody knows a teacher's number as well as they do."""
    places = Place.objects.live().filter(person=request.user)
    place = get_object_or_404(places.select_related("booking__work_group", "booking__school", "person"), pk=pk)
    asked = [one for one in asked_of(place.booking, [place], request.user, remember=True) if one.key != ALL]
    if not asked:
        raise Http404
    form = AnswersForm(request.POST or None, asked=asked)
    if form.is_valid():
        try:
            questions.answer(booking=place.booking, answers=form.given, by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Thank you. Your answers are kept.")
            return redirect("my_sessions")
    context = {"form": form, "work_group": place.booking.work_group, "step": "About you", "button": "Keep the answers"}
    return render(request, "booking/questions.html", context)


@work_group_lead_required
def work_group_answers(request: PersonRequest, work_group: WorkGroup) -> HttpResponse:
    """What schools answered, for those who run the group; each question as far as it was said to be theirs."""
    context = {"work_group": work_group, "answers": answers_of(work_group, request.user)}
    return render(request, "booking/work_group_answers.html", context)
