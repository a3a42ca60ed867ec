"""What a page shows stands in its address, so that it can be kept, sent and gone back to.

The address holds codes, never words of one language. It takes precedence over what the session
remembers when it says something new (a link was followed); without it a page comes back as it was
left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

MAX_VALUE = 4_000


@dataclass(frozen=True)
class QueryParameter:
    """One value of an address: its default, and the values it may have (None: any text).

    ``aliases`` are names that it had in links sent before.
    """

    default: str = ""
    options: Sequence[str] | None = None
    aliases: Sequence[str] = ()

    def in_address(self, name: str) -> str | None:
        """What the address says of it, under its name or an earlier one."""
        for known in (name, *self.aliases):
            if known in st.query_params:
                return st.query_params[known]
        return None

    def validated(self, value: str | None) -> str:
        """The value, or the default where it is absent, too long or none of the options."""
        if (
            value is None
            or len(value) > MAX_VALUE
            or (self.options is not None and value not in self.options)
        ):
            return self.default
        return value

    def widget_value(self, value: str) -> str | None:
        """The value as a widget takes it: of a choice, nothing chosen is None."""
        return None if self.options is not None and not value else value


def is_followed(page: str, fields: Mapping[str, QueryParameter]) -> bool:
    """Whether the address says something new of a page: a link was followed."""
    state: dict[str, str] = st.session_state.setdefault(f"url_state_{page}", {})
    in_address = _in_address(fields)
    remembered = {name: value for name, value in state.items() if value != fields[name].default}
    return bool(in_address) and in_address != remembered


def _in_address(fields: Mapping[str, QueryParameter]) -> dict[str, str]:
    return {
        name: value
        for name, field in fields.items()
        if (value := field.in_address(name)) is not None
    }


def load(
    page: str, fields: Mapping[str, QueryParameter], *, followed: bool = False
) -> dict[str, str]:
    """The values of a page: from the address where it says something new, else of the session.

    They are put into ``st.session_state`` under the fields' names, for widgets of these keys.

    Args:
        followed: a link was followed, that is the whole question: what it leaves out is default.
    """
    followed = followed or is_followed(page, fields)
    state: dict[str, str] = st.session_state.setdefault(f"url_state_{page}", {})
    in_address = _in_address(fields)
    for name, field in fields.items():
        if followed or name not in state:
            state[name] = field.validated(in_address.get(name))
            st.session_state[name] = field.widget_value(state[name])
        elif name not in st.session_state:
            st.session_state[name] = field.widget_value(state[name])
    return {name: field.validated(st.session_state[name]) for name, field in fields.items()}


def store(page: str, fields: Mapping[str, QueryParameter]) -> None:
    """Write what the widgets of a page say now into its address; defaults are left out."""
    state: dict[str, str] = st.session_state.setdefault(f"url_state_{page}", {})
    for name, field in fields.items():
        value = field.validated(st.session_state.get(name))
        state[name] = value
        for alias in field.aliases:
            if alias in st.query_params:
                del st.query_params[alias]
        if value != field.default:
            if st.query_params.get(name) != value:
                st.query_params[name] = value
        elif name in st.query_params:
            del st.query_params[name]
