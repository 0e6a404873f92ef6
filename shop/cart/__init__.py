"""What one shopper means to buy. Nothing is promised here: stock is held at checkout."""
