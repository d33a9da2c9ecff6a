"""The process tree of the design, section 2: who begets whom, who outlives whom, and what a
dead courier costs."""

import os
import signal
import time
import unittest

import processes
from story import Story
from world import Fd

DEST = "[dest prod]\naccount = 222222222222\nrole = Admin\n"


def alive(pid):
    try:
        return processes.status_field(pid, "State")[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pids, patience_s=5.0):
    deadline = time.monotonic() + patience_s
    while any(alive(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


class Tree(Story):
    def setUp(self):
        super().setUp()
        self.given(DEST)

    def supervisor(self):
        agents = self.world.agents()
        self.assertEqual(len(agents), 1, agents)
        return agents.pop()

    def family(self):
        """(supervisor, agent, {courier, its child}) as they are now."""
        supervisor = self.supervisor()
        below = processes.descendants(supervisor)
        couriers = {pid for pid in below if processes.text_of(pid, "comm") == "xacct-courier"}
        agents = [pid for pid in below if pid not in couriers]
        self.assertEqual(len(agents), 1, below)
        return supervisor, agents[0], couriers

    def test_a_courier_runs_only_when_it_is_needed(self):
        self.works("agent", "restart")
        self.assertEqual(self.family()[2], set())
        self.works("unlock", "--passphrase-fd", Fd("correct horse battery staple"))
        self.works("list")
        self.assertEqual(self.family()[2], set())
        self.works("env", "prod")
        self.assertEqual(len(self.family()[2]), 2)

    def test_the_agent_ends_with_its_supervisor(self):
        self.works("env", "prod")
        supervisor, agent, couriers = self.family()
        os.kill(supervisor, signal.SIGKILL)
        self.assertTrue(gone({supervisor, agent, *couriers}))

    def test_all_end_with_the_agent(self):
        self.works("env", "prod")
        supervisor, agent, couriers = self.family()
        os.kill(agent, signal.SIGKILL)
        self.assertTrue(gone({supervisor, agent, *couriers}))
        self.fails(5, "status")

    def test_a_new_agent_starts_after_a_kill_without_manual_clean_up(self):
        supervisor, agent, couriers = self.family()
        os.kill(supervisor, signal.SIGKILL)
        self.works("list")
        self.assertTrue(gone({supervisor, agent, *couriers}))
        self.assertEqual(len(self.world.agents()), 1)

    def test_a_courier_that_was_killed_is_replaced(self):
        self.works("env", "prod")
        for pid in self.family()[2]:
            os.kill(pid, signal.SIGKILL)
        self.works("env", "prod", "--refresh")
        self.assertEqual(len(self.world.aws.calls("AssumeRole")), 2)

    def test_a_courier_killed_in_mid_exchange_costs_one_retry(self):
        self.works("whoami", "main")
        self.world.aws.fault(action="AssumeRole", delay_s=3)
        asked = self.world.start(self.world.client, "env", "prod")
        deadline = time.monotonic() + 10
        while not self.world.aws.calls("AssumeRole") and time.monotonic() < deadline:
            time.sleep(0.02)
        for pid in self.family()[2]:
            os.kill(pid, signal.SIGKILL)
        result = asked.end()
        self.assertEqual(result.status, 0, result)
        self.assertEqual(len(self.world.aws.calls("AssumeRole")), 2)

    def test_the_idle_courier_leaves_after_a_minute(self):
        self.works("env", "prod")
        couriers = self.family()[2]
        time.sleep(55)
        self.assertTrue(all(alive(pid) for pid in couriers))
        self.assertTrue(gone(couriers, patience_s=12))
        self.works("env", "prod", "--refresh")

    def test_stop_ends_all_and_removes_the_socket(self):
        self.works("env", "prod")
        supervisor, agent, couriers = self.family()
        self.works("agent", "stop")
        self.assertTrue(gone({supervisor, agent, *couriers}, patience_s=2))
        self.assertFalse(os.path.exists(self.world.socket))

    def test_a_signal_locks(self):
        os.kill(self.supervisor(), signal.SIGUSR1)
        deadline = time.monotonic() + 5
        while self.world.xacct("status").status != 4 and time.monotonic() < deadline:
            time.sleep(0.02)
        self.fails(4, "env", "prod", "--no-input")

    def test_hup_is_heard_and_survived_whatever_the_configuration(self):
        """That it is heard shows in the socket, which the agent binds again at once."""
        supervisor, agent, _ = self.family()
        with open(self.world.config_file, encoding="utf-8") as file:
            good = file.read()
        self.world.write(self.world.config_file, good + "no such line\n")
        os.unlink(self.world.socket)
        os.kill(supervisor, signal.SIGHUP)
        deadline = time.monotonic() + 5
        while not os.path.exists(self.world.socket) and time.monotonic() < deadline:
            time.sleep(0.02)
        said = self.works("status", "--no-spawn")
        self.assertIn("refused: ", said.out)
        self.world.write(self.world.config_file, good)
        os.kill(supervisor, signal.SIGHUP)
        self.works("env", "prod")
        self.assertNotIn("refused: ", self.works("status").out)
        self.assertEqual(self.family()[:2], (supervisor, agent))

    def test_term_ends_it_in_good_order(self):
        supervisor, agent, _ = self.family()
        os.kill(supervisor, signal.SIGTERM)
        self.assertTrue(gone({supervisor, agent}))
        self.assertFalse(os.path.exists(self.world.socket))


class Start(Story):
    def test_fifty_clients_at_once_start_one_agent(self):
        self.world.configure()
        clients = [self.world.start(self.world.client, "list") for _ in range(50)]
        for client in clients:
            result = client.end()
            self.assertEqual(result.status, 0, result)
        self.assertEqual(len(self.world.agents()), 1)

    def test_what_does_not_need_an_agent_starts_none(self):
        self.world.configure()
        self.fails(5, "status")
        for words in (["lock"], ["forget", "--all"], ["agent", "stop"], ["agent", "path"], ["help"],
                      ["version"], ["env", "--unset"]):
            self.works(*words)
        self.fails(5, "list", "--no-spawn")
        self.assertEqual(self.world.agents(), set())

    def test_one_call_for_any_number_of_callers(self):
        self.given(DEST)
        self.world.aws.fault(action="AssumeRole", delay_s=1)
        callers = [self.world.start(self.world.client, "credential-process", "prod") for _ in range(60)]
        answers = {caller.end().out for caller in callers}
        self.assertEqual(len(answers), 1)
        self.assertIn('"Version":1', answers.pop())
        self.assertEqual(len(self.world.aws.calls("AssumeRole")), 1)


if __name__ == "__main__":
    unittest.main()
