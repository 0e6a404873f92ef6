"""How fast the shop is: generated catalogues, measures, and the floors they are held against.

``python -m tests.bench [NAME ...] [--sizes 100,10000,100000] [--engines sqlite,postgresql]``.

:mod:`~tests.bench.vocabulary` the real words · :mod:`~tests.bench.generator` products made of them ·
:mod:`~tests.bench.filling` their rows, written · :mod:`~tests.bench.upkeep` what the shop keeps beside rows ·
:mod:`~tests.bench.stores` databases kept from run to run ·
:mod:`~tests.bench.making` those that are missing · :mod:`~tests.bench.load` clients ·
:mod:`~tests.bench.floors` what the shop is compared with · :mod:`~tests.bench.variants` servers that differ
from the shop in one thing. The other modules measure: each has ``run(bench) -> list[Figure]``.
"""
