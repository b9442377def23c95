"""What the tests share: the build before them, and a run of make with its reproduction line."""
import fcntl
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "tests"
GUESTS = ROOT / "tests" / "guests"
CI = os.environ.get("CI") == "true"

# A make that runs these tests must not lend its flags and variables to those they start.
ENV = {name: value for name, value in os.environ.items()
       if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
       and not name.startswith("LADDER_")}
if "LADDER_CACHE" in os.environ:
    ENV["LADDER_CACHE"] = os.environ["LADDER_CACHE"]

# Lines that the build and make say beside what is looked for.
NOISE = re.compile(r"^(  [A-Z]{2,3} +\S+$|g?make(\[\d+\])?: |\(OpenSBI )")


STEPS = [1, 2, 3, 4, 5, 6, "final"]
ARCHES = ("riscv64", "aarch64", "x86_64")
EMULATORS = {"riscv64": ["qemu"], "aarch64": ["qemu"], "x86_64": ["qemu", "bochs"]}


def step_folder(step):
    return next(ROOT.glob("final" if step == "final" else f"step{step}-*"))


def has_arch(step, arch):
    return (step_folder(step) / "arch" / arch).is_dir()


def isas(step="final"):
    """The ISAs that this step is there for."""
    return [arch for arch in ARCHES if has_arch(step, arch)]


def listed(step, name):
    """The words of a variable in the step's Makefile."""
    text = (step_folder(step) / "Makefile").read_text().replace("\\\n", " ")
    return [word for match in re.finditer(rf"^{re.escape(name)}\s*[:+]?=(.*)$", text, re.M)
            for word in match[1].split("#")[0].replace(",", " ").split()]


def guests_of(step, arch):
    """{guest: the suffix it is to be run with}: intruder ends well as intruder:caught."""
    suffix = {"relic": ":caught"}   # a guest of final's exercises: no one has solved it yet
    for one in STEPS:
        for word in listed(one, "GUEST_DEFAULT"):
            guest, _, how = word.partition(":")
            suffix[guest] = ":" + how if how else ""
    found = {}
    for guest in listed(step, "GUESTS"):
        top = step_folder(step) / "guest" / guest
        own = [a for a in ARCHES if (top / a).is_dir()]
        if arch in own or not own:
            found[guest] = suffix.get(guest, "")
    return found


class Result:
    """How a command ended, and what it said."""

    def __init__(self, command, status, output, log=None):
        self.command, self.status, self.output, self.log = command, status, output, log

    def fail(self, expected, seen):
        tail = self.output.rstrip("\n").split("\n")[-40:]
        pytest.fail("\n".join([
            f"expected:  {expected}", f"seen:      {seen}", f"reproduce: {self.command}",
            f"log:       {self.log or 'none'}", "last lines of what it said:",
            *("  | " + line for line in tail)]), pytrace=False)

    def expect(self, *lines, status=0, without=()):
        """The status and, in this order, a line for each pattern; no line for the others."""
        if self.status != status:
            self.fail(f"status {status}", f"status {self.status}")
        at, said = 0, self.output.split("\n")
        for pattern in lines:
            there = [n for n in range(at, len(said)) if re.search(pattern, said[n])]
            if not there:
                after = f" after line {at} ({said[at - 1].strip()!r})" if at else ""
                self.fail(f"a line with /{pattern}/{after}", "no such line")
            at = there[0] + 1
        for pattern in without:
            for line in said:
                if re.search(pattern, line):
                    self.fail(f"no line with /{pattern}/", line.strip())
        return self

    def complains(self, *words, status=2):
        """One line that says what is wrong, and nothing else but what make adds."""
        # Of make's own lines, those of an $(error …) are what a user is meant to read.
        said = [line for line in self.output.split("\n") if line.strip()
                and (not NOISE.match(line) or re.search(r"\*\*\* .*  Stop\.$", line))]
        if self.status != status:
            self.fail(f"status {status}", f"status {self.status}")
        if len(said) != 1:
            self.fail("one line that says what is wrong", f"{len(said)} lines")
        for word in words:
            if word not in said[0]:
                self.fail(f"'{word}' in the line that says what is wrong", said[0])
        return self


def run(command, env=None, timeout=120, cwd=ROOT, log=None, shown=None):
    """Runs a command without a terminal; whatever it leaves behind is killed with it."""
    shown = shown or shlex.join(map(str, command)) + " </dev/null"
    process = subprocess.Popen(command, cwd=cwd, env=env or ENV, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    try:
        output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        Result(shown, None, output.decode(errors="replace"), log).fail(
            f"an end within {timeout} s", "none, so it was killed")
    return Result(shown, process.returncode, output.decode(errors="replace"), log)


def make_status(result):
    """make ends with 2 whatever failed; the status that counts is in its last message."""
    codes = re.findall(r"make(?:\[\d+\])?: \*\*\* \[[^\]]*\] Error (\d+)", result.output)
    if result.status == 2 and codes:
        result.status = int(codes[-1])
    return result


@pytest.fixture
def log(request):
    LOGS.mkdir(parents=True, exist_ok=True)
    return LOGS / (re.sub(r"[^\w.=-]+", "_", request.node.name) + ".log")


@pytest.fixture
def make(built, log):
    """make(STEP=…, …): `make … qemu` with a log and a time limit of its own; a Result."""
    def call(verb="qemu", env=None, **variables):
        words = {"LOG": log, "TIMEOUT": 100, **variables}
        command = ["make", "-C", str(ROOT), "--no-print-directory", verb]
        command += [f"{name}={value}" for name, value in words.items()]
        shown = [f"{name}={shlex.quote(str(value))}" for name, value in variables.items()]
        log.unlink(missing_ok=True)
        environment = {**ENV, **env} if env else ENV
        result = run(command, environment, int(words["TIMEOUT"]) + 60, log=log,
                     shown=" ".join(["make", *shown, verb, "</dev/null"]))
        return make_status(result)
    return call


@pytest.fixture(scope="session")
def built(request):
    """Everything is built before the first cell, once, whichever worker comes first."""
    LOGS.mkdir(parents=True, exist_ok=True)
    config = getattr(request.config, "workerinput", {})
    mark = LOGS / f"built-{config.get('testrunuid', os.getpid())}"
    with open(LOGS / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists():
            for old in LOGS.glob("built-*"):
                if time.time() - old.stat().st_mtime > 3600:
                    old.unlink()
            result = run(["make", "-C", str(ROOT), "--no-print-directory", "all"], timeout=600)
            mark.write_text(result.output if result.status else "")
        if mark.read_text():
            Result("make all", 2, mark.read_text()).fail("a build without errors", "the below")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With CI=true what can't be tested is a failure: nothing goes unseen."""
    outcome = yield
    report = outcome.get_result()
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}\n(CI=true: what is skipped counts as failed)"


def emulator_missing(emulator, arch):
    program = "bochs" if emulator == "bochs" else f"qemu-system-{arch}"
    if not shutil.which(program):
        return f"{program} is not installed (make doctor ARCH={arch})"
    return None


@pytest.fixture
def emulator_there(request):
    """Skips a cell whose emulator is not to be had."""
    params = request.node.callspec.params
    missing = emulator_missing(params.get("emulator", "qemu"), params.get("arch", "riscv64"))
    if missing:
        pytest.skip(missing)


def python():
    """The interpreter that make would take."""
    return "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable


@pytest.fixture(scope="session")
def linux_kernel():
    """linux_kernel(arch): the path of the guest kernel, fetched if need be; skips if it can't."""
    def path(arch, item="linux"):
        LOGS.mkdir(parents=True, exist_ok=True)
        result = run([python(), str(ROOT / "tools" / "images.py"), item, arch], timeout=600)
        if result.status == 2:
            pytest.skip(result.output.strip().split("\n")[-1])
        result.expect("^/")
        return result.output.strip().split("\n")[-1]
    return path


# How the guests below tests/guests/ARCH are built: flat, to be entered at their first byte.
GUEST_FLAGS = {
    "riscv64": ["-mabi=lp64", "-march=rv64imac_zicsr_zifencei", "-Wl,--no-relax",
                "-Wl,-Ttext=0x80200000"],
    "aarch64": ["-march=armv8-a", "-Wl,-Ttext=0x40080000"],
    # 32-bit: a multiboot loader enters an image without paging.
    "x86_64": ["-m32", "-Wl,-Ttext=0x200000", "-Wl,-z,noexecstack"],
}


@pytest.fixture
def image(built, tmp_path):
    """image(name, arch): one of tests/guests as a flat image."""
    def build(name, arch):
        asked = run(["make", "-s", "-C", str(step_folder(STEPS[0])), f"ARCH={arch}", "cc"])
        cc = asked.output.strip()
        elf, flat = tmp_path / f"{name}.elf", tmp_path / f"{name}.bin"
        folder = GUESTS / arch
        for command in (
                [cc, "-nostdlib", "-static", "-no-pie", "-fno-pie", "-Wl,--build-id=none",
                 *GUEST_FLAGS[arch], f"-I{folder}", "-o", str(elf), str(folder / f"{name}.S")],
                [cc[:-len("gcc")] + "objcopy", "-O", "binary", str(elf), str(flat)]):
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
            assert done.returncode == 0, done.stdout
        return flat
    return build
