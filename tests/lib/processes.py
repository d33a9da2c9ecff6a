"""Whose process is it, under which user does it run, and is any left?"""

import contextlib
import ctypes
import os
import signal
import time

_PR_SET_CHILD_SUBREAPER = 36
_SPARE_UID = 61001

# A shell's background job ignores Ctrl-C, and so would all that it starts: what asks a person
# would be another program there.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def adopt_orphans():
    """From here on, a descendant whose parent ends becomes our child: an agent that went its
    own way can be counted by its number, and never has to be looked for by name."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def children():
    found = set()
    for task in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{task}/children", encoding="ascii") as file:
                found.update(int(number) for number in file.read().split())
        except FileNotFoundError:
            pass                      # a thread that has just ended
    return found


def descendants(pid):
    """All processes below pid, nearest first."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            below = [int(number) for number in file.read().split()]
    except FileNotFoundError:
        return []
    return below + [deeper for child in below for deeper in descendants(child)]


def _reap(pids):
    """Collects those that have ended; returns the others."""
    return {pid for pid in pids if os.waitpid(pid, os.WNOHANG) == (0, 0)}


def survivors(known, patience_s):
    """Children that are not among the known ones and do not end within the patience."""
    deadline = time.monotonic() + patience_s
    while True:
        left = _reap(children() - set(known))
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.02)


@contextlib.contextmanager
def acting_as(uid):
    """What is opened meanwhile belongs to this user; files and sockets keep their owner."""
    before = os.geteuid()
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(before)


def end(pid):
    """One process of ours, and what stands below it."""
    for number in (*reversed(descendants(pid)), pid):
        try:
            os.kill(number, 9)
        except ProcessLookupError:
            pass


def status_field(pid, name):
    """A line of /proc/PID/status, such as 'VmLck'."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            key, _, value = line.partition(":")
            if key == name:
                return value.strip()
    raise KeyError(name)


def text_of(pid, name):
    """A file of /proc/PID, such as 'comm'; empty when the process is gone."""
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            return file.read().decode("utf-8", "replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def spare_uid(number=0):
    """A user that owns nothing, for the product or an attacker; our own if we are not root.
    There are three: 0 is the person, 1 and 2 are strangers."""
    if os.geteuid() != 0:
        return os.geteuid()
    return _SPARE_UID + number


def become(uid):
    """The start of a command line that runs the rest as this user, without any capability."""
    if uid == os.geteuid():
        return []
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups",
            "--bounding-set=-all", "--inh-caps=-all", "--"]
