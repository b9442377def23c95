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

from conftest import ENV, LOGS, ROOT, STEPS, Result, isas, run, step_folder

sys.path.insert(0, str(ROOT / "gdb"))
import aarch64  # noqa: E402
import tables   # noqa: E402
import x86_64   # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("built"),
    pytest.mark.skipif(not shutil.which("gdb-multiarch"),
                       reason="gdb-multiarch is not installed (make doctor)")]


class Riscv64:
    """What the tests expect of one ISA; the others have the same names. uart: a device, at an
    address that is nothing else."""

    ram, uart, uart_name, hole = 0x90000000, 0x10000000, "16550", 0x30000000
    bits, stage2, root_bits = 41, "Sv39x4", 11
    boot, hypervisor, kernel, user = "M-mode, at 0x1000", "HS-mode", "VS-mode", "VU-mode"
    pc, state = "sepc", "sstatus"
    token = r"^  hgatp      8\w{15}  Sv39x4, root at HPA 0x\w+, VMID \d+"
    own = "VS-mode's registers"
    fresh = r"^  vstimecmp +f{16}  never"
    call = "hypercall, ecall from VS"
    root, root_of = "satp", r"^  vsatp +{:016x}  Sv39, root at GPA 0x"
    code = "r-x U"
    loaded, qemu_walks_both, way_back = "the CPU", True, "guest_exit"
    at_first = "the guest's paging is off"
    levels, guest_levels = 3, 3
    odd = (0x4000000000, "not translated: bits 63 to 39 differ from bit 38")
    memory = "rwx UAD, owned"

    @staticmethod
    def target(raw):
        """Where an entry points (priv 10.4.1)."""
        return (raw >> 10 & (1 << 44) - 1) << 12


class Aarch64:
    ram, uart, uart_name, hole = 0x50000000, 0x09000000, "PL011", 0x30000000
    bits, stage2, root_bits = 40, "stage 2", 10
    boot, hypervisor, kernel, user = "EL2, at 0x40000000", "EL2", "EL1h", "EL0"
    pc, state = "elr", "spsr"
    token = r"^  vttbr_el2      \w{16}  root at HPA 0x\w+, VMID \d+"
    own = "EL1's and EL0's registers"
    fresh = r"^  sctlr_el1 +\w{16}  MMU and caches off"
    call = "hypercall, hvc #0"
    root, root_of = "TTBR0_EL1", r"^  ttbr0_el1 +{:016x}  root at GPA 0x"
    code = "EL1 r-- EL0 r-x AF"
    loaded, qemu_walks_both, way_back = "the CPU", True, "guest_exit"
    at_first = "the guest's paging is off"
    levels, guest_levels = 3, 3
    odd = (0x8000000000, "not translated: bits 63 to 39 differ from bit 55")
    memory = "rwx AF, owned"

    @staticmethod
    def target(raw):
        """Where a descriptor points (Arm ARM, D8.3.1)."""
        return raw & 0xfffffffff000


class X86_64:
    ram, uart, uart_name, hole = 0x10000000, 0xff000000, "pflash", 0x30000000
    bits, stage2, root_bits = 48, "NPT", 9
    boot, hypervisor = "real mode, at 0xfff0", "64-bit mode, ring 0"
    kernel, user = "64-bit mode, ring 0", "64-bit mode, ring 3"
    pc, state = "rip", "rflags"
    token = r"^  ncr3             \w{16}  NPT, root at HPA 0x\w+, ASID \d+"
    own = "the guest's system registers"
    fresh = r"^  efer +\w{16}  LME LMA"
    call = "hypercall, vmmcall"
    root, root_of = "cr3", r"^  cr3 +{:016x}  root at GPA 0x"
    code = "r-x U"
    loaded, qemu_walks_both, way_back = "the VMCB", False, "svm_exit"
    at_first = "4-level paging, root at GPA 0x10001000"
    levels, guest_levels = 4, 4
    odd = (0x800000000000, "not translated: bits 63 to 48 differ from bit 47")
    memory = r"rwx U\w*, owned"

    @staticmethod
    def target(raw):
        """Where an entry points (APM 5.4.1)."""
        return raw & (1 << 52) - (1 << 12)


ISA = {"riscv64": Riscv64, "aarch64": Aarch64, "x86_64": X86_64}


def known(step):
    return [arch for arch in isas(step) if arch in ISA]


def each_isa(step):
    return pytest.mark.parametrize("arch", known(step))


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
def gdb(log, emulator_there):
    """gdb(step, arch, commands, GUEST=…): a Session of the commands with a machine of its own."""
    machines = []

    def session(step, arch, commands, **variables):
        words = [f"STEP={step}", f"ARCH={arch}"]
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


def check_walk(session, isa, command, gpa):
    """Each step of a walk follows from the entry before it, the result from the last."""
    table = session.number(command, r"root at HPA (0x\w+)")
    hpa = None
    for n, found in enumerate(re.finditer(LEVEL, session[command], re.M)):
        level, at, raw = int(found[1]), int(found[2], 0), int(found[3], 0)
        assert level == isa.levels - 1 - n
        index = gpa >> 12 + 9 * level & (1 << (9 if n else isa.root_bits)) - 1
        assert at == table + 8 * index
        table = isa.target(raw)
        assert int(found[4] or found[7], 0) == table
        if found[7]:
            size = 1 << 12 + 9 * level
            assert int(found[5]) << {"K": 10, "M": 20, "G": 30}[found[6]] == size
            hpa = table + gpa % size
    assert session.number(command, r"^GPA 0x\w+ -> HPA (0x\w+)$") == hpa
    return hpa


@each_isa(6)
def test_stopped_in_the_hypervisor(gdb, arch):
    isa = ISA[arch]
    address = f"0x{isa.ram + 0x123:x}"
    walk, other = f"ladder npt {address}", f"ladder npt {address} mmio"
    device, hole = f"ladder npt 0x{isa.uart:x} mmio", f"ladder npt 0x{isa.hole:x}"
    beyond, gva = f"ladder npt 0x{1 << isa.bits:x}", f"ladder gva {address}"
    translate = (f"print npt_translate(&vcpu->vm->npt, {address}, 1, "
                 "(unsigned long *)&boot_stack)")
    said = gdb(6, arch, [
        "break vm_handle_exit",
        "continue",
        # Every stop takes time of the slice on a busy machine; without an end the first VM stays.
        "set variable pcpus[0].slice_end = ~0ul",
        "continue 5",
        "ladder where",
        "ladder vcpu",
        "ladder vcpu flash",
        "ladder vcpu mmio 0",
        walk,
        other,
        "ladder npt",
        device,
        hole,
        beyond,
        gva,
        "ladder exits 3",
        f"print/x vcpu->arch.{isa.pc}",
        "print vcpu->vm->exits",
        translate,
        "print/x *(unsigned long *)&boot_stack",
        "ladder vcpu nobody",
        "ladder vcpu flash 7",
        "ladder gva",
        "ladder exits many",
        "ladder guest nobody",
        "ladder fly",
        "print $ladder_in(\"hypervisor\") * 10 + $ladder_in(\"flash\")",
    ])
    pc = said.number(f"print/x vcpu->arch.{isa.pc}", r"= (0x\w+)")
    exits = said.number("print vcpu->vm->exits", r"= (\d+)")

    said.find("ladder where", rf"^CPU 0: in the hypervisor, {isa.hypervisor}, at 0x\w+ "
                              r"<vm_handle_exit> .*; vcpu flash\.0 is loaded$")
    said.find("ladder vcpu", rf"^vm \d+ flash: {exits} exits\n"
                             rf"  vcpu 0  pc 0x{pc:x}: loaded on CPU 0")
    said.find("ladder vcpu", r"^vm \d+ mmio: 0 exits\n"
                             rf"  vcpu 0  pc 0x{isa.ram:x}: not loaded")

    said.find("ladder vcpu flash", rf"^  pc      {pc:016x}  {isa.state} +\w+  \(to {isa.kernel}")
    said.find("ladder vcpu flash", isa.token)
    said.find("ladder vcpu flash", rf"^ {isa.own}, from {isa.loaded}:")
    said.find("ladder vcpu mmio 0", rf"^ {isa.own}, from memory")
    said.find("ladder vcpu mmio 0", isa.fresh)

    hpa = check_walk(said, isa, walk, int(address, 0))
    said.find(translate, "= true")
    assert said.number("print/x *(unsigned long *)&boot_stack", r"= (0x\w+)") == hpa
    said.find(walk, rf" at HPA 0x\w+  {isa.memory}$")
    assert check_walk(said, isa, other, int(address, 0)) != hpa
    ranges = re.findall(r"^  GPA \[(0x\w+), (0x\w+)\) -> HPA (0x\w+)  ", said["ladder npt"], re.M)
    assert hpa in [int(to, 0) + int(address, 0) - int(start, 0) for start, end, to in ranges
                   if int(start, 0) <= int(address, 0) < int(end, 0)]
    said.find(device, rf"^  not mapped; the device {isa.uart_name} is at 0x{isa.uart:x}")
    said.find(hole, r"^  not mapped; nothing of this VM's is there")
    said.find(beyond, rf"^  not translated: {isa.stage2} has .* {isa.bits} bits")
    said.find(gva, isa.at_first)
    said.find(gva, rf"^GVA {address} -> GPA {address} -> HPA 0x{hpa:x}$")

    # The break point is before the record of the newest exit.
    lines = re.findall(r"^  (flash\.0) +#(\d+) +pc (0x\w+): (.*)$", said["ladder exits 3"], re.M)
    assert [int(line[1]) for line in lines] == [exits - 3, exits - 2, exits - 1]
    assert lines[-1][3] == isa.call

    said.find("ladder vcpu nobody", r"^ladder: there is no VM nobody; there are: flash \(\d+\), ")
    said.find("ladder vcpu flash 7", r"^ladder: vm flash has no vCPU 7; it has 0 to 0$")
    said.find("ladder gva", r"^ladder: usage: ladder gva GVA")
    said.find("ladder exits many", r"^ladder: many is not a number of exits$")
    said.find("ladder guest nobody", r"^ladder: there is no guest nobody in step 6; it has: ")
    said.find("ladder fly", r"^ladder: there is no command fly; there are: where, ")
    said.find('print $ladder_in("hypervisor") * 10 + $ladder_in("flash")', "= 10$")


@each_isa(6)
def test_stopped_in_a_guest(gdb, arch):
    isa = ISA[arch]
    odd, why = isa.odd
    qemus_walk = 'eval "monitor gva2gpa 0x%lx", (unsigned long)$pc'
    said = gdb(6, arch, [
        "ladder guest multitask",
        "hbreak prog_spin if $ladder_in(\"multitask\")",
        "continue",
        "ladder where",
        "ladder vcpu",
        "ladder vcpu multitask",
        f"info registers {isa.root}",
        "ladder gva $pc",
        qemus_walk,
        "x/2xw $pc",
        f"ladder gva 0x{odd:x}",
        "ladder gva 0",
        "ladder gva &kernel_main",
        "ladder npt &kernel_main",
        "delete",
        "break vm_handle_exit",
        "continue",
        "ladder where",
        "ladder vcpu multitask",
        "ladder gva &prog_spin",
        "ladder exits 4",
        "delete",
        f"break {isa.way_back}",
        "continue",
        "stepi",
        "ladder where",
        "ladder vcpu",
    ], GUEST="multitask")
    said.find("ladder guest multitask", "^symbols of multitask are loaded")
    said.find("ladder where", rf"^CPU 0: in guest multitask\.0, {isa.user}, at 0x\w+ <prog_spin> "
                              r"step6-devices/guest/multitask/user\.c:\d+$")
    said.find("ladder vcpu",
              rf"^  vcpu 0  pc 0x\w+ <prog_spin> .*: runs on CPU 0, in {isa.user}")
    root = said.number(f"info registers {isa.root}", rf"{isa.root} +(0x\w+)")
    said.find("ladder vcpu multitask", isa.root_of.format(root))

    # QEMU's own walk of both stages, and the instruction that it fetched.
    pc = said.number("ladder where", r" at (0x\w+)")
    found = said.find("ladder gva $pc", r"^GVA (0x\w+) -> GPA (0x\w+) -> HPA (0x\w+)$")
    assert int(found[1], 0) == pc
    hpa = int(found[3], 0)
    if isa.qemu_walks_both:
        assert said.number(qemus_walk, r"gpa: (0x\w+)") == hpa
    assert len(re.findall(r"^  guest level \d  entry at GPA", said["ladder gva $pc"], re.M)) \
        == isa.guest_levels
    said.find("ladder gva $pc", rf"^  guest level 0 .* 4 KiB at GPA 0x\w+  {isa.code}")
    said.find(f"ladder gva 0x{odd:x}", why)
    said.find("ladder gva 0", r"not mapped by the guest")
    said.find("ladder npt &kernel_main", rf"^GPA 0x{isa.ram >> 28:x}\w+ -> HPA 0x")
    # The guest kernel maps itself to where it is.
    kernel = said.find("ladder gva &kernel_main", r"^GVA (0x\w+) -> GPA (0x\w+) -> HPA")
    assert kernel[1] == kernel[2]

    # In the other world, the same.
    said.find(("ladder where", 1), rf"^CPU 0: in the hypervisor, {isa.hypervisor}, at 0x\w+ "
                                   "<vm_handle_exit>")
    said.find(("ladder vcpu multitask", 1), isa.root_of.format(root))
    same = said.find("ladder gva &prog_spin", r"^GVA (\w+) -> GPA \w+ -> HPA (0x\w+)$")
    assert int(same[2], 0) - hpa == int(same[1], 0) - pc
    assert said["ladder exits 4"].count("multitask.0 ") == 4

    # In between.
    said.find(("ladder where", 2), rf"^CPU 0: in the hypervisor, {isa.hypervisor}, at 0x\w+ "
              r"<(guest|svm)_(enter|exit)\S*> .*; vcpu multitask\.0 is loaded, "
              "in the middle of the world switch$")
    said.find(("ladder vcpu", 1), r": loaded on CPU 0, in the middle of the world switch$")


@pytest.mark.parametrize("step, arch", [(step, arch) for step in STEPS for arch in known(step)])
def test_every_step_answers(gdb, step, arch):
    isa = ISA[arch]
    commands = ["ladder where", "ladder vcpu", "ladder npt", f"ladder gva 0x{isa.ram:x}",
                "ladder exits", "ladder guest ping", "break arch_hv_disable",
                "break vm_handle_exit if $ladder_in(\"hypervisor\")"]
    if step == 2:
        commands[-1] = "break vcpu_dump"
    after = ["continue", "ladder where", "ladder vcpu", "ladder npt", "ladder gva $pc",
             "ladder exits"]
    said = gdb(step, arch, commands[:-1] + commands[-1:] * (step != 1) + after)
    said.find("ladder where", rf"^CPU 0: in the firmware, {isa.boot}; no vCPU is loaded$")
    said.find(("ladder where", 1),
              rf"^CPU 0: in the hypervisor, {isa.hypervisor}, at 0x\w+ <\w+")
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
        said.find(("ladder gva $pc", 0),
                  r"^vcpu \w+\.0, GVA 0x\w+: (vsatp|sctlr_el1|ttbr0_el1|cr[03]) ")
    if 1 < level < 5:
        said.find(("ladder npt", 1), rf"^ladder: step {step} has no second-stage tables: ")
    elif level >= 5:
        said.find(("ladder npt", 1), r"^  GPA \[0x\w+, 0x\w+\) -> HPA 0x\w+  rwx ")
    said.find("ladder guest ping", "^symbols of ping are loaded" if level > 2 else
              rf"^ladder: step {step} has no guests: they come with step 3$")


@each_isa(6)
def test_without_a_machine(arch):
    elf = ROOT / "build" / step_folder(6).name / arch / "hv.elf"
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


# ------------------------------------------------------------ what aarch64 has and riscv64 has not

TCR = {"T0SZ": 0, "EPD0": 7, "TG0": 14, "T1SZ": 16, "EPD1": 23, "TG1": 30, "TBI0": 37,
       "TBI1": 38}


@pytest.mark.parametrize("gva, tcr, levels, root_bits, says", [
    (0x7f_ffff_ffff, {"T0SZ": 25}, 3, 9, None),
    (0x80_0000_0000, {"T0SZ": 25}, 3, 9, "bits 63 to 39 differ from bit 55"),
    (0xab00_0000_0000_1000, {"T0SZ": 25, "TBI0": 1}, 3, 9, None),
    (0x0010_0000_0000_1000, {"T0SZ": 25, "TBI0": 1}, 3, 9, "bits 55 to 39 differ from bit 55"),
    (0xabff_ffff_ffff_f000, {"T0SZ": 25, "T1SZ": 25, "TG1": 2, "TBI1": 1}, 3, 9, None),
    (0xabff_ffff_ffff_f000, {"T0SZ": 25, "T1SZ": 25, "TG1": 2, "TBI0": 1}, 3, 9,
     "bits 63 to 39 differ from bit 55"),
    (0x1000, {"T0SZ": 16}, 4, 9, None),
    (0x1000, {"T0SZ": 24}, 4, 1, None),
    (0x1000, {"T0SZ": 28}, 3, 6, None),
    (0x1000, {"T0SZ": 25, "EPD0": 1}, 3, 9, "TCR_EL1.EPD0 = 1"),
    (0x1000, {"T0SZ": 22, "TG0": 1}, 2, 13, None),
    (0x1000, {"T0SZ": 16, "TG0": 2}, 4, 1, None),
    (0xffff_8000_0000_0000, {"T0SZ": 25, "T1SZ": 16, "TG1": 2}, 4, 9, None),
    (0xffff_7fff_ffff_ffff, {"T0SZ": 16, "T1SZ": 17, "TG1": 2}, 4, 8,
     "bits 63 to 47 differ from bit 55"),
    (0xffff_ffff_ffff_f000, {"T0SZ": 25, "EPD1": 1, "T1SZ": 25, "TG1": 2}, 3, 9,
     "TCR_EL1.EPD1 = 1")])
def test_aarch64_translates_two_halves_of_any_size(gva, tcr, levels, root_bits, says):
    value = sum(field << TCR[name] for name, field in tcr.items())
    cpu = {"SCTLR": 1, "TCR_EL1": value, "TTBR0_EL1": 0x7000050000001, "TTBR1_EL1": 0x60000000}
    fmt, root, how, why = aarch64.Isa().guest_paging(None, cpu.get, False, gva)
    assert how.startswith("ttbr%d_el1 " % (gva >> 55 & 1))
    assert root == (0x60000000 if gva >> 55 & 1 else 0x50000000)
    assert len(fmt.levels) == levels and fmt.levels[0][1] == root_bits
    assert says in why if says else why is None


@pytest.mark.parametrize("raw, level, second, page, kind, address, flags", [
    (0x40400003, 2, True, 12, tables.TABLE, 0x40400000, ""),
    (0x00800000402007fd, 1, True, 12, tables.LEAF, 0x40200000, "rwx AF, owned"),
    (0x00400000080404c7, 0, True, 12, tables.LEAF, 0x8040000, "rw- AF, device"),
    (0x00400000080400c7, 0, True, 12, tables.LEAF, 0x8040000,
     "rw- no AF: an access faults, device"),
    (0x40200001, 0, True, 12, tables.BAD, 0, ""),
    (0x40200001, 3, False, 12, tables.BAD, 0, ""),
    (0x40200001, 2, False, 16, tables.BAD, 0, ""),
    (0x40200002, 1, True, 12, tables.EMPTY, 0, ""),
    (0x00200000500047c3, 0, False, 12, tables.LEAF, 0x50004000, "EL1 r-- EL0 r-x AF, AttrIndx 0"),
    (0x0060000009000707, 0, False, 12, tables.LEAF, 0x9000000, "EL1 rw- EL0 --- AF, AttrIndx 1"),
    (0x0000000050000743, 0, False, 12, tables.LEAF, 0x50000000, "EL1 rw- EL0 rwx AF, AttrIndx 0"),
    (0x0800000050001003, 1, False, 12, tables.TABLE, 0x50001000, "PXNTable")])
def test_aarch64_descriptors(raw, level, second, page, kind, address, flags):
    found = aarch64.descriptor(raw, level, second, page)
    assert (found.kind, found.address, found.flags) == (kind, address, flags)
    assert bool(found.why) == (kind in (tables.BAD, tables.EMPTY))


# ------------------------------------------------------------------------ what x86_64 has alone

X = x86_64


def npt(raw, level):
    return X.pte(raw, level, True)


@pytest.mark.parametrize("decode, raw, level, kind, address, flags", [
    (X.pte, 0x4002007, 3, tables.TABLE, 0x4002000, ""),
    (X.pte, 0x87, 2, tables.LEAF, 0, "rwx U"),
    (X.pte, 0x80000000040001e3, 1, tables.LEAF, 0x4000000, "rw- GAD"),
    (X.pte, 0x40010e7, 1, tables.LEAF, 0x4000000, "rwx UAD, PAT"),
    (X.pte, 0x4005025, 0, tables.LEAF, 0x4005000, "r-x UA"),
    (X.pte, 0x40051f3, 0, tables.LEAF, 0x4005000, "rwx GAD, PAT, uncached"),
    (X.pte, 0x4001083, 3, tables.BAD, 0, ""),
    (X.pte, 0x4010083, 1, tables.BAD, 0, ""),
    (X.pte, 0x4005024, 0, tables.EMPTY, 0, ""),
    (npt, 0x83, 1, tables.BAD, 0, ""),
    (npt, 0x4000287, 1, tables.LEAF, 0x4000000, "rwx U, owned"),
    (X.ept, 0x4002007, 3, tables.TABLE, 0x4002000, ""),
    (X.ept, 0x100000040003b7, 1, tables.LEAF, 0x4000000, "rwx AD, owned"),
    (X.ept, 0x4000085, 1, tables.LEAF, 0x4000000, "r-x, uncached"),
    (X.ept, 0xff000003, 0, tables.LEAF, 0xff000000, "rw-, uncached"),
    (X.ept, 0x4002002, 0, tables.BAD, 0, ""),
    (X.ept, 0x4002030, 0, tables.EMPTY, 0, "")])
def test_x86_64_entries(decode, raw, level, kind, address, flags):
    found = decode(raw, level)
    assert (found.kind, found.address, found.flags) == (kind, address, flags)
    assert bool(found.why) == (kind in (tables.BAD, tables.EMPTY))


@pytest.mark.parametrize("gva, cr0, cr4, efer, name, levels, says", [
    (0x1000, 0x11, 0, 0, None, 0, None),
    (0x1000, 0x80000011, 0x20, 0x500, "4-level paging", 4, None),
    (0xffff_8000_0000_1000, 0x80000011, 0x20, 0x500, "4-level paging", 4, None),
    (0x0000_8000_0000_1000, 0x80000011, 0x20, 0x500, "4-level paging", 4,
     "bits 63 to 48 differ from bit 47"),
    (0x0000_8000_0000_1000, 0x80000011, 0x1020, 0x500, "5-level paging", 5, None),
    (0x1000, 0x80000011, 0x20, 0, "PAE paging", 3, None),
    (0x1000, 0x80000011, 0, 0, "32-bit paging", 2, "don't walk two-level tables")])
def test_x86_64_paging_modes(gva, cr0, cr4, efer, name, levels, says):
    cpu = {"cr0": cr0, "cr3": 0x4005018, "cr4": cr4, "efer": efer}
    fmt, root, how, why = X.Isa().guest_paging(None, cpu.get, True, gva)
    if not name:
        assert fmt is None and how.startswith("cr0 ")
        return
    assert (fmt.name, len(fmt.levels)) == (name, levels) and how.startswith("cr3 ")
    assert root & ~0xfff == 0x4005000
    assert says in why if says else why is None


@pytest.mark.parametrize("cr0, efer, rflags, cs, ring, says", [
    (0x10, 0, 2, 0x9b, 0, "real mode"), (0x11, 0, 2, 0x9b, 0, "16-bit mode, ring 0"),
    (0x11, 0, 2, 0xc09b, 0, "32-bit mode, ring 0"),
    (0x11, 0, 0x20002, 0xfb, 3, "virtual-8086 mode"),
    (0x80000011, 0x500, 2, 0xa0fb, 3, "64-bit mode, ring 3"),
    (0x80000011, 0x500, 2, 0xc0fb, 3, "32-bit mode, ring 3")])
def test_x86_64_modes(cr0, efer, rflags, cs, ring, says):
    assert X.mode_of(cr0, efer, rflags, cs, ring) == says


MONITOR = """\
ES =0010 0000000000000000 ffffffff 00c09300 DPL=0 DS   [-WA]
CS =0008 0000000000000000 ffffffff 00a09b00 DPL=0 CS64 [-RA]
LDT=0000 0000000000000000 00000000 00008200 DPL=0 LDT
TR =0000 0000000000000000 00000067 00008b00 DPL=0 TSS64-busy
GDT=     0000000000107080 00000027
DR6=00000000ffff0ff0 DR7=0000000000000400
"""


@pytest.mark.parametrize("name, value", [
    ("es_selector", 0x10), ("es_access", 0xc093), ("cs_limit", 0xffffffff), ("cs_access", 0xa09b),
    ("ldtr_access", 0x82), ("tr_limit", 0x67), ("gdtr_base", 0x107080), ("gdtr_limit", 0x27),
    ("dr7", 0x400), ("fs_base", None), ("idtr_base", None), ("pat", None)])
def test_x86_64_registers_that_only_the_monitor_shows(name, value):
    assert X.Isa().hidden(name, MONITOR) == value
