"""final: Debian's kernel, flat images and the in-tree guest, as a user runs them."""
import hashlib
import re
import resource
import shlex

import pexpect
import pytest

from conftest import EMULATORS, ENV, ROOT, isas, run, step_folder

PASSED = r"^ladder: end [0-9a-f]{8} status 0\s*$"
FAILED = r"^ladder: end [0-9a-f]{8} status 1\s*$"
INIT = r"^ladder: Linux 6\.\S+ on \w+ reached init"

# What Linux calls things, and what it must not see.
CONSOLE = {"riscv64": "ttyS0", "aarch64": "ttyAMA0", "x86_64": "ttyS0"}
SEEN = {
    "riscv64": ([r"^6\.\d+.*-riscv64", r"^processor\s*: 0", r"^isa\s*: rv64imafdc",
                 r"riscv-timer", r"PLIC .* ttyS0"], [r"^isa\s*: rv64\w*h\b"]),
    "aarch64": ([r"^6\.\d+.*-arm64", r"^processor\s*: 0", r"^Features\s*: fp asimd",
                 r"^CPU part\s*: 0xd08", r"GIC.* arch_timer", r"GIC.* uart-pl011"], []),
    "x86_64": ([r"^6\.\d+.*-cloud-amd64", r"^processor\s*: 0", r"^flags\s*:.* hypervisor",
                r"IO-APIC .* ttyS0", r"^ *LOC: "], [r"^flags\s*:.* (vmx|svm)\b"]),
}
UART = {"riscv64": "ns16550a", "aarch64": "arm,pl011"}
MEMORY = {"riscv64": [("128M", 128), ("256M", 256), ("2G", 2048)],
          "aarch64": [("64M", 64), ("256M", 256), ("2G", 2048)],
          "x86_64": [("128M", 128), ("256M", 256), ("2G", 2048)]}
# With less memory its kernel does not live, natively neither.
TOO_LITTLE = {"riscv64": ["64M", "88M"], "aarch64": [], "x86_64": ["64M", "80M"]}
BASES = {"riscv64": [None, "0x90200000", "0x80000000"],
         "aarch64": [None, "0x40200000", "0x50080000"],
         "x86_64": [None, "0x200000"]}
# The host's clock, which can be given away, and what can't be.
CLOCK = {"riscv64": "/soc/rtc@101000", "aarch64": "/pl031@9010000"}
KEPT = {
    "riscv64": [("/soc/virtio_mmio@10001000", "can't be passed through: it reaches memory by DMA"),
                ("/soc/serial@10000000", "the hypervisor itself uses it"),
                ("/soc/nosuch@1", "nosuch"),
                ("/soc/test@100000", "can't be passed through"),
                ("/memory@80000000", "can't be passed through")],
    "aarch64": [("/virtio_mmio@a000000", "can't be passed through: it reaches memory by DMA"),
                ("/fw-cfg@9020000", "can't be passed through"),
                ("/pl011@9000000", "the hypervisor itself uses it"),
                ("/nosuch@1", "nosuch"),
                ("/intc@8000000", "can't be passed through"),
                ("/memory@40000000", "can't be passed through")],
    "x86_64": [("/serial", "the hypervisor itself uses it"), ("/nosuch", "there is no such node"),
               ("/memory", "can't be passed through"), ("/ioapic", "can't be passed through"),
               ("/lapic", "can't be passed through")],
}

EACH_ISA = pytest.mark.parametrize("arch", isas("final"))
ON_X86_64 = pytest.mark.parametrize("arch", [arch for arch in isas("final") if arch == "x86_64"])
pytestmark = pytest.mark.usefixtures("emulator_there")


def each_of(table):
    return [(arch, one) for arch in isas("final") for one in table[arch]]


@pytest.fixture
def linux(make, linux_kernel):
    """linux(arch, RUN=…, …): a run of Debian's kernel; skipped where that is not to be had."""
    def call(arch, **variables):
        linux_kernel(arch)
        return make(STEP="final", ARCH=arch, GUEST="linux", **variables)
    return call


# --- Linux --------------------------------------------------------------------------

@EACH_ISA
def test_linux_without_a_terminal_says_what_it_is_and_powers_off(linux, arch):
    linux(arch).expect(INIT, rf"^Linux .* {arch}", "^MemTotal:", "^up for ", "reboot: Power down",
                   r"^ladder: vm linux: ended with status 0", PASSED)


@EACH_ISA
def test_linux_shows_its_cpu_and_interrupts(linux, arch):
    result = linux(arch, RUN="uname -r; cat /proc/cpuinfo /proc/interrupts; echo $HOME")
    there, not_there = SEEN[arch]
    result.expect(INIT, *there, r"^/root\s*$", "reboot: Power down", PASSED, without=not_there)


VERBATIM = [
    ("echo $HOME ${HOME} `echo back` $(echo dollar)", "/root /root back dollar"),
    ("echo $((6*7)) $? $#", "42 0 0"),
    ("""echo 'single  quoted $HOME' "double  quoted $HOME" bare\\ \\ word""",
     "single  quoted $HOME double  quoted /root bare  word"),
    ("""echo "it's" '"' \\' \\" \\\\""", """it's " ' " \\"""),
    ("echo a,b=c;echo 100% '#no comment' # a comment", "100% #no comment"),
    ("echo -- -n | cat; true && echo yes || echo no", "yes"),
    ("for i in 1 2 3; do printf %s $i; done; echo", "123"),
    ("echo ${MAKE} $@ ${STEP:-none}", "none"),
    ("echo $$ %.o | wc -w", "2"),
    ("echo 'grüße, 漢字' | wc -c", "16"),
]


# Nothing on their way there knows the ISA, so one is enough.
@pytest.mark.parametrize("arch", isas("final")[:1])
@pytest.mark.parametrize("command, says", VERBATIM, ids=[c for c, _ in VERBATIM])
def test_run_reaches_the_guests_shell_as_it_was_typed(linux, arch, command, says):
    linux(arch, RUN=command).expect(INIT, "^" + re.escape(says) + r"\s*$", PASSED)


@EACH_ISA
def test_run_from_the_steps_own_folder_is_verbatim_too(built, arch, linux_kernel, log):
    linux_kernel(arch)
    command = ["make", "-C", str(step_folder("final")), f"ARCH={arch}", "GUEST=linux",
               "RUN=echo $HOME '$(HOME)' \"a  b\"", f"LOG={log}", "qemu"]
    run(command, ENV, log=log).expect(r"^/root \$\(HOME\) a  b\s*$", PASSED)


@EACH_ISA
def test_run_whose_command_fails_is_told(linux, arch):
    linux(arch, RUN="echo before; false; exit 7").expect(
        "^before", "^ladder: the command ended with status 7", PASSED)


@EACH_ISA
def test_run_can_power_off_by_itself(linux, arch):
    linux(arch, RUN="poweroff -f; echo not reached").expect(INIT, PASSED, without=["^not reached"])


@EACH_ISA
def test_kernel_panic_is_no_pass(linux, arch):
    linux(arch, APPEND="rdinit=/nosuch init=/nosuch panic=-1").expect(
        "Kernel panic", r"^ladder: vm linux: ended with status 1", FAILED, status=1)


def memory_of(result):
    return int(re.search(r"^MemTotal:\s+(\d+) kB", result.output, re.M)[1])


@pytest.mark.parametrize("arch, mem, mib", [(arch, *one) for arch, one in each_of(MEMORY)])
def test_guest_has_the_memory_it_was_given(linux, arch, mem, mib):
    result = linux(arch, MEM=mem, RUN="grep MemTotal /proc/meminfo").expect("^MemTotal:", PASSED)
    # The kernel leaves out what it keeps: its image, and a table of 32 MiB for memory's sections.
    seen = memory_of(result) / 1024
    if not mib - 80 - mib / 50 < seen < mib:
        result.fail(f"nearly {mib} MiB", f"{seen:.0f} MiB")


@pytest.mark.parametrize("arch, mem", each_of(TOO_LITTLE))
def test_memory_that_is_too_little_for_the_kernel(linux, arch, mem):
    linux(arch, MEM=mem).complains(f"MEM={mem} is too little for Debian's kernel")


@pytest.mark.parametrize("cpus", [1, 2, 4])
@EACH_ISA
def test_guest_has_the_cpus_it_was_given(linux, arch, cpus):
    linux(arch, SMP=cpus, RUN="grep -c ^processor /proc/cpuinfo; nproc").expect(
        INIT, rf"^{cpus}\s*$", rf"^{cpus}\s*$", PASSED)


@EACH_ISA
def test_append_reaches_the_kernel(linux, arch):
    linux(arch, APPEND="one=1,2 two", RUN="cat /proc/cmdline").expect(
        rf"console={CONSOLE[arch]}.* one=1,2 two", PASSED)


@EACH_ISA
def test_idle_guest_does_not_burn_the_host(linux, arch):
    """A guest that sleeps six seconds costs the host far less than six seconds of a CPU."""
    def spent(command):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        linux(arch, RUN=command).expect(PASSED)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    idle = spent("sleep 6") - spent("true")
    assert idle < 3, f"sleeping for six seconds took {idle:.1f} s of the host's CPU"


@EACH_ISA
def test_secrets_of_the_run_stay_with_the_hypervisor(linux, arch):
    """The nonce is nowhere in what the guest is told."""
    result = linux(arch, RUN="cat /proc/cmdline; strings /sys/firmware/fdt;"
                   "strings /sys/firmware/acpi/tables/*; ls -R /proc/device-tree; dmesg | head -n 100")
    nonce = re.search(r"^ladder: end ([0-9a-f]{8}) status 0", result.output, re.M)
    result.expect(INIT, PASSED)
    assert result.output.count(nonce[1]) == 1, "the guest could read the run's nonce"


@pytest.mark.parametrize("arch", [arch for arch in isas("final") if arch in UART])
def test_guests_tree_has_no_way_around_the_hypervisor(linux, arch):
    """No node that ends the emulator, reaches memory by DMA, or belongs to the host."""
    linux(arch, RUN="cat /proc/device-tree/*/*/compatible /proc/device-tree/*/compatible |"
          "tr '\\0' '\\n'").expect(
        f"^{UART[arch]}", PASSED,
        without=["syscon", "sifive,test", "fw-cfg", "pci-host", "virtio,mmio", "gpio"])


@ON_X86_64
def test_pc_has_no_way_around_the_hypervisor(linux, arch):
    """Its ACPI tables tell of a UART, and neither of PCI nor of what an emulator has of its own."""
    linux(arch, RUN="cat /proc/ioports /proc/iomem; ls /sys/bus/acpi/devices;"
          "ls /sys/firmware/acpi/tables").expect(
        "03f8-03ff : serial", "ACPI PM_TMR", "PNP0501", "DSDT", PASSED,
        without=["PCI Bus", "PCI conf", "QEMU0002", "fw_cfg", "PNP0A0"])


# One boot is half a minute of this machine's time.
@ON_X86_64
@pytest.mark.parametrize("emulator", ["bochs"])
def test_linux_by_vmx(make, linux_kernel, arch, emulator):
    linux_kernel(arch)
    result = make(emulator, STEP="final", ARCH=arch, GUEST="linux", TIMEOUT=280,
                  RUN="uname -rm; cat /proc/cpuinfo /proc/interrupts")
    there, not_there = SEEN[arch]
    result.expect("^ladder: detect: VMX, by CPUID", INIT, "^6.* x86_64", *there[1:],
                  "reboot: Power down", PASSED, without=not_there)


# --- flat images --------------------------------------------------------------------

@pytest.mark.parametrize("arch, base", each_of(BASES))
def test_flat_image_at_its_base(make, arch, image, base):
    variables = {"BASE": base} if base else {}
    make(STEP="final", ARCH=arch, IMAGE=image("good", arch), **variables).expect("^well", PASSED)


@ON_X86_64
@pytest.mark.parametrize("emulator", EMULATORS["x86_64"])
@pytest.mark.parametrize("variables, name, says", [
    ({}, "good", "^well"), ({"ENTRY": "multiboot"}, "good", "^well"),
    ({"ENTRY": "real"}, "good", "^well"),
    ({"BASE": "0x8000"}, "real", "^well, in real mode"),
    ({"BASE": "0x10000", "ENTRY": "real"}, "real", "^well, in real mode"),
    ({"BASE": "0x90000"}, "real", "^well, in real mode")])
def test_flat_image_of_a_pc_is_entered_as_it_was_asked_for(
        make, image, arch, emulator, variables, name, says):
    make(emulator, STEP="final", ARCH=arch, IMAGE=image(name, arch), **variables).expect(
        says, PASSED)


@EACH_ISA
def test_second_cpu_is_started_and_stops_twice(make, arch, image):
    make(STEP="final", ARCH=arch, SMP="2", IMAGE=image("second-cpu", arch)).expect(
        "^twice on and off", PASSED)


@EACH_ISA
def test_flat_image_whose_path_has_odd_characters(make, arch, image, tmp_path):
    odd = tmp_path / "a, b=c 'd' #e"
    odd.mkdir()
    path = odd / "x.bin"
    path.write_bytes(image("good", arch).read_bytes())
    make(STEP="final", ARCH=arch, IMAGE=path).expect("^well", PASSED)


# --- the guest that uses the machine as NimbOS does ---------------------------------

NIMBLE = ["^nimble: 16 MiB, console polled, tick 100 Hz", r"^>> usertests", "^usertests passed!",
          "^>> poweroff", "^nimble: power off", r"^ladder: vm \w+: ended with status 0", PASSED]


@EACH_ISA
def test_final_without_a_guest_runs_nimble_through_its_commands(make, arch):
    make(STEP="final", ARCH=arch).expect(*NIMBLE, without=["FAIL", r"^test .*: (?!ok)"])


# --- devices passed through ---------------------------------------------------------

@pytest.mark.parametrize("arch", [arch for arch in isas("final") if arch in CLOCK])
def test_passed_through_device_works_with_its_interrupts(make, arch):
    make(STEP="final", ARCH=arch, GUEST="rtc", PASS=CLOCK[arch]).expect(
        f"^ladder: vm rtc: has the host's {CLOCK[arch]}",
        "^  rtc: two alarms of the host's clock came", PASSED)


@pytest.mark.parametrize("arch, node, says", [(arch, *one) for arch, one in each_of(KEPT)])
def test_device_that_is_not_given_away(make, arch, node, says):
    result = make(STEP="final", ARCH=arch, GUEST="rtc" if arch in CLOCK else "hello", PASS=node)
    result.expect(re.escape(says), r"^ladder: end [0-9a-f]{8} status [1-9]", status=1)


# --- with a terminal ----------------------------------------------------------------

class Terminal:
    """A run of make on a pseudo-terminal."""

    def __init__(self, log, *words):
        self.command = ["make", "-C", str(ROOT), "--no-print-directory", f"LOG={log}", *words]
        self.spawn = pexpect.spawn(self.command[0], self.command[1:], env=ENV, timeout=100,
                                   encoding="utf-8", codec_errors="replace", dimensions=(40, 200))
        self.spawn.setecho(False)

    def expect(self, pattern):
        try:
            self.spawn.expect(pattern)
        except (pexpect.TIMEOUT, pexpect.EOF) as how:
            self.close()
            pytest.fail("\n".join([
                f"expected:  /{pattern}/", f"seen:      {type(how).__name__}",
                f"reproduce: {shlex.join(self.command)}   (on a terminal)", "last lines:",
                *("  | " + line for line in self.spawn.before.split("\n")[-30:])]), pytrace=False)

    def type(self, text):
        self.spawn.send(text)

    def end(self):
        """make's own status once all is over."""
        self.expect(pexpect.EOF)
        self.spawn.close()
        return self.spawn.exitstatus

    def close(self):
        self.spawn.close(force=True)


@pytest.fixture
def terminal(built, log):
    opened = []

    def start(arch, *words):
        opened.append(Terminal(log, "STEP=final", f"ARCH={arch}", *words, "qemu"))
        return opened[-1]
    yield start
    for one in opened:
        one.close()


@EACH_ISA
def test_linux_shell_on_the_emulated_uart(terminal, arch, linux_kernel):
    linux_kernel(arch)
    shell = terminal(arch, "GUEST=linux")
    shell.expect("reached init")
    shell.expect("guest:~# ")
    shell.type("echo six times seven is $((6*7))\r")
    shell.expect("six times seven is 42")
    shell.expect("guest:~# ")
    shell.type("tty; stty -a | head -1\r")
    shell.expect("/dev/" + CONSOLE[arch])
    shell.expect("guest:~# ")
    # Ctrl-C goes to what runs in the guest and ends neither the guest nor the emulator. It must
    # not come before the command has the terminal, so the command says when it runs.
    shell.type("sh -c 'echo it sl''eeps; exec sleep 1000'\r")
    shell.expect("it sleeps")
    shell.type("\x03")
    shell.expect("guest:~# ")
    shell.type("poweroff -f\r")
    shell.expect("ladder: end [0-9a-f]{8} status 0")
    assert shell.end() == 0


@EACH_ISA
def test_leaving_the_linux_shell_powers_off(terminal, arch, linux_kernel):
    linux_kernel(arch)
    shell = terminal(arch, "GUEST=linux")
    shell.expect("guest:~# ")
    shell.type("exit\r")
    shell.expect("ladder: end [0-9a-f]{8} status 0")
    assert shell.end() == 0


@EACH_ISA
def test_a_lot_of_input_at_once_arrives_whole(terminal, arch, linux_kernel):
    linux_kernel(arch)
    shell = terminal(arch, "GUEST=linux")
    shell.expect("guest:~# ")
    shell.type("stty -echo; cat | md5sum\r")
    shell.expect("\n")
    for n in range(40):
        shell.type(f"line {n} " + "x" * 50 + "\r")
    shell.type("\x04")
    text = "".join(f"line {n} " + "x" * 50 + "\n" for n in range(40))
    shell.expect(hashlib.md5(text.encode()).hexdigest())
    shell.type("poweroff -f\r")
    assert shell.end() == 0


@EACH_ISA
def test_ctrl_a_x_leaves(terminal, arch, linux_kernel):
    linux_kernel(arch)
    shell = terminal(arch, "GUEST=linux")
    shell.expect("Ctrl-A X leaves")
    shell.expect("guest:~# ")
    shell.type("\x01x")
    shell.expect("you left the emulator")
    shell.expect("Error 130")
    assert shell.end() == 2


@EACH_ISA
def test_nimble_shell(terminal, arch):
    shell = terminal(arch)
    shell.expect(">> ")
    shell.type("help\r")
    shell.expect("poweroff")
    shell.expect(">> ")
    shell.type("nosuchcommand\r")
    shell.expect("nosuchcommand")
    shell.expect(">> ")
    shell.type("poweroff\r")
    shell.expect("ladder: end [0-9a-f]{8} status 0")
    assert shell.end() == 0


@EACH_ISA
def test_time_limit_holds_on_a_terminal_too(terminal, arch):
    shell = terminal(arch, "TIMEOUT=4")
    shell.expect(">> ")
    shell.expect("no end after 4 s")
    assert shell.end() == 2
