"""Sessions of the admin pages, and the seed files sent to them."""

from alembic import op
import sqlalchemy as sa
from shop.kit.types import UtcDateTime

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('admin_session',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('key_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('idle_ends_at', UtcDateTime(), nullable=False),
    sa.Column('ends_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['key_id'], ['admin_key.id'], name=op.f('fk_admin_session_key_id_admin_key')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_admin_session')),
    sqlite_strict=True
    )
    with op.batch_alter_table('admin_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_admin_session_ends_at'), ['ends_at'], unique=False)

    op.create_table('seed_upload',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('actor', sa.String(length=120), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seed_upload')),
    sqlite_strict=True
    )
    with op.batch_alter_table('seed_upload', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_seed_upload_created_at'), ['created_at'], unique=False)


def downgrade():
    with op.batch_alter_table('seed_upload', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_seed_upload_created_at'))
    op.drop_table('seed_upload')
    with op.batch_alter_table('admin_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_admin_session_ends_at'))
    op.drop_table('admin_session')
