"""One history: who does what next, drawn from the seed."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulator import healing, laws, staff
from tests.simulator.chance import repeatable_bytes
from tests.simulator.coverage import Coverage
from tests.simulator.healing import Ears
from tests.simulator.moves import Moves
from tests.simulator.openings import ASKED_BY, opening
from tests.simulator.shoppers import Buyer
from tests.simulator.world import World

#: Steps after the opening, before the world recovers.
LENGTH = (2, 12)
#: Steps between two looks at the laws.
WATCHED = 4
#: Shoppers who want the same bag.
RIVALS = ("buyer 0", "buyer 1", "buyer 4")

#: What a shopper does before and after an order was placed, and how likely.
BEFORE = {"complete": 5.0, "second tab": 0.5, "edit": 0.3, "cancel": 0.3}
AFTER = {
    "pay": 3.0,
    "return": 1.5,
    "cancel": 1.0,
    "complete": 0.6,
    "edit": 1.0,
    "second tab": 0.5,
    "again": 0.5,
    "look": 0.4,
}
#: What happens beside.
BESIDE = {
    "webhook": 3.0,
    "reconcile": 1.0,
    "refund": 0.7,
    "clock": 0.5,
    "bank": 0.7,
    "timer": 0.4,
    "dashboard": 0.4,
    "decide": 0.1,
}


@dataclass(frozen=True)
class Outcome:
    """How a history ended.

    Attributes:
        seed: Which one.
        breaches: What must not be; empty for a history without a fault of the shop's.
        told: The trace.
    """

    seed: int
    breaches: list[str]
    told: list[str]


def play(world: World, seed: int, coverage: Coverage) -> Outcome:
    """Play the history of a seed."""
    with repeatable_bytes(seed):
        world.begin(seed, coverage)
        try:
            History(world, seed).play()
        finally:
            world.schedule.end()
    return Outcome(seed, world.breaches, world.told)


class History:
    """Draws the steps of one history."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance = world, world.chance
        self.buyers = self._drawn()
        for buyer in self.buyers:
            buyer.ui = self.chance.choice(("hosted", "hosted", "elements"))
            buyer.patient = self.chance.random() < 0.85
        self.moves = Moves(world, self._ears())
        world.trouble.may_lose = self.moves.ears != "webhooks"
        names = ", ".join(buyer.name for buyer in self.buyers)
        how = f"heard by {self.moves.ears}, {'manual' if world.manual else 'automatic'} capture"
        world.tell(f"seed {seed}: {names}; {world.pieces}; {how}; {world.trouble.climate}")
        world.tell(f"sure to happen: {world.trouble.focus}")

    def _ears(self) -> Ears:
        """Draw who hears of payments; somebody who does not act cannot be killed at it either."""
        focus = self.world.trouble.focus
        wanted = {operation for pair in focus.values() for operation in pair} | {ASKED_BY[focus["stripe"][1]]}
        drawn = self.chance.random()
        if drawn < 0.35 and "reconcile" not in wanted:
            return "webhooks"
        # Rarely: no webhook can go astray where none is sent.
        if drawn > 0.9 and "webhook" not in wanted:
            return "reconciler"
        return "both"

    def _drawn(self) -> list[Buyer]:
        """Draw the shoppers: two who can both have what they want, or rivals where money is to come late."""
        world, late = self.world, self.world.trouble.focus["stripe"][1] == "refund"
        able = [buyer for buyer in world.buyers if world.can_have(buyer)] or world.buyers
        first = self.chance.choice([buyer for buyer in able if buyer.name in RIVALS or not late] or able)
        others = [buyer for buyer in world.buyers if buyer is not first]
        self.chance.shuffle(others)
        if late:
            others.sort(key=lambda buyer: buyer.name not in RIVALS)
        else:
            others.sort(key=lambda buyer: not world.can_have(first, buyer))
        return [first, *others[: self.chance.choice((1, 1, 2))]]

    def play(self) -> None:
        """Play the opening and the steps, and let the world recover."""
        for move in opening(self.moves, *self.buyers[:2]):
            self.world.advance(self.chance.randint(1, 20))
            move()
        for step in range(self.chance.randint(*LENGTH)):
            self.world.advance(self.chance.randint(1, 20))
            self.step()
            if step % WATCHED == 0:
                laws.watch(self.world)
            if self.world.breaches:
                return
        healing.heal(self.world, self.moves.ears)

    def step(self) -> None:
        """Let one thing happen."""
        paused = self.world.schedule.paused
        if paused and self.chance.random() < 0.4:
            self.world.go_on(self.chance.choice(paused))
            return
        found = [
            (weight, name, buyer)
            for buyer in self.buyers
            for name, weight in (AFTER if buyer.placed else BEFORE).items()
        ]
        found += [(weight, name, self.buyers[0]) for name, weight in BESIDE.items()]
        weights = [self._weight(weight, name, buyer) for weight, name, buyer in found]
        ((_, name, buyer),) = self.chance.choices(found, weights)
        self.moves.make(name, buyer)

    def _weight(self, weight: float, name: str, buyer: Buyer) -> float:
        """Return how likely a move is now: likelier where the seed's focus waits for it."""
        trouble = self.world.trouble
        if name == "complete" and buyer.refused and not buyer.placed:
            weight = 0.8
        if name == "decide" and self.world.manual:
            weight = 2.0
        if buyer.gone and name not in BESIDE:
            return 0.0
        if name == "webhook" and not staff.next_due(self.world):
            return 0.0
        waiting = {pair[1] for pair in map(trouble.wants, ("killed", "rival")) if pair}
        call = trouble.wants("stripe")
        if call:
            waiting.add(ASKED_BY[call[1]])
        return 4 * weight if name in waiting else weight
