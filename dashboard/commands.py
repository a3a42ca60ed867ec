"""``tocsin dashboard``."""

from __future__ import annotations

import click

from index.command_context import CommandContext
from tocsin.core.messages import Message


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port to serve on. [dashboard.port, 8501]"
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser; print the address.")
@click.pass_obj
def dashboard(context: CommandContext, port: int | None, no_browser: bool) -> None:
    """Open the screens on 127.0.0.1: what is rising, the posts, and who acts together."""
    from dashboard import server

    settings = context.workspace.settings.dashboard
    chosen_port = port or settings.port
    server.check_port(chosen_port, settings.address)
    host = server.HOST if settings.address in server.EVERYWHERE else settings.address
    address = f"http://{host}:{chosen_port}"
    context.answer(
        {"address": address},
        lambda _: context.write(Message("command.dashboard_at", {"address": address})),
    )
    server.serve(context.workspace, chosen_port, browser=not (no_browser or context.as_json))
