"""Exercises, and that their checkers can be trusted: the reference has all points, a fresh skeleton
none, and wrong solutions fail. One of these an exercise here; all of them: make mutants."""
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml

import pytest

from conftest import ENV, ROOT, emulator_missing, run, step_folder

sys.path.insert(0, str(ROOT / "tools"))
import csource  # noqa: E402
import exercise  # noqa: E402
import grade  # noqa: E402
import mutants  # noqa: E402

STEPS = [re.sub("^step", "", path.stem) for path in sorted((ROOT / "tests" / "exercises").glob(
    "*.ini"), reverse=True)]
CELLS = [(step, arch) for step in STEPS for arch in exercise.ARCHES
         if exercise.Table(step).on(arch)]


def folder(step):
    return step_folder(step if step == "final" else int(step))


def solved(step, target):
    """A tree in which all exercises are done: the reference, and the solutions of the open ones."""
    files = exercise.files_of(exercise.folder_of(step))
    for one in exercise.Table(step).exercises:
        exercise.solve(files, one)
    for path, content in files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(content)
    return target


SOURCES = [path for step in STEPS for ext in ("c", "S")
           for path in sorted(folder(step).rglob("*." + ext))]


def make(*words, timeout=300):
    return run(["make", "-C", str(ROOT), "--no-print-directory", *words], timeout=timeout)


def needs(arch):
    for emulator in grade.EMULATORS[arch]:
        missing = emulator_missing(emulator, arch)
        if missing:
            pytest.skip(missing)


# ------------------------------------------------------------------------------ the scanner

def test_every_function_of_the_trees_is_found():
    for path in SOURCES:
        text = path.read_text()
        if path.suffix == ".c":
            # In the tree's style a body begins in the first column, and nothing else does.
            found = csource.definitions(text)
            assert len(found) == len(re.findall(r"^\{", text, re.M)), path
            for one in found:
                assert text[one.body] == "{" and text[one.end - 1] == "}", (path, one.name)
        else:
            for name in re.findall(r"^ENTRY\((\w+)\)", text, re.M):
                assert csource.find(str(path), text, name).text.strip(), (path, name)


TRICKY = r'''
int table[] = { 1, 2 }; struct s { int x; } y = { '{' };
#define OPEN {
static const char *one(void) /* two(void) { */
{
	// }
	return "} \" {" OPEN_ ; /* { */
}
enum e { A, B };
__attribute__((noinline)) static int two(int (*f)(int), char c)
{
	if (c == '}' || c == '\'') { return f(1); }
	return 0;
}
'''


def test_the_scanner_is_not_misled():
    assert [one.name for one in csource.definitions(TRICKY)] == ["one", "two"]
    changed = csource.replace_body("x.c", TRICKY, "one", "{ }")
    assert changed == TRICKY.replace(TRICKY[TRICKY.index("{\n\t// }"):
                                            TRICKY.index("\nenum")], "{ }")
    with pytest.raises(csource.NotFound):
        csource.find("x.c", TRICKY, "three")
    with pytest.raises(csource.NotFound):
        csource.find("x.c", "int one(void)\n{\n\tif (1) {\n}\n", "one")


# ------------------------------------------------------------------------------ the tables

@pytest.mark.parametrize("step", STEPS)
def test_tables_name_functions_of_the_tree(step):
    table = exercise.Table(step)
    files = exercise.files_of(exercise.folder_of(step))
    assert len({one.number for one in table.exercises}) == len(table.exercises)
    readme = re.sub(r"\s+", " ", (folder(step) / "README.md").read_text())

    def lines(files, pairs):
        return sum(csource.find(path, files[path].decode(), name).code_lines()
                   for path, name in pairs)

    for one in table.exercises:
        before = dict(files)
        exercise.solve(files, one)
        title = one.title[0].upper() + one.title[1:]
        assert f"**{one.number} {title}** ({one.points} points; {', '.join(one.arches)})" in readme
        assert re.sub(r"\s+", " ", one.hint) in readme
        for arch, functions in one.functions.items():
            for path, name in functions:
                found = csource.find(path, files[path].decode(), name)
                assert found.code_lines(), (path, name)
            for emulator in grade.EMULATORS[arch]:
                graded = one.graded(arch, emulator)
                # Of what is there and to be extended only what is added counts.
                there = lines(before, graded) if one.solution and not one.planted else 0
                assert lines(files, graded) - there <= (
                    150 if "*" in dict(graded).values() else 40), one.number
                vendor = one.number + "." + exercise.VENDORS[emulator]
                assert grade.probe_of(step, arch, one.number) or grade.probe_of(
                    step, arch, vendor), (one.number, arch)
                assert one.graded(arch, emulator)


@pytest.mark.parametrize("step,arch", CELLS)
def test_three_wrong_solutions_an_exercise_fit_the_tree(step, arch):
    files = exercise.files_of(exercise.folder_of(step))
    for one in exercise.Table(step).on(arch):
        exercise.solve(files, one)
    entries = mutants.all_mutants([f"{exercise.stage(step)} ", f" {arch} "])
    for one in exercise.Table(step).on(arch):
        own = [(e[1], e[4]) for e in entries if e[2].number == one.number]
        for emulator in grade.EMULATORS[arch]:
            count = sum(e[2].number == one.number and e[4] == emulator for e in entries)
            assert count >= 3, f"{one.number} has {count} mutants on {arch}, {emulator}"
        for mutant, emulator in own:
            path = next(p for p, name in one.graded(arch, emulator) if name == mutant.function)
            text = csource.find(path, files[path].decode(), mutant.function).text
            assert mutant.what and mutant.body(text) != text, mutant.place


# ------------------------------------------------------------------------------ make exercise

@pytest.mark.parametrize("step", STEPS)
def test_a_skeleton_is_cut_out_and_never_overwritten_with_changes(step, tmp_path):
    target = tmp_path / "copy"
    table = exercise.make(step, str(target))
    for one in table.exercises:
        for arch, functions in one.functions.items():
            for path, name in functions:
                text = csource.find(path, (target / path).read_text(), name).text
                if (one.planted or one.solution) and (folder(step) / path).exists():
                    model = csource.find(path, (folder(step) / path).read_text(), name).text
                    assert (text == model) == (not one.planted)
                else:
                    assert "exercise %s" % one.number in text
    exercise.make(step, str(target))
    (target / "core" / "main.c").write_text("mine")
    with pytest.raises(exercise.Bad, match="has changes .core/main.c"):
        exercise.make(step, str(target))
    assert (target / "core" / "main.c").read_text() == "mine"


def test_a_patch_changes_and_makes_files(tmp_path, monkeypatch):
    monkeypatch.setattr(exercise, "TABLES", str(tmp_path))
    (tmp_path / "one").write_text("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n"
                                  "--- /dev/null\n+++ b/dir/y\n@@ -0,0 +1,2 @@\n+a\n+b\n")
    files = {"x": b"0\nold\n1\n"}
    exercise.patch(files, "one")
    assert files == {"x": b"0\nnew\n1\n", "dir/y": b"a\nb\n"}
    with pytest.raises(exercise.Bad, match="does not fit x"):
        exercise.patch(files, "one")
    with pytest.raises(exercise.Bad, match="dir/y is there"):
        exercise.patch({"x": b"old\n", "dir/y": b""}, "one")
    with pytest.raises(exercise.Bad, match="x is not there"):
        exercise.patch({}, "one")


@pytest.mark.parametrize("step,arch,guest", [("4", "riscv64", "exits"), *(
    ("final", arch, "mailbox") for arch in exercise.ARCHES)])
def test_a_skeleton_runs_up_to_its_first_exercise(tmp_path, step, arch, guest):
    needs(arch)
    target = tmp_path / "copy"
    exercise.make(step, str(target))
    result = make(f"STEP={step}", "ARCH=" + arch, f"TREE={target}", "GUEST=" + guest, "TIMEOUT=60",
                  "qemu")
    result.expect(rf"ladder: panic: exercise {step}\.\d: ", r"ladder: end \w+ status 2", status=2)


# ------------------------------------------------------------------------------ make grade

@pytest.mark.parametrize("step,arch", CELLS)
def test_the_reference_has_all_points(step, arch, tmp_path):
    needs(arch)
    tree = solved(step, tmp_path / "tree") if step == "final" else folder(step)
    result = make("grade", f"STEP={step}", f"ARCH={arch}", f"TREE={tree}")
    result.expect(rf"^step {step}: (\d+) of \1 points$", without=["expected:"])


@pytest.mark.parametrize("arch,emulator", [(arch, emulator) for arch in exercise.ARCHES
                                           for emulator in grade.EMULATORS[arch]])
def test_the_relic_of_final_4_comes_through_where_that_is_solved(arch, emulator, tmp_path):
    needs(arch)
    tree = solved("final", tmp_path / "tree")
    result = make("STEP=final", f"ARCH={arch}", f"TREE={tree}", "GUEST=relic", "TIMEOUT=60",
                  emulator)
    result.expect(r"^  relic: its key is \w+, the window at 30000000 shows \w+",
                  r"^  relic: loads of every width came through",
                  r"^  relic: and its CPU has one register more",
                  r"^ladder: vm relic: ended with status 0", r"^ladder: end \w+ status 0")


@pytest.mark.parametrize("step,arch", CELLS)
def test_a_skeleton_has_no_points(step, arch, tmp_path):
    needs(arch)
    exercise.make(step, str(tmp_path / "copy"))
    result = make("grade", f"STEP={step}", f"ARCH={arch}", f"TREE={tmp_path / 'copy'}")
    result.expect(r"seen: +(it|the copy) is still", rf"^step {step}: 0 of \d+ points$",
                  status=2)


@pytest.mark.parametrize("step,arch", CELLS)
def test_one_wrong_solution_an_exercise_fails(step, arch, tmp_path):
    needs(arch)
    seen = set()
    for entry in mutants.all_mutants([f"{exercise.stage(step)} ", f" {arch} "]):
        if (entry[2].number, entry[4]) in seen:
            continue
        seen.add((entry[2].number, entry[4]))
        verdict, why = mutants.judge(entry, str(tmp_path))
        assert verdict == "killed", f"{entry[0]}: {verdict}: {why}"


def told_tables(**changed):
    """A console that tells of a table on riscv64: 2 MiB at 0x90000000, and one page behind it."""
    lines = {"root": "table: root 80400000 3 b Sv39x4 90000000 800000",
             "a": "table: entry 80400010 20101001", "b": "table: entry 80404400 202000df",
             "c": "table: entry 80404408 20101401", "d": "table: entry 80405000 202800df",
             "e": "table: maps 90000000 200000 80800000 7",
             "f": "table: maps 90200000 1000 80a00000 7"}
    return list({**lines, **changed}.values())


@pytest.mark.parametrize("changed,seen", [
    ({}, None),
    ({"b": "table: entry 80404400 202000cf"}, "no such entry"),     # U = 0: it maps nothing
    ({"b": "table: entry 80404400 202000db"}, "r-x"),               # W = 0
    ({"d": "table: entry 80405000 202000df",
      "f": "table: maps 90200000 1000 80800000 7"}, "twice"),
    ({"f": ""}, "90200000"),
    ({"root": ""}, "0"),
])
def test_tables_are_walked_in_python(changed, seen):
    problem = grade.extra_checks().tables("riscv64", told_tables(**changed))
    assert (problem is None) == (seen is None) and (seen is None or seen in " ".join(problem))


def give(path, name, body, tmp_path, step="4"):
    """A tree of the student's: the reference, with one function of another body."""
    tree = tmp_path / "tree"
    shutil.copytree(folder(step), tree)
    (tree / path).write_text(csource.replace_body(path, (tree / path).read_text(), name, body))
    return tree


SKIP = ("arch/riscv64/exits.c", "arch_skip_instruction")
RIGHT = "vcpu->arch.sepc += (exit->insn & 3) == 3 ? 4 : 2;"


@pytest.mark.parametrize("body,reason", [
    ("extern void hv_end(int status);\n" + RIGHT + " hv_end(0);", "hv_end"),
    ('extern int printf(const char *, ...);\nprintf("grade: 4.2 done");' + RIGHT, "printf"),
    ("extern u64 cmdline_get_u64(const char *, u64);\nvcpu->arch.sepc += "
     "cmdline_get_u64(\"seed\", 0);", "cmdline_get_u64"),
    ("extern u64 grade_random(void);\nvcpu->arch.sepc += grade_random();", "grade_random"),
    ("\n#define tell(...)\n" + RIGHT, "the preprocessor"),
    ('__asm__ volatile(".globl hv_end");' + RIGHT, "the assembler's .globl"),
    ('__asm__ volatile(".glo" "bl hv_end");' + RIGHT, "the assembler's .globl"),
    ('__asm__ volatile("\\x2eset printf, 0");' + RIGHT, "the assembler's .set"),
    ('__asm__ volatile("grade_random = 5");' + RIGHT, "grade_random"),
    ('__asm__ volatile("mine: nop");' + RIGHT, "mine"),
    ('__asm__ volatile("j hv_end");', "hv_end"),
    (RIGHT + "\n/* */ #define x\n", "the preprocessor"),
    (RIGHT + "\n??=define x\n", "the preprocessor"),
    (RIGHT + "\n/\\\n* } */\n", "the preprocessor"),
    (RIGHT + " _Pragma(\"GCC poison tell\")", "_Pragma"),
    ("*(volatile u32 *)0x100000 = 0x5555;" + RIGHT, "a device's address"),
    ("*(volatile u32 *)0x100000 = 0x5555;", "a device's address"),
], ids=lambda value: re.sub(r"\W+", "-", value)[:20])
def test_what_a_function_reaches_for_is_seen(tmp_path, body, reason):
    needs("riscv64")
    reference = grade.Reference(exercise.Table("4"), "riscv64")
    with pytest.raises(grade.Failed) as failed:
        grade.check_reach(reference, *SKIP, "{\n" + body + "\n}", str(tmp_path))
    assert re.search(rf"it reaches for .*{re.escape(reason)}", failed.value.seen)


@pytest.mark.parametrize("old,new,reason", [
    ("DEPTH", "NR_WORDS", None),
    ("static void reset(", "static char quote = '\"';\n\nstatic void reset(", None),
    ("static void reset(", "void reset(", "a name of its own: reset"),
    ("#include <hv/vm.h>", '#include "../core/end.c"', "the preprocessor"),
    ("#define DEPTH 16", "#define DEPTH 16\n#define PASTE(a, b) a##b", "the preprocessor"),
    ("#define DEPTH 16", "#define DEPTH \\\n16", "the preprocessor"),
    ("#define DEPTH 16", '#define DEPTH 16\n__asm__(".globl hv_end");', "__asm__"),
    ("#define DEPTH 16", "#define DEPTH 16\n#define UART 0x10000000", "a device's address"),
    ("return ID_VALUE;", "extern u64 grade_random(void); return grade_random();", "grade_random"),
    ("return ID_VALUE;", 'return printf("grade: final.5 done");', "printf"),
    (".write = mailbox_write,", ".write = mailbox_write, .destroy = (void *)hv_end,", "hv_end"),
], ids=lambda value: re.sub(r"\W+", "-", str(value))[:20])
def test_what_a_whole_file_reaches_for_is_seen(tmp_path, old, new, reason):
    needs("riscv64")
    reference = grade.Reference(exercise.Table("final"), "riscv64")
    text = reference.original["dev/mailbox.c"].decode().replace(old, new)
    text = text.replace("#include <hv/mailbox.h>", "#include <hv/end.h>\n#include <hv/mailbox.h>")
    if not reason:
        return grade.check_reach(reference, "dev/mailbox.c", "*", text, str(tmp_path))
    with pytest.raises(grade.Failed) as failed:
        grade.check_reach(reference, "dev/mailbox.c", "*", text, str(tmp_path))
    assert re.search(rf"it reaches for .*{re.escape(reason)}", failed.value.seen)


def test_a_function_that_ends_the_run_as_passed_has_no_points(tmp_path):
    needs("riscv64")
    tree = give(*SKIP, "{ extern void hv_end(int status); " + RIGHT + " hv_end(0); }", tmp_path)
    result = make("grade", "STEP=4", "ARCH=riscv64", f"TREE={tree}")
    result.expect(r"^4\.2 .* 0 of 2$", r"it reaches for hv_end", status=2)


def test_of_a_half_done_exercise_is_shown_what_is_missing(tmp_path):
    needs("riscv64")
    tree = solved("final", tmp_path / "tree")
    shutil.copy(folder("final") / SKIP[0], tree / SKIP[0])    # final.4's arch_sysreg()
    result = make("grade", "STEP=final", "ARCH=riscv64", f"TREE={tree}")
    result.expect(r"^final\.4 .* 0 of 6$", r"expected: vm \w+, vCPU", r"seen: +vm \w+, vCPU",
                  status=2, without=["as make exercise makes it"])


@pytest.mark.parametrize("arch", exercise.ARCHES)
def test_an_endless_loop_ends_and_is_found(tmp_path, monkeypatch, arch):
    needs(arch)
    monkeypatch.setattr(grade, "LIMIT", 8)
    tree = give(f"arch/{arch}/exits.c", SKIP[1], "{ for (;;) __asm__ volatile(\"\"); }", tmp_path)
    results = list(grade.grade("4", [arch], str(tree)))
    failed = [r for r in results if not r.passed]
    assert [(r.exercise.number, r.points) for r in failed] == [("4.2", 0)]
    for cell in failed[0].failures.values():
        assert "no end within 8 s, last seen at arch_skip_instruction+" in cell.seen
    assert not [line for line in subprocess.run(["ps", "-eo", "args"], stdout=subprocess.PIPE,
                                                text=True).stdout.split("\n")
                if f"run-{os.getpid()}-" in line and "qemu" in line]


def test_emulators_share_the_points(tmp_path):
    needs("x86_64")
    tree = give("arch/x86_64/svm.c", "svm_exit_decode", "{ }", tmp_path)
    result = make("grade", "STEP=4", "ARCH=x86_64", f"TREE={tree}")
    result.expect(r"^4\.1 .* x86_64 +1 of 3$", r"expected: on qemu: ", r"qemu-gdb$",
                  without=["on bochs"], status=2)


def test_json_and_junit(tmp_path):
    needs("riscv64")
    tree = give(*SKIP, "{ }", tmp_path)
    files = tmp_path / "grade.json", tmp_path / "grade.xml"
    result = make("grade", "STEP=4", "ARCH=riscv64", f"TREE={tree}", f"JSON={files[0]}",
                  f"JUNIT={files[1]}")
    result.expect(r"^4\.2 .* 0 of 2$", r"expected: ", r"seen: ", r"debug: +make STEP=4", r"hint: ",
                  status=2)
    data = json.loads(files[0].read_text())
    assert data["score"] == data["max_score"] - 2 == sum(t["score"] for t in data["tests"])
    wrong = [t for t in data["tests"] if t["status"] == "failed"]
    assert [(t["number"], t["score"], t["max_score"]) for t in wrong] == [("4.2", 0, 2)]
    assert "expected: " in wrong[0]["output"]
    suite = xml.parse(files[1]).getroot()
    assert suite.get("failures") == "1" and len(suite.findall("testcase/failure")) == 1


def test_two_graders_at_once():
    needs("riscv64")
    command = ["make", "-C", str(ROOT), "--no-print-directory", "grade", "STEP=5", "ARCH=riscv64",
               f"TREE={folder('5')}"]
    both = [subprocess.Popen(command, env=ENV, stdin=subprocess.DEVNULL, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(2)]
    said = [one.communicate(timeout=200)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0] and said[0] == said[1], said


def test_a_graded_tree_is_not_written_to(tmp_path):
    needs("riscv64")
    tree = give(*SKIP, "{ }", tmp_path)
    before = {p: p.read_bytes() for p in tree.rglob("*") if p.is_file()}
    make("grade", "STEP=4", "ARCH=riscv64", f"TREE={tree}")
    assert {p: p.read_bytes() for p in tree.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("words,complaint", [
    (["grade", "STEP=4", "ARCH=riscv64", "TREE=nowhere"], "TREE=nowhere does not exist"),
    (["grade", "STEP=4", "ARCH=riscv64", "TREE=tools"], "no step's folder|not a step's folder"),
    (["grade", "STEP=4", "ARCH=sparc", "TREE=step4-exits"], "ARCH=sparc is not known"),
    (["grade", "STEP=4", "ARCH=riscv64", "TREE=step4-exits", "JSON=/nowhere/x"], "nowhere/x can't"),
    (["grade", "STEP=9", "ARCH=riscv64"], "STEP=9 is not a step"),
    (["mutants", "FILTER=nosuch"], "no mutant has"),
], ids=lambda value: "-".join(value)[:40] if isinstance(value, list) else "")
def test_bad_input_gets_one_line(words, complaint):
    result = make(*words)
    assert result.status == 2 and re.search(complaint, result.output), result.output
    assert "Traceback" not in result.output


def test_a_missing_function_is_named(tmp_path):
    needs("riscv64")
    tree = tmp_path / "tree"
    shutil.copytree(folder("4"), tree)
    (tree / SKIP[0]).unlink()
    result = make("grade", "STEP=4", "ARCH=riscv64", f"TREE={tree}")
    result.expect(r"^4\.1 .* 0 of 3$", r"it is not there", r"^4\.4 .* 3 of 3$", status=2)
