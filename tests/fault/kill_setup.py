"""Kills the agent, and the client, at their system calls during `setup --apply`, and sees that
no role trusts more than was shown, and that the same command completes it.

usage: kill_setup.py PREFIX [--all]

A first run of each under strace counts the calls: of the agent's loop, of the four threads that
save in turn, and of the client from the first byte on that it sends. Then one of them is killed
before a call, once for each of those that save or speak, and for a sample of the others (--all:
for each). After every kill there is at most one role, with the trust policy that was shown, and
one policy; after the second run all of it, and the destination stands in the configuration once.
"""
import collections
import os
import re
import signal
import sys

import kills
from kills import must
from setup_story import (ADMINISTRATOR, APPLY, DEST, POLICY, ROLE, SOURCE, TAGS, TRUST, UNDO,
                         grants)

CLIENT = "client"
OF_OTHERS = 11                        # of the agent's calls, each so many-th
OF_CLIENT = 2                         # of the client's
SPOKEN = {"sendto", "sendmsg"}


class Setup(kills.Story):
    """A world in which the same role is made and taken back again and again."""

    COMMAND = APPLY

    def __init__(self):
        super().__init__()
        self.world.configure("[source main]\n[source owner]\n[source frank]\n")
        must(self.world.add_source(user="bob"))
        for user in ("owner", "frank"):
            must(self.world.add_source(user, user))

    # --- what there is --------------------------------------------------------------------------

    def assert_no_more_than_shown(self):
        roles = self.world.aws.inventory(DEST)["roles"]
        assert set(roles) <= {"Admin"}, roles
        for role in roles.values():
            assert role["trust"] == TRUST and role["tags"] == TAGS, role
        policies = self.world.aws.inventory(SOURCE)["policies"]
        assert set(policies) <= {"xacct-bob"}, policies
        for policy in policies.values():
            assert list(policy["versions"].values()) == [grants(ROLE)], policy

    def assert_whole(self):
        self.assert_no_more_than_shown()
        assert self.world.aws.inventory(DEST)["roles"]["Admin"]["attached"] == [ADMINISTRATOR]
        assert self.world.aws.inventory(SOURCE)["users"]["bob"]["attached"] == [POLICY]
        with open(self.world.config_file, encoding="utf-8") as file:
            text = file.read()
        assert text.count("[dest ") == text.count("[dest prod]\n") == 1, text
        home = os.path.dirname(self.world.config_file)
        assert not [name for name in os.listdir(home) if "tmp" in name], os.listdir(home)

    def start_again(self):
        must(self.xacct(*UNDO, "--yes"))
        assert not self.world.aws.inventory(DEST)["roles"]

    # --- kills ----------------------------------------------------------------------------------

    def client(self, *words):
        return self.world.run("strace", *words, self.world.client, *map(str, APPLY))

    def client_calls(self):
        """Those before the first that it sends are not counted, but passed over."""
        log = os.path.join(self.world.home, "strace.log")
        must(self.client("-o", log))
        with open(log, encoding="utf-8", errors="replace") as file:
            names = re.findall(r"^(\w+)\(", file.read(), re.MULTILINE)
        first = next(i for i, name in enumerate(names) if name in SPOKEN)
        seen, found = collections.Counter(names[:first]), []
        for name in names[first:]:
            seen[name] += 1
            found.append((CLIENT, name, seen[name]))
        return found

    def points(self, everything):
        loop, save = self.counts(0), collections.Counter()
        self.start_again()
        for which in range(1, 5):
            save |= self.counts(which)
            self.start_again()
        found = [(which, *call) for which in range(5)
                 for call in kills.sample(save if which else loop, everything, OF_OTHERS)]
        calls = self.client_calls()
        return found + calls[::1 if everything else OF_CLIENT]

    def kill_client(self, name, nth):
        said = self.client("-o", "/dev/null", "-e", f"trace={name}", "-e",
                           f"inject={name}:signal=KILL:when={nth}")
        killed = said.status in (-signal.SIGKILL, 128 + signal.SIGKILL)
        assert killed or said.status == 0, said
        return killed

    def kill(self, point):
        killed = self.kill_client(*point[1:]) if point[0] == CLIENT else self.killed_at(*point)[1]
        self.assert_no_more_than_shown()
        must(self.xacct(*APPLY))
        self.assert_whole()
        self.start_again()
        return killed


if __name__ == "__main__":
    sys.exit(kills.main(Setup))
