"""OAuth clients: registered ones, and those that are the address of their metadata document."""

import logging
import threading
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone
from oauth2_provider.models import AbstractApplication

from connected_apps.models import Application
from connected_apps.oauth import redirects
from connected_apps.oauth.document_fetch import Document, NoDocument, fetch, is_document_url
from connected_apps.oauth.names import readable_name

logger = logging.getLogger(__name__)

MAX_FETCHES_AT_ONCE: Final = 2
"""Of a process: a web worker has few threads, and each fetch holds one."""

FAILED_FOR_SECONDS: Final = 60
MAX_REDIRECTS: Final = 20

_fetching = threading.BoundedSemaphore(MAX_FETCHES_AT_ONCE)


def find_client(client_id: str) -> Application | None:
    """The client that is known by this id; no document is fetched."""
    if len(client_id) > 255 or not client_id.isprintable():
        return None
    return Application.objects.filter(client_id=client_id).first()


def find_or_fetch_client(client_id: str) -> Application | None:
    """The client, with its metadata document read when it is new or no longer fresh.

    A document that cannot be read again leaves the last good one in force, and so does an
    installation that reads none.
    """
    known = find_client(client_id)
    if not settings.CLIENT_METADATA_DOCUMENTS:
        return known
    if not is_document_url(client_id) or (known is not None and _is_fresh(known)):
        return known
    key = f"no-client-document:{hash(client_id)}"
    if cache.get(key) == client_id or not _fetching.acquire(blocking=False):
        return known
    try:
        return _keep(client_id, _checked(client_id, fetch(client_id)))
    except NoDocument as reason:
        logger.info("no client document at %r: %s", client_id, reason)
        cache.set(key, client_id, FAILED_FOR_SECONDS)
        return known
    finally:
        _fetching.release()


def is_verified(application: Application) -> bool:
    """Whether the client's host is proven: it published the document under its own name."""
    return application.registration_source == Application.RegistrationSource.CIMD


def _is_fresh(application: Application) -> bool:
    if not is_verified(application) or application.cimd_expires_at is None:
        return True
    return bool(timezone.now() < application.cimd_expires_at)


def _checked(client_id: str, document: Document) -> Document:
    members = document.members
    if members.get("client_id") != client_id:
        raise NoDocument("its client_id is another one")
    if members.get("token_endpoint_auth_method", "none") != "none" or "client_secret" in members:
        raise NoDocument("it wants to authenticate by other means than PKCE")
    if not acceptable_redirects(members.get("redirect_uris")):
        raise NoDocument("it has no acceptable redirect_uris")
    return document


def acceptable_redirects(given: object) -> list[str]:
    """The addresses of the list that may receive a code; others in it are left out."""
    uris = given if isinstance(given, list) else []
    return list(dict.fromkeys(uri for uri in uris[:MAX_REDIRECTS] if redirects.is_acceptable(uri)))


def _keep(client_id: str, document: Document) -> Application:
    fields = {
        "name": readable_name(document.members.get("client_name")),
        "redirect_uris": " ".join(acceptable_redirects(document.members["redirect_uris"])),
        "client_type": AbstractApplication.CLIENT_PUBLIC,
        "authorization_grant_type": AbstractApplication.GRANT_AUTHORIZATION_CODE,
        "registration_source": Application.RegistrationSource.CIMD,
        "cimd_expires_at": timezone.now() + timedelta(seconds=document.fresh_for_seconds),
        "client_secret": "",
        "hash_client_secret": False,
    }
    try:
        with transaction.atomic():
            return Application.objects.update_or_create(client_id=client_id, defaults=fields)[0]
    except IntegrityError:  # two requests saw the client for the first time
        return Application.objects.get(client_id=client_id)
