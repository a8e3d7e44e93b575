"""Where chunks are screened: in this process, in several, or on a cluster."""

from __future__ import annotations

import logging
import multiprocessing
import os
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import wait
from typing import Any, Final, TypeVar, final

from audit.errors import AuditError

T = TypeVar("T")

_SILENT: Final = "no Dask scheduler answers at"
_ADDRESS: Final = re.compile(r"(tcp|tls)://\[?(?P<host>[^/\]]+)\]?:(?P<port>[0-9]{1,5})\Z")


@final
class InProcess(Executor):
    """Runs what is submitted at once, here."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run it; what it raises is kept for whoever asks for the result."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - handed on to the caller of result()
            future.set_exception(error)
        return future


@final
class OnCluster(Executor):
    """Runs what is submitted on the workers of a Dask client.

    Dask's own executor leaves a future unfinished for ever when the scheduler is lost while a result is
    on its way; here it then holds BrokenExecutor.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._remotes: set[Any] = set()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Have it run by a worker, and by another one if that is lost."""
        future: Future[T] = Future()
        remote = self._client.submit(fn, *args, pure=False, retries=3, **kwargs)
        self._remotes.add(remote)
        remote.add_done_callback(partial(self._hand_over, future))
        return future

    def shutdown(
        self,
        wait: bool = True,  # noqa: FBT001, FBT002 - as Executor has it
        *,
        cancel_futures: bool = False,
    ) -> None:
        """Give up what has not been handed over."""
        self._client.cancel(list(self._remotes))

    def _hand_over(self, future: Future[Any], remote: Any) -> None:
        try:
            future.set_result(remote.result())
        except Exception as error:  # noqa: BLE001 - handed on to the caller of result()
            is_its_own = remote.status == "error"
            future.set_exception(error if is_its_own else BrokenExecutor(str(error)))
        self._remotes.discard(remote)


@contextmanager
def processes(jobs: int) -> Iterator[Executor]:
    """So many worker processes, started afresh, each with an interpreter of its own."""
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(jobs, mp_context=context, initializer=_become_worker)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


@contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, int]]:
    """The workers of a Dask scheduler at ``tcp://host:port``, and how many chunks they take at once.

    A worker that is lost has its chunks screened again by another. Raises AuditError where the
    extra is not installed or the scheduler does not answer.
    """
    try:
        from distributed import Client
    except ImportError:
        message = "--cluster needs the extra: pip install 'needlecheck[cluster]'"
        raise AuditError(message) from None
    _knock(address)
    for name in ("distributed", "distributed.client"):
        logger = logging.getLogger(name)  # what matters is raised
        logger.handlers[:] = [logging.NullHandler()]  # those of the parts of Dask end up here, too
        logger.propagate = False
    try:
        client = Client(address, timeout="5s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise AuditError(f"{_SILENT} {address}: {error}") from None
    with client, OnCluster(client) as executor:
        yield executor, max(sum(client.nthreads().values()), 1)


def _knock(address: str) -> None:
    """Raise AuditError where nobody listens; Dask would try for a long time."""
    place = _ADDRESS.match(address)
    if place is None:
        raise AuditError(f"{_SILENT} {address}: an address looks like tcp://host:8786")
    try:
        socket.create_connection((place["host"], int(place["port"])), timeout=5).close()
    except (OSError, OverflowError) as error:
        raise AuditError(f"{_SILENT} {address}: {error}") from None


def _become_worker() -> None:
    """Leave Ctrl-C to the main process, and end with it: nobody else would end a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
