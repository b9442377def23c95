"""The lessons are honest: what they quote is printed, what they name is there.

Each line of a block under "What to see" in step 1 to 6 must be printed by a run of that step on
that ISA, in that order; what is left out must show as a line `...`. Where the paragraph before a
block or a table has variables in it (`TRACE=1 GUEST=exits`), the run gets them; the lines of a
trace may then be a choice. Where it names the verb (`make … bochs`), that is the emulator.

Words, counts and register values are compared as they stand: -icount makes them the same in each
run. Not compared is what moves with every change of the code and teaches nothing: addresses (the
numbers behind the words in ADDRESS_OF, unless they are whole MiB: those are chosen, such as a
guest's base), how many frames are free, the nonce. Another compiler or emulator than the lessons
were written with (WRITTEN_WITH) counts otherwise, so there no number is compared, only words.
"""
import difflib
import functools
import re
import shlex
import sys

import pytest

from conftest import ARCHES, EMULATORS, ROOT, STEPS, guests_of, isas, run, step_folder

sys.path.insert(0, str(ROOT / "tools"))
import bench  # noqa: E402
import exercise  # noqa: E402

WRITTEN_WITH = {"gcc": "12", "qemu": "7.2", "bochs": "2.7"}

ADDRESS_OF = "at|in|pc|ra|sp|gp|tp|ttbr0_el2|vm_hsave_pa|vmxon region"
ADDRESS = re.compile(rf"\b((?:{ADDRESS_OF}) +\[?(?:0x)?)([0-9a-f]{{6,16}})\b")
VERB = re.compile(r"`make [^`]*\b(qemu|bochs)`")
VARIABLES = re.compile(r"`([A-Z]+=[^`\s]+(?: [A-Z]+=[^`\s]+)*)`")
LEFT_OUT = "..."

READMES = [ROOT / "README.md", *(step_folder(step) / "README.md" for step in STEPS),
           ROOT / "gdb" / "README.md"]


def name_of(path):
    return str(path.relative_to(ROOT))


# ------------------------------------------------------------------------------ reading a lesson

class Block:
    """A quote or a table: [(number of the line, the line)], and what to run for it."""

    def __init__(self, section, paragraph):
        self.section, self.lines = section, []
        self.variables = VARIABLES.findall(paragraph)
        self.emulator = (VERB.findall(paragraph) or ["qemu"])[-1]


def read(path):
    """-> its blocks of quotes, its tables, its prose as [(number, line, section)]; a section is
    (its ## heading, its ### heading)."""
    quotes, tables, prose = [], [], []
    section, fenced, table, paragraph, ended = ("", ""), None, None, "", False
    for number, line in enumerate(path.read_text().split("\n"), 1):
        if line.startswith("```"):
            fenced = None if fenced else Block(section, paragraph)
            if fenced:
                quotes.append(fenced)
            ended = True
        elif fenced:
            fenced.lines.append((number, line))
        else:
            prose.append((number, line, section))
            table = table if line.startswith("|") else None
            if line.startswith("|"):
                if not table:
                    table = Block(section, paragraph)
                    tables.append(table)
                table.lines.append((number, line))
                ended = True
            elif not line.strip():
                ended = True
            else:
                paragraph = line if ended else f"{paragraph} {line}"
                ended = False
            if line.startswith("## "):
                section = (line[3:], "")
            elif line.startswith("### "):
                section = (section[0], line[4:])
    return quotes, tables, prose


def code_spans(prose):
    """[(number, code, section)]: `…`, which may go on in the next line, and indented lines."""
    found, at, text = [], [], ""
    for number, line, section in prose:
        if line.startswith("    ") and "`" not in line:
            found.append((number, re.split("  +", line.strip())[0], section))
        at += [(number, section)] * (len(line) + 1)
        text += line + "\n"
    for match in re.finditer(r"`([^`]+)`", text):
        found.append((at[match.start()][0], " ".join(match[1].split()), at[match.start()][1]))
    return found


def stale(path, complaints):
    if complaints:
        pytest.fail("\n".join(f"{name_of(path)}:{number}: {text}" for number, text in complaints),
                    pytrace=False)


# ------------------------------------------------------------------------------ what is quoted

def as_compared(line, exactly):
    def hidden(match):
        whole_mib = int(match[2], 16) % (1 << 20) == 0
        return match[0] if whole_mib else match[1] + "?" * len(match[2])

    line = ADDRESS.sub(hidden, line.rstrip())
    line = re.sub(r"\d+(?= of 4 KiB free)", "?", line)
    line = re.sub(r"^(ladder: end) [0-9a-f]{8} ", r"\1 ? ", line)
    if not exactly:
        line = " ".join(re.sub(r"(0x)?[0-9a-f?]*[\d?][0-9a-f?.]*", "?", line).split())
    return line


@functools.lru_cache(maxsize=None)
def same_tools(arch, emulator="qemu"):
    asked = run(["make", "-s", "-C", str(step_folder(STEPS[0])), f"ARCH={arch}", "cc"])
    gcc = run([asked.output.strip(), "-dumpversion"]).output
    # Bochs has no --version, but says it where it refuses its configuration.
    said = run(["bochs", "-n", "-q", "cpu: count=0"] if emulator == "bochs"
               else [f"qemu-system-{arch}", "--version"]).output
    version = re.search(r"(?:version|Emulator) (\d+\.\d+)", said)
    return gcc.split(".")[0].strip() == WRITTEN_WITH["gcc"] \
        and version is not None and version[1] == WRITTEN_WITH[emulator]


def not_printed(block, result, exactly):
    """[(number, what is wrong)] of a block of quotes."""
    said = [re.sub("^.*(?=trace: )", "", line.rstrip()) for line in result.output.split("\n")]
    plain = [as_compared(line, exactly) for line in said]
    choice = any("TRACE=" in words for words in block.variables)
    wrong, at, gap = [], 0, True
    for number, line in block.lines:
        wanted = as_compared(line, exactly)
        if line.strip() == LEFT_OUT:
            gap = True
        elif wanted not in plain[at:]:
            near = difflib.get_close_matches(line, said[at:], 1, 0.5)
            wrong.append((number, "the lesson quotes\n"
                          f"    {line}\n  which the run below does not print"
                          + (" (any more, or not here); nearest:\n    " + near[0] if near else "")))
            gap = True
        else:
            here = plain.index(wanted, at)
            if not gap and here != at:
                wrong.append((number, f"{here - at} lines of the run before this one are left out, "
                              f"the first is\n    {said[at]}\n  Put a line {LEFT_OUT} there"))
            at, gap = here + 1, choice
    return wrong


def miscounted(table, result):
    """The same of a table of exits by cause: | 29 | ecall from VS | …"""
    wrong = []
    for number, line in table.lines:
        row = re.match(r"\| (\d+) \| ([^|]+?) \|", line)
        if row:
            seen = len(re.findall(rf"trace: .*: {re.escape(row[2])}", result.output))
            if seen != int(row[1]):
                wrong.append((number, f"the lesson counts {row[1]} of '{row[2]}', the run below "
                                      f"{seen}"))
    return wrong


CELLS = [pytest.param(step, arch, emulator, id=f"step={step}-{arch}-{emulator}")
         for step in STEPS if step != "final" for arch in isas(step)
         if f"### {arch}\n" in (step_folder(step) / "README.md").read_text()
         for emulator in EMULATORS[arch]]


@pytest.mark.parametrize("step, arch, emulator", CELLS)
@pytest.mark.usefixtures("emulator_there")
def test_what_a_lesson_quotes_is_printed(make, step, arch, emulator):
    path = step_folder(step) / "README.md"
    quotes, tables, prose = read(path)
    there = [block for block in quotes + tables if block.section == ("What to see", arch)]
    here = [block for block in there if block.emulator == emulator]
    assert here, f"{name_of(path)} has nothing of {emulator} under What to see, {arch}"
    exactly = same_tools(arch, emulator)
    runs, complaints = {}, []
    for block in here:
        words = " ".join(block.variables)
        if block in tables and "TRACE=" not in words:
            continue
        if words not in runs:
            runs[words] = make(emulator, STEP=step, ARCH=arch,
                               **dict(word.split("=", 1) for word in words.split())).expect()
        result = runs[words]
        wrong = not_printed(block, result, exactly) if block in quotes \
            else miscounted(block, result) if exactly else []
        complaints += [(number, f"{text}\n  run:   {result.command}\n  renew: write what it prints "
                        "there (addresses may stay), and look at the text that explains it")
                       for number, text in wrong]
    # What is said about a number that is quoted: "- *161 exits*", "160 exits in place of 161".
    quoted = "\n".join(line for block in there for _, line in block.lines)
    text = "\n".join(line if section[1] == arch else "" for _, line, section in prose)
    for match in re.finditer(r"^- \*(\d[^*]*)\*|(?:Where do|in\s+place\s+of)\s+(\d{2,})",
                             text, re.M):
        number = (match[1] or match[2]).strip()
        if not re.search(rf"\b{re.escape(number)}\b", quoted):
            complaints.append((prose[text.count("\n", 0, match.start(match.lastindex))][0],
                               f"'{number}' is not in what the lesson quotes for {arch}"))
    stale(path, complaints)


@pytest.mark.parametrize("arch", [arch for arch in isas() if arch in bench.NATIVE])
@pytest.mark.usefixtures("emulator_there")
def test_what_an_exit_costs_is_what_bench_measures(make, arch):
    """The rows of the front page's table that make bench counts without Linux."""
    def measured(**cpu):
        said = make(STEP="final", ARCH=arch, GUEST="bench", ICOUNT=1, **cpu).expect().output
        found = dict(re.findall(r"^bench: (\S+) (\d+)", said, re.M))
        found["round-trip"] = re.search(r"round trip: (\d+)", said)[1]
        return found

    path, wrong = ROOT / "README.md", []
    rows = [(number, [cell.strip() for cell in line.replace("`", "").strip("|").split("|")])
            for table in read(path)[1] for number, line in table.lines]
    heads = [cells for _, cells in rows if not cells[0] and arch in cells]
    assert heads, f"{name_of(path)}: the table of costs has no column for {arch}"
    column = heads[0].index(arch)
    found = measured()
    if arch in bench.OTHER_CPU:
        cpu, what = bench.OTHER_CPU[arch]
        found["timer-irq"] += f" ({measured(CPU=cpu)['timer-irq']}{what[len('the same'):]})"
    for name, what, _ in bench.EXITS:
        number, cells = next(row for row in rows if row[1][0] == what)
        if same_tools(arch) and cells[column] != found[name]:
            wrong.append((number, f"{what}: {cells[column]}; make bench ARCH={arch} counts "
                                  f"{found[name]}"))
    stale(path, wrong)


# ------------------------------------------------------------------------------ what is named

@pytest.mark.parametrize("path", READMES, ids=name_of)
def test_links_lead_somewhere(path):
    wrong = []
    for number, line, _ in read(path)[2]:
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            rel, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            there = path.parent / rel if rel else path
            if not there.exists():
                wrong.append((number, f"the link {target} leads nowhere"))
            elif anchor and anchor not in [
                    re.sub(r"[^\w -]", "", head.lower()).strip().replace(" ", "-")
                    for head in re.findall(r"^#+ (.*)$", there.read_text(), re.M)]:
                wrong.append((number, f"no heading there for the link {target}"))
    stale(path, wrong)


OURS = re.compile(r"^(?:(?:core|include|dev|lib|guest|tools|tests|mk|gdb|step\d-\w+|final)/"
                  rf"|arch/(?:{'|'.join(ARCHES)})/)[\w./-]+$")


@functools.lru_cache(maxsize=None)
def brought_by_exercises(folder):
    """{path: text} of the files that are not in a step, but in the copy for its exercises."""
    step = next((str(step) for step in STEPS if step_folder(step) == folder), None)
    there = exercise.files_of(folder.name) if step else {}
    files = dict(there)
    if step:
        exercise.cut(files, exercise.Table(step))
    return {path: files[path].decode() for path in files.keys() - there}


@pytest.mark.parametrize("path", READMES, ids=name_of)
def test_files_and_functions_that_are_named_exist(path):
    folder, wrong = path.parent, []
    brought = brought_by_exercises(folder)
    places = [ROOT, folder, *folder.glob("arch/*")]
    places += [step_folder(step) for step in STEPS] if folder == ROOT else []
    sources = [file for file in folder.rglob("*") if file.suffix in (".c", ".h", ".S", ".py", ".ld")
               and "build" not in file.relative_to(folder).parts]
    words = set(re.findall(r"\w+", "\n".join([file.read_text() for file in sources]
                                             + list(brought.values()))))
    for number, code, (section, _) in code_spans(read(path)[2]):
        if section == "How others do it":
            continue
        if OURS.match(code) and code not in brought and \
                not any((place / code).exists() for place in places):
            wrong.append((number, f"there is no {code}"))
        function = re.match(r"^(\w+)\([^()]*\)$", code)
        if function and function[1] not in words:
            wrong.append((number, f"there is no {code} in {name_of(folder)}"))
    stale(path, wrong)


def known_to_make():
    """(verbs, variables)"""
    makefile, common = (ROOT / "Makefile").read_text(), (ROOT / "mk" / "common.mk").read_text()
    verbs = re.search(r"^step_verbs := (.*)$", makefile, re.M)[1].split() \
        + re.search(r"^\.PHONY: (.*) \$\(step_verbs\)$", makefile, re.M)[1].split()
    verbatim = re.search(r"^verbatim := (.*?[^\\])$", common, re.M | re.S)[1]
    return verbs, {"STEP", "ARCH", "TREE", "TOOLPREFIX", *verbatim.replace("\\", "").split()}


@pytest.mark.parametrize("path", READMES, ids=name_of)
def test_commands_exist(path):
    verbs, variables = known_to_make()
    here = next((step for step in STEPS if step_folder(step) == path.parent), "final")
    wrong = []
    for number, code, _ in code_spans(read(path)[2]):
        if not re.match(r"(make( |$)|[A-Z]+=)", code):
            continue
        given = dict(word.split("=", 1) for word in shlex.split(code) if "=" in word)
        for word in shlex.split(code)[code.startswith("make"):]:
            name = word.split("=")[0]
            known = name in variables if "=" in word else name in verbs
            if not known and name not in ("…", "</dev/null"):
                wrong.append((number, f"make knows no {word} (of `{code}`)"))
        step = given.get("STEP", str(here))
        guests = {"linux", "nimbos"} if step == "final" else set()
        for one in STEPS:
            if step in (str(one), "n", "…"):
                guests |= {guest for arch in isas(one) for guest in guests_of(one, arch)}
                guests |= {file.split("/")[1] for file in brought_by_exercises(step_folder(one))
                           if file.startswith("guest/")}
        for guest in given.get("GUEST", "").split(","):
            if guest not in ("", "name") and guest.split(":")[0] not in guests:
                wrong.append((number, f"step {step} has no guest {guest} (of `{code}`)"))
    stale(path, wrong)
