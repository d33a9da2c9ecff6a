#!/usr/bin/python3
"""The helpers themselves: a check that cannot fail would prove nothing."""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import processes                                                      # noqa: E402
from world import Fd, World                                           # noqa: E402

_CLIENT = """#!/bin/bash
case "$1" in
    ask) read -r -s -p 'Passphrase: ' word < /dev/tty; echo; echo "got $word"; exit 3 ;;
    fd) cat <&"$2"; id -u ;;
    leave) setsid sleep 60 > /dev/null 2>&1 < /dev/null & ;;
    agent) exit 0 ;;
    terminal) : < /dev/tty ;;
esac
"""


class Helpers(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="xacct-lib-")
        self.addCleanup(directory.cleanup)
        os.chmod(directory.name, 0o755)
        os.mkdir(os.path.join(directory.name, "bin"))
        client = os.path.join(directory.name, "bin", "xacct-client")
        with open(client, "w", encoding="ascii") as file:
            file.write(_CLIENT)
        os.chmod(client, 0o755)
        os.environ["XACCT_PREFIX"] = directory.name

    def test_a_program_runs_as_the_person_and_reads_a_descriptor(self):
        with World(aws=False) as world:
            result = world.xacct("fd", Fd("a secret\n"))
            self.assertEqual(result.out, f"a secret\n{world.uid}\n", result)

    def test_a_program_has_no_terminal_unless_it_is_given_one(self):
        with World(aws=False) as world:
            self.assertNotEqual(world.xacct("terminal").status, 0)

    def test_a_person_is_asked_and_answers(self):
        with World(aws=False) as world, world.terminal("ask") as person:
            person.sees("Passphrase: ")
            self.assertFalse(person.echoes())
            self.assertIn("got horse", person.types("horse\n").leaves(3))

    def test_a_person_who_sees_something_else(self):
        with World(aws=False) as world, world.terminal("ask") as person:
            with self.assertRaisesRegex(AssertionError, "Passphrase: "):
                person.sees("Password", patience_s=0.3)

    def test_what_stays_behind_is_found_and_ended(self):
        world = World(aws=False)
        world.patience_s = 0.3
        world.xacct("leave")
        stray, = world.agents()
        with self.assertRaisesRegex(AssertionError, f"still running .*{stray}: 'sleep'"):
            world.close()
        self.assertEqual(processes.children(), set())

    def test_the_stand_in_ends_with_the_world(self):
        with World() as world:
            self.assertEqual(processes.children(), {world.aws.pid})
        self.assertEqual(processes.children(), set())


if __name__ == "__main__":
    unittest.main()
