"""Typed clients for frontends: generated from the OpenAPI document, and a bag bought with each."""
