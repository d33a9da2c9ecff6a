"""V9, V12: several processes change one vault, undisturbed and then with kills.

usage: concurrent_writers.py VAULT_OP [WRITERS [ADDS]]

Every acknowledged change is there in the end, and nothing that nobody asked for.
"""
import concurrent.futures
import random
import subprocess
import sys
import time

from vault_place import SECRET, Place


def add_all(place, writer, adds):
    for i in range(adds):
        place.must("add", "w%d-%d" % (writer, i))


def rotate_all(place, name, turns):
    for _ in range(turns):
        place.must("rotate", name)


def undisturbed(vault_op, writers, adds):
    place = Place(vault_op)
    place.must("create", "main")
    place.must("add", "turning")
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(writers + 1) as pool:
        turns = adds // 4 * 2 + 1        # odd: the new key is current in the end
        for done in [pool.submit(add_all, place, w, adds) for w in range(writers)] + [
                pool.submit(rotate_all, place, "turning", turns)]:
            done.result()
    wanted = {"main", "turning*"} | {"w%d-%d" % (w, i) for w in range(writers) for i in range(adds)}
    assert place.names() == wanted, len(place.names())
    assert not place.leftovers()
    print("%d writers, %d adds each beside %d rotations: all %d keys are there after %.1f s"
          % (writers, adds, turns, len(wanted), time.monotonic() - start))
    place.remove()


def kill_some_time(place, operation, name, rng):
    """Kills the process at some time of its life. True: the operation is acknowledged."""
    process = subprocess.Popen(place.command(operation, name), text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write("first\n" + SECRET + "\n")
    process.stdin.flush()
    time.sleep(rng.random() * 0.03)
    process.kill()
    out, _ = process.communicate()
    return out == "done\n"


# What may be found of a name once the steps of its rotation were all acknowledged but the
# one that was killed: its key is one of the two, and what is journaled is what it says.
STATES = {"main", "main+intent", "main+pending", "main*+retired", "main*", "main*+intent",
          "main*+pending", "main+retired"}


def rotate_and_kill(place, kills, rng):
    """Resumes or begins a rotation again and again, and kills it."""
    for _ in range(kills):
        kill_some_time(place, "rotate", "main", rng)


def with_kills(vault_op, writers, adds):
    place = Place(vault_op)
    place.must("create", "main")

    def writer(w):
        rng = random.Random(w)
        names = ["k%d-%d" % (w, i) for i in range(adds)]
        return [name for name in names if kill_some_time(place, "add", name, rng)]

    with concurrent.futures.ThreadPoolExecutor(writers + 1) as pool:
        rotating = pool.submit(rotate_and_kill, place, adds, random.Random(writers))
        acknowledged = set().union(*pool.map(writer, range(writers)))
        rotating.result()
    asked = {"k%d-%d" % (w, i) for w in range(writers) for i in range(adds)}
    found = place.names()
    assert len(found & STATES) == 1, found & STATES
    found -= STATES
    assert acknowledged <= found, acknowledged - found
    assert found <= asked, found - asked
    place.must("rotate", "main")         # what was begun can be resumed
    place.must("add", "next")
    assert not place.leftovers()
    print("%d writers killed %d times: %d changes acknowledged, %d found"
          % (writers, writers * adds, len(acknowledged), len(found)))
    place.remove()


def main():
    vault_op = sys.argv[1]
    writers = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    adds = int(sys.argv[3]) if len(sys.argv) > 3 else 25
    undisturbed(vault_op, writers, adds)
    with_kills(vault_op, 4, 2 * adds)


if __name__ == "__main__":
    main()
