"""The web server's entry point."""

import multiprocessing
import os
import signal

from django.core.wsgi import get_wsgi_application

from config.launch.processes import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Granian serves in a child that outlives a killed main process and keeps the port. SIGKILL, because
# that child swallows SIGTERM while it loads, and afterwards waits for open requests without limit.
server = multiprocessing.parent_process()
if server is not None and server.pid is not None:
    end_with_parent(server.pid, signal.SIGKILL)

application = get_wsgi_application()
