"""What a workflow's runner asks its supervisor to do: run other packages, send mail.

A package that a task runs is an ordinary run: queued, claimed and supervised like any other, by
whoever has room. Here it is only begun, watched, and stopped with its parent.
"""

import json
import logging
import queue
import smtplib
import threading
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.connection import Connection
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from audit.actor import Actor, Door
from common.errors import Conflict, ProductError
from connections import vault
from engine.workflow.work import TaskEnd
from runs import channel, states
from runs.models import Run
from runs.record import RunRecord
from runs.services import stop_children, submit_run

logger = logging.getLogger(__name__)

MAX_DEPTH = 8
"""Workflows that run workflows, one below the other."""


class Errands:
    """Those of one attempt. Used from the supervisor's thread."""

    def __init__(self, run: Run, worker: str, record: RunRecord) -> None:
        self._run = run
        self._worker = worker
        self._record = record
        self._children: dict[int, str] = {}
        self._ended: queue.SimpleQueue[tuple[str, TaskEnd]] = queue.SimpleQueue()

    def begin(self, message: channel.Message) -> bool:
        """Begin one; False when the run is not this worker's any more."""
        component_id = message["component_id"]
        if message["what"] == channel.SEND_MAIL:
            arguments = (component_id, message["mail"])
            threading.Thread(target=self._send_mail, args=arguments, daemon=True).start()
            return True
        try:
            return self._run_package(component_id, message["package_id"], message["variables"])
        except ProductError as error:
            self._ended.put((component_id, TaskEnd("failed", message=error.message)))
            return True

    def hand_in(self, pipe: "Connection[Any, Any]") -> None:
        """Tell the runner about everything that has ended since."""
        self._look_after_children()
        while True:
            try:
                component_id, end = self._ended.get_nowait()
            except queue.Empty:
                return
            answer = json.dumps({"component_id": component_id, **asdict(end)})
            with suppress(OSError):
                pipe.send_bytes(answer.encode())

    def stop(self) -> None:
        """Stop every run that a task of this one began."""
        stop_children(self._run, actor_of(self._run))

    def _run_package(self, component_id: str, package_id: int, variables: dict[str, str]) -> bool:
        """The task's run, which an earlier attempt may have begun already.

        Parent and lease are looked at in the transaction that makes the child, so that no stop and
        no other worker can come in between.
        """
        with transaction.atomic():
            parent = Run.objects.select_for_update().get(pk=self._run.pk)
            if parent.worker != self._worker:
                return False
            if parent.status != Run.Status.RUNNING:
                return True
            child = self._run.children.filter(task_id=component_id).first()
            if child is None:
                self._check(package_id)
                child = submit_run(
                    account=self._run.account,
                    package_id=package_id,
                    actor=actor_of(self._run),
                    cluster_id=self._run.cluster_id,
                    variables=self._handed_on(variables),
                    task_of=(self._run, component_id),
                )
        self._record.log(
            "INFO",
            self._record.component_name(component_id),
            f"Run {child.pk} of package {child.package_id}.",
        )
        self._children[child.pk] = component_id
        return True

    def _handed_on(self, variables: dict[str, str]) -> dict[str, str]:
        """All but secret variables: values of runs are shown."""
        secret = vault.decrypt(self._run.package.secret_variables)
        values = {name: value for name, value in variables.items() if name not in secret}
        hidden = [str(value) for value in secret.values() if value]
        for name, value in values.items():
            if any(text in value for text in hidden):
                raise Conflict(
                    f"variables: '{name}' would hand a secret variable on to another run, where it"
                    " would be shown"
                )
        return values

    def _check(self, package_id: int) -> None:
        """Workflows may not run each other in a circle, whatever was edited since they began."""
        depth, above = 1, self._run
        while True:
            if above.package_id == package_id:
                raise Conflict(f"the package {package_id} would run itself")
            if above.parent is None:
                return
            depth, above = depth + 1, above.parent
            if depth > MAX_DEPTH:
                raise Conflict(f"workflows run workflows more than {MAX_DEPTH} deep")

    def _look_after_children(self) -> None:
        if not self._children:
            return
        for child in Run.objects.filter(pk__in=self._children, status__in=states.FINISHED):
            component_id = self._children.pop(child.pk)
            self._ended.put((component_id, _end_of(child)))

    def _send_mail(self, component_id: str, mail: dict[str, Any]) -> None:
        self._ended.put((component_id, _mailed(mail)))


def _end_of(child: Run) -> TaskEnd:
    words = f"Run {child.pk} of package {child.package_id} {child.status}"
    if child.status == Run.Status.COMPLETED:
        return TaskEnd("completed", message=f"{words}.")
    reason = f": {child.error}" if child.error else "."
    return TaskEnd("failed", message=f"{words}{reason}", retryable=child.retryable)


def _mailed(mail: dict[str, Any]) -> TaskEnd:
    if not settings.EMAIL_HOST:
        words = "This installation sends no e-mail: the operator has not set EMAIL_HOST."
        return TaskEnd("failed", message=words)
    message = EmailMessage(mail["subject"], mail["text"], to=mail["recipients"])
    try:
        message.send()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        logger.warning("a workflow's e-mail was not sent: %s", error)
        words = f"The mail server did not take the message ({type(error).__name__})."
        return TaskEnd("failed", message=words, retryable=True)
    return TaskEnd("completed", message=f"Mailed to {len(mail['recipients'])} recipients.")


def actor_of(run: Run) -> Actor:
    """Who began the workflow acts in its tasks too."""
    return Actor(
        door=Door(run.started_through) if run.started_through else Door.COMMAND,
        account_id=run.account_id,
        user_id=run.owner_id,
        user_label=run.owner.email if run.owner else "",
        application_id=run.application_id,
        application_label=run.application_label,
        reason=f"task of run {run.pk}",
    )
