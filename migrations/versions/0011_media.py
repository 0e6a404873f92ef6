"""Pictures: files by their hashes, the widths they are served in, where they are shown."""

from alembic import op
import sqlalchemy as sa
from shop.kit.types import UtcDateTime

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('image',
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('source_hash', sa.String(length=64), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('size_bytes', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint('width > 0 AND height > 0 AND size_bytes > 0', name=op.f('ck_image_measures')),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_image')),
    sqlite_strict=True
    )
    op.create_index('ix_image_source_hash', 'image', ['source_hash'])
    op.create_table('image_rendition',
    sa.Column('image_hash', sa.String(length=64), nullable=False),
    sa.Column('width', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('size_bytes', sa.Integer(), nullable=False),
    sa.CheckConstraint('width > 0 AND height > 0 AND size_bytes > 0', name=op.f('ck_image_rendition_measures')),
    sa.ForeignKeyConstraint(['image_hash'], ['image.hash'], name=op.f('fk_image_rendition_image_hash_image')),
    sa.PrimaryKeyConstraint('image_hash', 'width', name=op.f('pk_image_rendition')),
    sqlite_strict=True
    )
    for owner in ('product', 'variant'):
        table = f'{owner}_image'
        op.create_table(table,
        sa.Column(f'{owner}_id', sa.Integer(), nullable=False),
        sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('image_hash', sa.String(length=64), nullable=False),
        sa.Column('alt', sa.String(length=300), nullable=False),
        sa.CheckConstraint('length(alt) > 0', name=op.f(f'ck_{table}_alt')),
        sa.ForeignKeyConstraint(['image_hash'], ['image.hash'], name=op.f(f'fk_{table}_image_hash_image')),
        sa.ForeignKeyConstraint([f'{owner}_id'], [f'{owner}.id'], name=op.f(f'fk_{table}_{owner}_id_{owner}')),
        sa.PrimaryKeyConstraint(f'{owner}_id', 'position', name=op.f(f'pk_{table}')),
        sqlite_strict=True
        )
        op.create_index(f'ix_{table}_image_hash', table, ['image_hash'])


def downgrade():
    op.drop_table('variant_image')
    op.drop_table('product_image')
    op.drop_table('image_rendition')
    op.drop_table('image')
