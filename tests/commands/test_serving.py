"""run.py serves, keeps both processes alive and takes them along when it ends."""

import os
import signal
import subprocess
import sys
import time
import urllib.request

from config.launch.supervisor import Service
from tests.commands.projects import ROOT, children, end, free_port, is_alive, wait_until


def page(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2) as reply:
        return reply.read().decode()


def running(service):
    assert service.process is not None
    return service.process


def is_served(port):
    try:
        page(port)
    except OSError:
        return False
    return True


def test_the_greeting_comes_when_the_server_answers_and_a_stop_signal_ends_all(project):
    port = free_port()

    server = project.start("--port", str(port))
    try:
        greeting = server.stdout.readline()
        seen = page(port)
        started = children(server.pid)
    finally:
        code = end(server)

    assert greeting == "Hello\n"
    assert seen == f"{project.data_dir};{project.data_dir}/local;http://127.0.0.1:{port}"
    assert len(started) == 2
    assert code == 0
    assert not any(is_alive(pid) for pid in started)
    assert not is_served(port)


def test_without_the_demo_no_local_folder_is_offered(project):
    port = free_port()

    server = project.start("serve", "--no-demo", "--port", str(port))
    try:
        greeting = server.stdout.readline()
        seen = page(port)
    finally:
        end(server)

    assert greeting == "Hello --no-demo\n"
    assert seen == f"{project.data_dir};-;http://127.0.0.1:{port}"


def test_a_killed_process_is_started_again_on_the_same_port(project):
    port = free_port()
    server = project.start("--port", str(port))
    try:
        server.stdout.readline()
        before = children(server.pid)
        worker = children(before[0])

        os.kill(before[0], signal.SIGKILL)

        assert wait_until(lambda: not any(is_alive(pid) for pid in worker))
        assert wait_until(lambda: is_served(port))
        after = children(server.pid)
    finally:
        end(server)

    assert len(after) == 2
    assert before[1] in after
    assert before[0] not in after


def test_a_killed_supervisor_leaves_no_process_and_can_be_started_again_at_once(project):
    port = free_port()
    server = project.start("--port", str(port))
    server.stdout.readline()
    started = [pid for child in children(server.pid) for pid in (child, *children(child))]

    server.kill()
    server.communicate()
    second = project.start("--port", str(port))
    try:
        greeting = second.stdout.readline()
    finally:
        end(second)

    assert greeting == "Hello\n"
    assert len(started) == 3
    assert wait_until(lambda: not any(is_alive(pid) for pid in started))


def test_pauses_between_restarts_double_up_to_the_limit():
    service = Service("It", [sys.executable, "-c", "raise SystemExit(3)"], {}, 1)
    now, pauses = 1000.0, []

    for _ in range(7):
        service.watch(now)
        running(service).wait()
        service.watch(now)
        pauses.append(service.start_at - now)
        now = service.start_at

    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_a_process_that_lived_long_enough_is_restarted_without_the_longer_pause():
    service = Service("It", [sys.executable, "-c", ""], {}, 1)
    pauses = []

    for start, ended in [(0.0, 1.0), (100.0, 131.0)]:
        service.watch(start)
        running(service).wait()
        service.watch(ended)
        pauses.append(service.start_at - ended)

    assert pauses == [0.5, 0.5]


def test_a_process_that_ignores_the_stop_signal_is_killed_after_its_grace_time(tmp_path):
    ready = tmp_path / "ready"
    stubborn = (
        "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(ready)!r}).touch(); time.sleep(60)"
    )
    service = Service("It", [sys.executable, "-c", stubborn], {}, 0.5)
    service.watch(0.0)
    pid = running(service).pid
    assert wait_until(ready.exists)

    started = time.monotonic()
    service.stop(in_hurry=lambda: False)
    seconds = time.monotonic() - started

    assert 0.5 <= seconds < 5
    assert not is_alive(pid)


def test_a_server_that_never_answers_is_given_up_and_the_greeting_is_not_lost():
    code = (
        "import run; from config.launch import serve, supervisor; supervisor.READY_SECONDS = 0.2;"
        "serve.serve = lambda _: supervisor.supervise("
        "    [], is_ready=lambda: False, greeting='Password\\n');"
        "raise SystemExit(run.main([]))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert done.stdout == "Password\n"
    assert done.stderr == (
        "run.py: The server did not answer within 0.2 s: see its messages above.\n"
    )
