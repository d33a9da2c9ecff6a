"""A person's screen in a real tmux: what is typed, what stands on it, with its colours."""

import os
import re
import shlex
import time


class Screen:
    """A tmux of its own: its window is what a person at a terminal sees."""

    _n = 0

    def __init__(self, world, name, config="/dev/null"):
        self._world = world
        # A path of its own: at one that was used before, the last server may still answer.
        Screen._n += 1
        self.socket = os.path.join(world.runtime, f"{name}-{Screen._n}")
        self._server = world.start("tmux", "-D", "-u", "-S", self.socket, "-f", config,
                                   env={"SHELL": "/bin/sh"})
        self._until(lambda: os.path.exists(self.socket), "tmux does not start")

    @staticmethod
    def _until(condition, otherwise, patience_s=20):
        deadline = time.monotonic() + patience_s
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(otherwise() if callable(otherwise) else otherwise)
            time.sleep(0.02)

    def tmux(self, *words):
        return self._world.run("tmux", "-u", "-S", self.socket, *words)

    def runs(self, *command):
        said = []

        def began():
            said[:] = [self.tmux("new-session", "-d", "-x", "120", "-y", "15",
                                 shlex.join(command))]
            return said[0].status == 0
        self._until(began, lambda: str(said[0]))     # the socket is there before the server is
        return self

    def types(self, text):
        self.tmux("send-keys", "-l", text)
        self.tmux("send-keys", "Enter")
        return self

    def presses(self, *keys):
        """Keys by tmux's names: Enter, Escape, C-c; or a character."""
        self.tmux("send-keys", *keys)
        return self

    def shows(self, text, patience_s=20):
        self._until(lambda: any(text in line for line in self.lines()),
                    lambda: f"no {text!r} in\n" + "\n".join(self.lines()), patience_s)
        return self

    def lacks(self, text, patience_s=20):
        self._until(lambda: not any(text in line for line in self.lines()),
                    lambda: f"still {text!r} in\n" + "\n".join(self.lines()), patience_s)
        return self

    def lines(self):
        """What stands on it, with the colours, without lines that are empty."""
        text = self.tmux("capture-pane", "-p", "-e").out
        return [line.rstrip() for line in text.splitlines() if line.rstrip()]

    def ends_with(self, wanted, patience_s=20):
        """Waits until the last line is this, or is found by this pattern."""
        found = []

        def ends():
            found[:] = self.lines()[-1:] or [""]
            return (wanted.search(found[0]) if isinstance(wanted, re.Pattern)
                    else found[0] == wanted)
        self._until(ends, lambda: f"not {wanted!r} but {found[0]!r} in\n" +
                    "\n".join(map(repr, self.lines())), patience_s)
        return self

    def close(self):
        self.tmux("kill-server")
        self._server.end(20)
