"""The front desk: one request in, one answer out, and a line in the journal."""

import dataclasses
import threading
import urllib.parse

from . import answers, faults, iam, ids, sigv4, sts
from .errors import Refusal, signature_refused

SERVICES = {sts.NAME: sts, iam.NAME: iam}


@dataclasses.dataclass
class Received:
    method: str
    target: str
    headers: object                   # email.message.Message: order and repeats as sent
    body: bytes
    connection: int                   # counts the connections of this run


@dataclasses.dataclass
class Call:
    """What an action is given, beside the world and the key that signed."""
    parameters: dict
    region: str
    life_s: int                       # of the credentials it makes; None: as they were wished


class Journal:
    """Every request seen, as plain data for tests."""

    def __init__(self):
        self._lock = threading.Lock()
        self._calls = []

    def write(self, entry):
        with self._lock:
            self._calls.append(entry)

    def read(self):
        with self._lock:
            return list(self._calls)

    def clear(self):
        with self._lock:
            self._calls.clear()


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


class Desk:
    def __init__(self, world):
        self.world = world
        self.script = faults.Script()
        self.journal = Journal()

    def serve(self, received):
        """Returns (answer, fault): the fault says how the answer is to travel."""
        entry = {"time": self.world.now(), "connection": received.connection,
                 "host": received.headers.get("Host"), "action": None, "access_key_id": None,
                 "caller": None, "signed_by": None, "with_mfa": False, "service": None,
                 "region": None, "parameters": {}, "signed_headers": [],
                 "fault": False, "request_id": ids.request_id()}
        service, fault = sts, faults.NONE
        try:
            claim = sigv4.Claim(received.headers.get("Authorization"))
            entry.update(access_key_id=claim.key_id, region=claim.region, service=claim.service,
                         signed_headers=claim.signed_headers)
            service = SERVICES.get(claim.service)
            if service is None:
                service = sts
                raise signature_refused("Credential should be scoped to correct service: 'sts'. ")
            entry["parameters"] = _parameters(received)
            entry["action"] = entry["parameters"].get("Action")
            key = sigv4.authenticate(received, claim, self.world, service.NAME)
            entry.update(caller=key.caller.arn, signed_by=key.caller.kind,
                         with_mfa=key.caller.mfa_at is not None)
            action = _action(service, entry["parameters"])
            fault = self.script.take(action, entry["parameters"])
            entry["fault"] = fault is not faults.NONE
            answer = self._carry_out(service, action, key, entry, fault)
            entry["code"] = None if answer.status == 200 else "fault"
        except Refusal as refusal:
            answer = answers.error(service, refusal, entry["request_id"], self.world.now())
            entry["code"] = refusal.code
        entry["status"] = answer.status
        self.journal.write(entry)
        if fault is not faults.NONE:
            fault.bend(answer, self.world.now())
        return answer, fault

    def _carry_out(self, service, action, key, entry, fault):
        instead = fault.replacement(entry["request_id"], self.world.now())
        if instead is not None:
            return instead
        if fault.refusal():
            raise fault.refusal()
        call = Call(entry["parameters"], entry["region"], fault.life_s)
        result = service.ACTIONS[action](self.world, key, call)
        fault.edit_result(result)
        return answers.success(service, action, result, entry["request_id"], self.world.now())
