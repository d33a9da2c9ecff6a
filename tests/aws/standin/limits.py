"""Parameter limits of the real service and the words with which it refuses (facts 1.2, 1.7)."""

import dataclasses
import re

from .errors import invalid_value

_NAME = r"[\w+=,.@-]*"


@dataclasses.dataclass
class Text:
    low: int = 0
    high: int = None
    pattern: str = None
    ascii: bool = True

    def faults(self, value):
        if len(value) < self.low:
            yield f"Member must have length greater than or equal to {self.low}"
        if self.high is not None and len(value) > self.high:
            yield f"Member must have length less than or equal to {self.high}"
        if self.pattern and not re.fullmatch(self.pattern, value,
                                             re.ASCII if self.ascii else 0):
            yield f"Member must satisfy regular expression pattern: {self.pattern}"


@dataclasses.dataclass
class Number:
    low: int
    high: int

    def faults(self, value):
        if not re.fullmatch(r"[0-9]{1,9}", value):
            yield "Member must be an integer"
        elif int(value) < self.low:
            yield f"Member must have value greater than or equal to {self.low}"
        elif int(value) > self.high:
            yield f"Member must have value less than or equal to {self.high}"


SERIAL_NUMBER = Text(9, 256, r"[\w+=/:,.@-]*")
TOKEN_CODE = Text(6, 6, r"[\d]*")
TAG_KEY = Text(1, 128, r"[\w .:/=+\-@]+", ascii=False)
TAG_VALUE = Text(0, 256, r"[\w .:/=+\-@]*", ascii=False)

ASSUME_ROLE = {
    "RoleArn": Text(20, 2048, r"[\t\n\r\x20-\x7E\x85\xA0-\uFFFF]+"),
    "RoleSessionName": Text(2, 64, _NAME),
    "Policy": Text(1, None, r"[\t\n\r\x20-\xFF]+"),
    "DurationSeconds": Number(900, 43200),
    "ExternalId": Text(2, 1224, r"[\w+=,.@:\/-]*"),
    "SerialNumber": SERIAL_NUMBER,
    "TokenCode": TOKEN_CODE,
    "SourceIdentity": Text(2, 64, _NAME),
}

GET_SESSION_TOKEN = {
    "DurationSeconds": Number(900, 129600),
    "SerialNumber": SERIAL_NUMBER,
    "TokenCode": TOKEN_CODE,
}

@dataclasses.dataclass
class OneOf:
    values: tuple

    def faults(self, value):
        if value not in self.values:
            yield f"Member must satisfy enum value set: [{', '.join(self.values)}]"


_PATH = r"(/)|(/[\x21-\x7E]+/)"
_DOCUMENT = Text(1, 131072, r"[\t\n\r\x20-\xFF]+")
_BOOLEAN = OneOf(("true", "false"))

# Of every action of IAM (facts 9.1): a name there means the same wherever it stands.
IAM = {
    "UserName": Text(1, 128, r"[\w+=,.@-]+"),
    "GroupName": Text(1, 128, r"[\w+=,.@-]+"),
    "RoleName": Text(1, 64, r"[\w+=,.@-]+"),
    "PolicyName": Text(1, 128, r"[\w+=,.@-]+"),
    "PolicyArn": Text(20, 2048),
    "PermissionsBoundary": Text(20, 2048),
    "PolicySourceArn": Text(20, 2048),
    "CallerArn": Text(1, 2048),
    "VersionId": Text(1, None, r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?"),
    "AccessKeyId": Text(16, 128, r"[\w]+"),
    "Status": OneOf(("Active", "Inactive")),
    "SetAsDefault": _BOOLEAN,
    "OnlyAttached": _BOOLEAN,
    "Scope": OneOf(("All", "AWS", "Local")),
    "Path": Text(1, 512, _PATH),
    "PathPrefix": Text(1, 512, r"/[\x21-\x7E]*"),
    "PolicyDocument": _DOCUMENT,
    "AssumeRolePolicyDocument": _DOCUMENT,
    "Description": Text(0, 1000, r"[\t\n\r\x20-\x7E\xA1-\xFF]*"),
    "MaxSessionDuration": Number(3600, 43200),
    "Marker": Text(1, 320, r"[\x20-\xFF]+"),
    "MaxItems": Number(1, 1000),
}


def _spelled(name):
    return name[0].lower() + name[1:]


def _refuse(faults):
    if faults:
        plural = "s" if len(faults) > 1 else ""
        raise invalid_value(f"{len(faults)} validation error{plural} detected: "
                            + "; ".join(faults))


def check(parameters, limits, required=()):
    """Refuses as the service does: all that is wrong in one message."""
    faults = [f"Value null at '{_spelled(name)}' failed to satisfy constraint: "
              "Member must not be null" for name in required if name not in parameters]
    for name, limit in limits.items():
        if name in parameters:
            faults += [f"Value '{parameters[name]}' at '{_spelled(name)}' failed to satisfy "
                       f"constraint: {fault}" for fault in limit.faults(parameters[name])]
    _refuse(faults)


def members(parameters, name, *fields):
    """The list NAME.member.1, NAME.member.2 …; with fields, a list of dicts. Numbering
    must run from 1 without a gap."""
    found = []
    while True:
        head = f"{name}.member.{len(found) + 1}"
        if fields:
            item = {field: parameters.get(f"{head}.{field}") for field in fields}
            if not any(value is not None for value in item.values()):
                return found
            found.append(item)
        elif head in parameters:
            found.append(parameters[head])
        else:
            return found


def check_tags(tags, transitive):
    faults = []
    for number, tag in enumerate(tags, 1):
        for field, limit in (("Key", TAG_KEY), ("Value", TAG_VALUE)):
            value = tag[field] if tag[field] is not None else ""
            faults += [f"Value '{value}' at 'tags.{number}.member.{field.lower()}' failed to "
                       f"satisfy constraint: {fault}" for fault in limit.faults(value)]
    for name, some in (("tags", tags), ("transitiveTagKeys", transitive)):
        if len(some) > 50:
            faults.append(f"Value at '{name}' failed to satisfy constraint: Member must have "
                          "length less than or equal to 50")
    _refuse(faults)
    keys = [tag["Key"].lower() for tag in tags]
    if len(keys) != len(set(keys)):
        raise invalid_value("Duplicate tag keys found. Please note that Tag keys are case "
                            "insensitive.")
