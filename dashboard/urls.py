"""Addresses of the pages."""

from django.urls import path

from dashboard.pages import connect, connected_applications, extension, packages, runs, session

DEVELOPER = "<str:account>/settings/developer"
CONNECTED = f"{DEVELOPER}/connected_applications"

urlpatterns = [
    path("", session.home, name="home"),
    path("sign-in", session.SignIn.as_view(), name="sign_in"),
    path("sign-out", session.sign_out, name="sign_out"),
    path("<str:account>/packages", packages.package_list, name="packages"),
    path("<str:account>/packages/<int:package_id>", packages.package, name="package"),
    path("<str:account>/packages/<int:package_id>/run", packages.run_now, name="run_package"),
    path("<str:account>/runs", runs.run_list, name="runs"),
    path("<str:account>/runs/<int:run_id>", runs.run, name="run"),
    path("<str:account>/runs/<int:run_id>/state", runs.state, name="run_state"),
    path("<str:account>/runs/<int:run_id>/log", runs.log, name="run_log"),
    path("<str:account>/runs/<int:run_id>/cancel", runs.cancel, name="run_cancel"),
    path(CONNECTED, connected_applications.connection_list, name="connected_applications"),
    path(f"{CONNECTED}/new", connected_applications.new_connection, name="new_connection"),
    path(
        f"{CONNECTED}/<int:application_id>/revoke",
        connected_applications.revoke_connection,
        name="revoke_connection",
    ),
    path(
        f"{CONNECTED}/<int:application_id>/rename",
        connected_applications.rename_connection,
        name="rename_connection",
    ),
    path(f"{DEVELOPER}/connect", connect.connect_client, name="connect_client"),
    path(f"{CONNECTED}/extension", extension.download, name="download_extension"),
]
