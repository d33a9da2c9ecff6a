"""What does not vary with the machine's mood, as ordinary tests: the goals of `tests/bench/run`
that are counts. XACCT_BENCH is where the floor programs and the release clients are built."""

import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lib"),
                os.path.join(os.path.dirname(HERE), "aws")]

import building                                                       # noqa: E402
import of_agent                                                       # noqa: E402
import of_client                                                      # noqa: E402
import of_services                                                    # noqa: E402
import place as places                                                # noqa: E402


class Counts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tools = building.clients(os.environ["XACCT_BENCH"])
        cls.place = places.Place(cls.tools)
        cls.addClassCleanup(cls.place.close)

    def assert_met(self, rows, n):
        """Each of the n goals among the rows."""
        judged = [row for row in rows if row.goal is not None]
        self.assertEqual(len(judged), n)
        for row in judged:
            self.assertTrue(row.met, row.cells())

    # --- the counting itself --------------------------------------------------------------

    def test_a_count_is_the_same_each_time(self):
        """Two runs of the floor client differ by the bytes of its own addresses at most."""
        command = of_client.floor_client(self.place, "static", self.place.echo("uv"))
        calls = {self.place.count("calls", *command)[:2] for _ in range(3)}
        self.assertEqual(len(calls), 1, calls)
        steps = [self.place.count("instructions", *command)[0] for _ in range(3)]
        self.assertLess(max(steps) - min(steps), 500, steps)

    def test_processes_are_seen(self):
        _, made, _ = self.place.count("calls", "dash", "-c", "(:); (:); :")
        self.assertEqual(made, 2)

    # --- the product ------------------------------------------------------------------------

    def test_pc3_instructions_do_not_come_back(self):
        """The goals are far; what has been reached is kept."""
        found, noop = of_client.counted(self.place, "instructions")
        for linkage, (product, floor) in found.items():
            most = {"musl": noop[0] // 5, "static": floor[0] + 20000,
                    "dynamic": floor[0] + 120000}[linkage]
            self.assertLess(product[0], most, linkage)

    def test_pc4_system_calls(self):
        rows = list(of_client.system_calls(self.place, True))
        self.assert_met([row for row in rows if "resident" not in row.what],
                        len(self.tools.linkages))
        for row in rows:
            if "resident" in row.what:
                self.assertLess(row.values[0], 0.6)

    def test_ps3_one_call_for_all_who_miss_at_once(self):
        self.assert_met(of_services.misses(self.place, True), 1)

    @unittest.skipUnless(os.geteuid() == 0, "only root can trace the agent")
    def test_a_warm_hit_is_a_read_and_a_write(self):
        """And, once for all that came together, a wait and a look at two files."""
        self.assert_met(of_agent.calls(self.place, True), 1)

    def test_pc6_a_prompt_makes_no_process(self):
        self.assert_met(of_client.processes_of_hooks(self.place), 2)

    def test_a_static_client_needs_nothing(self):
        """Neither a library nor a loader."""
        for linkage in set(self.tools.linkages) - {"dynamic"}:
            said = subprocess.run(["readelf", "-dlW", self.tools.client[linkage]],
                                  capture_output=True, text=True, check=True).stdout
            self.assertIn("LOAD", said)
            self.assertNotIn("(NEEDED)", said, linkage)
            self.assertNotIn("INTERP", said, linkage)


if __name__ == "__main__":
    unittest.main()
