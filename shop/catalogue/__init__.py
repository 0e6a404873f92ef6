"""What the house makes: families and their lineage, products, variants, their parts, campaigns."""
