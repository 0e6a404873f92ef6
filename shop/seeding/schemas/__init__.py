"""What each seed file may hold, by its name within the seed's folder."""

from __future__ import annotations

from marshmallow import Schema

from shop.seeding.schemas import evidence, families, parts, products, tables, trade

#: One file each; a seed that has all of them is a whole one.
FILES: dict[str, type[Schema]] = {
    "sources.yaml": evidence.SourcesFile,
    "house.yaml": evidence.HouseFile,
    "disputes.yaml": evidence.DisputesFile,
    "compliance.yaml": evidence.ComplianceFile,
    "vocabularies.yaml": evidence.VocabulariesFile,
    "people.yaml": families.PeopleFile,
    "families.yaml": families.FamiliesFile,
    "timeline.yaml": families.TimelineFile,
    "campaigns.yaml": families.CampaignsFile,
    "materials.yaml": parts.MaterialsFile,
    "colours.yaml": parts.ColoursFile,
    "hardware.yaml": parts.HardwareFile,
    "details.yaml": parts.DetailsFile,
    "accessories.yaml": products.AccessoriesFile,
    "markets.yaml": trade.MarketsFile,
    "placements.yaml": trade.PlacementsFile,
    "observations.yaml": trade.ObservationsFile,
    "stock.yaml": trade.StockFile,
}

#: Any number of files, one for each family as a rule.
PRODUCTS_FOLDER = "products"
PRODUCTS = products.ProductsFile

#: By the name of a table: what a row of it may hold, and its file as a whole.
TABLES: dict[str, type[Schema]] = {
    "variants.csv": tables.VariantRow,
    "prices.csv": tables.PriceRow,
    "stock.csv": tables.StockRow,
}
TABLE_FILES: dict[str, type[Schema]] = {
    "variants.csv": tables.VariantsTable,
    "prices.csv": tables.PricesTable,
    "stock.csv": tables.StockTable,
}
