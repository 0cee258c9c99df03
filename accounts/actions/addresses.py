"""An address is tried again that mail came back from."""

from django.db import transaction
from django.utils import timezone

from accounts.bounced import works_again
from accounts.models import BouncedAddress, User


@transaction.atomic(durable=True)
def try_again(*, bounced: BouncedAddress, by: User) -> bool:
    """Write to an address again, because somebody knows that it works. Returns whether it had not been written to."""
    return works_again(bounced.address, by=by, at=timezone.now())
