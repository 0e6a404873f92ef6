"""Seed files: the catalogue a merchandiser edits, checked and brought into the database.

:mod:`~shop.seeding.documents` strict YAML with a line and a column for everything ·
:mod:`~shop.seeding.fields` and ``schemas_*`` what may stand in a file ·
:mod:`~shop.seeding.seed` all files, checked ·
``rows_*`` the rows they ask for ·
:mod:`~shop.seeding.references` what rows point at ·
:mod:`~shop.seeding.plan` the difference to the database ·
:mod:`~shop.seeding.write` writing it ·
:mod:`~shop.seeding.service` the two verbs: plan and apply ·
:mod:`~shop.seeding.amend` single entries, for the admin API ·
:mod:`~shop.seeding.part` the rows that these are about, and no others ·
:mod:`~shop.seeding.searched` what of a plan search follows ·
:mod:`~shop.seeding.jobs` seeds that were sent, applied by a worker
"""
