"""A refusal, with the code, the status and the words of the real service."""


class Refusal(Exception):
    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    @property
    def type(self):
        return "Sender" if self.status < 500 else "Receiver"


def access_denied(message):
    return Refusal("AccessDenied", message, 403)


def invalid_token():
    """An unknown or inactive key, a token left out or of another pair."""
    return Refusal("InvalidClientTokenId",
                   "The security token included in the request is invalid.", 403)


def expired_token():
    return Refusal("ExpiredToken", "The security token included in the request is expired", 403)


def region_disabled(account_id="your account"):
    """account_id: of the account whose credentials were wanted."""
    return Refusal("RegionDisabledException",
                   f"STS is not activated in this region for account:{account_id}. Your account "
                   "administrator can activate STS in this region using the IAM Console.", 403)


def signature_refused(message):
    return Refusal("SignatureDoesNotMatch", message, 403)


def incomplete_signature(message):
    return Refusal("IncompleteSignature", message, 400)


def invalid_value(message):
    return Refusal("ValidationError", message, 400)


# Of IAM (facts 9.2).

def no_such_entity(message):
    return Refusal("NoSuchEntity", message, 404)


def already_exists(message):
    return Refusal("EntityAlreadyExists", message, 409)


def quota_exceeded(message):
    return Refusal("LimitExceeded", message, 409)


def delete_conflict(message):
    return Refusal("DeleteConflict", message, 409)


def malformed_document(message):
    return Refusal("MalformedPolicyDocument", message, 400)


def invalid_input(message):
    return Refusal("InvalidInput", message, 400)
