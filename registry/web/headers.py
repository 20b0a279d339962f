"""Security headers on every answer: our own hook, because the known packages cover less or have gone quiet."""

from flask import Flask, Response, g

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}


def init_app(app: Flask, *, tls: bool) -> None:
    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if tls:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        # Whatever a signed-in person saw must not be read from a shared computer's cache.
        if not g.get("may_be_cached"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
