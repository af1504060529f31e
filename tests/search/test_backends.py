"""What every search backend must do. tests/test_control_postgres.py repeats it on PostgreSQL."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from accounts.services import create_workspace
from packages_app.models import Package
from runs.models import Cluster
from search.backends.base import SEARCH_TYPES, Hit
from search.backends.database import DatabaseBackend

BACKENDS = {"database": DatabaseBackend}


@pytest.fixture(params=list(BACKENDS))
def backend(request):
    return BACKENDS[request.param]()


@pytest.fixture
def find(backend, account):
    """Names of what is found of one type, best first."""

    def find(*words, kind="packages", limit=10, of=account):
        (group,) = backend.search(account=of, words=words, types=[kind], per_type_limit=limit)
        return [hit.name for hit in group.hits]

    return find


def named(make_package, *names, **fields):
    return [make_package(name=name, **fields) for name in names]


def test_each_type_shows_its_allow_listed_facts(
    backend, account, actor, make_connection, make_package
):
    workspace = create_workspace(
        account=account, name="Late things", description="Of late", actor=actor
    )
    package = make_package(name="Late flights", description="Who was late", workspace=workspace)
    connection = make_connection("late-files", status="ok")
    cluster = Cluster.objects.create(account=account, name="late", status="idle", type="sandbox")

    found = backend.search(account=account, words=["late"], types=SEARCH_TYPES, per_type_limit=10)

    assert [(group.type, group.hits, group.has_more) for group in found] == [
        (
            "connections",
            [Hit("connections", connection.pk, "late-files", "", "local_folder", "ok", None, None)],
            False,
        ),
        (
            "packages",
            [
                Hit(
                    "packages",
                    package.pk,
                    "Late flights",
                    "Who was late",
                    "dataflow",
                    "active",
                    workspace.pk,
                    "Late things",
                )
            ],
            False,
        ),
        (
            "clusters",
            [Hit("clusters", cluster.pk, "late", "", "sandbox", "idle", None, None)],
            False,
        ),
        (
            "workspaces",
            [Hit("workspaces", workspace.pk, "Late things", "Of late", None, None, None, None)],
            False,
        ),
    ]


def test_names_come_before_descriptions_and_better_names_first(find, make_package):
    named(make_package, "other", description="about orders")
    named(make_package, "reorders", "daily_orders", "orders of today", "Orders", "my orders")

    assert find("orders") == [
        "Orders",
        "orders of today",
        "my orders",
        "daily_orders",
        "reorders",
        "other",
    ]


def test_the_newest_is_first_among_equals(find, make_package):
    named(make_package, "orders 1", "orders 2", "orders 3")

    assert find("orders") == ["orders 3", "orders 2", "orders 1"]


def test_every_word_must_occur_in_any_order_and_place(find, make_package):
    named(make_package, "late flights", description="by carrier")
    named(make_package, "late trains", description="by day")

    assert find("carrier", "late") == ["late flights"]
    assert find("late", "flights", "trains") == []


def test_a_phrase_is_found_only_as_it_stands(find, make_package):
    named(make_package, "late flights", "flights that are late", "late  flights")

    assert find("late flights") == ["late flights"]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("ÄRGER", "ärger"),
        ("straße", "Straße"),
        ("ЗАКАЗЫ", "заказы"),
        ("ΣΊΓΜΑ", "σίγμα"),
        ("\U0001f600", "so \U0001f600 happy"),
        ("注文", "本日の注文"),
    ],
)
def test_case_does_not_matter_in_any_script(find, make_package, word, name):
    named(make_package, name)

    assert find(word) == [name]


@pytest.mark.parametrize(
    "sign", ["%", "_", "\\", ".", "*", "?", "[a]", "(", "^", "$", "|", "{2}", "'", "***", "(?i)"]
)
def test_no_sign_is_a_wildcard(find, make_package, sign):
    named(make_package, "plain a text", f"with {sign} sign")

    assert find(sign) == [f"with {sign} sign"]


def test_a_connection_is_found_by_its_kind(find, make_connection):
    make_connection("warehouse", "postgres", category="database")
    make_connection("files")

    assert find("postgres", kind="connections") == ["warehouse"]
    assert find("WARE", "gres", kind="connections") == ["warehouse"]


def test_settings_and_definitions_are_not_looked_into(find, make_connection, make_package):
    make_connection("files", settings={"path": "hidden-folder"})
    make_package(variables={"hidden": "1"})

    assert find("hidden", kind="connections") == find("hidden") == find("component") == []


def test_archived_packages_are_found_with_their_status(backend, account, make_package):
    package = make_package(name="old")
    Package.objects.update(status=Package.Status.ARCHIVED)

    (group,) = backend.search(account=account, words=["old"], types=["packages"], per_type_limit=1)

    assert [(hit.id, hit.status) for hit in group.hits] == [(package.pk, "archived")]


def test_the_limit_counts_for_each_type_and_more_is_told(backend, account, actor, make_package):
    named(make_package, "late 1", "late 2", "late 3")
    create_workspace(account=account, name="late", actor=actor)

    packages, workspaces = backend.search(
        account=account, words=["late"], types=["packages", "workspaces"], per_type_limit=2
    )

    assert ([hit.name for hit in packages.hits], packages.has_more) == (["late 3", "late 2"], True)
    assert (len(workspaces.hits), workspaces.has_more) == (1, False)


def test_a_long_description_is_shown_by_its_beginning(backend, account, make_package):
    make_package(name="x", description="words\n" * 100 + "needle")

    (group,) = backend.search(
        account=account, words=["needle"], types=["packages"], per_type_limit=1
    )

    assert group.hits[0].description == " ".join(["words"] * 20) + "…"


def test_another_account_is_not_searched(find, other_account, make_package, make_connection, actor):
    make_package(name="late", account=other_account)
    make_connection("late", account=other_account)
    Cluster.objects.create(account=other_account, name="late")
    create_workspace(account=other_account, name="late", actor=actor)

    assert [find("late", kind=kind) for kind in SEARCH_TYPES] == [[], [], [], []]
    assert [find("late", kind=kind, of=other_account) for kind in SEARCH_TYPES] == [["late"]] * 4


def test_the_database_is_asked_once_for_each_type(account, make_package):
    named(make_package, "late 1", "late 2")

    with CaptureQueriesContext(
        database,
    ) as queries:
        DatabaseBackend().search(
            account=account, words=["late", "1"], types=SEARCH_TYPES, per_type_limit=50
        )

    assert len(queries) == 4
    assert not any("data_flow_json" in query["sql"] for query in queries)
