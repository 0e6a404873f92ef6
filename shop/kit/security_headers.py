"""What every answer tells a browser not to do.

An answer of the API is data: nothing may be loaded, run or framed because of it. A page says what it
needs by a policy of its own, with the nonce that :func:`csp_nonce` gives its template::

    <style nonce="{{ csp_nonce() }}">

A view that needs another header sets it, and keeps it: pictures, say, are shown on other origins and
answer ``Cross-Origin-Resource-Policy: cross-origin``.

Source: OWASP, HTTP Security Response Headers Cheat Sheet; CSP Level 3.
"""

from __future__ import annotations

import secrets

from flask import Flask, Response, g

#: Of everything that is no page.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def csp_nonce() -> str:
    """Return the nonce of the page that is being made."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def allow_form_action(origin: str) -> None:
    """Let the forms of the page that is being made lead to another origin, too.

    Browsers hold redirects after a form to its page's policy: whoever presses *Pay* is sent on.
    """
    g.csp_form_action = origin


def page_policy() -> str:
    """Return the policy of a page: its own styles, scripts and pictures, and those with its nonce."""
    nonce = f"'nonce-{g.csp_nonce}'" if "csp_nonce" in g else "'self'"
    forms = " ".join(["'self'", *([g.csp_form_action] if "csp_form_action" in g else [])])
    return (
        f"default-src 'none'; style-src 'self' {nonce}; script-src 'self' {nonce}; img-src 'self' data:; "
        f"connect-src 'self'; font-src 'self'; form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
    ).replace("'self' 'self'", "'self'")


def init_security_headers(app: Flask, *, hsts_seconds: int) -> None:
    """Have every answer of the application carry the headers.

    Args:
        app: Registered before anything whose answers should carry them.
        hsts_seconds: How long browsers keep to TLS; 0 where there is none.
    """
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    headers = dict(_HEADERS)
    if hsts_seconds:
        headers["Strict-Transport-Security"] = f"max-age={hsts_seconds}; includeSubDomains"

    @app.after_request
    def secure(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        policy = page_policy() if response.mimetype == "text/html" else DATA_POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        return response
