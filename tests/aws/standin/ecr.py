"""ECR's GetAuthorizationToken, in JSON 1.1 (facts 10.4)."""

import base64
import json
import secrets

from . import answers, sigv4
from .errors import Refusal

NAME = "ecr"
_TARGET = "AmazonEC2ContainerRegistry_V20150921."
_LIFE_S = 12 * 3600


def takes(received):
    return received.headers.get("X-Amz-Target") is not None


def open_request(received, world, entry):
    claim = sigv4.Claim(received.headers.get("Authorization"))
    entry.update(access_key_id=claim.key_id, region=claim.region, service=claim.service,
                 signed_headers=claim.signed_headers)
    key = sigv4.authenticate(received, claim, world, NAME)
    entry.update(caller=key.caller.arn, signed_by=key.caller.kind,
                 with_mfa=key.caller.mfa_at is not None)
    target = received.headers["X-Amz-Target"]
    if (target != _TARGET + "GetAuthorizationToken"
            or received.headers.get_content_type() != "application/x-amz-json-1.1"):
        raise Refusal("UnknownOperationException", "")
    entry["action"] = "GetAuthorizationToken"
    try:
        entry["parameters"] = json.loads(received.body)
    except ValueError:
        raise Refusal("SerializationException", "") from None
    return entry["action"], key


def carry_out(world, key, call, _action, _entry):
    password = secrets.token_urlsafe(1500)
    life_s = _LIFE_S if call.life_s is None else call.life_s
    return {"authorizationData": [{
        "authorizationToken": base64.b64encode(f"AWS:{password}".encode()).decode(),
        "expiresAt": round(world.now() + life_s, 3),
        "proxyEndpoint": f"https://{key.caller.account.id}.dkr.ecr.{call.region}.amazonaws.com"}]}


def _answer(status, content, entry, now):
    return answers.plain(status, json.dumps(content).encode(), entry["request_id"], now,
                         "application/x-amz-json-1.1")


def success(_action, result, entry, now):
    return _answer(200, result, entry, now)


def error(refusal, entry, now):
    return _answer(refusal.status, {"__type": f"com.amazonaws.ecr#{refusal.code}",
                                    "message": refusal.message}, entry, now)
