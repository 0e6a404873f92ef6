"""Indexes that lists are read along: each order of the product list, and the prices of a variant."""

from alembic import op
import sqlalchemy as sa

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade():
    op.create_index('ix_product_featured', 'product', ['kind', 'position'])
    op.create_index('ix_product_newest', 'product', ['kind', sa.text('launched_sorts_on DESC'), 'position'])
    op.create_index('ix_product_by_name', 'product', ['kind', sa.text('lower(name)'), 'position'])
    op.create_index('ix_price_variant_id_price_currency', 'price', ['variant_id', 'currency'])


def downgrade():
    op.drop_index('ix_price_variant_id_price_currency', table_name='price')
    op.drop_index('ix_product_by_name', table_name='product')
    op.drop_index('ix_product_newest', table_name='product')
    op.drop_index('ix_product_featured', table_name='product')
