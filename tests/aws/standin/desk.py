"""The front desk: one request in, one answer out, and a line in the journal."""

import dataclasses
import threading

from . import ecr, faults, federation, ids, query, s3
from .errors import Refusal

# The first that takes a request for its own has it; the Query API takes the rest.
STYLES = (federation, ecr, s3, query)


@dataclasses.dataclass
class Received:
    method: str
    target: str
    headers: object                   # email.message.Message: order and repeats as sent
    body: bytes
    connection: int                   # counts the connections of this run
    source_ip: str                    # where it came from


@dataclasses.dataclass
class Call:
    """What an action is given, beside the world and the key that signed."""
    parameters: dict
    region: str
    life_s: int                       # of the credentials it makes; None: as they were wished
    received: Received                # the whole request, where a body counts


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


class Desk:
    def __init__(self, world):
        self.world = world
        self.script = faults.Script()
        self.journal = Journal()

    def serve(self, received):
        """Returns (answer, fault): the fault says how the answer is to travel."""
        entry = {"time": self.world.now(), "connection": received.connection,
                 "host": received.headers.get("Host"), "method": received.method,
                 "action": None, "access_key_id": None,
                 "caller": None, "signed_by": None, "with_mfa": False, "service": None,
                 "region": None, "parameters": {}, "signed_headers": [],
                 "fault": False, "request_id": ids.request_id()}
        style = next(style for style in STYLES if style.takes(received))
        fault = faults.NONE
        try:
            action, key = style.open_request(received, self.world, entry)
            fault = self.script.take(action, entry["parameters"])
            entry["fault"] = fault is not faults.NONE
            answer, is_true = self._carry_out(style, action, key, received, entry, fault)
            entry["code"] = None if is_true else "fault"
        except Refusal as refusal:
            answer = style.error(refusal, entry, self.world.now())
            entry["code"] = refusal.code
        entry["status"] = answer.status
        self.journal.write(entry)
        if fault is not faults.NONE:
            fault.bend(answer, self.world.now())
        return answer, fault

    def _carry_out(self, style, action, key, received, entry, fault):
        instead = fault.replacement(entry["request_id"], self.world.now())
        call = Call(entry["parameters"], entry["region"], fault.life_s, received)
        if fault.carried_out and (instead is not None or fault.refusal()):
            style.carry_out(self.world, key, call, action, entry)
        if instead is not None:
            return instead, False
        if fault.refusal():
            raise fault.refusal()
        result = style.carry_out(self.world, key, call, action, entry)
        fault.edit_result(result)
        return style.success(action, result, entry, self.world.now()), True
