"""The vault locks by itself: a while after the last use, and a while after it was opened
whatever is done. Two people, side by side, so that the minutes pass once."""

import time
import unittest

from world import PASSPHRASE, Fd, World

DEST = "[source main]\n[dest prod]\naccount = 222222222222\nrole = Admin\n"


class Times(unittest.TestCase):
    maxDiff = None

    def person(self, agent):
        world = World()
        self.addCleanup(world.close)
        world.configure(DEST, agent=agent)
        added = world.add_source()
        self.assertEqual(added.status, 0, added)
        return world

    def use(self, world):
        used = world.xacct("env", "prod")
        self.assertEqual(used.status, 0, used)

    def opened(self, world):
        return world.xacct("status").status == 0

    def test_after_a_minute_without_use_or_in_all(self):
        idle, after = self.person("lock_idle = 1m\n"), self.person("lock_after = 1m\n")
        for world in (idle, after):
            self.assertIn("locks in ", world.xacct("status").out)
        time.sleep(35)
        for world in (idle, after):
            self.use(world)
        time.sleep(28)
        self.assertTrue(self.opened(idle), "a use puts the idle time off")
        self.assertFalse(self.opened(after), "a use does not put off the end")
        self.assertIn("no sessions", after.xacct("status").out)
        refused = after.xacct("env", "prod")
        self.assertEqual((refused.status, refused.out), (4, ""), refused)

        time.sleep(34)      # looking at the status is no use
        self.assertFalse(self.opened(idle))
        self.assertEqual(idle.xacct("env", "prod").status, 4)
        opened = idle.xacct("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.assertEqual(opened.status, 0, opened)
        self.use(idle)


if __name__ == "__main__":
    unittest.main()
