"""Closet: an e-commerce catalogue backend for a leather-goods house.

Start at :mod:`shop.app`: ``create_app`` attaches every part in order and is the map
of the code.
"""

__version__ = "0.1.0"
