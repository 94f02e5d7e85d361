# SPDX-License-Identifier: Apache-2.0
"""Status codes (RFC 9110 section 15 and the registry it founded), and what each means for whoever gets one."""

from enum import IntEnum

REDIRECTS = frozenset({301, 302, 303, 307, 308})  # those whose Location a browser follows; 300 and 304 are not
_PRESERVING = frozenset({307, 308})  # section 15.4.8 and 15.4.9: method and content go along
_RETRYABLE = frozenset({408, 425, 429, 502, 503, 504})  # passing troubles; whether a retry is safe, the method says
_CACHEABLE = frozenset({200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501})  # section 15.1
_NO_CONTENT = frozenset({204, 205, 304})  # section 15.3.5, 15.3.6 and 15.4.5
_FINAL = 200  # codes below are interim
_SUCCESS = range(200, 300)


class Status(IntEnum):
    """A registered status code."""

    CONTINUE = 100
    SWITCHING_PROTOCOLS = 101
    PROCESSING = 102
    EARLY_HINTS = 103
    OK = 200
    CREATED = 201
    ACCEPTED = 202
    NON_AUTHORITATIVE_INFORMATION = 203
    NO_CONTENT = 204
    RESET_CONTENT = 205
    PARTIAL_CONTENT = 206
    MULTI_STATUS = 207
    ALREADY_REPORTED = 208
    IM_USED = 226
    MULTIPLE_CHOICES = 300
    MOVED_PERMANENTLY = 301
    FOUND = 302
    SEE_OTHER = 303
    NOT_MODIFIED = 304
    USE_PROXY = 305
    TEMPORARY_REDIRECT = 307
    PERMANENT_REDIRECT = 308
    BAD_REQUEST = 400
    UNAUTHORIZED = 401
    PAYMENT_REQUIRED = 402
    FORBIDDEN = 403
    NOT_FOUND = 404
    METHOD_NOT_ALLOWED = 405
    NOT_ACCEPTABLE = 406
    PROXY_AUTHENTICATION_REQUIRED = 407
    REQUEST_TIMEOUT = 408
    CONFLICT = 409
    GONE = 410
    LENGTH_REQUIRED = 411
    PRECONDITION_FAILED = 412
    CONTENT_TOO_LARGE = 413
    URI_TOO_LONG = 414
    UNSUPPORTED_MEDIA_TYPE = 415
    RANGE_NOT_SATISFIABLE = 416
    EXPECTATION_FAILED = 417
    MISDIRECTED_REQUEST = 421
    UNPROCESSABLE_CONTENT = 422
    LOCKED = 423
    FAILED_DEPENDENCY = 424
    TOO_EARLY = 425
    UPGRADE_REQUIRED = 426
    PRECONDITION_REQUIRED = 428
    TOO_MANY_REQUESTS = 429
    REQUEST_HEADER_FIELDS_TOO_LARGE = 431
    UNAVAILABLE_FOR_LEGAL_REASONS = 451
    INTERNAL_SERVER_ERROR = 500
    NOT_IMPLEMENTED = 501
    BAD_GATEWAY = 502
    SERVICE_UNAVAILABLE = 503
    GATEWAY_TIMEOUT = 504
    HTTP_VERSION_NOT_SUPPORTED = 505
    VARIANT_ALSO_NEGOTIATES = 506
    INSUFFICIENT_STORAGE = 507
    LOOP_DETECTED = 508
    NOT_EXTENDED = 510
    NETWORK_AUTHENTICATION_REQUIRED = 511

    @property
    def phrase(self) -> str:
        """The registered reason phrase."""
        return _PHRASES.get(self) or self.name.replace("_", " ").title()

    @property
    def is_redirect(self) -> bool:
        """Whether a browser goes on to the Location."""
        return self.value in REDIRECTS

    @property
    def preserves_method(self) -> bool:
        """Whether the request is sent again as it was, content included."""
        return self.value in _PRESERVING

    @property
    def needs_location(self) -> bool:
        """Whether the response is a dead end without a Location."""
        return self.value in REDIRECTS

    @property
    def is_retryable(self) -> bool:
        """Whether the same request may well succeed later."""
        return self.value in _RETRYABLE

    @property
    def is_cacheable_by_default(self) -> bool:
        """Whether a cache may store the response though nothing says so (RFC 9110 section 15.1)."""
        return self.value in _CACHEABLE


_PHRASES = {  # where the name alone does not give it
    Status.OK: "OK",
    Status.NON_AUTHORITATIVE_INFORMATION: "Non-Authoritative Information",
    Status.MULTI_STATUS: "Multi-Status",
    Status.IM_USED: "IM Used",
    Status.URI_TOO_LONG: "URI Too Long",
    Status.UNAVAILABLE_FOR_LEGAL_REASONS: "Unavailable For Legal Reasons",
    Status.HTTP_VERSION_NOT_SUPPORTED: "HTTP Version Not Supported",
}


def has_content(method: str, status: int) -> bool:
    """Whether a response with this status to this method can have content (RFC 9110 section 6.4.1)."""
    if method == "HEAD" or status < _FINAL or status in _NO_CONTENT:
        return False
    return method != "CONNECT" or status not in _SUCCESS
