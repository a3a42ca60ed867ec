"""The dashboard listens on this machine alone and says nothing to the network."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboard import screenshots, server
from dashboard.components import theme
from dashboard.views import registered_views
from tocsin.app.cli import cli
from tocsin.core.errors import ConfigError


def test_options_keep_it_private() -> None:
    options = server.options(8501, browser=False)
    assert options["server.address"] == "127.0.0.1"
    assert options["browser.gatherUsageStats"] is False
    assert options["server.enableCORS"] is True
    assert options["server.enableXsrfProtection"] is True
    assert options["server.fileWatcherType"] == "none"
    assert options["server.allowedHosts"] == ["127.0.0.1", "localhost"]
    assert "http" not in json.dumps(options)


def test_streamlit_knows_every_option() -> None:
    from streamlit import config

    known = set(config.get_config_options())
    assert set(server.options(1, browser=False)) - known == set()
    assert {k.split(".")[1] for k in theme.options() if k.count(".") >= 2} == {"light", "dark"}


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} on 127.0.0.1 is taken"):
            server.check_port(port)
        outcome = CliRunner().invoke(
            cli, ["--home", str(tmp_path), "dashboard", "--no-browser", "--port", str(port)]
        )
    assert isinstance(outcome.exception, ConfigError)
    assert "choose another with --port" in str(outcome.exception)


def test_every_page_has_a_document_that_knows_its_server() -> None:
    routes = {route.path: route for route in server.page_routes()}  # type: ignore[attr-defined]
    assert set(routes) == {f"/{name}" for name in registered_views()}
    body = routes["/explore"].endpoint(None).body.decode()  # type: ignore[attr-defined]
    assert body.index("BACKEND_BASE_URL") < body.index("<script type")
    assert "./static/js/" in body


def test_the_browser_is_opened_when_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(server.webbrowser, "open", opened.append)
    monkeypatch.setattr(server, "START_SECONDS", 0)

    async def live() -> None:
        async with server._open_in_browser("http://127.0.0.1:1")(None):
            await asyncio.sleep(0.05)

    asyncio.run(live())
    assert opened == ["http://127.0.0.1:1"]


def test_a_foreign_origin_is_refused_without_asking_the_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from streamlit import net_util
    from streamlit.web.server import server_util

    def asked(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(net_util, "_external_ip", None)
    monkeypatch.setattr(net_util, "_internal_ip", None)
    monkeypatch.setattr(net_util, "_make_blocking_http_get", asked)
    server.keep_off_the_network()
    assert not server_util.is_url_from_allowed_origins("http://evil.example")
    assert server_util.is_url_from_allowed_origins("http://127.0.0.1:8501")


def test_it_answers_on_loopback_alone_and_stops_when_told(tmp_path: Path) -> None:
    port = screenshots.free_port()
    command = [
        sys.executable,
        "-c",
        "from tocsin.app.cli import main; main()",
        "--home",
        str(tmp_path / "none"),
        "--json",
        "dashboard",
        "--port",
        str(port),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    guard = threading.Timer(60, process.kill)
    guard.start()
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"address": f"http://127.0.0.1:{port}"}
        deadline = time.monotonic() + 40
        while True:
            try:
                with urllib.request.urlopen(
                    f"http://127.0.0.1:{port}/_stcore/health", timeout=2
                ) as answer:
                    assert answer.status == 200
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.2)
        others = {
            info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
        } - {"127.0.0.1"}
        for other in others:
            if not other.startswith("127."):
                with socket.socket() as probe:
                    probe.settimeout(2)
                    assert probe.connect_ex((other, port)) != 0
        assert not (tmp_path / "none" / "index.sqlite").exists()  # looking makes nothing
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(15)
        guard.cancel()
        assert process.stdout is not None
        process.stdout.close()
    assert process.returncode in (0, 130)


def test_garbage_is_not_collected_at_each_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is kept of the index would be looked at, for longer than a page takes."""
    assert server.options(8501, browser=False)["runner.postScriptGC"] is False
    collected: list[int] = []
    clock = [1_000.0]
    monkeypatch.setattr(server.gc, "collect", lambda: collected.append(1))
    monkeypatch.setattr(server.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(server._Collected, "at", 0.0)
    for _ in range(5):
        server.collect_garbage()
    assert len(collected) == 1
    clock[0] += server.COLLECT_SECONDS
    server.collect_garbage()
    assert len(collected) == 2
