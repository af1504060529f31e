"""One attempt of one run: a runner process, watched until it ends."""

import logging
import multiprocessing
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

from django.db import transaction

from common.errors import ProductError
from connections.vault import VaultKeyMissing
from runs import channel, runner, states
from runs.errands import Errands
from runs.execution import build_order, run_directory, secrets_of
from runs.models import Run
from runs.record import MAX_ERROR_LENGTH, RunRecord

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 3.0
FLUSH_SECONDS = 0.3
STOP_GRACE_SECONDS = 10.0
MAX_ATTEMPTS = 3


def runner_context() -> ForkServerContext:
    """A server that has the engine imported and nothing opened; each runner is one fork of it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["runs.runner", "connections.drivers.postgres"])
    return context


class Attempt:
    """Runs the claimed run to its end, or until the supervisor itself has to stop.

    Used from one thread. `give_back` may be set from another: the runner is then ended and the run
    queued again, as if this attempt had not been.
    """

    def __init__(
        self, run: Run, worker: str, context: ForkServerContext, give_back: threading.Event
    ) -> None:
        self._run = run
        self._worker = worker
        self._context = context
        self._give_back = give_back
        self._record = RunRecord(run, secrets_of(run))
        self._errands = Errands(run, worker, self._record)
        self._stop_sent_at: float | None = None

    def carry_out(self) -> None:
        run = self._run
        self._record.begin_attempt()
        self._record.log(
            "INFO",
            "",
            f"Claimed by worker {self._worker}, attempt {run.attempt} of {MAX_ATTEMPTS}, "
            f"version {run.package_version}",
        )
        try:
            with run_directory(run) as path:
                order = build_order(run, path)
                memory = runner.Memory(self._record.write_states(), self._record.task_ends())
                ours, theirs = self._context.Pipe()
                process = self._context.Process(
                    target=runner.main, args=(theirs, order, memory), daemon=True
                )
                process.start()
                theirs.close()
                try:
                    ending = self._watch(ours)
                finally:
                    ours.close()
                    _end(process)
        except (ProductError, VaultKeyMissing, OSError) as error:
            self._record.log("ERROR", "", str(error))
            ending = {"what": channel.FAILED, "component": "", "message": str(error)}
        self._settle(ending, process_exit=None if ending else process.exitcode)

    def _watch(self, pipe: "Connection[Any, Any]") -> channel.Message | None:
        """The runner's last message; None when it ended, or was ended, without one."""
        next_flush = next_beat = time.monotonic()
        while not (self._give_back.is_set() or self._stop_is_overdue()):
            now = time.monotonic()
            if now >= next_flush:
                self._record.flush()
                self._pass_on_stop(pipe)
                self._errands.hand_in(pipe)
                next_flush = now + FLUSH_SECONDS
            if now >= next_beat:
                if not self._renew():
                    return None
                next_beat = now + HEARTBEAT_SECONDS
            try:
                message = channel.receive(pipe) if pipe.poll(FLUSH_SECONDS) else None
            except (EOFError, OSError):
                return None
            if message is None:
                continue
            if message["what"] in channel.ENDINGS:
                return message
            if not self._take_in(pipe, message):
                return None
        return None

    def _take_in(self, pipe: "Connection[Any, Any]", message: channel.Message) -> bool:
        """Note what the runner says. False when the run is not ours any more."""
        if message["what"] in channel.WRITES:
            return self._store_write(pipe, message)
        if message["what"] in channel.ERRANDS:
            return self._errands.begin(message)
        self._record.apply(message)
        return True

    def _store_write(self, pipe: "Connection[Any, Any]", message: channel.Message) -> bool:
        """Store how far a destination is, and let the runner go on; only while we hold the run.

        The lease is renewed in the same transaction: a supervisor that was paused past its lease
        must not let its runner commit beside the next one's.
        """
        with transaction.atomic():
            if not self._renew():
                return False
            self._record.apply(message)
        with suppress(OSError):
            pipe.send_bytes(channel.ACK)
        return True

    def _renew(self) -> bool:
        return states.renew_lease(self._run.pk, worker=self._worker, lease_until=states.lease_end())

    def _pass_on_stop(self, pipe: "Connection[Any, Any]") -> None:
        if self._stop_sent_at is not None:
            return
        status = Run.objects.filter(pk=self._run.pk).values_list("status", flat=True).first()
        if status == Run.Status.PENDING_STOPPAGE:
            states.move(self._run, Run.Status.STOPPING, worker=self._worker)
            self._record.log("INFO", "", "Stop asked for by the user")
            self._stop_sent_at = time.monotonic()
            self._errands.stop()
            with suppress(OSError):
                pipe.send_bytes(channel.STOP)

    def _stop_is_overdue(self) -> bool:
        return (
            self._stop_sent_at is not None
            and time.monotonic() - self._stop_sent_at > STOP_GRACE_SECONDS
        )

    def _settle(self, ending: channel.Message | None, process_exit: int | None) -> None:
        """Close the books. A worker that has lost the run meanwhile changes nothing."""
        if not self._renew():
            return
        record = self._record
        record.settle_components()
        if ending is None:
            self._settle_without_ending(process_exit)
        elif ending["what"] == channel.COMPLETED:
            record.log("INFO", "", "Run completed")
            record.flush()
            states.move(self._run, Run.Status.COMPLETED, worker=self._worker, progress=1.0)
        elif ending["what"] == channel.STOPPED:
            self._stopped()
        else:
            self._failed(
                ending["message"], ending["component"], retryable=bool(ending.get("retryable"))
            )

    def _settle_without_ending(self, process_exit: int | None) -> None:
        if self._stop_sent_at is not None:
            self._stopped()
        elif self._give_back.is_set():
            self._record.log("INFO", "", "Given back: the platform is stopping")
            self._queue_again(attempt=self._run.attempt - 1)
        elif self._run.attempt < MAX_ATTEMPTS:
            self._record.log("WARN", "", f"{_how_it_ended(process_exit)}; trying again")
            self._queue_again(attempt=self._run.attempt)
        else:
            message = f"{_how_it_ended(process_exit)} in each of {MAX_ATTEMPTS} attempts"
            self._record.log("FATAL", "", message)
            self._failed(message, component="")

    def _queue_again(self, *, attempt: int) -> None:
        self._record.flush()
        states.move(
            self._run,
            Run.Status.QUEUED,
            worker=self._worker,
            attempt=attempt,
            lease_until=None,
        )

    def _stopped(self) -> None:
        self._record.log("INFO", "", "Run stopped by user")
        self._record.flush()
        states.move(self._run, Run.Status.STOPPED, worker=self._worker, error="stopped by user")

    def _failed(self, message: str, component: str, *, retryable: bool = False) -> None:
        """The cause stands in the log already, written by whoever found it."""
        error = self._record.clean(message)
        self._record.log("ERROR", "", "Run failed")
        self._record.flush()
        states.move(
            self._run,
            Run.Status.FAILED,
            worker=self._worker,
            error=error.splitlines()[0][:MAX_ERROR_LENGTH] if error else "failed",
            failed_component=component[:128],
            retryable=retryable,
        )


def _end(process: ForkServerProcess) -> None:
    process.join(timeout=1.0)
    if process.is_alive():
        process.kill()
        process.join()


def _how_it_ended(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"The runner process was ended by signal {-exit_code}"
    return f"The runner process ended without a result (exit code {exit_code})"
