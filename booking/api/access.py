"""Who may ask: anybody for the programme, a key for the rest; and how often."""

from typing import Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja.errors import HttpError
from ninja.security import HttpBearer
from ninja.throttling import AnonRateThrottle, AuthRateThrottle

from booking.actions import keys
from booking.links import token_digest
from booking.models import ApiKey


class KeyedRequest(HttpRequest):
    auth: ApiKey


class Reads(HttpBearer):
    """A key in force that reads this (RFC 6750, 2.1)."""

    openapi_description = "A key that hub staff have made, sent as `Authorization: Bearer hub_…`."

    def __init__(self, what: Literal["bookings", "attendance"]) -> None:
        super().__init__()
        self.what = what

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        found = ApiKey.objects.in_force(timezone.localdate()).filter(digest=token_digest(token)).first()
        if found is None:
            return None
        if not getattr(found, f"reads_{self.what}"):
            raise HttpError(403, f"This key does not read {self.what}.")
        keys.note_use(key=found)
        return found


class ByPlace(AnonRateThrottle):
    """Without a key: so many a minute from one address."""

    def __init__(self) -> None:
        super().__init__("120/m")


class ByKey(AuthRateThrottle):
    """With a key: so many a minute for each."""

    def __init__(self) -> None:
        super().__init__("600/m")

    def get_cache_key(self, request: HttpRequest) -> str:
        assert isinstance(request.auth, ApiKey)  # type: ignore[attr-defined]  # set by ninja from `Reads`
        return f"api_key_{request.auth.pk}"  # type: ignore[attr-defined]
