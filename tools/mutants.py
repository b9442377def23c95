#!/usr/bin/env python3
"""Tests the checkers: gives each exercise's wrong solutions to the grader, which must refuse them.

    mutants.py [FILTER]

Make calls this (`make mutants [FILTER=words]`; words such as "step4 riscv64" or "4.3": all must be
in a mutant's name). The files tests/exercises/mutants/step<n>.txt and step<n>.<ISA>.txt
describe them:

    == 4.2 always-four riscv64 arch_skip_instruction
    every instruction is taken as 32 bits long
    - (exit->insn & 3) == 3 ? 4 : 2
    + 4

A header (exercise, name, ISAs or *, function; x86_64.vmx and x86_64.svm are one vendor's half),
what is wrong, and how to come from the reference's body to the wrong one: - lines are replaced by
the + lines behind them; any white space is as good as any other. Without - lines the + lines are
the whole body. So a mutant goes with the reference when that is changed. One that does not fit or
compile any more is reported as such, and counts as alive.
"""
import concurrent.futures
import functools
import glob
import os
import re
import secrets
import signal
import sys

import csource
import exercise
import grade
from exercise import ARCHES, TABLES, Bad, Table

LIMIT = 10      # seconds: some of them never end


class Mutant:
    def __init__(self, step, words, place):
        if len(words) != 4:
            raise Bad("%s: a header is: == exercise name ISAs function" % place)
        self.step, self.place = step, place
        self.number, self.name, arches, self.function = words
        self.arches = list(ARCHES) if arches == "*" else arches.split(",")
        self.what, self.changes = "", []

    def body(self, text):
        """From the reference's body to the wrong one."""
        for old, new in self.changes:
            if not old:
                return new
            pattern = r"\s+".join(map(re.escape, old.split()))
            text, count = re.subn(pattern, lambda m: new.strip("\n"), text, count=1)
            if not count:
                raise Bad("%s: the reference has no: %s" % (self.place, " ".join(old.split())))
        return text


def read_file(path):
    step = re.sub(r"^step", "", os.path.basename(path).split(".")[0])
    found = []
    with open(path, encoding="utf-8") as f:
        lines = f.read().split("\n")
    for number, line in enumerate(lines, 1):
        place = "%s:%d" % (os.path.relpath(path, exercise.ROOT), number)
        if line.startswith("== "):
            found.append(Mutant(step, line[3:].split(), place))
        elif not line.strip() or line.startswith("#"):
            continue
        elif not found:
            raise Bad("%s: no header yet" % place)
        elif line[:2] in ("- ", "+ ", "-", "+"):
            changes, text = found[-1].changes, line[2:] + "\n"
            if line[0] == "-" and (not changes or changes[-1][1] is not None):
                changes.append([text, None])
            elif line[0] == "-":
                changes[-1][0] += text
            elif not changes:
                changes.append(["", text])
            else:
                changes[-1][1] = (changes[-1][1] or "") + text
        else:
            found[-1].what = line.strip()
    for one in found:
        for change in one.changes:
            change[1] = change[1] or ""
    return found


def all_mutants(words=()):
    """[(Mutant, ISA, emulator)] whose name has all the words."""
    found = []
    for path in sorted(glob.glob(os.path.join(TABLES, "mutants", "*.txt"))):
        for one in read_file(path):
            table = Table(one.step)
            for arch in one.arches:
                arch, _, vendor = arch.partition(".")
                task = next((t for t in table.on(arch) if t.number == one.number), None)
                if task is None:
                    continue
                for emulator in grade.EMULATORS[arch]:
                    if one.function not in [name for _, name in task.graded(arch, emulator)] \
                            or vendor not in ("", exercise.VENDORS[emulator]):
                        continue
                    name = " ".join((exercise.stage(one.step), one.number, one.name, arch,
                                     emulator))
                    if all(word in name for word in words):
                        found.append((name, one, task, arch, emulator))
    return found


@functools.lru_cache(None)
def reference(step, arch):
    return grade.Reference(Table(step), arch)


def bodies(mutant, task, ref, emulator):
    """The reference's bodies, one of them made wrong."""
    found = {}
    for path, name in task.graded(ref.arch, emulator):
        text = csource.find(path, ref.original[path].decode(), name).text
        found[path, name] = mutant.body(text) if name == mutant.function else text
    return found


def judge(entry, folder):
    """("killed" or "SURVIVED" or "BROKEN", why)"""
    _, mutant, task, arch, emulator = entry
    try:
        ref = reference(mutant.step, arch)
        own = bodies(mutant, task, ref, emulator)
        where = os.path.join(folder, secrets.token_hex(3))
        result = grade.grade_one(ref, task, emulator, lambda: own, where, LIMIT)
    except (Bad, csource.NotFound) as e:
        return "BROKEN", str(e)
    if result.passed:
        return "SURVIVED", "%s (%s)" % (mutant.what, mutant.place)
    if result.expected.startswith(("a function that compiles", "a function that links")):
        return "BROKEN", "%s (%s)" % (result.seen, mutant.place)
    return "killed", result.seen


def main():
    words = (sys.argv[1] if len(sys.argv) > 1 else "").split()
    signal.signal(signal.SIGTERM, grade.stop_all)
    counts = {"killed": 0, "SURVIVED": 0, "BROKEN": 0}
    try:
        entries = all_mutants(words)
        if not entries:
            raise Bad("no mutant has these words in its name: %s" % " ".join(words))
        for step, arch in sorted({(e[1].step, e[3]) for e in entries}):
            reference(step, arch)
        folder = os.path.join(grade.PLACE, "run-%d-mutants" % os.getpid())
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            jobs = [(entry[0], pool.submit(judge, entry, folder)) for entry in entries]
            try:
                for name, job in jobs:
                    verdict, why = job.result()
                    counts[verdict] += 1
                    print("%-8s  %-56s %s" % (verdict, name, why[:100]))
                    sys.stdout.flush()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
    except Bad as e:
        sys.stderr.write("mutants: %s\n" % e)
        return 2
    except KeyboardInterrupt:
        return 130
    print("%d killed, %d survived, %d broken" % tuple(counts.values()))
    return 0 if counts["killed"] == sum(counts.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
