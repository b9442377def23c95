#!/usr/bin/env python3
"""Makes a copy of a step with its exercises cut out.

    exercise.py STEP

Make calls this (`make exercise STEP=n`). Out comes work/<step>/, in which the body of each function
that an exercise of tests/exercises/step<n>.ini names is one call that ends the run with the
exercise's number and title: so what a run of it says is what is to be done next. It is built, run
and debugged with TREE=work/<step>, and graded by `make grade STEP=n ARCH=a`.

A copy with changes is never overwritten: what was written is kept beside it as hashes.
"""
import argparse
import configparser
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

import csource

if sys.version_info < (3, 9):
    sys.exit("exercise: Python 3.9 or newer is needed and this is %s" % sys.version.split()[0])

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TABLES = os.path.join(ROOT, "tests", "exercises")
ARCHES = ("riscv64", "aarch64", "x86_64")
VENDORS = {"qemu": "svm", "bochs": "vmx"}    # of x86_64's CPUs
MANIFEST = ".exercises.json"


class Bad(Exception):
    """Something that the user can put right: one line, status 2."""


class Exercise:
    """One section of a table."""

    def __init__(self, number, section, name):
        def want(key):
            if not section.get(key):
                raise Bad("%s: [%s] has no %s" % (name, number, key))
            return section[key]
        self.number, self.title, self.hint = number, want("title"), want("hint")
        self.points = int(want("points"))
        # {ISA: hint}: one ISA's own, where the common one does not fit it.
        self.hints = {arch: section.get(arch + ".hint", self.hint) for arch in ARCHES}
        self.guest = section.get("guest", "")
        self.checks = section.get("check", "").split()
        # {ISA: [(file, function)]}; it is there on the ISAs that it names. Function *: all of it.
        # Of a CPU vendor's (x86_64.vmx, x86_64.svm): graded where that emulator is.
        self.functions, self.of_vendor = {}, {}
        for arch in ARCHES:
            for key in (arch, arch + ".vmx", arch + ".svm"):
                words = section.get(key, "").replace(",", " ").split()
                pairs = [tuple(word.split(":")) for word in words]
                self.functions.setdefault(arch, []).extend(pairs)
                if key != arch:
                    self.of_vendor.update({pair: key[-3:] for pair in pairs})
        self.functions = {arch: pairs for arch, pairs in self.functions.items() if pairs}
        # {ISA: helpers that the probe can have answer otherwise}
        self.mocked = {arch: [tuple(word.split(":")) for word in section.get(
            arch + ".mocked", "").replace(",", " ").split()] for arch in ARCHES}
        # {ISA: values for -cpu}: the step's own run is compared on these machines too.
        self.machines = {arch: section.get(arch + ".cpus", "").split() for arch in ARCHES}
        # Patches: of the reference that the grader wants; of the copy that a student gets.
        self.solution = section.get("solution", "")
        self.planted = section.get("planted", "")

    def graded(self, arch, emulator):
        """The functions that count there."""
        return [pair for pair in self.functions[arch]
                if self.of_vendor.get(pair, VENDORS[emulator]) == VENDORS[emulator]]

    @property
    def arches(self):
        return list(self.functions)


def stage(step):
    """What a step's files are called here."""
    return step if step == "final" else "step" + step


class Table:
    """tests/exercises/step<n>.ini: the step's exercises in order."""

    def __init__(self, step, folder=TABLES):
        self.step = step
        self.path = os.path.join(folder, "%s.ini" % stage(step))
        if not os.path.exists(self.path):
            raise Bad("step %s has no exercises yet" % step)
        ini = configparser.ConfigParser(interpolation=None, strict=True)
        name = os.path.relpath(self.path, ROOT)
        try:
            ini.read(self.path, encoding="utf-8")
        except configparser.Error as e:
            raise Bad("%s: %s" % (name, str(e).replace("\n", " ")))
        # After the call of this function in hv_main the grader looks in.
        self.hook = ini.get("step", "hook", fallback="pcpu_init")
        self.exercises = [Exercise(number, ini[number], name)
                          for number in ini.sections() if number != "step"]

    def on(self, arch):
        return [one for one in self.exercises if arch in one.functions]


def folder_of(step):
    """The folder of a step, relative to the root."""
    if step == "final":
        return "final"
    for name in sorted(os.listdir(ROOT)):
        if re.fullmatch(r"step%s-\w+" % re.escape(step), name):
            return name
    raise Bad("STEP=%s is not in this tree" % step)


def files_of(folder):
    """{path below it: content} as git has it at HEAD, so that what someone tries out in the step
    itself changes no exercise; without git as it lies there."""
    found = {}
    listed = subprocess.run(["git", "-C", ROOT, "ls-tree", "-r", "-z", "HEAD", folder + "/"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL) if os.path.exists(
                                os.path.join(ROOT, ".git")) else None
    if listed and listed.returncode == 0 and listed.stdout:
        rows = [row.split(b"\t", 1) for row in listed.stdout.split(b"\0") if row]
        blobs = subprocess.run(["git", "-C", ROOT, "cat-file", "--batch"], stdout=subprocess.PIPE,
                               input=b"".join(row[0].split()[2] + b"\n" for row in rows)).stdout
        at = 0
        for _, path in rows:
            end = blobs.index(b"\n", at)
            size = int(blobs[at:end].split()[2])
            found[path.decode()[len(folder) + 1:]] = blobs[end + 1:end + 1 + size]
            at = end + 1 + size + 1
        return found
    for here, _, names in os.walk(os.path.join(ROOT, folder)):
        for name in names:
            path = os.path.join(here, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, os.path.join(ROOT, folder))] = f.read()
    return found


# ------------------------------------------------------------------------------ the skeleton

STOP_C = """{
	extern _Noreturn void panic(const char *fmt, ...);

	/* %(title)s: the comment above and the step's README say what. */
	panic("%%s", "exercise %(number)s: %(title)s");
}"""

STOP_ASSEMBLY = {
    "riscv64": "\tla\ta0, 99f\n\ttail\tpanic\n",
    # Other ways in may jump to a routine's label 1.
    "aarch64": "1:\tadr\tx0, 99f\n\tb\tpanic\n",
    "x86_64": "\tlea\t99f(%rip), %rdi\n\txor\t%eax, %eax\n\tcall\tpanic\n",
}


def stop(path, exercise, arch):
    """The body that takes the place of an exercise's."""
    words = {"number": exercise.number, "title": exercise.title}
    if path.endswith(".S"):
        return STOP_ASSEMBLY[arch] + '99:\t.asciz\t"exercise %(number)s: %(title)s"\n' \
            "\t.balign\t8\n" % words
    return STOP_C % words


# Cut bodies leave parameters, helpers and tables without a use.
UNUSED = "CFLAGS.step += -Wno-unused-parameter -Wno-unused-function -Wno-unused-variable " \
    "-Wno-unused-const-variable\n"


def patch(files, name):
    """Applies tests/exercises/<name>, a unified diff, to {path: bytes}. What a hunk takes away must
    be in the file once; the numbers of its lines don't count, so that a carried fix moves it. From
    /dev/null comes a new file."""
    with open(os.path.join(TABLES, name), encoding="utf-8") as f:
        parts = re.split(r"^--- (a/.*|/dev/null)\n\+\+\+ b/(.*)\n", f.read(), flags=re.M)
    for old, path, hunks in zip(parts[1::3], parts[2::3], parts[3::3]):
        if (old == "/dev/null") == (path in files):
            raise Bad("%s: %s is %sthere" % (name, path, "" if path in files else "not "))
        text = files.get(path, b"").decode()
        for hunk in re.split(r"^@@.*\n", hunks, flags=re.M)[1:]:
            lines = hunk.splitlines(True)
            old = "".join(line[1:] for line in lines if line[0] in " -")
            if text.count(old) != 1:
                raise Bad("%s does not fit %s any more" % (name, path))
            text = text.replace(old, "".join(line[1:] for line in lines if line[0] in " +"))
        files[path] = text.encode()


def solve(files, exercise):
    """Solves an open exercise in {path: bytes}, on top of what a student's copy has of it."""
    for name in filter(None, (exercise.planted, exercise.solution) if exercise.solution else ()):
        patch(files, name)


def cut(files, table):
    """Cuts every exercise out of these files ({path: bytes}); returns how many functions."""
    count, done = 0, set()
    for exercise in table.exercises:
        if exercise.planted:
            patch(files, exercise.planted)
        if exercise.planted or exercise.solution:
            continue
        for arch, functions in exercise.functions.items():
            for path, name in functions:
                if (path, name) in done:
                    continue
                done.add((path, name))
                if path not in files:
                    raise Bad("exercise %s: there is no %s" % (exercise.number, path))
                text = files[path].decode()
                files[path] = csource.replace_body(path, text, name,
                                                   stop(path, exercise, arch)).encode()
                count += 1
    makefile = files["Makefile"].decode()
    files["Makefile"] = makefile.replace("\ninclude ", "\n" + UNUSED + "\ninclude ", 1).encode()
    return count


def digest(content):
    return hashlib.sha256(content).hexdigest()


def changed(target):
    """The files of a copy that are not as they were written; None where it is no copy."""
    try:
        with open(os.path.join(target, MANIFEST)) as f:
            manifest = json.load(f)
    except (OSError, ValueError):
        return None
    differ = []
    for here, _, names in os.walk(target):
        for name in names:
            path = os.path.relpath(os.path.join(here, name), target)
            with open(os.path.join(here, name), "rb") as f:
                if path != MANIFEST and manifest.get(path) != digest(f.read()):
                    differ.append(path)
    return sorted(differ + [path for path in manifest
                            if not os.path.exists(os.path.join(target, path))])


def make(step, target):
    table = Table(step)
    files = files_of(folder_of(step))
    if os.path.lexists(target):
        differ = changed(target)
        shown = os.path.relpath(target, ROOT)
        if differ is None:
            raise Bad("%s is there and was not made by this command: move it away first" % shown)
        if differ:
            raise Bad("%s has changes (%s%s): move it away first" % (
                shown, ", ".join(differ[:3]), ", …" if len(differ) > 3 else ""))
        shutil.rmtree(target)
    cut(files, table)
    new = target + ".new%d" % os.getpid()
    for path, content in files.items():
        os.makedirs(os.path.dirname(os.path.join(new, path)), exist_ok=True)
        with open(os.path.join(new, path), "wb") as f:
            f.write(content)
    with open(os.path.join(new, MANIFEST), "w") as f:
        json.dump({path: digest(content) for path, content in files.items()}, f)
    os.rename(new, target)
    return table


def main():
    parser = argparse.ArgumentParser(description="Makes a copy of a step with exercises to fill.")
    parser.add_argument("step")
    args = parser.parse_args()
    try:
        target = os.path.join(ROOT, "work", folder_of(args.step))
        table = make(args.step, target)
    except (Bad, csource.NotFound) as e:
        sys.stderr.write("exercise: %s\n" % e)
        return 2
    shown = os.path.relpath(target, ROOT)
    print("%s: %d exercises, %d points" % (shown, len(table.exercises),
                                           sum(one.points for one in table.exercises)))
    for one in table.exercises:
        print("  %s  %s (%d)" % (one.number, one.title, one.points))
        for arch, functions in one.functions.items():
            print("       %-8s %s" % (arch, ", ".join("%s: %s" % pair for pair in functions)))
    print("What is to be done stands in %s/README.md, under Exercises." % shown)
    print("  make STEP=%s ARCH=a TREE=%s qemu     runs it up to the next exercise" % (
        args.step, shown))
    print("  make grade STEP=%s ARCH=a%s grades it" % (args.step, " " * (len(shown) + 6)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
