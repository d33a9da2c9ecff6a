"""The world that is there unless another is asked for.

    111111111111  the source account: alice may assume any role, bob none. With MFA: carol
                  has a device, dave one too but may not list it, erin several, one of
                  them a FIDO key. frank is its administrator; gina may rotate her own
                  keys with a code of her device, and nothing else. Keys are made for
                  each run.
    222222222222  Admin (12 h), ReadOnly (trusts the whole source account), team/Deploy
                  (a role with a path), Ext (wants the external id 'tenant-42'), Mfa
                  and Long (want a code; 1 h and 12 h), Strict (trusts only bob)
    333333333333  Audit, which trusts 222222222222's Admin: a chain
    444444444444  owner, the administrator of an account that has no role yet
    012345678901  Zero: an account whose leading zero counts

ap-east-1 is a region that an account must have enabled; none has.
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


SEED = "JBSWY3DPEHPK3PXP"
SECOND_SEED = "KRSXG5CTMVRXEZLU"

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

# What a user needs to rotate keys of their own (facts 9.4), here with MFA.
ROTATION = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow",
    "Action": ["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:UpdateAccessKey",
               "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed"],
    "Resource": "arn:aws:iam::*:user/${aws:username}",
    "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}

_PEOPLE = [_user(name) for name in ("alice", "carol", "dave", "erin")]
_WITH_MFA = {"aws:MultiFactorAuthPresent": "true"}

DEFAULT = {
    "regions": [
        "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1",
        "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3",
        "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
        "ap-southeast-1", "ap-southeast-2",
        "cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1",
    ],
    "opt_in_regions": ["ap-east-1"],
    "accounts": {
        SOURCE: {
            "users": {
                "alice": {"may_assume": ["*"]},
                "bob": {},
                "carol": {"may_assume": ["*"], "may_iam": ["iam:ListMFADevices"],
                          "mfa": {"carol": SEED}},
                "dave": {"may_assume": ["*"], "mfa": {"dave": SEED}},
                "erin": {"may_assume": ["*"], "may_iam": ["iam:List*"], "u2f": ["key"],
                         "mfa": {"phone": SEED}, "hardware": {"GAHT12345678": SECOND_SEED}},
                "frank": {"attached": [ADMINISTRATOR]},
                "gina": {"policies": {"rotation": ROTATION}, "mfa": {"gina": SEED}},
            },
        },
        "222222222222": {
            "roles": {
                "Admin": {"trust": trust(_PEOPLE), "max_session_s": 43200,
                          "may_assume": ["*"]},
                "ReadOnly": {"trust": trust(f"arn:aws:iam::{SOURCE}:root")},
                "team/Deploy": {"trust": trust(_PEOPLE)},
                "Ext": {"trust": trust(_PEOPLE, StringEquals={"sts:ExternalId": "tenant-42"})},
                "Mfa": {"trust": trust(_PEOPLE, Bool=_WITH_MFA)},
                "Long": {"trust": trust(_PEOPLE, Bool=_WITH_MFA), "max_session_s": 43200},
                "Strict": {"trust": trust(_user("bob"))},
            },
        },
        "333333333333": {
            "roles": {
                "Audit": {"trust": trust("arn:aws:iam::222222222222:role/Admin")},
            },
        },
        "444444444444": {
            "users": {
                "owner": {"attached": [ADMINISTRATOR]},
            },
        },
        "012345678901": {
            "roles": {
                "Zero": {"trust": trust(_PEOPLE)},
            },
        },
    },
}
