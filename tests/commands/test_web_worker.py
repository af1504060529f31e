"""The web server's worker ends with its server, even when nobody is left to clear up."""

import os
import shutil
import signal

import pytest

from tests.commands.projects import ROOT, Project, children, free_port, is_alive, wait_until

# The smallest product for the real config/wsgi.py; LOADING stands for a slow start.
SETTINGS = """
import pathlib, time
from django.http import HttpResponse
from django.urls import path

SECRET_KEY = "for this test"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "config.settings"
urlpatterns = [path("<path:rest>", lambda request, rest: HttpResponse("here"))]
pathlib.Path("loading").touch()
time.sleep(LOADING)
"""


@pytest.fixture
def django_project(project: Project) -> Project:
    shutil.copy(ROOT / "config" / "wsgi.py", project.folder / "config")
    return project


@pytest.mark.parametrize("loading_seconds", [0, 60])
def test_a_worker_ends_when_supervisor_and_server_are_killed(django_project, loading_seconds):
    settings = SETTINGS.replace("LOADING", str(loading_seconds))
    (django_project.folder / "config" / "settings.py").write_text(settings)
    launcher = django_project.start("--port", str(free_port()))
    worker = None
    try:
        if loading_seconds:
            assert wait_until((django_project.folder / "loading").exists)
        else:
            assert launcher.stdout.readline() == "Hello\n"
        server = children(launcher.pid)[0]
        (worker,) = children(server)

        # Stopped, so that it cannot clear up between the two kills.
        os.kill(launcher.pid, signal.SIGSTOP)
        os.kill(server, signal.SIGKILL)
        ended = wait_until(lambda: not is_alive(worker))
    finally:
        launcher.kill()
        if worker is not None and is_alive(worker):
            # It holds the other end of the launcher's output.
            os.kill(worker, signal.SIGKILL)
        launcher.communicate(timeout=30)

    assert ended
