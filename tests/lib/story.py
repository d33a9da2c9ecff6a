"""A TestCase in which an end-to-end test reads as sentences.

    class Locked(Story):
        def test_a_program_is_told_to_unlock(self):
            self.given("[dest prod]\\naccount = 222222222222\\nrole = Admin\\n")
            self.works("lock")
            said = self.fails(4, "env", "prod")
            self.assertIn("xacct unlock", said.err)
"""

import unittest

from world import World

# How every failure is said (design, section 8): what, why, AWS's own words, what to try.
FAILURE = r"\Axacct: [^\n]+\n(  why: [^\n]+\n)?(  aws: [^\n]+\n)?(  try: [^\n]+\n)?\Z"


class Story(unittest.TestCase):
    maxDiff = None
    world_options = {}

    def setUp(self):
        self.world = World(**self.world_options)
        self.addCleanup(self.world.close)

    def given(self, config="", user="alice"):
        """A configuration, and the user's key in an unlocked vault."""
        self.world.configure(config)
        added = self.world.add_source(user=user)
        self.assertEqual(added.status, 0, added)

    def works(self, *arguments, **how):
        """The client does it."""
        result = self.world.xacct(*arguments, **how)
        self.assertEqual(result.status, 0, result)
        return result

    def fails(self, status, *arguments, **how):
        """The client refuses with this exit status and in its own manner, and prints no data."""
        result = self.world.xacct(*arguments, **how)
        self.assertEqual((result.status, result.out), (status, ""), result)
        self.assertRegex(result.err, r"^xacct: ", result)
        return result

    def refused(self, status, *arguments, tries=True, **how):
        """The client refuses in the form of the design, with something to try. The words."""
        said = self.fails(status, *arguments, **how)
        self.assertRegex(said.err, FAILURE)
        if tries:
            self.assertIn("\n  try: ", said.err, "nothing to try")
        return said.err
