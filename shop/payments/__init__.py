"""The only package that knows Stripe; it knows nothing of carts or orders."""
