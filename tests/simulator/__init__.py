"""The shop in a world where everything goes wrong, one seed a history.

The code under test is the real one: the application, its database, Stripe's SDK. Around it the
world is a simulation: the clock, the processes and their deaths, Stripe (the stand-in of
:mod:`shop.payments.double`), shoppers, and who runs when.

``python -m tests.simulator --seed N`` tells the history of a seed step by step.

Where to look:

* ``stage`` sets up a ``world``: the shop with its clock, processes, Stripe and shoppers; ``databases``
  gives it its first rows back for each seed, ``chance`` makes its random bytes repeat
* ``schedule`` lets one request run at a time, and pause, at named points; ``points`` are where
  those are: around reads, transactions, commits and calls to Stripe; ``processes`` may die there
* ``trouble`` decides from the seed what goes wrong; ``coverage`` counts that it really did
* ``shoppers``, the ``owner`` and the ``staff`` act; ``moves`` names what they may do, ``openings`` leads
  to where the seed's trouble can strike, ``history`` chooses who does what next
* ``healing`` lets the world recover; ``laws`` are what must hold meanwhile, ``recovery`` what must hold
  afterwards, both compared
  with ``stripe_truth``: what really happened at Stripe
* ``mutants`` puts known bugs back, to show that each would be seen; ``runs`` plays many histories
"""
