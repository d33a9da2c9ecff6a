"""The rows of the table, how they are judged and how they are printed."""

import dataclasses
import json
import os
import platform
import statistics


@dataclasses.dataclass
class Row:
    """One line: what the floor needs, what the product needs, and their relation.

    values: the relation in each round, or the one number of what does not vary
    goal: ("<=", 1.25), ("==", 1), (">=", 0.75), or None for what is only shown
    form: how a value is written"""
    id: str
    what: str
    floor: str
    product: str
    values: list
    goal: tuple = None
    form: str = "{:.2f}"
    note: str = ""

    @property
    def middle(self):
        return statistics.median(self.values)

    @property
    def spread(self):
        """The quartiles; both are the middle where there was one value."""
        if len(self.values) < 2:
            return self.middle, self.middle
        low, _, high = statistics.quantiles(self.values, n=4, method="inclusive")
        return low, high

    @property
    def met(self):
        if self.goal is None:
            return None
        sign, limit = self.goal
        return {"<=": self.middle <= limit, ">=": self.middle >= limit,
                "==": self.middle == limit}[sign]

    def cells(self):
        low, high = self.spread
        relation = self.form.format(self.middle)
        if len(self.values) > 1:
            relation += f" [{self.form.format(low)}, {self.form.format(high)}]"
        goal = "" if self.goal is None else f"{self.goal[0]} {self.form.format(self.goal[1])}"
        met = {None: "", True: "met", False: "NOT MET"}[self.met]
        return [self.id, self.what, self.floor, self.product, relation, goal, met]

    def as_json(self):
        low, high = self.spread
        return {"id": self.id, "what": self.what, "floor": self.floor, "product": self.product,
                "median": self.middle, "quartiles": [low, high], "rounds": len(self.values),
                "goal": None if self.goal is None else f"{self.goal[0]} {self.goal[1]}",
                "met": self.met, "note": self.note}


# --- how figures are written ----------------------------------------------------------------

def median(values):
    return statistics.median(values)


def time_text(ns):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.0f} ns"


def kib_text(kib):
    return f"{kib:,.0f} KiB"


def compared(id, what, floor_ns, product_ns, goal, note=""):
    """Two lists of nanoseconds from the same rounds."""
    return Row(id, what, time_text(median(floor_ns)), time_text(median(product_ns)),
               [product / floor for product, floor in zip(product_ns, floor_ns)], goal, note=note)


# --- the machine, by its kind ---------------------------------------------------------------

def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        mhz = [float(line.split(":")[1]) for line in file if line.startswith("cpu MHz")]
    return {"cores": len(os.sched_getaffinity(0)), "architecture": platform.machine(),
            "clock_mhz": round(median(mhz)) if mhz else None,
            "kernel": ".".join(platform.release().split("-")[0].split(".")[:2]),
            "load_before": round(os.getloadavg()[0], 1)}


def machine_text(kind):
    clock = f", {kind['clock_mhz'] / 1000:.1f} GHz" if kind["clock_mhz"] else ""
    return (f"{kind['cores']} cores ({kind['architecture']}{clock}), Linux {kind['kernel']}, "
            f"load average {kind['load_before']} before")


# --- out ---------------------------------------------------------------------------------------

_HEAD = ["id", "measured", "floor", "product", "ratio [quartiles]", "goal", ""]


def print_table(rows):
    lines = [_HEAD] + [row.cells() for row in rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(_HEAD))]
    for number, line in enumerate(lines):
        cells = [cell.ljust(width) for cell, width in zip(line, widths)]
        print("| " + " | ".join(cells) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    print()
    for row in rows:
        if row.note:
            print(f"{row.id}, {row.what}: {row.note}")
    judged = [row for row in rows if row.met is not None]
    missed = [row.id for row in judged if not row.met]
    print(f"\n{len(judged) - len(missed)} of {len(judged)} goals met"
          + (f"; not met: {', '.join(missed)}" if missed else ""))


def write_json(path, kind, rows):
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"machine": kind, "rows": [row.as_json() for row in rows]}, file, indent=1,
                  ensure_ascii=False)
        file.write("\n")
