"""Parcels of orders, the owner's list of orders, and the message that a parcel left."""

from alembic import op
import sqlalchemy as sa
from shop.kit.types import UtcDateTime

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

APPEND_ONLY = ('shipment', 'shipped_line')
OLD_KINDS = "kind IN ('order_confirmed', 'payment_returned', 'order_refunded')"
NEW_KINDS = "kind IN ('order_confirmed', 'payment_returned', 'order_refunded', 'order_shipped')"


def create_guards():
    """Let the database itself refuse to change what is only ever added."""
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == 'postgresql':
            # refuse_change() is made in 0002.
            op.execute(f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}'
                       ' FOR EACH ROW EXECUTE FUNCTION refuse_change()')
            continue
        for verb in ('UPDATE', 'DELETE'):
            op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                       f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END")


def restate(kinds):
    """Change which messages there are; SQLite copies the table, which has no guards to lose."""
    with op.batch_alter_table('outbox_message', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.drop_index('ix_outbox_message_waiting')
        batch_op.drop_constraint(batch_op.f('ck_outbox_message_kind'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_outbox_message_kind'), kinds)
        batch_op.create_index('ix_outbox_message_waiting', ['created_at'], unique=False,
                              postgresql_where=sa.text('sent_at IS NULL'), sqlite_where=sa.text('sent_at IS NULL'))


def upgrade():
    op.create_table('shipment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('carrier', sa.String(length=64), nullable=False),
    sa.Column('tracking_number', sa.String(length=64), nullable=False),
    sa.Column('tracking_url', sa.String(length=500), nullable=True),
    sa.Column('replaces_id', sa.Uuid(), nullable=True),
    sa.Column('shipped_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_shipment_order_id_orders')),
    sa.ForeignKeyConstraint(['replaces_id'], ['shipment.id'], name=op.f('fk_shipment_replaces_id_shipment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shipment')),
    sa.UniqueConstraint('order_id', 'number', name=op.f('uq_shipment_order_id_number')),
    sa.UniqueConstraint('order_id', 'carrier', 'tracking_number', name=op.f('uq_shipment_order_id_carrier_tracking_number')),
    sa.UniqueConstraint('replaces_id', name=op.f('uq_shipment_replaces_id')),
    sqlite_strict=True
    )
    op.create_table('shipped_line',
    sa.Column('shipment_id', sa.Uuid(), nullable=False),
    sa.Column('line_position', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_shipped_line_quantity')),
    sa.ForeignKeyConstraint(['shipment_id'], ['shipment.id'], name=op.f('fk_shipped_line_shipment_id_shipment')),
    sa.PrimaryKeyConstraint('shipment_id', 'line_position', name=op.f('pk_shipped_line')),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_orders_created_at_orders_number'), 'orders', ['created_at', 'number'])
    restate(NEW_KINDS)
    create_guards()


def downgrade():
    op.execute("DELETE FROM outbox_message WHERE kind = 'order_shipped'")
    restate(OLD_KINDS)
    op.drop_index(op.f('ix_orders_created_at_orders_number'), table_name='orders')
    op.drop_table('shipped_line')
    op.drop_table('shipment')
