from django.db import OperationalError, connection


def test_healthz_answers_without_asking_the_database(client):
    assert client.get("/healthz").content == b"ok\n"


def test_readyz_names_what_answers(client, db):
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"ready": True, "database": "ok"})


def test_readyz_is_503_when_the_database_does_not_answer(client, db):
    with connection.execute_wrapper(_refuse):
        response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"ready": False, "database": "unreachable"}


def _refuse(*_):
    raise OperationalError("the server closed the connection")


def test_readyz_calls_itself_degraded_without_redis(client, db, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json()["redis"] == "degraded"
