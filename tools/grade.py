#!/usr/bin/env python3
"""Grades a student's copy of a step.

    grade.py STEP ARCH[,ARCH…]|all [TREE]        JSON=file JUNIT=file in the environment

Make calls this (`make grade STEP=n ARCH=a [TREE=path] [JSON=file] [JUNIT=file]`). For each exercise
only the bodies of its functions are taken from the student's tree, and put into a pristine copy of
the reference: nothing else there is trusted, and one exercise's mistake costs no other's points.

What counts is what the function does. A probe (tests/exercises/probes) that stands beside it in the
grader's copy calls it, or has a guest run into it, with inputs made from a seed that is new in each
run, and tells what came of them: registers, entries of tables, what the guest saw. The reference
tells of the same inputs in a run of its own, and the two must say the same. Then the hypervisor
goes on with the step's own run, which must end by itself as passed. A line that is printed, a value
that was seen in an earlier run, or an early end are none of that.

A function may call what the reference's does, what stands in its own file, and what copies and
compares memory; what else it reaches for (the end of the run, the grader's seed) is reported and
gives no points.
"""
import argparse
import concurrent.futures
import fcntl
import glob
import hashlib
import importlib.util
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as xml

import csource
import exercise
from exercise import ARCHES, ROOT, TABLES, Bad, Table

PLACE = os.path.join(ROOT, "build", "grade")
EMULATORS = {"riscv64": ["qemu"], "aarch64": ["qemu"], "x86_64": ["qemu", "bochs"]}
LIMIT = 20      # seconds; the reference needs one or two

# What any function may call: the compiler itself does.
ALWAYS = re.compile(r"(mem(cpy|set|move|cmp)|str(len|n?cmp)|panic|__\w+)$")
# In a body: what works on more than the function itself.
DIRECTIVE = re.compile(r"^[ \t]*(#|%:|\?\?=)", re.M)
SPLICE = re.compile(r"\\\n|\?\?[=/'()!<>-]")
WORDS = r"_Pragma|__attribute__|__builtin_(?:return|frame)_address|BOARD_\w+"
WIDE = re.compile(r"\b(%s)\b" % WORDS)
# In a whole file: the same, and what its directives may be.
WIDE_IN_FILE = re.compile(r"\b(%s|asm|__asm|__asm__)\b" % WORDS)
OF_FILE = re.compile(r"[ \t]*#[ \t]*(include[ \t]*<hv/\w+\.h>|define\b(?!.*(##|%:%:)).*)$")
ASSEMBLER = re.compile(r"\.(?:globa?l|set|equ|equiv|weak|include|incbin|macro|section|pushsection|"
                       r"popsection|previous|text|data|org|symver|altmacro|subsection)\b")
DEVICES = {"riscv64": [0x100000, 0x10000000], "aarch64": [0x9000000],
           "x86_64": [0x3f8, 0xf4, 0x8900, 0x604]}


class Failed(Exception):
    """An exercise gets no points: what was expected, what was seen."""

    def __init__(self, expected, seen):
        super().__init__(expected, seen)
        self.expected, self.seen = expected, seen


OURS = ("MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES STEP ARCH TREE BUILD SRC V QUIET CC GUEST "
        "EXTRA_CFLAGS GUEST_CFLAGS JSON JUNIT").split()


def clean_environment(**more):
    """Make's own variables, and what a user set for a run, must not reach the grader's."""
    env = {name: value for name, value in os.environ.items()
           if name not in OURS and not name.startswith("LADDER_") or name == "LADDER_CACHE"}
    env.update(more)
    return env


def tool(command, cwd=None):
    """Runs a build's command: (status, what it said)."""
    done = subprocess.run(command, cwd=cwd, shell=isinstance(command, str), env=clean_environment(),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, errors="replace")
    return done.returncode, done.stdout


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def tail(text, count=1):
    lines = [line.strip("\r") for line in text.split("\n") if line.strip()]
    return "\n".join(lines[-count:]) or "nothing"


# ------------------------------------------------------------------------------ the reference

def probe_of(step, arch, number, kind=".c"):
    """The file with an exercise's probe, or with what is to stand before the code; or None."""
    for folder in (os.path.join(arch, exercise.stage(step)), arch, exercise.stage(step), ""):
        path = os.path.join(TABLES, "probes", folder, number + kind)
        if os.path.exists(path):
            return path
    return None


def probe_name(number):
    return "grade_" + number.replace(".", "_")


FRAMES = """
#include <hv/grade.h>

void grade_frames(hpa_t *start, hpa_t *end)
{
	*start = frames.base;
	*end = frames.base + frames.count * FRAME_SIZE_BYTES;
}
"""


class Reference:
    """The grader's copy of a step on an ISA, with all probes in it, built once. Where it lies tells
    what is in it, so that one that is there is never touched again. Its runs are made once too."""

    def __init__(self, table, arch):
        self.table, self.arch, self.step = table, arch, table.step
        # New each time; and what its runs with that left, by exercise, emulator and machine.
        self.seed, self.runs = secrets.randbits(63), {}
        self.reach = {}     # of a function of its own: what reached() says
        self.original = exercise.files_of(exercise.folder_of(table.step))
        for one in table.exercises:
            exercise.solve(self.original, one)
        files = self.with_probes()
        mk = [read(path) for path in sorted(glob.glob(os.path.join(ROOT, "mk", "*.mk")))]
        key = hashlib.sha256(repr((sorted(files.items()), mk)).encode()).hexdigest()[:12]
        self.place = os.path.join(PLACE, "%s-%s-%s" % (table.step, arch, key))
        self.tree = os.path.join(self.place, "tree")
        self.build = os.path.join(self.place, "build")
        os.makedirs(self.place, exist_ok=True)
        with open(os.path.join(self.place, "lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.path.exists(os.path.join(self.place, "commands")):
                self.make(files)
        self.commands = read(os.path.join(self.place, "commands")).split("\n")
        self.prefix = shlex.split(self.commands[0])[0][:-len("gcc")]

    def with_probes(self):
        """The step's files, the probes appended, and hv_main() calling them."""
        files, probes = dict(self.original), []
        for one in self.table.on(self.arch):
            for path, name in one.functions[self.arch]:
                if path.endswith(".c") and name != "*":
                    self.keep_apart(files, path, name)
            for path, name in one.mocked.get(self.arch, []):
                self.mock(files, path, name)
            for vendor in ("", "vmx", "svm"):
                number = one.number + ("." + vendor if vendor else "")
                probe = probe_of(self.step, self.arch, number)
                if not probe:
                    continue
                path = next((pair[0] for pair in one.functions[self.arch]
                             if pair[0].endswith(".c") and pair[1] != "*"
                             and one.of_vendor.get(pair, vendor) == vendor), "core/grade.c")
                text = '\n#line 1 "%s"\n%s' % (os.path.relpath(probe, ROOT), read(probe))
                files[path] = files.get(path, b"") + text.encode()
                before = probe_of(self.step, self.arch, number, ".h")
                if before:
                    files[path] = ('%s\n#line 1 "%s"\n' % (read(before), path)).encode() \
                        + files[path]
                probes.append("PROBE(\"%s\", %s)" % (number, probe_name(number)))
        if "core/frame.c" in files:
            files["core/frame.c"] += FRAMES.encode()
        guests = os.path.join(TABLES, "guests")
        has_guest = os.path.isdir(os.path.join(guests, exercise.stage(self.step)))
        for folder in ("common", exercise.stage(self.step)) if has_guest else ():
            for here, _, names in os.walk(os.path.join(guests, folder)):
                for name in names:
                    path = os.path.relpath(os.path.join(here, name), os.path.join(guests, folder))
                    files["guest/grade/" + path] = read(os.path.join(here, name)).encode()
        head = "".join("#define GRADE_%s %s\n" % pair for pair in (
            ("FRAMES", int("core/frame.c" in files)), ("GUEST", int(has_guest)),
            ("NPT", int("core/npt.c" in files)), ("SCHED", int("core/sched.c" in files)),
            ("PROBES", " ".join(probes))))
        files["core/grade.c"] = (head + read(os.path.join(TABLES, "grade.c"))).encode() \
            + files.get("core/grade.c", b"")
        files["include/hv/grade.h"] = read(os.path.join(TABLES, "grade.h")).encode()
        main = files["core/main.c"].decode()
        call = "\n\t%s(" % self.table.hook
        at = main.find("\n", main.index(call, main.index("hv_main(")) + 1)
        main = main[:at] + "\n\tgrade();" + main[at:]
        files["core/main.c"] = ("#include <hv/grade.h>\n" + main).encode()
        words = "CORE += grade.c\n" + ("GUESTS += grade\n" if has_guest else "") + exercise.UNUSED
        files["Makefile"] = files["Makefile"].decode().replace(
            "\ninclude ", "\n" + words + "\ninclude ", 1).encode()
        return files

    @staticmethod
    def mock(files, path, name):
        """Lets a helper answer otherwise while the probe wants that: so a value that this machine
        always has can't be written down in place of asking. One of a header answers what the
        probe's mock_<name>() does, all others by chance, but to the same question the same."""
        text = files[path].decode()
        one = csource.find(path, text, name)
        if "grade_mocked" in one.text:
            return
        if path.endswith(".h"):
            head = re.sub(r"static inline|\s+$", "", one.head).replace(name + "(",
                                                                       "mock_%s(" % name)
            answer = "extern %s; return mock_%s(%s);" % (head, name, ", ".join(
                re.findall(r"(\w+) *[,)]", head)))
        else:
            asked = re.search(r"(\w+)\)\s*$", one.head)[1]
            answer = "return grade_answer(__func__, %s);" % ("0" if asked == "void" else asked)
        files[path] = csource.replace_body(
            path, text, name, "{ extern _Bool grade_mocked;"
            " extern unsigned long grade_answer(const char *, unsigned long);"
            " if (grade_mocked) { %s }%s" % (answer, one.text[1:])).encode()

    @staticmethod
    def keep_apart(files, path, name):
        """Keeps the compiler from merging the function with its callers: it has to be there under
        its own name, called with the arguments that its head has."""
        text = files[path].decode()
        one = csource.find(path, text, name)
        if not text.startswith("__attribute__", one.start):
            files[path] = (text[:one.start] + "__attribute__((noipa, used)) "
                           + text[one.start:]).encode()

    def make(self, files):
        shutil.rmtree(self.tree, ignore_errors=True)
        shutil.rmtree(self.build, ignore_errors=True)
        for path, content in files.items():
            write(os.path.join(self.tree, path), content)
        status, said = tool(["make", "-C", self.tree, "-I", os.path.join(ROOT, "mk"),
                             "ARCH=" + self.arch, "BUILD=" + self.build, "V=1", "all"])
        if status:
            raise Bad("the reference does not build on %s: %s" % (self.arch, next(
                (line for line in said.split("\n") if "rror: " in line or "***" in line), "")))
        commands = [line for line in said.replace("\\\n", " ").split("\n")
                    if re.match(r"\S+-(gcc|objcopy|nm) |gcc ", line)]
        write(os.path.join(self.place, "commands"), "\n".join(commands))

    def path_in(self, path):
        return os.path.join(self.tree, path)

    def unit(self, path):
        """What is compiled for it: the file itself, or the assembly that includes it."""
        line = '#include "%s"' % os.path.basename(path)
        return next((other for other, content in self.original.items()
                     if other.endswith(".S") and os.path.dirname(other) == os.path.dirname(path)
                     and line.encode() in content), path)

    def compile(self, path, source, out, *flags):
        """Compiles what stands in the file source as if it were path: (status, what was said)."""
        unit = self.unit(path)
        if unit != path:
            place = out + ".parts"
            write(os.path.join(place, os.path.basename(unit)), read(self.path_in(unit)))
            write(os.path.join(place, os.path.basename(path)), read(source))
            path, source = unit, os.path.join(place, os.path.basename(unit))
        at = self.path_in(path)
        for line in self.commands:
            words = shlex.split(line)
            if words[-1] == at and "-c" in words:
                words[words.index("-o") + 1] = out
                words[-1] = source
                words[1:1] = ["-I" + os.path.dirname(at), "-fdiagnostics-color=never",
                              "-fmacro-prefix-map=%s/=" % os.path.dirname(source)]
                if source.endswith(".c"):   # what any body may call is declared
                    words[1:1] = ["-include", "hv/string.h"]
                return tool(words + list(flags))
        raise Bad("%s is not built on %s" % (path, self.arch))

    def link(self, replaced, folder):
        """Links the hypervisor with other objects, {path of the source: object}, into folder."""
        for line in self.commands:
            if self.build + "/hv." not in line:
                continue
            line = line.replace(self.build + "/hv", folder + "/hv")
            for path, new in replaced.items():
                line = line.replace("%s/obj/%s.o" % (self.build, path), new)
            status, said = tool(line)
            if status:
                return said
        for name in ("hv.run", "bochs.rom"):
            if os.path.exists(os.path.join(self.build, name)):
                shutil.copyfile(os.path.join(self.build, name), os.path.join(folder, name))
        return None


# ------------------------------------------------------------------------------ what it reaches for

def reached(reference, obj, name):
    """The symbols that a function uses, or with * its file, and {symbol: nm's letter} of those that
    its object defines."""
    status, said = tool([reference.prefix + "objdump", "-r", obj])
    symbols, section = set(), ""
    for line in said.split("\n"):
        m = re.match(r"RELOCATION RECORDS FOR \[(.*)\]", line)
        if m:
            section = m[1]
        own = name == "*" or section == ".text" or \
            re.match(r"\.text(\.\w+)?\.%s(\.|$)" % re.escape(name), section)
        m = re.match(r"[0-9a-f]+ +R_\S+ +(\S+)", line)
        if m and own:
            symbol = re.sub(r"[+-]0x[0-9a-f]+$", "", m[1])
            symbol = re.sub(r"^\.(text|s?data|s?bss|s?rodata)(\.unlikely|\.cst\d+|\.str1\.\d+)?\.",
                            "", symbol)
            # Strings and constants of its own have no name but their section's.
            if not re.match(r"\.|\*ABS\*$|(.*\.)?(str1\.\d+|cst\d+)$", symbol):
                symbols.add(symbol)
    _, said = tool([reference.prefix + "nm", obj])
    defined = {words[2]: words[1] for words in map(str.split, said.split("\n"))
               if len(words) == 3 and words[1] not in "Uw"}
    return symbols, defined


APART = ("-fno-inline", "-ffunction-sections", "-fdata-sections", "-fno-section-anchors")


def bare(body):
    """Without comments, strings and characters, each a space in its place; directives stay."""
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'",
                  lambda m: csource.spaces(m[0]), body, flags=re.S)


def assembly(path, body):
    """What of a body may be assembler: in C its strings, as the compiler puts them together."""
    if not path.endswith(".c"):
        return body
    plain = re.sub(r"(\"(?:\\.|[^\"\\\n])*\")|/\*.*?\*/|//[^\n]*", lambda m: m[1] or " ", body,
                   flags=re.S)
    joined = re.sub(r"\"\s*\"", "", plain)
    return " ".join(text.encode("latin-1", "replace").decode("unicode_escape", "replace")
                    for text in re.findall(r"\"((?:\\.|[^\"\\\n])*)\"", joined))


def own_macro(line, model):
    """Is this a macro that the reference's body has too, under the same name, and that does no more
    than call something for each register?"""
    m = re.match(r"[ \t]*#[ \t]*(?:define[ \t]+(\w+)\([\w, ]*\)([\w \t()>.,;=&-]*)|"
                 r"undef[ \t]+(\w+))[ \t]*$", line)
    return m and (m[1] or m[3]) in re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)\(", model, re.M) \
        and not WIDE.search(m[2] or "") and not re.search(r"\b\d", m[2] or "")


def check_reach(reference, path, name, body, folder):
    """Raises Failed where the body reaches for what it has no business with."""
    original = reference.original[path].decode()
    model = csource.find(path, original, name).text
    whole = name == "*"
    code, model_code = map(bare if whole else csource.blank, (body, model))

    def reaches(what):
        raise Failed("only what the reference's %s uses, and what stands in %s" % (
            "file" if whole else name, path), "it reaches for %s" % what)

    if path.endswith(".c"):
        if SPLICE.search(body):
            reaches("the preprocessor: a line that goes on in the next, or a trigraph")
        if any(not (OF_FILE.match(line) if whole else own_macro(line, model))
               for line in bare(body).split("\n") if DIRECTIVE.match(line)):
            reaches("the preprocessor: a line that starts with #")
        wide = WIDE_IN_FILE if whole else WIDE
        for word in wide.findall(code):
            if word not in wide.findall(model_code):
                reaches(word)
    for word in ASSEMBLER.findall(assembly(path, body)):
        if word not in ASSEMBLER.findall(assembly(path, model)):
            reaches("the assembler's %s" % word)
    for number in re.findall(r"\b(?:0[xX][0-9a-fA-F]+|\d+)", code):
        if number not in model_code and int(number, 16 if number[1:2] in "xX" else 10) in \
                DEVICES[reference.arch]:
            reaches("a device's address, %s" % number)

    own = os.path.join(folder, "apart.o")
    compile_apart(reference, path, csource.replace_body(path, original, name, body), own)
    once = os.path.join(reference.place, "apart", path + ".o")
    if not os.path.exists(once):
        # In one move: another grader may look for it.
        new = "%s.new%d-%d" % (once, os.getpid(), threading.get_ident())
        compile_apart(reference, path, original, new)
        os.replace(new, once)
    if (path, name) not in reference.reach:
        reference.reach[path, name] = reached(reference, once, name)
    (uses, defines), (may_use, has) = reached(reference, own, name), reference.reach[path, name]
    extra = sorted(symbol for symbol in uses - may_use - set(has)
                   if not ALWAYS.match(symbol) and symbol not in defines)
    if extra:
        reaches(", ".join(extra))
    # A name of the assembler's would stand in for others' of the same name. (Static variables of a
    # function and the compiler's own have a number behind a dot.) In a file static ones are free.
    defines, has = ({symbol for symbol, letter in names.items() if letter.isupper() or not whole}
                    for names in (defines, has))
    new = sorted(name for name in defines - has if not re.search(r"^\.|\.\d+$|^\$", name))
    if new:
        reaches("a name of its own: " + ", ".join(new))


def compile_apart(reference, path, text, out):
    """Compiles a text that stands in for the file so that each function shows what it uses."""
    source = out + os.path.splitext(path)[1]
    write(source, text)
    status, said = reference.compile(path, source, out, *(APART if path.endswith(".c") else ()))
    if status:
        raise Failed("a function that compiles in the reference's %s" % path,
                     first_error(said, path))


def first_error(said, path):
    for line in said.split("\n"):
        m = re.match(r".*?:(\d+):\d+: (?:fatal )?error: (.*)", line) or \
            re.match(r".*?:(\d+): Error: (.*)", line)
        if m:
            return "the compiler: %s: %s" % (path, m[2])
    return "the compiler: " + tail(said)


# ------------------------------------------------------------------------------ a run

class Outcome:
    """What a run left: its status, its console's lines."""

    def __init__(self, status, text, said, limit):
        self.status, self.said, self.limit = status, said.strip(), limit
        self.lines = [line.rstrip("\r") for line in text.split("\n")]
        self.told = [line for line in self.lines
                     if re.match(r"grade: |ladder: vm grade: shows |ladder: trap in the hyp", line)]
        self.end = next((line for line in self.lines
                         if re.match(r"ladder: (panic|trap in the hypervisor): ", line)), None)

    def why(self):
        """The end of a run that did not pass, in one line."""
        if self.end:
            return self.end
        if self.status == 4:
            where = re.search(r"last seen at .*", self.said)
            return "no end within %d s%s" % (self.limit, ", " + where[0] if where else "")
        lines = [line for line in self.lines if line.strip()]
        said = self.said.split("\n")[-1] if self.said else "status %d" % self.status
        return "%s; the last line is: %s" % (re.sub(r"^run: ", "", said),
                                             lines[-1] if lines else "none")


def execute(folder, log, emulator, probe, guest, limit=None, machine=None):
    """Runs the hypervisor in folder with one probe (the words after grade= of its command line), on
    another CPU if one is given."""
    limit = limit or LIMIT
    env = clean_environment(LADDER_LOG=log, LADDER_TIMEOUT=str(limit), LADDER_ICOUNT="1",
                            LADDER_GRADE=probe)
    if guest:
        env["LADDER_GUEST"] = guest
    if machine:
        name, _, value = machine.partition("=") if machine.startswith("MACHINE=") else \
            ("CPU", "", machine)
        env["LADDER_" + name] = value
    process = subprocess.Popen([sys.executable, os.path.join(ROOT, "tools", "run.py"), folder,
                                emulator], env=env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               start_new_session=True)
    RUNNING.add(process)
    try:
        _, said = process.communicate(timeout=limit + 20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        _, said = process.communicate()
    finally:
        RUNNING.discard(process)
    text = read(log) if os.path.exists(log) else ""
    return Outcome(process.returncode, text, said.decode(errors="replace"), limit)


def run_once(*args):
    """A run. An emulator that could not start (Bochs finds no port for its display, where many
    start at once) says nothing at all, and is started again."""
    for _ in range(2):
        outcome = execute(*args)
        if any(line.strip() for line in outcome.lines) or outcome.status == 4:
            return outcome
        time.sleep(0.5 + secrets.randbelow(1000) / 1000)
    return execute(*args)


RUNNING = set()


def stop_all(*_):
    for process in list(RUNNING):
        try:
            os.killpg(process.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
    raise KeyboardInterrupt


# ------------------------------------------------------------------------------ one exercise

class Cell:
    """An exercise on one emulator."""

    def __init__(self, emulator):
        self.emulator, self.passed = emulator, False
        self.expected, self.seen, self.log = "", "", ""


class Result:
    """An exercise on an ISA: what its emulators show is worth equal parts of the points."""

    def __init__(self, one, arch, cells):
        self.exercise, self.arch = one, arch
        failed = [cell for cell in cells if not cell.passed]
        self.points = one.points * (len(cells) - len(failed)) // len(cells)
        self.passed = not failed
        # {where: cell}; the same everywhere (it does not compile) is told once.
        self.failures = {"on %s: " % cell.emulator: cell for cell in failed}
        if len(failed) == len(cells) and len({(c.expected, c.seen) for c in failed}) == 1:
            self.failures = {"": failed[0]}


def untouched(reference, one, path, name):
    """The body in a fresh copy, where the exercise has no cut out one; else None."""
    if not one.planted and not one.solution:
        return None
    files = exercise.files_of(exercise.folder_of(reference.step))
    if one.planted:
        exercise.patch(files, one.planted)
    return csource.find(path, files[path].decode(), name).text


def bodies_of(reference, one, emulator, tree):
    """{(file, function): body} in the student's tree."""
    found = {}
    for path, name in one.graded(reference.arch, emulator):
        at = os.path.join(tree, path)
        if not os.path.isfile(at):
            raise Failed("%s in your tree" % path, "it is not there")
        try:
            found[path, name] = csource.find(path, read(at), name).text
        except csource.NotFound as e:
            raise Failed("a function %s" % name, str(e))
        if found[path, name] == exercise.stop(path, one, reference.arch):
            raise Failed("a body of yours in %s, %s()" % (path, name),
                         "it is still the one that stops the run")
    if all(untouched(reference, one, *pair) == body for pair, body in found.items()):
        raise Failed("work of yours", "the copy is still as make exercise makes it")
    return found


def build(reference, one, bodies, folder):
    """Splices the bodies into the reference and links the result in folder."""
    texts, objects = {}, {}
    for (path, name), body in bodies.items():
        check_reach(reference, path, name, body, folder)
        text = texts.get(path) or read(reference.path_in(path))
        texts[path] = csource.replace_body(path, text, name, body)
    for path, text in texts.items():
        source = os.path.join(folder, "src", path)
        out = os.path.join(folder, path.replace("/", "_") + ".o")
        objects[reference.unit(path)] = out
        write(source, text)
        status, said = reference.compile(path, source, out)
        if status:
            raise Failed("a function that compiles in the reference's %s" % path,
                         first_error(said, path))
    said = reference.link(objects, folder)
    if said:
        raise Failed("a function that links with the reference", "the linker: " + tail(said))


def extra_checks():
    """tests/exercises/checks.py: checks in Python of what probes told."""
    path = os.path.join(TABLES, "checks.py")
    if not os.path.exists(path):
        return None
    spec = importlib.util.spec_from_file_location("checks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def in_context(told, at):
    """A line that was told; an indented one belongs to the latest that is not."""
    line = re.sub(r"^grade: ", "", told[at])
    if line.startswith("  "):
        for earlier in reversed(told[:at]):
            if not earlier.startswith("grade:   "):
                return "%s %s" % (earlier.replace("grade: ", "", 1), line.strip())
    return line


def compare(model, own):
    """Raises Failed at the first thing that was told otherwise."""
    if not any(line.endswith(" done") for line in model.told) or model.status:
        raise Bad("the reference itself does not come through its probe: %s" % model.why())
    for n, line in enumerate(model.told):
        if n >= len(own.told) or own.told[n] != line:
            raise Failed(in_context(model.told, n),
                         in_context(own.told, n) if n < len(own.told) else own.why())
    if len(own.told) > len(model.told):
        raise Failed("no more than that", in_context(own.told, len(model.told)))
    if own.status:
        raise Failed("a run that ends with status 0", own.why())


ADDRESS = re.compile(r"\b(?:0x)?[48][0-9a-f]{7}\b")
# A nonce, and what another solution may well need more or less of.
VARIES = re.compile(r"(?<=^ladder: end )\w+|\d+(?= instructions)|\d+(?= exits$)|\d+(?= of 4 KiB)")


def compare_all(model, own, machine):
    """The same for a whole run on another machine, which need not pass; the nonce differs, and
    where the code lies may."""
    def said(outcome):
        text = [ADDRESS.sub("ADDRESS", line) for line in outcome.lines if line.strip()]
        start = next((n for n, line in enumerate(text)
                      if line.startswith("ladder: a hypervisor")), len(text))
        return [VARIES.sub("N", line) for line in text[start:]]
    if not machine.startswith("MACHINE="):
        machine = "CPU=" + machine
    expected, seen = said(model), said(own)
    if not expected:
        raise Bad("%s: the reference says nothing: %s" % (machine, model.why()))
    for n, line in enumerate(expected):
        if n >= len(seen) or seen[n] != line:
            raise Failed("with %s: %s" % (machine, line.strip()),
                         seen[n].strip() if n < len(seen) else own.why())
    if model.status != own.status:
        raise Failed("with %s: status %d" % (machine, model.status),
                     "status %s" % own.status)


def grade_one(reference, one, emulator, bodies, run_folder, limit=None):
    """One exercise on one emulator. bodies: a function that gives them, or raises Failed."""
    cell = Cell(emulator)
    folder = os.path.join(run_folder, "%s-%s-%s" % (one.number, reference.arch, emulator))
    log = os.path.join(folder, "hv.log")
    os.makedirs(folder)

    def both(probe, machine=None):
        """What a run of the reference leaves, which many may be compared with, and of the other."""
        key, rest = (one.number, emulator, machine), (one.guest, limit, machine)
        words = "%s seed=0x%x" % (probe, reference.seed)
        if key not in reference.runs:
            reference.runs[key] = run_once(reference.build, os.path.join(folder, "model.log"),
                                           emulator, words + " model=1", *rest)
        own = run_once(folder, log, emulator, words, *rest)
        return reference.runs[key], own

    try:
        build(reference, one, bodies(), folder)
        probe = one.number
        if not probe_of(reference.step, reference.arch, probe):
            probe += "." + exercise.VENDORS[emulator]
        model, own = both(probe)
        cell.log = os.path.relpath(log, ROOT)
        compare(model, own)
        for machine in one.machines.get(reference.arch, []) if emulator == "qemu" else []:
            compare_all(*both("none", machine), machine)
        for name in one.checks:
            problem = getattr(extra_checks(), name)(reference.arch, own.lines)
            if problem:
                raise Failed(*problem)
        cell.passed = True
    except Failed as e:
        cell.expected, cell.seen = e.expected, e.seen
    return cell


def grade(step, arches, tree, jobs=None):
    """Grades; yields a Result for each exercise and ISA, in order."""
    table = Table(step)
    run_folder = os.path.join(PLACE, "run-%d-%s" % (os.getpid(), secrets.token_hex(3)))
    os.makedirs(run_folder)
    for old in glob.glob(os.path.join(PLACE, "run-*")):
        if time.time() - os.stat(old).st_mtime > 3600:
            shutil.rmtree(old, ignore_errors=True)
    signal.signal(signal.SIGTERM, stop_all)
    waiting = []
    try:
        with concurrent.futures.ThreadPoolExecutor(jobs or min(os.cpu_count() or 1, 4)) as pool:
            for arch in arches:
                reference = Reference(table, arch)
                for one in table.on(arch):
                    waiting.append((one, arch, [pool.submit(
                        grade_one, reference, one, emulator,
                        lambda r=reference, o=one, e=emulator: bodies_of(r, o, e, tree),
                        run_folder) for emulator in EMULATORS[arch]]))
            for one, arch, jobs in waiting:
                yield Result(one, arch, [job.result() for job in jobs])
    finally:
        for _, _, jobs in waiting:
            for job in jobs:
                job.cancel()


# ------------------------------------------------------------------------------ the report

def show(result, step, tree):
    one = result.exercise
    print("%s  %-52s %-8s %d of %d" % (one.number, one.title, result.arch, result.points,
                                       one.points))
    for where, cell in result.failures.items():
        print("     expected: %s%s" % (where, cell.expected))
        print("     seen:     %s" % cell.seen)
        if cell.log:
            print("     log:      %s" % cell.log)
        print("     debug:    make STEP=%s ARCH=%s TREE=%s%s %s" % (
            step, result.arch, tree, " GUEST=" + one.guest if one.guest else "",
            "qemu-gdb" if cell.emulator == "qemu" else "bochs-debug"))
    if result.failures:
        print("     hint:     %s" % one.hints[result.arch])


def reasons(result):
    return "\n".join("expected: %s%s\nseen: %s" % (where, cell.expected, cell.seen)
                     for where, cell in result.failures.items())


def as_json(results):
    """The shape that classroom autograders read: a list of tests with score, max_score, output."""
    return {"score": sum(r.points for r in results),
            "max_score": sum(r.exercise.points for r in results),
            "tests": [{"name": "%s %s" % (r.exercise.number, r.exercise.title),
                       "number": r.exercise.number, "arch": r.arch,
                       "score": r.points, "max_score": r.exercise.points,
                       "status": "passed" if r.passed else "failed",
                       "output": "" if r.passed else "%s\nhint: %s" % (
                           reasons(r), r.exercise.hints[r.arch])} for r in results]}


def as_junit(step, results):
    suite = xml.Element("testsuite", name="step " + step, tests=str(len(results)),
                        failures=str(sum(not r.passed for r in results)))
    for r in results:
        case = xml.SubElement(suite, "testcase", classname="step%s.%s" % (step, r.arch),
                              name="%s %s" % (r.exercise.number, r.exercise.title))
        if not r.passed:
            failure = xml.SubElement(case, "failure", message="%d of %d points" % (
                r.points, r.exercise.points))
            failure.text = clean_text(reasons(r))
    return xml.tostring(suite, encoding="unicode")


def clean_text(text):
    """XML has no control characters, and a console may print any."""
    return re.sub(r"[^\t\n\x20-\ufffd]", "?", text)


def parse_arches(step, words):
    arches = [a for a in ARCHES if os.path.isdir(
        os.path.join(ROOT, exercise.folder_of(step), "arch", a))]
    there = {a for one in Table(step).exercises for a in one.arches}
    if words == "all":
        return [a for a in arches if a in there]
    chosen = words.replace(",", " ").split()
    for arch in chosen:
        if arch not in ARCHES:
            raise Bad("ARCH=%s is not known; choose of: %s all" % (arch, " ".join(ARCHES)))
        if arch not in arches or arch not in there:
            raise Bad("step %s has no exercises on %s yet; it has them on: %s" % (
                step, arch, " ".join(a for a in arches if a in there)))
    if not chosen:
        raise Bad("ARCH= names no ISA; choose of: %s all" % " ".join(ARCHES))
    return list(dict.fromkeys(chosen))


def main():
    parser = argparse.ArgumentParser(description="Grades a student's copy of a step.")
    parser.add_argument("step")
    parser.add_argument("arch")
    parser.add_argument("tree", nargs="?")
    args = parser.parse_args()
    results = []
    try:
        given = args.tree or os.path.join("work", exercise.folder_of(args.step))
        tree = os.path.join(ROOT, given)
        if not os.path.isdir(tree):
            raise Bad("TREE=%s does not exist" % given if args.tree else
                      "%s is not there: make exercise STEP=%s makes it" % (given, args.step))
        if not os.path.isdir(os.path.join(tree, "arch")):
            raise Bad("TREE=%s is not a step's folder: it has no arch" % given)
        outputs = [(os.environ[name], make) for name, make in (
            ("JSON", lambda: json.dumps(as_json(results), indent=1)),
            ("JUNIT", lambda: as_junit(args.step, results))) if os.environ.get(name)]
        for path, _ in outputs:
            if not os.path.isdir(os.path.dirname(os.path.abspath(path))):
                raise Bad("%s can't be written: its folder does not exist" % path)
        for result in grade(args.step, parse_arches(args.step, args.arch), tree):
            results.append(result)
            show(result, args.step, given)
            sys.stdout.flush()
        for path, text in outputs:
            with open(path, "w") as f:
                f.write(text() + "\n")
    except (Bad, csource.NotFound) as e:
        sys.stderr.write("grade: %s\n" % e)
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("grade: stopped\n")
        return 130
    points, most = (sum(r.points for r in results), sum(r.exercise.points for r in results))
    print("step %s: %d of %d points" % (args.step, points, most))
    return 0 if points == most else 1


if __name__ == "__main__":
    sys.exit(main())
