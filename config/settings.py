"""Every setting of the product, read once from the environment."""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from environs import Env, validate

from config.database import control_database
from config.keys import load_or_make, signing_key, vault_key
from config.logs import LogStyle, logging_config

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# Where this installation lives.
DATA_DIR: Path = env.path("DATA_DIR", BASE_DIR / "var")
LOCAL_DATA_ROOT: Path | None = env.path("LOCAL_DATA_ROOT", None)
# Exceptions for connections to addresses that are not public: host, host:port or network.
CONNECTION_ALLOW_HOSTS: list[str] = env.list("CONNECTION_ALLOW_HOSTS", [])
PUBLIC_URL: str = env.str("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
API_URL: str = env.str("API_URL", PUBLIC_URL).rstrip("/")
PRODUCT_NAME: str = env.str("PRODUCT_NAME", "Integrate.io")
MCP_SERVER_NAME: str = env.str("MCP_SERVER_NAME", "integrateio")
# The extension for Claude Desktop; that of a staging installation has a name of its own.
MCPB_NAME: str = env.str(
    "MCPB_NAME", "integrate-io-mcp", validate=validate.Regexp(r"^[a-z0-9][a-z0-9-]*\Z")
)
STAGING_BUILD: bool = env.bool("STAGING_BUILD", False)

# Many processes: PostgreSQL holds the truth, Redis only wakes workers. Without them, one machine.
DATABASE_URL: str = env.str("DATABASE_URL", "")
DATABASE_POOL: int = env.int("DATABASE_POOL", 10)
REDIS_URL: str = env.str("REDIS_URL", "")

# How much one machine does at once.
RUN_SLOTS: int = env.int("RUN_SLOTS", 2)
RUN_MEMORY_MB: int = env.int("RUN_MEMORY_MB", 1024)
RUN_THREADS: int = env.int("RUN_THREADS", 2)

# Mail that tasks of workflows send; off until there is a server to hand it to.
EMAIL_HOST: str = env.str("EMAIL_HOST", "")
EMAIL_PORT: int = env.int("EMAIL_PORT", 587)
EMAIL_HOST_USER: str = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD: str = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS: bool = env.bool("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL: str = env.str("EMAIL_FROM", "pipelines@localhost")

# Keys. The embedded default makes its own; the first of VAULT_KEYS encrypts, all of them decrypt.
SECRET_KEY: str = env.str("SECRET_KEY", "") or load_or_make(
    DATA_DIR / "keys" / "signing", signing_key
)
VAULT_KEYS: list[str] = env.list("VAULT_KEYS", []) or [
    load_or_make(DATA_DIR / "keys" / "vault", vault_key)
]

DEBUG = False
_HOSTS = {host for url in (PUBLIC_URL, API_URL) if (host := urlsplit(url).hostname)}
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", []) or sorted(
    _HOSTS | {"localhost", "127.0.0.1", "[::1]"}
)
# Calls of one token: a minute, and at once.
MCP_RATE_LIMIT: int = env.int("MCP_RATE_LIMIT", 120, validate=validate.Range(min=1))
MCP_RATE_BURST: int = env.int("MCP_RATE_BURST", 60, validate=validate.Range(min=1))
MCP_ALLOWED_ORIGINS: list[str] = env.list("MCP_ALLOWED_ORIGINS", [])
CLIENT_METADATA_DOCUMENTS: bool = env.bool("CLIENT_METADATA_DOCUMENTS", True)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "dashboard.pages.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https:")
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "simple_history",
    "oauth2_provider",
    "csp",
    "audit",
    "accounts",
    "connections",
    "connected_apps",
    "packages_app",
    "runs",
    "schedules",
    "mcp_endpoint",
    "dashboard",
    "demo",
    "config",
]

MIDDLEWARE = [
    # The endpoint answers before sessions, CSRF and messages: it reads no cookie.
    "mcp_endpoint.middleware.EndpointMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dashboard.middleware.ProductErrorMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False

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
                "dashboard.context.product",
            ],
            "builtins": ["dashboard.templatetags.format"],
        },
    }
]

DATABASES = {"default": control_database(DATABASE_URL, data_dir=DATA_DIR, pool_size=DATABASE_POOL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"

OAUTH2_PROVIDER_APPLICATION_MODEL = "connected_apps.Application"
OAUTH2_PROVIDER_GRANT_MODEL = "connected_apps.Grant"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "connected_apps.AccessToken"  # noqa: S105  a model
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "connected_apps.RefreshToken"  # noqa: S105  a model
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "connected_apps.IDToken"  # noqa: S105  a model
OAUTH2_PROVIDER = {"COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

RUN_HINT = "runs.hints.send_hint" if REDIS_URL else "runs.wake.send_datagram"
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 5}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "runs"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = RUN_SLOTS
# Runners are processes already; a thread is enough to watch one.
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

LOGGING = logging_config(
    env.enum("LOG_FORMAT", "console", enum=LogStyle, by_value=True), env.str("LOG_LEVEL", "INFO")
)
env.seal()
