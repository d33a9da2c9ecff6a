"""What the tests of IAM begin with: an account of their own, and its administrator."""

import itertools
import json

import oracle
from standin import worlds
from test_standin import WithStandIn

ADMINISTRATOR = worlds.ADMINISTRATOR
READ_ONLY_ACCESS = "arn:aws:iam::aws:policy/ReadOnlyAccess"
SESSION = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource="*", **condition):
    return _statement("Allow", action, resource, condition)


def deny(action, resource="*", **condition):
    return _statement("Deny", action, resource, condition)


def _statement(effect, action, resource, condition):
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    if condition:
        statement["Condition"] = {name.replace("__", ":"): value
                                  for name, value in condition.items()}
    return statement


class WithIam(WithStandIn):
    """self.account: its number, self.iam: its administrator's client. Each test has its own."""

    _numbers = itertools.count(700000000001)

    def setUp(self):
        super().setUp()
        self.account = str(next(self._numbers))
        self.admin = self.people(admin={"attached": [ADMINISTRATOR]})["admin"]
        self.iam = self.client("iam", self.admin)

    def people(self, **users):
        """Adds them to the account; returns their keys, as {name: (id, secret)}."""
        given = self.aws.add({self.account: {"users": users}})
        return {name: (key["id"], key["secret"]) for name, key in given.items() if "id" in key}

    def describe(self, **content):
        self.aws.add({self.account: content})

    def client(self, service, key, **how):
        client = self.aws.boto(service, key, **how)
        oracle.watch(client)
        self.addCleanup(client.close)
        return client

    def arn(self, rest, service="iam"):
        return f"arn:aws:{service}::{self.account}:{rest}"

    def role(self, name="Target", trust=None, **parameters):
        """Made through IAM; anybody of the account is trusted unless another is."""
        document = trust or worlds.trust(self.arn("root"))
        return self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document),
                                    **parameters)["Role"]

    def managed(self, name="Small", document=None, **parameters):
        text = json.dumps(document or policy(allow("s3:Get*")))
        return self.iam.create_policy(PolicyName=name, PolicyDocument=text,
                                      **parameters)["Policy"]

    def denied(self, ask, *arguments, **parameters):
        return self.refused("AccessDenied", 403, ask, *arguments, **parameters)

    def gone(self, ask, *arguments, **parameters):
        return self.refused("NoSuchEntity", 404, ask, *arguments, **parameters)

    def key_in(self, answer):
        given = answer.get("Credentials") or answer["AccessKey"]
        token = [given["SessionToken"]] if "SessionToken" in given else []
        return (given["AccessKeyId"], given["SecretAccessKey"], *token)

    def enter(self, key, role="Target", **parameters):
        """AssumeRole of a role of the account, with this key."""
        arn = role if role.startswith("arn:") else self.arn(f"role/{role}")
        return self.client("sts", key).assume_role(
            RoleArn=arn, **{"RoleSessionName": "test", **parameters})
