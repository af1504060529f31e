"""Delivery to a service, which has no transactions: what was sent cannot be taken back."""

from engine.delivery import Delivery


class Sending(Delivery):
    """Rows are gathered before the first request, and from that on nothing is undone.

    After a failure the ledger keeps `committing`, so that a later attempt of the run knows that
    some requests may have arrived, and asks the writer what is to be done about it.
    """

    def commit(self, rows: int) -> None:
        self._ledger.committing(self._id, rows)
        self._writer.commit()
        self._ledger.committed(self._id, rows)

    def give_up(self) -> None:
        state = self._ledger.state(self._id)
        if state is None or state.state != "committing":
            super().give_up()
