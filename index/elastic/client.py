"""The connection: one client, errors as sentences, patience while the cluster is away."""

from __future__ import annotations

import json
import logging
import random
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import elastic_transport
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from tocsin.core.errors import Abort, ConfigError, TocsinError
from tocsin.core.messages import Message
from tocsin.core.settings import IndexSettings

R = TypeVar("R")
MIN_VERSION = (8, 18)
BUSY = frozenset({408, 429, 502, 503, 504})
FIRST_CONTACT = 15.0
"""Seconds of patience with a server that has never answered: a wrong address is likelier than a
pause."""
CAVEATS = ("timed_out", "_shards", "docs._index", "docs.error", "failures", "responses", "error")
"""What an answer says of being a part only."""
_LOGGED_FROM = 1.0
"""Length of the pause at which the log first says that there is one."""
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0
_log = logging.getLogger(__name__)


class Backoff:
    """Growing, jittered pauses for so many seconds altogether.

    Ours beside `tocsin.core.retry`, which counts tries: here a deadline bounds them, and what was
    tried before is of use to the caller.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.next_pause = _FIRST_PAUSE
        self._deadline = time.monotonic() + seconds

    @property
    def exhausted(self) -> bool:
        """Whether the next pause would end after the deadline."""
        return time.monotonic() + self.next_pause > self._deadline

    def pause(self) -> float:
        """Sleep; for how many seconds."""
        seconds = self.next_pause * random.uniform(0.5, 1.0)  # noqa: S311
        time.sleep(seconds)
        self.next_pause = min(self.next_pause * 2, _LONGEST_PAUSE)
        return seconds


class Connection:
    """A client of the official library with a bounded patience.

    ``call`` runs one request. While the cluster does not answer, or answers that it is overloaded
    (408, 429, 502 to 504), it tries again with growing, jittered pauses for ``retry_seconds``;
    where it has not answered once, for `FIRST_CONTACT` at most.
    """

    def __init__(self, settings: IndexSettings) -> None:
        self.settings = settings
        self.client = connect(settings)
        self.gave_up = False
        self._lock = threading.Lock()
        self._away = 0.0
        self._tries = 0
        self._reason = ""
        self._answered = False

    def incidents(self) -> list[str]:
        """What went wrong and was mended by trying again, in sentences."""
        if not self._tries:
            return []
        what = (
            f"Elasticsearch at {self.settings.url} did not answer as it should {self._tries} times "
            f"(the last time: {self._reason})"
        )
        return [
            f"{what}; {self._away:.0f} s were spent waiting for it, and the requests were sent "
            "again"
        ]

    def call(self, request: Callable[..., R], /, *args: Any, **kwargs: Any) -> R:
        """The answer of a request: see `attempt`. A ``filter_path`` hides no `CAVEATS`."""
        if wanted := kwargs.get("filter_path"):
            wanted = [wanted] if isinstance(wanted, str) else wanted
            kwargs["filter_path"] = [*wanted, *CAVEATS]
        return self.attempt(partial(request, *args, **kwargs))[0]

    def attempt(self, request: Callable[[], R]) -> tuple[R, bool]:
        """The answer of a request, and whether an earlier try may have been carried out without our
        hearing of it.

        Raises:
            ConfigError: the address, certificate, password, privilege or version is wrong.
            Abort: the cluster stayed away or overloaded, or answered for a part only; the same
                command resumes.
            ApiError: any other answer, for the caller to read (404, 409...).
        """
        doubtful = False
        patience = (
            self.settings.retry_seconds
            if self._answered
            else min(self.settings.retry_seconds, FIRST_CONTACT)
        )
        backoff = Backoff(patience)
        while True:
            try:
                answer = request()
                self._answered = True
                check_complete(getattr(answer, "body", answer))
                return answer, doubtful
            except (
                elastic_transport.TransportError,
                ApiError,
                UnsupportedProductError,
                MissingShards,
            ) as error:
                if not is_transient(error):
                    raise translate_error(error, self.settings) from error
                if backoff.exhausted:
                    self.gave_up = True
                    raise self._end(error, patience) from error
                if backoff.next_pause > _LOGGED_FROM >= backoff.next_pause / 2:
                    _log.warning(
                        "%s does not answer (%s); trying again for up to %.0f s",
                        self.settings.url,
                        _short(error),
                        patience,
                    )
                doubtful |= not isinstance(error, (ApiError, MissingShards))
                seconds = backoff.pause()
                with self._lock:
                    self._tries, self._reason = self._tries + 1, _short(error)
                    self._away += seconds

    def _end(self, error: Exception, patience: float) -> Abort:
        url = self.settings.url
        if missing := missing_shards(error):
            return Abort(red_index(", ".join(missing.names) or f"{self.settings.prefix}-*"))
        if self._answered or isinstance(error, ApiError):
            return Abort(
                Message(
                    "fault.elastic.silent",
                    {"url": url, "patience": patience, "error": _short(error)},
                )
            )
        return Abort(
            Message(
                "fault.elastic.no_answer",
                {"url": url, "error": _short(error), "patience": patience},
            )
        )

    def close(self) -> None:
        """Close the sockets."""
        self.client.close()


class MissingShards(Exception):
    """An answer that lacks what shards hold that no node has now: a node that starts brings them
    back, so this is waited for like a server that does not answer."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = sorted(set(names))
        super().__init__(f"shards of {', '.join(self.names) or 'an index'} are on no node")


def check_complete(body: Any) -> None:
    """Refuse an answer that holds a part only, whatever was asked: every answer passes here.

    Raises:
        Abort: it is a part; the indices are named where the server does.
        MissingShards: it is a part, for shards are on no node.
    """
    if not isinstance(body, Mapping):
        return
    for part in body.get("responses", ()):  # of `_msearch`: each is an answer of its own
        check_complete(part)
    errors = [body.get("error"), *body.get("failures", ())]  # of `_delete_by_query` and its like
    for error in errors:
        _refuse(error)
    for doc in body.get("docs", ()):  # of `_mget`: each has an error of its own
        error = doc.get("error")
        if error and error.get("type") != "index_not_found_exception":  # no index, no document
            _refuse({**error, "index": error.get("index", doc.get("_index"))})
    # A write that a replica missed is carried out, and a cluster's health holds no data.
    if "result" in body or "number_of_nodes" in body:
        return
    shards = body.get("_shards", {})
    for failure in shards.get("failures", ()):
        _refuse(failure)
    # A refresh counts replicas that no node holds, which nobody needs.
    reads = "hits" in body or "count" in body
    if reads and not shards.get("failed") and shards.get("successful", 0) < shards.get("total", 0):
        raise MissingShards(())
    if shards.get("failed") or body.get("timed_out"):
        raise Abort(_partial((), "timed out" if body.get("timed_out") else shards))


def _refuse(error: Any) -> None:
    """Raise what an error means that stands inside an answer."""
    if not error:
        return
    if block := blocked(error):
        raise Abort(block)
    if is_missing(error):
        raise MissingShards(indices_of(error))
    raise Abort(_partial(indices_of(error), error))


_MISSING = re.compile(
    "no_shard_available_action_exception|unavailable_shards_exception|due to missing shards"
)


def is_missing(error: Any) -> bool:
    """Whether an error says that shards are on no node."""
    return _MISSING.search(json.dumps(error, default=str)) is not None


def indices_of(error: Any) -> set[str]:
    """The indices that an error names, as a field or as ``[index][shard]`` in its reason."""
    if isinstance(error, Mapping):
        found = set().union(*map(indices_of, error.values()))
        return found | ({str(error["index"])} if error.get("index") else set())
    if isinstance(error, list):
        return set().union(*map(indices_of, error))
    return set(re.findall(r"\[([^\[\]\s]+)\]\[", error)) if isinstance(error, str) else set()


def _partial(names: Iterable[str], reason: Any) -> Message:
    told = ", ".join(sorted(names))
    shown = {"reason": json.dumps(reason, default=str)[:300]}
    if told:
        return Message("elastic.partial_of", {"names": told, **shown})
    return Message("elastic.partial", shown)


def connect(settings: IndexSettings) -> Elasticsearch:
    """A client that is not yet connected.

    Raises:
        ConfigError: no address, a strange one, or a CA file that cannot be read.
    """
    if not re.match(r"https?://[^/\s]+", settings.url):
        raise ConfigError(Message("fault.elastic.no_url", {"url": repr(settings.url)}))
    logging.getLogger("elastic_transport.node_pool").setLevel(
        logging.ERROR
    )  # says each try; we say it once
    options: dict[str, Any] = {
        "request_timeout": settings.timeout,
        "max_retries": 0,
        "retry_on_timeout": False,
    }
    if settings.ca_certs:
        if not Path(settings.ca_certs).is_file():
            raise ConfigError(Message("fault.elastic.no_ca", {"ca_certs": str(settings.ca_certs)}))
        options["ca_certs"] = settings.ca_certs
    if settings.fingerprint:
        options["ssl_assert_fingerprint"] = settings.fingerprint.replace(":", "")
    if key := settings.api_key.get_secret_value():
        options["api_key"] = key
    elif settings.username:
        options["basic_auth"] = (settings.username, settings.password.get_secret_value())
    try:
        return Elasticsearch(settings.url, **options)
    except (ValueError, OSError) as error:
        raise ConfigError(Message("fault.elastic.settings", {"error": str(error)})) from None


def is_transient(error: Exception) -> bool:
    """Whether the error may go away by itself."""
    if isinstance(error, elastic_transport.TlsError):
        return False
    if isinstance(error, ApiError):
        return error.status_code in BUSY and not blocked(_error_of(error))
    # A half-open connection or an answer cut in half is a SerializationError of the transport.
    return isinstance(
        error,
        (
            MissingShards,
            elastic_transport.ConnectionError,
            elastic_transport.ConnectionTimeout,
            elastic_transport.SerializationError,
        ),
    )


def missing_shards(error: Exception) -> MissingShards | None:
    """The error as one of missing shards, if it says so."""
    if isinstance(error, MissingShards):
        return error
    if isinstance(error, ApiError) and is_missing(said := _error_of(error)):
        return MissingShards(indices_of(said))
    return None


def translate_error(error: Exception, settings: IndexSettings) -> Exception:
    """The error as one sentence that says what to do; errors that a caller handles come back as
    they are."""
    url, who = settings.url, settings.username or Message("fault.elastic.this_client")
    if isinstance(error, TocsinError):
        return error
    if isinstance(error, UnsupportedProductError):
        return ConfigError(Message("fault.elastic.not_elastic", {"url": url}))
    if isinstance(error, elastic_transport.TlsError):
        return ConfigError(
            Message("fault.elastic.certificate", {"url": url, "error": _short(error)})
        )
    if isinstance(error, ApiError):
        if block := blocked(_error_of(error)):
            return Abort(block)
        if error.status_code == 401:
            return ConfigError(Message("fault.elastic.password", {"url": url, "who": who}))
        if error.status_code == 403:
            return ConfigError(
                Message("fault.elastic.role", {"who": who, "url": url, "error": _missing(error)})
            )
        if error.error == "media_type_header_exception":
            return ConfigError(Message("fault.elastic.old", {"url": url}))
    return error


_BLOCKED = re.compile(r"index \[([^\]]+)\] blocked by: \[(.*?)\];", re.DOTALL)


def blocked(error: Any) -> Message | None:
    """What the error of an index that is closed or blocked for writing means, if it is one.

    No wait mends these, and an answer that left the index out would be short without a word.

    Args:
        error: the ``error`` object of an answer or of one of its items.
    """
    if not isinstance(error, Mapping):
        return None
    kind = error.get("type")
    if kind == "index_closed_exception":
        return closed_index(error.get("index", "?"))
    block = _BLOCKED.search(str(error.get("reason")))
    return blocked_index(*block.groups()) if kind == "cluster_block_exception" and block else None


def closed_index(name: str) -> Message:
    """What a closed index means, and what to do."""
    return Message("elastic.closed", {"name": name})


def red_index(name: str) -> Message:
    """What an index without all of its shards means, and what to do."""
    return Message("elastic.red", {"name": name})


def blocked_index(name: str, block: str) -> Message:
    """What an index that is blocked for writing means, and what to do."""
    if "allow_delete" in block.replace("-", "_"):
        return Message("elastic.full", {"name": name})
    return Message("elastic.blocked", {"name": name, "block": block})


def _error_of(error: ApiError) -> Any:
    """The error object of an answer."""
    return error.body.get("error") if isinstance(error.body, Mapping) else None


def check_version(number: str, url: str) -> None:
    """Refuse a server that is too old. Raises ConfigError."""
    version = tuple(int(part) for part in re.findall(r"\d+", number)[:2])
    if version < MIN_VERSION:
        raise ConfigError(Message("fault.elastic.version", {"url": url, "number": number}))


def _missing(error: ApiError) -> Message:
    privilege = re.search(r"action \[([^\]]+)\]", str(error))
    if privilege is None:
        return Message("fault.elastic.some_privilege")
    return Message("fault.elastic.privilege", {"action": privilege.group(1)})


def _short(error: Exception) -> str:
    return re.sub(r"\s+", " ", str(error))[:200]
