"""As much of S3 as real clients need to keep a few small files: path-style, a bucket and its
objects in memory, each account's own.
"""

import email.utils
import hashlib
import re
import urllib.parse
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

from . import answers, sigv4
from .errors import Refusal
from .state import time_text

NAME = "s3"
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{2,62}")
_MAX_KEYS = 1000


def takes(received):
    """One host serves all services here; S3 has no POST to the root."""
    return ("/s3/aws4_request" in (received.headers.get("Authorization") or "")
            and (received.method, received.target) != ("POST", "/"))


def _place(target):
    """(bucket, key, query) of a path-style target."""
    url = urllib.parse.urlsplit(target)
    bucket, _, key = url.path.lstrip("/").partition("/")
    query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
    return urllib.parse.unquote(bucket), urllib.parse.unquote(key), query


def _action(method, bucket, key, query):
    if not bucket:
        return "ListBuckets"
    if not key:
        if method == "GET" and "location" in query:
            return "GetBucketLocation"
        if method == "POST" and "delete" in query:
            return "DeleteObjects"
        return {"GET": "ListObjects", "HEAD": "HeadBucket", "PUT": "CreateBucket",
                "DELETE": "DeleteBucket"}.get(method)
    return {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject",
            "DELETE": "DeleteObject"}.get(method)


def open_request(received, world, entry):
    claim = sigv4.Claim(received.headers.get("Authorization"))
    bucket, key_name, query = _place(received.target)
    entry.update(access_key_id=claim.key_id, region=claim.region, service=claim.service,
                 signed_headers=claim.signed_headers,
                 action=_action(received.method, bucket, key_name, query),
                 parameters={"Bucket": bucket, "Key": key_name, **query})
    key = sigv4.authenticate(received, claim, world, NAME)
    entry.update(caller=key.caller.arn, signed_by=key.caller.kind,
                 with_mfa=key.caller.mfa_at is not None)
    if entry["action"] is None:
        raise Refusal("MethodNotAllowed", "The specified method is not allowed here.", 405)
    return entry["action"], key


# --- what is there --------------------------------------------------------------------------

class _Object:
    def __init__(self, body, headers, now):
        self.body = body
        self.time = now
        self.type = headers.get("Content-Type", "binary/octet-stream")
        self.meta = [(name, value) for name, value in headers.items()
                     if name.lower().startswith("x-amz-meta-")]

    @property
    def etag(self):
        return f'"{hashlib.md5(self.body).hexdigest()}"'

    def headers(self):
        return [("ETag", self.etag), ("Content-Type", self.type),
                ("Last-Modified", email.utils.formatdate(self.time, usegmt=True)),
                ("Accept-Ranges", "bytes"), *self.meta]


def _bucket(world, key, name):
    buckets = world.buckets.setdefault(key.caller.account.id, {})
    if name not in buckets:
        raise Refusal("NoSuchBucket", "The specified bucket does not exist", 404)
    return buckets[name]


def _object(world, key, parameters):
    found = _bucket(world, key, parameters["Bucket"]).get(parameters["Key"])
    if found is None:
        raise Refusal("NoSuchKey", "The specified key does not exist.", 404)
    return found


# --- the actions: each returns (status, headers, body) ----------------------------------------

def _xml(root, content):
    return (200, [("Content-Type", "application/xml")],
            f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_NAMESPACE}">{content}'
            f"</{root}>".encode())


def _element(name, text):
    return f"<{name}>{escape(str(text))}</{name}>"


def _list_buckets(world, key, _call):
    buckets = world.buckets.setdefault(key.caller.account.id, {})
    inner = "".join(f"<Bucket>{_element('Name', name)}"
                    f"{_element('CreationDate', time_text(0))}</Bucket>"
                    for name in sorted(buckets))
    return _xml("ListAllMyBucketsResult",
                f"<Owner><ID>{key.caller.account.id}</ID></Owner><Buckets>{inner}</Buckets>")


def _create_bucket(world, key, call):
    name = call.parameters["Bucket"]
    if not _BUCKET.fullmatch(name):
        raise Refusal("InvalidBucketName", "The specified bucket is not valid.")
    world.buckets.setdefault(key.caller.account.id, {}).setdefault(name, {})
    return 200, [("Location", f"/{name}")], b""


def _head_bucket(world, key, call):
    _bucket(world, key, call.parameters["Bucket"])
    return 200, [("x-amz-bucket-region", call.region)], b""


def _location(world, key, call):
    _bucket(world, key, call.parameters["Bucket"])
    return _xml("LocationConstraint", escape("" if call.region == "us-east-1" else call.region))


def _list_objects(world, key, call):
    asked = call.parameters
    prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter", "")
    after = asked.get("continuation-token") or asked.get("start-after") or asked.get("marker", "")
    most = min(int(asked.get("max-keys", _MAX_KEYS)), _MAX_KEYS)
    contents, prefixes = [], []
    names = [name for name in sorted(_bucket(world, key, asked["Bucket"]))
             if name.startswith(prefix) and name > after]
    for name in names[:most]:
        rest = name[len(prefix):]
        if delimiter and delimiter in rest:
            common = prefix + rest.partition(delimiter)[0] + delimiter
            if common not in prefixes:
                prefixes.append(common)
        else:
            contents.append(name)
    objects = _bucket(world, key, asked["Bucket"])
    inner = "".join(
        "<Contents>" + _element("Key", name)
        + _element("LastModified", time_text(objects[name].time).replace("Z", ".000Z"))
        + _element("ETag", objects[name].etag) + _element("Size", len(objects[name].body))
        + _element("StorageClass", "STANDARD") + "</Contents>" for name in contents)
    inner += "".join(f"<CommonPrefixes>{_element('Prefix', common)}</CommonPrefixes>"
                     for common in prefixes)
    cut = len(names) > most
    return _xml("ListBucketResult",
                _element("Name", asked["Bucket"]) + _element("Prefix", prefix)
                + _element("Delimiter", delimiter) + _element("MaxKeys", most)
                + _element("KeyCount", len(contents) + len(prefixes))
                + _element("IsTruncated", "true" if cut else "false")
                + (_element("NextContinuationToken", names[most - 1]) if cut else "") + inner)


def _put_object(world, key, call):
    body = sigv4.unchunked(call.received)
    stored = _Object(body, call.received.headers, world.now())
    _bucket(world, key, call.parameters["Bucket"])[call.parameters["Key"]] = stored
    return 200, [("ETag", stored.etag)], b""


def _range(text, size):
    """(from, to) of 'bytes=a-b', 'bytes=a-' or 'bytes=-n'; None if it is no such range."""
    found = re.fullmatch(r"bytes=([0-9]*)-([0-9]*)", text or "")
    if not found or found.group(1) + found.group(2) == "":
        return None
    if found.group(1) == "":
        return max(0, size - int(found.group(2))), size - 1
    return int(found.group(1)), min(int(found.group(2) or size - 1), size - 1)


def _get_object(world, key, call):
    stored = _object(world, key, call.parameters)
    part = _range(call.received.headers.get("Range"), len(stored.body))
    if part is None:
        return 200, stored.headers(), stored.body
    if part[0] > part[1]:
        raise Refusal("InvalidRange", "The requested range is not satisfiable", 416)
    return (206, [*stored.headers(),
                  ("Content-Range", f"bytes {part[0]}-{part[1]}/{len(stored.body)}")],
            stored.body[part[0]:part[1] + 1])


def _head_object(world, key, call):
    stored = _object(world, key, call.parameters)
    return 200, [*stored.headers(), ("Content-Length", str(len(stored.body)))], b""


def _delete_object(world, key, call):
    _bucket(world, key, call.parameters["Bucket"]).pop(call.parameters["Key"], None)
    return 204, [], b""


def _delete_objects(world, key, call):
    bucket = _bucket(world, key, call.parameters["Bucket"])
    names = [element.text for element in ElementTree.fromstring(call.received.body).iter()
             if element.tag.rpartition("}")[2] == "Key"]
    for name in names:
        bucket.pop(name, None)
    return _xml("DeleteResult", "".join(f"<Deleted>{_element('Key', name)}</Deleted>"
                                        for name in names))


def _delete_bucket(world, key, call):
    if _bucket(world, key, call.parameters["Bucket"]):
        raise Refusal("BucketNotEmpty", "The bucket you tried to delete is not empty", 409)
    del world.buckets[key.caller.account.id][call.parameters["Bucket"]]
    return 204, [], b""


ACTIONS = {
    "ListBuckets": _list_buckets, "CreateBucket": _create_bucket, "HeadBucket": _head_bucket,
    "DeleteBucket": _delete_bucket, "GetBucketLocation": _location, "ListObjects": _list_objects,
    "PutObject": _put_object, "GetObject": _get_object, "HeadObject": _head_object,
    "DeleteObject": _delete_object, "DeleteObjects": _delete_objects,
}


def carry_out(world, key, call, action, _entry):
    with world.lock:
        status, headers, body = ACTIONS[action](world, key, call)
    return {"status": status, "headers": headers, "body": body}


def success(_action, result, entry, now):
    answer = answers.plain(result["status"], result["body"], entry["request_id"], now)
    for name, value in result["headers"]:
        answer.set(name, value)
    answer.without_body = entry["method"] == "HEAD"
    return answer


def error(refusal, entry, now):
    body = (f"<Error>{_element('Code', refusal.code)}{_element('Message', refusal.message)}"
            f"{_element('RequestId', entry['request_id'])}</Error>").encode()
    answer = answers.plain(refusal.status, body, entry["request_id"], now, "application/xml")
    answer.without_body = entry["method"] == "HEAD"
    return answer
