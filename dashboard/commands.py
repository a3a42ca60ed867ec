"""``tocsin dashboard``."""

from __future__ import annotations

import click

from index.command_context import App


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port to serve on. [dashboard.port, 8501]"
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser; print the address.")
@click.pass_obj
def dashboard(app: App, port: int | None, no_browser: bool) -> None:
    """Open the screens on 127.0.0.1: what is rising, the posts, and who acts together."""
    from dashboard import server

    chosen = port or app.workspace.settings.dashboard.port
    listens = app.workspace.settings.dashboard.address
    server.check_port(chosen, listens)
    address = f"http://{server.HOST if listens in server.EVERYWHERE else listens}:{chosen}"
    app.answer(
        {"address": address},
        lambda console: console.print(
            f"Tocsin is at {address} (Ctrl-C stops it)", markup=False, highlight=False
        ),
    )
    server.serve(app.workspace, chosen, browser=not (no_browser or app.as_json))
