"""GDB's commands (gdb/): in both worlds, against what QEMU itself and the hypervisor say."""
import fcntl
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

import pytest

from conftest import ENV, LOGS, ROOT, STEPS, Result, run, step_folder

sys.path.insert(0, str(ROOT / "gdb"))
import tables  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("built"),
    pytest.mark.skipif(not shutil.which("gdb-multiarch"),
                       reason="gdb-multiarch is not installed (make doctor)"),
    pytest.mark.skipif(not shutil.which("qemu-system-riscv64"),
                       reason="qemu-system-riscv64 is not installed (make doctor)")]


class Session(Result):
    """What GDB said, command by command."""

    def __init__(self, result, commands):
        super().__init__(result.command, result.status, result.output, result.log)
        parts = re.split(r"^@@ \d+\n", self.output, flags=re.M)[1:]
        if len(parts) != len(commands) + 1:
            self.fail(f"answers to {len(commands)} commands", f"{len(parts)} pieces")
        self.said = list(zip(commands, parts))
        if "Traceback" in self.output:
            self.fail("no traceback", "one")

    def __getitem__(self, wanted):
        """The answer to a command; (command, n): to the n-th one like that."""
        command, n = wanted if isinstance(wanted, tuple) else (wanted, 0)
        return [said for one, said in self.said if one == command][n]

    def find(self, wanted, pattern):
        found = re.search(pattern, self[wanted], re.M)
        if not found:
            self.fail(f"/{pattern}/ from {wanted}", self[wanted].strip())
        return found

    def number(self, wanted, pattern):
        return int(self.find(wanted, pattern)[1], 0)


@pytest.fixture
def gdb(log):
    """gdb(step, commands, GUEST=…): a Session of the commands with a machine of its own."""
    machines = []

    def session(step, commands, **variables):
        words = [f"STEP={step}", "ARCH=riscv64"]
        words += [f"{name}={value}" for name, value in variables.items()]
        make = ["make", "-C", str(ROOT), "--no-print-directory", *words]
        said = log.with_suffix(".qemu")
        with open(said, "w") as out:
            machine = subprocess.Popen(
                [*make, f"LOG={log}", "TIMEOUT=100", "qemu-gdb"], env=ENV, stdout=out,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)
        machines.append(machine)
        end = time.monotonic() + 60
        while "in a second terminal" not in said.read_text():
            if machine.poll() is not None or time.monotonic() > end:
                Result(" ".join(["make", *words, "qemu-gdb"]), machine.returncode,
                       said.read_text()).fail("a machine that waits for GDB", "none")
            time.sleep(0.05)
        flags = ["-batch", "-nx", "-ex", "set width 0"]
        for n, command in enumerate(commands):
            flags += ["-ex", f"echo @@ {n}\\n", "-ex", command]
        # The machine stays stopped until it is killed.
        flags += ["-ex", f"echo @@ {len(commands)}\\n", "-ex", "disconnect"]
        result = run([*make, "gdb"], {**ENV, "GDBFLAGS": shlex.join(flags)}, 60, log=log)
        result.command = (f"make {' '.join(words)} qemu-gdb, and make {' '.join(words)} gdb with\n"
                          + "\n".join("           " + command for command in commands))
        return Session(result, commands)

    # The build's folder names one machine that waits: one test at a time.
    LOGS.mkdir(parents=True, exist_ok=True)
    with open(LOGS / "gdb.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield session
        for machine in machines:
            # run.py ends its emulator, which is in a process group of its own.
            try:
                os.killpg(machine.pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
            machine.wait(20)


# The walk's lines: level, the entry's address, its value, where it leads.
LEVEL = (r"^  level (\d)  entry at HPA (0x\w+) = (0x\w+)  "
         r"(?:table at HPA (0x\w+)|(\d+) (.)iB at HPA (0x\w+)  .*)$")


def check_walk(session, command, gpa, levels=3):
    """Each step of a walk follows from the entry before it (priv 18.5.1), the result from the
    last."""
    table = session.number(command, r"root at HPA (0x\w+)")
    hpa = None
    for n, found in enumerate(re.finditer(LEVEL, session[command], re.M)):
        level, at, raw = int(found[1]), int(found[2], 0), int(found[3], 0)
        assert level == levels - 1 - n
        index = gpa >> 12 + 9 * level & (0x7ff if not n else 0x1ff)
        assert at == table + 8 * index
        table = (raw >> 10 & (1 << 44) - 1) << 12
        assert int(found[4] or found[7], 0) == table
        if found[7]:
            size = 1 << 12 + 9 * level
            assert int(found[5]) << {"K": 10, "M": 20, "G": 30}[found[6]] == size
            hpa = table + gpa % size
    assert session.number(command, r"^GPA 0x\w+ -> HPA (0x\w+)$") == hpa
    return hpa


IN_HYPERVISOR = [
    "break vm_handle_exit",
    "continue",
    # Every stop takes time of the slice on a busy machine; without an end the first VM stays.
    "set variable pcpus[0].slice_end = ~0ul",
    "continue 5",
    "ladder where",
    "ladder vcpu",
    "ladder vcpu flash",
    "ladder vcpu mmio 0",
    "ladder npt 0x90000123",
    "ladder npt 0x90000123 mmio",
    "ladder npt",
    "ladder npt 0x10000000 mmio",
    "ladder npt 0x30000000",
    "ladder npt 0x20000000000",
    "ladder gva 0x90000123",
    "ladder exits 3",
    "print/x vcpu->arch.sepc",
    "print vcpu->vm->exits",
    "print npt_translate(&vcpu->vm->npt, 0x90000123, 1, (unsigned long *)&boot_stack)",
    "print/x *(unsigned long *)&boot_stack",
    "ladder vcpu nobody",
    "ladder vcpu flash 7",
    "ladder gva",
    "ladder exits many",
    "ladder guest nobody",
    "ladder fly",
    "print $ladder_in(\"hypervisor\") * 10 + $ladder_in(\"flash\")",
]


def test_stopped_in_the_hypervisor(gdb):
    said = gdb(6, IN_HYPERVISOR)
    pc = said.number("print/x vcpu->arch.sepc", r"= (0x\w+)")
    exits = said.number("print vcpu->vm->exits", r"= (\d+)")

    said.find("ladder where", r"^CPU 0: in the hypervisor, HS-mode, at 0x\w+ <vm_handle_exit> .*; "
                              r"vcpu flash\.0 is loaded$")
    said.find("ladder vcpu", rf"^vm \d+ flash: {exits} exits\n"
                             rf"  vcpu 0  pc 0x{pc:x}: loaded on CPU 0")
    said.find("ladder vcpu", r"^vm \d+ mmio: 0 exits\n  vcpu 0  pc 0x90000000: not loaded")

    said.find("ladder vcpu flash", rf"^  pc      {pc:016x}  sstatus \w+  \(to VS-mode\)")
    said.find("ladder vcpu flash", r"^  hgatp      8\w{15}  Sv39x4, root at HPA 0x\w+, VMID \d+")
    said.find("ladder vcpu flash", r"^ VS-mode's registers, from the CPU:")
    said.find("ladder vcpu mmio 0", r"^ VS-mode's registers, from memory")
    said.find("ladder vcpu mmio 0", r"^  vstimecmp +f{16}  never")

    hpa = check_walk(said, "ladder npt 0x90000123", 0x90000123)
    said.find("print npt_translate(&vcpu->vm->npt, 0x90000123, 1, (unsigned long *)&boot_stack)",
              "= true")
    assert said.number("print/x *(unsigned long *)&boot_stack", r"= (0x\w+)") == hpa
    assert check_walk(said, "ladder npt 0x90000123 mmio", 0x90000123) != hpa
    ranges = re.findall(r"^  GPA \[(0x\w+), (0x\w+)\) -> HPA (0x\w+)  ", said["ladder npt"], re.M)
    assert hpa in [int(to, 0) + 0x90000123 - int(start, 0) for start, end, to in ranges
                   if int(start, 0) <= 0x90000123 < int(end, 0)]
    said.find("ladder npt 0x10000000 mmio", r"^  not mapped; the device 16550 is at 0x10000000")
    said.find("ladder npt 0x30000000", r"^  not mapped; nothing of this VM's is there")
    said.find("ladder npt 0x20000000000", r"^  not translated: Sv39x4 has .* 41 bits")
    said.find("ladder gva 0x90000123", r"the guest's paging is off")
    said.find("ladder gva 0x90000123", rf"^GVA 0x90000123 -> GPA 0x90000123 -> HPA 0x{hpa:x}$")

    # The break point is before the record of the newest exit.
    lines = re.findall(r"^  (flash\.0) +#(\d+) +pc (0x\w+): (.*)$", said["ladder exits 3"], re.M)
    assert [int(line[1]) for line in lines] == [exits - 3, exits - 2, exits - 1]
    assert lines[-1][3] == "hypercall, ecall from VS"

    said.find("ladder vcpu nobody", r"^ladder: there is no VM nobody; there are: flash \(\d+\), ")
    said.find("ladder vcpu flash 7", r"^ladder: vm flash has no vCPU 7; it has 0 to 0$")
    said.find("ladder gva", r"^ladder: usage: ladder gva GVA")
    said.find("ladder exits many", r"^ladder: many is not a number of exits$")
    said.find("ladder guest nobody", r"^ladder: there is no guest nobody in step 6; it has: ")
    said.find("ladder fly", r"^ladder: there is no command fly; there are: where, ")
    said.find('print $ladder_in("hypervisor") * 10 + $ladder_in("flash")', "= 10$")


IN_GUEST = [
    "ladder guest multitask",
    "hbreak prog_spin if $ladder_in(\"multitask\")",
    "continue",
    "ladder where",
    "ladder vcpu",
    "ladder vcpu multitask",
    "info registers satp",
    "ladder gva $pc",
    "monitor gva2gpa 0x40000008",
    "x/2xw $pc",
    "ladder gva 0x4000000000",
    "ladder gva 0",
    "ladder npt &kernel_main",
    "delete",
    "break vm_handle_exit",
    "continue",
    "ladder where",
    "ladder vcpu multitask",
    "ladder gva &prog_spin",
    "ladder exits 4",
]


def test_stopped_in_a_guest(gdb):
    said = gdb(6, IN_GUEST, GUEST="multitask")
    said.find("ladder guest multitask", "^symbols of multitask are loaded")
    said.find("ladder where", r"^CPU 0: in guest multitask\.0, VU-mode, at 0x40000\w+ <prog_spin> "
                              r"step6-devices/guest/multitask/user\.c:\d+$")
    said.find("ladder vcpu", r"^  vcpu 0  pc 0x40000\w+ <prog_spin> .*: runs on CPU 0, in VU-mode")
    satp = said.number("info registers satp", r"satp +(0x\w+)")
    said.find("ladder vcpu multitask", rf"^  vsatp +{satp:016x}  Sv39, root at GPA 0x")

    # QEMU's own walk of both stages, and the instruction that it fetched.
    pc = said.number("ladder where", r" at (0x\w+)")
    found = said.find("ladder gva $pc", r"^GVA (0x\w+) -> GPA (0x\w+) -> HPA (0x\w+)$")
    assert int(found[1], 0) == pc
    hpa = int(found[3], 0)
    if pc == 0x40000008:
        assert said.number("monitor gva2gpa 0x40000008", r"gpa: (0x\w+)") == hpa
    assert len(re.findall(r"^  guest level \d  entry at GPA", said["ladder gva $pc"], re.M)) == 3
    said.find("ladder gva $pc", r"^  guest level 0 .* 4 KiB at GPA 0x\w+  r-x U")
    said.find("ladder gva 0x4000000000", r"not translated: bits 63 to 39 differ from bit 38")
    said.find("ladder gva 0", r"not mapped by the guest")
    said.find("ladder npt &kernel_main", r"^GPA 0x9\w+ -> HPA 0x")

    # In the other world, the same.
    said.find(("ladder where", 1), r"^CPU 0: in the hypervisor, HS-mode, at 0x\w+ <vm_handle_exit>")
    said.find(("ladder vcpu multitask", 1), r"^  vsatp +\w{16}  Sv39, root at GPA 0x")
    same = said.find("ladder gva &prog_spin", r"^GVA \w+ -> GPA (0x\w+) -> HPA (0x\w+)$")
    assert said["ladder exits 4"].count("multitask.0 ") == 4
    if int(same[1], 0) == int(found[2], 0):
        assert int(same[2], 0) - hpa == 0x40000008 - pc


@pytest.mark.parametrize("step", STEPS)
def test_every_step_answers(gdb, step):
    commands = ["ladder where", "ladder vcpu", "ladder npt", "ladder gva 0x90000000",
                "ladder exits", "ladder guest ping", "break arch_hv_disable",
                "break vm_handle_exit if $ladder_in(\"hypervisor\")"]
    if step == 2:
        commands[-1] = "break vcpu_dump"
    after = ["continue", "ladder where", "ladder vcpu", "ladder npt", "ladder gva $pc",
             "ladder exits"]
    said = gdb(step, commands[:-1] + commands[-1:] * (step != 1) + after)
    said.find("ladder where", r"^CPU 0: in the firmware, M-mode, at 0x1000; no vCPU is loaded$")
    said.find(("ladder where", 1), r"^CPU 0: in the hypervisor, HS-mode, at 0x\w+ <\w+")
    level = 7 if step == "final" else step
    where = "has no VMs and no vCPUs: they come with step 2"
    for n in range(2):
        if level == 1:
            said.find(("ladder vcpu", n), rf"^ladder: step 1 {where}$")
            said.find(("ladder npt", n), rf"^ladder: step 1 {where}$")
        elif not n:
            said.find("ladder vcpu", r"^ladder: no VM is there now: ")
        if level < 4:
            said.find(("ladder exits", n), rf"^ladder: step {step} keeps no record of exits: that")
        elif not n:
            said.find("ladder exits", "^ladder: no exit has been kept yet")
    if level > 1:
        said.find(("ladder vcpu", 1), r"^vm \d+ \w+.*\n  vcpu 0  pc 0x\w+")
        said.find(("ladder gva $pc", 0), r"^vcpu \w+\.0, GVA 0x\w+: vsatp ")
    if 1 < level < 5:
        said.find(("ladder npt", 1), rf"^ladder: step {step} has no second-stage tables: ")
    elif level >= 5:
        said.find(("ladder npt", 1), r"^  GPA \[0x\w+, 0x\w+\) -> HPA 0x\w+  rwx U")
    said.find("ladder guest ping", "^symbols of ping are loaded" if level > 2 else
              rf"^ladder: step {step} has no guests: they come with step 3$")


def test_without_a_machine():
    elf = ROOT / "build" / step_folder(6).name / "riscv64" / "hv.elf"
    result = run(["gdb-multiarch", "-batch", "-nx", str(elf), "-x", str(ROOT / "gdb/ladder.py"),
                  "-ex", "ladder vcpu"])
    result.expect(r"^ladder: no machine: type make STEP=n ARCH=a qemu-gdb", status=1,
                  without=["Traceback"])


# ------------------------------------------------------------------------ the walk, without GDB

def entry(raw, level):
    """Bit 0: there; bit 1: maps memory."""
    if not raw & 1:
        return tables.Entry(tables.EMPTY, 0, "", "not there")
    kind = tables.LEAF if raw & 2 else tables.TABLE
    return tables.Entry(kind, raw & ~0xfff, "%x" % (raw >> 4 & 15), "")


@pytest.fixture
def memory():
    table = {0x8000 + 8 * 1: 0x10001, 0x10000 + 8 * 2: 0x40000013, 0x10000 + 8 * 3: 0x40200013,
             0x10000 + 8 * 4: 0x20001, 0x20000: 0x5013, 0x20008: 0x7013, 0x20010: 0x8023}
    return lambda address: table.get(address, 0)


FORMAT = tables.regular("three levels", 3, entry)


@pytest.mark.parametrize("address, steps, result", [
    (0x40400000 + 0x123456, 2, 0x40123456),
    (0x40800000 + 0x1234, 3, 0x7234),
    (0x40803000, 3, None),
    (0x40000000, 2, None),
    (0, 1, None)])
def test_walk(memory, address, steps, result):
    taken, found = tables.walk(FORMAT, 0x8000, address, memory)
    assert (len(taken), found) == (steps, result)


def test_ranges_join_what_goes_on_with_the_same_flags(memory):
    def read_table(address, count):
        return [memory(address + 8 * n) for n in range(count)]

    found = list(tables.ranges(tables.leaves(FORMAT, 0x8000, read_table)))
    assert [(one.start, one.end, one.target, one.sizes) for one in found] == [
        (0x40400000, 0x40800000, 0x40000000, {0x200000: 2}),
        (0x40800000, 0x40801000, 0x5000, {0x1000: 1}),
        (0x40801000, 0x40802000, 0x7000, {0x1000: 1}),
        (0x40802000, 0x40803000, 0x8000, {0x1000: 1})]
