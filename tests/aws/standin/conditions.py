"""Patterns, policy variables, and the operators of a Condition.

A context is {key in lower case: text, or a list of texts for a key with several values}; a
key that the request does not have is absent, which is not the same as empty.
"""

import datetime
import ipaddress
import re

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"\s*([^,\s]+)\s*,\s*'([^']*)'\s*")


class Unknown(Exception):
    """A variable that has no value here: what holds it matches nothing."""


def _value(name, context):
    if name in ("*", "?", "$"):
        return name
    found = _DEFAULT.fullmatch(name)
    key, other = found.groups() if found else (name.strip(), None)
    value = context.get(key.lower(), other)
    if not isinstance(value, str):
        raise Unknown(name)
    return value


def variables_in(text):
    """The context keys that the text asks for and has no value of its own for."""
    return [name.strip() for name in _VARIABLE.findall(text)
            if name not in ("*", "?", "$") and not _DEFAULT.fullmatch(name)]


def plain(text, context):
    """The text with its variables replaced; context None: they mean nothing here."""
    if context is None:
        return text
    return _VARIABLE.sub(lambda found: _value(found.group(1), context), text)


def matches(pattern, text, context=None, ignore_case=False):
    """* and ? are wild, but not those that a variable brings along."""
    spelled, at = "", 0
    pieces = _VARIABLE.finditer(pattern) if context is not None else ()
    for found in pieces:
        spelled += _wild(pattern[at:found.start()])
        spelled += re.escape(_value(found.group(1), context))
        at = found.end()
    spelled += _wild(pattern[at:])
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return re.fullmatch(spelled, text, flags) is not None


def _wild(text):
    return re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")


def _equals(have, want, context):
    return have == plain(want, context)


def _equals_any_case(have, want, context):
    return have.lower() == plain(want, context).lower()


def _like(have, want, context):
    return matches(want, have, context)


def _arn_like(have, want, context):
    """Each of the six parts for itself: a * does not reach over a colon before the last."""
    if want == "*":
        return True
    wanted, there = _arn_parts(want), have.split(":", 5)
    return len(wanted) == len(there) == 6 and all(
        matches(part, value, context) for part, value in zip(wanted, there))


def _arn_parts(pattern):
    """A colon inside a variable divides nothing."""
    held = _VARIABLE.sub(lambda found: found.group(0).replace(":", "\0"), pattern)
    return [part.replace("\0", ":") for part in held.split(":", 5)]


def _bool(have, want, _context):
    return have.lower() == want.lower()


def _numeric(compare):
    return lambda have, want, _context: compare(float(have), float(want))


def _moment(text):
    """ISO 8601, or seconds since 1970."""
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text)
    moment = datetime.datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)).timestamp()


def _date(compare):
    return lambda have, want, _context: compare(_moment(have), _moment(want))


def _ip(have, want, _context):
    return ipaddress.ip_address(have) in ipaddress.ip_network(want, strict=False)


_POSITIVE = {
    "StringEquals": _equals, "StringEqualsIgnoreCase": _equals_any_case, "StringLike": _like,
    "ArnEquals": _arn_like, "ArnLike": _arn_like, "Bool": _bool, "IpAddress": _ip,
}
for _family, _make in (("Numeric", _numeric), ("Date", _date)):
    _POSITIVE.update({
        _family + "Equals": _make(lambda have, want: have == want),
        _family + "LessThan": _make(lambda have, want: have < want),
        _family + "LessThanEquals": _make(lambda have, want: have <= want),
        _family + "GreaterThan": _make(lambda have, want: have > want),
        _family + "GreaterThanEquals": _make(lambda have, want: have >= want)})
_NEGATED = {
    "StringNotEquals": _equals, "StringNotEqualsIgnoreCase": _equals_any_case,
    "StringNotLike": _like, "ArnNotEquals": _arn_like, "ArnNotLike": _arn_like,
    "NumericNotEquals": _POSITIVE["NumericEquals"], "DateNotEquals": _POSITIVE["DateEquals"],
    "NotIpAddress": _ip,
}
_SPELLED = re.compile(r"(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?")


def is_known(operator):
    found = _SPELLED.fullmatch(operator)
    if found is None:
        return False
    base = found.group(2)
    return (base in _POSITIVE or base in _NEGATED
            or (base == "Null" and operator == "Null"))


def _texts(values):
    """JSON's true and 3600 are "true" and "3600"."""
    values = values if isinstance(values, list) else [values]
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]


def _one(test, have, wanted, context):
    """A value that cannot be compared, such as a number that is none, does not match."""
    for want in wanted:
        try:
            if test(have, want, context):
                return True
        except (Unknown, ValueError):
            continue
    return False


def _holds(operator, have, wanted, context):
    if operator == "Null":
        return (have is None) == (wanted[0] == "true")
    quantity, base, if_exists = _SPELLED.fullmatch(operator).groups()
    negated = base in _NEGATED
    test = (_NEGATED if negated else _POSITIVE)[base]
    values = [] if have is None else have if isinstance(have, list) else [have]
    if not values:
        return quantity == "ForAllValues" or (quantity is None and (negated or bool(if_exists)))
    found = [_one(test, value, wanted, context) for value in values]
    if quantity == "ForAllValues":
        return not any(found) if negated else all(found)
    if quantity == "ForAnyValue":
        return not all(found) if negated else any(found)
    return not any(found) if negated else any(found)


def hold(statement, context, variables):
    """Whether all of its conditions hold. variables: whether ${…} means something."""
    values = context if variables else None
    return all(_holds(operator, context.get(key.lower()), _texts(wanted), values)
               for operator, pairs in statement.get("Condition", {}).items()
               for key, wanted in pairs.items())


def asked_for(statement):
    """The context keys that its conditions and its resources ask for."""
    found = []
    for operator, pairs in statement.get("Condition", {}).items():
        for key, wanted in pairs.items():
            if operator != "Null" and not operator.endswith("IfExists"):
                found.append(key)
            for text in _texts(wanted):
                found += variables_in(text)
    for name in ("Resource", "NotResource"):
        for text in _texts(statement.get(name, [])):
            found += variables_in(text)
    return found
