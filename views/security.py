"""Who may ask, and what a browser may do with the answer."""

from ipaddress import IPv6Address, ip_address

from flask import Flask, Response, abort, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def register(app: Flask) -> None:
    """Guard every request and set the headers of every answer."""
    app.before_request(refuse_other_machines)
    app.after_request(set_headers)


def refuse_other_machines() -> None:
    """Answer 403 to any machine but this one: until accounts exist, nobody can be told apart."""
    address = ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104 - no address is no loopback
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if not address.is_loopback:
        abort(403)


def set_headers(response: Response) -> Response:
    """Set the security headers; a page holds health data, so no cache may keep it."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
