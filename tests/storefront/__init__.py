"""The pages of the storefront, over HTTP."""
