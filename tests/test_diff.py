"""tools/diff.py on two made-up steps."""
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DIFF = Path(__file__).resolve().parent.parent / "tools" / "diff.py"

FILES = {
    "step1-one": {"core/main.c": "int a;\nint b;\n", "arch/riscv64/boot.S": "boot:\n",
                  "arch/aarch64/boot.S": "boot:\n", "Makefile": "STEP := 1\n",
                  "README.md": "lesson\n"},
    "step2-two": {"core/main.c": "int a;\nint bb;\nint c;\n", "include/hv/x.h": "int x;\n",
                  "arch/riscv64/boot.S": "boot:\n", "arch/riscv64/switch.S": "switch:\n\tret\n",
                  "arch/aarch64/boot.S": "boot:\n", "arch/aarch64/other.S": "other:\n",
                  "guest/hello/riscv64/hello.S": "hello:\n", "Makefile": "STEP := 2\n",
                  "README.md": "another lesson\n"},
}


@pytest.fixture
def steps(tmp_path):
    for step, files in FILES.items():
        for rel, text in files.items():
            path = tmp_path / step / rel
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return tmp_path


def diff(root, *args, status=0, **env):
    done = subprocess.run([sys.executable, str(DIFF), "--root", str(root), *args], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, **env})
    assert done.returncode == status, done.stdout
    return done.stdout


def test_table_groups_by_concept_in_reading_order(steps):
    table = diff(steps, "2", "riscv64").split("===")[0]
    heads = [line.split()[0] for line in table.splitlines()[1:]
             if line and not line.startswith(" ")]
    assert heads == ["core", "include", "arch", "guest", "build", "all"]
    rows = {line.split()[0]: line.split()[1:] for line in table.splitlines()
            if line.startswith("  ")}
    assert rows["core/main.c"] == ["grown", "+2", "-1"]
    assert rows["arch/riscv64/switch.S"] == ["new", "+2"]
    assert "arch/riscv64/boot.S" not in rows, "it did not change"
    assert not any("aarch64" in rel or rel == "README.md" for rel in rows)


def test_diffs_follow_in_the_tables_order_and_plainly(steps):
    text = diff(steps, "2", "riscv64")
    places = [text.index(mark) for mark in
              ("=== core", "+int bb;", "=== include", "+int x;", "=== arch", "+switch:",
               "=== guest", "+hello:", "=== build", "+STEP := 2")]
    assert places == sorted(places)
    assert "\033" not in text


def test_first_step_is_new_as_a_whole(steps):
    text = diff(steps, "1")
    assert "What step1-one begins with on riscv64 and aarch64" in text
    assert "+int a;" in text and "+boot:" in text and "new" in text


def test_the_same_file_of_all_isas_stands_together(steps):
    for arch in ("riscv64", "aarch64"):
        for name in ("boot.S", "switch.S"):
            (steps / f"step2-two/arch/{arch}/{name}").write_text(f"{arch}: {name}\n")
    text = diff(steps, "2")
    rows = [line.split()[0] for line in text.splitlines() if line.startswith("  arch/")]
    assert rows == ["arch/riscv64/boot.S", "arch/aarch64/boot.S", "arch/aarch64/other.S",
                    "arch/riscv64/switch.S", "arch/aarch64/switch.S"]
    assert "on riscv64 and aarch64" in text


def test_another_isa(steps):
    text = diff(steps, "2", "aarch64")
    assert "+other:" in text and "switch" not in text


def test_terminal_gets_colour_through_a_pager(steps):
    main, follower = pty.openpty()
    done = subprocess.Popen([sys.executable, str(DIFF), "--root", str(steps), "2"],
                            stdin=follower, stdout=follower, stderr=follower,
                            env={**os.environ, "PAGER": "sed s/^/paged:/", "TERM": "xterm"})
    os.close(follower)
    out = b""
    while True:
        try:
            data = os.read(main, 65536)
        except OSError:
            break
        if not data:
            break
        out += data
    os.close(main)
    assert done.wait(20) == 0
    assert b"paged:" in out and b"\033[32m" in out


def test_reader_that_leaves_early_is_no_error(steps):
    (steps / "step2-two/core/long.c").write_text("int x;\n" * 50000)
    command = f"'{sys.executable}' '{DIFF}' --root '{steps}' 2 | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("args, says", [(["7"], "no step '7'"),
                                        (["2", "x86_64"], "no arch/x86_64")])
def test_bad_arguments(steps, args, says):
    assert says in diff(steps, *args, status=2)


def tools_without_npm(folder):
    """A PATH that has what the tool needs but npm."""
    folder.mkdir()
    (folder / "git").symlink_to(shutil.which("git"))
    return str(folder)


def test_page_without_npm_says_what_to_do(steps):
    text = diff(steps, "2", "--html", status=2, PATH=tools_without_npm(steps / "bin"),
                LADDER_CACHE=str(steps / "cache"))
    assert text.count("\n") == 1 and "npm is missing" in text


def test_page_gives_the_tool_one_name_for_each_file(steps):
    """With a stand-in for diff2html-cli, which keeps what it is given."""
    tool = steps / "cache/npm/node_modules/.bin/diff2html"
    tool.parent.mkdir(parents=True)
    tool.write_text('#!/bin/sh\nfor last; do :; done\n'
                    'while [ "$1" != -F ]; do [ "$1" = --hwt ] && page=$2; shift; done\n'
                    'cat "$page" "$last" > "$2"\n'
                    'echo \'<link rel="stylesheet" href="https://away.invalid/x" />\' >> "$2"\n')
    tool.chmod(0o755)
    out = diff(steps, "2", HTML="1", LADDER_CACHE=str(steps / "cache"))
    assert out == "build/diff/step2.html\n"
    page = (steps / "build/diff/step2.html").read_text()
    assert "--- a/core/main.c\n+++ b/core/main.c\n" in page
    assert "--- /dev/null\n+++ b/arch/riscv64/switch.S\n" in page
    assert 'data-file="include/hv/x.h"' in page
    assert "away.invalid" not in page, "the page fetches something"
