"""The audit log: entries chained by their hashes, which the database itself refuses to change.

SQLite changes a table by copying it, which drops its triggers: a later migration that copies
``audit_entry`` must call ``create_guards`` again.
"""

from alembic import op
import sqlalchemy as sa
from shop.kit.types import Json, UtcDateTime

revision = '0010'
down_revision = '0006'
branch_labels = None
depends_on = None


def create_guards():
    if op.get_bind().dialect.name == 'postgresql':
        # refuse_change() is made in 0002.
        op.execute('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entry'
                   ' FOR EACH ROW EXECUTE FUNCTION refuse_change()')
        for table in ('audit_entry', 'audit_head'):
            op.execute(f'CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()')
        op.execute('CREATE TRIGGER kept BEFORE DELETE ON audit_head'
                   ' FOR EACH ROW EXECUTE FUNCTION refuse_change()')
        return
    for verb in ('UPDATE', 'DELETE'):
        op.execute(f"CREATE TRIGGER audit_entry_no_{verb.lower()} BEFORE {verb} ON audit_entry"
                   " BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END")
    # INSERT OR REPLACE deletes without a word to the trigger above.
    op.execute("CREATE TRIGGER audit_entry_no_replace BEFORE INSERT ON audit_entry"
               " WHEN EXISTS (SELECT 1 FROM audit_entry WHERE number = NEW.number)"
               " BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END")
    op.execute("CREATE TRIGGER audit_head_kept BEFORE DELETE ON audit_head"
               " BEGIN SELECT RAISE(ABORT, 'audit_head is append-only'); END")


def upgrade():
    op.create_table('audit_entry',
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('happened_at', UtcDateTime(), nullable=False),
    sa.Column('actor', sa.String(length=120), nullable=False),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('object', sa.String(length=200), nullable=False),
    sa.Column('before', Json, nullable=True),
    sa.Column('after', Json, nullable=True),
    sa.Column('previous_hash', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_audit_entry')),
    sqlite_strict=True
    )
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_entry_object_audit_entry_number'), ['object', 'number'], unique=False)

    op.create_table('audit_head',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_audit_head_only_one')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head')),
    sqlite_strict=True
    )
    row = sa.table('audit_head', sa.column('id', sa.Integer), sa.column('number', sa.BigInteger),
                   sa.column('hash', sa.String))
    op.bulk_insert(row, [{'id': 1, 'number': 0, 'hash': '0' * 64}])
    create_guards()


def downgrade():
    op.drop_table('audit_head')
    op.drop_table('audit_entry')
