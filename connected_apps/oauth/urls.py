"""Addresses of the authorization server: at the root, where clients look for them."""

from django.urls import path

from connected_apps.oauth import metadata
from connected_apps.oauth.authorize import authorize
from connected_apps.oauth.consent import consent
from connected_apps.oauth.password_grant import password_grant
from connected_apps.oauth.registration import register
from connected_apps.oauth.revoke import revoke
from connected_apps.oauth.token import token

urlpatterns = [
    path(
        ".well-known/oauth-protected-resource/<path:path>",
        metadata.protected_resource,
        name="oauth_resource_metadata",
    ),
    path(
        ".well-known/oauth-authorization-server",
        metadata.authorization_server,
        name="oauth_server_metadata",
    ),
    path(".well-known/<path:path>", metadata.no_document),
    path("<path:prefix>/.well-known/<path:path>", metadata.no_document),
    path("authorize", authorize, name="oauth_authorize"),
    path("connect/<str:one_time_id>", consent, name="oauth_consent"),
    path("token", token, name="oauth_token"),
    path("register", register, name="oauth_register"),
    path("revoke", revoke, name="oauth_revoke"),
    path("oauth/token", password_grant, name="password_grant"),
]
