"""Money that cannot be lost: ledger, captures, disputes, outbox, admin keys, and append-only tables.

Triggers keep ledgers, events and frozen order lines as they were written. SQLite changes a table
by copying it, which drops its triggers: a later migration that copies one of these tables must
call ``create_guards`` again.
"""

from alembic import op
import sqlalchemy as sa
from shop.kit.types import Json, UtcDateTime

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

APPEND_ONLY = ('ledger_entry', 'movement', 'order_event', 'order_line', 'order_entry', 'refunded_line')
FROZEN = (
    'number', 'token_hash', 'cart_id', 'checkout_id', 'market_code', 'currency', 'total_minor', 'email',
    'shipping_address', 'billing_address', 'shipping_option', 'created_at', 'seal',
)

OLD_ORDER = "status IN ('pending_payment', 'paid', 'expired', 'canceled', 'refunded')"
NEW_ORDER = (
    "status IN ('pending_payment', 'authorized', 'paid', 'partially_refunded', 'refunded',"
    " 'expired', 'canceled')"
)
OLD_ORDER_LIVE = "status IN ('pending_payment', 'paid')"
NEW_ORDER_LIVE = "status IN ('pending_payment', 'authorized', 'paid', 'partially_refunded', 'refunded')"
OLD_PAYMENT = (
    "status IN ('opening', 'open', 'processing', 'paid',"
    " 'expired', 'canceled', 'failed', 'quarantined')"
)
NEW_PAYMENT = (
    "status IN ('opening', 'open', 'processing', 'authorized', 'paid',"
    " 'expired', 'canceled', 'failed', 'quarantined')"
)
OLD_PAYMENT_LIVE = "status IN ('opening', 'open', 'processing', 'paid')"
NEW_PAYMENT_LIVE = "status IN ('opening', 'open', 'processing', 'authorized', 'paid')"


def create_guards():
    """Let the database itself refuse to change what is only ever added."""
    if op.get_bind().dialect.name == 'postgresql':
        op.execute("""
            CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$
        """)
        for table in APPEND_ONLY:
            op.execute(f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}'
                       ' FOR EACH ROW EXECUTE FUNCTION refuse_change()')
        op.execute(f"CREATE TRIGGER frozen BEFORE UPDATE OF {', '.join(FROZEN)} ON orders"
                   ' FOR EACH ROW EXECUTE FUNCTION refuse_change()')
        op.execute('CREATE TRIGGER kept BEFORE DELETE ON orders'
                   ' FOR EACH ROW EXECUTE FUNCTION refuse_change()')
        return
    for table in APPEND_ONLY:
        for verb in ('UPDATE', 'DELETE'):
            op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                       f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END")
    op.execute(f"CREATE TRIGGER orders_frozen BEFORE UPDATE OF {', '.join(FROZEN)} ON orders"
               " BEGIN SELECT RAISE(ABORT, 'orders is append-only'); END")
    op.execute("CREATE TRIGGER orders_kept BEFORE DELETE ON orders"
               " BEGIN SELECT RAISE(ABORT, 'orders is append-only'); END")


def drop_guards():
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION refuse_change() CASCADE')
        return
    for table in APPEND_ONLY:
        for verb in ('update', 'delete'):
            op.execute(f'DROP TRIGGER {table}_no_{verb}')
    op.execute('DROP TRIGGER orders_frozen')
    op.execute('DROP TRIGGER orders_kept')


def restate(table, index, status, live, *, key):
    """Change which statuses a table knows and which of them are live."""
    with op.batch_alter_table(table, schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.drop_index(index)
        batch_op.drop_constraint(batch_op.f(f'ck_{table}_status'), type_='check')
        batch_op.create_check_constraint(batch_op.f(f'ck_{table}_status'), status)
        batch_op.create_index(index, [key], unique=True, postgresql_where=sa.text(live), sqlite_where=sa.text(live))


def uuid_text(column):
    """Return the SQL of an id as the shop writes it into references: with hyphens, on SQLite too."""
    if op.get_bind().dialect.name == 'postgresql':
        return f'CAST({column} AS TEXT)'
    parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    return " || '-' || ".join(f'substr({column}, {start}, {length})' for start, length in parts)


def carry_over():
    """Write the books of what was paid and given back before there were books."""
    op.execute("UPDATE payment SET captured_minor = amount_minor WHERE status = 'paid'")
    op.execute(
        "UPDATE payment SET refunded_minor = (SELECT COALESCE(SUM(amount_minor), 0) FROM refund"
        " WHERE refund.payment_id = payment.id AND refund.status IN ('requested', 'pending', 'succeeded'))"
        " WHERE status = 'paid'"
    )
    payment, refund = uuid_text('payment.id'), uuid_text('refund.id')
    op.execute(
        "INSERT INTO ledger_entry (reference, payment_id, kind, effect, amount_minor, currency, happened_at)"
        f" SELECT 'captured-' || {payment}, id, 'captured', 'in', amount_minor, currency, closed_at"
        " FROM payment WHERE status = 'paid'"
    )
    op.execute(
        "INSERT INTO ledger_entry (reference, payment_id, kind, effect, amount_minor, currency, happened_at)"
        f" SELECT 'refunded-' || {refund}, payment.id, 'refunded', 'out', refund.amount_minor, currency,"
        " refund.created_at FROM refund JOIN payment ON payment.id = refund.payment_id"
        " WHERE refund.status = 'succeeded'"
    )


def upgrade():
    op.create_table('admin_key',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('key_hash', sa.String(length=64), nullable=False),
    sa.Column('scopes', Json, nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_admin_key')),
    sa.UniqueConstraint('key_hash', name=op.f('uq_admin_key_key_hash')),
    sqlite_strict=True
    )
    op.create_table('lease',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('until', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_lease')),
    sqlite_strict=True
    )
    op.create_table('outbox_message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('subject', sa.String(length=64), nullable=False),
    sa.Column('recipient', sa.String(length=254), nullable=False),
    sa.Column('facts', Json, nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('sent_at', UtcDateTime(), nullable=True),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.CheckConstraint("kind IN ('order_confirmed', 'payment_returned', 'order_refunded')", name=op.f('ck_outbox_message_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox_message')),
    sa.UniqueConstraint('kind', 'subject', name=op.f('uq_outbox_message_kind_subject')),
    sqlite_strict=True
    )
    with op.batch_alter_table('outbox_message', schema=None) as batch_op:
        batch_op.create_index('ix_outbox_message_waiting', ['created_at'], unique=False, postgresql_where=sa.text('sent_at IS NULL'), sqlite_where=sa.text('sent_at IS NULL'))

    op.create_table('capture',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint("status IN ('requested', 'succeeded', 'failed')", name=op.f('ck_capture_status')),
    sa.CheckConstraint('amount_minor >= 0', name=op.f('ck_capture_amount')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_capture_payment_id_payment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_capture')),
    sqlite_strict=True
    )
    with op.batch_alter_table('capture', schema=None) as batch_op:
        batch_op.create_index('ix_capture_payment_id', ['payment_id'], unique=False)
        batch_op.create_index('uq_capture_standing', ['payment_id'], unique=True, postgresql_where=sa.text("status IN ('requested', 'succeeded')"), sqlite_where=sa.text("status IN ('requested', 'succeeded')"))

    op.create_table('ledger_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reference', sa.String(length=300), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('effect', sa.String(length=3), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('happened_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint("effect IN ('in', 'out')", name=op.f('ck_ledger_entry_effect')),
    sa.CheckConstraint("kind IN ('captured', 'refunded', 'refund_failed', 'disputed', 'dispute_won')", name=op.f('ck_ledger_entry_kind')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_ledger_entry_amount')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_ledger_entry_payment_id_payment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_entry')),
    sa.UniqueConstraint('reference', name=op.f('uq_ledger_entry_reference')),
    sqlite_strict=True
    )
    with op.batch_alter_table('ledger_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ledger_entry_payment_id'), ['payment_id'], unique=False)

    op.create_table('payment_dispute',
    sa.Column('id', sa.String(length=255), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=64), nullable=False),
    sa.Column('opened_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint("status IN ('open', 'won', 'lost')", name=op.f('ck_payment_dispute_status')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_payment_dispute_payment_id_payment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_dispute')),
    sqlite_strict=True
    )
    with op.batch_alter_table('payment_dispute', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payment_dispute_payment_id'), ['payment_id'], unique=False)

    op.create_table('refunded_line',
    sa.Column('refund_id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('line_position', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('restocked', sa.Boolean(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_refunded_line_quantity')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_refunded_line_order_id_orders')),
    sa.ForeignKeyConstraint(['refund_id'], ['refund.id'], name=op.f('fk_refunded_line_refund_id_refund')),
    sa.PrimaryKeyConstraint('refund_id', 'line_position', name=op.f('pk_refunded_line')),
    sqlite_strict=True
    )
    with op.batch_alter_table('refunded_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_refunded_line_order_id'), ['order_id'], unique=False)

    with op.batch_alter_table('orders', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.alter_column('status', existing_type=sa.String(16), type_=sa.String(32), existing_nullable=False)
        batch_op.add_column(sa.Column('seal', sa.String(length=64), server_default='', nullable=False))

    with op.batch_alter_table('payment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('capture', sa.String(length=16), server_default='automatic', nullable=False))
        batch_op.add_column(sa.Column('captured_minor', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('refunded_minor', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('capture_before', UtcDateTime(), nullable=True))

    restate('orders', 'uq_order_live_cart', NEW_ORDER, NEW_ORDER_LIVE, key='cart_id')
    restate('payment', 'uq_payment_live', NEW_PAYMENT, NEW_PAYMENT_LIVE, key='reference')
    with op.batch_alter_table('payment', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.create_index('ix_payment_reference', ['reference'], unique=False)
        batch_op.create_check_constraint(batch_op.f('ck_payment_capture'), "capture IN ('automatic', 'manual')")
        batch_op.create_check_constraint(
            batch_op.f('ck_payment_refunds_within_captured'),
            "0 <= refunded_minor AND refunded_minor <= captured_minor AND captured_minor <= amount_minor",
        )

    with op.batch_alter_table('refund', schema=None) as batch_op:
        batch_op.add_column(sa.Column('actor', sa.String(length=64), server_default='shop', nullable=False))

    with op.batch_alter_table('stripe_event', schema=None) as batch_op:
        batch_op.add_column(sa.Column('attempts', sa.Integer(), server_default='0', nullable=False))
        batch_op.create_index('ix_stripe_event_waiting', ['received_at'], unique=False, postgresql_where=sa.text('handled_at IS NULL'), sqlite_where=sa.text('handled_at IS NULL'))

    carry_over()
    create_guards()


def downgrade():
    drop_guards()
    with op.batch_alter_table('stripe_event', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.drop_index('ix_stripe_event_waiting', postgresql_where=sa.text('handled_at IS NULL'), sqlite_where=sa.text('handled_at IS NULL'))
        batch_op.drop_column('attempts')

    with op.batch_alter_table('refund', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.drop_column('actor')

    with op.batch_alter_table('payment', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.drop_index('ix_payment_reference')
        batch_op.drop_constraint(batch_op.f('ck_payment_refunds_within_captured'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_payment_capture'), type_='check')
        batch_op.drop_column('capture_before')
        batch_op.drop_column('refunded_minor')
        batch_op.drop_column('captured_minor')
        batch_op.drop_column('capture')

    restate('payment', 'uq_payment_live', OLD_PAYMENT, OLD_PAYMENT_LIVE, key='reference')
    with op.batch_alter_table('orders', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.drop_column('seal')
        batch_op.alter_column('status', existing_type=sa.String(32), type_=sa.String(16), existing_nullable=False)
    restate('orders', 'uq_order_live_cart', OLD_ORDER, OLD_ORDER_LIVE, key='cart_id')

    with op.batch_alter_table('refunded_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_refunded_line_order_id'))

    op.drop_table('refunded_line')
    with op.batch_alter_table('payment_dispute', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_payment_dispute_payment_id'))

    op.drop_table('payment_dispute')
    with op.batch_alter_table('ledger_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ledger_entry_payment_id'))

    op.drop_table('ledger_entry')
    with op.batch_alter_table('capture', schema=None) as batch_op:
        batch_op.drop_index('uq_capture_standing', postgresql_where=sa.text("status IN ('requested', 'succeeded')"), sqlite_where=sa.text("status IN ('requested', 'succeeded')"))

    op.drop_table('capture')
    with op.batch_alter_table('outbox_message', schema=None) as batch_op:
        batch_op.drop_index('ix_outbox_message_waiting', postgresql_where=sa.text('sent_at IS NULL'), sqlite_where=sa.text('sent_at IS NULL'))

    op.drop_table('outbox_message')
    op.drop_table('lease')
    op.drop_table('admin_key')
