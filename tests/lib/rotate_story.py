"""A Story about rotate: the keys that AWS holds of a user, and the one that the vault holds.

    class Two(Rotate):
        def test_two(self):
            self.works("rotate", "main")
            self.is_rotated()
"""

import contextlib
import json
import os
import signal

import processes
from broker_story import BrokerStory

SOURCE = "111111111111"
DAY_S = 86400
CONFIG = """
[source main]
rotate_after = 90d
[dest prod]
account = 222222222222
role = ReadOnly
"""
ACTIONS = ("ListAccessKeys", "CreateAccessKey", "GetCallerIdentity", "UpdateAccessKey",
           "DeleteAccessKey")


class Rotate(BrokerStory):
    user = "frank"
    config = CONFIG

    def setUp(self):
        super().setUp()
        self.given(self.config, user=self.user)
        self.first, _secret = self.world.aws.key_of(self.user)

    # --- what AWS and the vault hold ------------------------------------------------------

    def keys(self):
        """{id: status} of the user, in the order in which they were made."""
        return self.world.aws.inventory(SOURCE)["users"][self.user]["keys"]

    def source(self):
        return json.loads(self.works("list", "--json").out)["sources"][0]

    def second_key(self):
        """Made by hand, somewhere else."""
        return self.key_for(self.user)["AccessKeyId"]

    def key_for(self, user):
        with contextlib.closing(self.admin()) as iam:
            return iam.create_access_key(UserName=user)["AccessKey"]

    def admin(self):
        """The administrator, by the key that the vault holds too."""
        return self.world.aws.boto("iam", "frank")

    def asked(self, *actions):
        return [call["action"] for call in self.calls(*(actions or ACTIONS))]

    def is_rotated(self, times=1):
        """One key is left, it is a new one, and the vault holds it."""
        (left, status), = self.keys().items()
        self.assertEqual(status, "Active")
        self.assertNotEqual(left, self.first)
        self.assertEqual(self.source()["key_tail"], left[-4:])
        self.works("whoami", "main")
        self.assertEqual(self.source()["rotate"], None)

    def is_as_before(self):
        self.assertEqual(self.keys(), {self.first: "Active"})
        self.assertEqual(self.source()["key_tail"], self.first[-4:])
        self.works("whoami", "main")

    def stops(self, status, *words):
        """It fails on the way, after what it has told. The words."""
        said = self.fails(status, "rotate", "main", *words).err
        self.assertRegex(said, r"\n  try: (.*, then: )?xacct rotate main\b")
        return said

    def agent(self):
        return json.loads(self.world.xacct("status", "--json").out)["pid"]

    def killed(self, pid):
        os.kill(pid, signal.SIGKILL)
        self.waits(lambda: not os.path.exists(f"/proc/{pid}") or
                   processes.status_field(pid, "State").startswith("Z"))
        self.waits(lambda: not self.world.agents())
