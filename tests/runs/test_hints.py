import threading

import pytest
from kombu.exceptions import OperationalError

from runs.hints import MAX_WAITING, Sender


@pytest.fixture
def gate():
    """Opens at the end of the test, so that no sender waits for ever."""
    gate = threading.Event()
    yield gate
    gate.set()


def test_hints_are_sent_in_their_order():
    sent, done = [], threading.Event()

    def send(run_id):
        sent.append(run_id)
        if run_id == 3:
            done.set()

    sender = Sender(send)
    for run_id in (1, 2, 3):
        sender.put(run_id)

    assert done.wait(5)
    assert sent == [1, 2, 3]


def test_a_caller_does_not_wait_for_a_queue_that_hangs(gate, caplog):
    sender = Sender(lambda _: gate.wait(30))

    for run_id in range(MAX_WAITING + 5):
        sender.put(run_id)

    assert "too many hints wait" in caplog.text


def test_a_failure_to_send_does_not_end_the_sender():
    sent = threading.Event()

    def send(run_id):
        if run_id == 1:
            raise OperationalError("gone")
        sent.set()

    sender = Sender(send)
    sender.put(1)
    sender.put(2)

    assert sent.wait(5)
