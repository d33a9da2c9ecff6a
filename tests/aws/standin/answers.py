"""Answers of the Query API as bytes: success (facts 1.4), error (1.5), and the HTTP around."""

import dataclasses
import email.utils
import http
from xml.sax.saxutils import escape


def _reason(status):
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


@dataclasses.dataclass
class Answer:
    """headers is a list: order counts, and a fault may want one twice."""
    status: int
    headers: list
    body: bytes
    without_body: bool = False        # the answer to HEAD: its length, and no more

    def set(self, name, value):
        """Replaces the header; None takes it away."""
        self.headers = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        if value is not None:
            self.headers.append((name, value))

    def head(self):
        """Status line and headers, without the empty line that ends them."""
        lines = [f"HTTP/1.1 {self.status} {_reason(self.status)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "".join(f"{line}\r\n" for line in lines).encode("latin-1")

    def encode(self):
        return self.head() + b"\r\n" + (b"" if self.without_body else self.body)


def date_text(seconds):
    return email.utils.formatdate(seconds, usegmt=True)


def _element(name, content, depth):
    """content: text, fields by name, or a list of members."""
    pad = "  " * depth
    if isinstance(content, list):
        inner = "".join(_element("member", member, depth + 1) for member in content)
        return f"{pad}<{name}>\n{inner}{pad}</{name}>\n"
    if isinstance(content, dict):
        inner = "".join(_element(*pair, depth + 1) for pair in content.items())
        return f"{pad}<{name}>\n{inner}{pad}</{name}>\n"
    return f"{pad}<{name}>{escape(content)}</{name}>\n"


def _wrap(status, root, namespace, content, request_id, now):
    body = f'<{root} xmlns="{namespace}">\n{content}</{root}>\n'.encode()
    return plain(status, body, request_id, now)


def plain(status, body, request_id, now, content_type="text/xml"):
    return Answer(status, [("x-amzn-RequestId", request_id), ("Content-Type", content_type),
                           ("Content-Length", str(len(body))),
                           ("Date", date_text(now))], body)


def success(service, action, result, request_id, now):
    """result None: an action whose answer has no result at all."""
    content = "" if result is None else _element(f"{action}Result", result, 1)
    content += _element("ResponseMetadata", {"RequestId": request_id}, 1)
    return _wrap(200, f"{action}Response", service.NAMESPACE, content, request_id, now)


def error(service, refusal, request_id, now):
    content = _element("Error", {"Type": refusal.type, "Code": refusal.code,
                                 "Message": refusal.message}, 1)
    content += _element("RequestId", request_id, 1)
    return _wrap(refusal.status, "ErrorResponse", service.NAMESPACE, content, request_id, now)
