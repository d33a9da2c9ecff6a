"""A person at a terminal: reads what is shown, types an answer."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

_PATIENCE_S = 20.0


class Terminal:
    """A program on a terminal of its own, its controlling one.

        with world.terminal("unlock") as person:
            person.sees("Passphrase").types("correct horse\\n")
            person.leaves(0)
    """

    def __init__(self, command, env, uid, cwd, columns=0):
        self._near, far = pty.openpty()
        if columns > 0:
            fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.fchown(far, uid, -1)

        def make_controlling():
            fcntl.ioctl(far, termios.TIOCSCTTY, 0)

        self._program = subprocess.Popen(command, stdin=far, stdout=far, stderr=far, env=env,
                                         cwd=cwd, start_new_session=True,
                                         preexec_fn=make_controlling)
        os.close(far)
        self._seen = 0                # how much of the screen sees() has passed
        self.screen = ""

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.hang_up()

    @property
    def pid(self):
        return self._program.pid

    def _read(self, timeout_s):
        """False when nothing came; EIO is how a terminal says that nobody is left."""
        if not select.select([self._near], [], [], max(timeout_s, 0))[0]:
            return False
        try:
            data = os.read(self._near, 65536)
        except OSError:
            data = b""
        self.screen += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)

    def sees(self, pattern, patience_s=_PATIENCE_S):
        """Waits until the pattern appears behind what was seen before."""
        deadline = time.monotonic() + patience_s
        while True:
            found = re.compile(pattern).search(self.screen, self._seen)
            if found:
                self._seen = found.end()
                return self
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"no '{pattern}' on the terminal, but:\n{self.screen}")

    def types(self, text):
        os.write(self._near, text.encode())
        return self

    def echoes(self):
        """Whether what is typed now would show."""
        return bool(termios.tcgetattr(self._near)[3] & termios.ECHO)

    def leaves(self, status, patience_s=_PATIENCE_S):
        """Waits for the end of the program, which must have this status; returns the screen."""
        deadline = time.monotonic() + patience_s
        while self._read(deadline - time.monotonic()):
            pass
        left = self._program.wait(timeout=patience_s)
        if left != status:
            raise AssertionError(f"status {left}, not {status}, after:\n{self.screen}")
        return self.screen

    def hang_up(self):
        if self._near is not None:
            os.close(self._near)
            self._near = None
        if self._program.poll() is None:
            self._program.kill()
            self._program.wait()
