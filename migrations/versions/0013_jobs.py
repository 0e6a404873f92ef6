"""Seeds that were sent to be applied."""

from alembic import op
import sqlalchemy as sa
from shop.kit.types import Json, UtcDateTime

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('job',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('actor', sa.String(length=120), nullable=False),
    sa.Column('form', sa.String(length=8), nullable=False),
    sa.Column('prune', sa.Boolean(), nullable=False),
    sa.Column('payload', sa.LargeBinary(), nullable=True),
    sa.Column('step', sa.String(length=64), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('claimed_until', UtcDateTime(), nullable=True),
    sa.Column('result', Json, nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=True),
    sa.Column('finished_at', UtcDateTime(), nullable=True),
    sa.CheckConstraint("status IN ('waiting', 'running', 'succeeded', 'failed')", name=op.f('ck_job_status')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job')),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_job_created_at_job_id'), 'job', ['created_at', 'id'])
    op.create_index('ix_job_unfinished', 'job', ['created_at'],
                    postgresql_where=sa.text('finished_at IS NULL'), sqlite_where=sa.text('finished_at IS NULL'))


def downgrade():
    op.drop_table('job')
