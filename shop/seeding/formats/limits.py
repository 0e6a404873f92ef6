"""How much a seed may ask of the machine that reads it; beyond, it is refused with its place."""

from __future__ import annotations

#: Of a YAML or JSON file. Bytes.
MAX_BYTES = 8 * 1024 * 1024

#: Levels of a document.
MAX_DEPTH = 32

#: Values and containers in one document; eight megabytes of ``[[],[],`` would be millions.
MAX_PARTS = 200_000

#: Of a table. Bytes.
MAX_TABLE_BYTES = 1024 * 1024 * 1024

#: A table of more is laid out in the database and not in memory. Bytes.
LARGE_TABLE_BYTES = 1024 * 1024

#: With more variants than this, every table is: the catalogue would not fit.
LARGE_CATALOGUE = 50_000

#: Rows of a table that is one of several files, or that is to prune.
MAX_ROWS = 50_000

#: One row of a table, whatever quotes hold together. Characters.
MAX_ROW_CHARACTERS = 64 * 1024

#: Files of a folder or a zip, pictures too.
MAX_FILES = 10_000

#: A zip's files together, unpacked. Bytes.
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024

#: Unpacked to packed: text packs ten to one, a bomb a thousand to one.
MAX_ZIP_RATIO = 100
