"""Known bugs of other shops, put back into this one: each must be seen within a few hundred seeds.

The rows named (A4, C31, ...) are those of the table of real bugs that this shop was built against:
A stock, C payments and webhooks. A mutant changes the code in memory, while a history plays. Where two guards
stand behind each other, so that one alone is never missed, a mutant takes away both and says so.
"""

from tests.simulator.mutants import keys, money, money_back, stock, webhooks
from tests.simulator.mutants.mutant import Mutant

ALL: tuple[Mutant, ...] = (
    *stock.MUTANTS,
    *money.MUTANTS,
    *money_back.MUTANTS,
    *webhooks.MUTANTS,
    *keys.MUTANTS,
)

__all__ = ["ALL", "Mutant"]
