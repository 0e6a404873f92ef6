"""The files on sources, disputes, rules, the house and the vocabularies."""

from __future__ import annotations

from shop.seeding.fields import (
    SCHEMA,
    Code,
    Entry,
    Evidenced,
    Free,
    Slug,
    Text,
    nested,
    one_of,
    several,
    whole,
)


class File(Entry):
    """Every file says which kind of seed it is."""

    schema = one_of(SCHEMA, required=True)


class SourceEntry(Entry):
    """A page, dataset or document."""

    id = Code(r"S[0-9]{2,4}", like="S01", required=True)
    kind = Text(32, required=True)
    title = Text(required=True)
    url = Text(required=True)
    also = Text()


class SourcesFile(File):
    """``sources.yaml``."""

    sources = nested(SourceEntry, required=True)


class NoteEntry(Entry):
    """A document about the house or the data."""

    slug = Slug(64, required=True)
    body = Free(required=True)


class HouseFile(File):
    """``house.yaml``."""

    notes = nested(NoteEntry, required=True)


class DisputedValue(Entry):
    """What some sources say."""

    value = Text(required=True)
    sources = several(Text(16), required=True)


class DisputeEntry(Entry):
    """Something sources disagree on."""

    id = Code(r"K[0-9]{2,4}", like="K01", required=True)
    about = Text(required=True)
    values = nested(DisputedValue, required=True)
    resolution = Text(required=True)


class DisputesFile(File):
    """``disputes.yaml``."""

    disputes = nested(DisputeEntry, required=True)


class RuleEntry(Evidenced):
    """A condition and what the law then asks."""

    slug = Slug(64, required=True)
    applies_when = Free(required=True)
    effect = Text(required=True)
    figures = Free()


class ComplianceFile(File):
    """``compliance.yaml``."""

    rules = nested(RuleEntry, required=True)


class TermEntry(Entry):
    """A word of a vocabulary."""

    code = Slug(64, required=True)
    label = Text(120, required=True)
    rank = whole()
    sources = several(Text(16))


class VocabularyEntry(Entry):
    """A closed list of words."""

    slug = Slug(32, required=True)
    note = Text()
    terms = nested(TermEntry, required=True)


class VocabulariesFile(File):
    """``vocabularies.yaml``."""

    vocabularies = nested(VocabularyEntry, required=True)
