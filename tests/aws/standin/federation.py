"""The console's sign-in page: credentials of a role for a token, the token for a session
(facts 8). Nothing here is signed: who has the credentials is who they are.
"""

import json
import secrets
import urllib.parse

from . import answers
from .errors import Refusal

PATH = "/federation"
_TOKEN_S = 15 * 60
_CONSOLES = ("console.aws.amazon.com", "console.amazonaws.cn", "console.amazonaws-us-gov.com")


def takes(received):
    return urllib.parse.urlsplit(received.target).path == PATH


def _refused(message="Invalid credentials parameter"):
    return Refusal("InvalidCredentials", message, 400)


def _parameters(received):
    query = urllib.parse.urlsplit(received.target).query
    text = received.body.decode() if received.method == "POST" else query
    return dict(urllib.parse.parse_qsl(text, keep_blank_values=True)), query


def _key_of(world, parameters):
    """The role's session that is meant, by all three of its parts."""
    try:
        session = json.loads(parameters["Session"])
        key = world.key(session["sessionId"], session["sessionToken"])
    except (KeyError, TypeError, ValueError):
        raise _refused() from None
    except Refusal:
        raise _refused() from None
    if key.secret != session.get("sessionKey") or key.caller.kind != "role":
        raise _refused()
    world.check_current(key)
    return key


def open_request(received, world, entry):
    parameters, query = _parameters(received)
    action = parameters.get("Action")
    entry.update(service="signin", action=action, query=query,
                 parameters={name: value for name, value in parameters.items()
                             if name != "Session"})
    if action == "getSigninToken":
        key = _key_of(world, parameters)
    elif action == "login":
        key = world.signin_tokens.get(parameters.get("SigninToken"), (None, 0))[0]
        if key is None or world.signin_tokens[parameters["SigninToken"]][1] < world.now():
            raise _refused("The sign-in token is not valid.")
    else:
        raise _refused("The request sent by the client was syntactically incorrect ().")
    entry.update(access_key_id=key.id, caller=key.caller.arn, signed_by=key.caller.kind)
    return action, key


def _get_signin_token(world, key, parameters):
    """A console session has a duration of its own only if the role was assumed with a
    long-lived key."""
    duration = parameters.get("SessionDuration")
    if duration is not None and (key.caller.chained or not duration.isdigit()
                                 or not 900 <= int(duration) <= 43200):
        raise _refused()
    token = secrets.token_urlsafe(1200)
    world.signin_tokens[token] = (key, world.now() + _TOKEN_S)
    return {"SigninToken": token}


def _login(parameters):
    target = urllib.parse.urlsplit(parameters.get("Destination", ""))
    if target.scheme != "https" or not (target.hostname or "").endswith(_CONSOLES):
        raise _refused("The destination is not a page of the console.")
    return {"Location": parameters["Destination"]}


def carry_out(world, key, call, action, _entry):
    if action == "login":
        return _login(call.parameters)
    return _get_signin_token(world, key, call.parameters)


def success(action, result, entry, now):
    if action == "login":
        answer = answers.plain(302, b"", entry["request_id"], now)
        answer.set("Location", result["Location"])
        answer.set("Set-Cookie", "signed-in=yes; Secure; HttpOnly; Path=/")
        return answer
    return answers.plain(200, json.dumps(result).encode(), entry["request_id"], now,
                         "application/json")


def error(refusal, entry, now):
    body = f"<html><body>{refusal.message}</body></html>".encode()
    return answers.plain(refusal.status, body, entry["request_id"], now, "text/html")
