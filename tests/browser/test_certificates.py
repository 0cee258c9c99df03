"""From a finished group to a certificate: issued, opened by its holder, checked by anybody, revoked."""

import io
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect
from pypdf import PdfReader

from booking.models import Certificate
from tests.browser.conftest import screenshot
from tests.series import Done

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_certificate_is_issued_opened_checked_and_revoked(new_context: Callable[..., BrowserContext]) -> None:
    done = Done()
    lead, holder, anybody = (new_context(one, width=390).new_page() for one in (done.fran, done.ann, None))

    lead.goto("/registers/")
    lead.get_by_role("link", name=re.compile(f"Who may not finish.*{done.group}")).click()
    expect(lead.get_by_text("Completed")).to_be_visible()
    lead.get_by_role("link", name="Certificates").click()
    lead.get_by_role("button", name="Issue certificates").click()
    expect(lead.get_by_text("1 certificate issued.")).to_be_visible()

    holder.goto("/my/")
    expect(holder.get_by_text("You have completed it.")).to_be_visible()
    screenshot(holder, "my-certificate")
    paper = holder.request.get(holder.get_by_role("link", name=str(done.group), exact=True).first.get_attribute("href"))
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.body())).pages)
    certificate = Certificate.objects.get()
    assert paper.headers["content-type"] == "application/pdf"
    assert done.ann.name in words
    assert certificate.token in "".join(words.split())

    anybody.goto(certificate.check_path)
    expect(anybody.get_by_role("heading", name="This certificate is genuine")).to_be_visible()
    expect(anybody.get_by_text(done.ann.name)).to_be_visible()
    screenshot(anybody, "certificate-check")

    lead.get_by_role("link", name=f"Revoke that of {done.ann.name}").click()
    lead.get_by_label("Why it is revoked").fill("Issued too soon")
    lead.get_by_role("button", name="Revoke it").click()
    expect(lead.get_by_text("is revoked: whoever checks it is told so.")).to_be_visible()
    anybody.reload()
    expect(anybody.get_by_role("heading", name="This certificate no longer holds")).to_be_visible()
    expect(anybody.get_by_text(done.ann.name)).to_have_count(0)
