"""Destinations in use are renewed before they end, though nobody asks; but not what would
need a person, and not what was forgotten (security N13)."""

import unittest

from test_mfa import DESTS, SOURCE, Mfa

LIFE_S = 64      # a quarter of it is longer than the agent's look at its clock


class Renewal(Mfa):
    def setUp(self):
        super().setUp()
        self.world.aws.fault(action="AssumeRole", life_s=LIFE_S, times=3)

    def test_what_needs_no_code_is_renewed_and_nothing_else(self):
        self.world.configure(SOURCE + DESTS)
        first = self.key("prod", "-t", self.fob.fresh())
        self.works("env", "long", "-d", "2h", "-t", self.fob.fresh())
        self.works("env", "admin")
        self.works("forget", "admin")
        self.assertEqual(self.roles(), ["Mfa", "Long", "Admin"])
        self.waits(lambda: len(self.calls("AssumeRole")) > 3, patience_s=LIFE_S)
        self.assertNotEqual(self.key("prod"), first)
        self.assertEqual(self.roles(), ["Mfa", "Long", "Admin", "Mfa"])
        self.assertEqual(len(self.codes_sent()), 2)


if __name__ == "__main__":
    unittest.main()
