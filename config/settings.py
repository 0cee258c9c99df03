"""The one settings file. Everything that differs between hubs comes from the environment; the defaults are safe.

With nothing in the environment every command works on a SQLite hub in var/, on this machine only.
"""

import contextlib
import ipaddress
import os
import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from accounts import said
from config import clock, doors, look
from config.otherdoors import other_doors

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("HUB_VAR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

DEMO = env.bool("HUB_DEMO", default=False)
DEBUG = env.bool("HUB_DEBUG", default=False)
# True once a person has said who this hub is; serve, worker and beat refuse to start for real without it.
IS_CONFIGURED = bool(env.str("SECRET_KEY", default="")) and bool(env.str("HUB_URL", default=""))


def _secret_made_once() -> str:
    """The secret of a hub that was given none: made at first need, kept in var/ for this user only."""
    path = VAR_DIR / "secret"
    if not path.exists():
        # Written aside and linked into place, so that two first starts agree on one secret.
        fresh = VAR_DIR / f"secret.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(64))
        with contextlib.suppress(FileExistsError):  # another process was first: its secret is the hub's
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", default="") or _secret_made_once()
if IS_CONFIGURED and (len(SECRET_KEY) < 40 or SECRET_KEY.lower().startswith(("change", "secret", "insecure"))):
    raise ImproperlyConfigured("SECRET_KEY must be at least 40 random characters.")

# ── The hub ────────────────────────────────────────────────────────────────────────────────────────────────────────
HUB_URL = env.str("HUB_URL", default="http://127.0.0.1:8000").rstrip("/")
HUB_NAME = env.str("HUB_NAME", default="East Midlands South Maths Hub" if DEMO else "Maths Hub")
HUB_SHORT_NAME = env.str("HUB_SHORT_NAME", default=HUB_NAME)
HUB_LEAD_SCHOOL = env.str("HUB_LEAD_SCHOOL", default="")
HUB_EMAIL = env.str("HUB_EMAIL", default="hub@hub.example")
# Newsletters come from an address of their own, so that who filters them still gets mail about sessions; and so many
# a minute, as the hub's mail provider allows.
HUB_NEWS_EMAIL = env.str("HUB_NEWS_EMAIL", default=f"news@{HUB_EMAIL.rpartition('@')[2]}")
HUB_NEWS_PER_MINUTE = env.int("HUB_NEWS_PER_MINUTE", default=200)
# For the privacy notice: who decides about personal data (empty: the Department for Education), and by what right.
HUB_CONTROLLER = env.str("HUB_CONTROLLER", default="")
HUB_LEGAL_BASIS = env.str("HUB_LEGAL_BASIS", default="a task in the public interest (UK GDPR, article 6(1)(e))")
# Where a venue is looked up on a map; {} is its postcode, or its name and town.
HUB_MAP_URL = env.str("HUB_MAP_URL", default="https://www.google.com/maps/search/?api=1&query={}")
# The hub's own colour, as a hue from 0 to 359 (27 is red, 145 green, 265 blue; empty: ours), and its logo (SVG or PNG).
HUB_LOGO = env.str("HUB_LOGO", default="")
try:
    HUB_HUE = look.hue_of(env.str("HUB_HUE", default=""))
    HUB_SHADES = look.OURS if HUB_HUE is None else look.shades_of(HUB_HUE)
    # How this hub says what we call by a word of our own: "work group lead=facilitator,network meeting=network day".
    HUB_WORDS = said.own_words(env.list("HUB_WORDS", default=[]))
except ValueError as refused:
    raise ImproperlyConfigured(str(refused)) from refused
HUB_TELEPHONE = env.str("HUB_TELEPHONE", default="")
# The hub's authorities: code and name as in the national register of schools, in the order they are shown.
HUB_AUTHORITIES = {
    code: name
    for code, _, name in (
        pair.partition("=")
        for pair in env.list(
            "HUB_AUTHORITIES",
            default=["855=Leicestershire", "856=Leicester", "857=Rutland", "940=North Northamptonshire"],
        )
    )
}
# Until how many hours before a session a school may still say who comes; and under how many school days' notice a
# place given up is listed as late.
# What nobody has just asked for, and can wait, leaves on school days between 7.30am and 5.30pm. In the demonstration,
# whose people are invented, everything leaves as soon as it may, so that whoever tries it sees it.
HUB_QUIET_HOURS = env.bool("HUB_QUIET_HOURS", default=not DEMO)
HUB_CHANGES_UNTIL_HOURS = env.int("HUB_CHANGES_UNTIL_HOURS", default=0)
HUB_LATE_NOTICE_DAYS = env.int("HUB_LATE_NOTICE_DAYS", default=10)

_address = urlsplit(HUB_URL)
IS_HTTPS = _address.scheme == "https"
ALLOWED_HOSTS = [_address.hostname or "127.0.0.1", "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"{_address.scheme}://{_address.netloc}"]

# ── Apps and middleware ────────────────────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "config",
    "notifications",
    "booking",
    "accounts",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "django_htmx",
    "csp",
    "django.forms",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "config.numbers.NumberMiddleware",
    "config.middleware.PlainRequestsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.secondstep.SecondStepMiddleware",
    "config.busy.BusyMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.hub",
            ],
            "builtins": [
                "django.templatetags.static",
                "booking.templatetags.words",
                "booking.templatetags.pictures",
                "booking.templatetags.hub",
            ],
        },
    }
]

# ── Data ───────────────────────────────────────────────────────────────────────────────────────────────────────────
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'hub.sqlite3'}")}
IS_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if IS_SQLITE:
    # IMMEDIATE: a transaction takes the write lock when it begins, so that two bookings queue instead of failing.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        # Its one lock is for all that is written, and who is next is luck: it waits longer than for a row.
        "timeout": 10,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000;",
    }
    DATABASES["default"]["CONN_MAX_AGE"] = None
    # Tests run on a file too: in memory, threads share a cache whose locks do not wait.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    DATABASES["default"].setdefault("OPTIONS", {})
    # A small pool: on a hot row 2 to 8 connections outrun a hundred. Who waits longer than four seconds for a row, or
    # for a database that is away, is asked to try again (`config.busy`).
    DATABASES["default"]["OPTIONS"] |= {
        "pool": {"min_size": 1, "max_size": env.int("HUB_DATABASE_CONNECTIONS", default=8), "timeout": 4},
        "connect_timeout": 5,
        "options": "-c lock_timeout=4000 -c idle_in_transaction_session_timeout=60000",
    }
ATOMIC_REQUESTS = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    # Shared, when there is a Redis to share it in; the backend falls back to this process when Redis is away.
    "default": (
        {"BACKEND": "config.cache.RobustRedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "default",
            # Tries at the doors are counted here: nobody pushes a count out by making others.
            "OPTIONS": {"MAX_ENTRIES": 50_000},
        }
    ),
    # Of the interface for other systems, so that its counts push out no other.
    "questions": (
        {"BACKEND": "config.cache.RobustRedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "questions"}
        if REDIS_URL
        else {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "questions",
            "OPTIONS": {"MAX_ENTRIES": 50_000},
        }
    ),
    # Whole bodies of public pages, keyed by the groups' revision: always in this process, so never a network away.
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "OPTIONS": {"MAX_ENTRIES": 500},
    },
}

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("HUB_STATIC", default=str(VAR_DIR / "static")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
FILES_ROOT = Path(env.str("HUB_FILES", default=str(VAR_DIR / "files")))  # what people hand in
# Where `manage.py backup` writes when it is not told, and the list of who was erased since; better on another disk.
BACKUPS_ROOT = Path(env.str("HUB_BACKUPS", default=str(VAR_DIR / "backups")))
STORAGES = {
    "default": {"BACKEND": "config.uploads.PrivateFiles"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if IS_CONFIGURED
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not IS_CONFIGURED
WHITENOISE_AUTOREFRESH = DEBUG

# ── People and doors ───────────────────────────────────────────────────────────────────────────────────────────────
# Cookies that only this host can have set.
_prefix = "__Host-" if IS_HTTPS else ""
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    # As the National Cyber Security Centre advises: long enough and not a common one; no rules about characters.
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# Whoever changes an address or adds another way in proves first who they are (as for the second step).
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = False
ACCOUNT_FORMS, ACCOUNT_RATE_LIMITS = doors.ACCOUNT_FORMS, doors.ACCOUNT_RATE_LIMITS
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("HUB_TRUSTED_PROXIES", default=0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = MFA_PASSKEY_SIGNUP_ENABLED = True
# A phone that was trusted is not asked for the second step until the school year ends: the adapter and the middleware
# hold it to 31 August, this is only the longest it can be.
MFA_TRUST_ENABLED = True
MFA_TRUST_COOKIE_AGE = timedelta(days=366)
MFA_TRUST_COOKIE_NAME = f"{_prefix}trusted"
MFA_ADAPTER = "accounts.adapter.SecondStepAdapter"
MFA_FORMS = doors.MFA_FORMS
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"}
# Nobody is logged in without a proved address; one more that the office has proposed must not keep a second step away.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = HUB_NAME
MFA_TOTP_TOLERANCE = 1  # phones whose clocks are half a minute off
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS

# Hub staff and work group leads need a second step; the people of the demonstration are invented.
SECOND_STEP_REQUIRED = not DEMO

# Doors of other houses, each open only where the hub has registered with it (client id and secret).
SOCIALACCOUNT_ADAPTER = "accounts.adapter.OtherDoorAdapter"
SOCIALACCOUNT_FORMS = {"signup": "accounts.doors.SignupBesideForm"}
SOCIALACCOUNT_PROVIDERS, _other_doors = other_doors(env)
INSTALLED_APPS += [f"allauth.socialaccount.providers.{name}" for name in SOCIALACCOUNT_PROVIDERS]
# An address that the other house has proved leads to the person who has proved it here; any other starts anew.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_EMAIL_VERIFICATION = "mandatory"
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False

# A log-in ends with the browser, as a staff room needs it; after two weeks for who says that the device is their own.
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = f"{_prefix}session"
CSRF_COOKIE_NAME = f"{_prefix}csrf"
LANGUAGE_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# ── Headers ────────────────────────────────────────────────────────────────────────────────────────────────────────
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        # A browser asks this of where a form's answer leads to as well: to the other doors that are open.
        "form-action": [SELF, *_other_doors],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
FILE_UPLOAD_HANDLERS = [
    "config.uploads.CappedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# ── Mail and the clock ─────────────────────────────────────────────────────────────────────────────────────────────
EMAIL_BACKEND = "notifications.backend.OutboxBackend"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = f"{HUB_NAME} <{HUB_EMAIL}>"
# Where the outbox delivers: an SMTP server when EMAIL_URL is set, else one .eml file a message in var/mail.
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    _mail = env.email_url("EMAIL_URL")
    EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"] or "", _mail["EMAIL_HOST_PASSWORD"] or ""
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.get("EMAIL_USE_TLS", False), _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
MAIL_DIR = VAR_DIR / "mail"

# The mailbox that answers and bounces come to, read when this is set: imaps://user:password@host:993/INBOX, or
# imap+tls:// for STARTTLS. Characters such as @ and : in user and password are written as %40 and %3A.
IMAP_URL = env.str("IMAP_URL", default="")
if IMAP_URL and urlsplit(IMAP_URL).scheme not in ("imaps", "imap+tls", "imap"):
    # A slip must not mean "in the clear".
    raise ImproperlyConfigured("IMAP_URL must begin with imaps:// or imap+tls://.")
IMAP_TIMEOUT = 20
# The name under which the mailbox's own mail server writes Authentication-Results (RFC 8601). Without it no reply that
# came by mail is believed by its sender's address, and a person looks at each.
INBOUND_AUTHSERV_ID = env.str("INBOUND_AUTHSERV_ID", default="")
# Invites come from hub+TOKEN@..., a token for each person, so that an answer to it is known to be theirs. Only where
# the mailbox takes such addresses; an invite and its cancellation must come from the same one, so choose it for good.
INBOUND_PLUS = env.bool("INBOUND_PLUS", default=False)

# Webhooks reach the open internet, by https. An operator may name networks of their own that they reach too, and there
# by http as well: 10.20.0.0/16,fd00:20::/32.
try:
    HUB_WEBHOOK_NETWORKS = [ipaddress.ip_network(one.strip()) for one in env.list("HUB_WEBHOOK_NETWORKS", default=[])]
except ValueError as _error:
    raise ImproperlyConfigured(f"HUB_WEBHOOK_NETWORKS: {_error}. Write networks as 10.20.0.0/16.") from _error

# Who may read /metrics: Authorization: Bearer <token>. Empty: nobody.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True

CELERY_BROKER_URL = REDIS_URL or "memory://localhost//"
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"socket_timeout": 5, "socket_connect_timeout": 2, "visibility_timeout": 600}
    if REDIS_URL
    else {"polling_interval": 0.05}
)
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = clock.BEAT

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("HUB_LOG_LEVEL", default="WARNING" if DEMO else "INFO")},
    "loggers": {"django.security.DisallowedHost": {"handlers": [], "propagate": False}},
}
