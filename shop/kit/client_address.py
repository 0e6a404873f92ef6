"""Whose request it is: the address of the caller, as far as it can be believed."""

from __future__ import annotations

import functools
import ipaddress
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

logger = logging.getLogger("shop")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Who has one IPv6 address has the 2**64 around it.
_IPV6_PREFIX = 64


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read networks such as ``10.0.0.0/8`` or ``2001:db8::1``.

    Raises:
        ValueError: One is none; the message names it.
    """
    return tuple(ipaddress.ip_network(text) for text in texts)


class ClientAddresses:
    """Tells callers apart by their addresses.

    Args:
        hops: Proxies in front of the shop; each adds one address to ``X-Forwarded-For``. What
            stands further left was written by the caller, and is not believed.
        unlimited: Networks whose callers are not told apart: the machine itself, a storefront's own
            servers.
    """

    def __init__(self, *, hops: int, unlimited: tuple[Network, ...]) -> None:
        self._hops, self._unlimited = hops, unlimited
        self._warned = False
        self._read = functools.lru_cache(maxsize=4096)(self._read_anew)

    def of(self, environ: WSGIEnvironment) -> str | None:
        """Return the caller's address or, of IPv6, its network; None where it is not to be limited."""
        peer: str = environ.get("REMOTE_ADDR") or ""
        forwarded: str | None = environ.get("HTTP_X_FORWARDED_FOR")
        if forwarded is None:
            return self._read(peer)
        if not self._hops:
            self._warn()
            return self._read(peer)
        passed = forwarded.split(",")
        # Fewer addresses than proxies: it did not come through them.
        return self._read(passed[-self._hops].strip() if len(passed) >= self._hops else peer)

    def _read_anew(self, text: str) -> str | None:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return "unknown"  # all of them together
        if isinstance(address, ipaddress.IPv6Address):
            address = address.ipv4_mapped or address
        if any(address in network for network in self._unlimited):
            return None
        if isinstance(address, ipaddress.IPv6Address):
            return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
        return str(address)

    def _warn(self) -> None:
        if not self._warned:
            self._warned = True
            logger.warning(
                "a request came with X-Forwarded-For and SHOP_PROXY_HOPS is 0: behind a proxy every "
                "shopper seems to be the proxy, and they share one limit"
            )
