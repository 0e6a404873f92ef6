"""What a bag costs where: markets, dated prices, shipping, tax, and the sum of a cart."""
