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


def undisturbed(vault_op, writers, adds):
    place = Place(vault_op)
    place.must("create", "main")
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(writers) as pool:
        for done in [pool.submit(add_all, place, w, adds) for w in range(writers)]:
            done.result()
    wanted = {"main"} | {"w%d-%d" % (w, i) for w in range(writers) for i in range(adds)}
    assert place.names() == wanted, len(place.names())
    assert not place.leftovers()
    print("%d writers, %d adds each: all %d keys are there after %.1f s"
          % (writers, adds, len(wanted), time.monotonic() - start))
    place.remove()


def add_and_kill(place, name, rng):
    """Adds a key, and kills the process at some time of its life. True: acknowledged."""
    process = subprocess.Popen(place.command("add", name), text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write("first\n" + SECRET + "\n")
    process.stdin.flush()
    time.sleep(rng.random() * 0.03)
    process.kill()
    out, _ = process.communicate()
    return out == "done\n"


def with_kills(vault_op, writers, adds):
    place = Place(vault_op)
    place.must("create", "main")

    def writer(w):
        rng = random.Random(w)
        names = ["k%d-%d" % (w, i) for i in range(adds)]
        return [name for name in names if add_and_kill(place, name, rng)]

    with concurrent.futures.ThreadPoolExecutor(writers) as pool:
        acknowledged = set().union(*pool.map(writer, range(writers)))
    asked = {"main"} | {"k%d-%d" % (w, i) for w in range(writers) for i in range(adds)}
    found = place.names()
    assert acknowledged <= found, acknowledged - found
    assert found <= asked, found - asked
    place.must("add", "next")
    assert not place.leftovers()
    print("%d writers killed %d times: %d changes acknowledged, %d found"
          % (writers, writers * adds, len(acknowledged), len(found) - 1))
    place.remove()


def main():
    vault_op = sys.argv[1]
    writers = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    adds = int(sys.argv[3]) if len(sys.argv) > 3 else 25
    undisturbed(vault_op, writers, adds)
    with_kills(vault_op, 4, 2 * adds)


if __name__ == "__main__":
    main()
