"""allauth's forms in our words, and every try at a password, a code or a passkey counted.

allauth by itself counts wrong codes in the web session, which many tries at once all read before one has written.
"""

from typing import Any, ClassVar

from allauth.account import forms as account
from allauth.account.internal.flows.manage_email import sync_user_email_address
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.socialaccount.forms import SignupForm as OtherDoorSignupForm
from allauth.socialaccount.internal.flows.email_authentication import wipe_password
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.tries import CODE_FOR_ONE_ACCOUNT, FROM_ONE_PLACE, account_of, counted

KEEP = "This device is my own: keep me logged in for two weeks"
LONG_ENOUGH = "At least 10 characters; three words that have nothing to do with each other make a good one."


class _OurWords(forms.Form):
    """Each field by the name that a teacher would call it, and what to do when it is empty."""

    WORDS: ClassVar[dict[str, tuple[str, str]]] = {
        "name": ("Your name", "Type your name."),
        "email": ("E-mail", "Type your e-mail address."),
        "login": ("E-mail", "Type your e-mail address."),
        "password": ("Password", "Type your password."),
        "oldpassword": ("The password you have now", "Type the password you have now."),
        "password1": ("New password", "Choose a password."),
        "password2": ("The same again", "Type the new password once more."),
        "code": ("Code", "Type the code."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name in self.WORDS:
                field.label, field.error_messages["required"] = self.WORDS[name]
        if "password1" in self.fields:
            self.fields["password1"].help_text = LONG_ENOUGH


class SignupForm(_OurWords, account.SignupForm):
    WORDS: ClassVar[dict[str, tuple[str, str]]] = _OurWords.WORDS | {
        "email": ("Your work e-mail", "Type your e-mail address."),
        "password1": ("A password", "Choose a password."),
    }

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """For an address that has an account the password is hashed too: no answer comes sooner than another."""
        if self.account_already_exists and "password1" in self.cleaned_data:
            User().set_password(self.cleaned_data["password1"])
        saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return saved


class SignupBesideForm(_OurWords, OtherDoorSignupForm):
    """What another house has told us, to look through."""


class AddressForm(_OurWords, account.AddEmailForm):
    pass


class LostPasswordForm(_OurWords, account.ResetPasswordForm):
    pass


class NewPasswordForm(_OurWords, account.ResetPasswordKeyForm):
    pass


class ChangePasswordForm(_OurWords, account.ChangePasswordForm):
    pass


class SetPasswordForm(_OurWords, account.SetPasswordForm):
    pass


class AskForCodeForm(_OurWords, account.RequestLoginCodeForm):
    pass


class PasswordAgainForm(_OurWords, account.ReauthenticateForm):
    pass


class PasswordForm(_OurWords, account.LoginForm):
    remember = forms.BooleanField(label=KEEP, required=False)


class LoginCodeForm(_OurWords, account.ConfirmLoginCodeForm):
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


class AddressCodeForm(_OurWords, account.ConfirmEmailVerificationCodeForm):
    """The code that was mailed to an address which somebody says is theirs."""

    def clean_code(self) -> str:
        with counted(FROM_ONE_PLACE), counted(CODE_FOR_ONE_ACCOUNT, account=f"address {self.email}"):
            code: str = super().clean_code()
        return code


class _SixDigits(_OurWords):
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
    WORDS: ClassVar[dict[str, tuple[str, str]]] = {"code": ("The code that the app shows", "Type the six digits.")}


class PasskeyForm(_Passkey, AuthenticateWebAuthnForm):
    pass


class PasskeyAgainForm(_Passkey, ReauthenticateWebAuthnForm):
    pass


class PasskeyLoginForm(_Passkey, LoginWebAuthnForm):
    pass


class AddPasskeyForm(AddWebAuthnForm):
    """Most people want to log in with it, and not only to be asked for it after a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("passwordless", True)
