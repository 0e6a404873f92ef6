"""What applying a seed did, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from shop.seeding.plan import Plan


@dataclass(frozen=True)
class TableReport:
    """What was done to one table."""

    table: str
    added: int = 0
    changed: int = 0
    retired: int = 0
    removed: int = 0
    unchanged: int = 0

    @property
    def changes(self) -> int:
        """Return how many rows were written or removed."""
        return self.added + self.changed + self.retired + self.removed


@dataclass(frozen=True)
class Report:
    """What applying a seed did.

    Attributes:
        tables: Each table the seed fills, in the order of writing.
    """

    tables: tuple[TableReport, ...]

    @property
    def added(self) -> int:
        """Return how many rows are new."""
        return sum(table.added for table in self.tables)

    @property
    def changed(self) -> int:
        """Return how many rows hold something else now."""
        return sum(table.changed for table in self.tables)

    @property
    def retired(self) -> int:
        """Return how many rows are kept for old orders only."""
        return sum(table.retired for table in self.tables)

    @property
    def removed(self) -> int:
        """Return how many rows went, because nothing needs them."""
        return sum(table.removed for table in self.tables)

    @property
    def unchanged(self) -> int:
        """Return how many rows were as the seed wants them."""
        return sum(table.unchanged for table in self.tables)

    @property
    def changes(self) -> int:
        """Return how many rows were written or removed."""
        return sum(table.changes for table in self.tables)

    def __str__(self) -> str:
        checked = f"({self.changes + self.unchanged:,} rows checked)"
        if not self.changes:
            return f"0 changes {checked}"
        numbers = {word: getattr(self, word) for word in ("added", "changed", "retired", "removed")}
        parts = ", ".join(f"{number:,} {word}" for word, number in numbers.items() if number)
        return f"{self.changes:,} {'change' if self.changes == 1 else 'changes'}: {parts} {checked}"


def report_on(plan: Plan) -> Report:
    """Return the numbers of a plan that was written."""
    tables = [
        TableReport(
            kind.table.name,
            added=plan.and_more(kind.table.name, "added", len(changes.added)),
            changed=plan.and_more(kind.table.name, "changed", len(changes.changed)),
            retired=plan.and_more(kind.table.name, "retired", len(changes.retired)),
            removed=plan.and_more(kind.table.name, "removed", len(changes.removed)),
            unchanged=changes.unchanged,
        )
        for kind, changes in plan.tables.items()
    ]
    opened = plan.and_more("stock", "added", len(plan.openings))
    tables.append(TableReport("stock", added=opened, unchanged=plan.stocked))
    return Report(tuple(tables))
