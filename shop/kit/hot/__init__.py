"""Answers from memory, in front of Flask.

:mod:`~shop.kit.hot.layer` who is answered, and who is handed on · :mod:`~shop.kit.hot.memory` what
is remembered, in bounded memory · :mod:`~shop.kit.hot.standing` how long that is true ·
:mod:`~shop.kit.hot.flights` what is just being made · :mod:`~shop.kit.hot.headers` what is for
everybody · :mod:`~shop.kit.hot.representations` the bytes that are sent.
"""
