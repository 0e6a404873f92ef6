"""The way back, from rows of the database to files that would say them.

:mod:`~shop.seeding.exporting.stored` rows in use, in order ·
:mod:`~shop.seeding.exporting.entries` rows as the entries of files ·
:mod:`~shop.seeding.exporting.flat` what of them fits in tables ·
:mod:`~shop.seeding.exporting.export` all of it, as files
"""
