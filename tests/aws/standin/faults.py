"""Faults on command. A fault says which requests it meets and what happens to their answers.

Which requests:
    action        only this action, such as "AssumeRole"
    where         only those with these parameters, such as {"RoleArn": "arn:…"}
    skip          let so many of them pass first
    times         then meet so many (default 1; 0: all that follow)

In place of the answer (the action is then not carried out):
    error         {"code", "message", "status", "type"}, or one of the names of ERRORS
    status        a bare status with `body` (text; default empty)
    redirect      a Location; status 302 unless `status` says otherwise

    carried_out   true: the action is carried out all the same, and nobody hears of it

A wrong success (the action is carried out):
    life_s        credentials that really end after so many seconds
    edit          {"Credentials/Expiration": "…"}: fields replaced; null takes one away

A wrong message:
    xml           one of hostile.FORMS
    date          the Date header; null: none
    date_offset_s the Date header moved
    headers       [[name, value], …] added
    header_bytes  so many bytes of headers added, in lines of 1000
    body_bytes    the body padded with blanks to so many bytes
    content_length the header's value, true or not; null: none, ended by closing
    endless       "headers" or "body": no end until the client leaves
    gzip          the body compressed, and said to be

On the way:
    delay_s       wait before answering
    cut_at        send so many bytes of the whole answer, then close
    drip_s        send a byte, wait so long, send the next
    reset         close by a reset, at cut_at or at once
A fault is met only by requests whose signature stands: others get their true refusal.
"""

import dataclasses
import gzip
import threading

from . import answers, hostile
from .errors import Refusal, region_disabled

ERRORS = {
    "throttle": Refusal("Throttling", "Rate exceeded", 400),
    "internal": Refusal("InternalFailure", "We encountered an internal error. Please try again.",
                        500),
    "unavailable": Refusal("ServiceUnavailable", "Service is unavailable. Please try again.", 503),
    "expired-token": Refusal("ExpiredToken",
                             "The security token included in the request is expired", 403),
    "region-disabled": region_disabled(),
}
_KEEP = object()


@dataclasses.dataclass
class Fault:
    action: str = None
    where: dict = dataclasses.field(default_factory=dict)
    skip: int = 0
    times: int = 1

    error: object = None
    status: int = None
    body: str = ""
    redirect: str = None
    carried_out: bool = False

    life_s: int = None
    edit: dict = dataclasses.field(default_factory=dict)

    xml: str = None
    date: object = _KEEP
    date_offset_s: float = None
    headers: list = dataclasses.field(default_factory=list)
    header_bytes: int = 0
    body_bytes: int = 0
    content_length: object = _KEEP
    endless: str = None
    gzip: bool = False

    delay_s: float = 0.0
    cut_at: int = None
    drip_s: float = 0.0
    reset: bool = False

    def __post_init__(self):
        if self.xml is not None and self.xml not in hostile.FORMS:
            raise ValueError(f"no hostile form '{self.xml}'")
        if isinstance(self.error, str) and self.error not in ERRORS:
            raise ValueError(f"no error named '{self.error}'")
        if self.endless not in (None, "headers", "body"):
            raise ValueError(f"endless what? '{self.endless}'")

    def meets(self, action, parameters):
        return (self.action in (None, action)
                and all(parameters.get(name) == value for name, value in self.where.items()))

    def refusal(self):
        """The error to answer with, or None."""
        if isinstance(self.error, str):
            return ERRORS[self.error]
        return Refusal(**{"message": "", "status": 400, **self.error}) if self.error else None

    def replacement(self, request_id, now):
        """The answer that stands in place of the true one, or None."""
        if self.redirect is not None:
            answer = answers.plain(self.status or 302, b"", request_id, now)
            answer.set("Location", self.redirect)
            return answer
        if self.status is not None:
            return answers.plain(self.status, self.body.encode(), request_id, now, "text/html")
        return None

    def edit_result(self, result):
        for path, value in self.edit.items():
            *parents, last = path.split("/")
            place = result
            for parent in parents:
                place = place[parent]
            if value is None:
                del place[last]
            else:
                place[last] = value

    def bend(self, answer, now):
        """Spoils a message that was right."""
        if self.xml:
            answer.body = hostile.bend(answer.body, self.xml)
        if self.body_bytes:
            answer.body = answer.body.ljust(self.body_bytes)
        if self.gzip:
            answer.body = gzip.compress(answer.body)
            answer.set("Content-Encoding", "gzip")
        answer.set("Content-Length", str(len(answer.body)))
        if self.content_length is not _KEEP:
            answer.set("Content-Length", self.content_length)
        if self.date_offset_s is not None:
            answer.set("Date", answers.date_text(now + self.date_offset_s))
        if self.date is not _KEEP:
            answer.set("Date", self.date)
        answer.headers += self.headers
        for number in range(-(-self.header_bytes // 1000)):
            answer.headers.append((f"X-Padding-{number}", "p" * 980))


class Script:
    """The faults in force, in the order in which they were given."""

    def __init__(self):
        self._lock = threading.Lock()
        self._faults = []

    def add(self, description):
        fault = Fault(**description)
        with self._lock:
            self._faults.append(fault)

    def clear(self):
        with self._lock:
            self._faults.clear()

    def take(self, action, parameters):
        """The first fault that meets the request, used up by one; a harmless one if none."""
        with self._lock:
            for fault in self._faults:
                if not fault.meets(action, parameters):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.times == 1:
                    self._faults.remove(fault)
                elif fault.times > 1:
                    fault.times -= 1
                return fault
        return NONE


NONE = Fault()
