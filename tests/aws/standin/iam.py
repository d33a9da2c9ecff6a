"""The actions of IAM (API version 2010-05-08), for a caller whose signature stands."""

import fnmatch

from . import limits
from .errors import Refusal, access_denied, invalid_token, invalid_value
from .state import time_text

NAME = "iam"
VERSION = "2010-05-08"
NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


def _user_of(caller, parameters):
    """The user that is meant. Left out it is the one whose long-lived key signs."""
    name = parameters.get("UserName")
    if name is None and (caller.temporary or caller.user is None):
        raise invalid_value("Must specify userName when calling with non-User credentials")
    return caller.user.name if name is None else name


def _permit(caller, action, name):
    """A session of GetSessionToken without MFA has no business with IAM at all."""
    if caller.temporary and caller.user and caller.mfa_at is None:
        raise invalid_token()
    allowed = caller.user.may_iam if caller.user else []
    if not any(fnmatch.fnmatchcase(action, pattern) for pattern in allowed):
        raise access_denied(f"User: {caller.arn} is not authorized to perform: {action} on "
                            f"resource: user {name} because no identity-based policy allows the "
                            f"{action} action")


def list_mfa_devices(_world, key, call):
    parameters = call.parameters
    limits.check(parameters, limits.LIST_MFA_DEVICES)
    name = _user_of(key.caller, parameters)
    _permit(key.caller, "iam:ListMFADevices", name)
    user = key.caller.account.users.get(name)
    if user is None:
        raise Refusal("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    return {"IsTruncated": "false", "MFADevices": [
        {"UserName": user.name, "SerialNumber": serial, "EnableDate": time_text(1767225600)}
        for serial in user.mfa]}


ACTIONS = {"ListMFADevices": list_mfa_devices}
