"""A wrong address, password, certificate, role or version: one clear sentence each, against a real
server with HTTPS and roles."""

from __future__ import annotations

import dataclasses
import http.server
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.connect import open_index
from index.elastic import findings
from index.elastic.maintenance.migration import migrate
from tocsin.core.documents import Annotation
from tocsin.core.errors import Abort, ConfigError
from tocsin.core.exchange import from_exchange
from tocsin.core.findings import Influence, Method
from tocsin.core.workspace import Workspace

pytestmark = [pytest.mark.elasticsearch, pytest.mark.xdist_group("elasticsearch-tls")]
USERS = {
    "tocsin_reader": "read-secret-1",
    "tocsin_writer": "write-secret-1",
    "tocsin_migrator": "migrate-secret-1",
}


@pytest.fixture(scope="module")
def secured(start_elastic: Callable[..., dict[str, Any]], root: Path) -> dict[str, Any]:
    """A server with HTTPS, and the three users with the roles of deploy/roles.yml."""
    users = [
        option for name, secret in USERS.items() for option in ("--user", f"{name}:{secret}:{name}")
    ]
    return start_elastic(
        "--password", "elastic-secret-1", "--tls", *users, roles=root / "deploy" / "roles.yml"
    )


@pytest.fixture
def enter(tmp_path: Path, secured: dict[str, Any]) -> Callable[..., Any]:
    def open_as(user: str, **changes: Any) -> Any:
        index = {
            "backend": "elasticsearch",
            "url": secured["url"],
            "username": user,
            "password": USERS.get(user, "?"),
            "ca_certs": secured["ca"],
            "prefix": "tocsin",
            "retry_seconds": 1,
        }
        return open_index(Workspace(tmp_path / "home", {"index": {**index, **changes}}))

    return open_as


def post(n: int, author: str = "a", text: str = "river") -> Any:
    return from_exchange(
        {
            "id": f"{uuid.uuid4().hex}{n}",
            "platform": "x",
            "author": {"id": author, "followers": 7},
            "text": text,
            "published_at": "2026-01-01T00:00:00Z",
        }
    )


def test_each_role_may_do_its_own_work_and_no_more(enter: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError, match="tocsin_writer may not do this"):
        enter("tocsin_writer")  # nothing is there yet, and templates are the migrator's
    enter("tocsin_migrator").close()
    writer, reader = enter("tocsin_writer"), enter("tocsin_reader")
    assert [v.outcome.value for v in writer.put([post(1)])] == ["created"]
    writer.refresh()
    assert reader.count("river") == 1
    assert [d.author.followers for d in reader.page("river").documents] == [7]
    assert reader.stats().documents == 1
    with pytest.raises(ConfigError, match=r"tocsin_reader may not do this .*privilege"):
        reader.put([post(2)])
    with pytest.raises(ConfigError, match=r"tocsin_reader may not do this"):
        reader.put_mark("c", "benign")
    with pytest.raises(ConfigError, match=r"tocsin_writer may not do this"):
        writer.connection.call(
            writer.connection.client.indices.delete, index="tocsin-docs-v1-2026-01"
        )
    with pytest.raises(ConfigError, match=r"tocsin_writer may not do this"):
        writer.connection.call(
            writer.connection.client.cluster.delete_component_template,
            name="tocsin-docs-v1-mapping",
        )
    with pytest.raises(ConfigError, match=r"tocsin_writer may not do this"):
        writer.connection.call(writer.connection.client.indices.create, index="elsewhere")
    assert writer.count("river") == 1


def test_the_writer_and_the_reader_can_do_all_that_their_commands_need(
    enter: Callable[..., Any],
) -> None:
    enter("tocsin_migrator").close()
    writer, reader = enter("tocsin_writer"), enter("tocsin_reader")
    documents = [post(n, author=f"w{n % 2}", text="lake") for n in range(6)]
    ids = [d.id for d in documents]
    writer.put(documents)
    writer.put(
        [dataclasses.replace(d, text="lakes", content_hash="1" * 32) for d in documents[:1]],
        on_conflict="replace",
    )
    note = Annotation(
        version="1", model="m", made_at=datetime(2026, 1, 1, tzinfo=UTC), values={"lang": "de"}
    )
    assert {v.outcome.value for v in writer.annotate([(key, note) for key in ids], "lang")} == {
        "annotated"
    }
    assert {v.outcome.value for v in writer.put_vectors("m", ids, np.eye(6, dtype=np.float32))} == {
        "annotated"
    }
    writer.publish(
        [Influence(id="i", method=Method(name="t", version="1"), account="x:w1")],
        kinds=["influence"],
        generation="g",
    )
    writer.put_mark("x:w1", "suspect")
    writer.refresh()
    assert (reader.count("lake*"), reader.stats().vectors, reader.generation("influence")) == (
        6,
        {"m": 6},
        "g",
    )
    assert reader.capabilities()["version"]
    assert reader.knn("m", np.eye(6, dtype=np.float32)[2], 1)[0][0] == ids[2]
    assert sum(batch.num_rows for batch in reader.scan(["id", "handle"], query="lake*")) == 6
    assert [d.id for d in reader.get(ids)] == ids
    assert reader.marks()["x:w1"]["mark"] == "suspect"
    assert [f.id for f in reader.findings("influence")] == ["i"]
    assert writer.delete(ids[:1]) == 1
    assert writer.delete_by_author("x:w1") == 3
    assert reader.count("lake*") == 2
    assert reader.findings("influence") == []


def test_the_migrator_can_bring_the_index_to_a_new_schema(
    enter: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "FRESH", 0.5)
    migrator = enter("tocsin_migrator", prefix="tocsin-m")
    writer = enter("tocsin_writer", prefix="tocsin-m")
    writer.put([post(1)])
    assert migrate(migrator, 2, settle=1)
    assert [v.outcome.value for v in writer.put([post(2)])] == ["created"]
    writer.refresh()
    assert enter("tocsin_reader", prefix="tocsin-m").count() == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": "wrong-secret"}, "refuses the password"),
        ({"ca_certs": ""}, "is not trusted"),
        ({"ca_certs": "/nowhere/ca.crt"}, "there is no file"),
        ({"url": "localhost:9200"}, "write the cluster's address"),
        ({"fingerprint": "00" * 32, "ca_certs": ""}, "is not trusted"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    enter: Callable[..., Any], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        enter("tocsin_writer", **changes)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nobody_at_the_address(enter: Callable[..., Any]) -> None:
    with pytest.raises(Abort, match="nothing answers at"):
        enter("tocsin_writer", url="https://127.0.0.1:9", ca_certs="")


class StandIn:
    """Not Elasticsearch: answers as an OpenSearch, a 7.x server or a web page would, which cannot
    run here."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


JSON = {"Content-Type": "application/json"}
OURS = {
    "X-Elastic-Product": "Elasticsearch",
    "Content-Type": "application/vnd.elasticsearch+json;compatible-with=8",
}


@pytest.fixture
def stand_in(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    made = StandIn(*request.param)
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.parametrize(
    ("stand_in", "said"),
    [
        (
            (200, JSON, b'{"version":{"distribution":"opensearch","number":"2.11.0"}}'),
            "is not Elasticsearch",
        ),
        ((200, {"Content-Type": "text/html"}, b"<html>hello</html>"), "is not Elasticsearch"),
        ((200, OURS, b'{"nodes":{"a":{"version":"8.4.3"}}}'), "needs 8.18 or newer"),
        (
            (
                406,
                {**OURS, **JSON},
                b'{"error":{"type":"media_type_header_exception","reason":"Invalid media-type '
                b'value on headers [Accept]; compatible-with=8"},"status":406}',
            ),
            "is older than Elasticsearch 8",
        ),
    ],
    indirect=["stand_in"],
)
def test_another_product_or_an_old_version(tmp_path: Path, stand_in: StandIn, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        open_index(
            Workspace(
                tmp_path / "home",
                {"index": {"backend": "elasticsearch", "url": stand_in.url, "retry_seconds": 1}},
            )
        )
