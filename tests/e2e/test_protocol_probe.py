"""PROBE: whatever a client does with it, AWS is asked little and nobody else waits (N12)."""

import contextlib
import http.server
import threading
import time
import unittest

import xacct_wire
from lone_agent import LoneAgent, step_down

ERROR = b"""<ErrorResponse><Error><Code>MissingAuthenticationToken</Code><Message>no</Message>
</Error><RequestId>1</RequestId></ErrorResponse>"""


class Sts(http.server.BaseHTTPRequestHandler):
    asked, delay_s = 0, 0

    def do_POST(self):
        type(self).asked += 1
        time.sleep(self.delay_s)
        with contextlib.suppress(ConnectionError):       # the courier may have gone
            self.send_response(403)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(ERROR)))
            self.end_headers()
            self.wfile.write(ERROR)

    def log_message(self, *_arguments):
        pass


class Probing(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sts)
        Sts.asked, Sts.delay_s = 0, 0
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.agent = LoneAgent(f"[agent]\nregion = eu-west-1\nendpoint_url = {self.url}\n"
                               "[source gone]\nendpoint_url = http://127.0.0.1:1\n")
        self.addCleanup(self.agent.close)

    def test_several_in_one_write(self):
        with self.agent.client() as client:
            frames = b"".join(self.frame(client) for _ in range(50))
            client.send_bytes(client._greeting + frames)
            for _ in range(50):
                answer = client.receive()
                self.assertEqual((answer.type, answer.endpoint_url), ("RESULT", self.url))
        self.assertLessEqual(Sts.asked, 2)

    @staticmethod
    def frame(client):

        client.number += 1
        return xacct_wire.request("PROBE", client.number)

    def test_at_most_once_a_second(self):
        begin = time.monotonic()
        for _ in range(200):
            self.assertEqual(self.agent.ask("PROBE").type, "RESULT")
        self.assertLessEqual(Sts.asked, 1 + (time.monotonic() - begin) // 0.9)
        time.sleep(1.1)
        before = Sts.asked
        self.agent.ask("PROBE")
        self.assertEqual(Sts.asked, before + 1)

    def test_many_share_one_question_and_one_who_leaves_takes_nothing_along(self):
        Sts.delay_s = 1
        clients = [self.agent.client() for _ in range(60)]
        for client in clients:
            client.send("PROBE")
        time.sleep(0.3)
        for client in clients[::2]:
            client.close()
        for client in clients[1::2]:
            self.assertEqual(client.receive().type, "RESULT")
            client.close()
        self.assertEqual(Sts.asked, 1)
        self.assertTrue(self.agent.is_alive())

    def test_each_endpoint_has_its_own_answer(self):
        self.assertEqual(self.agent.ask("PROBE", name="gone").type, "ERROR")
        self.assertEqual(self.agent.ask("PROBE").type, "RESULT")
        self.assertIn("no source", self.agent.ask("PROBE", name="nobody").message)

    def test_an_agent_that_ends_while_it_asks(self):
        Sts.delay_s = 2
        with self.agent.client() as client:
            client.send("PROBE")
            time.sleep(0.2)
            self.agent.process.terminate()
            self.assertEqual(self.agent.process.wait(timeout=10), 0)
        self.agent.start()


if __name__ == "__main__":
    step_down()
    unittest.main()
