"""allauth's forms where a password, a code or a passkey is shown, with every try counted.

allauth by itself counts wrong codes in the web session, which many tries at once all read before one has written.
"""

from typing import Any

from allauth.account.forms import ConfirmEmailVerificationCodeForm, ConfirmLoginCodeForm, LoginForm
from allauth.account.internal.flows.manage_email import sync_user_email_address
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, LoginWebAuthnForm, ReauthenticateWebAuthnForm
from allauth.socialaccount.internal.flows.email_authentication import wipe_password
from django import forms
from django.conf import settings

from accounts.tries import CODE_FOR_ONE_ACCOUNT, FROM_ONE_PLACE, account_of, counted

KEEP = "This device is my own: keep me logged in for two weeks"


class PasswordForm(LoginForm):
    remember = forms.BooleanField(label=KEEP, required=False)


class LoginCodeForm(ConfirmLoginCodeForm):
    """The code that was mailed to somebody who logs in."""

    remember = forms.BooleanField(label=KEEP, required=False)

    def clean_code(self) -> str:
        login = context.request._login_stage.login  # the very object that the view logs in
        address = login.email
        with counted(FROM_ONE_PLACE), counted(CODE_FOR_ONE_ACCOUNT, account=account_of(address)):
            code: str = super().clean_code()
        # A colleague who was only named comes in for the first time: this code is the proof of the address.
        sync_user_email_address(login.user)
        # Whoever signed up with this address and never proved it knows that password, and is not this reader.
        wipe_password(context.request, login.user, address)
        return code

    def clean(self) -> dict[str, Any] | None:
        cleaned: dict[str, Any] | None = super().clean()
        if not self.errors and self.cleaned_data["remember"]:
            context.request.session.set_expiry(settings.SESSION_COOKIE_AGE)
        return cleaned


class AddressCodeForm(ConfirmEmailVerificationCodeForm):
    """The code that was mailed to an address which somebody says is theirs."""

    def clean_code(self) -> str:
        with counted(FROM_ONE_PLACE), counted(CODE_FOR_ONE_ACCOUNT, account=f"address {self.email}"):
            code: str = super().clean_code()
        return code


class _SixDigits:
    """allauth counts these for one account, and would forget the place with the first that is right."""

    def clean_code(self) -> str:
        with counted(FROM_ONE_PLACE):
            code: str = super().clean_code()  # type: ignore[misc]  # of the form it is mixed into
        return code


class _Passkey:
    def clean_credential(self) -> Authenticator:
        with counted(FROM_ONE_PLACE):
            passkey: Authenticator = super().clean_credential()  # type: ignore[misc]  # of the form it is mixed into
        return passkey


class SecondStepForm(_SixDigits, AuthenticateForm):
    pass


class SecondStepAgainForm(_SixDigits, ReauthenticateForm):
    pass


class SetUpAppForm(_SixDigits, ActivateTOTPForm):
    pass


class PasskeyForm(_Passkey, AuthenticateWebAuthnForm):
    pass


class PasskeyAgainForm(_Passkey, ReauthenticateWebAuthnForm):
    pass


class PasskeyLoginForm(_Passkey, LoginWebAuthnForm):
    pass
