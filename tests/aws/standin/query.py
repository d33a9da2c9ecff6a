"""The Query API of STS and IAM: a form or a query names the action, XML answers (facts 1)."""

import urllib.parse

from . import answers, iam, sigv4, sts
from .errors import Refusal, signature_refused

SERVICES = {sts.NAME: sts, iam.NAME: iam}


def takes(_received):
    return True


def _pairs(text):
    try:
        pairs = urllib.parse.parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text))
    except ValueError:
        raise Refusal("MalformedQueryString", "The query string contains a syntax error.",
                      404) from None
    if len(dict(pairs)) != len(pairs):
        raise Refusal("MalformedInput", "A parameter was given twice.")
    return dict(pairs)


def _parameters(received):
    url = urllib.parse.urlsplit(received.target)
    if url.path != "/" or received.method not in ("GET", "POST"):
        raise Refusal("UnknownOperationException", "", 404)
    form = received.headers.get_content_type() == "application/x-www-form-urlencoded"
    if received.method == "GET" or not form:
        return _pairs(url.query)
    return _pairs(received.body.decode("utf-8", "replace"))


def _action(service, parameters):
    name, version = parameters.get("Action"), parameters.get("Version")
    if name is None:
        raise Refusal("MissingAction", "The request must contain the parameter Action.")
    if version != service.VERSION or name not in service.ACTIONS:
        raise Refusal("InvalidAction", f"Could not find operation {name} for version {version}")
    return name


def _is_presigned(received):
    return "X-Amz-Signature=" in received.target


def open_request(received, world, entry):
    """(action, key). The claim is written down before anything is judged."""
    claim = (sigv4.QueryClaim(received.target) if _is_presigned(received)
             else sigv4.Claim(received.headers.get("Authorization")))
    entry.update(access_key_id=claim.key_id, region=claim.region, service=claim.service,
                 signed_headers=claim.signed_headers)
    service = SERVICES.get(claim.service)
    if service is None:
        raise signature_refused("Credential should be scoped to correct service: 'sts'. ")
    entry["parameters"] = _parameters(received)
    entry["action"] = entry["parameters"].get("Action")
    key = sigv4.authenticate(received, claim, world, service.NAME)
    entry.update(caller=key.caller.arn, signed_by=key.caller.kind,
                 with_mfa=key.caller.mfa_at is not None)
    return _action(service, entry["parameters"]), key


def _service(entry):
    return SERVICES.get(entry["service"], sts)


def carry_out(world, key, call, action, entry):
    return _service(entry).ACTIONS[action](world, key, call)


def success(action, result, entry, now):
    return answers.success(_service(entry), action, result, entry["request_id"], now)


def error(refusal, entry, now):
    return answers.error(_service(entry), refusal, entry["request_id"], now)
