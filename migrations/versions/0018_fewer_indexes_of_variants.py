"""Variants have no index of what they are made of: few values stand in very many rows of each.

Filters and facets are answered without them, and each cost every insert and update of a variant.
"""

from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

COLUMNS = ('material_id', 'colour_id', 'hardware_set_id', 'detail_set_id')


def upgrade():
    for column in COLUMNS:
        op.drop_index(f'ix_variant_{column}', table_name='variant')


def downgrade():
    for column in COLUMNS:
        op.create_index(f'ix_variant_{column}', 'variant', [column])
