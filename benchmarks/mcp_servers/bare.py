"""The yardstick: a Django view without middleware that does the same two queries in plain SQL.

Settings and WSGI application in one. It runs in the product's Python environment and reads the
TASK file that benchmarks.mcp writes.
"""

import base64
import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.database import control_database

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.mcp_servers.bare")
TASK = json.loads(Path(os.environ["TASK"]).read_text())

SECRET_KEY = "not-used"  # noqa: S105
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = __name__
USE_I18N = False
DATABASES = {
    "default": control_database(TASK["database_url"], data_dir=Path(), pool_size=10),
}

LIMIT = 20


def endpoint(request: HttpRequest, account: str) -> HttpResponse:
    _, _, token = request.headers.get("Authorization", "").partition(" ")
    now = datetime.now(UTC)
    checksum = hashlib.sha256(token.encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(TASK["way_in"], [now - timedelta(minutes=1), account, checksum, now])
        caller = cursor.fetchone()
        if caller is None:
            return HttpResponse(status=401)
        message = json.loads(request.body)
        if message["method"] == "tools/list":
            result = LISTED
        else:
            cursor.execute(TASK["rows"], [caller[10]])
            names = [column.name for column in cursor.description]
            result = compact(answer(names, cursor.fetchall()))
    body = f'{{"jsonrpc":"2.0","id":{compact(message["id"])},"result":{result}}}'
    return HttpResponse(body, content_type="application/json")


def answer(names: list[str], rows: list[tuple]) -> dict:
    packages = [dict(zip(names, row, strict=True)) for row in rows[:LIMIT]]
    for package in packages:
        package["updated_at"] = package["updated_at"].strftime("%Y-%m-%dT%H:%M:%SZ")
    cursor = f"k{packages[-1]['id']}".encode() if len(rows) > LIMIT else None
    data = {
        "packages": packages,
        "next_cursor": base64.urlsafe_b64encode(cursor).decode().rstrip("=") if cursor else None,
    }
    return {
        "content": [{"type": "text", "text": compact(data)}],
        "structuredContent": data,
        "isError": False,
    }


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


LISTED = compact({"tools": TASK["tools"]})
urlpatterns = [path("<str:account>/api/mcp", endpoint)]
application = get_wsgi_application()
