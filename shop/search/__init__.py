"""Search: the words a product is found by, an index of them in each engine, and one way to ask."""
