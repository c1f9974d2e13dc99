"""Django's settings, made from `yufang.server.config`. Starts nothing and writes nothing when imported."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from yufang.server import database
from yufang.server.config import Config
from yufang.server.logs import logging_config
from yufang.server.scrubbing import forget_also

CONFIG = Config()
HERE = Path(__file__).parent

SECRET_KEY = CONFIG.secret_key()
DEBUG = False
ALLOWED_HOSTS = [host.strip() for host in CONFIG.allowed_hosts.split(",") if host.strip()]
ROOT_URLCONF = "yufang.server.urls"
ASGI_APPLICATION = "yufang.server.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
USE_I18N = False  # texts leave the API in both languages

ROOMS = (
    "accounts",
    "ledger",
    "cases",
    "deduction",
    "profiles",
    "warning",
    "governance",
    "lake",
    "linkage",
    "graph",
    "rates",
    "dispatch",
    "places",
    "reports",
    "inspections",
    "hazards",
    "participation",
    "decisions",
    "sensing",
    "positions",
    "riskmap",
    "edge",
    "privacy",
    "limits",
)
INSTALLED_APPS = [
    "ninja",  # its API viewer, served from here
    "django.contrib.sessions",
    "yufang.server.accounts.apps.UnusedAuthConfig",
    "yufang.server.accounts.apps.UnusedContentTypesConfig",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "procrastinate.contrib.django",
    *(f"yufang.server.{room}.apps.{room.capitalize()}Config" for room in ROOMS),
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
MIDDLEWARE = [
    "yufang.server.logs.RequestLog",
    "yufang.server.operations.metrics.Measured",
    "yufang.server.operations.traces.Traced",
    "django.middleware.security.SecurityMiddleware",
    "yufang.server.web.SecurityHeaders",
    "yufang.server.web.StaticFiles",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "yufang.server.limits.middleware.Limits",
    "allauth.account.middleware.AccountMiddleware",
    "yufang.server.accounts.session.ScopeMiddleware",
]


# After `reconnect_timeout` the pool gives an attempt up, and the next request makes one at once. Otherwise attempts
# come after 1, 2, 4, 8 … seconds, and a database that is back after nine is found after fifteen.
_POOL = {"min_size": 2, "timeout": 12, "reconnect_timeout": 0.8}


def _connection(params: dict[str, Any], pool: int) -> dict[str, Any]:
    rest = {k: v for k, v in params.items() if k not in {"dbname", "user", "password", "host", "port"}}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": params.get("dbname", "yufang"),
        "USER": params.get("user", ""),
        "PASSWORD": params.get("password") or "",
        "HOST": params.get("host", "/yufang-database-is-not-open"),
        "PORT": params.get("port", ""),
        "OPTIONS": rest | ({"pool": _POOL | {"max_size": pool}} if pool else {}),
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }


DATABASES = {
    "default": _connection(database.addresses().web, database.addresses().pool),
    "owner": _connection(database.addresses().owner, 0),
}

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = CONFIG.session_hours * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIG.https
# The prefix makes browsers refuse a cookie of that name that another host, or a page without TLS, sets.
SESSION_COOKIE_NAME = ("__Host-" if CONFIG.https else "") + "yufang_session"
CSRF_COOKIE_NAME = ("__Host-" if CONFIG.https else "") + "csrftoken"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = (
    [f"https://{host}" for host in ALLOWED_HOSTS if not host.startswith(("[", "*"))] if CONFIG.https else []
)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIG.https else None
SECURE_HSTS_SECONDS = 31_536_000 if CONFIG.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = CONFIG.https
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS: list[str] = []  # the room signs people in itself (accounts/signing_in.py)
ACCOUNT_ADAPTER = "yufang.server.accounts.adapters.Account"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": CONFIG.password_length},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "name_en")},
    },
]
MFA_ADAPTER = "yufang.server.accounts.adapters.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "yufang"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not CONFIG.https  # browsers themselves allow it on localhost only
SOCIALACCOUNT_ADAPTER = "yufang.server.accounts.adapters.Identity"
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = ""
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": p.id,
                "name": p.name,
                "client_id": p.client_id,
                "secret": p.secret,
                "settings": {"server_url": p.server_url, "uid_field": "sub"},
            }
            for p in CONFIG.identity_providers
        ],
    }
}
# scrypt: a sign-in costs 50 ms and 16 MB, not a second of the two cores.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]

CONSOLE = HERE / "static" / "console"
STATIC_URL = "/static/"
STATIC_ROOT = HERE / "static"
WHITENOISE_USE_FINDERS = False
WHITENOISE_AUTOREFRESH = False


def WHITENOISE_IMMUTABLE_FILE_TEST(path: str, url: str) -> bool:
    """Vite puts a hash of the content into the names under assets/, so browsers may keep them for ever."""
    return re.search(r"/assets/.+-[\w-]{8}\.\w+$", url) is not None


DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
forget_also([SECRET_KEY, *(str(of.get("PASSWORD") or "") for of in DATABASES.values())])
LOGGING = logging_config(CONFIG.log_format, CONFIG.log_level)
