"""final: Debian's kernel, flat images and the in-tree guest, as a user runs them."""
import hashlib
import re
import resource
import shlex

import pexpect
import pytest

from conftest import ENV, ROOT, emulator_missing, run, step_folder

ARCH = "riscv64"
PASSED = r"^ladder: end [0-9a-f]{8} status 0\s*$"
FAILED = r"^ladder: end [0-9a-f]{8} status 1\s*$"
INIT = rf"^ladder: Linux 6\.\S+ on {ARCH} reached init"

pytestmark = pytest.mark.skipif(bool(emulator_missing("qemu", ARCH)),
                                reason=str(emulator_missing("qemu", ARCH)))


@pytest.fixture
def linux(make, linux_kernel):
    """linux(RUN=…, …): a run of Debian's kernel; skipped where that is not to be had."""
    def call(**variables):
        linux_kernel(ARCH)
        return make(STEP="final", ARCH=ARCH, GUEST="linux", **variables)
    return call


# --- Linux --------------------------------------------------------------------------

def test_linux_without_a_terminal_says_what_it_is_and_powers_off(linux):
    linux().expect(INIT, rf"^Linux .* {ARCH}", "^MemTotal:", "^up for ", "reboot: Power down",
                   r"^ladder: vm linux: ended with status 0", PASSED)


def test_linux_shows_its_cpu_and_interrupts(linux):
    result = linux(RUN="uname -r; cat /proc/cpuinfo /proc/interrupts; echo $HOME")
    result.expect(INIT, r"^6\.\d+.*-riscv64", r"^processor\s*: 0", r"^isa\s*: rv64imafdc",
                  r"riscv-timer", r"PLIC .* ttyS0", r"^/root\s*$", "reboot: Power down", PASSED,
                  without=[r"^isa\s*: rv64\w*h\b"])


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


@pytest.mark.parametrize("command, says", VERBATIM, ids=[c for c, _ in VERBATIM])
def test_run_reaches_the_guests_shell_as_it_was_typed(linux, command, says):
    linux(RUN=command).expect(INIT, "^" + re.escape(says) + r"\s*$", PASSED)


def test_run_from_the_steps_own_folder_is_verbatim_too(built, linux_kernel, log):
    linux_kernel(ARCH)
    command = ["make", "-C", str(step_folder("final")), f"ARCH={ARCH}", "GUEST=linux",
               "RUN=echo $HOME '$(HOME)' \"a  b\"", f"LOG={log}", "qemu"]
    run(command, ENV, log=log).expect(r"^/root \$\(HOME\) a  b\s*$", PASSED)


def test_run_whose_command_fails_is_told(linux):
    linux(RUN="echo before; false; exit 7").expect(
        "^before", "^ladder: the command ended with status 7", PASSED)


def test_run_can_power_off_by_itself(linux):
    linux(RUN="poweroff -f; echo not reached").expect(INIT, PASSED, without=["^not reached"])


def test_kernel_panic_is_no_pass(linux):
    linux(APPEND="rdinit=/nosuch init=/nosuch panic=-1").expect(
        "Kernel panic", r"^ladder: vm linux: ended with status 1", FAILED, status=1)


def memory_of(result):
    return int(re.search(r"^MemTotal:\s+(\d+) kB", result.output, re.M)[1])


@pytest.mark.parametrize("mem, mib", [("128M", 128), ("256M", 256), ("2G", 2048)])
def test_guest_has_the_memory_it_was_given(linux, mem, mib):
    result = linux(MEM=mem, RUN="grep MemTotal /proc/meminfo").expect("^MemTotal:", PASSED)
    # The kernel leaves out what it keeps: its image, and a table of 32 MiB for memory's sections.
    seen = memory_of(result) / 1024
    if not mib - 80 - mib / 50 < seen < mib:
        result.fail(f"nearly {mib} MiB", f"{seen:.0f} MiB")


@pytest.mark.parametrize("mem", ["64M", "88M"])
def test_memory_that_is_too_little_for_the_kernel(linux, mem):
    linux(MEM=mem).complains(f"MEM={mem} is too little for Debian's kernel")


@pytest.mark.parametrize("cpus", [1, 2, 4])
def test_guest_has_the_cpus_it_was_given(linux, cpus):
    linux(SMP=cpus, RUN="grep -c ^processor /proc/cpuinfo; nproc").expect(
        INIT, rf"^{cpus}\s*$", rf"^{cpus}\s*$", PASSED)


def test_append_reaches_the_kernel(linux):
    linux(APPEND="one=1,2 two", RUN="cat /proc/cmdline").expect(r"console=ttyS0.* one=1,2 two",
                                                               PASSED)


def test_idle_guest_does_not_burn_the_host(linux):
    """A guest that sleeps ten seconds costs the host far less than ten seconds of a CPU."""
    def spent(command):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        linux(RUN=command).expect(PASSED)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    idle = spent("sleep 10") - spent("true")
    assert idle < 5, f"sleeping for ten seconds took {idle:.1f} s of the host's CPU"


def test_secrets_of_the_run_stay_with_the_hypervisor(linux):
    """The nonce is nowhere in what the guest is told."""
    result = linux(RUN="cat /proc/cmdline; strings /sys/firmware/fdt; ls -R /proc/device-tree")
    nonce = re.search(r"^ladder: end ([0-9a-f]{8}) status 0", result.output, re.M)
    result.expect(INIT, PASSED)
    assert result.output.count(nonce[1]) == 1, "the guest could read the run's nonce"


def test_guests_tree_has_no_way_around_the_hypervisor(linux):
    """No node that ends the emulator, reaches memory by DMA, or belongs to the host."""
    linux(RUN="cat /proc/device-tree/*/*/compatible /proc/device-tree/*/compatible | tr '\\0' '\\n'"
          ).expect("^ns16550a", PASSED,
                   without=["syscon", "sifive,test", "fw-cfg", "pci-host", "virtio,mmio"])


# --- flat images --------------------------------------------------------------------

@pytest.mark.parametrize("base", [None, "0x90200000", "0x80000000"])
def test_flat_image_at_its_base(make, image, base):
    variables = {"BASE": base} if base else {}
    make(STEP="final", ARCH=ARCH, IMAGE=image("good"), **variables).expect("^well", PASSED)


def test_flat_image_whose_path_has_odd_characters(make, image, tmp_path):
    odd = tmp_path / "a, b=c 'd' #e"
    odd.mkdir()
    path = odd / "x.bin"
    path.write_bytes(image("good").read_bytes())
    make(STEP="final", ARCH=ARCH, IMAGE=path).expect("^well", PASSED)


# --- the guest that uses the machine as NimbOS does ---------------------------------

NIMBLE = ["^nimble: 16 MiB, console polled, tick 100 Hz", r"^>> usertests", "^usertests passed!",
          "^>> poweroff", "^nimble: power off", r"^ladder: vm \w+: ended with status 0", PASSED]


def test_final_without_a_guest_runs_nimble_through_its_commands(make):
    make(STEP="final", ARCH=ARCH).expect(*NIMBLE, without=["FAIL", r"^test .*: (?!ok)"])


# --- devices passed through ---------------------------------------------------------

def test_passed_through_device_works_with_its_interrupts(make):
    make(STEP="final", ARCH=ARCH, GUEST="rtc", PASS="/soc/rtc@101000").expect(
        "^ladder: vm rtc: has the host's /soc/rtc@101000",
        "^  rtc: two alarms of the host's clock came", PASSED)


@pytest.mark.parametrize("node, says", [
    ("/soc/virtio_mmio@10001000", "can't be passed through: it reaches memory by DMA"),
    ("/soc/serial@10000000", "the hypervisor itself uses it"),
    ("/soc/nosuch@1", "nosuch"),
    ("/soc/test@100000", "can't be passed through"),
    ("/memory@80000000", "can't be passed through"),
])
def test_device_that_is_not_given_away(make, node, says):
    result = make(STEP="final", ARCH=ARCH, GUEST="rtc", PASS=node)
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

    def start(*words):
        opened.append(Terminal(log, "STEP=final", f"ARCH={ARCH}", *words, "qemu"))
        return opened[-1]
    yield start
    for one in opened:
        one.close()


def test_linux_shell_on_the_emulated_16550(terminal, linux_kernel):
    linux_kernel(ARCH)
    shell = terminal("GUEST=linux")
    shell.expect("reached init")
    shell.expect("guest:~# ")
    shell.type("echo six times seven is $((6*7))\r")
    shell.expect("six times seven is 42")
    shell.expect("guest:~# ")
    shell.type("tty; stty -a | head -1\r")
    shell.expect("/dev/ttyS0")
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


def test_leaving_the_linux_shell_powers_off(terminal, linux_kernel):
    linux_kernel(ARCH)
    shell = terminal("GUEST=linux")
    shell.expect("guest:~# ")
    shell.type("exit\r")
    shell.expect("ladder: end [0-9a-f]{8} status 0")
    assert shell.end() == 0


def test_a_lot_of_input_at_once_arrives_whole(terminal, linux_kernel):
    linux_kernel(ARCH)
    shell = terminal("GUEST=linux")
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


def test_ctrl_a_x_leaves(terminal, linux_kernel):
    linux_kernel(ARCH)
    shell = terminal("GUEST=linux")
    shell.expect("Ctrl-A X leaves")
    shell.expect("guest:~# ")
    shell.type("\x01x")
    shell.expect("you left the emulator")
    shell.expect("Error 130")
    assert shell.end() == 2


def test_nimble_shell(terminal):
    shell = terminal()
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


def test_time_limit_holds_on_a_terminal_too(terminal):
    shell = terminal("TIMEOUT=4")
    shell.expect(">> ")
    shell.expect("no end after 4 s")
    assert shell.end() == 2
