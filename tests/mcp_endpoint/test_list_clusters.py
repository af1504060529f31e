from datetime import UTC, datetime

import pytest

from runs.models import Cluster


@pytest.mark.promise("list_clusters.fields")
def test_a_cluster_is_listed_with_size_place_and_times_of_its_life(call_tool, account):
    moment = datetime(2026, 6, 17, 8, 30, tzinfo=UTC)
    cluster = Cluster.objects.create(
        account=account,
        name="night",
        status=Cluster.Status.TERMINATED,
        type=Cluster.Type.SANDBOX,
        nodes=3,
        region="cellar",
        terminate_on_idle=True,
        available_since=moment,
        idle_since=moment.replace(hour=9),
        terminated_at=moment.replace(hour=10),
    )

    (row,) = call_tool("list_clusters").data["clusters"]

    assert row.pop("created_at").endswith("Z")
    assert row == {
        "id": cluster.pk,
        "name": "night",
        "status": "terminated",
        "type": "sandbox",
        "nodes": 3,
        "region": "cellar",
        "terminate_on_idle": True,
        "time_to_idle": 3600,
        "available_since": "2026-06-17T08:30:00Z",
        "idle_since": "2026-06-17T09:30:00Z",
        "terminated_at": "2026-06-17T10:30:00Z",
    }
