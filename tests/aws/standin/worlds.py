"""The world that is there unless another is asked for.

    111111111111  the source account: alice may assume any role, bob none; carol has an
                  MFA device. alice's and bob's keys are new in each run.
    222222222222  Admin (12 h), ReadOnly (trusts the whole source account), team/Deploy
                  (a role with a path), Ext (wants the external id 'tenant-42'), Mfa
                  (wants a code), Strict (trusts only bob)
    333333333333  Audit, which trusts 222222222222's Admin: a chain
    012345678901  Zero: an account whose leading zero counts
"""

SOURCE = "111111111111"


def trust(principal, **condition):
    """A trust policy with one statement. The actions are those of a person's session."""
    statement = {"Effect": "Allow", "Principal": {"AWS": principal},
                 "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}


def _user(name):
    return f"arn:aws:iam::{SOURCE}:user/{name}"


_PEOPLE = [_user("alice"), _user("carol")]

DEFAULT = {
    "regions": [
        "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1",
        "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3",
        "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
        "ap-southeast-1", "ap-southeast-2",
        "cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1",
    ],
    "accounts": {
        SOURCE: {
            "users": {
                "alice": {"may_assume": ["*"]},
                "bob": {},
                "carol": {"may_assume": ["*"], "mfa": {"carol": "JBSWY3DPEHPK3PXP"}},
            },
        },
        "222222222222": {
            "roles": {
                "Admin": {"trust": trust(_PEOPLE), "max_session_s": 43200,
                          "may_assume": ["*"]},
                "ReadOnly": {"trust": trust(f"arn:aws:iam::{SOURCE}:root")},
                "team/Deploy": {"trust": trust(_PEOPLE)},
                "Ext": {"trust": trust(_PEOPLE, StringEquals={"sts:ExternalId": "tenant-42"})},
                "Mfa": {"trust": trust(_PEOPLE,
                                       Bool={"aws:MultiFactorAuthPresent": "true"})},
                "Strict": {"trust": trust(_user("bob"))},
            },
        },
        "333333333333": {
            "roles": {
                "Audit": {"trust": trust("arn:aws:iam::222222222222:role/Admin")},
            },
        },
        "012345678901": {
            "roles": {
                "Zero": {"trust": trust(_PEOPLE)},
            },
        },
    },
}
