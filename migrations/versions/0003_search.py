"""Search: documents, their words, names to suggest, and an index of each engine's own kind.

An already filled database is indexed by the next ``shop seed apply``, ``shop search reindex`` or
start of ``shop serve``, whichever comes first: a migration must not depend on code that moves on.
Until then searches find nothing.
"""

from alembic import op
import sqlalchemy as sa
from shop.kit.types import Json

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('search_document',
    sa.Column('product_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('alias', sa.Text(), nullable=False),
    sa.Column('trait', sa.Text(), nullable=False),
    sa.Column('story', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_search_document_product_id_product')),
    sa.PrimaryKeyConstraint('product_id', name=op.f('pk_search_document')),
    sqlite_strict=True
    )
    op.create_table('search_word',
    sa.Column('word', sa.Text(), nullable=False),
    sa.Column('columns', sa.Integer(), nullable=False),
    sa.Column('products', sa.Integer(), nullable=False),
    sa.Column('shown', Json, nullable=True),
    sa.PrimaryKeyConstraint('word', name=op.f('pk_search_word')),
    sqlite_strict=True
    )
    op.create_table('search_name',
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('aliases', Json, nullable=False),
    sa.Column('shown', Json, nullable=True),
    sa.PrimaryKeyConstraint('kind', 'slug', name=op.f('pk_search_name')),
    sqlite_strict=True
    )
    op.create_table('search_state',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('layout', sa.Integer(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_search_state_only')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_search_state')),
    sqlite_strict=True
    )
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('CREATE TABLE search_index ('
                   'product_id INTEGER PRIMARY KEY REFERENCES search_document (product_id),'
                   ' words TSVECTOR NOT NULL)')
        op.execute('CREATE INDEX ix_search_index_words ON search_index USING gin (words)')
    else:
        # It holds no text of its own: the documents are its content. Which column a word stands
        # in is kept, where in the column is not; nobody asks for phrases.
        op.execute("CREATE VIRTUAL TABLE search_index USING fts5(name, alias, trait, story,"
                   " content='search_document', content_rowid='product_id',"
                   " tokenize='ascii', detail='column', columnsize=0)")
    op.execute('ALTER TABLE product DROP COLUMN search_text')


def downgrade():
    # The words of the old release are written again by its `shop seed apply`.
    op.execute("ALTER TABLE product ADD COLUMN search_text TEXT NOT NULL DEFAULT ''")
    op.execute('DROP TABLE search_index')
    op.drop_table('search_state')
    op.drop_table('search_name')
    op.drop_table('search_word')
    op.drop_table('search_document')
