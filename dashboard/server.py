"""Starting Streamlit on this machine, for this machine.

It listens on 127.0.0.1, is protected against other sites, and asks nothing of the network.

Another address (`dashboard.address`) is for containers, whose port is published on 127.0.0.1.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

from dashboard.components import theme
from tocsin.core.errors import ConfigError
from tocsin.core.workspace import Workspace

HOST = "127.0.0.1"
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104
APP = Path(__file__).with_name("app.py")


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
        "logger.hideWelcomeMessage": True,
        "logger.level": "warning",
        **theme.options(),
    }


def check_port(port: int, address: str = HOST) -> None:
    """Raise ConfigError, with what to do, where nobody can listen on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except PermissionError:
            raise ConfigError(
                f"port {port} needs more rights than you have; choose one above 1023 with --port"
            ) from None
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise ConfigError(
                f"port {port} on {address} is taken or cannot be used ({reason}); "
                "choose another with --port"
            ) from None


def keep_off_the_network() -> None:
    """Keep Streamlit from asking the network for our addresses.

    It compares the origin of a web socket with this machine's outside address, and asks a public
    service for that; we only ever serve 127.0.0.1, so there is nothing to ask.
    """
    from streamlit import net_util

    net_util._external_ip = HOST
    net_util._internal_ip = HOST


def serve(workspace: Workspace, port: int, *, browser: bool = False) -> None:
    """Serve the screens of a workspace until interrupted.

    Raises:
        ConfigError: the port cannot be had.
    """
    address = workspace.settings.dashboard.address
    check_port(port, address)
    os.environ["TOCSIN_HOME"] = str(workspace.home.resolve())
    from streamlit.web import bootstrap

    keep_off_the_network()
    flags = {
        name.replace(".", "_"): value
        for name, value in options(port, browser=browser, address=address).items()
    }
    bootstrap.load_config_options(flags)
    bootstrap.run(str(APP), False, [], flags)
