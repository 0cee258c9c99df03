"""Addresses of which something is known: proposed as somebody's new one, or none that mail reaches."""

from typing import Self

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models.people import User
from accounts.models.schools import School


class AddressProposal(models.Model):
    """The newest address proposed for a person by whoever knows that their school's mail has moved.

    Until they have said themselves that it is theirs, it opens nothing.
    """

    person = models.OneToOneField(User, models.CASCADE, related_name="address_proposal")
    school = models.ForeignKey(School, models.CASCADE, related_name="+")
    email = models.EmailField()
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.email


class BouncedAddressQuerySet(models.QuerySet["BouncedAddress"]):
    def standing(self) -> Self:
        """Nobody has said yet that it works again."""
        return self.filter(cleared_at__isnull=True)

    def of(self, address: str | None) -> Self:
        return self.standing().filter(address=(address or "").lower())


class BouncedAddress(models.Model):
    """An address from which mail came back for good: nothing but mail about logging in goes there until it is cleared.

    Kept by the address, in small letters, since a school's own address belongs to nobody.
    """

    address = models.EmailField(unique=True)
    # The status of RFC 3463, such as 5.1.1, and the words of the mail server that refused it.
    code = models.CharField(max_length=12)
    words = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)
    # Said to work again; the row goes when what was kept from it has been told.
    cleared_at = models.DateTimeField(null=True, blank=True)

    objects = BouncedAddressQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "bounced addresses"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(address=Lower("address")),
                name="bounced_address_is_in_small_letters",
                violation_error_message="The address is kept in small letters.",
            ),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def why(self) -> str:
        """In words for who does not read mail servers' words every day."""
        if self.code in ("5.1.1", "5.1.10", "5.1.6"):
            return "there is no such mailbox"
        if self.code in ("5.1.2", "5.4.4", "5.4.310"):
            return "what stands after the @ takes no mail"
        return "the mailbox is closed" if self.code == "5.2.1" else "their mail server refuses it"
