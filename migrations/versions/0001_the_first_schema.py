"""The first schema."""

from alembic import op
import sqlalchemy as sa
from shop.kit.types import Json, UtcDateTime

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('colour',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('french_name', sa.String(length=120), nullable=True),
    sa.Column('aliases', Json, nullable=False),
    sa.Column('colour_family', sa.String(length=32), nullable=False),
    sa.Column('hex', sa.String(length=7), nullable=False),
    sa.Column('house_codes', Json, nullable=False),
    sa.Column('permanence', sa.String(length=64), nullable=True),
    sa.Column('season', sa.String(length=32), nullable=True),
    sa.Column('is_heritage', sa.Boolean(), nullable=False),
    sa.Column('is_descriptor', sa.Boolean(), nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_colour')),
    sa.UniqueConstraint('slug', name=op.f('uq_colour_slug')),
    sqlite_strict=True
    )
    with op.batch_alter_table('colour', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_colour_colour_family'), ['colour_family'], unique=False)

    op.create_table('compliance_rule',
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('applies_when', Json, nullable=False),
    sa.Column('effect', sa.Text(), nullable=False),
    sa.Column('figures', Json, nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('slug', name=op.f('pk_compliance_rule')),
    sqlite_strict=True
    )
    op.create_table('detail',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('aliases', Json, nullable=False),
    sa.Column('rule', Json, nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_detail')),
    sa.UniqueConstraint('slug', name=op.f('uq_detail_slug')),
    sqlite_strict=True
    )
    op.create_table('dispute',
    sa.Column('id', sa.String(length=16), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('about', sa.Text(), nullable=False),
    sa.Column('values', Json, nullable=False),
    sa.Column('resolution', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dispute')),
    sqlite_strict=True
    )
    op.create_table('family',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('aliases', Json, nullable=False),
    sa.Column('sellable_new', sa.Boolean(), nullable=False),
    sa.Column('launched_year', sa.Integer(), nullable=False),
    sa.Column('launched_year_alternatives', Json, nullable=False),
    sa.Column('launched_on', sa.String(length=32), nullable=True),
    sa.Column('launched_season', sa.String(length=120), nullable=True),
    sa.Column('launched_is_disputed', sa.Boolean(), nullable=False),
    sa.Column('launched_note', sa.Text(), nullable=True),
    sa.Column('launched_sources', Json, nullable=False),
    sa.Column('signature', Json, nullable=False),
    sa.Column('signature_sources', Json, nullable=False),
    sa.Column('summary_facts', Json, nullable=False),
    sa.Column('inspirations', Json, nullable=False),
    sa.Column('inspiration_sources', Json, nullable=False),
    sa.Column('name_meaning', sa.Text(), nullable=True),
    sa.Column('name_sources', Json, nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.CheckConstraint("role IN ('core', 'related', 'heritage')", name=op.f('ck_family_role')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_family')),
    sa.UniqueConstraint('slug', name=op.f('uq_family_slug')),
    sqlite_strict=True
    )
    op.create_table('hardware_item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hardware_item')),
    sa.UniqueConstraint('slug', name=op.f('uq_hardware_item_slug')),
    sqlite_strict=True
    )
    op.create_table('house_note',
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('body', Json, nullable=False),
    sa.PrimaryKeyConstraint('slug', name=op.f('pk_house_note')),
    sqlite_strict=True
    )
    op.create_table('lining',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lining')),
    sa.UniqueConstraint('slug', name=op.f('uq_lining_slug')),
    sqlite_strict=True
    )
    op.create_table('location',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_location')),
    sa.UniqueConstraint('code', name=op.f('uq_location_code')),
    sqlite_strict=True
    )
    op.create_table('market',
    sa.Column('code', sa.String(length=2), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('exponent', sa.Integer(), nullable=False),
    sa.Column('locale', sa.String(length=16), nullable=False),
    sa.Column('countries', Json, nullable=False),
    sa.Column('prices_include_tax', sa.Boolean(), nullable=False),
    sa.Column('tax_rate_ppm', sa.Integer(), nullable=True),
    sa.Column('tax_model', sa.Text(), nullable=True),
    sa.Column('customs_note', sa.Text(), nullable=True),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.CheckConstraint('exponent BETWEEN 0 AND 3', name=op.f('ck_market_exponent')),
    sa.CheckConstraint('tax_rate_ppm BETWEEN 0 AND 1000000', name=op.f('ck_market_tax_rate')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_market')),
    sa.UniqueConstraint('position', name=op.f('uq_market_position')),
    sqlite_strict=True
    )
    op.create_table('material',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('group', sa.String(length=64), nullable=True),
    sa.Column('category', sa.String(length=32), nullable=False),
    sa.Column('animal', sa.String(length=32), nullable=True),
    sa.Column('animal_note', sa.Text(), nullable=True),
    sa.Column('finish', sa.String(length=120), nullable=False),
    sa.Column('patinates', sa.Boolean(), nullable=True),
    sa.Column('is_exotic', sa.Boolean(), nullable=False),
    sa.Column('embossed_as', sa.String(length=32), nullable=True),
    sa.Column('embellishment', sa.String(length=64), nullable=True),
    sa.Column('outer_surface', sa.String(length=64), nullable=False),
    sa.Column('cites_required', sa.Boolean(), nullable=False),
    sa.Column('lining_hint', sa.String(length=64), nullable=True),
    sa.Column('period', sa.String(length=64), nullable=True),
    sa.Column('house_codes', Json, nullable=False),
    sa.Column('house_code_note', sa.Text(), nullable=True),
    sa.Column('composition', Json, nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_material')),
    sa.UniqueConstraint('slug', name=op.f('uq_material_slug')),
    sqlite_strict=True
    )
    op.create_table('pairing',
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('relation', sa.Text(), nullable=False),
    sa.Column('products', Json, nullable=False),
    sa.Column('accessories', Json, nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('slug', name=op.f('pk_pairing')),
    sqlite_strict=True
    )
    op.create_table('payment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.String(length=32), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('ui', sa.String(length=16), nullable=False),
    sa.Column('params', Json, nullable=False),
    sa.Column('session_id', sa.String(length=255), nullable=True),
    sa.Column('intent_id', sa.String(length=255), nullable=True),
    sa.Column('url', sa.Text(), nullable=True),
    sa.Column('client_secret', sa.Text(), nullable=True),
    sa.Column('ends_at', UtcDateTime(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('closed_at', UtcDateTime(), nullable=True),
    sa.Column('cancel_asked', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.CheckConstraint("status IN ('opening', 'open', 'processing', 'paid', 'expired', 'canceled', 'failed', 'quarantined')", name=op.f('ck_payment_status')),
    sa.CheckConstraint("ui IN ('hosted', 'elements')", name=op.f('ck_payment_ui')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_payment_amount')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment')),
    sa.UniqueConstraint('intent_id', name=op.f('uq_payment_intent_id')),
    sa.UniqueConstraint('session_id', name=op.f('uq_payment_session_id')),
    sqlite_strict=True
    )
    with op.batch_alter_table('payment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payment_status_payment_ends_at'), ['status', 'ends_at'], unique=False)
        batch_op.create_index('uq_payment_live', ['reference'], unique=True, postgresql_where=sa.text("status IN ('opening', 'open', 'processing', 'paid')"), sqlite_where=sa.text("status IN ('opening', 'open', 'processing', 'paid')"))

    op.create_table('person',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('aliases', Json, nullable=False),
    sa.Column('roles', Json, nullable=False),
    sa.Column('occupation', sa.String(length=120), nullable=True),
    sa.Column('is_duo', sa.Boolean(), nullable=False),
    sa.Column('tenure', sa.String(length=32), nullable=True),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('slug', name=op.f('uq_person_slug')),
    sqlite_strict=True
    )
    op.create_table('source',
    sa.Column('id', sa.String(length=16), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('also', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source')),
    sqlite_strict=True
    )
    op.create_table('stored_answer',
    sa.Column('key_hash', sa.String(length=64), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('holder', sa.String(length=300), nullable=False),
    sa.Column('claimed_at', UtcDateTime(), nullable=False),
    sa.Column('subject', sa.String(length=64), nullable=True),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.Column('location', sa.String(length=300), nullable=True),
    sa.Column('nonce', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('key_hash', name=op.f('pk_stored_answer')),
    sqlite_strict=True
    )
    op.create_table('stripe_event',
    sa.Column('id', sa.String(length=255), nullable=False),
    sa.Column('type', sa.String(length=64), nullable=False),
    sa.Column('object_id', sa.String(length=255), nullable=False),
    sa.Column('received_at', UtcDateTime(), nullable=False),
    sa.Column('handled_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stripe_event')),
    sqlite_strict=True
    )
    op.create_table('term',
    sa.Column('vocabulary', sa.String(length=32), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(length=120), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=True),
    sa.Column('sources', Json, nullable=False),
    sa.PrimaryKeyConstraint('vocabulary', 'code', name=op.f('pk_term')),
    sqlite_strict=True
    )
    op.create_table('ambassador',
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('announced', sa.String(length=32), nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_ambassador_person_id_person')),
    sa.PrimaryKeyConstraint('slug', name=op.f('pk_ambassador')),
    sqlite_strict=True
    )
    op.create_table('campaign',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('season', sa.String(length=64), nullable=False),
    sa.Column('season_note', sa.Text(), nullable=True),
    sa.Column('revealed_on', sa.String(length=10), nullable=True),
    sa.Column('revealed_on_note', sa.Text(), nullable=True),
    sa.Column('hero_family_id', sa.Integer(), nullable=False),
    sa.Column('details', Json, nullable=False),
    sa.Column('detail_sources', Json, nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['hero_family_id'], ['family.id'], name=op.f('fk_campaign_hero_family_id_family')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign')),
    sa.UniqueConstraint('position', name=op.f('uq_campaign_position')),
    sa.UniqueConstraint('slug', name=op.f('uq_campaign_slug')),
    sqlite_strict=True
    )
    op.create_table('cart',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('market_code', sa.String(length=2), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint("status IN ('open', 'paying', 'ordered')", name=op.f('ck_cart_status')),
    sa.ForeignKeyConstraint(['market_code'], ['market.code'], name=op.f('fk_cart_market_code_market')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cart')),
    sqlite_strict=True
    )
    op.create_table('duty_rate',
    sa.Column('market_code', sa.String(length=2), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('hs', sa.String(length=16), nullable=False),
    sa.Column('applies_to', sa.Text(), nullable=False),
    sa.Column('rate_ppm', sa.Integer(), nullable=False),
    sa.Column('valid_from', UtcDateTime(), nullable=True),
    sa.Column('valid_to', UtcDateTime(), nullable=True),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['market_code'], ['market.code'], name=op.f('fk_duty_rate_market_code_market')),
    sa.PrimaryKeyConstraint('market_code', 'position', name=op.f('pk_duty_rate')),
    sqlite_strict=True
    )
    op.create_table('family_designer',
    sa.Column('family_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.CheckConstraint("role IN ('designer', 'redesigner', 'current')", name=op.f('ck_family_designer_role')),
    sa.ForeignKeyConstraint(['family_id'], ['family.id'], name=op.f('fk_family_designer_family_id_family')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_family_designer_person_id_person')),
    sa.PrimaryKeyConstraint('family_id', 'position', name=op.f('pk_family_designer')),
    sqlite_strict=True
    )
    op.create_table('family_link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('from_family_id', sa.Integer(), nullable=False),
    sa.Column('to_family_id', sa.Integer(), nullable=False),
    sa.Column('relation', sa.String(length=32), nullable=False),
    sa.Column('since', sa.String(length=32), nullable=True),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.CheckConstraint('from_family_id <> to_family_id', name=op.f('ck_family_link_no_self')),
    sa.ForeignKeyConstraint(['from_family_id'], ['family.id'], name=op.f('fk_family_link_from_family_id_family')),
    sa.ForeignKeyConstraint(['to_family_id'], ['family.id'], name=op.f('fk_family_link_to_family_id_family')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_family_link')),
    sa.UniqueConstraint('from_family_id', 'to_family_id', 'relation', name=op.f('uq_family_link_from_family_id_to_family_id_relation')),
    sqlite_strict=True
    )
    with op.batch_alter_table('family_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_family_link_to_family_id'), ['to_family_id'], unique=False)

    op.create_table('family_relaunch',
    sa.Column('family_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('date', sa.String(length=32), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.ForeignKeyConstraint(['family_id'], ['family.id'], name=op.f('fk_family_relaunch_family_id_family')),
    sa.PrimaryKeyConstraint('family_id', 'position', name=op.f('pk_family_relaunch')),
    sqlite_strict=True
    )
    op.create_table('hardware_set',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('finish', sa.String(length=64), nullable=False),
    sa.Column('finish_note', sa.Text(), nullable=True),
    sa.Column('finish_follows_leather', sa.Boolean(), nullable=False),
    sa.Column('is_two_tone', sa.Boolean(), nullable=False),
    sa.Column('stud_scale', sa.String(length=32), nullable=False),
    sa.Column('zip_pull_id', sa.Integer(), nullable=True),
    sa.Column('embellishment', sa.String(length=64), nullable=True),
    sa.Column('period', sa.String(length=64), nullable=True),
    sa.Column('trade_code', sa.String(length=64), nullable=True),
    sa.Column('interior_tag', sa.Text(), nullable=True),
    sa.Column('is_disputed', sa.Boolean(), nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['zip_pull_id'], ['hardware_item.id'], name=op.f('fk_hardware_set_zip_pull_id_hardware_item')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hardware_set')),
    sa.UniqueConstraint('slug', name=op.f('uq_hardware_set_slug')),
    sqlite_strict=True
    )
    op.create_table('personalisation',
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('family_id', sa.Integer(), nullable=False),
    sa.Column('applies_when', Json, nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('max_chars', sa.Integer(), nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['family_id'], ['family.id'], name=op.f('fk_personalisation_family_id_family')),
    sa.PrimaryKeyConstraint('slug', name=op.f('pk_personalisation')),
    sqlite_strict=True
    )
    op.create_table('product',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=96), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('accessory_kind', sa.String(length=32), nullable=True),
    sa.Column('family_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('aliases', Json, nullable=False),
    sa.Column('former_names', Json, nullable=False),
    sa.Column('size', sa.String(length=32), nullable=True),
    sa.Column('silhouette', sa.String(length=32), nullable=True),
    sa.Column('carry_modes', Json, nullable=False),
    sa.Column('closure', sa.String(length=32), nullable=True),
    sa.Column('lining_id', sa.Integer(), nullable=True),
    sa.Column('width_mm', sa.Integer(), nullable=True),
    sa.Column('height_mm', sa.Integer(), nullable=True),
    sa.Column('depth_mm', sa.Integer(), nullable=True),
    sa.Column('handle_drop_mm', sa.Integer(), nullable=True),
    sa.Column('strap_drop_mm', sa.Integer(), nullable=True),
    sa.Column('strap_length_mm', sa.Integer(), nullable=True),
    sa.Column('dimensions_note', sa.Text(), nullable=True),
    sa.Column('dimensions_confidence', sa.String(length=120), nullable=True),
    sa.Column('dimensions_sources', Json, nullable=False),
    sa.Column('weight_g', sa.Integer(), nullable=True),
    sa.Column('country_of_origin', sa.String(length=2), nullable=True),
    sa.Column('care', Json, nullable=False),
    sa.Column('edition', sa.String(length=200), nullable=True),
    sa.Column('co_brand', sa.String(length=120), nullable=True),
    sa.Column('model_codes', Json, nullable=False),
    sa.Column('launched', sa.String(length=32), nullable=True),
    sa.Column('launched_sorts_on', sa.String(length=10), nullable=False),
    sa.Column('strap_note', sa.Text(), nullable=True),
    sa.Column('category_note', sa.Text(), nullable=True),
    sa.Column('existence_confidence', sa.Text(), nullable=True),
    sa.Column('google_product_category', sa.Integer(), nullable=True),
    sa.Column('hs_line', sa.String(length=32), nullable=True),
    sa.Column('is_special_order', sa.Boolean(), nullable=False),
    sa.Column('sellable', sa.Boolean(), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.CheckConstraint("kind IN ('bag', 'accessory')", name=op.f('ck_product_kind')),
    sa.CheckConstraint('weight_g > 0', name=op.f('ck_product_weight')),
    sa.CheckConstraint('width_mm > 0 AND height_mm > 0 AND depth_mm > 0', name=op.f('ck_product_dimensions')),
    sa.ForeignKeyConstraint(['family_id'], ['family.id'], name=op.f('fk_product_family_id_family')),
    sa.ForeignKeyConstraint(['lining_id'], ['lining.id'], name=op.f('fk_product_lining_id_lining')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product')),
    sa.UniqueConstraint('position', name=op.f('uq_product_position')),
    sa.UniqueConstraint('slug', name=op.f('uq_product_slug')),
    sqlite_strict=True
    )
    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_product_family_id'), ['family_id'], unique=False)

    op.create_table('refund',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=64), nullable=False),
    sa.Column('stripe_id', sa.String(length=255), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint("status IN ('requested', 'pending', 'succeeded', 'failed')", name=op.f('ck_refund_status')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_refund_amount')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_refund_payment_id_payment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refund')),
    sa.UniqueConstraint('stripe_id', name=op.f('uq_refund_stripe_id')),
    sqlite_strict=True
    )
    with op.batch_alter_table('refund', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_refund_payment_id'), ['payment_id'], unique=False)

    op.create_table('shipping_method',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('market_code', sa.String(length=2), nullable=False),
    sa.Column('slug', sa.String(length=32), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('min_days', sa.Integer(), nullable=False),
    sa.Column('max_days', sa.Integer(), nullable=False),
    sa.Column('is_retired', sa.Boolean(), nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.CheckConstraint('amount_minor >= 0', name=op.f('ck_shipping_method_amount')),
    sa.CheckConstraint('min_days BETWEEN 0 AND max_days', name=op.f('ck_shipping_method_days')),
    sa.ForeignKeyConstraint(['market_code'], ['market.code'], name=op.f('fk_shipping_method_market_code_market')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shipping_method')),
    sa.UniqueConstraint('market_code', 'slug', name=op.f('uq_shipping_method_market_code_slug')),
    sqlite_strict=True
    )
    op.create_table('timeline_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=96), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('date', sa.String(length=32), nullable=False),
    sa.Column('sorts_on', sa.String(length=10), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('family_id', sa.Integer(), nullable=True),
    sa.Column('is_disputed', sa.Boolean(), nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['family_id'], ['family.id'], name=op.f('fk_timeline_event_family_id_family')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_timeline_event')),
    sa.UniqueConstraint('slug', name=op.f('uq_timeline_event_slug')),
    sqlite_strict=True
    )
    with op.batch_alter_table('timeline_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_timeline_event_family_id'), ['family_id'], unique=False)

    op.create_table('campaign_credit',
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=32), nullable=False),
    sa.CheckConstraint("role IN ('photographer', 'director', 'creative_director')", name=op.f('ck_campaign_credit_role')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_campaign_credit_campaign_id_campaign')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_campaign_credit_person_id_person')),
    sa.PrimaryKeyConstraint('campaign_id', 'position', name=op.f('pk_campaign_credit')),
    sqlite_strict=True
    )
    op.create_table('cast_member',
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=120), nullable=True),
    sa.Column('setting', sa.String(length=120), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_cast_member_campaign_id_campaign')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_cast_member_person_id_person')),
    sa.PrimaryKeyConstraint('campaign_id', 'position', name=op.f('pk_cast_member')),
    sqlite_strict=True
    )
    op.create_table('category_placement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Integer(), nullable=False),
    sa.Column('market_code', sa.String(length=2), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('path', Json, nullable=False),
    sa.Column('is_overlay', sa.Boolean(), nullable=False),
    sa.Column('as_of', sa.String(length=32), nullable=True),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['market_code'], ['market.code'], name=op.f('fk_category_placement_market_code_market')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_category_placement_product_id_product')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_category_placement')),
    sa.UniqueConstraint('product_id', 'market_code', 'channel', 'path', name=op.f('uq_category_placement_product_id_market_code_channel_path')),
    sqlite_strict=True
    )
    op.create_table('checkout',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('cart_id', sa.Uuid(), nullable=False),
    sa.Column('stage', sa.String(length=16), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('shipping_address', Json, nullable=True),
    sa.Column('billing_address', Json, nullable=True),
    sa.Column('shipping_option', sa.String(length=32), nullable=True),
    sa.Column('quoted_minor', sa.BigInteger(), nullable=True),
    sa.Column('return_url', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint("stage IN ('open', 'completing', 'completed', 'canceled', 'expired')", name=op.f('ck_checkout_stage')),
    sa.ForeignKeyConstraint(['cart_id'], ['cart.id'], name=op.f('fk_checkout_cart_id_cart')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checkout')),
    sqlite_strict=True
    )
    with op.batch_alter_table('checkout', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_checkout_cart_id'), ['cart_id'], unique=False)
        batch_op.create_index('uq_checkout_live_cart', ['cart_id'], unique=True, postgresql_where=sa.text("stage IN ('open', 'completing')"), sqlite_where=sa.text("stage IN ('open', 'completing')"))

    op.create_table('component',
    sa.Column('product_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('removable', sa.Boolean(), nullable=True),
    sa.Column('adjustable', sa.Boolean(), nullable=True),
    sa.Column('personalisable', sa.Boolean(), nullable=True),
    sa.Column('construction', sa.String(length=120), nullable=True),
    sa.Column('finish', sa.String(length=120), nullable=True),
    sa.Column('material', sa.String(length=120), nullable=True),
    sa.Column('shape', sa.String(length=120), nullable=True),
    sa.Column('zip_pull', sa.String(length=64), nullable=True),
    sa.Column('placement', sa.String(length=120), nullable=True),
    sa.Column('also_called', sa.String(length=120), nullable=True),
    sa.Column('drop_mm', sa.Integer(), nullable=True),
    sa.Column('split_rings', sa.Integer(), nullable=True),
    sa.Column('accessory_id', sa.Integer(), nullable=True),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['accessory_id'], ['product.id'], name=op.f('fk_component_accessory_id_product')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_component_product_id_product')),
    sa.PrimaryKeyConstraint('product_id', 'position', name=op.f('pk_component')),
    sqlite_strict=True
    )
    op.create_table('hardware_set_item',
    sa.Column('hardware_set_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('hardware_item_id', sa.Integer(), nullable=False),
    sa.Column('finish', sa.String(length=64), nullable=False),
    sa.Column('embellishment', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['hardware_item_id'], ['hardware_item.id'], name=op.f('fk_hardware_set_item_hardware_item_id_hardware_item')),
    sa.ForeignKeyConstraint(['hardware_set_id'], ['hardware_set.id'], name=op.f('fk_hardware_set_item_hardware_set_id_hardware_set')),
    sa.PrimaryKeyConstraint('hardware_set_id', 'position', name=op.f('pk_hardware_set_item')),
    sqlite_strict=True
    )
    with op.batch_alter_table('hardware_set_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_hardware_set_item_hardware_item_id'), ['hardware_item_id'], unique=False)

    op.create_table('orders',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('cart_id', sa.Uuid(), nullable=False),
    sa.Column('checkout_id', sa.Uuid(), nullable=False),
    sa.Column('market_code', sa.String(length=2), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('total_minor', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('shipping_address', Json, nullable=False),
    sa.Column('billing_address', Json, nullable=False),
    sa.Column('shipping_option', Json, nullable=False),
    sa.Column('held_until', UtcDateTime(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint("status IN ('pending_payment', 'paid', 'expired', 'canceled', 'refunded')", name=op.f('ck_orders_status')),
    sa.CheckConstraint('total_minor > 0', name=op.f('ck_orders_total')),
    sa.ForeignKeyConstraint(['cart_id'], ['cart.id'], name=op.f('fk_orders_cart_id_cart')),
    sa.ForeignKeyConstraint(['market_code'], ['market.code'], name=op.f('fk_orders_market_code_market')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_orders')),
    sa.UniqueConstraint('number', name=op.f('uq_orders_number')),
    sqlite_strict=True
    )
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_orders_checkout_id'), ['checkout_id'], unique=False)
        batch_op.create_index('uq_order_live_cart', ['cart_id'], unique=True, postgresql_where=sa.text("status IN ('pending_payment', 'paid')"), sqlite_where=sa.text("status IN ('pending_payment', 'paid')"))

    op.create_table('shelf',
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('family_id', sa.Integer(), nullable=False),
    sa.Column('products', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_shelf_campaign_id_campaign')),
    sa.ForeignKeyConstraint(['family_id'], ['family.id'], name=op.f('fk_shelf_family_id_family')),
    sa.PrimaryKeyConstraint('campaign_id', 'position', name=op.f('pk_shelf')),
    sqlite_strict=True
    )
    op.create_table('sighting',
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('family_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('is_disputed', sa.Boolean(), nullable=False),
    sa.Column('sources', Json, nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_sighting_campaign_id_campaign')),
    sa.ForeignKeyConstraint(['family_id'], ['family.id'], name=op.f('fk_sighting_family_id_family')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_sighting_person_id_person')),
    sa.PrimaryKeyConstraint('campaign_id', 'position', name=op.f('pk_sighting')),
    sqlite_strict=True
    )
    op.create_table('variant',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sku', sa.String(length=32), nullable=False),
    sa.Column('slug', sa.String(length=200), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Integer(), nullable=False),
    sa.Column('material_id', sa.Integer(), nullable=True),
    sa.Column('colour_id', sa.Integer(), nullable=True),
    sa.Column('hardware_set_id', sa.Integer(), nullable=True),
    sa.Column('style_code', sa.String(length=32), nullable=False),
    sa.Column('code_is_assigned', sa.Boolean(), nullable=False),
    sa.Column('code_parts_believed', sa.Text(), nullable=True),
    sa.Column('label', sa.String(length=120), nullable=True),
    sa.Column('sellable', sa.Boolean(), nullable=False),
    sa.Column('is_retired', sa.Boolean(), nullable=False),
    sa.Column('evidence', sa.String(length=16), nullable=False),
    sa.Column('hs', sa.String(length=16), nullable=True),
    sa.Column('edition', sa.String(length=200), nullable=True),
    sa.Column('lining_id', sa.Integer(), nullable=True),
    sa.Column('external_ids', Json, nullable=False),
    sa.Column('seen_on', sa.String(length=64), nullable=True),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.CheckConstraint("evidence IN ('exact', 'line', 'illustrative')", name=op.f('ck_variant_evidence')),
    sa.ForeignKeyConstraint(['colour_id'], ['colour.id'], name=op.f('fk_variant_colour_id_colour')),
    sa.ForeignKeyConstraint(['hardware_set_id'], ['hardware_set.id'], name=op.f('fk_variant_hardware_set_id_hardware_set')),
    sa.ForeignKeyConstraint(['lining_id'], ['lining.id'], name=op.f('fk_variant_lining_id_lining')),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_variant_material_id_material')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_variant_product_id_product')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_variant')),
    sa.UniqueConstraint('sku', name=op.f('uq_variant_sku')),
    sa.UniqueConstraint('slug', name=op.f('uq_variant_slug')),
    sa.UniqueConstraint('style_code', name=op.f('uq_variant_style_code')),
    sqlite_strict=True
    )
    with op.batch_alter_table('variant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_variant_colour_id'), ['colour_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_variant_hardware_set_id'), ['hardware_set_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_variant_material_id'), ['material_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_variant_product_id'), ['product_id'], unique=False)

    op.create_table('cart_line',
    sa.Column('cart_id', sa.Uuid(), nullable=False),
    sa.Column('variant_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('seen_minor', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_cart_line_quantity')),
    sa.ForeignKeyConstraint(['cart_id'], ['cart.id'], name=op.f('fk_cart_line_cart_id_cart'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['variant_id'], ['variant.id'], name=op.f('fk_cart_line_variant_id_variant')),
    sa.PrimaryKeyConstraint('cart_id', 'variant_id', name=op.f('pk_cart_line')),
    sqlite_strict=True
    )
    op.create_table('hold',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('owner', sa.Uuid(), nullable=False),
    sa.Column('variant_id', sa.Integer(), nullable=False),
    sa.Column('location_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('ends_at', UtcDateTime(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint("status IN ('active', 'sold', 'released', 'lapsed')", name=op.f('ck_hold_status')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_hold_quantity')),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_hold_location_id_location')),
    sa.ForeignKeyConstraint(['variant_id'], ['variant.id'], name=op.f('fk_hold_variant_id_variant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hold')),
    sqlite_strict=True
    )
    with op.batch_alter_table('hold', schema=None) as batch_op:
        batch_op.create_index('ix_hold_active', ['variant_id', 'ends_at'], unique=False, postgresql_where=sa.text("status = 'active'"), sqlite_where=sa.text("status = 'active'"))
        batch_op.create_index(batch_op.f('ix_hold_owner'), ['owner'], unique=False)

    op.create_table('movement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('variant_id', sa.Integer(), nullable=False),
    sa.Column('location_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('on_hand_delta', sa.Integer(), nullable=False),
    sa.Column('held_delta', sa.Integer(), nullable=False),
    sa.Column('reference', sa.String(length=64), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('happened_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint("kind IN ('opening', 'received', 'adjusted', 'held', 'released', 'lapsed', 'sold', 'returned')", name=op.f('ck_movement_kind')),
    sa.CheckConstraint('on_hand_delta <> 0 OR held_delta <> 0', name=op.f('ck_movement_moves')),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_movement_location_id_location')),
    sa.ForeignKeyConstraint(['variant_id'], ['variant.id'], name=op.f('fk_movement_variant_id_variant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_movement')),
    sqlite_strict=True
    )
    with op.batch_alter_table('movement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_movement_variant_id_movement_location_id'), ['variant_id', 'location_id'], unique=False)
        batch_op.create_index('uq_movement_opening', ['variant_id', 'location_id'], unique=True, postgresql_where=sa.text("kind = 'opening'"), sqlite_where=sa.text("kind = 'opening'"))

    op.create_table('order_entry',
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('line_position', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('effect', sa.String(length=16), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_included', sa.Boolean(), nullable=True),
    sa.Column('tax_rate_ppm', sa.Integer(), nullable=True),
    sa.CheckConstraint("effect IN ('adds', 'subtracts', 'states')", name=op.f('ck_order_entry_effect')),
    sa.CheckConstraint('amount_minor >= 0', name=op.f('ck_order_entry_amount')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_order_entry_order_id_orders')),
    sa.PrimaryKeyConstraint('order_id', 'position', name=op.f('pk_order_entry')),
    sqlite_strict=True
    )
    op.create_table('order_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.Column('happened_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_order_event_order_id_orders')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_event')),
    sqlite_strict=True
    )
    with op.batch_alter_table('order_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_order_event_order_id'), ['order_id'], unique=False)

    op.create_table('order_line',
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('variant_id', sa.Integer(), nullable=False),
    sa.Column('sku', sa.String(length=32), nullable=False),
    sa.Column('style_code', sa.String(length=32), nullable=False),
    sa.Column('description', Json, nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('list_minor', sa.BigInteger(), nullable=False),
    sa.Column('charged_minor', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('list_minor > 0 AND charged_minor >= 0', name=op.f('ck_order_line_amounts')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_order_line_quantity')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_order_line_order_id_orders')),
    sa.ForeignKeyConstraint(['variant_id'], ['variant.id'], name=op.f('fk_order_line_variant_id_variant')),
    sa.PrimaryKeyConstraint('order_id', 'position', name=op.f('pk_order_line')),
    sqlite_strict=True
    )
    op.create_table('price',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('variant_id', sa.Integer(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('market_code', sa.String(length=2), nullable=True),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('sale_amount_minor', sa.BigInteger(), nullable=True),
    sa.Column('valid_from', UtcDateTime(), nullable=False),
    sa.Column('valid_to', UtcDateTime(), nullable=True),
    sa.Column('is_illustrative', sa.Boolean(), nullable=False),
    sa.Column('source', sa.String(length=16), nullable=True),
    sa.Column('as_of', sa.String(length=64), nullable=True),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_price_amount')),
    sa.CheckConstraint('sale_amount_minor > 0 AND sale_amount_minor < amount_minor', name=op.f('ck_price_sale')),
    sa.CheckConstraint('valid_from < valid_to', name=op.f('ck_price_validity')),
    sa.ForeignKeyConstraint(['market_code'], ['market.code'], name=op.f('fk_price_market_code_market')),
    sa.ForeignKeyConstraint(['source'], ['source.id'], name=op.f('fk_price_source_source')),
    sa.ForeignKeyConstraint(['variant_id'], ['variant.id'], name=op.f('fk_price_variant_id_variant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_price')),
    sqlite_strict=True
    )
    with op.batch_alter_table('price', schema=None) as batch_op:
        batch_op.create_index('uq_price_of_currency', ['variant_id', 'currency', 'valid_from'], unique=True, postgresql_where=sa.text('market_code IS NULL'), sqlite_where=sa.text('market_code IS NULL'))
        batch_op.create_index('uq_price_of_market', ['variant_id', 'market_code', 'valid_from'], unique=True, postgresql_where=sa.text('market_code IS NOT NULL'), sqlite_where=sa.text('market_code IS NOT NULL'))

    op.create_table('price_observation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=240), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('family_id', sa.Integer(), nullable=True),
    sa.Column('variant_id', sa.Integer(), nullable=True),
    sa.Column('scope', sa.Text(), nullable=True),
    sa.Column('marketplace', sa.String(length=64), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('low_minor', sa.BigInteger(), nullable=True),
    sa.Column('high_minor', sa.BigInteger(), nullable=True),
    sa.Column('median_minor', sa.BigInteger(), nullable=True),
    sa.Column('sample_size', sa.Integer(), nullable=True),
    sa.Column('as_of', sa.String(length=64), nullable=False),
    sa.Column('confidence', sa.Text(), nullable=True),
    sa.Column('sources', Json, nullable=False),
    sa.Column('flags', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.CheckConstraint("kind IN ('retail', 'resale', 'archive', 'disputed')", name=op.f('ck_price_observation_kind')),
    sa.ForeignKeyConstraint(['family_id'], ['family.id'], name=op.f('fk_price_observation_family_id_family')),
    sa.ForeignKeyConstraint(['variant_id'], ['variant.id'], name=op.f('fk_price_observation_variant_id_variant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_price_observation')),
    sa.UniqueConstraint('slug', name=op.f('uq_price_observation_slug')),
    sqlite_strict=True
    )
    with op.batch_alter_table('price_observation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_price_observation_variant_id'), ['variant_id'], unique=False)

    op.create_table('stock',
    sa.Column('variant_id', sa.Integer(), nullable=False),
    sa.Column('location_id', sa.Integer(), nullable=False),
    sa.Column('on_hand', sa.Integer(), nullable=False),
    sa.Column('held', sa.Integer(), nullable=False),
    sa.CheckConstraint('0 <= held AND held <= on_hand', name=op.f('ck_stock_held_within_on_hand')),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_stock_location_id_location')),
    sa.ForeignKeyConstraint(['variant_id'], ['variant.id'], name=op.f('fk_stock_variant_id_variant')),
    sa.PrimaryKeyConstraint('variant_id', 'location_id', name=op.f('pk_stock')),
    sqlite_strict=True
    )
    op.create_table('variant_detail',
    sa.Column('variant_id', sa.Integer(), nullable=False),
    sa.Column('detail_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['detail_id'], ['detail.id'], name=op.f('fk_variant_detail_detail_id_detail')),
    sa.ForeignKeyConstraint(['variant_id'], ['variant.id'], name=op.f('fk_variant_detail_variant_id_variant')),
    sa.PrimaryKeyConstraint('variant_id', 'detail_id', name=op.f('pk_variant_detail')),
    sqlite_strict=True
    )
    with op.batch_alter_table('variant_detail', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_variant_detail_detail_id'), ['detail_id'], unique=False)



def downgrade():
    with op.batch_alter_table('variant_detail', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_variant_detail_detail_id'))

    op.drop_table('variant_detail')
    op.drop_table('stock')
    with op.batch_alter_table('price_observation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_price_observation_variant_id'))

    op.drop_table('price_observation')
    with op.batch_alter_table('price', schema=None) as batch_op:
        batch_op.drop_index('uq_price_of_market', postgresql_where=sa.text('market_code IS NOT NULL'), sqlite_where=sa.text('market_code IS NOT NULL'))
        batch_op.drop_index('uq_price_of_currency', postgresql_where=sa.text('market_code IS NULL'), sqlite_where=sa.text('market_code IS NULL'))

    op.drop_table('price')
    op.drop_table('order_line')
    with op.batch_alter_table('order_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_order_event_order_id'))

    op.drop_table('order_event')
    op.drop_table('order_entry')
    with op.batch_alter_table('movement', schema=None) as batch_op:
        batch_op.drop_index('uq_movement_opening', postgresql_where=sa.text("kind = 'opening'"), sqlite_where=sa.text("kind = 'opening'"))
        batch_op.drop_index(batch_op.f('ix_movement_variant_id_movement_location_id'))

    op.drop_table('movement')
    with op.batch_alter_table('hold', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_hold_owner'))
        batch_op.drop_index('ix_hold_active', postgresql_where=sa.text("status = 'active'"), sqlite_where=sa.text("status = 'active'"))

    op.drop_table('hold')
    op.drop_table('cart_line')
    with op.batch_alter_table('variant', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_variant_product_id'))
        batch_op.drop_index(batch_op.f('ix_variant_material_id'))
        batch_op.drop_index(batch_op.f('ix_variant_hardware_set_id'))
        batch_op.drop_index(batch_op.f('ix_variant_colour_id'))

    op.drop_table('variant')
    op.drop_table('sighting')
    op.drop_table('shelf')
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_index('uq_order_live_cart', postgresql_where=sa.text("status IN ('pending_payment', 'paid')"), sqlite_where=sa.text("status IN ('pending_payment', 'paid')"))
        batch_op.drop_index(batch_op.f('ix_orders_checkout_id'))

    op.drop_table('orders')
    with op.batch_alter_table('hardware_set_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_hardware_set_item_hardware_item_id'))

    op.drop_table('hardware_set_item')
    op.drop_table('component')
    with op.batch_alter_table('checkout', schema=None) as batch_op:
        batch_op.drop_index('uq_checkout_live_cart', postgresql_where=sa.text("stage IN ('open', 'completing')"), sqlite_where=sa.text("stage IN ('open', 'completing')"))
        batch_op.drop_index(batch_op.f('ix_checkout_cart_id'))

    op.drop_table('checkout')
    op.drop_table('category_placement')
    op.drop_table('cast_member')
    op.drop_table('campaign_credit')
    with op.batch_alter_table('timeline_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_timeline_event_family_id'))

    op.drop_table('timeline_event')
    op.drop_table('shipping_method')
    with op.batch_alter_table('refund', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_refund_payment_id'))

    op.drop_table('refund')
    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_product_family_id'))

    op.drop_table('product')
    op.drop_table('personalisation')
    op.drop_table('hardware_set')
    op.drop_table('family_relaunch')
    with op.batch_alter_table('family_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_family_link_to_family_id'))

    op.drop_table('family_link')
    op.drop_table('family_designer')
    op.drop_table('duty_rate')
    op.drop_table('cart')
    op.drop_table('campaign')
    op.drop_table('ambassador')
    op.drop_table('term')
    op.drop_table('stripe_event')
    op.drop_table('stored_answer')
    op.drop_table('source')
    op.drop_table('person')
    with op.batch_alter_table('payment', schema=None) as batch_op:
        batch_op.drop_index('uq_payment_live', postgresql_where=sa.text("status IN ('opening', 'open', 'processing', 'paid')"), sqlite_where=sa.text("status IN ('opening', 'open', 'processing', 'paid')"))
        batch_op.drop_index(batch_op.f('ix_payment_status_payment_ends_at'))

    op.drop_table('payment')
    op.drop_table('pairing')
    op.drop_table('material')
    op.drop_table('market')
    op.drop_table('location')
    op.drop_table('lining')
    op.drop_table('house_note')
    op.drop_table('hardware_item')
    op.drop_table('family')
    op.drop_table('dispute')
    op.drop_table('detail')
    op.drop_table('compliance_rule')
    with op.batch_alter_table('colour', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_colour_colour_family'))

    op.drop_table('colour')
