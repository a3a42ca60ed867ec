"""Parsing happens in processes of its own: hostile pages may cost time and memory, never the event
loop or the run.

Each worker does one call at a time,
under a memory limit; a call that takes too long costs its worker,
which is replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message

MEMORY_LIMIT = 2 * 1024**3
PARSE_SECONDS = 30.0
"""What one page may take. An ordinary one takes a hundredth of a second."""
_context = get_context("spawn")
_DONE, _UNREADABLE, _FAILED = "done", "unreadable", "failed"


class ParserFailed(Unreadable):
    """A parser raised what it should not have: a defect of the parser, which the report names."""


class ParserTimeout(Unreadable):
    """A parser took longer than it may."""


class ParserPool:
    """A few parser processes, started when first needed."""

    def __init__(self, number: int | None = None, *, timeout: float = PARSE_SECONDS) -> None:
        self._number = number or max(1, min(2, os.cpu_count() or 1))
        self._timeout = timeout
        self._threads = ThreadPoolExecutor(self._number, thread_name_prefix="parser")
        self._local = threading.local()
        self._all: list[_ParserProcess] = []
        self._lock = threading.Lock()
        self._closed = False

    async def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a top-level function returns for these arguments.

        Raises:
            Unreadable: it raised that, or ran out of memory.
            ParserTimeout: it took longer than the limit.
            ParserFailed: it raised anything else, or cannot be called in another process.
        """
        return await asyncio.wrap_future(self.submit(function, *arguments))

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """The same without an event loop."""
        return self._threads.submit(self._call, function, arguments)

    def _call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        worker: _ParserProcess | None = getattr(self._local, "worker", None)
        if worker is None or not worker.alive:
            with self._lock:
                if self._closed:
                    raise Unreadable(Message("crawl.stopping"))
                worker = self._local.worker = _ParserProcess()
                self._all.append(worker)
        return worker.call(function, arguments, self._timeout)

    def close(self) -> None:
        """Stop the processes; calls under way end as unreadable."""
        with self._lock:
            self._closed = True
            for worker in self._all:
                worker.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)


class _ParserProcess:
    def __init__(self) -> None:
        self._pipe, theirs = _context.Pipe()
        self._process = _context.Process(
            target=_serve, args=(theirs,), daemon=True, name="tocsin-parser"
        )
        self._process.start()
        theirs.close()

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def call(self, function: Callable[..., Any], arguments: tuple[Any, ...], timeout: float) -> Any:
        try:
            packed = ForkingPickler.dumps((function, arguments))
        except Exception as error:  # what pickle raises depends on what it is given
            told = Message("crawl.not_handed_over", {"error": _words(error)})
            raise ParserFailed(told) from None
        try:
            self._pipe.send_bytes(packed)
            if not self._pipe.poll(timeout):
                self.kill()
                raise ParserTimeout(Message("crawl.slow", {"seconds": timeout}))
            outcome, value = self._pipe.recv()
        except (EOFError, OSError):
            self.kill()
            raise Unreadable(Message("crawl.parser_gave_up")) from None
        if outcome == _UNREADABLE:
            raise Unreadable(value)
        if outcome == _FAILED:
            raise ParserFailed(value)
        return value

    def kill(self) -> None:
        self._process.kill()
        self._process.join(5)


def _serve(pipe: Connection) -> None:
    import logging
    import resource
    import signal

    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole group: the parent decides when a worker ends
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    logging.disable(logging.CRITICAL)
    while True:
        try:
            packed = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        try:
            function, arguments = ForkingPickler.loads(packed)
            answer = _DONE, function(*arguments)
        except Unreadable as error:
            answer = _UNREADABLE, error.message
        except MemoryError:
            answer = _UNREADABLE, Message("crawl.memory")
        except RecursionError:
            answer = _UNREADABLE, Message("crawl.deep")
        except Exception as error:  # what a parser makes of hostile bytes is not foreseeable
            answer = _FAILED, _words(error)
        try:
            pipe.send(answer)
        except OSError:
            return
        except Exception as error:  # the parser's answer cannot be pickled
            pipe.send((_FAILED, Message("crawl.not_handed_back", {"error": _words(error)})))


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # the parent was killed: no orphan stays behind
