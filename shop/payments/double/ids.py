"""Ids and secrets: recognisable as the double's, unique over restarts, repeatable under a seed."""

from __future__ import annotations

import hashlib
import itertools
import secrets

from .store import Store

_SEED = "seed"
_COUNTER = "id_counter"
_BOOTS = "boots"


class Ids:
    """Hands out ids; the counter lives in the state file and commits with what it names."""

    def __init__(self, store: Store, seed: int | None) -> None:
        self._store = store
        with store.transaction():
            kept = store.setting(_SEED)
            self.seed = kept or (str(seed) if seed is not None else secrets.token_hex(16))
            boots = int(store.setting(_BOOTS) or 0) + 1
            store.set_setting(_SEED, self.seed)
            store.set_setting(_BOOTS, str(boots))
        self._boots = boots
        self._requests = itertools.count(1)

    def new(self, prefix: str) -> str:
        """Make an id such as ``pi_double_4f0c...``; call it inside a transaction."""
        return f"{prefix}_double_{self._digest(self._count())[:24]}"

    def secret(self, of: str) -> str:
        """Make the client secret of an object; call it inside a transaction."""
        return f"{of}_secret_{self._digest(self._count(), 'secret')[:25]}"

    def request(self) -> str:
        """Make a request id. Requests need not be stored, so this writes nothing."""
        return f"req_double_{self._digest(self._boots, 'request', next(self._requests))[:14]}"

    def fraction(self, *of: str) -> float:
        """Draw a number in [0, 1) that depends on the seed and the names alone."""
        return int(self._digest(*of)[:13], 16) / 16**13

    def _count(self) -> int:
        count = int(self._store.setting(_COUNTER) or 0) + 1
        self._store.set_setting(_COUNTER, str(count))
        return count

    def _digest(self, *parts: object) -> str:
        text = ":".join([self.seed, *map(str, parts)])
        return hashlib.sha256(text.encode()).hexdigest()
