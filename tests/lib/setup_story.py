"""What the stories of setup share: a user without rights, the administrators of both accounts,
and what IAM holds afterwards."""

from story import Story
from world import Fd

SOURCE, DEST = "111111111111", "444444444444"
USER = f"arn:aws:iam::{SOURCE}:user/bob"
ROLE = f"arn:aws:iam::{DEST}:role/Admin"
POLICY = f"arn:aws:iam::{SOURCE}:policy/xacct-bob"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
TAGS = {"xacct": "setup", "xacct:dest": "prod"}
PLAN = ("setup", "prod", "--account", DEST, "--role", "Admin", "--source", "main")
ADMINS = ("--dest-admin", "owner", "--source-admin", "frank")
APPLY = (*PLAN, "--apply", *ADMINS)
UNDO = (*PLAN, "--undo", *ADMINS)
TRUST = {"Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow",
                        "Principal": {"AWS": USER}, "Sid": "XacctAssume"}],
         "Version": "2012-10-17"}
CHANGES = ("Create", "Update", "Delete", "Put", "Attach", "Detach", "Tag", "Untag", "Set")


def grants(*arns):
    return {"Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Resource": list(arns),
                           "Sid": "XacctAssume"}], "Version": "2012-10-17"}


class SetupStory(Story):
    user = "bob"

    def setUp(self):
        super().setUp()
        self.aws = self.world.aws
        self.given(user=self.user)
        for admin in ("owner", "frank"):
            self.add_key(admin)
        self.aws.reset()                       # of how the keys were proven

    def add_key(self, user, name=None):
        key_id, secret = self.aws.key_of(user)
        self.works("add", name or user, "--access-key-id", key_id, "--secret-fd", Fd(secret))

    # --- what AWS was asked -------------------------------------------------------------------

    def actions(self):
        return [call["action"] for call in self.aws.calls()]

    def changes(self):
        return [action for action in self.actions() if action.startswith(CHANGES)]

    # --- what there is ---------------------------------------------------------------------------

    def role(self, name="Admin", account=DEST):
        return self.aws.inventory(account)["roles"].get(name)

    def policy(self, name="xacct-bob"):
        return self.aws.inventory(SOURCE)["policies"].get(name)

    def in_force(self, name="xacct-bob"):
        policy = self.policy(name)
        return policy["versions"][policy["default"]]

    def attached(self, user="bob"):
        return self.aws.inventory(SOURCE)["users"][user]["attached"]

    def assert_all_is_made(self, trust=None):
        role = self.role()
        self.assertEqual(role["trust"], trust or TRUST)
        self.assertEqual(role["attached"], [ADMINISTRATOR])
        self.assertEqual(role["tags"], TAGS)
        self.assertEqual(self.in_force(), grants(ROLE))
        self.assertEqual(self.attached(), [POLICY])

    def assert_nothing_is_there(self):
        self.assertIsNone(self.role())
        self.assertIsNone(self.policy())
        self.assertEqual(self.attached(), [])

    def config(self):
        with open(self.world.config_file, encoding="utf-8") as file:
            return file.read()
