"""The catalogue held in memory as sets, for questions that SQL answers by reading every variant.

Facets, orders by price and filters that find little cost SQL as much as the catalogue is large.
Here a value of a filter is the set of variants that have it, and a count is an intersection: all
groups of 100,000 products with eight variants each are counted in some milliseconds.

It is an accelerator and nothing hangs on it: SQL answers while there is none, in small catalogues,
in processes that do not serve, and whenever what is held is not the state that the database
publishes. Both give the same answers (``tests/discovery/test_count_facets.py`` asks both).

- ``variant_sets`` sets of variants · ``amounts`` what they cost, by bits · ``prices`` in one market
- ``catalogue`` everything that holds for one revision · ``building`` reads it from the database
- ``stock`` what is sold out · ``found`` filters · ``counts`` facets · ``pages`` lists
- ``keeper`` which one is held, and when it is built anew
"""
