#!/usr/bin/env python3
"""Shows what a step adds to the step before: a table of its files by concept, then the diffs.

  tools/diff.py 4                      make diff STEP=4: every ISA, the same file of each together
  tools/diff.py 4 aarch64              make diff STEP=4 ARCH=aarch64: as if there were no other
  tools/diff.py 4 --html               make diff STEP=4 HTML=1: build/diff/step4.html

On a terminal the diffs are coloured and go through a pager, into a file they are plain. The page
is made by diff2html-cli, which npm installs into the cache folder when it is first wanted.
"""
import argparse
import html
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from carry import CarryError, find_step, step_folders
from ladder import ARCHES, arches_of, concept, files_of, others_files

ROOT = Path(__file__).resolve().parent.parent
DIFF2HTML = "diff2html-cli@5"

# In reading order.
CONCEPTS = ["core", "include", "lib", "dev", "arch", "guest", "build"]
SAYS = {"core": "the hypervisor itself, the same on every ISA",
        "include": "the interfaces", "lib": "printf, strings and the like", "dev": "device models",
        "arch": "what each ISA does its own way", "guest": "what runs inside", "build": ""}


class DiffError(Exception):
    pass


class File:
    """One file of the step, beside the same file of the step before."""

    def __init__(self, root, before, step, rel):
        self.rel = rel
        self.old = f"{before}/{rel}" if before and (root / before / rel).exists() else None
        self.new = f"{step}/{rel}" if (root / step / rel).exists() else None
        self.root = root

    def diff(self, *options):
        # Not anybody's own settings: prefixes and colours are the same for all.
        env = dict(os.environ, GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
        done = subprocess.run(
            ["git", "diff", "--no-index", "--no-ext-diff", "--no-renames", "--no-prefix",
             *options, "--", self.old or os.devnull, self.new or os.devnull],
            cwd=self.root, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode not in (0, 1):
            raise DiffError("git diff: " + done.stderr.decode(errors="replace").strip())
        return done.stdout.decode(errors="replace")

    def page_diff(self):
        """The same under one name on both sides, or a page shows each file as renamed."""
        head, at, rest = self.diff("--no-color").partition("\n@@ ")
        for path in filter(None, (self.old, self.new)):
            head = head.replace(path, self.rel)
        head = re.sub(r"^diff --git .*$", f"diff --git a/{self.rel} b/{self.rel}", head,
                      flags=re.M)
        head = re.sub(r"^--- (?!/dev/null)", "--- a/", head, flags=re.M)
        head = re.sub(r"^\+\+\+ (?!/dev/null)", "+++ b/", head, flags=re.M)
        return head + at + rest

    def count(self):
        """(lines added, lines removed), or None where nothing differs."""
        words = self.diff("--numstat").split(None, 2)
        if not words:
            return None if self.old else (0, 0)
        return tuple(int(n) if n.isdigit() else 0 for n in words[:2])

    @property
    def state(self):
        return "new" if not self.old else "gone" if not self.new else "grown"


def group_of(rel, arch, others):
    if rel == "Makefile":
        return "build"
    return (concept(rel, arch, others) or "").split("/")[0]


def mirrored(rel, arches):
    """Sorts the same file of several ISAs together, and these in the order of the ISAs."""
    parts = rel.split("/")
    return ["*" if part in arches else part for part in parts], \
        [arches.index(part) for part in parts if part in arches]


def collect(root, before, step, arches):
    """[(concept, [(File, added, removed)])], without what stayed as it was."""
    rels = set(files_of(root, step)) | set(files_of(root, before) if before else [])
    others = {arch: others_files(root, step, arch) for arch in arches}
    groups = []
    for name in CONCEPTS:
        files = []
        mine = {r for r in rels for arch in arches if group_of(r, arch, others[arch]) == name}
        for rel in sorted(mine, key=lambda r: mirrored(r, arches)):
            file = File(root, before, step, rel)
            counted = file.count()
            if counted:
                files.append((file, *counted))
        if files:
            groups.append((name, files))
    return groups


def title(before, step, arches):
    where = " and ".join(filter(None, (", ".join(arches[:-1]), arches[-1])))
    return (f"What {step} adds to {before} on {where}" if before else
            f"What {step} begins with on {where}")


def table(groups):
    width = max(len(file.rel) for _, files in groups for file, *_ in files)
    lines, total = [], [0, 0]
    for name, files in groups:
        plus, minus = sum(f[1] for f in files), sum(f[2] for f in files)
        total = [total[0] + plus, total[1] + minus]
        lines.append(f"{name:{width + 2}}        {plus:+6} {-minus if minus else '':>6}"
                     f"  {SAYS[name]}".rstrip())
        for file, plus, minus in files:
            lines.append(f"  {file.rel:{width}}  {file.state:5} {plus:+6}"
                         f" {-minus if minus else '':>6}".rstrip())
    lines.append(f"{'all':{width + 2}}        {total[0]:+6} {-total[1] if total[1] else '':>6}"
                 .rstrip())
    return "\n".join(lines)


def show(groups, heading):
    """Write to the terminal through a pager, or plainly to wherever the output goes."""
    terminal = sys.stdout.isatty()
    out = [heading, "", table(groups)]
    for name, files in groups:
        bar = f"=== {name} " + "=" * (76 - len(name))
        out += ["", f"\033[1m{bar}\033[m" if terminal else bar, ""]
        out += [file.diff("--color=always" if terminal else "--no-color").rstrip("\n")
                for file, *_ in files]
    text = "\n".join(out) + "\n"
    pager = os.environ.get("PAGER") or shutil.which("less")
    try:
        if terminal and pager:
            env = dict(os.environ, LESS=os.environ.get("LESS", "FRX"))
            subprocess.run(shlex.split(pager), input=text.encode(), env=env)
        else:
            sys.stdout.write(text)
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader left, as head does; there is nothing more to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# --- a page -------------------------------------------------------------------------

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title><!--diff2html-title--></title>
<!--diff2html-css-->
<style>
@@HIGHLIGHT@@
body { font-family: system-ui, sans-serif; margin: 1.5em; }
table.files { border-collapse: collapse; margin-bottom: 2em; }
table.files td, table.files th { padding: .1em .8em; text-align: left; }
table.files th { border-top: 1px solid #999; padding-top: .4em; }
table.files .n { text-align: right; font-variant-numeric: tabular-nums; }
.plus { color: #1a7f37; } .minus { color: #cf222e; }
</style>
<!--diff2html-js-ui-->
<script>
document.addEventListener('DOMContentLoaded', () => {
  const diff2htmlUi = new Diff2HtmlUI(document.getElementById('diff'));
  //diff2html-fileListToggle
  //diff2html-fileContentToggle
  //diff2html-synchronisedScroll
  //diff2html-highlightCode
  document.querySelectorAll('#diff .d2h-file-name').forEach((name) => {
    const row = document.querySelector('[data-file="' + CSS.escape(name.textContent.trim())
      + '"]');
    if (row) row.href = '#' + name.closest('.d2h-file-wrapper').id;
  });
});
</script>
</head>
<body>
<h1><!--diff2html-header--></h1>
@@FILES@@
<div id="diff"><!--diff2html-diff--></div>
</body>
</html>
"""


def html_table(groups):
    def row(cell, first, state, plus, minus, last=""):
        numbers = (f'<td class="n plus">{plus:+}</td>'
                   f'<td class="n minus">{-minus if minus else ""}</td>')
        numbers = numbers.replace("td", cell)
        return (f"<tr><{cell}>{first}</{cell}><{cell}>{state}</{cell}>{numbers}"
                f"<{cell}>{html.escape(last)}</{cell}></tr>")
    out = ['<table class="files">']
    for name, files in groups:
        out.append(row("th", html.escape(name), "", sum(f[1] for f in files),
                       sum(f[2] for f in files), SAYS[name]))
        for file, plus, minus in files:
            rel = html.escape(file.rel)
            out.append(row("td", f'<a data-file="{rel}">{rel}</a>', file.state, plus, minus))
    return "\n".join(out + ["</table>"])


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(os.environ.get("LADDER_CACHE") or os.path.join(base, "ladder"))


def diff2html():
    """The folder of node modules that has diff2html-cli, installed if need be."""
    modules = cache_folder() / "npm" / "node_modules"
    if not (modules / ".bin" / "diff2html").exists():
        npm = shutil.which("npm")
        if not npm:
            raise DiffError("pages are made with diff2html-cli from npm, and npm is missing:"
                            " install Debian's npm (or nodejs.org's node), or leave HTML=1 out")
        print(f"diff: installing {DIFF2HTML} into {modules.parent}", file=sys.stderr)
        modules.parent.mkdir(parents=True, exist_ok=True)
        done = subprocess.run([npm, "install", "--no-fund", "--no-audit", "--loglevel=error",
                               "--prefix", str(modules.parent), DIFF2HTML],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode:
            lines = done.stdout.decode(errors="replace").strip().splitlines()
            raise DiffError(f"npm could not install {DIFF2HTML}: {lines[-1] if lines else '?'}")
    return modules


def write_page(groups, heading, path):
    modules = diff2html()
    style = modules / "highlight.js" / "styles" / "github.min.css"
    path.parent.mkdir(parents=True, exist_ok=True)
    template, patch = path.with_suffix(".template"), path.with_suffix(".diff")
    template.write_text(PAGE.replace("@@FILES@@", html_table(groups)).replace(
        "@@HIGHLIGHT@@", style.read_text() if style.exists() else ""))
    patch.write_text("".join(file.page_diff() for _, files in groups for file, *_ in files))
    made = path.with_suffix(".part")
    done = subprocess.run(
        [str(modules / ".bin" / "diff2html"), "-i", "file", "-s", "line", "--cs", "light",
         "--su", "hidden", "--fct", "true", "-t", heading, "--hwt", str(template),
         "-F", str(made), "--", str(patch)], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    template.unlink()
    if done.returncode or not made.exists():
        raise DiffError("diff2html: " + done.stdout.decode(errors="replace").strip())
    # A class-room may be offline: the style sheets are in the page, so nothing is fetched.
    page = re.sub(r'<link [^>]*href="https?:[^>]*>', "", made.read_text(), flags=re.S)
    path.write_text(page)
    made.unlink()


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step")
    parser.add_argument("arch", nargs="?", choices=ARCHES)
    parser.add_argument("--html", action="store_true", help="write a page below build/diff",
                        default=os.environ.get("HTML", "0") not in ("", "0", "n", "no"))
    parser.add_argument("--root", default=ROOT, type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    try:
        steps = step_folders(args.root)
        step = find_step(steps, args.step)
        there = arches_of(args.root, step)
        arches = [args.arch] if args.arch else [a for a in ARCHES if a in there]
        if not arches or not set(arches) <= set(there):
            raise DiffError(f"{step} has no arch/{args.arch or '*'} yet")
        at = steps.index(step)
        before = steps[at - 1] if at else None
        groups = collect(args.root, before, step, arches)
        if not groups:
            print(f"diff: {step} is as {before}")
            return 0
        heading = title(before, step, arches)
        if args.html:
            name = step.split("-")[0] + (f"-{args.arch}" if args.arch else "")
            path = args.root / "build" / "diff" / f"{name}.html"
            write_page(groups, heading, path)
            print(path.relative_to(args.root))
        else:
            show(groups, heading)
    except (DiffError, CarryError) as error:
        print(f"diff: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
