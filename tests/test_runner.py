"""tools/run.py with a stand-in for the emulator: what it takes for a pass, and what not."""
import gzip
import os
import signal
import stat
import struct
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest

from conftest import ENV, ROOT, Result, python

sys.path.insert(0, str(ROOT / "tools"))
import hang  # noqa: E402

RUNNER = ROOT / "tools" / "run.py"

# Says what QEMU says when it is asked, and otherwise runs the test's own lines of shell, which
# have $nonce, con to write to the console (standard output and the log), and $good and $bad: what
# the emulator ends with when the hypervisor powers off with 0, and one of the others.
FAKE = r"""#!/bin/sh
case "$*" in
--version) echo "QEMU emulator version @VERSION@"; exit ;;
"-M help") printf '%s   a machine\n' virt q35; exit ;;
"-M virt,help") printf '  %s=\n' @PROPERTY@ gic-version; exit ;;
*"-cpu help") echo "Available CPUs:"; echo "  @CPU@"; exit ;;
"-L help") echo "$FAKE_DIR"; exit ;;
*,help) for device; do :; done; echo "${device%,help} options:"; echo "  @PROPERTY@=<bool>"; exit ;;
esac
printf '%s\n' "$@" >"$FAKE_DIR/argv"
echo $$ >"$FAKE_DIR/pid"
for arg; do
	case "$previous" in
	-append) nonce=${arg#*nonce=} nonce=${nonce%% *} ;;
	-chardev) case "$arg" in *logfile=*) log=${arg#*logfile=} log=${log%%,*} ;; esac ;;
	esac
	previous=$arg
done
echo "$nonce" >"$FAKE_DIR/nonce"
con() { tee -a "$log"; }
good=@GOOD@ bad=3
@DO@
exit $good
"""

# The same for Bochs: COM1 is a file that its settings name, and the nonce is in its ROM.
FAKE_BOCHS = r"""#!/bin/sh
case "$*" in
"--help cpu") echo "   Bochs x86 Emulator @VERSION@"; echo "@CPU@"; exit ;;
--help) echo "  @PROPERTY@ filename     execute debugger commands stored in file"; exit ;;
esac
printf '%s\n' "$@" >"$FAKE_DIR/argv"
echo $$ >"$FAKE_DIR/pid"
cp bochsrc rom commands "$FAKE_DIR"
[ ! -e disk ] || cp disk "$FAKE_DIR"
nonce=$(LC_ALL=C grep -ao 'nonce=[0-9a-f]*' rom)
nonce=${nonce#nonce=}
echo "$nonce" >"$FAKE_DIR/nonce"
com1=$(sed -n 's/^com1:.*dev=//p' bochsrc)
con() { cat >"$com1"; }
good=@GOOD@ bad=3
@DO@
exit $good
"""

GOOD = 'echo "ladder: end $nonce status 0" | con'


# What each emulator must have: a property (of the CPU, of the machine; an option), and a CPU. It is
# QEMU for the ISA, or Bochs.
NEEDED = {"riscv64": ("h", "rv64"), "aarch64": ("virtualization", "cortex-a72"),
          "x86_64": ("none", "EPYC svm npt"), "bochs": ("-rc", "corei7_skylake_x")}
QEMUS = [kind for kind in sorted(NEEDED) if kind != "bochs"]


def tiny_elf():
    """A 64-bit ELF with one segment of 5 bytes and 8 in memory, at 1 MiB, entered at its end."""
    head = bytearray(64)
    struct.pack_into("<QQ", head, 24, 0x100004, 64)
    struct.pack_into("<HH", head, 54, 56, 1)
    return bytes(head) + struct.pack("<IIQQQQQQ", 1, 5, 120, 0x100000, 0x100000, 5, 8, 1) + b"hyper"


class Runner:
    def __init__(self, root, kind="riscv64"):
        self.kind = kind
        self.bochs = kind == "bochs"
        self.arch = "x86_64" if self.bochs else kind
        self.good = 1 if kind == "x86_64" else 0
        self.root = root
        self.build = root / "build"
        self.tmp = root / "tmp"
        for folder in (self.build, self.tmp):
            folder.mkdir()
        (self.build / "hv.elf").write_bytes(tiny_elf())
        (self.build / "bochs.rom").write_bytes(bytes(4096))
        (root / "bios-256k.bin").write_bytes(b"")
        self.step("3", "hello ping", "hello,ping")

    def step(self, name, guests="", default=""):
        (self.build / "hv.run").write_text(
            f"step={name}\narch={self.arch}\nguests={guests}\ndefault={default}\n")

    def fake(self, do, version=None, prop=None, cpu=None):
        path = self.root / "emulator"
        path.write_text((FAKE_BOCHS if self.bochs else FAKE).replace("@DO@", do)
                        .replace("@VERSION@", version or ("2.7" if self.bochs else "7.2.22"))
                        .replace("@PROPERTY@", prop or NEEDED[self.kind][0])
                        .replace("@CPU@", cpu or NEEDED[self.kind][1])
                        .replace("@GOOD@", str(self.good)))
        path.chmod(0o755)
        return path

    def settings(self, do, verb, fake, variables):
        """The command and its environment."""
        verb = verb or ("bochs" if self.bochs else "qemu")
        env = {**ENV, "TMPDIR": str(self.tmp), "FAKE_DIR": str(self.root),
               "LADDER_BOCHS" if self.bochs else "LADDER_QEMU": str(fake or self.fake(do)),
               "LADDER_TIMEOUT": "60"}
        env.update({"LADDER_" + name: str(value) for name, value in variables.items()})
        return [python(), str(RUNNER), str(self.build), verb], env

    def start(self, do=GOOD, verb=None, fake=None, **variables):
        command, env = self.settings(do, verb, fake, variables)
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return self.process

    def at_terminal(self, do):
        command, env = self.settings(do, None, None, {})
        return pexpect.spawn(command[0], command[1:], env=env, timeout=20, encoding="utf-8")

    def result(self):
        output, _ = self.process.communicate(timeout=60)
        assert not list(self.tmp.iterdir()), "it left something in the temporary folder"
        return Result(f"tools/run.py with this emulator: {self.root / 'emulator'}",
                      self.process.returncode, output.decode(errors="replace"),
                      self.build / "hv.log")

    def __call__(self, *args, **kwargs):
        self.start(*args, **kwargs)
        return self.result()

    def file(self, name):
        return (self.root / name).read_text()

    def argv(self):
        return self.file("argv").split("\n")

    def emulator_is_gone(self):
        # It may take a moment until a killed one is no more.
        for _ in range(200):
            try:
                state = open(f"/proc/{self.file('pid').strip()}/stat").read().split()[2]
            except OSError:
                return True
            if state == "Z":
                return True
            time.sleep(0.05)
        return False

    def wait_for(self, name):
        for _ in range(400):
            if (self.root / name).exists() and self.file(name).strip():
                return
            time.sleep(0.05)
        pytest.fail(f"the emulator did not get as far as {name}")


def runner_for(tmp_path, kind):
    runner = Runner(tmp_path, kind)
    yield runner
    process = getattr(runner, "process", None)
    if process and process.poll() is None:
        process.kill()
        process.wait()


@pytest.fixture
def runner(tmp_path):
    yield from runner_for(tmp_path, "riscv64")


@pytest.fixture(params=sorted(NEEDED))
def each(tmp_path, request):
    """A runner for each emulator in turn, for what may differ between them."""
    yield from runner_for(tmp_path, request.param)


@pytest.fixture(params=QEMUS)
def each_qemu(tmp_path, request):
    yield from runner_for(tmp_path, request.param)


@pytest.fixture(params=["riscv64", "bochs"])
def watched(tmp_path, request):
    """QEMU and Bochs are watched in ways of their own."""
    yield from runner_for(tmp_path, request.param)


@pytest.fixture
def on_bochs(tmp_path):
    yield from runner_for(tmp_path, "bochs")


@pytest.fixture
def arm(tmp_path):
    yield from runner_for(tmp_path, "aarch64")


# --- what passes --------------------------------------------------------------------

@pytest.mark.parametrize("do", [
    pytest.param(GOOD, id="last-line"),
    pytest.param('printf "hello\\r\\nladder: end $nonce status 0\\r\\n" | con', id="with-cr"),
    pytest.param('printf "ladder: end $nonce status 0\\n\\n \\n" | con', id="blank-lines-after"),
    pytest.param('printf "ladder: end $nonce status 0" | con', id="no-newline-after"),
    pytest.param('printf "ladder: end 0123abcd status 0\\nladder: end $nonce status 0\\n" | con',
                 id="another-runs-line-before"),
])
def test_passes(each, do):
    each(do).expect(r"ladder: end [0-9a-f]{8} status 0", without=["^run: "])


# --- what does not ------------------------------------------------------------------

NOT_ENDED = r"^run: the hypervisor did not end this run itself \("


@pytest.mark.parametrize("do, says", [
    pytest.param("exit 0", "not the hypervisor's report", id="silence"),
    pytest.param("echo hello | con", "not the hypervisor's report", id="no-report"),
    pytest.param('echo "ladder: end 0123abcd status 0" | con', "another run's",
                 id="another-runs-nonce"),
    pytest.param('echo "ladder: end  status 0" | con', "not the hypervisor's report",
                 id="no-nonce"),
    pytest.param('echo "x ladder: end $nonce status 0" | con', "the last line is",
                 id="inside-a-line"),
    pytest.param('echo "ladder: end $nonce status 0 x" | con', "the last line is",
                 id="text-behind-it"),
    pytest.param('printf "ladder: end $nonce status 0\\nmore\\n" | con',
                 "not the hypervisor's report", id="more-lines-after"),
    pytest.param('printf "ladder: end $nonce status 0\\nladder: end 0123abcd status 0\\n" | con',
                 "another run's", id="another-runs-line-after"),
    pytest.param('echo "ladder: end $nonce status -0" | con', "not the hypervisor's report",
                 id="status-no-number"),
    pytest.param(GOOD + "; exit $bad", "ended with 3, but its last line reports success",
                 id="good-line-but-emulator-failed"),
    pytest.param(GOOD + "; kill -SEGV $$", "killed by signal 11", id="good-line-but-crash"),
    pytest.param('echo "ladder: end $nonce status 0"; exit 0', "not the hypervisor's report",
                 id="on-standard-output-only"),
])
def test_does_not_pass(each, do, says):
    each(do).expect(NOT_ENDED + ".*" + says, status=3)


@pytest.mark.parametrize("status", [1, 7, 255])
@pytest.mark.parametrize("emulator", [0, 1])
def test_hypervisors_own_status(each, status, emulator):
    each(f'echo "ladder: end $nonce status {status}" | con; exit {emulator}').expect(
        status=status)


def test_status_too_large_is_not_wrapped_into_a_pass(runner):
    runner('echo "ladder: end $nonce status 256" | con').expect(status=255)


def test_nonce_is_another_in_every_run(runner):
    seen = set()
    for _ in range(4):
        runner()
        seen.add(runner.file("nonce"))
    assert len(seen) == 4


# --- time, signals, what stays behind -----------------------------------------------

def test_time_limit(watched):
    result = watched("echo on its way | con; exec sleep 300", TIMEOUT=1)
    result.expect("^on its way", r"^run: no end after 1 s \(TIMEOUT=seconds allows more\)",
                  status=4)
    assert watched.emulator_is_gone()


def test_where_a_run_hangs_is_told_by_the_hypervisors_symbols(tmp_path):
    symbols = tmp_path / "hv.sym"
    symbols.write_text("0000000000000010 a SIZE\n0000000080200000 T start\n"
                       "0000000080200040 t loop\n0000000080201000 B end\n"
                       "0000000090000000 A GUEST\n")
    places = [(0x80200040, False), (0x80200044, False), (0x80200040, False), (0x8020003c, False),
              (0x80200040, True), (0x80201000, False), (0x801fffff, False)]
    assert hang.names(places, str(symbols)) == \
        "loop+0, loop+4, start+60, 0x80200040, 0x80201000, 0x801fffff"
    assert hang.names([], str(symbols)) == ""
    assert hang.names([(0x80200040, False)], str(tmp_path / "none")) == "0x80200040"


def test_time_limit_with_a_forged_report(watched):
    watched('echo "ladder: end 0123abcd status 0" | con; exec sleep 300', TIMEOUT=1).expect(
        status=4)


def test_emulator_that_closed_its_console_is_not_waited_for(watched):
    watched(GOOD + "; exec sleep 300 >/dev/null 2>&1", TIMEOUT=2).expect(status=4)
    assert watched.emulator_is_gone()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signal_ends_the_emulator_too(watched, number):
    watched.start("echo hello | con; echo x >$FAKE_DIR/there; exec sleep 300")
    watched.wait_for("there")
    watched.process.send_signal(number)
    watched.result().expect(rf"^run: stopped by {signal.Signals(number).name}",
                           status=128 + number)
    assert watched.emulator_is_gone()
    assert "hello" in (watched.build / "hv.log").read_text()


def test_killed_runner_takes_the_emulator_along(watched):
    watched.start("echo x >$FAKE_DIR/there; exec sleep 300")
    watched.wait_for("there")
    watched.process.kill()
    watched.process.wait()
    assert watched.emulator_is_gone()


def test_all_output_is_shown_and_kept(watched):
    result = watched('head -c 3000000 /dev/zero | tr "\\0" x | fold -w 60 | con; echo | con; '
                    + GOOD)
    result.expect("ladder: end")
    assert result.output.count("x") == 3000000
    assert (watched.build / "hv.log").read_text().count("x") == 3000000


def test_log_goes_where_LOG_says(watched):
    watched(LOG=watched.root / "mine.log")
    assert "ladder: end" in watched.file("mine.log")
    assert not (watched.build / "hv.log").exists()


def test_log_without_a_folder(watched):
    watched(LOG=watched.root / "no/such/mine.log").complains("LOG=", "can't be written")


def test_two_runs_at_once_do_not_meet(watched, tmp_path):
    first = watched.start(f"sleep 1; {GOOD}")
    other = tmp_path / "other"
    other.mkdir()
    second = Runner(other, watched.kind)
    second.build = watched.build
    second(GOOD).expect()
    assert first.wait(30) == 0


# --- the emulator is asked before it is started -------------------------------------

def test_emulator_that_is_not_there(runner):
    runner(fake="/nowhere/qemu").complains("QEMU=/nowhere/qemu", "is not a program")


@pytest.mark.parametrize("version", ["6.2.0 (Debian 1:6.2+dfsg-2ubuntu6)", "7.1.0", "5.2"])
def test_emulator_that_is_too_old(runner, version):
    result = runner(fake=runner.fake(GOOD, version=version))
    result.complains(version[:3], "7.2 or newer is needed")
    assert not (runner.root / "argv").exists(), "it was started"


@pytest.mark.parametrize("version", ["7.2.22 (Debian 1:7.2)", "8.0.0", "10.0.2"])
def test_emulator_that_is_new_enough(runner, version):
    runner(fake=runner.fake(GOOD, version=version)).expect()


@pytest.mark.parametrize("arch, lacks, says", [
    ("riscv64", {"prop": "v"}, "has no h on its CPU, so it can't run a hypervisor"),
    ("aarch64", {"prop": "secure"}, "has no virtualization on its machine virt"),
    ("aarch64", {"cpu": "cortex-a53"}, "has no CPU cortex-a72"),
    ("x86_64", {"cpu": "Opteron svm npt"}, "has no CPU EPYC"),
    ("x86_64", {"cpu": "EPYC svm"}, "has no CPU npt"),
])
def test_emulator_without_what_a_hypervisor_needs(tmp_path, arch, lacks, says):
    runner = Runner(tmp_path, arch)
    runner(fake=runner.fake(GOOD, **lacks)).complains(says)
    assert not (runner.root / "argv").exists(), "it was started"


def after(words, option):
    return words[words.index(option) + 1]


@pytest.mark.parametrize("arch, machine, cpu, kernel, flash", [
    ("riscv64", "virt", "rv64,h=true", "hv.elf", "0x22000000"),
    ("aarch64", "virt,virtualization=on,gic-version=2", "cortex-a72", "hv.bin", "0x4000000"),
])
def test_machine_that_is_started(tmp_path, arch, machine, cpu, kernel, flash):
    runner = Runner(tmp_path, arch)
    runner().expect()
    argv = runner.argv()
    assert (after(argv, "-M"), after(argv, "-cpu")) == (machine, cpu)
    assert after(argv, "-kernel") == str(runner.build / kernel)
    assert f",addr={flash},force-raw=on" in after(argv, "-device")


def test_machine_of_x86_64_that_is_started(tmp_path):
    runner = Runner(tmp_path, "x86_64")
    runner().expect()
    argv = runner.argv()
    assert (after(argv, "-M"), after(argv, "-cpu")) == ("q35", "EPYC,+svm,+npt,-cx16")
    assert after(argv, "-accel") == "tcg" and "-nodefaults" in argv
    assert after(argv, "-kernel") == str(runner.build / "hv32.elf")
    assert "isa-debug-exit,iobase=0xf4,iosize=0x04" in argv
    drives = [word for word in argv if word.startswith("if=pflash")]
    assert len(drives) == 2 and f"file={tmp_path}/bios-256k.bin" in drives[0]


def test_machine_and_cpu_that_are_given(each_qemu):
    # Nothing is asked of a machine and a CPU that the user has chosen.
    each_qemu(fake=each_qemu.fake(GOOD, prop="none", cpu="none"), MACHINE="virt,a=b,c=d",
              CPU="max,e=f")
    argv = each_qemu.argv()
    assert (after(argv, "-M"), after(argv, "-cpu")) == ("virt,a=b,c=d", "max,e=f")


def test_machine_that_is_not_there(each_qemu):
    each_qemu(MACHINE="sbsa,a=b").complains("has no machine sbsa")
    assert not (each_qemu.root / "argv").exists(), "it was started"


def test_firmware_that_is_not_there(tmp_path):
    runner = Runner(tmp_path, "x86_64")
    (tmp_path / "bios-256k.bin").unlink()
    runner().complains("has no bios-256k.bin")


def test_accelerator_that_is_not_known(tmp_path):
    Runner(tmp_path, "x86_64")(ACCEL="fast").complains("ACCEL=fast is not known")


def nesting():
    """Whether this machine's KVM lends out VMX or SVM, to us."""
    return os.access("/dev/kvm", os.R_OK | os.W_OK) and any(
        path.read_text().strip() in ("1", "Y")
        for path in Path("/sys/module").glob("kvm_*/parameters/nested"))


def test_kvm_is_taken_only_where_it_nests(tmp_path):
    runner = Runner(tmp_path, "x86_64")
    if nesting():
        runner(ACCEL="kvm").expect()
        assert (after(runner.argv(), "-accel"), after(runner.argv(), "-cpu")) == ("kvm", "host")
        return
    runner(ACCEL="kvm").complains("ACCEL=kvm needs ", "leave ACCEL out")
    assert not (runner.root / "argv").exists(), "it was started"


@pytest.mark.parametrize("kind", ["riscv64", "aarch64", "bochs"])
def test_accel_is_for_x86_64_under_qemu_only(tmp_path, kind):
    Runner(tmp_path, kind)(ACCEL="kvm").complains("ACCEL has a meaning with ARCH=x86_64 under QEMU")


# --- Bochs --------------------------------------------------------------------------

def test_bochs_is_for_x86_64_only(each_qemu):
    if each_qemu.arch != "x86_64":
        each_qemu(verb="bochs").complains("Bochs runs ARCH=x86_64 only",
                                          f"this is ARCH={each_qemu.arch}")


def test_bochs_that_is_not_there(on_bochs):
    on_bochs(fake="/nowhere/bochs").complains("BOCHS=/nowhere/bochs is not a program")


@pytest.mark.parametrize("lacks, says", [
    ({"version": "2.6"}, "is Bochs 2.6; 2.7 or newer is needed"),
    ({"version": "of no number"}, "is no Bochs"),
    ({"prop": "-x"}, "was built without the debugger"),
    ({"cpu": "pentium"}, "has no CPU corei7_skylake_x"),
])
def test_bochs_without_what_a_hypervisor_needs(on_bochs, lacks, says):
    on_bochs(fake=on_bochs.fake(GOOD, **lacks)).complains(says)
    assert not (on_bochs.root / "argv").exists(), "it was started"


def test_bochs_cpu_that_is_given(on_bochs):
    on_bochs(fake=on_bochs.fake(GOOD, cpu="ryzen"), CPU="ryzen").expect()
    assert "cpu: model=ryzen, " in on_bochs.file("bochsrc")


def test_bochs_refuses_a_machine(on_bochs):
    on_bochs(MACHINE="q35").complains("MACHINE is a word for QEMU")


def test_bochs_in_a_folder_with_odd_characters(on_bochs):
    on_bochs.tmp = on_bochs.root / 'a b"$HOME,c'
    on_bochs.tmp.mkdir()
    on_bochs().expect()


def test_bochs_reason_is_told(on_bochs):
    do = "echo '0p[CPU0  ] >>PANIC<< exception(): 3rd (13) exception' >bochs.log; exit 1"
    on_bochs(do).expect(r"^run: Bochs: exception\(\): 3rd \(13\) exception$",
                        r"^run: the emulator did not start the machine", status=3)
    assert "PANIC" in (on_bochs.build / "hv.bochs").read_text()


def test_bochs_own_word_for_power_off_is_not_told(on_bochs):
    on_bochs("echo '>>PANIC<< Shutdown port: shutdown requested' >bochs.log; "
             'echo "ladder: end $nonce status 7" | con; exit 1').expect(status=7, without=["Bochs"])


def test_bochs_at_a_terminal(on_bochs):
    # Ctrl-C is the guest's, and Ctrl-A typed twice is one for the guest.
    terminal = on_bochs.at_terminal('echo ready | con; line=$(head -n1 "$com1" | od -An -tx1); '
                                    f'echo "got $line" | con; {GOOD}')
    terminal.expect("Ctrl-A X leaves the emulator")
    terminal.expect("ready")
    terminal.send("a\x03\x01\x01\n")
    terminal.expect("got +61 03 01 0a")
    terminal.expect(r"ladder: end [0-9a-f]{8} status 0\r\n")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert "ready" in (on_bochs.build / "hv.log").read_text()
    assert "mode=term, dev=/dev/" in on_bochs.file("bochsrc")


def test_bochs_is_left_by_ctrl_a_x(on_bochs):
    terminal = on_bochs.at_terminal("echo ready | con; exec sleep 300")
    terminal.expect("ready")
    terminal.send("\x01x")
    terminal.expect("run: you left the emulator")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 130 and on_bochs.emulator_is_gone()


def rom_of(runner):
    """{address: content} of what the firmware's table copies, its entry, and the ROM."""
    rom = runner.root.joinpath("rom").read_bytes()
    base = (1 << 32) - len(rom)
    assert f"address=0x{base:x}" in runner.file("bochsrc")
    entry, info, count = struct.unpack_from("<III", rom, len(rom) - 4096)
    memory = {}
    for n in range(count):
        start, where, length, zeros = struct.unpack_from("<IIII", rom, len(rom) - 4084 + 16 * n)
        assert length % 4 == 0 and zeros % 4 == 0
        if start < 1 << 31:
            assert length % (64 << 10) == 0
            disk = runner.root.joinpath("disk").read_bytes()
            memory[where] = disk[start * 512:start * 512 + length]
            continue
        memory[where] = rom[start - base:start - base + length] + bytes(zeros)
    return memory, entry, info, rom


def test_bochs_rom_hands_over_as_multiboot_does(on_bochs):
    on_bochs(TRACE=1).expect()
    memory, entry, info, rom = rom_of(on_bochs)
    assert entry == 0x100004 and memory[0x100000] == b"hyper\0\0\0"
    text = memory[info]

    def string(at):
        return text[at - info:text.index(b"\0", at - info)].decode()

    flags, lower, upper, _, words, modules, _ = struct.unpack_from("<IIIIIII", text)
    assert flags & 0x4d == 0x4d and modules == 0
    assert (lower, upper) == (636, 511 * 1024)
    nonce = on_bochs.file("nonce").strip()
    assert string(words).split()[1:] == [f"nonce={nonce}", "guest=hello,ping", "trace=1", "tty=0"]
    length, at = struct.unpack_from("<II", text, 44)
    areas = [struct.unpack_from("<IQQI", text, at - info + n) for n in range(0, length, 24)]
    assert (20, 0x100000, 511 << 20, 1) in areas
    # The flash that guests are shown.
    assert rom[0xfffbf000 - (1 << 32):][:4] == b"pfld"
    assert len(rom) % 4096 == 0


def test_bochs_rom_hands_over_modules(on_bochs):
    on_bochs.step("final", "nimble", "nimble")
    image = on_bochs.root / "an image"
    image.write_bytes(bytes(range(250)) * 300)
    on_bochs(IMAGE=image, APPEND="some words").expect()
    memory, _, info, _ = rom_of(on_bochs)
    text = memory[info]
    count, at = struct.unpack_from("<II", text, 20)
    assert count == 1
    start, end, words = struct.unpack_from("<III", text, at - info)
    assert memory[start][:end - start] == image.read_bytes()
    assert text[words - info:].split(b"\0")[0] == b"image some words"
    settings = on_bochs.file("bochsrc")
    assert "path=disk" in settings and "memory: guest=514, host=514\n" in settings
    assert end <= 514 << 20


def test_bochs_rom_that_gets_too_large(on_bochs):
    head = tiny_elf()[:64]
    (on_bochs.build / "hv.elf").write_bytes(head + struct.pack(
        "<IIQQQQQQ", 1, 5, 120, 0x100000, 0x100000, 2 << 20, 2 << 20, 1) + bytes(2 << 20))
    on_bochs().complains("do not fit into Bochs' ROM")


FEATURE = ("qemu-system-x86_64: warning: TCG doesn't support requested feature: "
           "CPUID.01H:ECX.x2apic [bit 21]")
IDLE = "qemu-system-aarch64: warning: icount sleep disabled and no active timers"


def test_emulators_complaints_are_shown_without_what_does_not_matter(each_qemu):
    do = f"echo '{IDLE}' >&2; echo \"{FEATURE}\" >&2; echo 'a real one' >&2; {GOOD}"
    each_qemu(do).expect("^a real one", without=["icount", "TCG"])
    each_qemu(do, V=1).expect("^qemu-system-aarch64: warning: icount", "TCG", "^a real one")


def test_complaint_without_an_end_is_shown(each_qemu):
    do = f"printf half >&2; {GOOD}"
    assert "half" in each_qemu(do).output
    each_qemu("printf half >&2; exec sleep 300", TIMEOUT=1).expect("half", status=4)


def test_emulator_that_is_none(runner):
    path = runner.root / "none"
    path.write_text("#!/bin/sh\necho something else\n")
    path.chmod(0o755)
    runner(fake=path).complains("is no QEMU: something else")


def test_emulator_that_does_not_run(runner):
    path = runner.root / "none"
    path.write_text("#!/no/such/shell\n")
    path.chmod(0o755)
    runner(fake=path).complains("does not answer")


# --- what the user sets -------------------------------------------------------------

def test_default_guests_and_variables_reach_the_hypervisor(runner):
    runner(TRACE=1)
    append = runner.argv()[runner.argv().index("-append") + 1].split()
    assert append[0].startswith("nonce=") and append[1] == "guest=hello,ping"
    assert "trace=1" in append


def test_time_is_counted_in_instructions_unless_ICOUNT_is_0(runner):
    runner()
    assert "shift=0,sleep=off" in runner.argv()
    runner(ICOUNT=0)
    assert "-icount" not in runner.argv()


@pytest.mark.parametrize("variables, says", [
    ({"GUEST": "nosuch"}, "GUEST=nosuch is not known; step 3 has: hello ping"),
    ({"GUEST": "hello,nosuch"}, "GUEST=hello,nosuch is not known"),
    ({"GUEST": "hello nonce=0"}, "is not known"),
    ({"GUEST": "hello:caught nonce=0"}, "is not a list of names"),
    ({"GUEST": "linux"}, "GUEST=linux is not known; step 3 has"),
    ({"IMAGE": "x"}, "IMAGE has a meaning in STEP=final only"),
    ({"MEM": "128M"}, "MEM has a meaning in STEP=final only"),
    ({"RUN": "ls"}, "RUN is a command for Linux"),
    ({"TIMEOUT": "soon"}, "TIMEOUT=soon is not a number"),
    ({"TIMEOUT": "0"}, "TIMEOUT=0 is out of range"),
    ({"SMP": "99"}, "SMP=99 is out of range"),
])
def test_what_a_step_refuses(runner, variables, says):
    runner(**variables).complains(says)
    assert not (runner.root / "argv").exists(), "the emulator was started"


def test_folder_that_is_no_built_step(runner):
    (runner.build / "hv.run").unlink()
    runner().complains("is not a built step")


# --- guest images under final -------------------------------------------------------

def linux_image(magic=b"RSC\x05", text_offset=0x200000, image_size=0, sections=((512, 4096),),
                size=None):
    """The start of a Linux Image with an EFI stub's PE header, and as many bytes as that says."""
    head = bytearray(4096)
    struct.pack_into("<QQ", head, 8, text_offset, image_size)
    head[0x38:0x3c] = magic
    struct.pack_into("<I", head, 0x3c, 0x40)
    head[0x40:0x44] = b"PE\0\0"
    struct.pack_into("<H", head, 0x40 + 6, len(sections))
    struct.pack_into("<H", head, 0x40 + 20, 0)
    for n, (raw_size, raw_at) in enumerate(sections):
        struct.pack_into("<II", head, 0x40 + 24 + 40 * n + 16, raw_size, raw_at)
    whole = max(at + length for length, at in sections)
    return bytes(head).ljust(size or whole, b"\0")[:size or whole]


def elf(machine):
    return b"\x7fELF" + bytes(14) + struct.pack("<H", machine) + bytes(100)


@pytest.fixture
def final(runner):
    runner.step("final", "nimble", "nimble")
    return runner


@pytest.fixture
def final_arm(arm):
    arm.step("final", "nimble", "nimble")
    return arm


@pytest.mark.parametrize("content, says", [
    pytest.param(b"", "is empty", id="empty"),
    pytest.param(elf(243), "is an ELF file for riscv64 and a flat image is wanted", id="elf"),
    pytest.param(elf(62), "is an ELF file for x86_64", id="elf-of-another-isa"),
    pytest.param(gzip.compress(b"x" * 100), "is compressed (gzip)", id="gzip"),
    pytest.param(b"\xfd7zXZ\0" + bytes(50), "is compressed (xz)", id="xz"),
    pytest.param(linux_image(b"ARM\x64"), "is a Linux kernel for aarch64", id="arm64-kernel"),
    pytest.param(bytes(0x202) + b"HdrS" + bytes(600), "is a Linux kernel for x86_64",
                 id="bzimage"),
    pytest.param(linux_image(size=4500), "is truncated: it has 4500 bytes", id="truncated"),
    pytest.param(linux_image(image_size=300 << 20), "does not fit: it needs 302 MiB",
                 id="kernel-larger-than-memory"),
])
def test_image_that_is_refused(final, content, says):
    image = final.root / "image"
    image.write_bytes(content)
    final(IMAGE=image).complains(f"IMAGE={image} ", says)
    assert not (final.root / "argv").exists(), "the emulator was started"


def test_image_larger_than_memory(final):
    image = final.root / "image"
    with open(image, "wb") as file:
        file.truncate(63 << 20)
    final(IMAGE=image, MEM="64M").complains("does not fit: it needs 65 MiB and MEM=64M")
    final(IMAGE=image, MEM="66M").expect()


def test_image_that_is_not_there(final):
    final(IMAGE="/no/such/image").complains("IMAGE=/no/such/image does not exist")


def test_image_that_is_a_folder(final):
    final(IMAGE=final.root).complains("is a directory")


def test_image_that_may_not_be_read(final):
    image = final.root / "image"
    image.write_bytes(b"x")
    image.chmod(stat.S_IWUSR)
    if os.access(image, os.R_OK):
        # root may read everything; a fault there can't be staged.
        return
    final(IMAGE=image).complains("can't be read")


@pytest.mark.parametrize("variables, says", [
    ({"MEM": "63M"}, "MEM=63M is out of range: 64M to 2G"),
    ({"MEM": "4G"}, "MEM=4G is out of range"),
    ({"MEM": "lots"}, "MEM=lots is not a size"),
    ({"BASE": "0x80200000"}, "BASE says where a flat IMAGE lies"),
    ({"GUEST": "nimbos"}, "GUEST=nimbos needs IMAGE="),
    ({"GUEST": "nosuch"}, "GUEST=nosuch is not known; step final has: nimble linux nimbos"),
    ({"RUN": "ls"}, "RUN is a command for Linux: give GUEST=linux with it"),
])
def test_what_final_refuses(final, variables, says):
    final(**variables).complains(says)


@pytest.mark.parametrize("base, says", [("0x80200800", "is not a multiple of 4096"),
                                        ("here", "BASE=here is not a number")])
def test_base_that_is_refused(final, base, says):
    image = final.root / "image"
    image.write_bytes(b"x")
    final(IMAGE=image, BASE=base).complains(says)


def test_kernel_given_as_nimbos(final):
    image = final.root / "image"
    image.write_bytes(linux_image())
    final(IMAGE=image, GUEST="nimbos").complains("is a Linux kernel: give GUEST=linux with it")


def test_kernel_given_with_a_base(final):
    image = final.root / "image"
    image.write_bytes(linux_image())
    final(IMAGE=image, BASE="0x90200000").complains("is a Linux kernel", "leave BASE out")


def test_kernel_given_as_an_image_lies_where_its_header_says(final_arm):
    image = final_arm.root / "image"
    image.write_bytes(linux_image(b"ARM\x64", 0x200000))
    final_arm(IMAGE=image).expect()
    assert f"guest-loader,addr=0x80200000,kernel={image}" in final_arm.argv()


def test_flat_image_given_as_linux(final):
    image = final.root / "image"
    image.write_bytes(b"\x13\0\0\0" * 100)
    final(IMAGE=image, GUEST="linux").complains("is no Linux kernel for riscv64")


@pytest.mark.parametrize("base, where", [(None, "0xc0200000"), ("0x90200000", "0xc0200000"),
                                         ("0x80000000", "0xc0000000")])
def test_flat_image_is_placed(final, base, where):
    image = final.root / "an,image"
    image.write_bytes(b"x")
    final(IMAGE=image, **({"BASE": base} if base else {})).expect()
    doubled = str(image).replace(",", ",,")
    assert f"guest-loader,addr={where},kernel={doubled}" in final.argv()


@pytest.mark.parametrize("base, where", [(None, "0x80080000"), ("0x50080000", "0x80080000"),
                                         ("0x40000000", "0x80000000"),
                                         ("0x40200000", "0x80200000")])
def test_flat_image_is_placed_on_aarch64(final_arm, base, where):
    image = final_arm.root / "image"
    image.write_bytes(b"x")
    final_arm(IMAGE=image, **({"BASE": base} if base else {})).expect()
    argv = final_arm.argv()
    assert f"guest-loader,addr={where},kernel={image}" in argv
    assert f"base={base or '0x40080000'}" in after(argv, "-append").split()
    assert after(argv, "-m") == f"{1024 + 256 + 64}M"


@pytest.mark.parametrize("content, says", [
    pytest.param(elf(183), "is an ELF file for aarch64 and a flat image is wanted", id="elf"),
    pytest.param(linux_image(), "is a Linux kernel for riscv64", id="riscv64-kernel"),
    pytest.param(linux_image(b"ARM\x64", size=4500), "is truncated: it has 4500 bytes",
                 id="truncated"),
    pytest.param(linux_image(b"ARM\x64", 0, image_size=300 << 20), "does not fit: it needs 300 MiB",
                 id="kernel-larger-than-memory"),
    pytest.param(b"MZ\0\0zimg" + bytes(600), "is a compressed EFI image", id="zimg"),
])
def test_image_that_is_refused_on_aarch64(final_arm, content, says):
    image = final_arm.root / "image"
    image.write_bytes(content)
    final_arm(IMAGE=image).complains(f"IMAGE={image} ", says)
    assert not (final_arm.root / "argv").exists(), "the emulator was started"


# --- guest images on x86_64: multiboot modules --------------------------------------

def bzimage(size=None, version=0x20f, flags=1, init_size=1 << 20):
    head = bytearray(0x400)
    head[0x1f1] = 1
    struct.pack_into("<I", head, 0x1f4, 64)
    head[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", head, 0x206, version)
    struct.pack_into("<H", head, 0x236, flags)
    struct.pack_into("<QI", head, 0x258, 16 << 20, init_size)
    return bytes(head).ljust(2048, b"\0")[:size]


@pytest.fixture
def final_x86(tmp_path):
    for runner in runner_for(tmp_path, "x86_64"):
        runner.step("final", "nimble", "nimble")
        yield runner


def test_modules_under_qemu(final_x86):
    image = final_x86.root / "an, image"
    image.write_bytes(b"x\n")
    final_x86(f'cat image | con; {GOOD}', IMAGE=image, APPEND="a=1,b c").expect("^x$", "^ladder")
    argv = final_x86.argv()
    assert after(argv, "-initrd") == "image a=1,,b c"
    assert after(argv, "-m") == f"{256 + 256 + 2}M"
    assert "base=0x200000" in after(argv, "-append").split()


@pytest.mark.parametrize("variables, words", [
    ({}, ["base=0x200000"]), ({"ENTRY": "real"}, ["base=0x200000", "entry=real"]),
    ({"BASE": "0x8000"}, ["base=0x8000"]),
    ({"ENTRY": "multiboot", "BASE": "0x10200000", "MEM": "512M"}, ["base=0x10200000"])])
def test_entry_of_a_flat_image(final_x86, variables, words):
    image = final_x86.root / "image"
    image.write_bytes(b"x")
    final_x86(IMAGE=image, **variables).expect()
    assert set(words) <= set(after(final_x86.argv(), "-append").split())


@pytest.mark.parametrize("variables, says", [
    ({"ENTRY": "long"}, "ENTRY=long is not known; choose one of: multiboot real"),
    ({"ENTRY": "multiboot", "BASE": "0x8000"}, "BASE=0x8000 is below 1 MiB, where an image starts "
                                               "in real mode"),
    ({"BASE": "0x10200000"}, "does not fit: it needs 259 MiB"),
])
def test_entry_that_is_refused(final_x86, variables, says):
    image = final_x86.root / "image"
    image.write_bytes(b"x")
    final_x86(IMAGE=image, **variables).complains(says)


def test_entry_is_for_x86_64_and_flat_images_only(final, tmp_path):
    final(IMAGE=tmp_path, ENTRY="real").complains("ENTRY has a meaning with ARCH=x86_64 only")


def test_entry_without_an_image(final_x86):
    final_x86(ENTRY="real").complains("give IMAGE with it")


@pytest.mark.parametrize("content, says", [
    pytest.param(bzimage(2000), "is truncated: it has 2000 bytes", id="truncated"),
    pytest.param(bzimage(version=0x20b), "can't be entered in 64-bit mode", id="old"),
    pytest.param(bzimage(flags=0), "can't be entered in 64-bit mode", id="32-bit"),
    pytest.param(bzimage(init_size=300 << 20), "does not fit: it needs 316 MiB", id="large"),
    pytest.param(elf(62), "is an ELF file for x86_64 and a flat image is wanted", id="elf"),
    pytest.param(linux_image(), "is a Linux kernel for riscv64", id="riscv64-kernel"),
])
def test_image_that_is_refused_on_x86_64(final_x86, content, says):
    image = final_x86.root / "image"
    image.write_bytes(content)
    final_x86(IMAGE=image).complains(f"IMAGE={image} ", says)


def test_kernel_has_an_entry_of_its_own(final_x86):
    image = final_x86.root / "image"
    image.write_bytes(bzimage())
    final_x86(IMAGE=image, ENTRY="real").complains("is a Linux kernel", "leave ENTRY out")


@pytest.mark.parametrize("kind", ["x86_64", "bochs"])
@pytest.mark.parametrize("mem", ["64M", "2G"])
def test_guests_memory_and_cpus_make_the_emulators(tmp_path, kind, mem):
    """256 MiB more than the guest's, and what the modules need; one CPU for all vCPUs."""
    for runner in runner_for(tmp_path, kind):
        runner.step("final", "nimble", "nimble")
        (runner.root / "image").write_bytes(b"x")
        runner(IMAGE=runner.root / "image", MEM=mem, SMP="4").expect()
        mib = {"64M": 322, "2G": 2306}[mem]
        if kind == "bochs":
            assert f"memory: guest={mib}, host={min(mib, 2048)}\n" in runner.file("bochsrc")
            assert ", count=1," in runner.file("bochsrc")
            words = [word for word in runner.root.joinpath("rom").read_bytes().split()
                     if word.startswith((b"smp=", b"mem="))]
            assert words == [b"smp=4", b"mem=%d" % ((mib - 258) << 20)]
        else:
            argv = runner.argv()
            assert (after(argv, "-m"), after(argv, "-smp")) == (f"{mib}M", "1")
            assert {"smp=4", f"mem={(mib - 258) << 20}"} <= set(after(argv, "-append").split())


def test_kernel_given_as_an_image_is_named_so(final_x86):
    image = final_x86.root / "image"
    image.write_bytes(bzimage())
    final_x86(IMAGE=image).expect()
    assert after(final_x86.argv(), "-initrd") == "linux"
