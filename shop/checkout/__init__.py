"""A cart becoming an order, and an order becoming money."""
