"""Answers from memory, in front of Flask.

:mod:`~shop.kit.hot.layer` who is answered, and who is handed on · :mod:`~shop.kit.hot.memory` what
is remembered, in bounded memory · :mod:`~shop.kit.hot.representations` the bytes that are sent.
"""
