"""A bare Django project behind the same middleware: what our figures are held against."""

import os

os.environ.setdefault("HUB_VAR", os.environ["BARE_VAR"])

from config.settings import *  # noqa: F403  # the same database options, middleware and headers
from config.settings import DATABASES, MIDDLEWARE, VAR_DIR

INSTALLED_APPS = [
    "benchmarks.bare",
    "allauth",
    "allauth.account",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
# Who needs a second step is a question about our people; everything else is the same.
MIDDLEWARE = [one for one in MIDDLEWARE if one != "config.secondstep.SecondStepMiddleware"]
AUTH_USER_MODEL = "auth.User"
ROOT_URLCONF = "benchmarks.bare.urls"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["NAME"] = VAR_DIR / "bare.sqlite3"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [os.path.dirname(__file__)]}]
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
ACCOUNT_SIGNUP_FORM_CLASS = None
ACCOUNT_ADAPTER = "allauth.account.adapter.DefaultAccountAdapter"
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
