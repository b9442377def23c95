"""tools/run.py with a stand-in for the emulator: what it takes for a pass, and what not."""
import gzip
import os
import signal
import stat
import struct
import subprocess
import time

import pytest

from conftest import ENV, ROOT, Result, python

RUNNER = ROOT / "tools" / "run.py"

# Says what QEMU says when it is asked, and otherwise runs the test's own lines of shell, which
# have $nonce, and con to write to the console: standard output and the log.
FAKE = r"""#!/bin/sh
case "$*" in
--version) echo "QEMU emulator version @VERSION@"; exit ;;
"-M help") echo "virt   a machine"; exit ;;
"-M virt,help") printf '  %s=\n' @PROPERTY@ gic-version; exit ;;
*"-cpu help") echo "Available CPUs:"; echo "  @CPU@"; exit ;;
*,help) for device; do :; done; echo "${device%,help} options:"; echo "  @PROPERTY@=<bool>"; exit ;;
esac
printf '%s\n' "$@" >"$FAKE_DIR/argv"
echo $$ >"$FAKE_DIR/pid"
for arg; do
	case "$previous" in
	-append) nonce=${arg#*nonce=} nonce=${nonce%% *} ;;
	-chardev) log=${arg#*logfile=} log=${log%%,*} ;;
	esac
	previous=$arg
done
echo "$nonce" >"$FAKE_DIR/nonce"
con() { tee -a "$log"; }
@DO@
"""

GOOD = 'echo "ladder: end $nonce status 0" | con'


# What an emulator of each ISA must have: a property (of the CPU, of the machine), and a CPU.
NEEDED = {"riscv64": ("h", "rv64"), "aarch64": ("virtualization", "cortex-a72")}


class Runner:
    def __init__(self, root, arch="riscv64"):
        self.arch = arch
        self.root = root
        self.build = root / "build"
        self.tmp = root / "tmp"
        for folder in (self.build, self.tmp):
            folder.mkdir()
        (self.build / "hv.elf").write_bytes(b"")
        self.step("3", "hello ping", "hello,ping")

    def step(self, name, guests="", default=""):
        (self.build / "hv.run").write_text(
            f"step={name}\narch={self.arch}\nguests={guests}\ndefault={default}\n")

    def fake(self, do, version="7.2.22", prop=None, cpu=None):
        path = self.root / "qemu"
        path.write_text(FAKE.replace("@DO@", do).replace("@VERSION@", version)
                        .replace("@PROPERTY@", prop or NEEDED[self.arch][0])
                        .replace("@CPU@", cpu or NEEDED[self.arch][1]))
        path.chmod(0o755)
        return path

    def start(self, do=GOOD, verb="qemu", fake=None, **variables):
        env = {**ENV, "TMPDIR": str(self.tmp), "FAKE_DIR": str(self.root),
               "LADDER_QEMU": str(fake or self.fake(do)), "LADDER_TIMEOUT": "60"}
        env.update({"LADDER_" + name: str(value) for name, value in variables.items()})
        self.process = subprocess.Popen(
            [python(), str(RUNNER), str(self.build), verb], env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return self.process

    def result(self):
        output, _ = self.process.communicate(timeout=60)
        assert not list(self.tmp.iterdir()), "it left something in the temporary folder"
        return Result(f"tools/run.py with this emulator: {self.root / 'qemu'}",
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


def runner_for(tmp_path, arch):
    runner = Runner(tmp_path, arch)
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
    """A runner for each ISA in turn, for what may differ between them."""
    yield from runner_for(tmp_path, request.param)


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
    pytest.param(GOOD + "; exit 1", "ended with 1, but its last line reports success",
                 id="good-line-but-emulator-failed"),
    pytest.param(GOOD + "; kill -SEGV $$", "killed by signal 11", id="good-line-but-crash"),
    pytest.param('echo "ladder: end $nonce status 0"', "not the hypervisor's report",
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

def test_time_limit(runner):
    result = runner("echo on its way | con; exec sleep 300", TIMEOUT=1)
    result.expect("^on its way", r"^run: no end after 1 s \(TIMEOUT=seconds allows more\)",
                  status=4)
    assert runner.emulator_is_gone()


def test_time_limit_with_a_forged_report(runner):
    runner('echo "ladder: end 0123abcd status 0" | con; exec sleep 300', TIMEOUT=1).expect(
        status=4)


def test_emulator_that_closed_its_console_is_not_waited_for(runner):
    runner(GOOD + "; exec sleep 300 >/dev/null 2>&1", TIMEOUT=2).expect(status=4)
    assert runner.emulator_is_gone()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signal_ends_the_emulator_too(runner, number):
    runner.start("echo hello | con; echo x >$FAKE_DIR/there; exec sleep 300")
    runner.wait_for("there")
    runner.process.send_signal(number)
    runner.result().expect(rf"^run: stopped by {signal.Signals(number).name}",
                           status=128 + number)
    assert runner.emulator_is_gone()
    assert "hello" in (runner.build / "hv.log").read_text()


def test_killed_runner_takes_the_emulator_along(runner):
    runner.start("echo x >$FAKE_DIR/there; exec sleep 300")
    runner.wait_for("there")
    runner.process.kill()
    runner.process.wait()
    assert runner.emulator_is_gone()


def test_all_output_is_shown_and_kept(runner):
    result = runner('head -c 3000000 /dev/zero | tr "\\0" x | fold -w 60 | con; echo | con; '
                    + GOOD)
    result.expect("ladder: end")
    assert result.output.count("x") == 3000000
    assert (runner.build / "hv.log").read_text().count("x") == 3000000


def test_log_goes_where_LOG_says(runner):
    runner(LOG=runner.root / "mine.log")
    assert "ladder: end" in runner.file("mine.log")
    assert not (runner.build / "hv.log").exists()


def test_log_without_a_folder(runner):
    runner(LOG=runner.root / "no/such/mine.log").complains("LOG=", "can't be written")


def test_two_runs_at_once_do_not_meet(runner, tmp_path):
    first = runner.start(f"sleep 1; {GOOD}")
    other = tmp_path / "other"
    other.mkdir()
    second = Runner(other)
    second.build = runner.build
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


def test_machine_and_cpu_that_are_given(each):
    # Nothing is asked of a machine and a CPU that the user has chosen.
    each(fake=each.fake(GOOD, prop="none", cpu="none"), MACHINE="virt,a=b,c=d", CPU="max,e=f")
    assert (after(each.argv(), "-M"), after(each.argv(), "-cpu")) == ("virt,a=b,c=d", "max,e=f")


def test_machine_that_is_not_there(each):
    each(MACHINE="sbsa,a=b").complains("has no machine sbsa")
    assert not (each.root / "argv").exists(), "it was started"


IDLE = "qemu-system-aarch64: warning: icount sleep disabled and no active timers"


def test_emulators_complaints_are_shown_without_what_does_not_matter(each):
    do = f"echo '{IDLE}' >&2; echo 'a real one' >&2; printf half >&2; {GOOD}"
    each(do).expect("^a real one", without=["icount"])
    each(do, V=1).expect("^qemu-system-aarch64: warning: icount", "^a real one")


def test_complaint_without_an_end_is_shown(each):
    do = f"printf half >&2; {GOOD}"
    assert "half" in each(do).output
    each("printf half >&2; exec sleep 300", TIMEOUT=1).expect("half", status=4)


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
