"""Everything that may happen in a history, by name; each move may be paused, or meet a rival."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.simulator import owner, shoppers, staff
from tests.simulator.healing import Ears
from tests.simulator.schedule import Task
from tests.simulator.shoppers import CARDS, Buyer
from tests.simulator.world import World

#: How often a shopper tries to order in an opening.
MOST_TRIES = 3

_OF_SHOPPERS: dict[str, Callable[[World, Buyer, Task], None]] = {
    "complete": shoppers.complete,
    "second tab": shoppers.second_tab,
    "cancel": shoppers.cancel,
    "return": shoppers.come_back,
    "edit": shoppers.edit,
    "look": shoppers.look,
    "again": shoppers.again,
}
_OF_OWNER: dict[str, Callable[[World, Task], None]] = {"refund": owner.refund, "decide": owner.decide}


class Moves:
    """Lets things happen in a world.

    Attributes:
        ears: Who hears of payments.
    """

    def __init__(self, world: World, ears: Ears) -> None:
        self.world, self.chance, self.ears = world, world.chance, ears
        self._at_the_bank: set[str] = set()

    def make(self, name: str, buyer: Buyer) -> None:
        """Let a move happen, by or about a shopper; one that is not possible now does not."""
        if name == "clock":
            staff.jump(self.world, self.chance.choice(staff.JUMPS))
        elif name == "pay":
            self.pays(buyer)
        elif name == "bank":
            staff.bank_answers(self.world)
        elif name == "dashboard":
            staff.dashboard(self.world)
        else:
            self._asks(name, buyer)

    def _asks(self, name: str, buyer: Buyer) -> None:
        """Let something be asked of the shop; where this seed wants it, with a rival in between."""
        work = self._work(name, buyer)
        if work is None:
            return
        wanted = self.world.trouble.wants("rival")
        stop = wanted is not None and wanted[1] == name
        task = self.world.act(name, buyer.name if name in _OF_SHOPPERS else "all", work, stop=stop)
        if wanted and stop and task in self.world.schedule.paused:
            self.make(wanted[0], buyer)

    def _work(self, name: str, buyer: Buyer) -> Callable[[Task], None] | None:
        if name in _OF_OWNER:
            return partial(_OF_OWNER[name], self.world)
        if name == "timer":
            return partial(staff.timer, self.world, hears_by_itself=self.ears != "webhooks")
        if name == "reconcile":
            return None if self.ears == "webhooks" else partial(staff.reconciles, self.world)
        if name == "webhook":
            event = None if self.ears == "reconciler" else staff.next_due(self.world)
            return partial(staff.hear, self.world, event) if event else None
        if name == "return" and not buyer.placed:
            return None
        return partial(_OF_SHOPPERS[name], self.world, buyer)

    def finish(self, name: str, buyer: Buyer) -> None:
        """Let a move happen to its end, with everything else that was paused."""
        self.make(name, buyer)
        while self.world.schedule.paused:
            self.world.go_on(self.world.schedule.paused[0])

    def orders(self, buyer: Buyer) -> None:
        """Let a shopper complete, again after a death, until the order is there or refused."""
        for _ in range(MOST_TRIES):
            self.finish("complete", buyer)
            if buyer.placed or buyer.refused or buyer.gone:
                return

    def is_overtaken(self, buyer: Buyer) -> None:
        """Let a request hang for so long that its shopper's repeat is worked on elsewhere."""
        self.make("complete", buyer)
        if self.world.schedule.paused:
            self.world.advance(25)
            self.world.trouble.had("rival")
            self.make("complete", buyer)

    def pays(self, buyer: Buyer, card: str = "") -> None:
        """Press a button at Stripe, or answer the bank's question."""
        if not buyer.can_pay:
            return
        if buyer.session_id in self._at_the_bank and self.chance.random() < 0.8:
            outcome = self.chance.choice(("succeed", "succeed", "fail"))
            status = buyer.authenticates(outcome).status_code
            self.world.tell(f"{buyer.name} authenticates, {outcome}: {status}")
            self._at_the_bank.discard(buyer.session_id)
            return
        if not card and self.world.tampered and buyer.session_id not in self.world.charged_wrongly:
            self.world.tamper(buyer.session_id)
        card = card or self.chance.choices(list(CARDS), list(CARDS.values()))[0]
        status = buyer.pays(card).status_code
        if card == "pm_card_authenticationRequired":
            self._at_the_bank.add(buyer.session_id)
        self.world.tell(f"{buyer.name} pays with {card}: {status}")
