"""Starting Streamlit on this machine, for this machine.

It listens on 127.0.0.1, is protected against other sites, and asks nothing of the network.

Another address (`dashboard.address`) is for containers, whose port is published on 127.0.0.1.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import threading
import time
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.components import theme
from tocsin.core.errors import ConfigError, system_reason
from tocsin.core.messages import Message
from tocsin.core.workspace import Workspace

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

HOST = "127.0.0.1"
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104
APP = Path(__file__).with_name("app.py")
COLLECT_SECONDS = 10
START_SECONDS = 0.5
"""Between the start of the server and the browser that asks it."""
_SERVER_IS_AT_THE_ROOT = 'window.__streamlit = {BACKEND_BASE_URL: location.origin + "/"}'


def options(port: int, *, browser: bool, address: str = HOST) -> dict[str, object]:
    """Streamlit's options: what keeps the screens private, quiet and quick, and both themes."""
    return {
        "server.address": address,
        "server.port": port,
        "server.headless": not browser,
        "server.showEmailPrompt": False,
        "server.allowedHosts": sorted({HOST, "localhost"} | ({address} - EVERYWHERE)),
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "server.xsrfCookieSameSite": "strict",
        "server.fileWatcherType": "none",
        "server.maxUploadSize": 1,
        "browser.serverAddress": HOST,
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": "false",
        "runner.magicEnabled": False,
        "runner.postScriptGC": False,  # `collect_garbage` does
        # a table that a click leaves as it is is not sent again, though it is small
        "global.minCachedMessageSize": 1_000.0,
        "logger.hideWelcomeMessage": True,
        "logger.level": "warning",
        **theme.options(),
    }


class _Collected:
    """When garbage was collected last, in seconds of `time.monotonic`."""

    lock = threading.Lock()
    at = 0.0


def collect_garbage() -> None:
    """Collect what only cycles hold, at most every `COLLECT_SECONDS`; called after each drawing.

    Streamlit would after each: that looks at all that is kept of the index, which takes longer than
    most pages.
    """
    with _Collected.lock:
        due = time.monotonic() >= _Collected.at + COLLECT_SECONDS
        if due:
            _Collected.at = time.monotonic()
    if due:
        gc.collect()


def check_port(port: int, address: str = HOST) -> None:
    """Raise ConfigError, with what to do, where nobody can listen on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except PermissionError:
            raise ConfigError(Message("fault.screens.port_rights", {"port": port})) from None
        except (OSError, OverflowError) as error:
            reason = system_reason(error) if isinstance(error, OSError) else str(error)
            raise ConfigError(
                Message(
                    "fault.screens.port_taken",
                    {"port": port, "address": str(address), "reason": reason},
                )
            ) from None


def keep_off_the_network() -> None:
    """Keep Streamlit from asking the network for our addresses.

    It compares the origin of a web socket with this machine's outside address, and asks a public
    service for that; we only ever serve 127.0.0.1, so there is nothing to ask.
    """
    from streamlit import net_util

    net_util._external_ip = HOST
    net_util._internal_ip = HOST


def page_routes() -> list[BaseRoute]:
    """Routes of the pages by name: Streamlit's own document, told where its server is.

    Without that a browser that opens the link to a page asks for the server below the page first,
    and each such question is a 404 and an error in its console.
    """
    import streamlit
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    from dashboard.views import registered_views

    document = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    page = document.replace("<head>", f"<head><script>{_SERVER_IS_AT_THE_ROOT}</script>", 1)

    def answer(_: Request) -> HTMLResponse:  # one each: what packs an answer changes its headers
        return HTMLResponse(page, headers={"Cache-Control": "no-cache"})

    return [Route(f"/{name}", answer) for name in registered_views()]


def _open_in_browser(
    address: str,
) -> Callable[[object], AbstractAsyncContextManager[dict[str, Any] | None]]:
    """A lifespan that opens the address once the server had time to listen."""

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        opening = asyncio.get_running_loop().call_later(START_SECONDS, webbrowser.open, address)
        yield
        opening.cancel()

    return lifespan


def serve(workspace: Workspace, port: int, *, browser: bool = False) -> None:
    """Serve the screens of a workspace until interrupted.

    Raises:
        ConfigError: the port cannot be had.
    """
    address = workspace.settings.dashboard.address
    check_port(port, address)
    os.environ["TOCSIN_HOME"] = str(workspace.home.resolve())
    import streamlit as st

    from dashboard.components import charts

    keep_off_the_network()
    charts.skip_validation()
    host = HOST if address in EVERYWHERE else address
    app = st.App(
        APP,
        routes=page_routes(),
        lifespan=_open_in_browser(f"http://{host}:{port}") if browser else None,
    )
    app.run(config=options(port, browser=browser, address=address))
