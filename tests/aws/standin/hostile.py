"""Bodies that an honest service never sends, each made from the honest one.

The last three are not hostile: other servers and the documentation send such answers,
and a client has to read them (facts 1.4, 14.1).
"""

import re

_FIRST_FIELD = re.compile(r"<(AccessKeyId|Arn|Code)>([^<]*)</\1>")


def _before_root(text, what):
    return what + text


def _field(text, change):
    """Changes the first field that matters: change(name, value) gives the new element."""
    return _FIRST_FIELD.sub(lambda found: change(found.group(1), found.group(2)), text, count=1)


def _doctype(text):
    return _before_root(text, "<!DOCTYPE x>\n")


def _entities(text):
    """Ten levels of ten: 10^10 characters for who expands them."""
    levels = ['<!ENTITY e0 "aaaaaaaaaa">']
    levels += [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)]
    return (_before_root(text, f"<!DOCTYPE x [{''.join(levels)}]>\n")
            .replace("</", "&e9;</", 1))


def _external(text):
    return (_before_root(text, '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>\n')
            .replace("</", "&f;</", 1))


def _unknown_entity(text):
    return _field(text, lambda name, value: f"<{name}>&nothing;{value}</{name}>")


def _deep(text):
    return _field(text, lambda name, value: "<d>" * 5000 + "</d>" * 5000
                  + f"<{name}>{value}</{name}>")


def _duplicate(text):
    return _field(text, lambda name, value: f"<{name}>{value}</{name}>" * 2)


def _duplicate_credentials(text):
    block = re.search(r"<Credentials>.*</Credentials>", text, re.DOTALL)
    return text.replace(block.group(0), block.group(0) * 2)


def _markup_in_field(text):
    return _field(text, lambda name, value: f"<{name}>{value[:4]}<b/>{value[4:]}</{name}>")


def _elsewhere(text):
    """The fields at a path where they do not belong."""
    return text.replace("<Credentials>", "<Other><Credentials>").replace(
        "</Credentials>", "</Credentials></Other>")


def _nul(text):
    return _field(text, lambda name, value: f"<{name}>{value}\0</{name}>")


def _control(text):
    return _field(text, lambda name, value: f"<{name}>{value}&#10;&#9;x</{name}>")


def _documented(text):
    """As the sample in AWS's documentation: the token broken over indented lines."""
    return re.sub(r"<SessionToken>(.{40})(.*)</SessionToken>",
                  r"<SessionToken>\n   \1\n   \2\n  </SessionToken>", text)


def _other_server(text):
    """No namespace, no metadata, no UserId, the role's id misspelled, a fraction of a second."""
    text = re.sub(r' xmlns="[^"]*"', "", text)
    text = re.sub(r"\s*<ResponseMetadata>.*</ResponseMetadata>", "", text, flags=re.DOTALL)
    text = text.replace("AssumedRoleId>", "AssumeRoleId>")
    return re.sub(r"Z</Expiration>", ".695428000Z</Expiration>", text)


def _wrapped_error(text):
    """An error wrapped once more, as older services answer."""
    inner = re.search(r"<Error>.*</Error>", text, re.DOTALL).group(0)
    number = re.search(r"<RequestId>(.*)</RequestId>", text).group(1)
    return f"<Response><Errors>{inner}</Errors><RequestID>{number}</RequestID></Response>"


_FORMS = {
    "doctype": _doctype,
    "entities": _entities,
    "external": _external,
    "unknown-entity": _unknown_entity,
    "deep": _deep,
    "duplicate": _duplicate,
    "duplicate-credentials": _duplicate_credentials,
    "markup-in-field": _markup_in_field,
    "elsewhere": _elsewhere,
    "nul": _nul,
    "control": _control,
    "half": lambda text: text[:len(text) // 2],
    "two-roots": lambda text: text + text,
    "trailing": lambda text: text + "and more",
    "empty": lambda _text: "",
    "html": lambda _text: "<html><body><h1>Welcome to the hotel</h1></body></html>",
    "json": lambda _text: '{"AssumeRoleResponse":{}}',
    "other-root": lambda text: text.replace("Response", "Reply"),
    "documented": _documented,
    "other-server": _other_server,
    "wrapped-error": _wrapped_error,
}
_ENCODINGS = {
    "bad-utf8": lambda body: body.replace(b"</", b"\xff\xfe</", 1),
    "utf16": lambda body: body.decode().encode("utf-16"),
}
FORMS = (*_FORMS, *_ENCODINGS)


def bend(body, form):
    if form in _ENCODINGS:
        return _ENCODINGS[form](body)
    return _FORMS[form](body.decode()).encode()
