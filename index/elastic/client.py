"""The connection: one client, errors as sentences, patience while the cluster is away."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import elastic_transport
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from tocsin.errors import Abort, ConfigError, TocsinError
from tocsin.settings import IndexSettings

R = TypeVar("R")
MIN_VERSION = (8, 18)
BUSY = frozenset({408, 429, 502, 503, 504})


class Connection:
    """A client of the official library with a bounded patience.

    ``call`` runs one request. While the cluster does not answer, or answers that it is overloaded
    (408, 429, 502 to 504), it tries again with growing, jittered pauses for ``retry_seconds``.
    """

    def __init__(self, settings: IndexSettings) -> None:
        self.settings = settings
        self.client = connect(settings)
        self.retries = 0

    def call(self, request: Callable[..., R], /, *args: Any, **kwargs: Any) -> R:
        """The answer of a request: see `attempt`."""
        return self.attempt(partial(request, *args, **kwargs))[0]

    def attempt(self, request: Callable[[], R]) -> tuple[R, bool]:
        """The answer of a request, and whether an earlier try may have been carried out without our hearing of it.

        Raises:
            ConfigError: the address, certificate, password, privilege or version is wrong.
            Abort: the cluster stayed away or overloaded; the same command resumes.
            ApiError: any other answer, for the caller to read (404, 409...).
        """
        doubtful = False
        deadline = time.monotonic() + self.settings.retry_seconds
        pause = 0.2
        while True:
            try:
                return request(), doubtful
            except (elastic_transport.TransportError, ApiError, UnsupportedProductError) as error:
                if not passing(error):
                    raise sentence(error, self.settings) from error
                if time.monotonic() + pause > deadline:
                    raise Abort(
                        f"Elasticsearch at {self.settings.url} did not answer for {self.settings.retry_seconds:.0f} s "
                        f"({_short(error)}); when it is back, start the same command again: nothing accepted is lost"
                    ) from error
                self.retries += 1
                doubtful |= not isinstance(error, ApiError)
                time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
                pause = min(pause * 2, 10.0)

    def close(self) -> None:
        """Close the sockets."""
        self.client.close()


def connect(settings: IndexSettings) -> Elasticsearch:
    """A client that is not yet connected.

    Raises:
        ConfigError: no address, a strange one, or a CA file that cannot be read.
    """
    if not re.match(r"https?://[^/\s]+", settings.url):
        raise ConfigError(f"index.url is {settings.url!r}; write the cluster's address, such as https://localhost:9200")
    options: dict[str, Any] = {"request_timeout": settings.timeout, "max_retries": 0, "retry_on_timeout": False}
    if settings.ca_certs:
        if not Path(settings.ca_certs).is_file():
            raise ConfigError(f"index.ca_certs: there is no file {settings.ca_certs}; copy the cluster's CA certificate there")
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
        raise ConfigError(f"cannot use the settings of index.*: {error}") from None


def passing(error: Exception) -> bool:
    """Whether the error may go away by itself."""
    if isinstance(error, elastic_transport.TlsError):
        return False
    if isinstance(error, ApiError):
        return error.status_code in BUSY
    # A half-open connection or an answer cut in half is a SerializationError of the transport.
    return isinstance(error, (elastic_transport.ConnectionError, elastic_transport.ConnectionTimeout, elastic_transport.SerializationError))


def sentence(error: Exception, settings: IndexSettings) -> Exception:
    """The error as one sentence that says what to do; errors that a caller handles come back as they are."""
    url, who = settings.url, settings.username or "this client"
    if isinstance(error, TocsinError):
        return error
    if isinstance(error, UnsupportedProductError):
        return ConfigError(
            f"the server at {url} is no Elasticsearch (OpenSearch, perhaps, or another program); Tocsin needs Elasticsearch 8.18 or newer"
        )
    if isinstance(error, elastic_transport.TlsError):
        return ConfigError(
            f"the certificate of {url} is not trusted ({_short(error)}); set index.ca_certs to the cluster's CA file or index.fingerprint"
        )
    if isinstance(error, ApiError):
        if error.status_code == 401:
            return ConfigError(f"{url} refuses the password of {who}; set index.username and index.password, or index.api_key")
        if error.status_code == 403:
            return ConfigError(
                f"{who} may not do this on {url} ({_missing(error)}); give it the role of deploy/roles.yml that the command needs"
            )
        if error.error == "media_type_header_exception":
            return ConfigError(f"the server at {url} is older than Elasticsearch 8; Tocsin needs 8.18 or newer")
    return error


def check_version(number: str, url: str) -> None:
    """Refuse a server that is too old. Raises ConfigError."""
    found = tuple(int(part) for part in re.findall(r"\d+", number)[:2])
    if found < MIN_VERSION:
        raise ConfigError(f"the server at {url} is Elasticsearch {number}; Tocsin needs 8.18 or newer")


def _missing(error: ApiError) -> str:
    found = re.search(r"action \[([^\]]+)\]", str(error))
    return f"the privilege for {found.group(1)} is missing" if found else "a privilege is missing"


def _short(error: Exception) -> str:
    return re.sub(r"\s+", " ", str(error))[:200]
