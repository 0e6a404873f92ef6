"""Reading the vocabularies: materials, colours, hardware, details, the sources of facts, the revision."""

from __future__ import annotations

from typing import Any

from shop.catalogue import queries
from shop.catalogue.errors import NotInCatalogue
from shop.catalogue.models import CatalogueRevision, Colour, Detail, HardwareSet, Material, Source
from shop.catalogue.schemas import (
    CatalogueView,
    ColourView,
    DetailView,
    HardwareView,
    MaterialView,
    SourceView,
)
from shop.kit import access
from shop.kit.api import Blueprint
from shop.kit.db import db
from shop.kit.pages import BadCursor, Page, PageQuery, page_of
from shop.kit.problems import InvalidRequest

catalogue = Blueprint("catalogue", __name__, url_prefix="/v1/catalogue", description="What is published.")
materials = Blueprint("materials", __name__, url_prefix="/v1/materials", description="What bags are made of.")
colours = Blueprint("colours", __name__, url_prefix="/v1/colours", description="Colours and their families.")
hardware = Blueprint(
    "hardware", __name__, url_prefix="/v1/hardware", description="Studs, buckles, pulls, the B."
)
details = Blueprint("details", __name__, url_prefix="/v1/details", description="What shoppers filter by.")
sources = Blueprint("sources", __name__, url_prefix="/v1/sources", description="Where facts were read.")


def current_revision() -> int:
    """Return what of the catalogue is shown now: vocabularies and sources depend on nothing else."""
    return queries.revision(db.session()).number


@catalogue.route("")
@catalogue.response(200, CatalogueView)
@catalogue.cacheable(while_unmoved=current_revision)
@access.public
def get_catalogue() -> CatalogueRevision:
    """Read the catalogue's revision, which moves with every change of catalogue or prices."""
    return queries.revision(db.session())


@materials.route("")
@materials.arguments(PageQuery, location="query")
@materials.response(200, page_of(MaterialView))
@materials.refuses(BadCursor, InvalidRequest)
@materials.cacheable(while_unmoved=current_revision)
@access.public
def list_materials(page: dict[str, Any]) -> Page[Material]:
    """List materials."""
    return queries.page_of_parts(db.session(), Material, **page)


@materials.route("/<slug>")
@materials.response(200, MaterialView)
@materials.refuses(NotInCatalogue)
@materials.cacheable(while_unmoved=current_revision)
@access.public
def get_material(slug: str) -> Material:
    """Read a material."""
    return queries.part(db.session(), Material, slug)


@colours.route("")
@colours.arguments(PageQuery, location="query")
@colours.response(200, page_of(ColourView))
@colours.refuses(BadCursor, InvalidRequest)
@colours.cacheable(while_unmoved=current_revision)
@access.public
def list_colours(page: dict[str, Any]) -> Page[Colour]:
    """List colours."""
    return queries.page_of_parts(db.session(), Colour, **page)


@colours.route("/<slug>")
@colours.response(200, ColourView)
@colours.refuses(NotInCatalogue)
@colours.cacheable(while_unmoved=current_revision)
@access.public
def get_colour(slug: str) -> Colour:
    """Read a colour."""
    return queries.part(db.session(), Colour, slug)


@hardware.route("")
@hardware.arguments(PageQuery, location="query")
@hardware.response(200, page_of(HardwareView))
@hardware.refuses(BadCursor, InvalidRequest)
@hardware.cacheable(while_unmoved=current_revision)
@access.public
def list_hardware(page: dict[str, Any]) -> Page[HardwareSet]:
    """List hardware sets, each item with its own finish."""
    return queries.page_of_parts(db.session(), HardwareSet, **page)


@hardware.route("/<slug>")
@hardware.response(200, HardwareView)
@hardware.refuses(NotInCatalogue)
@hardware.cacheable(while_unmoved=current_revision)
@access.public
def get_hardware(slug: str) -> HardwareSet:
    """Read a hardware set."""
    return queries.part(db.session(), HardwareSet, slug)


@details.route("")
@details.arguments(PageQuery, location="query")
@details.response(200, page_of(DetailView))
@details.refuses(BadCursor, InvalidRequest)
@details.cacheable(while_unmoved=current_revision)
@access.public
def list_details(page: dict[str, Any]) -> Page[Detail]:
    """List the details that the `detail` filter takes."""
    return queries.page_of_parts(db.session(), Detail, **page)


@details.route("/<slug>")
@details.response(200, DetailView)
@details.refuses(NotInCatalogue)
@details.cacheable(while_unmoved=current_revision)
@access.public
def get_detail(slug: str) -> Detail:
    """Read a detail."""
    return queries.part(db.session(), Detail, slug)


@sources.route("")
@sources.arguments(PageQuery, location="query")
@sources.response(200, page_of(SourceView))
@sources.refuses(BadCursor, InvalidRequest)
@sources.cacheable(while_unmoved=current_revision)
@access.public
def list_sources(page: dict[str, Any]) -> Page[Source]:
    """List the sources that `sources` fields cite."""
    return queries.page_of_sources(db.session(), **page)


@sources.route("/<source_id>")
@sources.response(200, SourceView)
@sources.refuses(NotInCatalogue)
@sources.cacheable(while_unmoved=current_revision)
@access.public
def get_source(source_id: str) -> Source:
    """Read a source."""
    return queries.source(db.session(), source_id)
