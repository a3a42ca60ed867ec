"""Commands whose argument is a query: it may begin with a minus."""

from __future__ import annotations

import re

import click

from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message


class SearchCommand(click.Command):
    """A command whose query may begin with a minus: the error says how to write that."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Click's own, but for the sentence about an option that was meant as a query."""
        try:
            return super().parse_args(ctx, list(args))
        except click.NoSuchOption as error:
            minus = next((a for a in args if re.match(r"-[^-]", a)), None)
            if minus is None or error.option_name.startswith("--"):
                raise
            raise ConfigError(Message("search.minus", {"query": minus})) from None
