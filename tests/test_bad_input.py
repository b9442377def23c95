"""Bad input, through make: one clear line or a VM's report, the right status, and no hang."""
import os
import platform
import shutil
from pathlib import Path

import pytest

from conftest import (ARCHES, EMULATORS, ENV, GUESTS, ROOT, STEPS, guests_of, has_arch, isas,
                      make_status, python, run, step_folder)

NO_MIRROR = "http://127.0.0.1:9/debian"
FIRST = STEPS[0]
EACH_ISA = pytest.mark.parametrize("arch", isas(FIRST))
EACH_ISA_OF_FINAL = pytest.mark.parametrize("arch", isas("final"))
EACH_STEP = pytest.mark.parametrize("step, arch", [(step, arch) for step in STEPS
                                                   for arch in isas(step)])


def plain_make(*words, env=None, cwd=ROOT):
    """make without what the make fixture adds."""
    command = ["make", "--no-print-directory", *words]
    return make_status(run(command, env or ENV, cwd=cwd))


# --- what is typed ------------------------------------------------------------------

@pytest.mark.parametrize("words, says", [
    (["STEP=9", "qemu"], "STEP=9 is not a step; choose one of: 1 2 3 4 5 6 final"),
    (["STEP=", "qemu"], "is not a step"),
    (["STEP=../step1-enable", "qemu"], "is not a step"),
    (["STEP=$(shell id)", "qemu"], "STEP=$(shell id) is not a step"),
    (["STEP=9", "diff"], "STEP=9 is not a step"),
    (["STEP=1", "ARCH=arm", "qemu"],
     "ARCH=arm is not known; choose one of: riscv64 aarch64 x86_64"),
    (["STEP=1", "ARCH=$(shell id)", "qemu"], "ARCH=$(shell id) is not known"),
    (["STEP=1", "TREE=/no/such/tree", "qemu"], "TREE=/no/such/tree does not exist"),
    (["STEP=1", "ARCH=riscv64", "bochs"],
     "Bochs runs ARCH=x86_64 only, and this is ARCH=riscv64"),
    (["STEP=1", "ARCH=aarch64", "bochs"], "Bochs runs ARCH=x86_64 only"),
    (["STEP=1", "bochs"], "Bochs runs ARCH=x86_64 only"),
    (["nosuchverb"], "no verb 'nosuchverb'"),
])
def test_what_make_refuses(words, says):
    result = plain_make(*words)
    assert result.status == 2, result.output
    lines = result.output.strip().split("\n")
    # The message is one line; a second may be make's own about the goal that failed.
    assert says in lines[0] and len(lines) <= 2, result.output


@pytest.mark.parametrize("step", STEPS)
def test_step_in_its_own_folder_refuses_an_unknown_isa(step):
    plain_make("ARCH=arm", "qemu", cwd=step_folder(step)).complains("ARCH=arm is not known")


@pytest.mark.parametrize("step", STEPS)
def test_step_in_its_own_folder_refuses_bochs(step):
    plain_make("ARCH=riscv64", "bochs", cwd=step_folder(step)).complains(
        "Bochs runs ARCH=x86_64 only")


@EACH_STEP
def test_unknown_guest(make, step, arch):
    there = list(guests_of(step, arch))
    result = make(STEP=step, ARCH=arch, GUEST="nosuch")
    result.complains(f"GUEST=nosuch is not known; step {step} has: ", *there)


def test_guest_name_is_no_shell_command(make, tmp_path):
    make(STEP=FIRST, GUEST=f"x; touch {tmp_path}/there").complains("is not known")
    make(STEP=FIRST, GUEST=f"$(touch {tmp_path}/there)").complains("is not known")
    make(STEP=FIRST, GUEST=f"'`touch {tmp_path}/there`").complains("is not known")
    assert not (tmp_path / "there").exists()


# --- tools that are missing or too old ----------------------------------------------

@pytest.fixture
def tree(tmp_path):
    """A copy of the first step, so that nothing which is built for other tests is touched."""
    copy = tmp_path / "tree"
    shutil.copytree(step_folder(FIRST), copy)
    yield copy
    shutil.rmtree(ROOT / "build" / "trees" / str(copy)[1:].replace("/", "_"), ignore_errors=True)


def path_without(folder, *unwanted):
    """A PATH with everything that there is but some programs."""
    folder.mkdir()
    for place in ENV["PATH"].split(os.pathsep) + ["/usr/sbin", "/sbin"]:
        for program in os.listdir(place) if os.path.isdir(place) else ():
            if not any(word in program for word in unwanted):
                try:
                    (folder / program).symlink_to(os.path.join(place, program))
                except FileExistsError:
                    pass
    return {**ENV, "PATH": str(folder)}


@EACH_ISA
def test_toolprefix_that_leads_nowhere(tree, arch):
    result = plain_make(f"STEP={FIRST}", f"ARCH={arch}", f"TREE={tree}",
                        f"TOOLPREFIX=/nowhere/{arch}-", "qemu")
    result.complains(f"/nowhere/{arch}-gcc is missing")


def tools_of(arch):
    """Words of the names of all programs for an ISA; its own machines call some plainly."""
    own = ["gcc"] if platform.machine() == arch else []
    return [f"{arch}-", f"qemu-system-{arch}", "bochs", "iasl", *own]


@EACH_ISA
def test_no_compiler(tree, tmp_path, arch):
    env = path_without(tmp_path / "bin", *tools_of(arch))
    result = plain_make(f"STEP={FIRST}", f"ARCH={arch}", f"TREE={tree}", "qemu", env=env)
    result.complains(f"{arch}-linux-gnu-gcc is missing", "install")


@EACH_ISA
def test_no_emulator(make, tmp_path, arch):
    env = path_without(tmp_path / "bin", f"qemu-system-{arch}")
    make(STEP=FIRST, ARCH=arch, env=env).complains(f"qemu-system-{arch} is missing", "install")


ON_X86_64 = pytest.mark.skipif(not has_arch(FIRST, "x86_64"), reason="no step has it")


@ON_X86_64
def test_no_bochs(make, tmp_path):
    env = path_without(tmp_path / "bin", "bochs")
    make("bochs", STEP=FIRST, ARCH="x86_64", env=env).complains("bochs is missing", "install")


@ON_X86_64
def test_bochs_that_is_not_there(make):
    make("bochs", STEP=FIRST, ARCH="x86_64", BOCHS="/nowhere/bochs").complains(
        "BOCHS=/nowhere/bochs is not a program")


@ON_X86_64
@pytest.mark.parametrize("variables, says", [
    ({"CPU": "nosuch"}, "has no CPU nosuch"), ({"MACHINE": "q35"}, "MACHINE is a word for QEMU"),
    ({"BOCHS": "/bin/true"}, "is no Bochs")])
def test_what_bochs_refuses(make, variables, says):
    make("bochs", STEP=FIRST, ARCH="x86_64", **variables).complains(says)


@EACH_ISA
def test_doctor_names_what_is_missing(tmp_path, arch):
    env = path_without(tmp_path / "bin", *tools_of(arch))
    result = plain_make("doctor", f"ARCH={arch}", env=env)
    assert result.status, result.output
    compiler = "gcc" if platform.machine() == arch else f"gcc-{arch.replace('_', '-')}-linux-gnu"
    alone = [" bochs ", "acpica-tools", "seabios"] if arch == "x86_64" else []
    for word in (compiler, "qemu-system", "install", *alone):
        assert word in result.output, result.output


def test_emulator_that_is_not_there(make):
    make(STEP=FIRST, QEMU="/nowhere/qemu").complains("QEMU=/nowhere/qemu is not a program")


def test_emulator_that_is_too_old(make, tmp_path):
    old = tmp_path / "qemu"
    old.write_text('#!/bin/sh\necho "QEMU emulator version 6.2.0 (Debian 1:6.2+dfsg-2ubuntu6)"\n')
    old.chmod(0o755)
    make(STEP=FIRST, QEMU=old).complains("QEMU 6.2", "7.2 or newer is needed")


# QEMU's own answers but for one line, by ISA: what grep takes out, and what is said then.
LESS = {
    "riscv64": ("^  h=", "has no h on its CPU"),
    "aarch64": ("^  virtualization=", "has no virtualization on its machine virt"),
    "x86_64": ("svm", "has no CPU svm"),
}


@EACH_ISA
def test_emulator_without_what_a_hypervisor_needs(make, tmp_path, arch):
    line, says = LESS[arch]
    real = shutil.which(f"qemu-system-{arch}")
    less = tmp_path / "qemu"
    less.write_text(f'#!/bin/sh\n{real} "$@" | grep -v "{line}"\n')
    less.chmod(0o755)
    make(STEP=FIRST, ARCH=arch, QEMU=less).complains(says)


def test_machine_that_the_emulator_does_not_have(make):
    make(STEP=FIRST, MACHINE="nosuch,a=b").complains("has no machine nosuch")


# --- images -------------------------------------------------------------------------

# The magic number of another ISA's kernel.
ANOTHER = {"riscv64": (b"ARM\x64", "aarch64"), "aarch64": (b"RSC\x05", "riscv64"),
           "x86_64": (b"ARM\x64", "aarch64")}


@EACH_ISA_OF_FINAL
@pytest.mark.parametrize("case, says", [
    ("missing", "does not exist"),
    ("empty", "is empty"),
    ("larger-than-memory", "does not fit"),
    ("elf", "is an ELF file for {arch}"),
    ("another-isas-kernel", "is a Linux kernel for {other}"),
])
def test_image_is_refused(make, tmp_path, arch, case, says):
    image = tmp_path / "image"
    magic, other = ANOTHER[arch]
    if case == "empty":
        image.write_bytes(b"")
    elif case == "larger-than-memory":
        with open(image, "wb") as file:
            file.truncate(300 << 20)
    elif case == "elf":
        shutil.copyfile(ROOT / "build" / "final" / arch / "hv.elf", image)
    elif case == "another-isas-kernel":
        image.write_bytes(bytes(0x38) + magic + bytes(4000))
    make(STEP="final", ARCH=arch, IMAGE=image).complains(
        f"IMAGE={image} ", says.format(arch=arch, other=other))


@EACH_ISA_OF_FINAL
def test_truncated_kernel_is_refused(make, tmp_path, linux_kernel, arch):
    image = tmp_path / "vmlinux"
    with open(linux_kernel(arch), "rb") as file:
        image.write_bytes(file.read(1 << 20))
    make(STEP="final", ARCH=arch, IMAGE=image, GUEST="linux").complains(
        "is truncated: it has 1048576 bytes")


# --- the cache and the mirror -------------------------------------------------------

def images(cache, *words, mirror=NO_MIRROR):
    env = {**ENV, "LADDER_CACHE": str(cache)}
    if mirror:
        env["DEBIAN_MIRROR"] = mirror
    command = [python(), str(ROOT / "tools" / "images.py"), *words]
    shown = f"LADDER_CACHE={cache} DEBIAN_MIRROR={mirror} tools/images.py {' '.join(words)}"
    return run(command, env, shown=shown)


@pytest.fixture
def cache(tmp_path, linux_kernel):
    """A copy of the cache's smallest package, which is libfdt's."""
    linux_kernel("riscv64", item="libfdt")
    root = real_cache()
    copy = tmp_path / "cache"
    (copy / "riscv64").mkdir(parents=True)
    (copy / "deb" / "riscv64").mkdir(parents=True)
    for path in (root / "riscv64").glob("libfdt*"):
        if path.is_dir():
            shutil.copytree(path, copy / "riscv64" / path.name)
        else:
            shutil.copy2(path, copy / "riscv64")
    for path in (root / "deb" / "riscv64").glob("libfdt*.deb"):
        shutil.copy2(path, copy / "deb" / "riscv64")
    return copy


def real_cache():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(os.environ.get("LADDER_CACHE") or os.path.join(base, "ladder"))


def change_one_byte(path, keep_time=False):
    data, seen = bytearray(path.read_bytes()), path.stat()
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    if keep_time:
        os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def the_deb(cache):
    return next((cache / "deb" / "riscv64").glob("libfdt*.deb"))


def the_library(cache):
    return next((cache / "riscv64").glob("libfdt-*/libfdt.a"))


def test_whole_cache_needs_no_mirror(cache):
    images(cache, "libfdt", "riscv64").expect(str(cache), without=["^images:"])


def test_damaged_package_is_not_used(cache):
    whole = the_library(cache).read_bytes()
    change_one_byte(the_deb(cache))
    result = images(cache, "libfdt", "riscv64")
    # Nothing can be fetched, but what was made from the package before is there and whole.
    result.expect(r"^images: .*libfdt-dev.*\.deb in the cache is damaged")
    assert not list((cache / "deb").rglob("*.deb")), "the damaged package is still there"
    assert the_library(cache).read_bytes() == whole


def test_damaged_package_and_files_without_a_mirror(cache):
    change_one_byte(the_deb(cache))
    change_one_byte(the_library(cache))
    result = images(cache, "libfdt", "riscv64")
    result.expect("^images: .*is damaged", "^images: .*DEBIAN_MIRROR", status=2)
    assert str(cache / "riscv64") not in result.output.split("\n")[-2], "it gave a path"


def test_damaged_package_is_fetched_again(cache):
    whole = the_deb(cache).read_bytes()
    change_one_byte(the_deb(cache))
    change_one_byte(the_library(cache))
    result = images(cache, "libfdt", "riscv64", mirror=os.environ.get("DEBIAN_MIRROR"))
    if result.status == 2 and "mirror" in result.output:
        pytest.skip(result.output.strip().split("\n")[-1])
    result.expect("^images: .*is damaged", str(cache))
    assert the_deb(cache).read_bytes() == whole


def test_damaged_files_are_made_again_from_the_package(cache):
    whole = the_library(cache).read_bytes()
    change_one_byte(the_library(cache))
    images(cache, "libfdt", "riscv64").expect(r"^images: .*libfdt\.a in the cache is damaged",
                                              str(cache))
    assert the_library(cache).read_bytes() == whole


def test_check_sees_damage_that_left_size_and_time_alone(cache):
    images(cache, "check").expect("^riscv64 libfdt: whole")
    change_one_byte(the_deb(cache), keep_time=True)
    images(cache, "check").expect("^images: .*is damaged", status=1)


def test_stamp_that_is_no_json(cache):
    (cache / "riscv64" / "libfdt.json").write_text("{")
    result = images(cache, "libfdt", "riscv64")
    assert result.status in (0, 2) and "Traceback" not in result.output, result.output


def test_no_mirror(tmp_path):
    images(tmp_path / "empty", "linux", "riscv64").complains("DEBIAN_MIRROR")


def test_mirror_that_is_no_address(tmp_path):
    images(tmp_path / "empty", "linux", "riscv64", mirror="somewhere").complains(
        "DEBIAN_MIRROR=somewhere is not an address")


def test_linux_without_a_mirror(make, tmp_path):
    env = {"LADDER_CACHE": str(tmp_path / "empty"), "DEBIAN_MIRROR": NO_MIRROR}
    result = make(STEP="final", GUEST="linux", env=env)
    assert result.status == 2 and "Traceback" not in result.output, result.output
    result.expect("DEBIAN_MIRROR", status=2)


@pytest.mark.parametrize("step, arch", [(step, arch) for step in STEPS if step != "final"
                                        for arch in isas(step)])
def test_steps_need_no_mirror(make, tmp_path, step, arch):
    env = {"LADDER_CACHE": str(tmp_path / "empty"), "DEBIAN_MIRROR": NO_MIRROR}
    make(STEP=step, ARCH=arch, env=env).expect("^ladder: end .* status 0")
    assert not (tmp_path / "empty").exists()


# --- guests that misbehave ----------------------------------------------------------

REPORT = r"^ladder: vm \w+: stopped: .*"
REGISTERS = r"^  (pc|rip) +[0-9a-f]{16} "
FAILED = r"^ladder: end [0-9a-f]{8} status 1\s*$"
PASSED = r"^ladder: end [0-9a-f]{8} status 0\s*$"

# x86_64 has two vendors, and a triple fault has the name of neither.
NESTED = "n.*: (EPT violation|nested page fault)"
SHUTDOWN = "no handler: shutdown"

# The guest, below tests/guests/ARCH, and what its report says or what it prints itself.
CAUGHT = {
    "riscv64": {
        "jump-nowhere": "fetch guest-page fault",
        "illegal": "guest-page fault",
        "store-outside": "store guest-page fault",
        "store-behind": "store guest-page fault",
        "store-far": "guest-page fault",
        "load-outside": "load guest-page fault",
        "uart-hole": "store guest-page fault",
        "uart-wide": "load guest-page fault",
        "plic-hole": "store guest-page fault",
        "atomic-on-device": "guest-page fault",
        "bad-page-table": "guest-page fault",
        "timer-unhandled": "fetch guest-page fault",
        "exit-device": "store guest-page fault",
        "exit-semihosting": "guest-page fault",
        "forged-fault": "store guest-page fault",
        "forged-overwrite": "store guest-page fault",
    },
    "aarch64": {
        "jump-nowhere": "instruction abort",
        "illegal": "instruction abort",
        "store-outside": "data abort",
        "store-behind": "data abort",
        "store-far": "data abort",
        "load-outside": "data abort",
        "uart-hole": "data abort",
        "uart-wide": "data abort",
        "gic-wide": "data abort",
        "atomic-on-device": "data abort",
        "cache-on-device": "data abort",
        "bad-page-table": "abort",
        "timer-unhandled": "instruction abort",
        "exit-device": "data abort",
        "exit-semihosting": "instruction abort",
        "forged-fault": "data abort",
        "forged-overwrite": "data abort",
    },
    "x86_64": {
        "jump-nowhere": NESTED,
        "jump-to-device": NESTED,
        "illegal": SHUTDOWN,
        "store-outside": NESTED,
        "store-behind": NESTED,
        "store-across": NESTED,
        "store-far": NESTED,
        "load-outside": NESTED,
        "apic-hole": NESTED,
        "apic-wide": NESTED,
        "atomic-on-device": NESTED,
        "modify-flash": "a register that it changes can.t be written: (EPT violation|nested page fault)",
        "string-on-device": NESTED,
        "string-to-port": "no handler: I/O",
        "bad-page-table": NESTED,
        "page-table-in-device": NESTED,
        "timer-unhandled": SHUTDOWN,
        "exit-device": NESTED,
        "forged-fault": NESTED,
        "forged-overwrite": NESTED,
    },
}
ENDS_WELL = {
    "riscv64": {
        "good": "^well", "legacy-power-off": "^well", "illegal-handled": "^1000 handled",
        "hypervisor-instructions": "^8 handled", "sbi-hammer": "^all refused",
        "sbi-pointers": "^all refused", "no-newline": "^an open line",
    },
    "aarch64": {
        "good": "^well", "smc-power-off": "^well", "illegal-handled": "^1000 handled",
        "hypervisor-instructions": "^8 handled", "psci-hammer": "^all refused",
        "psci-pointers": "^all refused", "no-newline": "^an open line", "gic-hole": "^ignored",
        "gic-hammer": "^still here", "gic-ends": "^still here", "timer-storm": "^still here",
        "cache-maintenance": "^still here", "flash-hammer": "^still here",
    },
    "x86_64": {
        "good": "^well", "illegal-handled": "^1000 handled",
        "hypervisor-instructions": "^24 handled", "hypercall-hammer": "^all refused",
        "no-newline": "^an open line", "other-resets": "^still here", "port-hammer": "^still here",
        "uart-hammer": "^still here", "apic-hammer": "^still here", "hpet-hammer": "^still here",
        "msr-hammer": "^still here", "cpuid-hammer": "^still here",
        "control-hammer": "^still here", "flash-hammer": "^still here",
        "timer-storm": "^still here",
    },
}
# What the hypervisor says where the guest gives up in a way that is no good end.
ENDS_BADLY = {
    "riscv64": {},
    "aarch64": {"cpu-off": "^ladder: vm image: ended with status 1",
                "reset": "^ladder: vm image: asks for a reboot"},
    "x86_64": {"reset": "^ladder: vm image: asks for a reboot"},
}
# Nothing wrong with them: test_final has them, with a second CPU, or entered otherwise.
ELSEWHERE = {"riscv64": {"second-cpu"}, "aarch64": {"second-cpu"},
             "x86_64": {"second-cpu", "real", "exit-magic"}}
NEVER_ENDS = {arch: ["spin", "sleep", "illegal-loop", "forged-spin", "guesses"] for arch in ARCHES}


def each_guest(table, emulators=("qemu", "bochs")):
    return pytest.mark.parametrize("arch, emulator, guest", [
        (arch, emulator, guest) for arch in isas("final") for emulator in EMULATORS[arch]
        if emulator in emulators for guest in table.get(arch, ())])


@each_guest(CAUGHT)
def test_guest_is_caught(make, image, arch, emulator, guest):
    result = make(emulator, STEP="final", ARCH=arch, IMAGE=image(guest, arch), MEM="64M")
    result.expect(REPORT + CAUGHT[arch][guest], REGISTERS, FAILED, status=1)
    # exit-semihosting asks for this one, where the emulator runs.
    assert not (ROOT / "by-semihosting").exists(), "the guest reached the host's files"


@each_guest(ENDS_WELL)
def test_guest_ends_well(make, image, arch, emulator, guest):
    make(emulator, STEP="final", ARCH=arch, IMAGE=image(guest, arch), MEM="64M").expect(
        ENDS_WELL[arch][guest], PASSED)


@each_guest(ENDS_BADLY)
def test_guest_ends_badly(make, image, arch, emulator, guest):
    make(emulator, STEP="final", ARCH=arch, IMAGE=image(guest, arch), MEM="64M").expect(
        ENDS_BADLY[arch][guest], FAILED, status=1, without=[REPORT])


@each_guest(NEVER_ENDS, ["qemu"])
def test_guest_that_never_ends_is_ended_by_the_time_limit(
        make, image, arch, emulator, guest):
    result = make(emulator, STEP="final", ARCH=arch, IMAGE=image(guest, arch), MEM="64M",
                  TIMEOUT=3)
    # At the start of a line, even where the guest has left one open.
    result.expect(r"^run: no end after 3 s", status=4, without=[REPORT])


@ON_X86_64
def test_guest_that_ends_bochs_behind_the_hypervisors_back_has_not_passed(make, image):
    result = make("bochs", STEP="final", ARCH="x86_64", IMAGE=image("exit-magic", "x86_64"))
    result.expect("^run: the hypervisor did not end this run itself .*last line is another run's",
                  status=3)


@ON_X86_64
def test_guest_that_tries_to_end_bochs_is_caught_under_qemu(make, image):
    result = make("qemu", STEP="final", ARCH="x86_64", IMAGE=image("exit-magic", "x86_64"))
    result.expect(REPORT + NESTED, REGISTERS, FAILED, status=1)


@EACH_ISA_OF_FINAL
def test_every_guest_here_is_in_a_test(arch):
    there = {path.stem for path in (GUESTS / arch).glob("*.S")}
    assert there == {*CAUGHT[arch], *ENDS_WELL[arch], *ENDS_BADLY[arch], *NEVER_ENDS[arch],
                     *ELSEWHERE[arch]}
