"""Certificates: issued once to whoever completed a group, checked by anybody, revoked, and issued anew."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import School, User
from accounts.traces import Traces
from booking.actions import certificates, people
from booking.bundling import make, make_bundles
from booking.completion import standings
from booking.integrity import violations
from booking.models import Attendance, Certificate, CertificateBundle, WorkGroup
from booking.personal import erase
from booking.reports.certificates import of_group, paper, to_issue
from notifications.acts import tell_acts
from notifications.models import Notice
from tests.factories import (
    create_certificate,
    create_hub_staff,
    create_lead,
    create_school,
    create_teacher,
    create_user,
)
from tests.series import Done, Series

pytestmark = pytest.mark.django_db(transaction=True)


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_issue_gives_whoever_completed_the_group_a_certificate_and_a_mail() -> None:
    done = Done()

    certificate = done.issue()
    tell_acts()

    assert (certificate.person, certificate.school, certificate.name) == (done.ann, done.school, done.ann.name)
    assert (certificate.sessions, certificate.of_sessions, certificate.minutes) == (4, 5, 600)
    assert certificate.number == f"MH-{timezone.localdate().year}-{certificate.pk:06d}"
    notice = Notice.objects.get(kind="certificate_ready")
    assert (notice.to, notice.text) == (done.ann.email, "")
    assert list(violations()) == []


def test_issue_waits_for_the_last_session_and_for_every_register() -> None:
    going, unsigned = Series(past=4, coming=1), Done(signed=False)

    with pytest.raises(ValidationError, match="once the last session is over"):
        certificates.issue(work_group=going.group, by=create_user())
    with pytest.raises(ValidationError, match="5 registers are still to sign"):
        certificates.issue(work_group=unsigned.group, by=create_user())


def test_issue_pressed_twice_is_done_once_and_gives_later_ones_theirs() -> None:
    done = Done()
    done.issue()
    with pytest.raises(ValidationError, match="has a certificate already"):
        certificates.issue(work_group=done.group, by=done.fran)
    sam = create_teacher(school=done.school)
    done.came("present", "present", "present", "present", person=sam)

    assert [one.person for one in certificates.issue(work_group=done.group, by=done.fran)] == [sam]


def test_issue_is_refused_where_a_group_gives_none() -> None:
    done = Done(uses_certificates=False)

    with pytest.raises(ValidationError, match="gives no certificates"):
        certificates.issue(work_group=done.group, by=done.fran)


def test_certificate_that_differs_from_the_register_is_issued_anew() -> None:
    done = Done()
    first = done.issue()
    with pytest.raises(ValidationError, match="says what the registers say"):
        certificates.issue_anew(certificate=first, by=done.fran)
    done.mark(3, "late", minutes=30)
    assert [line.state for line in of_group(done.group, timezone.now())] == ["Differs from the registers"]

    fresh = certificates.issue_anew(certificate=first, by=done.fran)

    first.refresh_from_db()
    assert (fresh.minutes, fresh.follows, fresh.is_in_force, first.is_in_force) == (720, first, True, False)
    assert [line.state for line in of_group(done.group, timezone.now())] == ["Issued"]


def test_certificate_of_whoever_did_not_complete_after_all_is_only_revoked() -> None:
    done = Done()
    certificate = done.issue()
    done.mark(1, "absent")
    assert [line.state for line in of_group(done.group, timezone.now())] == ["No longer enough by the registers"]

    with pytest.raises(ValidationError, match="Revoke it instead"):
        certificates.issue_anew(certificate=certificate, by=done.fran)


def test_revoke_says_why_and_everybody_elses_button_leaves_it_revoked() -> None:
    done = Done()
    certificate = done.issue()
    with pytest.raises(ValidationError, match="Say why"):
        certificates.revoke(certificate=certificate, reason=" ", by=done.fran)

    certificates.revoke(certificate=certificate, reason="Issued to the wrong Ann", by=done.fran)

    with pytest.raises(ValidationError, match="revoked already"):
        certificates.revoke(certificate=certificate, reason="Again", by=done.fran)
    with pytest.raises(ValidationError, match="has a certificate already"):
        certificates.issue(work_group=done.group, by=done.fran)
    assert len(certificates.issue(work_group=done.group, by=done.fran, person=done.ann.pk)) == 1


def test_certificate_counts_hours_for_each_school_of_who_moved() -> None:
    done, other = Done(), create_school(name="Riverside")
    Attendance.objects.filter(session__number__gte=4, person=done.ann).update(school=other)

    certificate = done.issue()

    assert certificate.hours_for == [[done.school.pk, 300], [other.pk, 300]]
    words = text_of(paper([certificate]))
    assert f"5 hours for {done.school}" in words
    assert "5 hours for Riverside" in words


def test_paper_says_who_what_for_and_where_it_is_checked_and_is_tagged() -> None:
    done = Done()
    certificate = done.issue()

    made = paper([certificate])

    reader, words = PdfReader(io.BytesIO(made)), text_of(made)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]  # type: ignore[index]
    for expected in (done.ann.name, done.group.title, "10 hours", "four of five sessions", "Led by Fran Lee"):
        assert expected in words
    assert certificate.number in words
    assert certificate.token in words.replace(" ", "")


def test_certificate_check_shows_the_name_and_what_it_is_for_and_no_more() -> None:
    done = Done()
    certificate = done.issue()

    response = Client().get(reverse("certificate_check", args=[certificate.token]))

    page = response.content.decode()
    assert response["X-Robots-Tag"] == "noindex"
    assert "This certificate is genuine" in page
    assert done.ann.name in page
    assert done.group.title in page
    assert done.school.name not in page
    assert "hours" not in page


def test_certificate_check_of_a_revoked_one_names_nobody_and_says_no_reason() -> None:
    certificate = create_certificate(person=create_user(name="Kim Patel"))
    certificates.revoke(certificate=certificate, reason="Wrong Kim", by=create_hub_staff())

    page = Client().get(reverse("certificate_check", args=[certificate.token])).content.decode()

    assert "no longer holds" in page
    assert "Kim" not in page
    assert Client().get(reverse("certificate_check", args=["guessed"])).status_code == 404


def test_certificate_check_of_somebody_forgotten_says_so() -> None:
    certificate = create_certificate(name="")

    page = Client().get(reverse("certificate_check", args=[certificate.token])).content.decode()

    assert "The holder asked to be forgotten" in page


def test_certificate_check_is_not_for_trying_many() -> None:
    client, address = Client(), reverse("certificate_check", args=[create_certificate().token])

    answers = [client.get(address).status_code for _ in range(61)]

    assert (answers[0], answers[-1]) == (200, 429)


def test_certificate_paper_is_for_its_holder_their_lead_who_leads_and_the_office() -> None:
    done = Done()
    certificate = done.issue()
    lead = done.booking.made_by
    other = create_teacher(school=done.school)

    def opens(person: User) -> int:
        client = Client()
        client.force_login(person)
        return client.get(reverse("certificate_paper", args=[certificate.pk])).status_code

    assert [opens(person) for person in (done.ann, lead, done.fran, create_hub_staff())] == [200] * 4
    assert [opens(person) for person in (other, create_user())] == [404] * 2


def test_school_certificates_are_all_of_a_year_in_one_paper() -> None:
    done = Done()
    done.issue()
    sam = create_teacher(school=done.school, name="Sam Poole")
    create_certificate(person=sam, school=done.school, work_group=done.group)
    create_certificate(work_group=done.group, school=create_school())
    client = Client()
    client.force_login(done.booking.made_by)

    made = client.get(reverse("school_certificates"), {"year": done.group.year})

    assert len(PdfReader(io.BytesIO(made.content)).pages) == 2


def test_bundle_holds_a_paper_for_each_and_goes_after_a_day() -> None:
    done = Done()
    certificate = done.issue()
    bundle = certificates.ask_for_bundle(work_group=done.group, by=done.fran)
    assert certificates.ask_for_bundle(work_group=done.group, by=done.fran) == bundle

    assert make_bundles(now=timezone.now()) == 1

    bundle.refresh_from_db()
    assert (bundle.done, bundle.of, bundle.per_cent) == (1, 1, 100)
    with bundle.file.open("rb") as made, zipfile.ZipFile(made) as pages:
        (name,) = pages.namelist()
        assert name.endswith(f"{certificate.number}.pdf")
        assert pages.read(name).startswith(b"%PDF")
    storage, name = bundle.file.storage, bundle.file.name
    make_bundles(now=timezone.now() + timedelta(days=2))
    assert not CertificateBundle.objects.exists()
    assert not storage.exists(name)


def test_to_issue_names_groups_that_are_over_until_everybody_has_theirs() -> None:
    done = Done()
    before = to_issue(timezone.now())

    done.issue()

    assert before == [(done.group, 1)]
    assert to_issue(timezone.now()) == []


def test_bundle_that_was_dropped_while_it_was_made_stays_dropped() -> None:
    done = Done()
    done.issue()
    bundle = certificates.ask_for_bundle(work_group=done.group, by=done.fran)
    CertificateBundle.objects.filter(pk=bundle.pk).delete()

    make(bundle)

    assert not CertificateBundle.objects.exists()
    assert not bundle.file


def test_certificate_of_somebody_forgotten_is_as_counted_and_not_issued_anew() -> None:
    done = Done()
    certificate = done.issue()
    with transaction.atomic():
        erase(Traces.of(done.ann), at=timezone.now())

    (line,) = of_group(done.group, timezone.now())

    assert (line.differs, line.state) == (False, "Issued")
    with pytest.raises(ValidationError, match="asked to be forgotten"):
        certificates.issue_anew(certificate=certificate, by=done.fran)


def test_certificate_of_a_school_that_was_taken_in_opens_for_its_successor() -> None:
    done, successor = Done(), create_school()
    certificate = done.issue()
    School.objects.filter(pk=done.school.pk).update(status=School.Status.CLOSED, merged_into=successor)
    client = Client()
    client.force_login(create_lead(school=successor))

    assert client.get(reverse("certificate_paper", args=[certificate.pk])).status_code == 200


def test_erased_holder_is_named_nowhere_and_the_file_with_their_paper_goes() -> None:
    done = Done()
    certificate = done.issue()
    bundle = certificates.ask_for_bundle(work_group=done.group, by=done.fran)
    make_bundles(now=timezone.now())

    with transaction.atomic():
        erase(Traces.of(done.ann), at=timezone.now())
    make_bundles(now=timezone.now())

    certificate.refresh_from_db()
    assert certificate.name == ""
    assert not CertificateBundle.objects.filter(pk=bundle.pk).exists()


def test_merge_keeps_the_certificate_that_says_more() -> None:
    keep, gone = create_user(), create_user()
    group: WorkGroup = Done().group
    less = create_certificate(person=keep, work_group=group, minutes=150)
    more = create_certificate(person=gone, work_group=group)

    people.merge(keep=keep, gone=gone, by=create_hub_staff())

    assert list(Certificate.objects.in_force().filter(person=keep)) == [more]
    assert list(Certificate.objects.filter(revoked_at__isnull=False)) == [less]
    assert standings([group]).keys() == {(group.pk, pk) for _, pk in standings([group])}
