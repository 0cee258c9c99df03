"""The forms at the doors of the hub, ours for each of allauth's, and how often one may try there."""

ACCOUNT_FORMS = {
    "login": "accounts.doors.PasswordForm",
    "signup": "accounts.doors.SignupForm",
    "add_email": "accounts.doors.AddressForm",
    "reset_password": "accounts.doors.LostPasswordForm",
    "reset_password_from_key": "accounts.doors.NewPasswordForm",
    "change_password": "accounts.doors.ChangePasswordForm",
    "set_password": "accounts.doors.SetPasswordForm",
    "reauthenticate": "accounts.doors.PasswordAgainForm",
    "request_login_code": "accounts.doors.AskForCodeForm",
    "confirm_login_code": "accounts.doors.LoginCodeForm",
    "confirm_email_verification_code": "accounts.doors.AddressCodeForm",
}
MFA_FORMS = {
    "add_webauthn": "accounts.doors.AddPasskeyForm",
    "authenticate": "accounts.doors.SecondStepForm",
    "reauthenticate": "accounts.doors.SecondStepAgainForm",
    "activate_totp": "accounts.doors.SetUpAppForm",
    "authenticate_webauthn": "accounts.doors.PasskeyForm",
    "reauthenticate_webauthn": "accounts.doors.PasskeyAgainForm",
    "login_webauthn": "accounts.doors.PasskeyLoginForm",
}
# What fails at any door: five in five minutes for one account (each kind of door for itself, so that nobody can shut an
# owner out), ten a minute from one place, together. A full staff room that logs in at once fails nowhere.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "5/5m/key",
    "failed_code": "5/5m/key",
    "failed_here": "10/m/ip",
    "reauthenticate": "5/5m/user",
    "change_password": "5/5m/user",
    "request_login_code": "30/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/5m/key",
    "reset_password_from_key": "10/m/ip",
    "signup": "30/m/ip",
    "complaint": "5/m/ip,30/d/ip",
    "newsletter": "5/m/ip",
    "certificate": "60/m/ip",
}
