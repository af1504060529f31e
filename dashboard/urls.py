"""Addresses of the pages."""

from django.urls import path

from dashboard.pages import extension, packages, runs, session

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
    path(
        "<str:account>/settings/developer/connected_applications/extension",
        extension.download,
        name="download_extension",
    ),
]
