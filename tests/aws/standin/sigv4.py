"""Is a request signed as it must be? botocore's signer computes, this file compares.

The request is rebuilt from what arrived, with the headers that its Authorization names,
and never from what the sender meant to send.
"""

import calendar
import email.utils
import hashlib
import hmac
import re
import time
import urllib.parse

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .errors import Refusal, incomplete_signature, invalid_token, signature_refused
from .state import partition_of

_ALGORITHM = "AWS4-HMAC-SHA256"
_TOLERANCE_S = 15 * 60
_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_WRONG = ("The request signature we calculated does not match the signature you provided. "
          "Check your AWS Secret Access Key and signing method. "
          "Consult the service documentation for details.")


class _AsSigned(SigV4Auth):
    """botocore's signer over exactly the headers that the sender says it signed."""

    def headers_to_sign(self, request):
        return request.headers


class _AsSignedForS3(S3SigV4Auth):
    """S3 takes the path as it is, and its payload's hash from the header."""

    def headers_to_sign(self, request):
        return request.headers


class Claim:
    """What an Authorization header says of itself."""

    date = None                       # of a presigned URL; else a header has it
    expires_s = None
    token = None

    def __init__(self, header):
        if header is None:
            raise Refusal("MissingAuthenticationToken",
                          "Request is missing Authentication Token", 403)
        algorithm, _, rest = header.partition(" ")
        if algorithm != _ALGORITHM:
            raise incomplete_signature(f"Unsupported AWS 'algorithm': '{algorithm}'")
        parts = {}
        for pair in rest.split(","):
            name, equals, value = pair.strip().partition("=")
            if not equals:
                raise incomplete_signature(f"'{name}' not a valid key=value pair (missing "
                                           f"equal-sign) in Authorization header: '{header}'.")
            parts[name] = value
        for name in ("Credential", "Signature", "SignedHeaders"):
            if not parts.get(name):
                raise incomplete_signature(
                    f"Authorization header requires '{name}' parameter. Authorization={header}")
        self.signature = parts["Signature"]
        self.signed_headers = parts["SignedHeaders"].split(";")
        self._read_credential(parts["Credential"])

    def _read_credential(self, credential):
        fields = credential.split("/")
        if len(fields) != 5:
            raise incomplete_signature(
                "Credential must have exactly 5 slash-delimited elements, e.g. "
                f"keyid/date/region/service/term, got '{credential}'")
        self.key_id, self.day, self.region, self.service, self.terminator = fields


class QueryClaim(Claim):
    """What a presigned URL says of itself (facts 2.2)."""

    def __init__(self, target):
        self.parameters = urllib.parse.parse_qsl(urllib.parse.urlsplit(target).query,
                                                 keep_blank_values=True)
        values = {name: value for name, value in self.parameters}
        if len(values) != len(self.parameters) or values.get("X-Amz-Algorithm") != _ALGORITHM:
            raise incomplete_signature("AWS query-string parameters must be there once each.")
        try:
            self.signature = values["X-Amz-Signature"]
            self.signed_headers = values["X-Amz-SignedHeaders"].split(";")
            self.date = values["X-Amz-Date"]
            self.expires_s = int(values["X-Amz-Expires"])
            self._read_credential(values["X-Amz-Credential"])
        except (KeyError, ValueError):
            raise incomplete_signature("AWS query-string parameters must include "
                                       "'X-Amz-Algorithm', 'X-Amz-Credential', "
                                       "'X-Amz-Signature', 'X-Amz-SignedHeaders' and "
                                       "'X-Amz-Date'.") from None
        self.token = values.get("X-Amz-Security-Token")


def _only(headers, name):
    """A header that decides who is asking, or when, must not be there twice."""
    values = headers.get_all(name) or []
    if len(values) > 1:
        raise incomplete_signature(f"Header '{name}' must not be repeated.")
    return values[0].strip() if values else None


def _date_of(headers):
    text = _only(headers, "X-Amz-Date")
    plain = _only(headers, "Date")
    if text is None and plain is not None:
        parsed = email.utils.parsedate_tz(plain)
        text = time.strftime("%Y%m%dT%H%M%SZ", parsed[:9]) if parsed else plain
    if text is None:
        raise incomplete_signature("Authorization header requires existence of either a "
                                   "'X-Amz-Date' or a 'Date' header.")
    if not _DATE.fullmatch(text):
        raise incomplete_signature(f"Date must be in ISO-8601 'basic format'. Got '{text}'. "
                                   "See http://en.wikipedia.org/wiki/ISO_8601")
    return text


# IAM is one for each partition, and signed for there (facts 3.5).
_IAM_REGIONS = {"us-east-1", "cn-north-1", "us-gov-west-1"}


def _check_scope(claim, date, world, service):
    known = _IAM_REGIONS if claim.service == "iam" else world.regions
    if claim.region not in known:
        raise signature_refused("Credential should be scoped to a valid Region, "
                                f"not '{claim.region}'. ")
    if claim.service != service:
        raise signature_refused(f"Credential should be scoped to correct service: '{service}'. ")
    if claim.terminator != "aws4_request":
        raise signature_refused("Credential should be scoped with a valid terminator: "
                                f"'aws4_request', not '{claim.terminator}'.")
    if claim.day != date[:8]:
        raise signature_refused("Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                                f"version of date from HTTP: '{claim.day}' != '{date[:8]}', "
                                f"from '{date}'.")


def _check_signed_headers(claim, headers):
    signed = claim.signed_headers
    _only(headers, "Host")
    if signed != sorted(set(signed)) or any(name != name.lower() for name in signed):
        raise signature_refused("SignedHeaders must be in lower case, sorted, each once.")
    if "host" not in signed:
        raise signature_refused("'Host' or ':authority' must be a 'SignedHeader' in the AWS "
                                "Authorization.")
    for name in headers.keys():
        if name.lower().startswith("x-amz-") and name.lower() not in signed:
            raise signature_refused("There were headers present in the request which were not "
                                    f"signed: {name.lower()}")
    for name in signed:
        if name not in headers:
            raise signature_refused(f"The signed header '{name}' did not arrive.")


def _check_time(date, now):
    def text(seconds):
        return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))

    signed_at = calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))
    if signed_at < now - _TOLERANCE_S:
        raise signature_refused(f"Signature expired: {date} is now earlier than "
                                f"{text(now - _TOLERANCE_S)} ({text(now)} - 15 min.)")
    if signed_at > now + _TOLERANCE_S:
        raise signature_refused(f"Signature not yet current: {date} is still later than "
                                f"{text(now + _TOLERANCE_S)} ({text(now)} + 15 min.)")


def _check_expiry(claim, date, now):
    if claim.expires_s is None:
        return
    signed_at = calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))
    if not 0 < claim.expires_s <= 604800 or now > signed_at + claim.expires_s:
        raise signature_refused("Signature expired: the URL was good until "
                                f"{signed_at + claim.expires_s}.")


_CHUNKED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"


def unchunked(received):
    """The body of an upload without what divides and signs its chunks."""
    if received.headers.get("X-Amz-Content-SHA256") != _CHUNKED:
        return received.body
    rest, body = received.body, b""
    while rest:
        head, _, rest = rest.partition(b"\r\n")
        size = int(head.partition(b";")[0], 16)
        body += rest[:size]
        rest = rest[size + 2:]
    return body


def _check_body(headers, body):
    told = headers.get("X-Amz-Content-SHA256")
    if (told is not None and told not in ("UNSIGNED-PAYLOAD", _CHUNKED)
            and told.strip() != hashlib.sha256(body).hexdigest()):
        raise signature_refused("The provided 'x-amz-content-sha256' header does not match what "
                                "was computed.")


def _signed_target(received, claim):
    """A presigned URL's signature is over the URL without it."""
    if claim.date is None:
        return received.target
    path, _, query = received.target.partition("?")
    return path + "?" + "&".join(pair for pair in query.split("&")
                                 if not pair.startswith("X-Amz-Signature="))


def _rebuild(received, claim, date):
    request = AWSRequest(method=received.method, data=received.body,
                         url=f"https://{received.headers['Host']}"
                             f"{_signed_target(received, claim)}")
    request.context["timestamp"] = date
    for name in claim.signed_headers:
        for value in received.headers.get_all(name):
            request.headers[name] = value
    return request


def _check_signature(received, claim, date, key):
    kind = _AsSignedForS3 if claim.service == "s3" else _AsSigned
    signer = kind(Credentials(key.id, key.secret), claim.service, claim.region)
    request = _rebuild(received, claim, date)
    canonical = signer.canonical_request(request)
    to_sign = signer.string_to_sign(request, canonical)
    if not hmac.compare_digest(signer.signature(to_sign, request).encode(),
                               claim.signature.encode()):
        raise signature_refused(f"{_WRONG}\n\nThe Canonical String for this request should have "
                                f"been\n'{canonical}'\n\nThe String-to-Sign should have been\n"
                                f"'{to_sign}'\n")


def authenticate(received, claim, world, service):
    """The key whose owner signed this request; raises the real service's refusal otherwise."""
    headers = received.headers
    date = claim.date or _date_of(headers)
    _check_scope(claim, date, world, service)
    _check_signed_headers(claim, headers)
    key = world.key(claim.key_id, claim.token or _only(headers, "X-Amz-Security-Token"),
                    service, claim.region)
    if key.caller.account.partition != partition_of(claim.region):
        raise invalid_token()
    _check_time(date, world.now())
    _check_expiry(claim, date, world.now())
    _check_body(headers, received.body)
    _check_signature(received, claim, date, key)
    world.check_current(key)
    key.last_used = world.now(), service, claim.region
    return key
