"""Some of the policies that AWS itself keeps, in each partition. Their documents mean what
the real ones mean for what the stand-in can do, and are far shorter."""

from . import language
from .holders import Policy

_READ = ["access-analyzer:Get*", "access-analyzer:List*", "ec2:Describe*", "iam:Generate*",
         "iam:Get*", "iam:List*", "iam:Simulate*", "organizations:Describe*",
         "organizations:List*", "s3:Get*", "s3:List*", "sts:GetAccessKeyInfo",
         "sts:GetCallerIdentity", "sts:GetSessionToken"]
_VIEW = ["ec2:Describe*", "iam:GetAccountSummary", "iam:GetLoginProfile", "iam:List*",
         "s3:ListAllMyBuckets", "s3:ListBucket"]
_AUDIT = ["access-analyzer:List*", "ec2:Describe*", "iam:GenerateCredentialReport", "iam:Get*",
          "iam:List*", "iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy",
          "s3:GetBucket*", "s3:ListAllMyBuckets"]


def _allow(actions, resource="*"):
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def _statements(partition):
    return {
        "AdministratorAccess": [_allow("*")],
        "ReadOnlyAccess": [_allow(_READ)],
        "PowerUserAccess": [
            {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"],
             "Resource": "*"},
            _allow(["iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole",
                    "iam:ListRoles", "organizations:DescribeOrganization",
                    "account:ListRegions"])],
        "SecurityAudit": [_allow(_AUDIT)],
        "job-function/ViewOnlyAccess": [_allow(_VIEW)],
        "IAMFullAccess": [_allow(["iam:*", "organizations:DescribeOrganization"])],
        "IAMReadOnlyAccess": [_allow(["iam:Generate*", "iam:Get*", "iam:List*",
                                      "iam:Simulate*"])],
        "IAMUserChangePassword": [
            _allow(["iam:ChangePassword"], f"arn:{partition}:iam::*:user/${{aws:username}}"),
            _allow(["iam:GetAccountPasswordPolicy"])],
        "AmazonS3ReadOnlyAccess": [_allow(["s3:Get*", "s3:List*", "s3:Describe*"])],
        "aws-service-role/AWSSupportServiceRolePolicy": [_allow(["iam:GetRole"])],
    }


def policies(partition):
    """{arn: Policy}. Those of service roles can be attached to nothing."""
    found = {}
    for where, statements in _statements(partition).items():
        path, _, name = where.rpartition("/")
        arn = f"arn:{partition}:iam::aws:policy/{where}"
        text = language.text_of({"Version": "2012-10-17", "Statement": statements})
        found[arn] = Policy(None, name, language.read(text), f"/{path}/" if path else "/",
                            created=1423236105, arn=arn)
        found[arn].attachable = path != "aws-service-role"
    return found
