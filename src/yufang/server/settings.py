"""Django's settings, made from `yufang.server.config`. Starts nothing and writes nothing when imported."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from yufang.server import database
from yufang.server.config import Config

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
    "edge",
)
INSTALLED_APPS = [
    "ninja",  # its API viewer, served from here
    "django.contrib.sessions",
    "procrastinate.contrib.django",
    *(f"yufang.server.{room}.apps.{room.capitalize()}Config" for room in ROOMS),
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "yufang.server.web.SecurityHeaders",
    "yufang.server.web.StaticFiles",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "yufang.server.accounts.session.ScopeMiddleware",
]


def _connection(params: dict[str, Any], pool: int) -> dict[str, Any]:
    rest = {k: v for k, v in params.items() if k not in {"dbname", "user", "password", "host", "port"}}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": params.get("dbname", "yufang"),
        "USER": params.get("user", ""),
        "PASSWORD": params.get("password") or "",
        "HOST": params.get("host", "/yufang-database-is-not-open"),
        "PORT": params.get("port", ""),
        "OPTIONS": rest | ({"pool": {"min_size": 2, "max_size": pool, "timeout": 20}} if pool else {}),
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
SESSION_COOKIE_NAME = "yufang_session"
CSRF_COOKIE_NAME = "csrftoken"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = (
    [f"https://{host}" for host in ALLOWED_HOSTS if not host.startswith(("[", "*"))] if CONFIG.https else []
)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIG.https else None
SECURE_HSTS_SECONDS = 31_536_000 if CONFIG.https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
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
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"procrastinate": {"level": "ERROR"}, "django.request": {"level": "ERROR"}},
}
