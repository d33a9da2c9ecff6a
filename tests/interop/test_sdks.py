"""The SDKs for Go (Debian's) and JavaScript (npm's), by their default chains."""

import os
import shutil
import subprocess
import unittest

from consumer import ADMIN, Consumer, built

HERE = os.path.dirname(os.path.abspath(__file__))


class Go(Consumer):
    @classmethod
    def setUpClass(cls):
        """From Debian's packages alone: there is no network and no module to fetch."""
        place = built("go")
        cls.program = os.path.join(place, "who")
        subprocess.run(["/usr/bin/go", "build", "-o", cls.program,
                        os.path.join(HERE, "go", "main.go")], check=True, timeout=500,
                       env={"PATH": "/usr/bin:/bin", "HOME": place, "GO111MODULE": "off",
                            "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "GOTOOLCHAIN": "local",
                            "GOCACHE": os.path.join(place, "cache"), "CGO_ENABLED": "0"})

    def setUp(self):
        super().setUp()
        self.own = shutil.copy(self.program, os.path.join(self.world.root, "who"))
        os.chmod(self.own, 0o755)

    def test_through_each_way(self):
        for way in (self.through_env, self.through_process, self.through_endpoint):
            with self.subTest(way.__name__):
                self.aws.reset()
                said = way(self.own, self.aws.endpoint)
                self.assert_it_was_prod(said, "GetCallerIdentity")
                self.assertEqual(said.out.strip(), ADMIN)

    def test_a_locked_vault(self):
        self.works("lock")
        self.assert_not_without(self.through_process(self.own, self.aws.endpoint),
                                "the vault is locked")


class JavaScript(Consumer):
    @classmethod
    def setUpClass(cls):
        cls.place = built("js")
        for name in ("package.json", "package-lock.json", "who.mjs"):
            shutil.copy(os.path.join(HERE, "js", name), cls.place)
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                              cwd=cls.place, capture_output=True, text=True, timeout=500,
                              check=False)
        if done.returncode != 0:
            raise AssertionError(f"npm ci failed:\n{done.stdout}\n{done.stderr}")

    def node(self, way, *words):
        return way("/usr/bin/node", os.path.join(self.place, "who.mjs"), self.aws.endpoint, *words)

    def test_through_each_way(self):
        for way in (self.through_env, self.through_process, self.through_endpoint):
            with self.subTest(way.__name__):
                self.aws.reset()
                said = self.node(way)
                self.assert_it_was_prod(said, "GetCallerIdentity")
                self.assertEqual(said.out.strip(), ADMIN)

    def test_renewal_within_one_run(self):
        self.aws.fault(action="AssumeRole", life_s=10, times=0)
        said = self.node(self.through_endpoint, "12", "1500")
        self.assert_it_was_prod(said, "GetCallerIdentity")
        self.assertEqual(said.out.split(), [ADMIN] * 12)
        self.assertGreaterEqual(len(self.keys("GetCallerIdentity")), 3)

    def test_a_locked_vault(self):
        self.works("lock")
        self.assert_not_without(self.node(self.through_process))


if __name__ == "__main__":
    unittest.main()
