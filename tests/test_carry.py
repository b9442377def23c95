"""tools/carry.py on a made-up ladder in a temporary repository."""
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

CARRY = Path(__file__).resolve().parent.parent / "tools" / "carry.py"
STEPS = ["step1-one", "step2-two", "step3-three", "step4-four", "step5-five", "final"]

# What every step has; step n adds a function f<n> after the ones that are there.
HEAD = ["int a;", "", "int start(void)", "{", "\treturn 1;", "}", ""]


def core(number, extra=()):
    lines = list(HEAD)
    for n in range(2, number + 1):
        lines += [f"int f{n}(void)", "{", f"\treturn {n};", "}", ""]
    return "\n".join(lines + list(extra)) + "\n"


class Ladder:
    def __init__(self, root):
        self.root = root
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "t")
        self.git("config", "user.email", "t@example.invalid")
        for number, step in enumerate(STEPS, 1):
            self.write(step, "core/main.c", core(number))
            self.write(step, "core/same.c", "int one;\nint two;\nint three;\n")
            self.write(step, "run.sh", "#!/bin/sh\n")
            self.write(step, "logo.bin", b"\0\1\2")
            self.write(step, "README.md", f"lesson {number}\n")
        self.commit()

    def git(self, *args):
        return subprocess.run(["git", "-C", str(self.root), *args], check=True,
                              stdout=subprocess.PIPE, text=True).stdout

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "ladder")

    def path(self, step, rel):
        name = step if step == "final" else next(s for s in STEPS if s.startswith(f"step{step}-"))
        return self.root / name / rel

    def write(self, step, rel, data):
        path = self.root / step / rel if step in STEPS else self.path(step, rel)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())

    def read(self, step, rel="core/main.c"):
        return self.path(step, rel).read_text()

    def edit(self, step, old, new, rel="core/main.c"):
        text = self.read(step, rel)
        assert old in text
        self.write(step, rel, text.replace(old, new))

    def carry(self, *args, status=0):
        index = (self.root / ".git" / "index").read_bytes()
        done = subprocess.run([sys.executable, str(CARRY), *args], cwd=self.root, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == status, done.stdout
        assert (self.root / ".git" / "index").read_bytes() == index, "the git index changed"
        for path in self.root.glob("[sf]*/**/*"):
            assert not path.is_file() or b"<<<<<<<" not in path.read_bytes(), path
        return done.stdout

    def tree(self):
        return {path: (path.read_bytes(), path.stat().st_mode)
                for path in self.root.rglob("*") if path.is_file() and ".git" not in path.parts}


@pytest.fixture
def ladder(tmp_path):
    return Ladder(tmp_path)


LATER = [4, 5, "final"]


def test_nothing_to_carry(ladder):
    assert "nothing differs" in ladder.carry()


def test_fix_reaches_every_later_step_and_no_earlier_one(ladder):
    ladder.edit(3, "return 1;", "return 42;")
    out = ladder.carry()
    assert "core/main.c" in out and "merged" in out
    for number, step in zip((4, 5, 6), LATER):
        assert ladder.read(step) == core(number).replace("return 1;", "return 42;")
    assert ladder.read(2) == core(2)
    assert ladder.read(1) == core(1)


def test_fix_beside_lines_that_a_later_step_added(ladder):
    for step in LATER:
        ladder.edit(step, "\treturn 3;\n", "\treturn 3;\n\t/* more */\n")
    ladder.commit()
    ladder.edit(3, "return 3;", "return 33;")
    ladder.carry()
    for step in LATER:
        assert "\treturn 33;\n\t/* more */\n" in ladder.read(step)


def test_new_file_is_added_later(ladder):
    ladder.write(3, "dev/new/uart.c", "uart\n")
    assert "added" in ladder.carry()
    for step in LATER:
        assert ladder.read(step, "dev/new/uart.c") == "uart\n"
    assert not ladder.path(2, "dev/new/uart.c").exists()


def test_new_file_that_a_later_step_has_otherwise_is_reported(ladder):
    ladder.write(5, "core/extra.c", "another\n")
    ladder.commit()
    ladder.write(3, "core/extra.c", "mine\n")
    out = ladder.carry(status=1)
    assert "step5-five/core/extra.c: not merged" in out
    assert ladder.read(4, "core/extra.c") == "mine\n"
    assert ladder.read(5, "core/extra.c") == "another\n"
    assert ladder.read("final", "core/extra.c") == "mine\n"


def test_ignored_files_stay_out(ladder):
    ladder.write(3, ".gitignore", "*.o\n")
    ladder.commit()
    ladder.write(3, "core/main.o", b"x")
    assert "nothing differs" in ladder.carry()


def test_deleted_file_goes_later_where_it_is_unchanged(ladder):
    ladder.edit(5, "int two;", "int two_and_a_half;", rel="core/same.c")
    ladder.commit()
    ladder.path(3, "core/same.c").unlink()
    out = ladder.carry(status=1)
    assert "step5-five/core/same.c: not merged: deleted in" in out
    assert not ladder.path(4, "core/same.c").exists()
    assert "two_and_a_half" in ladder.read(5, "core/same.c")
    assert not ladder.path("final", "core/same.c").exists()


def test_conflict_is_reported_kept_and_loses_nothing(ladder):
    ladder.edit(5, "return 1;", "return 500;")
    ladder.commit()
    ladder.edit(3, "return 1;", "return 42;")
    ladder.edit(3, "int two;", "int two2;", rel="core/same.c")
    out = ladder.carry(status=1)
    assert "step5-five/core/main.c: not merged: changed in" in out
    assert "line 5:" in out and "return 500;" in out
    assert ladder.read(5) == core(5).replace("return 1;", "return 500;")
    assert "return 42;" in ladder.read(3)
    assert "return 42;" in ladder.read(4), "the step before the conflict"
    assert "return 42;" in ladder.read("final"), "the step after the conflict"
    assert "int two2;" in ladder.read(5, "core/same.c"), "another file of that step"
    kept = list((ladder.root / "build" / "carry").rglob("main.c*"))
    assert len(kept) == 1
    assert "return 500;" in kept[0].read_text() and "return 42;" in kept[0].read_text()


def test_conflict_mended_by_hand_is_carried_on_with_from(ladder):
    for step in LATER:
        ladder.edit(step, "return 1;", "return 400;")
    ladder.commit()
    ladder.edit(3, "return 1;", "return 42;")
    ladder.carry(status=1)
    ladder.edit(4, "return 400;", "return 442;")
    ladder.carry("--from", "4")
    assert "return 442;" in ladder.read(5)
    assert "return 442;" in ladder.read("final")
    assert "return 42;" in ladder.read(3)


def test_carrying_again_changes_nothing(ladder):
    ladder.edit(3, "return 1;", "return 42;")
    ladder.edit(3, "\treturn 3;\n", "\treturn 3;\n\t/* why */\n")
    ladder.write(3, "core/new.c", "new\n")
    ladder.carry()
    before = ladder.tree()
    out = ladder.carry()
    assert "has it" in out and "merged" not in out and "added" not in out
    assert ladder.tree() == before


def test_change_that_a_later_step_has_with_more_around_it(ladder):
    ladder.edit(4, "\treturn 1;\n", "\tbefore();\n\treturn 42;\n\tafter();\n")
    ladder.commit()
    ladder.edit(3, "return 1;", "return 42;")
    ladder.carry()
    assert ladder.read(4).count("return 42;") == 1
    assert "\tbefore();\n\treturn 42;\n\tafter();\n" in ladder.read(4)
    for step in (5, "final"):
        assert "return 42;" in ladder.read(step)


def test_two_steps_fixed_at_once_in_one_file(ladder):
    ladder.edit(3, "return 1;", "return 42;")
    ladder.edit(5, "return 5;", "return 55;")
    out = ladder.carry()
    assert "changed+merged" in out
    assert ladder.read(4) == core(4).replace("return 1;", "return 42;")
    for number, step in ((5, 5), (6, "final")):
        assert ladder.read(step) == (core(number).replace("return 1;", "return 42;")
                                     .replace("return 5;", "return 55;"))


def test_the_same_line_added_in_two_steps_arrives_once(ladder):
    for step in (3, 5):
        ladder.edit(step, "int a;\n", "int a;\nint b;\n")
    ladder.carry()
    for step in LATER:
        assert ladder.read(step).count("int b;") == 1


def test_fixes_in_two_files_of_two_steps(ladder):
    ladder.edit(3, "return 1;", "return 42;")
    ladder.edit(5, "int two;", "int two2;", rel="core/same.c")
    ladder.carry()
    assert "int two2;" not in ladder.read(4, "core/same.c")
    assert "int two2;" in ladder.read("final", "core/same.c")
    assert "return 42;" in ladder.read("final")


def test_from_leaves_earlier_fixes_where_they_are(ladder):
    ladder.edit(2, "int a;", "int aa;")
    ladder.edit(4, "return 1;", "return 42;")
    ladder.carry("--from", "step4")
    assert "int aa;" not in ladder.read(3)
    assert "return 42;" in ladder.read(5) and "int aa;" not in ladder.read(5)


def test_only_the_named_file(ladder):
    ladder.edit(3, "return 1;", "return 42;")
    ladder.edit(3, "int two;", "int two2;", rel="core/same.c")
    ladder.carry("core/same.c")
    assert "return 42;" not in ladder.read(4)
    assert "int two2;" in ladder.read("final", "core/same.c")


def test_only_the_named_step(ladder):
    ladder.edit(3, "return 1;", "return 42;")
    ladder.edit(4, "return 4;", "return 44;")
    ladder.carry("step3-three/core")
    assert "return 42;" in ladder.read("final")
    assert "return 44;" in ladder.read(4) and "return 44;" not in ladder.read(5)


def test_older_base_revision(ladder):
    ladder.edit(3, "return 1;", "return 42;")
    ladder.commit()
    ladder.carry()
    assert "return 42;" not in ladder.read(4)
    ladder.carry("--base", "HEAD~1")
    assert "return 42;" in ladder.read("final")


def test_mode_bits(ladder):
    os.chmod(ladder.path(3, "run.sh"), 0o755)
    ladder.write(3, "new.sh", "#!/bin/sh\n")
    os.chmod(ladder.path(3, "new.sh"), 0o755)
    ladder.carry()
    for step in LATER:
        for name in ("run.sh", "new.sh"):
            assert ladder.path(step, name).stat().st_mode & stat.S_IXUSR, (step, name)
    assert not ladder.path(2, "run.sh").stat().st_mode & stat.S_IXUSR


def test_binary_file(ladder):
    ladder.write(5, "logo.bin", b"\0other")
    ladder.commit()
    ladder.write(3, "logo.bin", b"\0\xff\xfe")
    out = ladder.carry(status=1)
    assert "step5-five/logo.bin: not merged: binary" in out
    assert ladder.path(4, "logo.bin").read_bytes() == b"\0\xff\xfe"
    assert ladder.path(5, "logo.bin").read_bytes() == b"\0other"
    assert ladder.path("final", "logo.bin").read_bytes() == b"\0\xff\xfe"


def test_lessons_are_each_steps_own(ladder):
    ladder.write(3, "README.md", "a better lesson 3\n")
    ladder.carry()
    assert ladder.read(4, "README.md") == "lesson 4\n"


def test_dry_run_writes_nothing(ladder):
    ladder.edit(5, "return 1;", "return 500;")
    ladder.commit()
    ladder.edit(3, "return 1;", "return 42;")
    ladder.write(3, "core/new.c", "new\n")
    before = ladder.tree()
    out = ladder.carry("--dry-run", status=1)
    assert "merged" in out and "added" in out and "not merged" in out
    assert ladder.tree() == before


@pytest.mark.parametrize("args, says", [(["--base", "nosuch"], "no revision"),
                                        (["--from", "9"], "no step '9'")])
def test_bad_arguments(ladder, args, says):
    assert says in ladder.carry(*args, status=2)
