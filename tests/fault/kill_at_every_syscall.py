"""V8: kills every operation of the vault at every one of its system calls.

usage: kill_at_every_syscall.py VAULT_OP

A first run under strace counts the calls, by name; then each call of each name
kills the process once (strace's injection), before the call is made. After each
kill the vault must open, with the old or the new content (the new one if the
operation was acknowledged), and the next change must work and leave no temporary
file.
"""
import collections
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

from vault_place import Place

Operation = collections.namedtuple("Operation", "words old new passphrase prepare second")


def nothing(place):
    pass


def one_key(place):
    place.must("create", "main")


def intent(place):
    one_key(place)
    place.must("intend", "main")


def pending(place):
    intent(place)
    place.must("pend", "main")


def retired(place):
    pending(place)
    place.must("switch", "main")


def old_cost(place, *rotating):
    os.makedirs(os.path.dirname(place.vault), mode=0o700)
    subprocess.run([place.vault_op, place.vault, place.state, "weaken", *rotating], check=True)


def old_cost_pending(place):
    old_cost(place, "main")


MAIN = {"main"}
INTENT, PENDING, RETIRED, ROTATED = {"main+intent"}, {"main+pending"}, {"main*+retired"}, {"main*"}
SECRET = "another/secret+key"
OPERATIONS = [
    Operation(["create", "new"], None, {"new"}, "first", nothing, SECRET),
    Operation(["add", "new"], MAIN, {"main", "new"}, "first", one_key, SECRET),
    Operation(["remove", "main"], MAIN, set(), "first", one_key, SECRET),
    Operation(["prove", "main"], MAIN, MAIN, "first", one_key, SECRET),
    Operation(["passwd"], MAIN, MAIN, "second", one_key, "second"),
    Operation(["show"], MAIN, MAIN, "first", old_cost, SECRET),
    Operation(["intend", "main"], MAIN, INTENT, "first", one_key, SECRET),
    Operation(["pend", "main"], INTENT, PENDING, "first", intent, SECRET),
    Operation(["switch", "main"], PENDING, RETIRED, "first", pending, SECRET),
    Operation(["switch-back", "main"], RETIRED, PENDING, "first", retired, SECRET),
    Operation(["settle", "main"], RETIRED, ROTATED, "first", retired, SECRET),
    Operation(["settle", "main"], PENDING, MAIN, "first", pending, SECRET),
    Operation(["settle", "main"], INTENT, MAIN, "first", intent, SECRET),
    Operation(["passwd"], PENDING, PENDING, "second", pending, "second"),
    Operation(["remove", "main"], RETIRED, set(), "first", retired, SECRET),
    Operation(["show"], PENDING, PENDING, "first", old_cost_pending, SECRET),
]


def count_calls(place, operation):
    log = os.path.join(place.root, "strace.log")
    run = place.run(*operation.words, second=operation.second, before=["strace", "-f", "-qq", "-o", log])
    assert run.returncode == 0, run.stderr
    counts = collections.Counter(re.findall(r"^\d+ +(\w+)\(", open(log).read(), re.MULTILINE))
    os.unlink(log)
    return counts


def check(place, operation, acknowledged):
    exists = os.path.exists(place.vault)
    assert exists or (operation.old is None and not acknowledged), "the vault is gone"
    if exists:
        names, passphrase = place.names(operation.passphrase), operation.passphrase
        if names is None:
            assert not acknowledged, "the new passphrase is lost"
            names, passphrase = place.names("first"), "first"
        assert names == operation.new or (not acknowledged and names == operation.old), names
        place.must("add", "next", passphrase=passphrase)
    else:
        place.must("create", "next")
    assert not place.leftovers(), place.leftovers()


def kill_at(template, operation, name, nth, work):
    place = template.copy_to(os.path.join(work, str(threading.get_ident())))
    run = place.run(*operation.words, second=operation.second,
                    before=["strace", "-f", "-qq", "-o", "/dev/null",
                            "-e", "inject=%s:signal=KILL:when=%d" % (name, nth)])
    acknowledged = run.stdout != ""
    try:
        check(place, operation, acknowledged)
    except AssertionError as error:
        raise AssertionError("%s killed at %s no. %d: %s" % (operation.words[0], name, nth, error))
    return run.returncode in (-9, 137)


def main():
    vault_op, total = sys.argv[1], 0
    for operation in OPERATIONS:
        template = Place(vault_op)
        operation.prepare(template)
        work = tempfile.mkdtemp(prefix="xacct-fault-")
        counts = count_calls(template.copy_to(os.path.join(work, "count")), operation)
        del counts["execve"]      # strace's own, by which the program begins
        points = [(name, nth) for name in sorted(counts) for nth in range(1, counts[name] + 1)]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            killed = sum(pool.map(lambda p: kill_at(template, operation, p[0], p[1], work), points))
        shutil.rmtree(work)
        template.remove()
        what = "upgrade" if operation.words == ["show"] else operation.words[0]
        what += " (%s)" % operation.prepare.__name__ if operation.prepare is not one_key else ""
        print("%s: killed at %d of %d system calls" % (what, killed, len(points)), flush=True)
        assert killed == len(points), "not every call was a kill"
        total += killed
    print("%d kills, no key lost" % total)


if __name__ == "__main__":
    main()
