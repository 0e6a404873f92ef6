"""Rows at which requests meet, as ``tests.races.met`` takes them."""

from __future__ import annotations

THE_CART = "SELECT 1 FROM cart WHERE id = %s"
STOCK_OF = "SELECT 1 FROM stock WHERE variant_id = (SELECT id FROM variant WHERE sku = %s)"
PAYMENT_OF = "SELECT 1 FROM payment WHERE reference = %s"
