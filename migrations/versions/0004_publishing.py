"""Scheduled publishing: from when until when products and campaigns are shown.

No table is copied, on SQLite either: a copy would drop the triggers of the table. SQLite adds a
constraint only together with the column it belongs to, so it is written there by hand.
"""

from alembic import op
import sqlalchemy as sa
from shop.kit.types import UtcDateTime

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

TABLES = ('product', 'campaign')


def upgrade():
    for table in TABLES:
        op.add_column(table, sa.Column('publish_at', UtcDateTime(), nullable=True))
        if op.get_bind().dialect.name == 'sqlite':
            op.execute(f'ALTER TABLE {table} ADD COLUMN unpublish_at TEXT'
                       f' CONSTRAINT ck_{table}_publication CHECK (unpublish_at > publish_at)')
        else:
            op.add_column(table, sa.Column('unpublish_at', UtcDateTime(), nullable=True))
            op.create_check_constraint(op.f(f'ck_{table}_publication'), table, 'unpublish_at > publish_at')


def downgrade():
    # The later one first: the constraint goes with it.
    for table in TABLES:
        op.drop_column(table, 'unpublish_at')
        op.drop_column(table, 'publish_at')
