"""Seed files as text, read with a place for everything, and written in one way: YAML, JSON, CSV, zips.

:mod:`~shop.seeding.formats.files` the files of a seed, wherever they lie ·
:mod:`~shop.seeding.formats.documents` one of them as plain Python, with its places ·
``yaml_text``, ``json_text``, ``csv_text`` how each format is read ·
:mod:`~shop.seeding.formats.text` how each is written ·
:mod:`~shop.seeding.formats.limits` how much a seed may ask of the machine
"""
