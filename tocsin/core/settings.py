"""Settings: of flags, ``TOCSIN_*`` variables, ``tocsin.toml`` and defaults, the first counts.

``TOCSIN_PRIVACY__PSEUDONYMISE=false`` sets ``privacy.pseudonymise``. An unknown key is an error
that names the nearest one. Every setting is documented in ``docs/settings.md``; a house test holds
that.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from tocsin.core.errors import ConfigError, unread_reason
from tocsin.core.messages import Message
from tocsin.core.text import nearest

PREFIX = "TOCSIN_"
_OTHER_VARIABLES = frozenset({"TOCSIN_HOME", "TOCSIN_CACHE", "TOCSIN_LANG", "TOCSIN_LOG"})


class Section(BaseModel):
    """A table of ``tocsin.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Privacy(Section):
    """What is shown of people, and kept of them."""

    pseudonymise: bool = Field(
        True, description="Show accounts as keyed pseudonyms in every output."
    )
    retention_days: int = Field(
        0,
        ge=0,
        description="Delete documents older than this; 0 keeps them. "
        "A source's own period takes precedence.",
    )


class IndexSettings(Section):
    """Where documents are kept."""

    backend: Literal["embedded", "elasticsearch"] = Field(
        "embedded", description="`embedded` (SQLite in the workspace) or `elasticsearch`."
    )
    url: str = Field("", description="Address of the Elasticsearch cluster.")
    username: str = Field("", description="User of the cluster.")
    password: SecretStr = Field(SecretStr(""), description="Password of that user.")
    api_key: SecretStr = Field(SecretStr(""), description="API key, instead of user and password.")
    ca_certs: str = Field("", description="File with the CA certificate of the cluster.")
    fingerprint: str = Field(
        "", description="SHA-256 fingerprint of the cluster's certificate, instead of a CA file."
    )
    prefix: str = Field(
        "tocsin",
        pattern=r"^[a-z][a-z0-9_-]{0,60}$",
        description="First part of the names of all indices.",
    )
    replicas: int = Field(0, ge=0, le=5, description="Replicas of each Elasticsearch index.")
    timeout: float = Field(30.0, gt=0, description="Seconds to wait for one answer of the cluster.")
    retry_seconds: float = Field(
        120.0, ge=0, description="How long to go on trying while the cluster is away or overloaded."
    )
    timezone: str = Field("UTC", description="Time zone of histograms: an IANA name.")


class CrawlSettings(Section):
    """How the crawlers behave, where a source does not say otherwise."""

    user_agent: str = Field(
        "Tocsin (+public-interest research; see the operator's notice)",
        description="What crawlers call themselves.",
    )
    allow_private: bool = Field(
        False, description="Let every source reach private and loopback addresses."
    )
    delay: float = Field(1.0, ge=0, description="Seconds between two requests to one host.")
    max_pages: int = Field(1000, ge=1, description="Pages a source may fetch in one run.")
    max_bytes: int = Field(
        8_000_000, ge=1000, description="Bytes of one answer; larger ones are refused."
    )
    timeout: float = Field(30.0, gt=0, description="Seconds to wait for one answer.")
    longest_wait: float = Field(
        120.0,
        ge=0,
        description="Seconds that a server may ask to wait, for one request or all together in a "
        "run; a host that asks for more is left for the next crawl.",
    )
    respect_robots: bool = Field(True, description="Obey robots.txt.")


class NlpSettings(Section):
    """Models and stages of enrichment."""

    model: str = Field(
        "e5-small",
        description="Embedding model: `e5-small` (rebuilt offline), a hub name, or a local folder.",
    )
    engine: Literal["auto", "onnx", "torch"] = Field(
        "auto", description="`onnx` (int8, CPU), `torch`, or `auto`."
    )
    device: str = Field("auto", description="torch device: auto, cpu, cuda, mps.")
    batch_size: int = Field(64, ge=1, le=4096, description="Texts in one batch of the embedder.")
    stages: tuple[str, ...] = Field(
        ("lang", "embed", "copies"),
        description="Stages of `tocsin enrich`, in order. Names found by `entities` are right in "
        "about half of all cases: it runs where it is asked for.",
    )
    min_narrative_posts: int = Field(
        8, ge=2, description="Posts below which a group is not a narrative."
    )
    signal_min_authors: int = Field(3, ge=1, description="Authors a weak signal needs.")


ERROR_LEVELS = {"strict": 0.01, "balanced": 0.05, "explore": 0.2}
"""Name of an allowed error -> false discovery rate."""


class GraphSettings(Section):
    """Coordination and influence."""

    windows: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (10, 60, 600, 3600, 86_400),
        min_length=1,
        description="Time windows in seconds within which two acts count as together. Those longer "
        "than an hour tell who belongs to a group, not that there is one.",
    )
    min_objects: int = Field(3, ge=2, description="Distinct objects two accounts must share.")
    false_discovery_rate: float = Field(
        0.01, gt=0, lt=1, description="Expected share of false positives among the flagged."
    )
    error: Literal["strict", "balanced", "explore"] | None = Field(
        None,
        description="`strict` (.01), `balanced` (.05) or `explore` (.2): a name for "
        "`graph.false_discovery_rate`, in its place. `tocsin dial` shows what each finds here.",
    )
    seed: int = Field(1, description="Seed of every random draw of an analysis.")

    @model_validator(mode="before")
    @classmethod
    def _rate_of_error(cls, given: Any) -> Any:
        """The rate that a level stands for; another one beside it is a contradiction."""
        level = given.get("error") if isinstance(given, dict) else None
        if level not in ERROR_LEVELS:
            return given
        rate = given.get("false_discovery_rate", ERROR_LEVELS[level])
        if rate != ERROR_LEVELS[level]:
            raise ValueError(
                f"{level} stands for a false_discovery_rate of {ERROR_LEVELS[level]}, and {rate} "
                "is set; keep one of the two"
            )
        return given | {"false_discovery_rate": rate}


class DashboardSettings(Section):
    """The Streamlit app."""

    port: int = Field(8501, ge=1, le=65535, description="Port of the dashboard.")
    address: str = Field(
        "127.0.0.1",
        description="Address it listens on. Anything but 127.0.0.1 shows it to the network: "
        "for containers only.",
    )
    language: Literal["auto", "en", "fr"] = Field(
        "auto", description="Language of the screens; `auto` follows the browser."
    )
    timezone: str = Field(
        "", description="Time zone of the screens: an IANA name; empty is the machine's."
    )


class AlertSettings(Section):
    """Where alerts of monitors go. See docs/monitors.md."""

    channels: dict[str, SecretStr] = Field(
        {},
        description="Name -> address: `mailto:`, `webhook:`, or one that Apprise takes (Slack, "
        "Teams, Mattermost, Matrix, ntfy...). Monitors name channels; addresses are secret.",
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="Key with which the body of a webhook is signed."
    )
    smtp_host: str = Field("", description="Mail server.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection to it is encrypted."
    )
    smtp_username: str = Field("", description="User of the mail server.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password of that user.")
    mail_from: str = Field("", description="Address that alerts are sent from.")
    dashboard_url: str = Field(
        "",
        description="Address under which readers of alerts open the screens; empty is this "
        "machine's.",
    )
    allow_private: bool = Field(
        False, description="Let alerts go to servers on private and loopback addresses."
    )
    timeout: float = Field(20.0, gt=0, description="Seconds to wait for one server.")
    tries: int = Field(
        8, ge=1, le=50, description="How often an alert is tried, longer and longer apart."
    )


class Settings(Section):
    """All settings of a workspace."""

    privacy: Privacy = Privacy()
    index: IndexSettings = IndexSettings()
    crawl: CrawlSettings = CrawlSettings()
    nlp: NlpSettings = NlpSettings()
    graph: GraphSettings = GraphSettings()
    dashboard: DashboardSettings = DashboardSettings()
    alerts: AlertSettings = AlertSettings()
    executor: str = Field(
        "serial", description="Where work runs: serial, threads:N, processes:N or dask://host:port."
    )
    language: Literal["auto", "en", "fr"] = Field(
        "auto",
        description="Language of the command line; `auto` is French where the locale is, "
        "else English.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="What goes to the log on stderr."
    )

    def hash(self) -> str:
        """12 hex digits that name these settings, secrets left out."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


_OPEN_TABLES = frozenset({"alerts.channels"})
"""Settings that are tables of names which people choose."""

_RULES = {
    "literal_error": "one_of", "greater_than_equal": "at_least", "greater_than": "more_than",
    "less_than_equal": "at_most", "less_than": "less_than", "int_parsing": "whole",
    "int_type": "whole", "int_from_float": "whole", "float_parsing": "number",
    "float_type": "number", "bool_parsing": "switch", "bool_type": "switch",
    "string_type": "text", "tuple_type": "values", "list_type": "values", "set_type": "values",
    "frozen_set_type": "values", "too_short": "not_empty",
    "model_type": "table", "dict_type": "table",
}  # fmt: skip
"""What pydantic calls a wrong value -> the rule that the catalogues know (``fault.value``)."""


def load_settings(
    home: Path, flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """The settings of a workspace.

    Args:
        home: the workspace; its ``tocsin.toml`` may be absent.
        flags: nested values from the command line.
        environ: the environment; `os.environ` where None.

    Raises:
        ConfigError: a file that is not TOML, an unknown key (the nearest is named), a wrong value.
    """
    path = home / "tocsin.toml"
    values: dict[str, Any] = {}
    if path.exists():
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            fault = {"path": str(path), "error": unread_reason(error)}
            raise ConfigError(Message("fault.settings.no_toml", fault)) from None
        _check_keys(values, str(path))
    from_environment = _environment(os.environ if environ is None else environ)
    _check_keys(from_environment, Message("fault.settings.environment"))
    merged = _merge(_merge(values, from_environment), dict(flags or {}))
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        name, why = wrong_value(error)
        raise ConfigError(Message("fault.settings.wrong", {"where": name, "why": why})) from None


def wrong_value(error: ValidationError) -> tuple[str, Message | str]:
    """The setting that has a wrong value, and why it is wrong; in pydantic's words where rare."""
    first = error.errors(include_url=False, include_input=False)[0]
    name = ".".join(map(str, first["loc"]))
    rule = _RULES.get(first["type"])
    if rule is None:
        return name, first["msg"]
    known = first.get("ctx", {})
    told = {"limit": next((known[key] for key in ("ge", "gt", "le", "lt") if key in known), "")}
    told["values"] = re.findall("'([^']*)'", str(known.get("expected", "")))
    return name, Message(f"fault.value.{rule}", told)


def setting_fields(model: type[BaseModel] = Settings, prefix: str = "") -> dict[str, Any]:
    """Dotted name -> pydantic field of every setting, for the documentation and its test."""
    by_name: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, Section):
            by_name |= setting_fields(info.annotation, f"{prefix}{name}.")
        else:
            by_name[prefix + name] = info
    return by_name


def _environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The nested values that ``TOCSIN_A__B=value`` variables set."""
    values: dict[str, Any] = {}
    for name, text in environ.items():
        if not name.startswith(PREFIX) or name in _OTHER_VARIABLES:
            continue
        *path, last = name.removeprefix(PREFIX).lower().split("__")
        table = values
        for part in path:
            table = table.setdefault(part, {})
        table[last] = _literal(text)
    return values


def _literal(text: str) -> Any:
    if text[:1] in "[{":
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return text
    return text


def _check_keys(values: Mapping[str, Any], where: str | Message) -> None:
    tables = {name.partition(".")[0] for name in setting_fields() if "." in name}
    known = [*setting_fields(), *Settings.model_fields]
    for key, value in _flat(values):
        if key in _OPEN_TABLES:
            continue
        if key.rpartition(".")[0] in _OPEN_TABLES:  # whoever sets them names them
            continue
        if key not in known:
            near = nearest(key, known, cutoff=0.5)
            told = {"key": key, "where": where, "near": near or ""}
            code = "fault.settings.unknown_near" if near else "fault.settings.unknown"
            raise ConfigError(Message(code, told))
        if key in tables and not isinstance(value, Mapping):
            raise ConfigError(Message("fault.settings.table", {"key": key, "where": where}))


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Dotted names and values of nested tables; an empty table is a value of its own."""
    flat: list[tuple[str, Any]] = []
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            flat += _flat(value, f"{name}.")
        else:
            flat.append((name, value))
    return flat


def _merge(low: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    """Nested values of two sources; those of ``high`` count where both have one."""
    merged = dict(low)
    for key, value in high.items():
        both_tables = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both_tables else value
    return merged
