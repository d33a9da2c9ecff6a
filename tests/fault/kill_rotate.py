"""V8, for the whole of it: kills the agent at its system calls during a rotation, and sees
that no key is lost.

usage: kill_rotate.py PREFIX [--all]

A first run under strace counts the calls of each of the agent's threads, by name: the loop's
own, and those of the four that save in turn. Then the agent is killed before a call, once for
each of those that save or speak, and for a sample of the others (--all: for each). After every
kill the key that the vault holds must work at AWS; the same command must then complete, if
need be with the name of the key that the killed run may have left, and leave one key, which the
vault holds.
"""
import collections
import json
import os
import sys

import kills
from kills import must

USER, ACCOUNT = "frank", "111111111111"
OF_OTHERS = 23                        # each so many-th


class Rotation(kills.Story):
    """A world in which the same source is rotated again and again."""

    COMMAND = ("rotate", "main")

    def __init__(self):
        super().__init__()
        self.world.configure("[source main]\n")
        must(self.world.add_source(user=USER))

    def keys(self):
        return self.world.aws.inventory(ACCOUNT)["users"][USER]["keys"]

    def points(self, everything):
        loop, save = self.counts(0), collections.Counter()
        for which in range(1, 5):
            save |= self.counts(which)
        return [(which, *call) for which in range(5)
                for call in kills.sample(save if which else loop, everything, OF_OTHERS)]

    def kill(self, point):
        said, killed = self.killed_at(*point)
        must(self.xacct("whoami", "main"))
        if said.status != 0:
            self.goes_on()
        (left, status), = self.keys().items()
        listed, = json.loads(must(self.xacct("list", "--json")).out)["sources"]
        assert status == "Active" and left.endswith(listed["key_tail"]), (left, listed)
        assert listed["rotate"] is None or said.status == 0, listed
        if listed["rotate"] is not None:      # killed when its client was told already
            must(self.xacct("rotate", "main"))
        home = os.path.dirname(self.world.vault_file)
        assert not [name for name in os.listdir(home) if name.startswith("vault.tmp")]
        return killed

    def goes_on(self):
        """What the killed run had AWS make, and could not store, goes if it is named."""
        said = self.xacct("rotate", "main")
        if said.status == 4:
            listed, = json.loads(must(self.xacct("list", "--json")).out)["sources"]
            lost, = [key for key in self.keys() if not key.endswith(listed["key_tail"])]
            assert lost in said.err, said
            said = self.xacct("rotate", "main", "--delete", lost)
        must(said)

if __name__ == "__main__":
    sys.exit(kills.main(Rotation))
