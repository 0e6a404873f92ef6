"""The catalogue's revision: one row that moves with every published change of catalogue or prices."""

from datetime import UTC, datetime

from alembic import op
import sqlalchemy as sa
from shop.kit.types import UtcDateTime

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('catalogue_revision',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('changed_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_catalogue_revision_only_one')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_catalogue_revision')),
    sqlite_strict=True
    )
    row = sa.table('catalogue_revision', sa.column('id', sa.Integer), sa.column('number', sa.Integer),
                   sa.column('changed_at', UtcDateTime))
    op.bulk_insert(row, [{'id': 1, 'number': 0, 'changed_at': datetime.now(UTC)}])


def downgrade():
    op.drop_table('catalogue_revision')
