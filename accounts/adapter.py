"""How allauth behaves here: mail through the outbox, where a new person goes first, and who needs a second step."""

import logging
from http import HTTPStatus
from typing import Any, ClassVar

import requests
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.internal.flows.trust import decode_trust_cookie, encode_trust_cookie
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.bounced import works_again
from accounts.models import User
from accounts.names import clean_name
from accounts.schoolyear import school_year_begins, school_year_of
from accounts.tries import FROM_ONE_PLACE, account_of, count

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "duplicate_email": "This address is yours already.",
        "email_password_mismatch": "The address or the password is not right. Look at both, or log in by code.",
        "email_taken": "Somebody else already uses this e-mail address.",
        "enter_current_password": "Type the password you have now.",
        "incorrect_code": "That is not the code. Look at the newest mail from us, and type what it says.",
        "incorrect_password": "That is not your password.",
        "max_email_addresses": "More than %d addresses are too many. Take one away first.",
        "rate_limited": "A code has just been sent. Wait a little before you ask for another.",
        "too_many_login_attempts": "That was tried too often. Please wait five minutes, or come in another way.",
        "unverified_primary_email": "Confirm the address first; then it can be the main one.",
    }

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """A new person first finds their school, and then comes back to what they were about to do."""
        wanted = request.POST.get("next") or request.GET.get("next") or ""
        find = reverse("school_find")
        return f"{find}?next={wanted}" if wanted and self.is_safe_url(wanted) else find

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return self.get_signup_redirect_url(self.request)

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of this site: never another host, whatever the Host header says."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """allauth counts the failures of one account; those from one place are counted together, at whatever door."""
        tried = count(FROM_ONE_PLACE)
        person: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if person is not None:
            tried.rollback()
        return person

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One count for one account: allauth's own begins anew with every Host header and every other address."""
        return account_of(credentials.get("email", ""))

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, Any]]:
        ways = {
            "reauthenticate": "Type your password",
            "mfa_reauthenticate": "Type a code from the app, or a recovery code",
            "mfa_reauthenticate:webauthn": "Use my passkey",
        }
        return [way | {"description": ways[way["id"]]} for way in super().get_reauthentication_methods(user)]

    def pre_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse | None:
        """A phone that was trusted last school year is asked again."""
        _forget_trust_of_last_year(request)
        response: HttpResponse | None = super().pre_login(request, user, **options)
        return response

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        """A code that was typed reached its address, so mail goes there again."""
        for record in get_authentication_records(request, user):
            if record.get("method") == "code" and record.get("email"):
                _works_again(record["email"], user)
        response: HttpResponse = super().post_login(request, user, **options)
        return response

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        confirmed: bool = super().confirm_email(request, email_address)
        if confirmed:
            _works_again(email_address.email, email_address.user)
        return confirmed

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        context |= {"hub_name": settings.HUB_NAME, "hub_url": settings.HUB_URL}
        super().send_mail(template_prefix, email, context)

    def format_email_subject(self, subject: str) -> str:
        return subject


def _works_again(address: str, person: User) -> None:
    with transaction.atomic():
        works_again(address, by=person, at=timezone.now())


class SecondStepAdapter(DefaultMFAAdapter):
    error_messages: ClassVar[dict[str, Any]] = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": "What you see is about many people: one of these must stay. Add another first.",
        "cannot_generate_recovery_codes": "Set up the app or a passkey first.",
        "incorrect_code": "That is not the code. Wait for the next one that the app shows, and type that.",
    }

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Who needs a second step for what they see keeps the last one they have."""
        others = Authenticator.objects.filter(
            user=authenticator.user_id, type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        ).exclude(pk=authenticator.pk)
        return others.exists() or not authenticator.user.hub_role


class OtherDoorAdapter(DefaultSocialAccountAdapter):
    error_messages: ClassVar[dict[str, Any]] = DefaultSocialAccountAdapter.error_messages | {
        "connected_other": "That one already opens another account here. Write to the hub if both are you.",
        "disconnect_last": "This is your only way in. Set a password or add a passkey first.",
        "email_taken": "This address has an account here already. Log in to it, then add %s under “My account”.",
        "no_password": "Set a password first.",
        "no_verified_email": "Confirm your e-mail address first.",
    }

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """The name as the other house gives it, where it can be one; an address as proved only where it says so."""
        user: User = super().populate_user(request, sociallogin, data)
        for address in sociallogin.email_addresses:
            address.verified = address.verified is True and _speaks_for(sociallogin, address.email)
        words = data.get("name") or " ".join(filter(None, [data.get("first_name"), data.get("last_name")]))
        try:
            user.name = clean_name(str(words or ""))[:100]
        except ValidationError:
            user.name = ""
        return user

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """An address that the other house has proved leads to whoever has proved it here, or was named by it.

        allauth also takes whoever merely has it as a further address, unproved: the trap of somebody who waits there.
        """
        for address in sociallogin.email_addresses:
            if address.verified:
                proved = (
                    EmailAddress.objects.filter(email=address.email.lower(), verified=True)
                    .select_related("user")
                    .first()
                )
                if proved is not None:
                    return proved.user, address.email
                named = User.objects.filter(email=address.email.lower()).first()
                if named is not None and not EmailAddress.objects.filter(user=named, verified=True).exists():
                    return named, address.email
        return None

    def get_requests_session(self) -> requests.Session:
        """A house that does not answer is a page that says so, and no fault of ours."""
        session: requests.Session = super().get_requests_session()
        ask = session.request

        def ask_or_say(*args: Any, **kwargs: Any) -> requests.Response:
            try:
                answer = ask(*args, **kwargs)
                if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    answer.raise_for_status()
            except requests.RequestException as silent:
                log.warning("another house does not answer: %s", type(silent).__name__)
                words = render(context.request, "socialaccount/authentication_error.html")
                raise ImmediateHttpResponse(words) from silent
            return answer

        session.request = ask_or_say  # type: ignore[method-assign]  # as allauth sets its time-out
        return session

    def get_signup_form_initial_data(self, sociallogin: SocialLogin) -> dict[str, Any]:
        return {**super().get_signup_form_initial_data(sociallogin), "name": sociallogin.user.name}

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Without a name that can be shown, the person is asked for one."""
        return bool(sociallogin.user.name) and bool(super().is_auto_signup_allowed(request, sociallogin))


def has_second_step(user: User) -> bool:
    return bool(is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]))


def _speaks_for(sociallogin: SocialLogin, address: str) -> bool:
    """May this house say whose an address is? Google only of its own mail and of a school's that it runs ("hd").

    Of any other it says that somebody once proved it, who may have left that school since.
    """
    if sociallogin.account.provider != "google":
        return True
    return address.lower().endswith("@gmail.com") or bool(sociallogin.account.extra_data.get("hd"))


def _forget_trust_of_last_year(request: HttpRequest) -> None:
    """A browser may be trusted for several people: each one's trust ends with the school year it was given in."""
    began = school_year_begins(school_year_of(timezone.localdate())).timestamp()
    given = [trust for trust in decode_trust_cookie(request) if trust.at >= began]
    if settings.MFA_TRUST_COOKIE_NAME in request.COOKIES:
        request.COOKIES[settings.MFA_TRUST_COOKIE_NAME] = encode_trust_cookie(given)
