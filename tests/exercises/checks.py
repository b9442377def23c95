"""Checks of what a run left that need more than a comparison with the reference's.

Each takes the ISA and the console's lines, and returns None or (what was expected, what was seen).
"""
import importlib
import os
import sys

GDB = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
                   "gdb")
RIGHTS = ((1, "r"), (2, "w"), (4, "x"))


def tables(arch, lines):
    """The second-stage table of the grader's guest, entry by entry out of the machine's memory, is
    walked here by the manual's rules (gdb/<isa>.py): it must map what the hypervisor says that it
    maps, all of it inside of the guest's RAM or its devices, and no frame twice."""
    sys.path.insert(0, GDB)
    try:
        walker, isa = importlib.import_module("tables"), importlib.import_module(arch).Isa()
    finally:
        sys.path.remove(GDB)
    rows = [line.split()[1:] for line in lines if line.startswith("table: ")]
    roots = [row[1:] for row in rows if row[0] == "root"]
    if len(roots) != 1:
        return "one second-stage table to look at", "%d" % len(roots)
    root, levels, bits = (int(word, 16) for word in roots[0][:3])
    base, size = (int(word, 16) for word in roots[0][-2:])
    memory = {int(row[1], 16): int(row[2], 16) for row in rows if row[0] == "entry"}
    shape = isa.second_stage(" ".join(roots[0][3:-2]), levels, bits)
    found = {(gpa, length, hpa, flags[:3]) for gpa, length, hpa, flags in walker.leaves(
        shape, root, lambda at, count: [memory.get(at + 8 * n, 0) for n in range(count)])}
    claimed = set()
    for row in rows:
        if row[0] == "maps":
            gpa, length, hpa, rights = (int(word, 16) for word in row[1:])
            claimed.add((gpa, length, hpa, "".join(name if rights & bit else "-"
                                                   for bit, name in RIGHTS)))
    for one in sorted(claimed ^ found):
        text = "GPA %x, %x bytes, at %x %s" % one
        return (text, "no such entry in the table") if one in claimed else (
            "no entry for what npt_walk() does not tell of", text)
    ram = sorted((hpa, hpa + length) for gpa, length, hpa, _ in found
                 if base <= gpa < base + size)
    if not ram:
        return "the guest's RAM at %x" % base, "nothing is mapped there"
    for (start, end), (after, _) in zip(ram, ram[1:]):
        if after < end:
            return "memory that is mapped once", "%x twice" % after
    return None
