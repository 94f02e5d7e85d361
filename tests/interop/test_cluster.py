# SPDX-License-Identifier: Apache-2.0
"""A cluster of one node, whose engine has no replication: local tables are filled, distributed ones are asked."""

from pathlib import Path

import pytest

from seeother.settings import Settings, WatchSettings
from seeother.watch.server_store import ServerStore
from seeother.watch.warehouse.clickhouse import ClickHouseEngine
from tests.seeother.watch.exporter_tables import OTEL_LOGS, OTEL_TRACES, export
from tests.seeother.watch.test_server_store import POSTED, PROTOBUF, WHEN, attempts, every_answer, watching
from tests.seeother.watch.warehouse.test_backfill import shop
from tests.seeother.watch.warehouse.test_fold import CHECKOUT
from tests.servers.clickhouse_server import clickhouse_running

pytestmark = pytest.mark.timeout(180)
CLUSTER = """
<clickhouse>
  <tcp_port>9000</tcp_port> <!-- nobody listens there: by it the node knows that it is meant -->
  <macros><shard>1</shard><replica>one</replica></macros>
  <remote_servers>
    <shop><shard><replica><host>localhost</host><port>9000</port></replica></shard></shop>
  </remote_servers>
</clickhouse>
"""
ENGINES = "SELECT engine, count() AS n FROM system.tables WHERE database = currentDatabase() GROUP BY engine"


async def test_every_question_is_answered_by_distributed_tables(tmp_path: Path) -> None:
    """By what the exporter's tables and we take in; again after a restart."""
    for name in ("server", "watch"):
        (tmp_path / name).mkdir()
    configuration = tmp_path / "cluster.xml"
    configuration.write_text(CLUSTER)
    with clickhouse_running(tmp_path / "server", configuration=configuration) as server:
        engine = ClickHouseEngine(server.url())
        engine.run(OTEL_TRACES)
        engine.run(OTEL_LOGS["new"])
        watch = WatchSettings(store=server.url(), folder=str(tmp_path / "watch"), cluster="shop")
        for day in range(2):
            store = ServerStore(Settings(journeys=(CHECKOUT,), watch=watch), linger_seconds=0.01)
            async with watching(store) as client:
                export(engine, shop(day))
                sent = [await client.post("/v1/traces", content=POSTED, headers=PROTOBUF) for _ in range(2)]
                engine.run("TRUNCATE TABLE recounts_local")  # or only the last hour would be looked at
                store.settle()
                told, answers = await attempts(client), await every_answer(client)
                funnel = (await client.get("/api/journeys/checkout/funnel", params=WHEN)).json()["steps"]
            store.close()
            assert [answer.status_code for answer in sent] == [200, 200]
            assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(answers, 200)
            assert [step["reached"] for step in funnel] == [2, 2]
            assert told == [("cart", 0, None), ("pay", 3 * (day + 1) + 1, 1)]
        engines = {row["engine"]: row["n"] for row in engine.rows(ENGINES)}
        engine.close()

    assert int(str(engines["Distributed"])) > 10
