#!/usr/bin/env python3
"""Checks that the steps form a ladder, and keeps the table that says how steep it is.

  tools/ladder.py check     does the ladder hold? One line for each rule that is broken
  tools/ladder.py table     write tests/ladder.tsv anew (after each change in a step)
  tools/ladder.py show      print the same as a Markdown table
  tools/ladder.py mirror    which functions stand in another order on one ISA than on another, or
                            are not in both of x86_64's vendors' files

A step's hypervisor, on one ISA, is core/ include/ lib/ dev/ and arch/ISA/, without what its
Makefile lists for other ISAs only: as CORE.<isa>, and device models (and their headers) as
DEV.<isa>. The rules:

  - no file of step n is missing in step n+1
  - step n+1 changes or removes at most 3 % of the lines of step n's hypervisor
  - it adds at most 700 lines of code in steps 2 to 5 and 1600 in step 6 (on x86_64 for either
    vendor: the files of the one that adds fewer are left out)
  - steps 1 to 6 together, which is what step 6 has, stay below 4000 lines of code, and below
    6000 on x86_64, where there are two vendors
  - an arch's files bear the same names on every ISA, but for those in tests/this-isa-only.txt
  - what x86_64's one vendor has a function for, the other has too, in the same order (vmx_load and
    svm_load; a rule of `mirror` only)
  - tests/ladder.tsv is what `table` would write: a fix that was not carried forward shows there

"Lines" are all lines; "code" leaves out comments and blank lines. A changed line is one that a
diff shows as removed and added in one place.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

from carry import step_folders

ARCHES = ("riscv64", "aarch64", "x86_64")
SHARED = ("core", "include", "lib", "dev")
CHANGED_LIMIT = 0.03
ADDED_LIMIT = {2: 700, 3: 700, 4: 700, 5: 700, 6: 1600}
TOTAL_LIMIT = {"riscv64": 4000, "aarch64": 4000, "x86_64": 6000}
TOTAL_STEP = 6

# Two vendors that do the same: a student reads a step for one of them. Which files are whose their
# names' first words tell.
VENDORS = {"x86_64": {"vmx": ("vmx", "vmcs", "ept"), "svm": ("svm", "vmcb")}}

TABLE = "tests/ladder.tsv"
ONLY_LIST = "tests/this-isa-only.txt"

COLUMNS = ("step", "isa", "files", "lines", "code", "added", "changed", "removed", "code_added",
           "guest_lines", "guest_added", "guest_changed", "guest_removed")
Row = namedtuple("Row", COLUMNS)
Delta = namedtuple("Delta", "added changed removed")


def step_number(step):
    match = re.match(r"step(\d+)-", step)
    return int(match[1]) if match else None


def step_label(step):
    return str(step_number(step) or step)


def files_of(root, step):
    """Every file of a step, by its path inside the step."""
    top = Path(root) / step
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(f for f in folders if f != "__pycache__" and not f.startswith("."))
        found += [os.path.relpath(os.path.join(folder, name), top) for name in names
                  if not name.startswith(".") and not name.endswith(("~", ".orig", ".rej", ".pyc"))]
    return sorted(found)


def arches_of(root, step):
    return [arch for arch in ARCHES if (Path(root) / step / "arch" / arch).is_dir()]


def listed(root, step, name):
    """{isa: files} that the step's Makefile lists as NAME.<isa>; NAME itself is under ""."""
    path = Path(root) / step / "Makefile"
    found = {}
    text = read(path).replace("\\\n", " ") if path.exists() else ""
    for match in re.finditer(rf"^{name}(?:\.(\w+))?\s*[:+?]?=(.*)$", text, re.M):
        found.setdefault(match[1] or "", set()).update(match[2].split("#")[0].split())
    return found


def others_files(root, step, arch):
    """What the step has for other ISAs only: core's files, device models and their headers."""
    def others(name):
        known = listed(root, step, name)
        return set().union(*known.values()) - known.get("", set()) - known.get(arch, set())

    return ({f"core/{name}" for name in others("CORE")} |
            {f"dev/{name}" for name in others("DEV")} |
            {f"include/hv/{Path(name).stem}.h" for name in others("DEV")})


def concept(rel, arch, others=()):
    """Which part of a step on this ISA a file belongs to, or None: another ISA's, a lesson."""
    parts = rel.split("/")
    if rel in others:
        return None
    if parts[0] in SHARED:
        return parts[0]
    if parts[0] == "arch":
        return "arch/" + arch if len(parts) > 2 and parts[1] == arch else None
    if parts[0] == "guest":
        return None if set(parts[1:-1]) & (set(ARCHES) - {arch}) else "guest"
    return None


def code_only(name, text):
    """The text without comments and blank lines. What strings hold stays."""
    if name.endswith(".S"):
        text = re.sub(r"^[ \t]*#(?!\s*(include|define|undef|if|ifdef|ifndef|elif|else|endif|error)"
                      r"\b).*$", "", text, flags=re.M)
    text = re.sub(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|/\*.*?\*/|//[^\n]*',
                  lambda m: m[0] if m[0][0] in "\"'" else "\n" * m[0].count("\n"),
                  text, flags=re.S)
    return "".join(line.rstrip() + "\n" for line in text.splitlines() if line.strip())


def read(path):
    return path.read_bytes().decode(errors="replace")


class Part:
    """Some files of a step, also as copies with the code only."""

    def __init__(self, root, step, rels, scratch):
        self.rels = set(rels)
        self.plain, self.code = Path(scratch) / "plain", Path(scratch) / "code"
        self.lines = self.code_lines = 0
        for rel in sorted(rels):
            text = read(Path(root) / step / rel)
            code = code_only(rel, text)
            self.lines += len(text.splitlines())
            self.code_lines += code.count("\n")
            for top, what in ((self.plain, text), (self.code, code)):
                (top / rel).parent.mkdir(parents=True, exist_ok=True)
                (top / rel).write_text(what)
        self.plain.mkdir(parents=True, exist_ok=True)
        self.code.mkdir(parents=True, exist_ok=True)


def delta(old, new):
    """What a diff between two folders amounts to."""
    # Nobody's own settings may count lines otherwise than the next one's.
    env = dict(os.environ, GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
    done = subprocess.run(
        ["git", "diff", "--no-index", "--no-ext-diff", "--no-color", "--no-renames", "--minimal",
         "--unified=0", "--", str(old), str(new)],
        cwd=Path(new).parent, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode not in (0, 1):
        raise SystemExit("ladder: git diff: " + done.stderr.decode(errors="replace").strip())
    added = changed = removed = 0
    for match in re.finditer(rb"^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@", done.stdout, re.M):
        gone, come = (int(n) if n is not None else 1 for n in match.groups())
        both = min(gone, come)
        added, changed, removed = added + come - both, changed + both, removed + gone - both
    return Delta(added, changed, removed)


def vendor_not_read(arch, before, part):
    """Lines of code that the vendor adds that adds fewer: they don't count as added."""
    added = []
    for words in VENDORS.get(arch, {}).values():
        added.append(0)
        for rel in sorted(rel for rel in part.rels
                          if re.split(r"[_-]", Path(rel).stem)[0] in words):
            old = before.code / rel
            one = delta(old if old.exists() else os.devnull, part.code / rel)
            added[-1] += one.added + one.changed
    return min(added, default=0)


def measure(root, steps):
    """The table's rows, in the ladder's order, ISA by ISA."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="ladder-") as scratch:
        for arch in ARCHES:
            before = {name: Part(root, "", [], f"{scratch}/none") for name in ("hv", "guest")}
            for step in steps:
                if arch not in arches_of(root, step):
                    continue
                others = others_files(root, step, arch)
                rels = {rel: concept(rel, arch, others) for rel in files_of(root, step)}
                parts, deltas = {}, {}
                for name in ("hv", "guest"):
                    mine = [rel for rel, what in rels.items()
                            if what and (what == "guest") == (name == "guest")]
                    parts[name] = Part(root, step, mine, f"{scratch}/{arch}/{step}/{name}")
                    deltas[name] = delta(before[name].plain, parts[name].plain)
                code = delta(before["hv"].code, parts["hv"].code)
                spared = vendor_not_read(arch, before["hv"], parts["hv"])
                rows.append(Row(step_label(step), arch, len(parts["hv"].rels), parts["hv"].lines,
                                parts["hv"].code_lines, *deltas["hv"],
                                code.added + code.changed - spared, parts["guest"].lines,
                                *deltas["guest"]))
                before = parts
    return rows


# --- the rules ----------------------------------------------------------------------

def check_files_stay(root, steps):
    for step, later in zip(steps, steps[1:]):
        gone = set(files_of(root, step)) - set(files_of(root, later))
        for rel in sorted(gone):
            yield f"{later}/{rel} is missing, and {step} has it"


def check_limits(rows):
    last = {}
    for row in rows:
        before = last.get(row.isa)
        number = int(row.step) if row.step.isdigit() else None
        name = f"step {row.step} on {row.isa}" if number else f"{row.step} on {row.isa}"
        if before:
            touched = row.changed + row.removed
            if touched > CHANGED_LIMIT * before.lines:
                yield (f"{name} changes or removes {touched} of the {before.lines} lines of step"
                       f" {before.step}: {100 * touched / before.lines:.1f} %,"
                       f" and at most {100 * CHANGED_LIMIT:.0f} % may be")
        if before and number in ADDED_LIMIT and row.code_added > ADDED_LIMIT[number]:
            yield (f"{name} adds {row.code_added} lines of code,"
                   f" and at most {ADDED_LIMIT[number]} may be")
        if number == TOTAL_STEP and row.code >= TOTAL_LIMIT[row.isa]:
            yield (f"steps 1 to 6 have {row.code} lines of code on {row.isa},"
                   f" and fewer than {TOTAL_LIMIT[row.isa]} may be")
        last[row.isa] = row


def only_list(root):
    """{(isa, path inside arch/ISA)} of files that one ISA has for itself."""
    found = {}
    path = Path(root) / ONLY_LIST
    if path.exists():
        for number, line in enumerate(read(path).splitlines(), 1):
            words = line.split("#")[0].split()
            if words:
                found[tuple(words[:2])] = number
    return found


def arch_files(root, step, arch):
    top = f"arch/{arch}/"
    return {rel[len(top):] for rel in files_of(root, step) if rel.startswith(top)}


def check_mirror(root, steps):
    only = only_list(root)
    used = set()
    for step in steps:
        arches = arches_of(root, step)
        mine = {arch: arch_files(root, step, arch) for arch in arches}
        for arch in arches:
            used |= {(arch, rel) for rel in mine[arch]}
            for other in arches:
                for rel in sorted(mine[other] - mine[arch]):
                    if (other, rel) not in only:
                        yield (f"{step}/arch/{arch}/{rel} is missing and {other} has it;"
                               f" if it is {other}'s alone, say so in {ONLY_LIST}")
        for arch, rels in sorted(listed(root, step, "ARCH_FILES").items()):
            for rel in sorted(rel for rel in rels if arch and (arch, rel) not in only):
                yield f"{step}/Makefile lists {rel} as {arch}'s alone and {ONLY_LIST} does not"
    for (arch, rel), line in sorted(only.items()):
        if (arch, rel) not in used:
            yield f"{ONLY_LIST}:{line}: no step has arch/{arch}/{rel}"
        for other in ARCHES:
            if other != arch and (other, rel) in used and (other, rel) not in only:
                yield f"{ONLY_LIST}:{line}: {rel} is not {arch}'s alone, {other} has it too"


def table_text(rows):
    return "".join("\t".join(str(field) for field in row) + "\n" for row in (COLUMNS, *rows))


def check_table(root, rows):
    path = Path(root) / TABLE
    kept = read(path).splitlines() if path.exists() else []
    now = table_text(rows).splitlines()
    if kept == now:
        return
    yield (f"{TABLE} is not what the tree is now: was a fix not carried to a later step"
           " (tools/carry.py)? If all is as meant: tools/ladder.py table")
    for sign, some, others in (("-", kept, now), ("+", now, kept)):
        for line in some:
            if line not in others:
                yield f"  {sign} {' '.join(line.split())}"


# --- functions in the same order ----------------------------------------------------

FUNCTION = re.compile(r"^(?!static inline|typedef|extern|struct \w+ =|#)[A-Za-z_][\w \t*]*?[ *]"
                      r"(\w+)\([^;{}]*\)\s*\n\{", re.M)
ROUTINE = re.compile(r"^\s*(?:ENTRY|FUNC|ROUTINE)\s*\(?\s*(\w+)", re.M)


def functions_of(path):
    text = code_only(path.name, read(path))
    return [m[1] for m in (ROUTINE if path.suffix == ".S" else FUNCTION).finditer(text)]


def check_order(root, steps):
    for step in steps:
        arches = arches_of(root, step)
        for at, arch in enumerate(arches):
            for other in arches[at + 1:]:
                both = arch_files(root, step, arch) & arch_files(root, step, other)
                for rel in sorted(r for r in both if r.endswith((".c", ".S"))):
                    one, two = (functions_of(Path(root) / step / "arch" / isa / rel)
                                for isa in (arch, other))
                    ours, theirs = ([f for f in some if f in rest]
                                    for some, rest in ((one, two), (two, one)))
                    if ours != theirs:
                        yield (f"{step}/arch/*/{rel}: {arch} has {' '.join(ours)},"
                               f" {other} has {' '.join(theirs)}")


def operations(path, vendor):
    """The functions of a vendor's file that bear its name, without it."""
    return [name[len(vendor):] for name in functions_of(path) if name.startswith(vendor + "_")]


def check_vendors(root, steps):
    """Each vendor's file beside the other's, such as vmx.c and svm.c: an operation of one is one of
    the other, and in files of one kind they have one order."""
    for step in steps:
        for arch in arches_of(root, step):
            names = list(VENDORS.get(arch, {}))
            if not names:
                continue
            files = {vendor: {} for vendor in names}
            for rel in sorted(arch_files(root, step, arch)):
                vendor = Path(rel).stem.split("_")[0]
                if vendor in names and rel.endswith((".c", ".S")):
                    kind = rel[rel.index(vendor) + len(vendor):]
                    files[vendor][kind] = operations(
                        Path(root) / step / "arch" / arch / rel, vendor)
            known = {vendor: {one for some in files[vendor].values() for one in some}
                     for vendor in names}
            for one, two in (names, names[::-1]):
                for kind in sorted(set(files[one]) - set(files[two])):
                    yield f"{step}/arch/{arch} has {one}{kind} and no {two}{kind}"
                for name in sorted(known[one] - known[two]):
                    yield f"{step}/arch/{arch} has {one}{name}() and no {two}{name}()"
            one, two = names
            for kind in sorted(set(files[one]) & set(files[two])):
                both = set(files[one][kind]) & set(files[two][kind])
                ours, theirs = ([name for name in files[vendor][kind] if name in both]
                                for vendor in names)
                for first, second in zip(ours, theirs):
                    if first != second:
                        yield (f"{step}/arch/{arch}: {one}{kind} has {one}{first} where "
                               f"{two}{kind} has {two}{second}")
                        break


# --- commands -----------------------------------------------------------------------

def markdown(rows):
    heads = ["step", "ISA", "files", "lines", "of it code", "added", "changed", "removed",
             "code added", "guests' lines", "added", "changed", "removed"]
    body = [[str(field) for field in row] for row in rows]
    widths = [max(len(line[n]) for line in (heads, *body)) for n in range(len(heads))]
    def line(fields):
        cells = [f.ljust(w) if n < 2 else f.rjust(w)
                 for n, (f, w) in enumerate(zip(fields, widths))]
        return "| " + " | ".join(cells) + " |"
    rule = ["-" * w if n < 2 else "-" * (w - 1) + ":" for n, w in enumerate(widths)]
    return "\n".join(line(fields) for fields in (heads, rule, *body))


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["check", "table", "show", "mirror"])
    parser.add_argument("--root", default=Path(__file__).resolve().parent.parent, type=Path,
                        help="the folder that holds the steps (default: this tool's own)")
    args = parser.parse_args(argv)
    steps = step_folders(args.root)
    if not steps:
        print(f"ladder: no steps in {args.root}", file=sys.stderr)
        return 2
    if args.command == "mirror":
        broken = [*check_order(args.root, steps), *check_vendors(args.root, steps)]
    else:
        rows = measure(args.root, steps)
        broken = []
        if args.command == "table":
            (args.root / TABLE).write_text(table_text(rows))
            print(f"ladder: {TABLE} written")
        elif args.command == "show":
            print(markdown(rows))
        else:
            broken = [*check_files_stay(args.root, steps), *check_limits(rows),
                      *check_mirror(args.root, steps), *check_table(args.root, rows)]
    for line in broken:
        print(line if line.startswith(" ") else "ladder: " + line)
    if args.command == "check" and not broken:
        print(f"ladder: it holds ({len(steps)} steps)")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
