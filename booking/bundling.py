"""What a worker does with all certificates of a group: one after the other into one file, saying how far it is."""

import logging
import tempfile
import zipfile
from datetime import datetime, timedelta

from django.core.files import File
from django.utils import timezone
from django.utils.text import slugify

from booking.actions import certificates
from booking.models import Certificate, CertificateBundle
from booking.reports.certificates import Facts, paper

log = logging.getLogger(__name__)

# So often the page is told how far it is.
TOLD_EVERY = timedelta(seconds=1)


def make_bundles(*, now: datetime) -> int:
    """Make what was asked for, one file after the other; what is a day old goes. Returns how many were made."""
    certificates.drop_bundles(now=now)
    count = 0
    while (bundle := certificates.claim_bundle(now=timezone.now())) is not None:
        try:
            make(bundle)
        except Exception:  # whatever is wrong with one, the mail still goes; it is tried again after the lease
            log.exception("certificates of bundle %s could not be made", bundle.pk)
        else:
            count += 1
    return count


def make(bundle: CertificateBundle) -> None:
    """A file for each certificate in force, by name; the row says how many are done."""
    rows = list(Certificate.objects.in_force().filter(work_group=bundle.work_group_id).order_by("name", "pk"))
    told, facts = timezone.now(), Facts.load(rows)
    with tempfile.TemporaryFile() as made:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as pages:
            for done, row in enumerate(rows, start=1):
                pages.writestr(f"{slugify(row.name) or 'certificate'}-{row.number}.pdf", paper([row], facts))
                if timezone.now() - told >= TOLD_EVERY:
                    told = timezone.now()
                    lease = told + certificates.LEASE
                    CertificateBundle.objects.filter(pk=bundle.pk).update(done=done, of=len(rows), claimed_until=lease)
        made.seek(0)
        bundle.file.save(f"{bundle.pk}.zip", File(made), save=False)
    # It may have been dropped meanwhile, or made old because somebody in it asked to be forgotten.
    kept = CertificateBundle.objects.filter(pk=bundle.pk).update(
        done=len(rows), of=len(rows), ready_at=timezone.now(), claimed_until=None, file=bundle.file.name
    )
    if not kept:
        bundle.file.delete(save=False)
