"""Tables of any size: a million rows in bounded memory, with the same words for every fault.

:mod:`~shop.seeding.large.reading` rows by the thousand ·
:mod:`~shop.seeding.large.columns` and ``checking`` quick checks, and the slow ones for what they doubt ·
:mod:`~shop.seeding.large.stage` rows in temporary tables of the database ·
``stock``, ``prices`` and ``variants`` what each table asks for, by statements over all its rows ·
:mod:`~shop.seeding.large.difference` what differs from what is held, and writing it ·
:mod:`~shop.seeding.large.table` one table from its file to its plan
"""
