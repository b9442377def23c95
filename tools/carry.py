#!/usr/bin/env python3
"""Carry a fix forward through the steps.

The steps are whole copies, so a fix made in step k also belongs into k+1 … final.
For every file of a step that differs from the base revision (default HEAD) this
merges three ways, with git merge-file: the file as the base revision has it, the
file as it is now, and the next step's file. What the next step has taken over is
then carried on from there, since neighbours resemble each other most. When a step
can't take a change, the step that had it last hands it to the steps after that one.

A change that a later step already has is recognised. What can't be merged leaves
that file as it was: the merge with its markers goes to build/carry/, and the exit
status is 1. The git index is never touched. Each step's own README.md stays out.

  tools/carry.py                       everything that differs from HEAD
  tools/carry.py --base main~3         … from an older revision
  tools/carry.py --from 4              start at step 4, e.g. once its conflict is mended by hand
  tools/carry.py --dry-run core/vcpu.c only say what would happen to this file
"""
import argparse
import difflib
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

OWN_TO_EACH_STEP = {"README.md"}

# One version of a file: its bytes and what git would call its mode.
Version = namedtuple("Version", "data mode")


class CarryError(Exception):
    pass


def git(root, *args, binary=False):
    env = dict(os.environ, GIT_OPTIONAL_LOCKS="0")
    done = subprocess.run(["git", "-C", str(root), *args], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=env)
    if done.returncode:
        raise CarryError(f"git {args[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout if binary else done.stdout.decode()


def step_folders(root):
    """The step folders in the ladder's order."""
    steps = [p.name for p in root.iterdir() if p.is_dir() and re.match(r"step\d+-", p.name)]
    steps.sort(key=lambda name: int(re.match(r"step(\d+)", name)[1]))
    return steps + (["final"] if (root / "final").is_dir() else [])


def find_step(steps, wanted):
    for step in steps:
        if wanted in (step, step.split("-")[0], step.split("-")[0].replace("step", "")):
            return step
    raise CarryError(f"no step '{wanted}' here; there are: {', '.join(steps)}")


def base_versions(root, base, step):
    """rel path -> Version, as the base revision has the step."""
    found, wanted = {}, []
    for line in git(root, "ls-tree", "-r", "-z", base, "--", step + "/").split("\0"):
        if line:
            meta, path = line.split("\t", 1)
            mode, kind, sha = meta.split()
            if kind == "blob":
                wanted.append((path, mode, sha))
    if not wanted:
        return found
    blobs = subprocess.run(["git", "-C", str(root), "cat-file", "--batch"], check=True,
                           input="".join(f"{sha}\n" for _, _, sha in wanted).encode(),
                           stdout=subprocess.PIPE).stdout
    at = 0
    for path, mode, _ in wanted:
        end = blobs.index(b"\n", at)
        size = int(blobs[at:end].split()[2])
        found[path[len(step) + 1:]] = Version(blobs[end + 1:end + 1 + size], mode)
        at = end + 1 + size + 1
    return found


def version_on_disk(path):
    if path.is_symlink():
        return Version(os.readlink(path).encode(), "120000")
    if not path.is_file():
        return None
    executable = path.stat().st_mode & stat.S_IXUSR
    return Version(path.read_bytes(), "100755" if executable else "100644")


def working_versions(root, step):
    listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard",
                 "--", step + "/").split("\0")
    found = {}
    for path in filter(None, listed):
        version = version_on_disk(root / path)
        if version:
            found[path[len(step) + 1:]] = version
    return found


# --- merging one file ---------------------------------------------------------------

def edits(old, new):
    """[(first, last, replacement lines)]: what turns old into new."""
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return [(i1, i2, new[j1:j2]) for tag, i1, i2, j1, j2 in matcher.get_opcodes()
            if tag != "equal"]


def has_already(ours, fix, base):
    """True where our edit of the base holds the fix's edit, with more around it."""
    (o1, o2, mine), (f1, f2, theirs) = ours, fix
    if not (o1 <= f1 and f2 <= o2):
        return False
    if theirs and not any(re.search(rb"\w", line) for line in theirs):
        return False
    if not theirs:
        return not mine
    gone = [line for line in base[f1:f2] if line not in theirs]
    if any(line in mine for line in gone):
        return False
    return any(mine[i:i + len(theirs)] == theirs
               for i in range(len(mine) - len(theirs) + 1))


def settle(base, ours, fixed):
    """Merge a region over which git merge-file gave up, or None.

    Two cases are no conflict in a ladder that grows by additions: we inserted lines
    right beside a line that the fix changes; and we have the fix with lines around it.
    """
    out, at = [], 0
    mine, theirs = edits(base, ours), edits(base, fixed)
    while mine or theirs:
        if not theirs or (mine and mine[0][:2] < theirs[0][:2]):
            first, second, from_fix = mine, theirs, False
        else:
            first, second, from_fix = theirs, mine, True
        edit = first.pop(0)
        if second:
            other = second[0]
            if edit == other:
                second.pop(0)
            elif other[0] < edit[1] or edit[:2] == other[:2]:
                held = (other, edit) if from_fix else (edit, other)
                if not has_already(*held, base):
                    return None
                second.pop(0)
                edit = held[0]
            elif other[0] == edit[1] and edit[0] < edit[1] and other[0] < other[1]:
                return None
        if edit[0] < at:
            return None
        out += base[at:edit[0]] + edit[2]
        at = edit[1]
    return out + base[at:]


def merge_text(names, ours, base, fixed):
    """(merged bytes, None), or (None, the bytes with conflict markers)."""
    with tempfile.TemporaryDirectory(prefix="carry-") as folder:
        paths = []
        for name, data in zip(("ours", "base", "fixed"), (ours, base, fixed)):
            paths.append(os.path.join(folder, name))
            with open(paths[-1], "wb") as file:
                file.write(data)
        labels = [word for name in names for word in ("-L", name)]

        def merge_file(*options):
            return subprocess.run(["git", "merge-file", "-p", *options, *labels, *paths],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        done = merge_file()
        if done.returncode == 0:
            return done.stdout, None
        if done.returncode > 127:
            raise CarryError(f"git merge-file: {done.stderr.decode(errors='replace').strip()}")
        with_base = merge_file("--diff3").stdout
    out, part, region = [], None, None
    marker = {b"<<<<<<< ": 0, b"||||||| ": 1, b"=======\n": 2, b"=======\r": 2, b">>>>>>> ": 3}
    for line in with_base.splitlines(keepends=True):
        turn = marker.get(line[:8])
        if turn == 0 and part is None:
            part, region = 0, ([], [], [])
        elif part is not None and turn == part + 1:
            part = turn
            if part == 3:
                settled = settle(region[1], region[0], region[2])
                if settled is None:
                    return None, with_base
                out += settled
                part = None
        elif part is None:
            out.append(line)
        else:
            region[part].append(line)
    return b"".join(out), None


def carry_one(source, target, base, fixed, ours):
    """What the target's file becomes: (Version or None, word for the table, conflict).

    base and fixed are the source step's file before and after the fix, ours is the
    target's file; None stands for "no such file". conflict is None or
    (reason, bytes to keep for the user).
    """
    if fixed is None:
        if ours is None:
            return None, "has it", None
        if ours.data == base.data:
            return None, "deleted", None
        return ours, "CONFLICT", (f"deleted in {source}, but different in {target}", None)
    if base is None:
        if ours is None:
            return fixed, "added", None
        if ours.data == fixed.data:
            return ours._replace(mode=fixed.mode), "has it", None
        return ours, "CONFLICT", (f"new in {source}, but {target} has another file there",
                                  fixed.data)
    if ours is None:
        return None, "CONFLICT", (f"changed in {source}, but missing in {target}", fixed.data)

    mode = fixed.mode if fixed.mode != base.mode else ours.mode
    if fixed.data in (base.data, ours.data):
        data = ours.data
    elif ours.data == base.data:
        data = fixed.data
    elif "120000" in (mode, ours.mode) or any(b"\0" in v.data for v in (base, fixed, ours)):
        return ours, "CONFLICT", (f"binary, changed in {source} and different in {target}",
                                  fixed.data)
    else:
        data, marked = merge_text((target, f"{source} before", f"{source} now"),
                                  ours.data, base.data, fixed.data)
        if data is None:
            return ours, "CONFLICT", (f"changed in {source}", marked)
    merged = Version(data, mode)
    if merged == ours:
        return ours, "has it", None
    return merged, "merged" if data != ours.data else "mode", None


# --- the whole ladder ---------------------------------------------------------------

def wanted_paths(root, steps, paths):
    """A test for (step, rel path), from what was given on the command line."""
    def folder_in_step(given):
        path = given
        if os.path.exists(given) or os.path.isabs(given):
            path = os.path.relpath(os.path.realpath(given), root)
        first, _, rest = path.partition("/")
        return (first, rest.rstrip("/")) if first in steps else (None, given.rstrip("/"))
    chosen = [folder_in_step(given) for given in paths]

    def wanted(step, rel):
        return not chosen or any(
            s in (None, step) and (not r or rel == r or rel.startswith(r + "/"))
            for s, r in chosen)
    return wanted


def plan(root, base, steps, wanted):
    """(rows for the table, {(step, rel): Version or None} to write, conflicts)."""
    before = {step: base_versions(root, base, step) for step in steps}
    now = {step: working_versions(root, step) for step in steps}
    rels = sorted({rel for step in steps for rel in (*before[step], *now[step])}
                  - OWN_TO_EACH_STEP)
    rows, writes, conflicts = [], {}, []
    for rel in rels:
        carriers, cells = [], {}
        for step in steps:
            old, ours = before[step].get(rel), now[step].get(rel)
            untouched = old == ours
            own_fix = not untouched and wanted(step, rel)
            words, stuck, taken = (["changed"] if own_fix else []), [], []
            for source in carriers:
                result, word, conflict = carry_one(source, step, before[source].get(rel),
                                                   now[source].get(rel), ours)
                words.append(word)
                (stuck if conflict else taken).append(source)
                if conflict:
                    conflicts.append((rel, source, step, *conflict))
                elif result != ours:
                    writes[step, rel] = ours = result
            if ours is None:
                now[step].pop(rel, None)
            else:
                now[step][rel] = ours
            # From here on this step speaks for those it took over, unless it has
            # nothing to show for it or a change of its own that was not asked for.
            if own_fix or (taken and untouched and old != ours):
                taken = [step]
            carriers = stuck + taken
            if words:
                cells[step] = "+".join(dict.fromkeys(words))
        if cells:
            rows.append((rel, cells))
    return rows, writes, conflicts


def write_version(path, version):
    if version is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".carry")
    if version.mode == "120000":
        os.symlink(version.data.decode(), beside)
    else:
        beside.write_bytes(version.data)
        os.chmod(beside, 0o755 if version.mode == "100755" else 0o644)
    os.replace(beside, path)


def show_table(steps, rows):
    heads = [step.split("-")[0] for step in steps]
    first = max(len(rel) for rel, _ in rows)
    widths = [max([len(head)] + [len(cells.get(step, "")) for _, cells in rows])
              for head, step in zip(heads, steps)]
    def line(name, words):
        print("  ".join([name.ljust(first)] +
                        [w.ljust(n) for w, n in zip(words, widths)]).rstrip())
    line("file", heads)
    for rel, cells in rows:
        line(rel, [cells.get(step, "") for step in steps])


def conflict_places(marked):
    """The conflicts' places in the file that stays: [(line, [the lines there])]."""
    places, number, part = [], 1, "ours"
    for line in marked.splitlines():
        if line.startswith(b"<<<<<<< "):
            part, here = "conflict", []
            places.append((number, here))
        elif part == "conflict" and line.startswith((b"||||||| ", b"=======")):
            part = "theirs"
        elif line.startswith(b">>>>>>> "):
            part = "ours"
        elif part != "theirs":
            if part == "conflict":
                here.append(line)
            number += 1
    return places


def show_conflicts(root, conflicts, dry_run):
    kept = root / "build" / "carry"
    if not dry_run:
        shutil.rmtree(kept, ignore_errors=True)
    for rel, source, target, reason, data in conflicts:
        print(f"\n{target}/{rel}: not merged: {reason}; left as it was")
        if data is None:
            continue
        if b"\n>>>>>>> " in data:
            for number, lines in conflict_places(data):
                print(f"  line {number}:")
                for line in lines[:4]:
                    print("    " + line.decode(errors="replace"))
                if len(lines) > 4:
                    print(f"    … {len(lines) - 4} more lines")
        if not dry_run:
            path = kept / target / (rel + ".from-" + source)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            print(f"  kept in {path.relative_to(root)}")


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", default="HEAD", metavar="REV",
                        help="the revision that the fixes are measured against")
    parser.add_argument("--from", dest="start", metavar="STEP",
                        help="start at this step; fixes in earlier ones stay where they are")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    parser.add_argument("paths", nargs="*",
                        help="only fixes in these files or folders (core/vcpu.c, or one step's)")
    args = parser.parse_args(argv)
    try:
        root = Path(git(".", "rev-parse", "--show-toplevel").strip())
        base = git(root, "rev-parse", "--verify", "--quiet", args.base + "^{commit}").strip()
    except CarryError:
        print(f"carry: '{args.base}' is no revision here; name one with --base", file=sys.stderr)
        return 2
    try:
        steps = step_folders(root)
        wanted = wanted_paths(root, steps, args.paths)
        if args.start:
            steps = steps[steps.index(find_step(steps, args.start)):]
        rows, writes, conflicts = plan(root, base, steps, wanted)
    except CarryError as error:
        print(f"carry: {error}", file=sys.stderr)
        return 2
    if not rows:
        print(f"carry: nothing differs from {args.base}")
        return 0
    if not args.dry_run:
        for (step, rel), version in writes.items():
            write_version(root / step / rel, version)
    show_table(steps, rows)
    show_conflicts(root, conflicts, args.dry_run)
    if conflicts:
        print(f"\ncarry: {len(conflicts)} not merged. Mend the first one by hand, then carry on"
              " from there with --from.")
        return 1
    print(f"\ncarry: {len(writes)} files {'would be ' if args.dry_run else ''}written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
