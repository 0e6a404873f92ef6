"""Details are kept once for all variants that have the same ones, and no longer by variant."""

from itertools import groupby

from alembic import op
import sqlalchemy as sa

from shop.catalogue.models import slug_of_set

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

#: Variants read at a time.
BATCH = 20_000

variant = sa.table('variant', sa.column('id'), sa.column('detail_set_id'))
variant_detail = sa.table('variant_detail', sa.column('variant_id'), sa.column('detail_id'))
detail = sa.table('detail', sa.column('id'), sa.column('slug'))
detail_set = sa.table('detail_set', sa.column('id'), sa.column('slug'))
detail_set_item = sa.table('detail_set_item', sa.column('detail_set_id'), sa.column('detail_id'))


def upgrade():
    op.create_table(
        'detail_set',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('slug', sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_detail_set')),
        sa.UniqueConstraint('slug', name=op.f('uq_detail_set_slug')),
        sqlite_strict=True,
    )
    op.create_table(
        'detail_set_item',
        sa.Column('detail_set_id', sa.Integer(), nullable=False),
        sa.Column('detail_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['detail_set_id'], ['detail_set.id'], name=op.f('fk_detail_set_item_detail_set_id_detail_set')
        ),
        sa.ForeignKeyConstraint(
            ['detail_id'], ['detail.id'], name=op.f('fk_detail_set_item_detail_id_detail')
        ),
        sa.PrimaryKeyConstraint('detail_set_id', 'detail_id', name=op.f('pk_detail_set_item')),
        sqlite_strict=True,
    )
    op.create_index(op.f('ix_detail_set_item_detail_id'), 'detail_set_item', ['detail_id'])
    # Added with its constraint: SQLite would copy the table, and the copy would have no triggers.
    op.execute(
        'ALTER TABLE variant ADD COLUMN detail_set_id INTEGER '
        'CONSTRAINT fk_variant_detail_set_id_detail_set REFERENCES detail_set (id)'
    )
    _gather()
    op.create_index(op.f('ix_variant_detail_set_id'), 'variant', ['detail_set_id'])
    op.drop_index('ix_variant_detail_detail_id', table_name='variant_detail')
    op.drop_table('variant_detail')


def downgrade():
    op.create_table(
        'variant_detail',
        sa.Column('variant_id', sa.Integer(), nullable=False),
        sa.Column('detail_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['detail_id'], ['detail.id'], name=op.f('fk_variant_detail_detail_id_detail')),
        sa.ForeignKeyConstraint(['variant_id'], ['variant.id'], name=op.f('fk_variant_detail_variant_id_variant')),
        sa.PrimaryKeyConstraint('variant_id', 'detail_id', name=op.f('pk_variant_detail')),
        sqlite_strict=True,
    )
    of_each = sa.select(variant.c.id, detail_set_item.c.detail_id).join_from(
        variant, detail_set_item, detail_set_item.c.detail_set_id == variant.c.detail_set_id
    )
    op.execute(sa.insert(variant_detail).from_select(['variant_id', 'detail_id'], of_each))
    op.create_index(op.f('ix_variant_detail_detail_id'), 'variant_detail', ['detail_id'])
    op.drop_index('ix_variant_detail_set_id', table_name='variant')
    op.drop_column('variant', 'detail_set_id')
    op.drop_index('ix_detail_set_item_detail_id', table_name='detail_set_item')
    op.drop_table('detail_set_item')
    op.drop_table('detail_set')


def _gather():
    connection = op.get_bind()
    last = connection.scalar(sa.select(sa.func.max(variant_detail.c.variant_id))) or 0
    ids = dict(connection.execute(sa.select(detail.c.slug, detail.c.id)).all())
    sets = {}
    named = sa.select(variant_detail.c.variant_id, detail.c.slug).join(
        detail, detail.c.id == variant_detail.c.detail_id
    )
    put = (
        sa.update(variant)
        .where(variant.c.id == sa.bindparam('is_id'))
        .values(detail_set_id=sa.bindparam('set_id'))
    )
    for first in range(1, last + 1, BATCH):
        of_these = named.where(variant_detail.c.variant_id.between(first, first + BATCH - 1))
        found = connection.execute(of_these.order_by(variant_detail.c.variant_id, detail.c.slug)).all()
        rows = []
        for variant_id, having in groupby(found, key=lambda row: row[0]):
            slugs = tuple(slug for _, slug in having)
            if slugs not in sets:
                number = sets[slugs] = len(sets) + 1
                connection.execute(sa.insert(detail_set), {'id': number, 'slug': slug_of_set(slugs)})
                connection.execute(
                    sa.insert(detail_set_item),
                    [{'detail_set_id': number, 'detail_id': ids[slug]} for slug in slugs],
                )
            rows.append({'is_id': variant_id, 'set_id': sets[slugs]})
        if rows:
            connection.execute(put, rows)
    if connection.dialect.name == 'postgresql':
        connection.execute(
            sa.text("SELECT setval(pg_get_serial_sequence('detail_set', 'id'), :next, FALSE)"),
            {'next': len(sets) + 1},
        )
