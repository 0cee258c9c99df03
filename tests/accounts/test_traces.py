"""By what somebody is found in the words of others, and what only looks like them."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db.models import CharField, TextField
from django.test import Client
from django.utils import timezone

from accounts.actions import people, rights
from accounts.integrity import project_models
from accounts.models import HistoryLine, Page, User
from accounts.personal import published_words_about
from accounts.traces import Traces
from booking import personal as booking_personal
from booking.models import Session
from notifications.delivery import drain
from notifications.models import Notice
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_session,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


def without(person: User, text: str) -> str:
    return Traces.of(person).out_of(text)


def test_traces_are_whole_words() -> None:
    ann = create_user(name="Ann", email="ann@school.example")

    left = without(ann, "Planning: Ann and Annabel, joann@school.example, ann@school.example.uk, ann@school.example.")

    assert left == "Planning: … and Annabel, joann@school.example, ann@school.example.uk, …."


def test_traces_of_one_word_are_as_written_and_of_several_in_any_capitals_and_over_a_lines_end() -> None:
    mark, kim = create_user(name="Mark"), create_user(name="Kim O'Neil")

    assert without(mark, "Mark will mark the register.") == "… will mark the register."
    assert without(kim, "KIM\nO'NEIL's book") == "…'s book"


def test_traces_that_somebody_else_bears_are_left_since_they_may_mean_the_other() -> None:
    one, _ = create_user(name="Sam Smith", email="sam1@school.example"), create_user(name="Sam Smith")

    traces = Traces.of(one)

    assert traces.out_of("Sam Smith, sam1@school.example") == "Sam Smith, …"
    assert traces.shared == {"Sam Smith"}


def test_traces_hold_the_names_and_addresses_somebody_had_before() -> None:
    person, staff = create_user(name="Jo Bell", email="jo@old.example"), create_hub_staff()

    rights.edit_me(person=person, name="Jo Marsh", job="")
    people.edit_person(person=person, name="Jo Hill", email="jo@new.example", job="", by=staff)

    person.refresh_from_db()
    assert without(person, "Jo Bell, Jo Marsh, Jo Hill, jo@old.example, jo@new.example") == "…, …, …, …, …"


def test_erase_leaves_words_that_only_look_like_the_name() -> None:
    ann, staff = create_user(name="Ann"), create_hub_staff()
    line = HistoryLine.objects.create(at=timezone.now(), verb="noted", reason="Planning with Anna", by=staff)
    notice = Notice.objects.create(kind="letter", to="x@school.example", subject="Planning", text="Plan", raw=b"Plan")

    rights.erase(person=ann, by=staff)

    line.refresh_from_db()
    notice.refresh_from_db()
    assert (line.reason, notice.subject, bytes(notice.raw)) == ("Planning with Anna", "Planning", b"Plan")


def test_erase_shows_first_which_public_words_name_the_person(log_in: Callable[[User], Client]) -> None:
    fran, staff = create_user(name="Fran Hill"), create_hub_staff()
    work_group = create_work_group(title="Fractions", description="Led by Fran Hill.", leads=[fran])
    rights.change_page(slug="privacy", text="Ask Fran Hill.", by=staff)

    words = published_words_about(fran)
    rights.erase(person=fran, by=staff)

    work_group.refresh_from_db()
    assert words == ["Page: privacy", "Work group: Fractions"]
    assert (Page.objects.get().text, work_group.description) == ("Ask ….", "Led by ….")


def test_erase_makes_the_pages_of_a_group_anew_that_named_the_person() -> None:
    fran, staff = create_user(name="Fran Hill"), create_hub_staff()
    work_group = create_work_group(sessions=1)
    Session.objects.filter(work_group=work_group).update(joining_notes="Fran Hill opens the gate.")

    rights.erase(person=fran, by=staff)

    before = work_group.revision
    work_group.refresh_from_db()
    assert work_group.revision == before + 1


def test_erase_tells_who_books_that_a_place_wants_a_name() -> None:
    lead, staff = create_lead(), create_hub_staff()
    booking = create_booking(work_group=create_work_group(), by=lead, people=1)
    person = booking.places.get().person
    assert person is not None

    rights.erase(person=person, by=staff)

    drain()
    line = HistoryLine.objects.get(verb="places_vacated")
    assert line.details == {"school": booking.school_id, "to_name": [booking.pk]}
    assert list(HistoryLine.objects.about(booking).filter(pk=line.pk)) == [line]
    assert Notice.objects.get(kind="places_vacated").to == lead.email


def test_erase_leaves_the_places_of_groups_that_are_over() -> None:
    lead, staff = create_lead(), create_hub_staff()
    work_group = create_work_group(sessions=1)
    booking = create_booking(work_group=work_group, by=lead, people=1)
    place = booking.places.get()
    over = create_session(work_group=create_work_group(sessions=0), days=-9)
    work_group.sessions.update(starts_at=over.starts_at, ends_at=over.ends_at)
    assert place.person is not None

    rights.erase(person=place.person, by=staff)

    place.refresh_from_db()
    assert place.person is not None
    assert HistoryLine.objects.filter(verb="places_vacated").count() == 0


def test_erase_twice_is_refused() -> None:
    person, staff = create_user(), create_hub_staff()
    rights.erase(person=person, by=staff)

    with pytest.raises(ValidationError, match="erased already"):
        rights.erase(person=person, by=staff)


# Columns in which nobody writes about a person: what something is called, codes, and what the programme itself puts
# there. The others are searched for the name of who is erased.
NOT_SEARCHED = {
    "accounts.School": {"name", "la_code", "la_name", "kind", "street", "town", "postcode", "telephone", "trust"}
    | {"contact_email", "search"},
    "accounts.SchoolURN": {"urn"},
    "booking.Mobile": {"number"},
    "accounts.AddressProposal": {"email"},
    "accounts.User": {"password", "name", "email", "job"},
    "accounts.Membership": {"typed_name", "typed_email"},
    "accounts.SchoolCode": {"digest"},
    "accounts.HistoryLine": {"verb"},
    "accounts.RegisterImport": {"file_name", "links_name", "authorities", "problem"},
    "accounts.Erasure": {"refusal"},
    "accounts.Complaint": {"reference", "name", "email"},
    "accounts.Suppression": {"digest"},
    "accounts.Subscription": {"email", "wording", "source"},
    "accounts.Page": {"slug"},
    "accounts.SignOfLife": {"name"},
    "booking.Project": {"title", "code"},
    # Headings and codes.
    "booking.HandedList": {"head"},
    "booking.KnownHeading": {"heading", "field"},
    "booking.ListProfile": {"list_code", "name"},
    "booking.Disclosure": {"list_code", "title"},
    "booking.ApiKey": {"digest", "begins"},
    "booking.WorkGroup": {"title", "slug", "project_code"},
    "booking.PastEngagement": {"title", "source"},
    "booking.Part": {"name"},
    "booking.Question": {"words", "hint"},  # the hub's own words to everybody
    "booking.EvaluationQuestion": {"words"},  # the same
    "booking.Venue": {
        "name",
        "street",
        "town",
        "postcode",
        "la_code",
        "room",
        "host_email",
    },  # a host's address is emptied
    "booking.Session": {"when_words", "link"},
    "booking.Attachment": {"url"},
    "booking.SchoolHoliday": {"la_code", "name"},
    "booking.PhaseDates": {"name", "source"},
    "booking.Agreement": {"email"},
    "booking.RegisterLink": {"email"},
    "booking.Booking": {"fingerprint", "cover_email"},
    "booking.Certificate": {"name", "token"},  # the name is emptied
    "booking.CalendarEntry": {"uid", "told_address"},
    "booking.CalendarFeed": {"digest", "fetched_by"},
    "booking.Need": {"access", "food", "wording"},  # theirs, and deleted
    "notifications.Wording": {"kind"},
    "notifications.Notice": {"kind", "to", "order_key", "dedupe_key", "error"},
    "notifications.Inbound": {"digest"},
    "notifications.Webhook": {"url", "secret", "former_secret", "turned_off_why"},
    "notifications.WebhookDelivery": {"error"},  # what another system answered to numbers
    "accounts.BouncedAddress": {"address", "code", "words"},  # of their address, and deleted
}
SEARCHED_ELSEWHERE = {
    "accounts.HistoryLine": {"reason"},
    "accounts.Complaint": {"words", "notes", "outcome"},
    "accounts.Page": {"text"},
    "accounts.SchoolNote": {"words", "why"},
    "accounts.NewsItem": {"title", "text"},
    "notifications.Notice": {"reason", "subject", "text"},
    "notifications.Letter": {"subject", "body"},
    "notifications.Pause": {"reason"},
    "notifications.Wording": {"subject", "paragraph"},
    "notifications.Issue": {"subject", "body"},
    "notifications.Webhook": {"name"},
    "notifications.Inbound": {"subject", "text", "why", "sender"},
}


def test_erase_reads_every_column_in_which_people_write() -> None:
    searched = {model._meta.label: set(columns) for model, columns in booking_personal.ABOUT_PEOPLE.items()}
    searched |= {model._meta.label: set(columns) for model, columns in booking_personal.PUBLISHED.items()}

    forgotten = {
        f"{model._meta.label}.{field.name}"
        for model in project_models()
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField)
        and not field.choices
        and field.name not in searched.get(model._meta.label, set())
        and field.name not in SEARCHED_ELSEWHERE.get(model._meta.label, set())
        and field.name not in NOT_SEARCHED.get(model._meta.label, set())
    }

    assert forgotten == set()
