"""Every step, on every ISA and emulator: what it must say, and that it ends with status 0."""
import re

import pytest

from conftest import ARCHES, EMULATORS, STEPS, guests_of, has_arch

# Machines on which no guest can run, and what is said there.
WITHOUT = {
    ("riscv64", "qemu"): [({"CPU": "rv64,h=false"}, r"^ladder: .*no H extension")],
    ("aarch64", "qemu"): [({"MACHINE": "virt,gic-version=2"}, r"^ladder: .*started at EL1")],
    ("x86_64", "qemu"): [({"CPU": "qemu64,-svm"}, r"^ladder: .*neither VMX nor SVM"),
                         ({"CPU": "EPYC,+svm,-npt,-cx16"}, r"^ladder: .*nested paging")],
    ("x86_64", "bochs"): [({"CPU": "p4_prescott_celeron_336"}, r"^ladder: .*neither VMX nor SVM"),
                          ({"CPU": "core2_penryn_t9600"}, r"^ladder: .*not offer EPT"),
                          ({"CPU": "turion64_tyler"}, r"^ladder: .*nested paging")],
}

# What each step says; a later step says it too. Patterns, in the order of the lines.
LINES = {
    1: [r"^ladder: traps: caught one of our own at 0x",
        r"^ladder: detect: ",
        r"^ladder: enable: hypervisor mode is on"],
    2: [r"^ladder: frames: \d+ of 4 KiB free",
        r"^ladder: vcpu: nothing stands against its entry",
        r"^ladder: vcpu: its system registers keep what is written"],
    3: [r"^ladder: round trip: \d+ instructions"],
}
LAST = [r"^ladder: disable: hypervisor mode is off again",
        r"^ladder: end [0-9a-f]{8} status 0\s*$"]

# What a step's default run says besides, between LINES and LAST: on an ISA, or under one emulator.
ALSO = {
    (1, "riscv64"): [r"^  hstatus +[0-9a-f]{16} ", r"^  hedeleg +[0-9a-f]{16} ",
                     r"^  hideleg +[0-9a-f]{16} ", r"^  hcounteren +[0-9a-f]{16} "],
    (1, "aarch64"): [r"^ladder: detect: EL2, by CurrentEL", r"^  second stage +\d+-bit addresses",
                     r"^  interrupts +GICv2", r"^  sctlr_el2 +[0-9a-f]{16} ",
                     r"^  hcr_el2 +[0-9a-f]{16} ", r"^ +80000000 +RW: ", r"^ +00000020 +AMO: ",
                     r"^ +00000010 +IMO: ", r"^ +00000008 +FMO: ",
                     r"^  cnthctl_el2 +[0-9a-f]{16} "],
    (2, "aarch64"): [r"^  pc  [0-9a-f]{16}  spsr", r"^  sctlr_el1 ", r"^  vpidr_el2 ",
                     r"^  cntp_ctl_el0 "],
    (3, "aarch64"): [r"^ladder: vm hello: shows 43", r"^ladder: vm hello: ended with status 0"],
    (4, "aarch64"): [r"^  exits: PSCI 1\.\d, by hvc and by smc",
                     r"^  exits: no other CPU to turn on",
                     r"^  exits: ID_AA64PFR0_EL1 shows EL1, and no EL2",
                     r"^  exits: performance monitors read 0",
                     r"^  exits: vttbr_el2 is an undefined instruction",
                     r"^ladder: vm exits: read of \w+, which its CPU does not have",
                     r"^  exits: FP and SIMD registers kept", r"^  exits: wfi came back",
                     r"^ladder: vm exits: ended with status 0",
                     r"^ladder: vm wild: stopped: no handler: ",
                     r"^ladder: vm wild: was caught"],
    (5, "aarch64"): [r"^ +00000001 +VM: ",
                     r"^ladder: vm npt: stage 2 root .* 1 entries of 4 KiB, 1 of 2 MiB, 1 of 1 GiB",
                     r"^ladder: vm intruder: write of guest-physical \w+ .* not its memory",
                     r"^ladder: vm intruder: stopped: not allowed: data abort",
                     r"^  tenant: 8 rounds, and not a word has changed",
                     r"^ladder: vm tenant: ended with status 0",
                     r"^ladder: vm intruder: was caught"],
    (6, "aarch64"): [r"^  flash: passed through: magic 646c6670",
                     r"^  flash: emulated: magic 646c6670",
                     r"^  flash: manufacturer 89, device 8919",
                     r"^  flash: a word programmed and read back",
                     r"^  task 5 \(intruder\) killed: load page fault",
                     r"^  a task that never yields was preempted +ok",
                     r"^  user mode was kept out of the kernel's memory +ok",
                     r"^  output went out by UART interrupts +ok",
                     r"^multitask: all as it must be",
                     r"^ladder: vm flash: ended with status 0",
                     r"^ladder: vm mmio: ended with status 0",
                     r"^ladder: vm multitask: ended with status 0"],
    (1, "x86_64", "qemu"): [r"^ladder: detect: SVM, by CPUID", r"^  second stage +NPT",
                            r"^  efer +[0-9a-f]{16} +SVME: ", r"^  vm_hsave_pa +[0-9a-f]{16} "],
    (1, "x86_64", "bochs"): [r"^ladder: detect: VMX, by CPUID", r"^  feature control not locked",
                             r"^  second stage +EPT", r"^  feature control +0{15}5 ",
                             r"^  cr0 +[0-9a-f]{16} ", r"^  cr4 +[0-9a-f]{16} ",
                             r"^  vmxon region +[0-9a-f]{16} "],
    (2, "x86_64"): [r"^  rip [0-9a-f]{16}  rflags", r"^  cr0 +[0-9a-f]{16} ",
                    r" cs_limit +[0-9a-f]{16}"],
    (2, "x86_64", "bochs"): [r"^    pin-based [0-9a-f]{8} ", r"^    processor [0-9a-f]{8} ",
                             r"^    exit +[0-9a-f]{8} ", r"^    entry +[0-9a-f]{8} "],
    (3, "x86_64"): [r"^ladder: vm hello: shows 43", r"^ladder: vm hello: ended with status 0"],
    (4, "x86_64"): [r"^  exits: CPUID hides VMX and SVM and names the hypervisor, LadderLadder",
                    r"^  exits: MSRs keep what is written",
                    r"^  exits: unknown ones raise a general protection fault",
                    r"^  exits: ports without a device read all ones",
                    r"^  exits: control registers keep what is written, but CR4\.VMXE",
                    r"^  exits: vmread is an undefined instruction",
                    r"^  exits: so is vmrun", r"^  exits: xsetbv takes what is legal",
                    r"^  exits: FP and SIMD registers kept", r"^  exits: hlt came back",
                    r"^ladder: vm exits: ended with status 0",
                    r"^ladder: vm wild: stopped: no handler: shutdown \(triple fault\)",
                    r"^ladder: vm wild: was caught"],
    (5, "x86_64"): [r"^ladder: vm npt: [EN]PT root .* 1 entries of 4 KiB, 1 of 2 MiB, 1 of 1 GiB",
                    r"^ladder: vm intruder: write of guest-physical \w+ .* not its memory",
                    r"^ladder: vm intruder: stopped: not allowed: (EPT v|nested page f)",
                    r"^  tenant: 8 rounds, and not a word has changed",
                    r"^ladder: vm tenant: ended with status 0",
                    r"^ladder: vm intruder: was caught"],
    (6, "x86_64"): [r"^  flash: passed through: magic 646c6670",
                    r"^  flash: emulated: magic 646c6670",
                    r"^  flash: manufacturer 89, device 8919",
                    r"^  flash: a word programmed and read back",
                    r"^  task 5 \(intruder\) killed: load page fault",
                    r"^  a task that never yields was preempted +ok",
                    r"^  user mode was kept out of the kernel's memory +ok",
                    r"^  output went out by UART interrupts +ok",
                    r"^multitask: all as it must be",
                    r"^ladder: vm flash: ended with status 0",
                    r"^ladder: vm mmio: ended with status 0",
                    r"^ladder: vm multitask: ended with status 0"],
    (2, "riscv64"): [r"^  pc  [0-9a-f]{16}  sstatus", r"^  vsstatus "],
    (3, "riscv64"): [r"^ladder: vm hello: shows 43", r"^ladder: vm hello: ended with status 0"],
    (4, "riscv64"): [r"^  exits: SBI 2\.0", r"^  exits: text by the buffer \(DBCN\)",
                     r"^  exits: legacy console, a1 kept",
                     r"^  exits: hgatp is an illegal instruction", r"^  exits: wfi came back",
                     r"^ladder: vm exits: ended with status 0",
                     r"^ladder: vm wild: stopped: no handler: load access fault",
                     r"^ladder: vm wild: was caught"],
    (5, "riscv64"): [r"^ladder: vm npt: Sv39x4 root .* 1 entries of 4 KiB, 1 of 2 MiB, 1 of 1 GiB",
                     r"^ladder: vm intruder: write of guest-physical \w+ .* not its memory",
                     r"^ladder: vm intruder: stopped: not allowed: store guest-page fault",
                     r"^  tenant: 8 rounds, and not a word has changed",
                     r"^ladder: vm tenant: ended with status 0",
                     r"^ladder: vm intruder: was caught"],
    (6, "riscv64"): [r"^  flash: passed through: magic 646c6670",
                     r"^  flash: emulated: magic 646c6670",
                     r"^  flash: manufacturer 89, device 8919",
                     r"^  flash: a word programmed and read back",
                     r"^  task 5 \(intruder\) killed: load page fault",
                     r"^  a task that never yields was preempted +ok",
                     r"^  user mode was kept out of the kernel's memory +ok",
                     r"^  output went out by UART interrupts +ok",
                     r"^multitask: all as it must be",
                     r"^ladder: vm flash: ended with status 0",
                     r"^ladder: vm mmio: ended with status 0",
                     r"^ladder: vm multitask: ended with status 0"],
}

# What one of several guests says that run side by side, so that no order is promised.
AT_ANY_TIME = {6: [r"^  mmio: loads and stores of every form came through"]}

# What a guest is run with.
NEEDS = {("rtc", "riscv64"): {"PASS": "/soc/rtc@101000"},
         ("rtc", "aarch64"): {"PASS": "/pl031@9010000"}}

# QEMU counts instructions here, so this is no matter of the machine's speed.
ROUND_TRIP_LIMIT = {"riscv64": 150, "aarch64": 95, "x86_64": 150}

CELLS = [pytest.param(step, arch, emulator, id=f"step={step}-{arch}-{emulator}")
         for step in STEPS for arch in ARCHES if has_arch(step, arch)
         for emulator in EMULATORS[arch]]
CELLS_1_TO_6 = [cell for cell in CELLS if cell.values[0] != "final"]
GUEST_CELLS = [pytest.param(step, arch, emulator, guest, how,
                            id=f"step={step}-{arch}-{emulator}-{guest}")
               for step, arch, emulator in (cell.values for cell in CELLS)
               for guest, how in guests_of(step, arch).items()]
# Bochs again, with a CPU of AMD's: one that tells next_rip (NRIPS), as QEMU's TCG does not. But no
# guest may shut down there: that is a panic of Bochs 2.7's, whether SVM intercepts it or not.
CELLS_OF_BOCHS_WITH_SVM = [cell for cell in CELLS_1_TO_6
                           if cell.values[0] >= 3 and cell.values[2] == "bochs"]
CAUGHT_CELLS = [cell for cell in GUEST_CELLS if cell.values[4]]

pytestmark = pytest.mark.usefixtures("emulator_there")


def said_by(step):
    return [line for n in sorted(LINES) if n <= step for line in LINES[n]]


@pytest.mark.parametrize("step, arch, emulator", CELLS_1_TO_6)
def test_step_says_what_it_did_and_ends_with_0(make, step, arch, emulator):
    result = make(emulator, STEP=step, ARCH=arch)
    result.expect(*said_by(step))
    for key in (step, arch), (step, arch, emulator):
        result.expect(*ALSO.get(key, []))
    for line in AT_ANY_TIME.get(step, []):
        result.expect(line)
    result.expect(*LAST, without=[r"[Pp]anic", r"\bBUG\b"])


@pytest.mark.parametrize("step, arch, emulator", CELLS_OF_BOCHS_WITH_SVM)
def test_step_runs_by_svm_under_bochs(make, step, arch, emulator):
    guest = {"GUEST": "exits"} if step == 4 else {}
    result = make(emulator, STEP=step, ARCH=arch, CPU="trinity_apu", **guest)
    result.expect(*said_by(step))
    result.expect(r"^ladder: detect: SVM, by CPUID", r"^  next rip +told by an exit")
    result.expect(*[line for line in ALSO[step, arch] if "vm wild" not in line], *LAST,
                  without=[r"[Pp]anic", r"\bBUG\b"])


@pytest.mark.parametrize("step, arch, emulator, guest, how", [
    cell for cell in GUEST_CELLS if cell.values[2] == "bochs" and cell.values[3] in (
        "exits", "realmode", "interrupts", "multitask", "nimble")])
def test_guest_runs_by_svm_under_bochs(make, step, arch, emulator, guest, how):
    make(emulator, STEP=step, ARCH=arch, GUEST=guest + how, CPU="trinity_apu").expect(
        r"^ladder: detect: SVM, by CPUID", LAST[-1])


@pytest.mark.parametrize("step, arch, emulator",
                         [c for c in CELLS if c.values[0] == "final"])
def test_final_ends_with_0(make, step, arch, emulator):
    make(emulator, STEP=step, ARCH=arch).expect(
        r"^ladder: detect: ", r"^ladder: enable: ", LAST[-1])


@pytest.mark.parametrize("step, arch, emulator", CELLS_1_TO_6)
def test_step_is_the_same_from_its_own_folder(make, step, arch, emulator):
    from conftest import ENV, LOGS, make_status, run, step_folder
    command = ["make", "-C", str(step_folder(step)), "--no-print-directory", f"ARCH={arch}",
               f"LOG={LOGS}/own-folder-{step}-{arch}-{emulator}.log", emulator]
    make_status(run(command, ENV)).expect(LAST[-1])


@pytest.mark.parametrize("step, arch, emulator, variables, says", [
    pytest.param(*cell.values, variables, says,
                 id="-".join([cell.id, *variables.values()]).replace(",", "-"))
    for cell in CELLS for variables, says in WITHOUT[cell.values[1:]]])
def test_no_step_passes_where_no_guest_can_run(make, step, arch, emulator, variables, says):
    result = make(emulator, STEP=step, ARCH=arch, **variables)
    result.expect(says, r"^ladder: end [0-9a-f]{8} status 1\s*$", status=1,
                  without=[r"hypervisor mode is on"])


@pytest.mark.parametrize("step, arch, emulator",
                         [c for c in CELLS if c.values[1] == "x86_64"])
def test_cpu_without_64_bit_mode_ends_before_there_is_a_report(make, step, arch, emulator):
    make(emulator, STEP=step, ARCH=arch, CPU={"qemu": "qemu32", "bochs": "atom_n270"}[emulator]) \
        .expect(r"^ladder: the CPU has no 64-bit mode \(CPUID\)", status=3)


@pytest.mark.parametrize("step", [s for s in STEPS if s in (6, "6", "final")])
def test_devices_refuse_an_interrupt_controller_that_they_do_not_drive(make, step):
    result = make(STEP=step, ARCH="aarch64", MACHINE="virt,virtualization=on,gic-version=3")
    result.expect(r"^ladder: .*GICv2 is what is driven here",
                  r"^ladder: end [0-9a-f]{8} status 1\s*$", status=1)


@pytest.mark.parametrize("step, arch, emulator", [c for c in CELLS if c.values[0] == 5])
def test_two_vms_in_turn_keep_their_registers_apart(make, step, arch, emulator):
    """Two of the guest exits, one exit each: each keeps a pattern in its registers, FP's too."""
    make(emulator, STEP=step, ARCH=arch, GUEST="exits,exits").expect(LAST[-1])


@pytest.mark.parametrize("step, arch, emulator, guest, how", GUEST_CELLS)
def test_guest_stays_runnable(make, step, arch, emulator, guest, how):
    result = make(emulator, STEP=step, ARCH=arch, GUEST=guest + how,
                  **NEEDS.get((guest, arch), {}))
    result.expect(LAST[-1])
    if step != "final":
        # The others of the step's list stay out.
        others = set(guests_of(step, arch)) - {guest}
        result.expect(without=[rf"^ladder: vm {other}:" for other in others])


@pytest.mark.parametrize("step, arch, emulator, guest, how", CAUGHT_CELLS)
def test_guest_that_is_caught_fails_a_run_that_does_not_expect_it(
        make, step, arch, emulator, guest, how):
    make(emulator, STEP=step, ARCH=arch, GUEST=guest).expect(
        rf"^ladder: vm {guest}: stopped: ", r"^  (pc|rip) +[0-9a-f]{16} ",
        r"^ladder: end [0-9a-f]{8} status 1\s*$", status=1)


@pytest.mark.parametrize("step, arch, emulator",
                         [c for c in CELLS_1_TO_6 if c.values[0] >= 3])
def test_null_hypercall_is_short(make, step, arch, emulator):
    result = make(emulator, STEP=step, ARCH=arch).expect()
    seen = re.search(r"round trip: (\d+) instructions", result.output)
    limit = ROUND_TRIP_LIMIT[arch]
    if not seen or int(seen[1]) > limit:
        result.fail(f"a round trip of at most {limit} instructions", seen and seen[0])


@pytest.mark.parametrize("step, arch, emulator",
                         [c for c in CELLS if c.values[0] not in (1, 2, 3)])
def test_trace_is_one_line_an_exit(make, step, arch, emulator):
    guest = next(iter(guests_of(step, arch)))
    result = make(emulator, STEP=step, ARCH=arch, GUEST=guest, TRACE=1)
    result.expect(r"^trace: ", LAST[-1])
    make(emulator, STEP=step, ARCH=arch, GUEST=guest).expect(without=[r"^trace: "])
