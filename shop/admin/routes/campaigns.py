"""Campaigns: their list, and each as the entry of a seed file with its version."""

from __future__ import annotations

from typing import Any

from flask import Response

from shop.admin import catalogue, edits, listing
from shop.admin.errors import AlreadyInCatalogue
from shop.admin.routes.door import KEYED, SHUT, admin, bearer
from shop.admin.routes.entries import PATCH, read_entry, shown, takes_entry, written
from shop.admin.schemas.catalogue import CAMPAIGN, EndedView, OwnedCampaignPage
from shop.catalogue.errors import NotInCatalogue
from shop.kit import access
from shop.kit.db import db
from shop.kit.pages import BadCursor, Page, PageQuery
from shop.kit.preconditions import PreconditionFailed, PreconditionRequired, read_if_match
from shop.kit.problems import InvalidRequest
from shop.kit.stored_answers import Answer

_STALE = (PreconditionRequired, PreconditionFailed)


@admin.route("/campaigns")
@admin.arguments(PageQuery, location="query")
@admin.response(200, OwnedCampaignPage)
@admin.refuses(*SHUT, InvalidRequest, BadCursor)
@admin.private
@access.key("catalogue:read")
def list_admin_campaigns(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """List campaigns, published or not, by slug."""
    return listing.page_of_campaigns(db.session(), **query)


@admin.route("/campaigns", methods=["POST"])
@takes_entry(CAMPAIGN)
@admin.response(201, CAMPAIGN)
@admin.refuses(*KEYED, AlreadyInCatalogue)
@admin.private
@access.key("catalogue:write")
def create_campaign() -> Answer:
    """Add a campaign with its people and shelves: an entry of a seed file."""
    body, actor = read_entry(), bearer().actor

    def work(session: Any) -> tuple[Any, str]:
        slug, entry = catalogue.create(session, "campaign", body, actor=actor)
        return entry, f"campaigns/{slug}"

    return written("create-campaign", work, status=201)


@admin.route("/campaigns/<slug>")
@admin.response(200, CAMPAIGN)
@admin.refuses(*SHUT, NotInCatalogue)
@admin.private
@access.key("catalogue:read")
def get_admin_campaign(slug: str) -> Response:
    """Read a campaign as its entry; `ETag` is its version, which a change has to name."""
    return shown(edits.campaign(edits.entries_now(db.session()), slug))


@admin.route("/campaigns/<slug>", methods=["PUT"])
@takes_entry(CAMPAIGN, versioned=True)
@admin.response(200, CAMPAIGN)
@admin.refuses(*KEYED, *_STALE, NotInCatalogue)
@admin.private
@access.key("catalogue:write")
def replace_campaign(slug: str) -> Answer:
    """Let a campaign be what is sent."""
    return _changes(slug, read_entry(), merge=False)


@admin.route("/campaigns/<slug>", methods=["PATCH"])
@takes_entry(PATCH, versioned=True)
@admin.response(200, CAMPAIGN)
@admin.refuses(*KEYED, *_STALE, NotInCatalogue)
@admin.private
@access.key("catalogue:write")
def change_campaign(slug: str) -> Answer:
    """Change some keys of a campaign; lists are replaced whole."""
    return _changes(slug, read_entry(), merge=True)


def _changes(slug: str, body: dict[str, Any], *, merge: bool) -> Answer:
    actor, if_match = bearer().actor, read_if_match()

    def work(session: Any) -> tuple[Any, None]:
        edit = edits.patched(body) if merge else (lambda _: dict(body))
        return catalogue.change_campaign(session, slug, edit, if_match, actor=actor), None

    return written("change-campaign", work)


@admin.route("/campaigns/<slug>", methods=["DELETE"])
@takes_entry(None, versioned=True)
@admin.response(200, EndedView)
@admin.refuses(*KEYED, *_STALE, NotInCatalogue)
@admin.private
@access.key("catalogue:write")
def remove_campaign(slug: str) -> Answer:
    """Take a campaign away; its products stay."""
    actor, if_match = bearer().actor, read_if_match()

    def work(session: Any) -> tuple[Any, None]:
        catalogue.end(session, "campaign", slug, if_match, actor=actor)
        return {"kind": "campaign", "slug": slug}, None

    return written("remove-campaign", work)
