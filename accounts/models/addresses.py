"""An address that is said to be somebody's new one, until they have said so themselves: it opens nothing."""

from django.db import models

from accounts.models.people import User
from accounts.models.schools import School


class AddressProposal(models.Model):
    """The newest address proposed for a person by whoever knows that their school's mail has moved."""

    person = models.OneToOneField(User, models.CASCADE, related_name="address_proposal")
    school = models.ForeignKey(School, models.CASCADE, related_name="+")
    email = models.EmailField()
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.email
