"""Where work runs: ``serial``, ``threads:N``, ``processes:N`` or ``dask://host:port``.

Work functions are top level, take batches and give equal bytes on all four.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

P = ParamSpec("P")
R = TypeVar("R")


class SerialExecutor(Executor):
    """Runs each call at once, in the caller's thread."""

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        future: Future[R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


def make_executor(spec: str) -> Executor:
    """The executor of a specification.

    Raises:
        ConfigError: the specification is none of the four, or dask is not installed or away.
    """
    name, _, rest = spec.partition(":")
    if spec == "serial":
        return SerialExecutor()
    if name in ("threads", "processes") and rest.isdigit() and 0 < int(rest) <= 1024:
        if name == "threads":
            return ThreadPoolExecutor(int(rest))
        return ProcessPoolExecutor(int(rest), mp_context=get_context("spawn"))
    if spec.startswith("dask://"):
        return _dask("tcp://" + spec.removeprefix("dask://"))
    raise ConfigError(Message("fault.executor.unknown", {"spec": repr(spec)}))


def _dask(address: str) -> Executor:
    try:
        from distributed import Client
    except ImportError:
        raise ConfigError(Message("fault.executor.no_dask")) from None
    try:
        pool: Executor = Client(address, timeout=10).get_executor()
    except (OSError, TimeoutError) as error:
        raise ConfigError(
            Message("fault.executor.no_scheduler", {"address": str(address), "error": str(error)})
        ) from None
    return pool
