"""tools/ladder.py: on this tree, and on a made-up ladder with one rule broken at a time."""
import subprocess
import sys
from pathlib import Path

import pytest

LADDER = Path(__file__).resolve().parent.parent / "tools" / "ladder.py"
STEPS = {2: "step2-two", 3: "step3-three", 6: "step6-six", "final": "final"}


def ladder(command, root=None, status=0):
    where = ["--root", str(root)] if root else []
    done = subprocess.run([sys.executable, str(LADDER), command, *where], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == status, f"\n{done.stdout}"
    return done.stdout


def test_this_tree_is_a_ladder():
    ladder("check")


def test_this_tree_has_its_functions_in_one_order_on_all_isas():
    ladder("mirror")


class Tree:
    def __init__(self, root):
        self.root = root
        (root / "tests").mkdir()
        for number in STEPS:
            self.write(number, "core/main.c", self.lines(100))
            self.write(number, "Makefile", "ARCH_FILES := boot.S\n")
            for isa in ("riscv64", "aarch64"):
                self.write(number, f"arch/{isa}/boot.S", "boot:\n# why\n\tret\n")
        self.table()

    @staticmethod
    def lines(count, name="x"):
        return "".join(f"int {name}{n};\n" for n in range(count))

    def path(self, number, rel):
        return self.root / STEPS[number] / rel

    def write(self, number, rel, text):
        self.path(number, rel).parent.mkdir(parents=True, exist_ok=True)
        self.path(number, rel).write_text(text)

    def from_step(self, number, rel, text):
        for step in list(STEPS)[list(STEPS).index(number):]:
            self.write(step, rel, text)

    def only(self, text):
        (self.root / "tests" / "this-isa-only.txt").write_text(text)

    def table(self):
        ladder("table", self.root)

    def check(self, *says, status=1):
        out = ladder("check", self.root, status)
        for words in says:
            assert words in out
        return out

    def check_after_table(self, *says):
        self.table()
        out = self.check(*says)
        assert len(out.splitlines()) == len(says), out


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


def test_made_up_ladder_holds(tree):
    tree.check("it holds", status=0)


def test_missing_file(tree):
    tree.write(2, "core/lost.c", "int x;\n")
    tree.check_after_table("step3-three/core/lost.c is missing, and step2-two has it")


def test_isa_that_stops_midway(tree):
    tree.write(2, "arch/x86_64/boot.S", "boot:\n")
    tree.check_after_table(
        "step3-three/arch/x86_64/boot.S is missing, and step2-two has it")


def test_three_percent_may_change(tree):
    tree.from_step(3, "core/main.c", tree.lines(100).replace("x1;", "y;").replace("x2;", "y;")
                   .replace("x50;", "y;"))
    tree.table()
    tree.check(status=0)


def test_more_than_three_percent_changed(tree):
    text = tree.lines(100)
    for line in ("x1;", "x2;", "x50;", "x60;"):
        text = text.replace(f"int {line}\n", f"int changed_{line}\n")
    tree.from_step(3, "core/main.c", text)
    tree.check_after_table("step 3 on riscv64 changes or removes 4 of the 103 lines",
                           "step 3 on aarch64 changes or removes 4 of the 103 lines")


def test_removed_lines_count_as_changed_ones(tree):
    tree.from_step(6, "core/main.c", tree.lines(96))
    tree.check_after_table("step 6 on riscv64 changes or removes 4",
                           "step 6 on aarch64 changes or removes 4")


def test_lines_of_a_guest_and_of_another_isa_do_not_count(tree):
    tree.write(2, "guest/hello/hello.c", tree.lines(50))
    tree.from_step(3, "guest/hello/hello.c", tree.lines(900, "y"))
    tree.from_step(3, "arch/riscv64/boot.S", "boot:\n\tret\n" + "\tnop\n" * 701)
    tree.check_after_table("step 3 on riscv64 adds 701 lines of code, and at most 700 may be")


def test_another_isas_device_does_not_count(tree):
    for step in (6, "final"):
        tree.write(step, "Makefile", "DEV := flash.c\nDEV.riscv64 := uart.c\nDEV.aarch64 := pl.c\n")
    tree.from_step(6, "dev/flash.c", tree.lines(1000))
    tree.from_step(6, "dev/uart.c", tree.lines(500))
    tree.from_step(6, "include/hv/uart.h", tree.lines(101))
    tree.from_step(6, "dev/pl.c", tree.lines(600))
    tree.check_after_table("step 6 on riscv64 adds 1601")


def test_device_of_two_isas_counts_on_both(tree):
    for step in (6, "final"):
        tree.write(step, "Makefile", "DEV.riscv64 := uart.c\nDEV.x86_64 := uart.c\n")
    tree.from_step(6, "dev/uart.c", tree.lines(1601))
    tree.check_after_table("step 6 on riscv64 adds 1601")


def test_comments_and_blank_lines_do_not_count_as_added(tree):
    tree.from_step(3, "lib/a.c", "/* one\n * two\n */\n\n// three\n" * 800 + tree.lines(700))
    tree.from_step(3, "arch/riscv64/boot.S", "boot:\n" + "# why\n" * 300 + "\tret\n")
    tree.table()
    tree.check(status=0)


def test_code_beside_comment_signs_in_strings_counts(tree):
    tree.from_step(3, "lib/a.c", 'char *a = "/*";\n' * 701)
    tree.check_after_table("step 3 on riscv64 adds 701", "step 3 on aarch64 adds 701")


def test_preprocessor_lines_in_assembly_count(tree):
    tree.from_step(3, "arch/riscv64/boot.S", "boot:\n\tret\n" + "#define A 1\n" * 701)
    tree.check_after_table("step 3 on riscv64 adds 701")


def test_step_6_may_add_1600(tree):
    tree.from_step(6, "dev/a.c", tree.lines(1600))
    tree.table()
    tree.check(status=0)
    tree.from_step(6, "dev/a.c", tree.lines(1601))
    tree.check_after_table("step 6 on riscv64 adds 1601", "step 6 on aarch64 adds 1601")


def test_final_may_add_any_number(tree):
    tree.write("final", "dev/a.c", tree.lines(9000))
    tree.table()
    tree.check(status=0)


def test_steps_1_to_6_together(tree):
    tree.from_step(2, "core/big.c", tree.lines(3897))
    tree.table()
    tree.check(status=0)
    tree.from_step(2, "core/big.c", tree.lines(3898))
    tree.check_after_table("steps 1 to 6 have 4000 lines of code on riscv64, and fewer than 4000",
                           "steps 1 to 6 have 4000 lines of code on aarch64, and fewer than 4000")


def test_file_that_one_isa_lacks(tree):
    tree.from_step(3, "arch/riscv64/sbi.c", "int x;\n")
    tree.check_after_table(*[f"{step}/arch/aarch64/sbi.c is missing and riscv64 has it"
                             for step in ("step3-three", "step6-six", "final")])
    tree.only("riscv64 sbi.c\n")
    tree.check(status=0)


def test_list_of_this_isa_only_is_kept_clean(tree):
    tree.only("riscv64 nosuch.c\nriscv64 boot.S\n")
    tree.check("this-isa-only.txt:1: no step has arch/riscv64/nosuch.c",
               "this-isa-only.txt:2: boot.S is not riscv64's alone")


def test_makefile_agrees_with_the_list(tree):
    tree.write(3, "Makefile", "ARCH_FILES := boot.S\nARCH_FILES.riscv64 := sbi.c \\\n\tb.c\n")
    tree.check("step3-three/Makefile lists b.c as riscv64's alone",
               "step3-three/Makefile lists sbi.c as riscv64's alone")


def test_fix_that_was_not_carried_shows_in_the_table(tree):
    tree.write(3, "core/main.c", tree.lines(100).replace("int x7;", "long x7;"))
    out = tree.check("tests/ladder.tsv is not what the tree is now", "tools/carry.py")
    assert "  + 3 riscv64 2 103 102 0 1 0 1" in out
    assert "  + 6 riscv64 2 103 102 0 1 0 1" in out


def test_a_step_that_is_not_there_yet_is_no_error(tree):
    for path in sorted((tree.root / "final").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (tree.root / "final").rmdir()
    tree.table()
    tree.check(status=0)


ONE = ("int first(void)\n{\n}\n\nstatic void own(int a,\n\t\tint b)\n{\n}\n\n"
       "void second(void)\n{\n}\n")
TWO = "void second(void)\n{\n}\n\nint first(void)\n{\n}\n"


def test_functions_in_another_order(tree):
    tree.write(3, "arch/riscv64/exits.c", ONE)
    tree.write(3, "arch/aarch64/exits.c", ONE.replace("own", "another"))
    ladder("mirror", tree.root)
    tree.write(3, "arch/aarch64/exits.c", TWO)
    out = ladder("mirror", tree.root, status=1)
    assert ("step3-three/arch/*/exits.c: riscv64 has first second, aarch64 has second first"
            in out)


def both_vendors(tree, number=2, vmx="", svm=""):
    """x86_64, with vendors' files that have these texts, from this step on."""
    for step in STEPS:
        tree.write(step, "arch/x86_64/boot.S", "boot:\n# why\n\tret\n")
    for vendor, text in (("vmx", vmx), ("svm", svm)):
        tree.from_step(2, f"arch/x86_64/{vendor}.c", "int x;\n")
        tree.from_step(number, f"arch/x86_64/{vendor}.c", "int x;\n" + text)
    tree.only("x86_64 vmx.c\nx86_64 svm.c\n")
    tree.table()


def test_one_vendors_lines_count_as_added_and_not_both(tree):
    both_vendors(tree, 3, tree.lines(700, "vmx"), tree.lines(650, "svm"))
    tree.check(status=0)
    tree.from_step(3, "arch/x86_64/svm.c", "int x;\n" + tree.lines(701, "svm"))
    tree.check_after_table("step 3 on x86_64 adds 701 lines of code, and at most 700 may be")


def test_a_vendors_tables_are_its_own(tree):
    both_vendors(tree, 3, tree.lines(400, "vmx"), tree.lines(699, "svm"))
    tree.from_step(3, "arch/x86_64/include/arch/vmcs.h", tree.lines(300, "field"))
    tree.only("x86_64 vmx.c\nx86_64 svm.c\nx86_64 include/arch/vmcs.h\n")
    tree.table()
    tree.check(status=0)


def test_lines_of_both_vendors_count_as_those_of_steps_1_to_6(tree):
    both_vendors(tree, 2, tree.lines(2940, "vmx"), tree.lines(2950, "svm"))
    tree.check(status=0)
    tree.from_step(2, "arch/x86_64/svm.c", "int x;\n" + tree.lines(2956, "svm"))
    tree.check_after_table(
        "steps 1 to 6 have 6000 lines of code on x86_64, and fewer than 6000 may be")


FUNCTIONS = ("static bool {0}_offered(void)\n{{\n}}\n\nstatic int {0}_own(int a)\n{{\n}}\n\n"
             "static void {0}_load(void)\n{{\n}}\n")


def test_vendors_files_have_the_same_functions_in_the_same_order(tree):
    vmx, svm = FUNCTIONS.format("vmx"), FUNCTIONS.format("svm")
    both_vendors(tree, 3, vmx.replace("vmx_own", "fit"), svm.replace("svm_own", "pack"))
    ladder("mirror", tree.root)
    both_vendors(tree, 3, vmx, svm.replace("own", "other"))
    out = ladder("mirror", tree.root, status=1)
    assert "step3-three/arch/x86_64 has vmx_own() and no svm_own()" in out
    assert "step3-three/arch/x86_64 has svm_other() and no vmx_other()" in out
    both_vendors(tree, 3, vmx, svm.replace("own", "x").replace("load", "own").replace("x", "load"))
    out = ladder("mirror", tree.root, status=1)
    assert "step3-three/arch/x86_64: vmx.c has vmx_own where svm.c has svm_load\n" in out
    both_vendors(tree, 3, vmx, svm)
    (tree.root / "final/arch/x86_64/svm.c").unlink()
    out = ladder("mirror", tree.root, status=1)
    assert "final/arch/x86_64 has vmx.c and no svm.c" in out


def test_markdown(tree):
    assert "| 3     | riscv64 |     2 |   103 |" in ladder("show", tree.root)
