"""Rows of sources, disputes, rules, house notes and vocabularies."""

from __future__ import annotations

from shop.seeding import kinds
from shop.seeding.rows import Rows
from shop.seeding.seed import Seed

#: How the slugs of notes begin that vocabularies have.
OF_WORDS = "vocabulary-"


def add_evidence(rows: Rows, seed: Seed) -> None:
    """Add the rows of the files that say how sure the catalogue is."""
    for position, item in enumerate(seed.each("sources.yaml", "sources"), 1):
        rows.add(kinds.SOURCE, item, position=position)
    for position, item in enumerate(seed.each("disputes.yaml", "disputes"), 1):
        rows.add(kinds.DISPUTE, item, position=position)
    for position, item in enumerate(seed.each("compliance.yaml", "rules"), 1):
        rows.add(kinds.COMPLIANCE, item, position=position)
    notes = 0
    for notes, item in enumerate(seed.each("house.yaml", "notes"), 1):
        rows.add(kinds.NOTE, item, position=notes)
    for vocabulary in seed.each("vocabularies.yaml", "vocabularies"):
        slug = vocabulary["slug"]
        for position, item in enumerate(vocabulary.each("terms"), 1):
            rows.add(kinds.TERM, item, vocabulary=slug, position=position)
        if "note" in vocabulary.values:
            notes += 1
            body = {"note": vocabulary["note"]}
            name = f"{OF_WORDS}{slug}"
            rows.add(kinds.NOTE, vocabulary, but=vocabulary.values, slug=name, position=notes, body=body)
