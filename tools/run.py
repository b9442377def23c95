#!/usr/bin/env python3
"""Runs a built step under an emulator and says by its exit status whether it passed.

    run.py build/step3-launch/riscv64 VERB

Make calls this; VERB is qemu, qemu-gdb, gdb, bochs or bochs-debug. The folder holds hv.elf (on aarch64 also
hv.bin, on x86_64 hv32.elf and bochs.rom) and hv.run, where the build says which step it is and
which guests are in it. What a user sets (GUEST, IMAGE, RUN, MEM …) comes in environment variables
of the same names with LADDER_ before them, exactly as it was typed.

A run has passed when the emulator ended as arch_power_off(0) ends it (with 0; QEMU on x86_64
with 1) and the last line of its console is

    ladder: end NONCE status 0

with the nonce that was made up for this run: a guest does not know it, so whatever it prints and
however it ends the machine, it can't pass for the hypervisor. Exit statuses: 0 passed; the
hypervisor's own status if it reported one; 2 the run could not start (bad input, missing tool);
3 the hypervisor did not end this run itself; 4 the time was up; 130 the user left.
"""

import argparse
import os
import re
import secrets
import select
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

import bochs
import hang

if sys.version_info < (3, 9):
    sys.exit("run: Python 3.9 or newer is needed and this is %s" % sys.version.split()[0])

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

NOT_ENDED = 3
TIMED_OUT = 4
USER_LEFT = 130


class Bad(Exception):
    """Something that the user can put right: one line, status 2."""


def say(text):
    sys.stderr.write("run: %s\n" % text)
    sys.stderr.flush()


def var(name, default=""):
    """A variable of the user's; an empty one counts as not given."""
    return os.environ.get("LADDER_" + name) or default


def flag(name):
    return var(name, "0").lower() not in ("0", "n", "no", "off", "false")


def number(name, text, low, high):
    try:
        value = int(text, 0)
    except ValueError:
        raise Bad("%s=%s is not a number" % (name, text))
    if not low <= value <= high:
        raise Bad("%s=%s is out of range: %d to %d" % (name, text, low, high))
    return value


def size(name, text):
    m = re.fullmatch(r"(\d+)\s*([kKmMgG])(i?[bB])?", text)
    if not m:
        raise Bad("%s=%s is not a size; write it as 256M or 1G" % (name, text))
    return int(m.group(1)) * {"k": KIB, "m": MIB, "g": GIB}[m.group(2).lower()]


# ------------------------------------------------------------------------------ the emulator

class Emulator:
    """What is asked of an emulator before it is started: a wrong one hangs without a word."""

    minimum = (7, 2)

    def __init__(self, arch, variable="QEMU", name=None):
        self.arch = arch
        self.name = var(variable, name or "qemu-system-" + arch)
        path = shutil.which(self.name)
        if not path:
            if var(variable):
                raise Bad("%s=%s is not a program" % (variable, self.name))
            raise Bad("%s is missing: %s" % (self.name, doctor_command(arch)))
        self.path = os.path.abspath(path)
        self.answers = {}

    def ask(self, *args):
        if args not in self.answers:
            try:
                done = subprocess.run([self.path, *args], stdin=subprocess.DEVNULL, timeout=20,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                self.answers[args] = done.stdout.decode(errors="replace")
            except (OSError, subprocess.TimeoutExpired) as e:
                raise Bad("%s does not answer (%s)" % (self.path, e))
        return self.answers[args]

    def check_version(self):
        m = re.search(r"QEMU emulator version (\d+)\.(\d+)", self.ask("--version"))
        if not m:
            raise Bad("%s is no QEMU: %s" % (self.path,
                      (self.ask("--version").strip().splitlines() or ["it says nothing"])[0]))
        if (int(m.group(1)), int(m.group(2))) < self.minimum:
            raise Bad("%s is QEMU %s.%s; %d.%d or newer is needed (Debian 12 has 7.2): %s" % (
                self.path, m.group(1), m.group(2), *self.minimum, doctor_command(self.arch)))

    def check_machine(self, machine):
        if not re.search(r"^%s\s" % re.escape(machine), self.ask("-M", "help"), re.M):
            raise Bad("%s has no machine %s (see its -M help)" % (self.path, machine))

    def check_machine_property(self, machine, prop):
        if not re.search(r"^\s+%s=" % re.escape(prop), self.ask("-M", machine + ",help"), re.M):
            raise Bad("%s has no %s on its machine %s (see its -M %s,help)" % (
                self.path, prop, machine, machine))

    def check_cpu(self, machine, cpu):
        if cpu not in self.ask("-M", machine, "-cpu", "help").split():
            raise Bad("%s has no CPU %s (see its -cpu help)" % (self.path, cpu))

    def check_device(self, device):
        if "%s options:" % device not in self.ask("-device", device + ",help"):
            raise Bad("%s has no device %s (see its -device help)" % (self.path, device))

    def data_file(self, name):
        """A file that comes with it, such as a firmware."""
        for folder in self.ask("-L", "help").splitlines():
            path = os.path.join(folder, name)
            if os.path.exists(path):
                return path
        raise Bad("%s has no %s (see its -L help): %s" % (
            self.path, name, doctor_command(self.arch)))

    def check_property(self, machine, device, prop):
        """For a property of one letter: an ISA extension that the CPU model knows."""
        answer = self.ask("-M", machine, "-device", "%s,help" % device)
        letters = re.findall(r"^\s+(\w)=", answer, re.M)
        if letters and prop not in letters:
            raise Bad("%s has no %s on its CPU, so it can't run a hypervisor" % (self.path, prop))


class Bochs(Emulator):
    """Bochs, built with its debugger, as Debian's is."""

    minimum = (2, 7)

    def __init__(self, arch):
        super().__init__(arch, "BOCHS", "bochs")

    def check_version(self):
        m = re.search(r"Bochs x86 Emulator (\d+)\.(\d+)", self.ask("--help", "cpu"))
        if not m:
            raise Bad("%s is no Bochs: %s" % (self.path, (
                self.ask("--help", "cpu").strip().splitlines() or ["it says nothing"])[0]))
        if (int(m.group(1)), int(m.group(2))) < self.minimum:
            raise Bad("%s is Bochs %s.%s; %d.%d or newer is needed (Debian 12 has 2.7): %s" % (
                self.path, m.group(1), m.group(2), *self.minimum, doctor_command(self.arch)))

    def check_model(self, model):
        if model not in self.ask("--help", "cpu").split():
            raise Bad("%s has no CPU %s (see its --help cpu)" % (self.path, model))

    def check_debugger(self):
        if not re.search(r"^\s+-rc\s", self.ask("--help"), re.M):
            raise Bad("%s was built without the debugger (its --help has no -rc), by which a run "
                      "ends" % self.path)


def doctor_command(arch):
    doctor = os.path.join(ROOT, "tools", "doctor.py")
    done = subprocess.run([sys.executable, doctor, "--command", arch], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.decode().strip() or "see make doctor ARCH=%s" % arch


def qemu_riscv64(emu, run):
    """QEMU's riscv64 virt machine; its own OpenSBI starts hv.elf in HS-mode."""
    machine = chosen_machine(emu, "virt")
    cpu = var("CPU")
    if not cpu:
        cpu = "rv64,h=true"
        emu.check_property("virt", "rv64-riscv-cpu", "h")
    # The flash that guests are shown. -drive if=pflash never reaches a -kernel in 7.2.
    return ["-M", machine, "-cpu", cpu, "-kernel", run.step.elf, *flash(emu, run, 0x22000000),
            *memory(emu, run, 0xC0000000)]


def qemu_aarch64(emu, run):
    """QEMU's Arm virt machine, started at EL2. It hands its device tree only to what looks like
    a Linux Image, and never to an ELF file: so it gets the flat hv.bin, whose header says that."""
    machine = chosen_machine(emu, "virt", "virtualization=on", "gic-version=2")
    cpu = var("CPU")
    if not cpu:
        cpu = "cortex-a72"
        emu.check_cpu("virt", cpu)
    # Without -nic none it wants the ROM of a network card, which comes with another package.
    return ["-M", machine, "-cpu", cpu, "-nic", "none", "-kernel", run.step.flat,
            *flash(emu, run, 0x04000000), *memory(emu, run, 0x80000000)]


def qemu_x86_64(emu, run):
    """QEMU's q35. Its SeaBIOS hands over to hv32.elf as a multiboot loader; TCG has AMD's SVM,
    and no VMX. The device isa-debug-exit ends QEMU with (status << 1) | 1."""
    machine, cpu, accel = chosen_machine(emu, "q35"), var("CPU"), chosen_accel()
    if not cpu and accel == "kvm":
        cpu = "host"
    elif not cpu:
        # CMPXCHG16B corrupts RFLAGS in 7.2 when an interrupt or a VM exit follows.
        cpu = "EPYC,+svm,+npt,-cx16"
        emu.check_cpu("q35", "EPYC")
        for needed in ("svm", "npt"):
            emu.check_cpu("q35", needed)
    emu.check_device("isa-debug-exit")
    # The second flash lies below the first, which holds the firmware: 4 KiB at 0xfffbf000.
    firmware = emu.data_file("bios-256k.bin")
    return ["-M", machine, "-cpu", cpu, "-accel", accel, "-nodefaults",
            "-kernel", run.step.elf32, "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
            "-drive", "if=pflash,unit=0,format=raw,readonly=on,file=" + doubled(firmware),
            "-drive", "if=pflash,unit=1,format=raw,file=" + doubled(run.pflash),
            *qemu_multiboot_modules(run), "-m", "%dM" % (run.x86_memory() // MIB)]


def qemu_multiboot_modules(run):
    """-initrd for the guest's images. QEMU ends a module's file name at a space and makes it the
    first of the module's words: so each gets a plain name where QEMU is started."""
    words = []
    run.cwd = run.tmp
    for path, name, args in run.multiboot_modules():
        os.symlink(os.path.abspath(path), os.path.join(run.tmp, name))
        words.append(doubled(" ".join((name, args)) if args else name))
    return ["-initrd", ",".join(words)] if words else []


def chosen_accel():
    """ACCEL=kvm: natively, where this machine's KVM lends out its VMX or SVM. Not yet tested."""
    accel = var("ACCEL", "tcg")
    if accel not in ("tcg", "kvm"):
        raise Bad("ACCEL=%s is not known; choose one of: tcg kvm" % accel)
    if accel == "kvm":
        check_kvm()
    return accel


def check_kvm():
    if not os.path.exists("/dev/kvm"):
        raise Bad("ACCEL=kvm needs Linux's KVM, and there is no /dev/kvm here: leave ACCEL out")
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        raise Bad("ACCEL=kvm needs a right to /dev/kvm (usermod -aG kvm gives it): or leave ACCEL "
                  "out")
    for module in ("kvm_intel", "kvm_amd"):
        try:
            with open("/sys/module/%s/parameters/nested" % module) as f:
                if f.read().strip() in ("1", "Y"):
                    return
        except OSError:
            pass
    raise Bad("ACCEL=kvm needs a KVM that lends out VMX or SVM (the parameter nested of kvm_intel "
              "or kvm_amd): leave ACCEL out")


def chosen_machine(emu, name, *properties):
    """The value for -M: the user's, or this one once it is known to be there."""
    emu.check_version()
    given = var("MACHINE")
    if given:
        emu.check_machine(given.partition(",")[0])
        return given
    emu.check_machine(name)
    for prop in properties:
        emu.check_machine_property(name, prop.partition("=")[0])
    return ",".join((name, *properties))


def flash(emu, run, at):
    emu.check_device("loader")
    return ["-device", "loader,file=%s,addr=0x%x,force-raw=on" % (doubled(run.pflash), at)]


def memory(emu, run, guest_ram):
    """-m, and the guest's images in the RAM from guest_ram on, which becomes the guest's."""
    if run.linear is None:
        return ["-m", "512M"]
    # Guest RAM is this stretch of the host's, so that nothing is copied into it.
    emu.check_device("guest-loader")
    return run.guest_modules(guest_ram) + ["-m", "%dM" % ((GIB + run.mem + 64 * MIB) // MIB)]


MACHINES = {"riscv64": qemu_riscv64, "aarch64": qemu_aarch64, "x86_64": qemu_x86_64}


def doubled(text):
    """QEMU ends an option's value at a comma, unless there are two."""
    return text.replace(",", ",,")


# ------------------------------------------------------------------------------ guest images

class Image:
    """A guest's image file, looked at before anything is started."""

    RISCV, ARM64, X86 = "riscv64", "aarch64", "x86_64"
    MACHINE = {243: "riscv64", 183: "aarch64", 62: "x86_64", 3: "i386"}

    def __init__(self, path, arch, what="IMAGE"):
        self.path = path
        name = "%s=%s" % (what, path) if what else path
        try:
            if os.path.isdir(path):
                raise Bad("%s is a directory" % name)
            self.size = os.stat(path).st_size
            with open(path, "rb") as f:
                head = f.read(4096)
        except FileNotFoundError:
            raise Bad("%s does not exist" % name)
        except OSError as e:
            raise Bad("%s can't be read: %s" % (name, e.strerror))
        if not self.size:
            raise Bad("%s is empty" % name)
        self.name = name
        self.linux = None           # the ISA whose Linux Image header it carries
        self.text_offset = 0
        self.needs = self.size      # bytes of memory, .bss included
        self.kind(head, arch)

    def kind(self, head, arch):
        if head[:4] == b"\x7fELF":
            machine = self.MACHINE.get(struct.unpack_from("<H", head.ljust(20, b"\0"), 18)[0])
            raise Bad("%s is an ELF file%s and a flat image is wanted: objcopy -O binary makes one"
                      % (self.name, " for %s" % machine if machine else ""))
        for magic, packer in ((b"\x1f\x8b", "gzip"), (b"\xfd7zXZ", "xz"), (b"BZh", "bzip2"),
                              (b"\x28\xb5\x2f\xfd", "zstd"), (b"\x04\x22\x4d\x18", "lz4"),
                              (b"\x02\x21\x4c\x18", "lz4"), (b"\x89LZO", "lzop")):
            if head.startswith(magic):
                raise Bad("%s is compressed (%s): unpack it first" % (self.name, packer))
        if head[0x202:0x206] == b"HdrS":
            self.linux = self.X86
        elif head[0x38:0x3c] == b"RSC\x05":
            self.linux = self.RISCV
        elif head[0x38:0x3c] == b"ARM\x64":
            self.linux = self.ARM64
        elif head[4:8] == b"zimg":
            raise Bad("%s is a compressed EFI image: unpack the Linux Image inside it" % self.name)
        if self.linux and self.linux != arch:
            raise Bad("%s is a Linux kernel for %s, and this is %s" % (
                self.name, self.linux, arch))
        if self.linux == self.X86:
            self.check_setup(head)
        if self.linux in (self.RISCV, self.ARM64):
            self.text_offset, image_size = struct.unpack_from("<QQ", head, 8)
            self.needs = max(self.size, image_size)
            self.check_sections(head)

    def check_setup(self, head):
        """A bzImage's setup header (Linux, Documentation/arch/x86/boot.rst)."""
        version, flags = (struct.unpack_from("<H", head, at)[0] for at in (0x206, 0x236))
        if version < 0x20c or not flags & 1:
            raise Bad("%s can't be entered in 64-bit mode (boot protocol %d.%02d)" % (
                self.name, version >> 8, version & 0xff))
        sectors, paragraphs = head[0x1f1] or 4, struct.unpack_from("<I", head, 0x1f4)[0]
        told = (sectors + 1) * 512 + paragraphs * 16
        if self.size < told:
            raise Bad("%s is truncated: it has %d bytes and its header tells of %d" % (
                self.name, self.size, told))
        preferred, init_size = struct.unpack_from("<QI", head, 0x258)
        self.needs = preferred + init_size

    def check_sections(self, head):
        """The EFI stub's PE header tells how long the file is meant to be."""
        pe = struct.unpack_from("<I", head, 0x3c)[0]
        if pe + 24 > len(head) or head[pe:pe + 4] != b"PE\0\0":
            return
        count, optional = struct.unpack_from("<H12xH", head, pe + 6)
        end = 0
        for n in range(count):
            at = pe + 24 + optional + 40 * n
            if at + 40 > len(head):
                break
            raw_size, raw_at = struct.unpack_from("<II", head, at + 16)
            end = max(end, raw_at + raw_size)
        if self.size < end:
            raise Bad("%s is truncated: it has %d bytes and its header tells of %d" % (
                self.name, self.size, end))


def images_py(*args):
    """A path from tools/images.py, which fetches and makes what it does not have yet."""
    tool = os.path.join(ROOT, "tools", "images.py")
    done = subprocess.run([sys.executable, tool, *args], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE)
    path = done.stdout.decode().strip()
    if done.returncode or not path:
        # It has said on standard error what is wrong and what to do.
        raise SystemExit(done.returncode if 0 < done.returncode < 126 else 2)
    return path.splitlines()[-1]


# ------------------------------------------------------------------------------ one run

def at_terminal():
    """Whether a person can type: a terminal, and not from a job in the background."""
    try:
        return os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


class Step:
    """What the build left in its folder."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        known = {}
        try:
            with open(os.path.join(build, "hv.run")) as f:
                for line in f:
                    key, _, value = line.rstrip("\n").partition("=")
                    known[key] = value
            self.name, self.arch = known["step"], known["arch"]
            self.guests, self.default = known["guests"].split(), known["default"]
        except (OSError, KeyError):
            raise Bad("%s is not a built step: make STEP=n ARCH=a build" % build)
        self.elf = os.path.join(self.build, "hv.elf")
        self.flat = os.path.join(self.build, "hv.bin")
        self.elf32 = os.path.join(self.build, "hv32.elf")
        self.rom = os.path.join(self.build, "bochs.rom")
        self.target = os.path.join(self.build, "gdb.target")


class Run:
    """Everything that one run needs, found out and checked before the emulator starts."""

    FLAT_BASE = {"riscv64": 0x80200000, "aarch64": 0x40080000, "x86_64": 0x200000}
    # What Linux calls its console, and where it can print before that one works.
    CONSOLE = {"riscv64": ("ttyS0", "sbi"), "aarch64": ("ttyAMA0", "pl011,0x9000000"),
               "x86_64": ("ttyS0", "uart8250,io,0x3f8")}
    # Debian's kernel panics with less than that, natively too; other ISAs' live with the least MEM.
    LINUX_MEM = {"riscv64": 96 * MIB, "x86_64": 82 * MIB}

    def __init__(self, step, tmp, gdb=False, on_bochs=False):
        self.step = step
        self.tmp = tmp
        self.gdb = gdb
        # What the emulator ends with after arch_power_off(0).
        self.good = 1 if step.arch == "x86_64" and not on_bochs else 0
        self.cwd = None             # where the emulator is started
        self.user_left = False
        self.monitor, self.seen = os.path.join(tmp, "monitor"), []
        self.open_line = False      # what was shown last has no end
        self.nonce = secrets.token_hex(4)
        self.tty = at_terminal()
        self.log = os.path.join(tmp, "log")
        self.keep_log = var("LOG", os.path.join(step.build, "hv.log"))
        folder = os.path.dirname(os.path.abspath(self.keep_log))
        if not os.path.isdir(folder) or not os.access(folder, os.W_OK):
            raise Bad("LOG=%s can't be written: no such folder or no right to it" % self.keep_log)

        if var("ACCEL") and (step.arch != "x86_64" or on_bochs):
            raise Bad("ACCEL has a meaning with ARCH=x86_64 under QEMU only")
        self.final = step.name == "final"
        default_limit = 300 if self.final else 60
        limit = var("TIMEOUT", "" if self.tty else str(default_limit))
        self.limit = number("TIMEOUT", limit, 1, 86400) if limit else None
        self.smp = number("SMP", var("SMP", "1"), 1, 4)
        # All vCPUs of x86_64 run in turn on one CPU.
        self.cpus = 1 if step.arch == "x86_64" else self.smp
        self.mem = size("MEM", var("MEM", "256M"))
        if not 64 * MIB <= self.mem <= 2 * GIB or self.mem % (2 * MIB):
            raise Bad("MEM=%s is out of range: 64M to 2G, in steps of 2M" % var("MEM"))

        self.linear = None          # the image that is placed in guest RAM as it is
        self.initrd = None
        self.guest_words = []
        self.choose_guest()
        self.make_pflash()

    def choose_guest(self):
        guest, image = var("GUEST"), var("IMAGE")
        outside = ("linux", "nimbos") if self.final else ()
        known = self.step.guests
        if not self.final:
            for name in ("IMAGE", "BASE", "MEM", "PASS", "ENTRY"):
                if var(name):
                    raise Bad("%s has a meaning in STEP=final only" % name)
        if guest not in outside:
            for one in guest.split(",") if guest else ():
                if one.partition(":")[0] not in known:
                    there = " ".join(known + list(outside)) or "none"
                    raise Bad("GUEST=%s is not known; step %s has: %s" % (
                        guest, self.step.name, there))
            if not re.fullmatch(r"[\w:,.-]*", guest):
                raise Bad("GUEST=%s is not a list of names" % guest)
            if guest and image:
                raise Bad("GUEST=%s is built in, so IMAGE can't be given with it" % guest)
        if var("RUN") and guest != "linux":
            raise Bad("RUN is a command for Linux: give GUEST=linux with it")
        if var("ENTRY"):
            if self.step.arch != "x86_64":
                raise Bad("ENTRY has a meaning with ARCH=x86_64 only")
            if var("ENTRY") not in ("multiboot", "real"):
                raise Bad("ENTRY=%s is not known; choose one of: multiboot real" % var("ENTRY"))
            if not image or guest == "linux":
                raise Bad("ENTRY says how a flat IMAGE is entered: give IMAGE with it")
        if var("BASE") and not (image and guest != "linux"):
            raise Bad("BASE says where a flat IMAGE lies: give IMAGE with it")
        if guest == "linux":
            self.linux(image)
        elif image:
            self.flat(image)
        elif guest == "nimbos":
            raise Bad("GUEST=nimbos needs IMAGE=path of NimbOS's flat image (nimbos.bin)")
        else:
            self.guest = guest or self.step.default.replace(" ", ",")
            if var("APPEND"):
                self.guest_words.append(var("APPEND"))

    def linux(self, image):
        arch = self.step.arch
        self.guest = "linux"
        kernel = Image(image, arch) if image else Image(images_py("linux", arch), arch, "")
        least = self.LINUX_MEM.get(arch, 0)
        if not image and self.mem < least:
            raise Bad("MEM=%s is too little for Debian's kernel: it wants %dM, natively too"
                      % (var("MEM"), least // MIB))
        if not kernel.linux:
            raise Bad("%s is no Linux kernel for %s (it has no Image header)" % (
                kernel.name, arch))
        extra = []
        if var("RUN"):
            command = os.path.join(self.tmp, "run")
            with open(command, "wb") as f:
                f.write(os.fsencode(var("RUN")) + b"\n")
            extra = ["--run-file", command, "--out", os.path.join(self.tmp, "initramfs")]
        self.initrd = images_py("initramfs", arch, *extra)
        self.linear = kernel
        self.offset = kernel.text_offset
        # A kernel that panics reboots at once, which ends its VM; by itself it would hang for ever.
        console, early = self.CONSOLE[arch]
        words = ["console=" + console, "panic=-1", "earlycon=" + early if flag("V") else "quiet"]
        if var("APPEND"):
            words.append(var("APPEND"))
        if self.tty:
            words.append("ladder.interactive")
        self.bootargs = " ".join(words)
        self.fits(kernel)
        self.guest_words.append("mem=%d" % self.mem)

    def flat(self, path):
        self.guest = "nimbos" if var("GUEST") == "nimbos" else "image"
        image = self.linear = Image(path, self.step.arch)
        base = number("BASE", var("BASE", hex(self.FLAT_BASE[self.step.arch])), 0, 1 << 38)
        if var("ENTRY") == "multiboot" and base < MIB:
            raise Bad("BASE=%s is below 1 MiB, where an image starts in real mode: leave "
                      "ENTRY=multiboot out" % var("BASE"))
        if base % (4 * KIB):
            raise Bad("BASE=%s is not a multiple of 4096" % var("BASE"))
        if image.linux and self.guest == "nimbos":
            raise Bad("%s is a Linux kernel: give GUEST=linux with it" % image.name)
        if image.linux and var("ENTRY"):
            raise Bad("%s is a Linux kernel, which has an entry of its own: leave ENTRY out"
                      % image.name)
        if image.linux and var("BASE"):
            raise Bad("%s is a Linux kernel, whose header says where it lies: leave BASE out"
                      % image.name)
        # RAM starts at a multiple of 256 MiB, as on the machines that such images are made for; a
        # PC's at 0.
        self.offset = image.text_offset if image.linux else \
            base if self.step.arch == "x86_64" else base % (256 * MIB)
        self.bootargs = var("APPEND")
        self.fits(image)
        self.guest_words += ["mem=%d" % self.mem, "base=0x%x" % base]
        if var("ENTRY"):
            self.guest_words.append("entry=" + var("ENTRY"))

    def fits(self, image):
        need = self.offset + image.needs
        if self.initrd:
            need += os.stat(self.initrd).st_size + 6 * MIB
        if need > self.mem:
            raise Bad("%s does not fit: it needs %d MiB and MEM=%s" % (
                image.name, -(-need // MIB), var("MEM", "256M")))

    def guest_modules(self, ram):
        """The guest's images as modules, laid where they stay: at their place in the guest's RAM,
        which begins at host address ram."""
        out = ["-device", "guest-loader,addr=0x%x,kernel=%s%s" % (
            ram + self.offset, doubled(self.linear.path),
            ",bootargs=" + doubled(self.bootargs) if self.bootargs else "")]
        if self.initrd:
            # At the top of RAM, with room below the end for the guest's device tree.
            at = ram + self.mem - 4 * MIB - os.stat(self.initrd).st_size
            at -= at % (2 * MIB)
            out += ["-device", "guest-loader,addr=0x%x,initrd=%s" % (at, doubled(self.initrd))]
        return out

    def multiboot_modules(self):
        """The same on x86_64, where the hypervisor copies them: (file, name, words)."""
        if self.linear is None:
            return []
        kernel = (self.linear.path, "linux" if self.linear.linux else "image", self.bootargs)
        return [kernel] + ([(self.initrd, "initrd", "")] if self.initrd else [])

    def x86_memory(self):
        """256 MiB for the hypervisor, after which come the guest's memory and the modules."""
        if self.linear is None:
            return 512 * MIB
        modules = sum(os.stat(path).st_size for path, _, _ in self.multiboot_modules())
        return 256 * MIB + self.mem + -(-modules // (2 * MIB)) * 2 * MIB

    def make_pflash(self):
        self.pflash = os.path.join(self.tmp, "pflash")
        text = b"pfld" + b"the host's flash, untouched\0"
        with open(self.pflash, "wb") as f:
            f.write(text.ljust(4096, b"\xff"))

    def append(self):
        words = ["nonce=" + self.nonce]
        if self.guest:
            words.append("guest=" + self.guest)
        if flag("TRACE"):
            words.append("trace=1")
        elif self.gdb:
            words.append("trace=2")     # keeps the latest exits for the debugger, prints nothing
        if self.smp > 1:
            words.append("smp=%d" % self.smp)
        if var("PASS"):
            words.append("pass=" + var("PASS"))
        if var("GRADE"):
            words.append("grade=" + var("GRADE"))   # tools/grade.py's: its probe and a seed
        words.append("tty=%d" % self.tty)
        return " ".join(words + self.guest_words)

    def command(self, emu):
        cmd = [emu.path] + MACHINES[self.step.arch](emu, self) + [
            "-append", self.append(), "-smp", str(self.cpus), "-display", "none", "-no-reboot",
            # Ctrl-C goes to the guest (signal=off), Ctrl-A X leaves.
            "-chardev", "stdio,id=con,mux=%s,signal=off,logfile=%s,logappend=off" % (
                "on" if self.tty else "off", doubled(self.log)),
            "-serial", "chardev:con"]
        cmd += ["-mon", "chardev=con,mode=readline"] if self.tty else ["-monitor", "none"]
        if self.limit:
            cmd += ["-chardev", "socket,id=mon,server=on,wait=off,path=" + doubled(self.monitor),
                    "-mon", "chardev=mon,mode=readline"]
        # Time counted in instructions makes a step's run the same each time; Linux boots faster
        # and idles better without.
        if var("ICOUNT", "0" if self.final else "1") != "0" and "kvm" not in cmd:
            # With sleep=off QEMU 7.2 does not go on once a debugger has stopped it.
            cmd += ["-icount", "shift=0" if self.gdb else "shift=0,sleep=off"]
        return cmd


# ------------------------------------------------------------------------------ watching it

class Banner:
    """Takes OpenSBI's banner out of what is shown (the log keeps it)."""

    START, END = b"OpenSBI v", b"Boot HART MEDELEG"
    PATIENCE = 3.0                  # seconds, then whatever was held back is shown

    def __init__(self):
        self.held = b""
        self.blank = False          # still in the empty lines after the banner
        self.done = flag("V")
        self.since = time.monotonic()

    def feed(self, data):
        if self.blank:
            data = data.lstrip(b"\r\n")
            self.blank = not data
        if self.done:
            return data
        self.held += data
        text = self.held.lstrip(b"\r\n")
        if text and not text.startswith(self.START[:len(text)]):
            return self.give_up()
        at = text.find(self.END)
        end = text.find(b"\n", at) if at >= 0 else -1
        if end < 0:
            return b""
        rest = text[end + 1:].lstrip(b"\r\n")
        self.done, self.blank = True, not rest
        return b"(%s; V=1 shows its banner)\n" % text.split(b"\n", 1)[0].strip() + rest

    def give_up(self):
        self.done = True
        return self.held

    def tick(self):
        if not self.done and time.monotonic() - self.since > self.PATIENCE:
            return self.give_up()
        return b""


class Complaints:
    """Takes out of the emulator's standard error what is no matter of the user's."""

    # Said by a machine that is powered off, as aarch64's ends: nothing is left to wake it then. And
    # of x86 CPU models, of which TCG has not all: what we need of them was asked for before.
    NOISE = re.compile(rb"icount sleep disabled and no active timers|"
                       rb"TCG doesn't support requested feature")

    def __init__(self):
        self.held = b""
        self.all = flag("V")

    def feed(self, data):
        """What of it is to be shown; without data: all that was held back."""
        *lines, self.held = (self.held + data).splitlines(True) if data else [self.held, b""]
        if self.held.endswith(b"\n"):
            lines, self.held = lines + [self.held], b""
        return b"".join(line for line in lines if self.all or not self.NOISE.search(line))


class Signalled(Exception):
    pass


def on_signal(number, _frame):
    raise Signalled(number)


def die_with_parent():
    """An emulator must not outlive this program, even if that is killed (Linux only)."""
    try:
        import ctypes
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    except (ImportError, OSError, AttributeError):
        pass


def write_out(data, to=1):
    """To standard output whole, even where something left it non-blocking."""
    while data:
        try:
            data = data[os.write(to, data):]
        except BlockingIOError:
            select.select([], [to], [], 1)
        except (BrokenPipeError, OSError):
            return


def show(run, data):
    """What the console says, to standard output."""
    write_out(data)
    run.open_line = not data.endswith(b"\n") if data else run.open_line


def end_line(run):
    """What is said next starts on a line of its own, whatever a guest has left."""
    if run.open_line:
        write_out(b"\n")


def watch(command, run):
    """Runs the emulator to its end; its exit status, or None if the time was up."""
    saved = None
    if run.tty:
        import termios
        saved = termios.tcgetattr(0)
    # With a terminal it stays in the foreground's process group, or it could not read there.
    proc = subprocess.Popen(command, cwd=run.cwd,
                            stdin=None if run.tty else subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            start_new_session=not run.tty,
                            preexec_fn=die_with_parent if sys.platform == "linux" else None)
    try:
        banner, complaints = Banner(), Complaints()
        out, err = proc.stdout.fileno(), proc.stderr.fileno()
        still_open = [out, err]
        end = time.monotonic() + run.limit if run.limit else None
        while still_open:
            left = max(0, end - time.monotonic()) if end else 3600
            ready, _, _ = select.select(still_open, [], [],
                                        min(left, 0.5 if not banner.done else left))
            for fd in ready:
                data = os.read(fd, 65536)
                if not data:
                    still_open.remove(fd)
                elif fd == out:
                    show(run, banner.feed(data))
                else:
                    write_out(complaints.feed(data), 2)
            if out not in ready:
                show(run, banner.tick())
            if end and time.monotonic() >= end:
                break
        show(run, banner.give_up() if not banner.done else b"")
        write_out(complaints.feed(b""), 2)
        if still_open:
            run.seen = hang.ask_qemu(run.monitor)
            return None
        left = max(1, end - time.monotonic()) if end else None
        return proc.wait(left)
    except subprocess.TimeoutExpired:
        return None
    finally:
        # A second signal must not stop this half-way.
        for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(n, signal.SIG_IGN)
        if proc.poll() is None:
            try:
                proc.kill() if run.tty else os.killpg(proc.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            proc.wait()
        if saved:
            termios.tcsetattr(0, termios.TCSANOW, saved)


# ------------------------------------------------------------------------------ Bochs

class Serial:
    """COM1 under Bochs: what it prints comes from fd. A script's is a pipe. A person's is a
    pseudo-terminal, because the real one has to stay this program's: Ctrl-A X is for it."""

    def __init__(self, run):
        if run.tty:
            import tty
            self.fd, self.theirs = os.openpty()
            tty.setraw(self.theirs)
            self.setting = "mode=term, dev=" + os.ttyname(self.theirs)
        else:
            self.fd, self.theirs = os.pipe()
            self.setting = "mode=file, dev=/dev/fd/%d" % self.theirs
        self.escape = False         # after Ctrl-A

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)
        self.started()

    def started(self):
        """Bochs has its end: ours is closed, so that the end of Bochs is the end of the file."""
        if self.theirs is not None:
            os.close(self.theirs)
            self.theirs = None

    def read(self):
        try:
            return os.read(self.fd, 65536)
        except OSError:             # how a pseudo-terminal ends
            return b""

    def typed(self, data):
        """Hands on what was typed; whether it was Ctrl-A X. Ctrl-A A stands for Ctrl-A."""
        out = b""
        for key in (data[n:n + 1] for n in range(len(data))):
            if self.escape:
                self.escape = False
                if key in b"xX":
                    return True
                if key in b"aA\1":
                    out += b"\1"
            elif key == b"\1":
                self.escape = True
            else:
                out += key
        write_out(out, self.fd)
        return False


def bochs_command(emu, run, serial, commands=bochs.COMMANDS):
    """Makes the files of one run, and gives the command for it, to be run beside them.
    commands: what the debugger does first; after the last of them it asks its standard input."""
    model = var("CPU", "corei7_skylake_x")
    if var("MACHINE"):
        raise Bad("MACHINE is a word for QEMU; Bochs has only one machine")
    emu.check_version()
    emu.check_model(model.partition(",")[0])
    emu.check_debugger()
    memory = run.x86_memory()
    with open(run.step.elf, "rb") as f:
        elf = f.read()
    with open(run.step.rom, "rb") as f:
        code = f.read()
    with open(run.pflash, "rb") as f:
        flash = f.read()
    modules = [(path, os.fsencode(" ".join((name, args)) if args else name))
               for path, name, args in run.multiboot_modules()]
    try:
        placed = bochs.disk(os.path.join(run.tmp, "disk"), modules, memory) if modules else []
        base, rom = bochs.rom(code, elf, os.fsencode(run.append()), memory, flash, placed)
    except bochs.TooLarge as e:
        raise Bad(str(e))

    def put(name, content):
        with open(os.path.join(run.tmp, name), "wb") as f:
            f.write(content)

    put("rom", rom)
    put("video", bochs.no_video())
    put("commands", commands.encode())
    put("bochsrc", bochs.settings(base, model, run.cpus, memory, bool(modules), serial.setting,
                                  errors=not run.final or flag("V"), everything=flag("V"),
                                  ips=bochs.KERNEL_IPS if run.guest == "linux" else bochs.IPS
                                  ).encode())
    return [emu.path, "-q", "-f", "bochsrc", "-rc", "commands"]


def watch_bochs(command, run, serial):
    """Runs Bochs to its end; its exit status, or None if the time was up."""
    saved = None
    if run.tty:
        import termios
        saved = termios.tcgetattr(0)
    out = open(os.path.join(run.tmp, "bochs.out"), "wb")
    log = open(run.log, "wb", buffering=0)
    proc = subprocess.Popen(command, cwd=run.tmp, stdin=subprocess.DEVNULL, stdout=out,
                            stderr=subprocess.STDOUT, pass_fds=[serial.theirs],
                            start_new_session=True,
                            preexec_fn=die_with_parent if sys.platform == "linux" else None)
    try:
        serial.started()
        if saved:
            raw = termios.tcgetattr(0)
            raw[0] &= ~(termios.BRKINT | termios.ICRNL | termios.ISTRIP | termios.IXON)
            raw[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
            termios.tcsetattr(0, termios.TCSANOW, raw)
        end = time.monotonic() + run.limit if run.limit else None
        inputs = [serial.fd] + ([0] if run.tty else [])
        while True:
            left = max(0, end - time.monotonic()) if end else 3600
            ready, _, _ = select.select(inputs, [], [], left)
            if end and time.monotonic() >= end:
                run.seen = hang.ask_bochs(proc, out.name)
                return None
            if 0 in ready:
                data = os.read(0, 1024)
                if not data:
                    inputs.remove(0)
                elif serial.typed(data):
                    run.user_left = True
                    return None
            if serial.fd in ready:
                data = serial.read()
                if not data:
                    break
                log.write(data)
                show(run, data)
        return proc.wait(max(1, end - time.monotonic()) if end else None)
    except subprocess.TimeoutExpired:
        return None
    finally:
        # A second signal must not stop this half-way.
        for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(n, signal.SIG_IGN)
        if proc.poll() is None:
            try:
                os.killpg(proc.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            proc.wait()
        out.close()
        log.close()
        if saved:
            termios.tcsetattr(0, termios.TCSANOW, saved)


DEBUGGED = """\
Bochs' debugger, before the machine's first instruction; it has break points at:
  %s
c goes on to the next one (Ctrl-C stops), s is one instruction, r shows registers, creg and sreg
the others, "u /8" what comes next, help the rest; q leaves. gdb/README.md shows a session.
"""


def debug_bochs(command, run, serial):
    """Runs Bochs with its debugger at this terminal; its exit status. It stays in the foreground's
    process group, because it reads there; Ctrl-C is for it."""
    import termios
    saved = termios.tcgetattr(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end = time.monotonic() + run.limit if run.limit else None
    log = open(run.log, "wb", buffering=0)
    out = open(os.path.join(run.tmp, "bochs.out"), "wb")
    proc = subprocess.Popen(command, cwd=run.tmp, stderr=out, pass_fds=[serial.theirs],
                            preexec_fn=die_with_parent if sys.platform == "linux" else None)
    try:
        serial.started()
        while True:
            left = max(0, end - time.monotonic()) if end else 3600
            ready, _, _ = select.select([serial.fd], [], [], left)
            data = serial.read() if ready else b""
            if data:
                log.write(data)
                write_out(data)
            elif ready:
                break
            elif end and time.monotonic() >= end:
                return None
        return proc.wait()
    finally:
        if proc.poll() is None:
            proc.kill()
            proc.wait()
        out.close()
        log.close()
        termios.tcsetattr(0, termios.TCSANOW, saved)


def debugger_symbols(run):
    """A file for ldsym, of the hypervisor's and its guest's symbols, and commands that load it and
    set break points: (commands, names with a break point)."""
    lines, names = [], []

    def add(path, prefix):
        with open(path) as f:
            for line in f:
                address, kind, name = line.split()
                if kind in "aA":        # a number, such as GUEST_BASE
                    continue
                lines.append("%s %s%s\n" % (address, prefix, name))
                names.append(prefix + name)

    add(os.path.join(run.step.build, "hv.sym"), "")
    # Most guests have the same addresses, so that only one's names would be of use.
    guest = run.guest.partition(":")[0]
    path = os.path.join(run.step.build, "guest", guest + ".sym")
    if guest and os.path.exists(path):
        add(path, guest + ":")
    with open(os.path.join(run.tmp, "symbols"), "w") as f:
        f.writelines(lines)
    stops = [name for name in bochs.STOPS if name in names]
    commands = ['ldsym global "symbols"'] + ['lb "%s"' % name for name in stops]
    return "".join(line + "\n" for line in commands), stops


def explain(run, status):
    """Where Bochs gave up (or did not start), its reason; V=1: all that it printed."""
    def text(name):
        try:
            with open(os.path.join(run.tmp, name), errors="replace") as f:
                return f.read()
        except OSError:
            return ""

    out = text("bochs.out")
    if flag("V"):
        sys.stderr.write(out)
    if not status:
        return
    panics = re.findall(r">>PANIC<< (.*)", text("bochs.log")) or \
        re.findall(r">>PANIC<< (.*)", out)
    for line in panics:
        if not line.startswith("Shutdown port"):    # which is arch_power_off's
            say("Bochs: %s" % line.strip())


def verdict(run, status):
    """The exit status of a run whose emulator ended with status (None: the time was up)."""
    try:
        with open(run.log, "rb") as f:
            f.seek(0, os.SEEK_END)
            f.seek(max(0, f.tell() - 8192))
            text = f.read()
    except OSError:
        text = b""
    lines = [x.strip(b"\r") for x in text.split(b"\n") if x.strip()]
    last = lines[-1].decode(errors="replace") if lines else ""
    m = re.fullmatch(r"ladder: end %s status (\d+)" % run.nonce, last)
    if m and int(m.group(1)):
        return min(int(m.group(1)), 255)
    if m and status == run.good:
        return 0
    if run.user_left or run.tty and status == 0 and "QEMU: Terminated" in last:
        say("you left the emulator; the run was not finished")
        return USER_LEFT
    if status is None:
        where = hang.names(run.seen, os.path.join(run.step.build, "hv.sym"))
        say("no end after %d s (TIMEOUT=seconds allows more)%s" % (
            run.limit, "; last seen at " + where if where else ""))
        return TIMED_OUT
    if not text and status:
        say("the emulator did not start the machine (it ended with %d; why stands above)" % status)
        return NOT_ENDED
    how = "the emulator was killed by signal %d" % -status if status < 0 else \
        "the emulator ended with %d" % status
    if m:
        what = "but its last line reports success"
    elif re.search(r"ladder: end \w+ status \d+", last):
        what = "and the last line is another run's"
    else:
        what = "and the last line is not the hypervisor's report"
    say("the hypervisor did not end this run itself (%s, %s)" % (how, what))
    return NOT_ENDED


def keep(run, name="log", suffix=""):
    """The log goes beside the build in one move, because other runs may do the same."""
    log = os.path.join(run.tmp, name)
    if not os.path.exists(log):
        return
    place = os.path.splitext(run.keep_log)[0] + suffix if suffix else run.keep_log
    new = "%s.%d" % (place, os.getpid())
    try:
        shutil.copyfile(log, new)
        os.replace(new, place)
    except OSError as e:
        say("the log could not be kept as %s: %s" % (place, e.strerror))


# ------------------------------------------------------------------------------ the verbs

def verb_qemu(step, gdb=False):
    # A socket's path is limited to about a hundred characters.
    place = "/tmp" if len(tempfile.gettempdir()) > 60 else None
    with tempfile.TemporaryDirectory(prefix="ladder-", dir=place) as tmp:
        run = Run(step, tmp, gdb)
        command = run.command(Emulator(step.arch))
        if gdb:
            sock = os.path.join(tmp, "gdb")
            command += ["-S", "-gdb", "chardev:gdb", "-chardev",
                        "socket,id=gdb,path=%s,server=on,wait=off" % doubled(sock)]
            with open(step.target, "w") as f:
                f.write(sock + "\n")
            say("stopped at the first instruction; in a second terminal type:")
            say("    make STEP=%s ARCH=%s gdb" % (step.name, step.arch))
        if flag("V"):
            say(shlex.join(command))
        if run.tty:
            say("Ctrl-A X leaves the emulator, Ctrl-A C toggles its monitor")
        try:
            status = watch(command, run)
        finally:
            end_line(run)
            keep(run)
            if gdb:
                forget_target(step, sock)
        return verdict(run, status)


def verb_bochs(step):
    place = "/tmp" if len(tempfile.gettempdir()) > 60 else None
    with tempfile.TemporaryDirectory(prefix="ladder-", dir=place) as tmp:
        run = Run(step, tmp, on_bochs=True)
        emu = Bochs(step.arch)
        with Serial(run) as serial:
            command = bochs_command(emu, run, serial)
            if flag("V"):
                say(shlex.join(command))
            if run.tty:
                say("Ctrl-A X leaves the emulator")
            try:
                status = watch_bochs(command, run, serial)
            finally:
                end_line(run)
                keep(run)
                keep(run, "bochs.log", ".bochs")
        explain(run, status)
        return verdict(run, status)


def verb_bochs_debug(step):
    if not at_terminal():
        raise Bad("bochs-debug is for a person at a terminal; here make STEP=%s ARCH=x86_64 bochs "
                  "runs without" % step.name)
    place = "/tmp" if len(tempfile.gettempdir()) > 60 else None
    with tempfile.TemporaryDirectory(prefix="ladder-", dir=place) as tmp:
        run = Run(step, tmp, gdb=True, on_bochs=True)
        # What is typed goes to the debugger, so that a guest can't read it.
        run.tty = False
        emu = Bochs(step.arch)
        commands, stops = debugger_symbols(run)
        with Serial(run) as serial:
            command = bochs_command(emu, run, serial, commands)
            if flag("V"):
                say(shlex.join(command))
            sys.stderr.write(DEBUGGED % " ".join(stops))
            sys.stderr.flush()
            try:
                status = debug_bochs(command, run, serial)
            finally:
                keep(run)
                keep(run, "bochs.log", ".bochs")
        explain(run, status)
        # Whoever leaves a debugger may do so at any time.
        run.user_left = status == 0
        return verdict(run, status)


def forget_target(step, sock):
    """Unless a later qemu-gdb of the same step has put its own there."""
    try:
        with open(step.target) as f:
            mine = f.read().strip() == sock
        if mine:
            os.unlink(step.target)
    except OSError:
        pass


def verb_gdb(step):
    names = ("gdb-multiarch", "%s-elf-gdb" % step.arch, "%s-linux-gnu-gdb" % step.arch)
    gdb = next(filter(None, map(shutil.which, names)), None)
    if not gdb:
        raise Bad("gdb-multiarch is missing: %s" % doctor_command(step.arch))
    try:
        with open(step.target) as f:
            sock = f.read().strip()
    except OSError:
        sock = None
    # Its folder is there before the emulator has made the socket in it.
    end = time.monotonic() + 10
    while sock and os.path.isdir(os.path.dirname(sock)) and not os.path.exists(sock) \
            and time.monotonic() < end:
        time.sleep(0.02)
    if not sock or not os.path.exists(sock):
        raise Bad("nothing waits for GDB: first type in another terminal "
                  "make STEP=%s ARCH=%s qemu-gdb" % (step.name, step.arch))
    command = [gdb, "-q", os.path.join(step.build, "hv.elf")]
    script = os.path.join(ROOT, "gdb", "ladder.py")
    if os.path.exists(script):
        command += ["-x", script]
    command += ["-ex", "target remote " + sock] + shlex.split(var("GDBFLAGS"))
    os.execv(gdb, command)


def main():
    parser = argparse.ArgumentParser(description="Runs a built step under an emulator.")
    parser.add_argument("build", help="the folder with hv.elf and hv.run")
    parser.add_argument("verb", choices=["qemu", "qemu-gdb", "gdb", "bochs", "bochs-debug"])
    args = parser.parse_args()
    for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(n, on_signal)
    try:
        step = Step(args.build)
        if args.verb.startswith("bochs"):
            if step.arch != "x86_64":
                raise Bad("Bochs runs ARCH=x86_64 only, and this is ARCH=%s" % step.arch)
            return (verb_bochs if args.verb == "bochs" else verb_bochs_debug)(step)
        if args.verb == "gdb":
            return verb_gdb(step)
        return verb_qemu(step, gdb=args.verb == "qemu-gdb")
    except Bad as e:
        say(str(e))
        return 2
    except Signalled as e:
        say("stopped by %s" % signal.Signals(e.args[0]).name)
        return 128 + e.args[0]


if __name__ == "__main__":
    sys.exit(main())
