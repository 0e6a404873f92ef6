"""Users of the admin pages, and sessions that are theirs."""

from alembic import op
import sqlalchemy as sa
from shop.kit.types import Json, UtcDateTime

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('admin_user',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('password_hash', sa.String(length=255), nullable=False),
    sa.Column('scopes', Json, nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('password_set_at', UtcDateTime(), nullable=False),
    sa.Column('disabled_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_admin_user')),
    sa.UniqueConstraint('name', name=op.f('uq_admin_user_name')),
    sqlite_strict=True
    )
    with op.batch_alter_table('admin_session', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.add_column(sa.Column('user_id', sa.Uuid(), nullable=True))
        batch_op.alter_column('key_id', existing_type=sa.Uuid(), nullable=True)
        batch_op.create_foreign_key(
            batch_op.f('fk_admin_session_user_id_admin_user'), 'admin_user', ['user_id'], ['id'])
        batch_op.create_check_constraint(
            batch_op.f('ck_admin_session_one_holder'), '(key_id IS NULL) <> (user_id IS NULL)')


def downgrade():
    # The schema before knows no session without a key: who came in with a password signs in again.
    op.execute('DELETE FROM admin_session WHERE key_id IS NULL')
    with op.batch_alter_table('admin_session', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_admin_session_one_holder'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_admin_session_user_id_admin_user'), type_='foreignkey')
        batch_op.alter_column('key_id', existing_type=sa.Uuid(), nullable=False)
        batch_op.drop_column('user_id')
    op.drop_table('admin_user')
