"""What each program links: the table of the design, section 2. Proves that no TLS, HTTP or
XML library is in the agent's address space, and that the client needs libc alone."""

import re
import subprocess
import unittest

from world import World

LIBC = {"libc", "libm", "ld-linux-x86-64", "ld-linux-aarch64", "libpthread", "librt", "libdl"}
SANITIZERS = {"libasan", "libubsan", "libclang_rt.asan-x86_64", "libgcc_s"}


def _libraries(output, pattern):
    names = {re.sub(r"\.so.*", "", name) for name in re.findall(pattern, output)}
    return names - LIBC - SANITIZERS


def needed(program):
    said = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True)
    return _libraries(said.stdout, r"\(NEEDED\).*\[(.*?)\]")


def loaded(program):
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    return _libraries(said.stdout, r"(?m)^\s*(\S+) =>")


class Linkage(unittest.TestCase):
    def setUp(self):
        self.world = World(aws=False)
        self.addCleanup(self.world.close)

    def test_the_client_needs_libc_only(self):
        self.assertEqual(needed(self.world.client), set())

    def test_the_agent_needs_libuv_and_libsodium(self):
        self.assertEqual(needed(self.world.agent), {"libuv", "libsodium"})

    def test_nothing_the_agent_loads_speaks_to_the_network(self):
        words = loaded(self.world.agent)
        self.assertIn("libsodium", words)
        for name in words:
            self.assertNotRegex(name, r"ssl|crypto|tls|curl|nghttp|expat|xml|jansson|json")

    def test_the_courier_needs_what_the_table_says(self):
        self.assertEqual(needed(self.world.courier),
                         {"libuv", "libcurl", "libssl", "libcrypto", "libexpat", "libjansson"})


if __name__ == "__main__":
    unittest.main()
