"""A load like terraform's: 40 processes, 200 requests each, for longer than a credential's
life, and none of them fails."""

import os
import time
import unittest

from consumer import PYTHON, Consumer

PROCESSES = 40
REQUESTS = 200
LIFE_S = 20                              # of a credential; AWS's shortest is 15 minutes

# One provider: it has an SDK's own client, which asks the endpoint when it must, and works for
# a while between its requests.
WORKER = """
import random, sys, time
import boto3
from botocore.config import Config
sts = boto3.client('sts', endpoint_url=sys.argv[1], config=Config(retries={'max_attempts': 0}))
end = time.monotonic() + float(sys.argv[3])
for n in range(int(sys.argv[2])):
    sts.get_caller_identity()
    left = int(sys.argv[2]) - n
    time.sleep(max(0, (end - time.monotonic()) / left) * random.uniform(0.5, 1.5))
"""
# What starts them: one program under exec, as terraform starts its providers.
STARTER = """
import subprocess, sys
workers = [subprocess.Popen([sys.executable, '-c', sys.argv[1], *sys.argv[3:]])
           for _ in range(int(sys.argv[2]))]
sys.exit(sum(worker.wait() != 0 for worker in workers))
"""


class Load(Consumer):
    def test_none_fails(self):
        self.aws.fault(action="AssumeRole", life_s=LIFE_S, times=0)
        start = time.monotonic()
        said = self.world.xacct("exec", "--server", "prod", "--", PYTHON, "-c", STARTER, WORKER,
                                str(PROCESSES), self.aws.endpoint, str(REQUESTS),
                                str(3 * LIFE_S), env=self.env, timeout_s=600)
        took = time.monotonic() - start
        self.assertEqual(said.status, 0, said.err[-3000:])
        calls = self.aws.calls("GetCallerIdentity")
        self.assertEqual(len(calls), PROCESSES * REQUESTS)
        self.assertEqual({call["code"] for call in calls}, {None})
        self.assertGreater(took, 2 * LIFE_S)
        assumed = self.aws.calls("AssumeRole")
        self.assertGreaterEqual(len(assumed), 3)
        self.assertLessEqual(len(assumed), 1 + took / (LIFE_S / 2), "more than one at a time")
        if os.environ.get("XACCT_SHOW"):
            print(f"{len(calls)} requests by {PROCESSES} processes in {took:.0f} s, "
                  f"{len(assumed)} sets of credentials of {LIFE_S} s, 0 failures")


if __name__ == "__main__":
    unittest.main()
