#!/usr/bin/env python3
"""What the hypervisor costs: of an exit, and of Linux as a guest beside Linux natively.

    bench.py [ARCH]

Executed instructions are what is compared and what has limits: under an emulator cycles and
seconds are not the hardware's, so they only stand beside. Native and guest runs take turns, with
the same kernel, initramfs, command line, memory and one CPU, from the emulator's start to the
power-off right after init's first line; what is shown is the median. Under Bochs (x86_64), which
counts by itself, it is to init's start, and there are fewer: a run takes half a minute. Variables:
N (timed runs of each kind, 5), MEM (256M and 1G if not given). Status: 0 all limits hold, 1 one
does not, 2 it could not be measured.
"""

import contextlib
import os
import re
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import types

import bochs
import newc
import run as runner

ROOT = runner.ROOT

BOCHS_LIMIT = 1.06
BOCHS_RUNS = 3
LINUX_LIMIT = {"riscv64": 1.04, "aarch64": 1.04, "x86_64": 1.03}

# Of what the guest "bench" measures: (what it calls it, what it is, its limit by ISA)
EXITS = (
    ("round-trip", "null hypercall: vcpu_run in a C loop", {"riscv64": 150, "aarch64": 95,
                                                              "x86_64": 150}),
    ("hypercall", "null hypercall, as a guest sees it", {}),
    ("mmio-read", "read of an emulated device's register", {}),
    ("page-fault", "first touch of a page of guest memory", {}),
    ("timer-irq", "timer interrupt, due to handler", {}),
)

# Native Linux on the same machine that the hypervisor gets.
NATIVE = {
    "riscv64": {"machine": ["-M", "virt", "-cpu", "rv64,h=true"],
                "firmware": (0x80000000, 0x80080000)},
    # QEMU itself answers what firmware would be asked, so there is none.
    "aarch64": {"machine": ["-M", "virt,virtualization=on,gic-version=2", "-cpu", "cortex-a72",
                            "-nic", "none"], "firmware": None},
    # Its SeaBIOS runs in both, once, and little.
    "x86_64": {"machine": ["-M", "q35", "-cpu", "EPYC,+svm,+npt,-cx16", "-nodefaults"],
               "firmware": None},
}

# Without a timer of its own for the guest, its interrupts come through the hypervisor.
OTHER_CPU = {"riscv64": ("rv64,h=true,sstc=false", "the same without Sstc")}

# An access alone, with the guest's loop: no exit takes as few.
NO_FAULT = 20

RUN_LIMIT = 120
BOCHS_RUN_LIMIT = 300
COUNTED_RUNS = 3


class Failed(Exception):
    """A run that can't be used: one line."""


def say(text):
    sys.stderr.write("bench: %s\n" % text)


class Ticker:
    """On a terminal, one line that tells how far it is."""

    def __init__(self, total):
        self.total, self.done, self.tty = total, 0, sys.stderr.isatty()

    def step(self, what):
        self.done += 1
        if self.tty:
            sys.stderr.write("\r\033[Krun %d of %d: %s" % (self.done, self.total, what))
            sys.stderr.flush()

    def clear(self):
        if self.tty:
            sys.stderr.write("\r\033[K")


# ------------------------------------------------------------------------------ measuring

class Sample:
    def __init__(self, wall=0.0, cpu=0.0, cycles=None, counts=None):
        self.wall, self.cpu, self.cycles, self.counts = wall, cpu, cycles, counts


def emulate(command, log, cwd=None, out=subprocess.DEVNULL, limit=RUN_LIMIT):
    """Runs an emulator to its end: (its status, None if it took too long; wall and CPU time)."""
    began = time.monotonic()
    with open(log, "wb") as err:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=err, start_new_session=True, cwd=cwd,
                                 preexec_fn=runner.die_with_parent)
    try:
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            wall = time.monotonic() - began
            if pid:
                child.returncode = os.waitstatus_to_exitcode(status)
                return child.returncode, wall, usage.ru_utime + usage.ru_stime
            if wall > limit:
                return None, wall, 0
            time.sleep(0.002)
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def last_words(path):
    try:
        with open(path, errors="replace") as f:
            lines = [line.strip() for line in f if line.strip()]
    except OSError:
        return ""
    return lines[-1] if lines else ""


class Counter:
    """The plugin of tools/plugin/count.c, built for the interface that this emulator has."""

    def __init__(self, emulator, tmp):
        self.why = None
        compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
        if not compiler:
            self.why = "no compiler for this machine itself: install gcc"
            return
        source = os.path.join(ROOT, "tools", "plugin", "count.c")
        for api in (1, 2):
            self.path = os.path.join(tmp, "count%d.so" % api)
            done = subprocess.run([compiler, "-O2", "-fPIC", "-shared", "-DPLUGIN_API=%d" % api,
                                   "-o", self.path, source], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, universal_newlines=True)
            if done.returncode:
                self.why = "the plugin does not build: " + done.stdout.strip().splitlines()[-1]
                return
            try:
                tried = subprocess.run(
                    [emulator, "-M", "none", "-nodefaults", "-display", "none", "-monitor",
                     "stdio", "-plugin", "%s,out=%s" % (self.path, os.devnull)], input=b"quit\n",
                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=20)
            except subprocess.TimeoutExpired:
                continue
            if tried.returncode == 0:
                return
        self.why = "this emulator takes no plugin of interface 1 or 2 (%s)" % (
            tried.stderr.decode(errors="replace").strip() or "it says nothing")

    def arguments(self, out, ranges):
        words = ["%s,out=%s" % (self.path, out)]
        words += ["range=0x%x:0x%x" % pair for pair in ranges]
        return ["-plugin", ",".join(words)]


def cycles_of(text):
    """What `perf stat -x, -e cycles:u` has counted (perf-stat(1), CSV FORMAT), or None. A machine
    with two kinds of processors has a line for each, and each may be "<not counted>"."""
    found = re.findall(r"^(\d+),[^,\n]*,[^,\n]*cycles", text, re.M)
    return sum(map(int, found)) or None


def perf_works():
    with contextlib.suppress(OSError):
        done = subprocess.run(["perf", "stat", "-x,", "-e", "cycles:u", "true"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, universal_newlines=True)
        return done.returncode == 0 and cycles_of(done.stderr) is not None
    return False


# ------------------------------------------------------------------------------ Bochs

def elf(pieces, entry):
    """A 64-bit ELF program of [(address, content)], nothing between them in the file."""
    at = 64 + 56 * len(pieces)
    head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 2, 62, 1, entry, 64, 0, 0, 64, 56,
                       len(pieces), 0, 0, 0)
    body = b""
    for address, content in pieces:
        head += struct.pack("<IIQQQQQQ", 1, 5, at + len(body), address, address, len(content),
                            len(content), 16)
        body += content
    return head + body


def stopping_initramfs():
    """Its init is the magic breakpoint by which Bochs stops, and then pause() for ever."""
    archive = newc.Archive()
    # Its place in the page is that in the file, or the kernel does not take it.
    archive.file("init", elf([(0x400078, bytes.fromhex("6687db b822000000 0f05 ebf7"))],
                             0x400078), 0o755)
    return archive.finish()


def native_program(kernel, initrd_at, initrd_size, words, memory):
    """What Bochs' ROM starts in place of a hypervisor: enters a kernel that lies where it prefers
    to by its 32-bit boot protocol (Linux, Documentation/arch/x86/boot.rst)."""
    params, line, stub = 0x10000, 0x11000, 0x12000
    page = bytearray(4096)
    end = 0x202 + kernel[0x201]
    page[0x1f1:end] = kernel[0x1f1:end]
    page[0x210] = 0xff
    struct.pack_into("<II", page, 0x218, initrd_at, initrd_size)
    struct.pack_into("<I", page, 0x228, line)
    areas = ((0, 0x9fc00, 1), (0x9fc00, 0x60400, 2), (runner.MIB, memory - runner.MIB, 1))
    page[0x1e8] = len(areas)
    for n, area in enumerate(areas):
        struct.pack_into("<QQI", page, 0x2d0 + 20 * n, *area)
    preferred, = struct.unpack_from("<Q", kernel, 0x258)
    # mov $params, %esi; clear %ebp, %edi, %ebx; jmp *preferred
    code = b"\xbe" + struct.pack("<I", params) + bytes.fromhex("31ed 31ff 31db b8") + \
        struct.pack("<I", preferred) + b"\xff\xe0"
    return elf([(params, bytes(page)), (line, words.encode() + b"\0"), (stub, code)], stub)


class Bench:
    def __init__(self, arch, tmp):
        self.arch, self.tmp = arch, tmp
        self.native = NATIVE[arch]
        self.emulator = runner.Emulator(arch)
        self.emulator.check_version()
        self.perf = perf_works()
        self.counter = Counter(self.emulator.path, tmp)
        self.step = None

    def build(self):
        make = [os.environ.get("MAKE", "make"), "-s", "-C", ROOT, "STEP=final",
                "ARCH=" + self.arch, "build"]
        environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS",
                                                                        "MAKELEVEL")}
        if subprocess.run(make, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL).returncode:
            raise runner.Bad("final could not be built (why stands above)")
        self.step = runner.Step(os.path.join(ROOT, "build", "final", self.arch))

    def hypervisor_range(self):
        """From the first to the last symbol of its image."""
        addresses = []
        with open(os.path.join(self.step.build, "hv.sym")) as f:
            for line in f:
                m = re.match(r"([0-9a-f]{8,16}) [tTrRdDbB] ", line)
                if m:
                    addresses.append(int(m.group(1), 16))
        return min(addresses), max(addresses) + 1

    def measure(self, command, log, check, counted, extra, cwd=None):
        """One run. check(status) raises Failed if it did not end as it should."""
        counts, cycles = os.path.join(self.tmp, "counts"), os.path.join(self.tmp, "cycles")
        for old in (counts, cycles):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(old)
        command = list(command) + list(extra)
        if counted is not None:
            command += self.counter.arguments(counts, counted)
        elif self.perf:
            command = ["perf", "stat", "-x,", "-e", "cycles:u", "-o", cycles, "--"] + command
        status, wall, cpu = emulate(command, log, cwd)
        if status is None:
            raise Failed("took more than %d s" % RUN_LIMIT)
        check(status)
        sample = Sample(wall, cpu)
        if counted is not None:
            with open(counts) as f:
                sample.counts = [int(line) for line in f]
        elif self.perf:
            with open(cycles) as f:
                sample.cycles = cycles_of(f.read())
        return sample

    # -------------------------------------------------------------------- Linux

    def run_native(self, mem, counted=None, extra=()):
        log, err = os.path.join(self.tmp, "native.log"), os.path.join(self.tmp, "native.err")
        command = [self.emulator.path] + self.native["machine"] + [
            "-m", "%dM" % (mem // runner.MIB), "-smp", "1", "-display", "none", "-no-reboot",
            "-monitor", "none", "-kernel", runner.images_py("linux", self.arch),
            "-initrd", runner.images_py("initramfs", self.arch),
            "-append", "console=%s quiet ladder.quick" % runner.Run.CONSOLE[self.arch][0],
            "-chardev", "file,id=con,path=" + log, "-serial", "chardev:con"]

        def check(status):
            with open(log, errors="replace") as f:
                reached = "reached init" in f.read()
            if status or not reached:
                raise Failed("native Linux ended with %s%s: %s" % (
                    status, "" if reached else " before its init", last_words(err)))

        return self.measure(command, err, check, counted, extra)

    def run_guest(self, mem, counted=None, extra=()):
        set_variables(GUEST="linux", MEM="%dM" % (mem // runner.MIB), APPEND="ladder.quick")
        with tempfile.TemporaryDirectory(dir=self.tmp) as tmp:
            run = runner.Run(self.step, tmp)
            err = os.path.join(tmp, "err")

            def check(status):
                verdict = runner.verdict(run, status)
                with open(run.log, errors="replace") as f:
                    reached = "reached init" in f.read()
                if verdict or not reached:
                    raise Failed("Linux as a guest ended with %s%s: %s" % (
                        verdict, "" if reached else " before its init",
                        last_words(err) or last_words(run.log)))

            return self.measure(run.command(self.emulator), err, check, counted, extra, run.cwd)

    def linux(self, mem, repeat, ticker):
        """-> whether the limit holds (None: it could not be measured)."""
        firmware = [self.native["firmware"]] if self.native["firmware"] else []
        steady = ["-icount", "shift=0,sleep=off"]
        kinds = (("native", self.run_native, firmware),
                 ("guest", self.run_guest, firmware + [self.hypervisor_range()]))
        free = {"native": [], "guest": []}
        fixed = {"native": [], "guest": []}
        timed = {"native": [], "guest": []}
        label = "MEM=%dM" % (mem // runner.MIB)
        for which, times, extra in ((free, COUNTED_RUNS, ()), (fixed, 1, steady)):
            for _ in range(0 if self.counter.why else times):
                for kind, one, ranges in kinds:
                    ticker.step("%s %s, counted" % (kind, label))
                    which[kind].append(one(mem, ranges, extra))
        for _ in range(repeat):
            for kind, one, _ranges in kinds:
                ticker.step("%s %s" % (kind, label))
                timed[kind].append(one(mem))
        ticker.clear()

        print("  %-32s%10s%10s%8s" % (label, "native", "guest", "ratio"))
        ratio = None
        if self.counter.why:
            print("  instructions: not counted, " + self.counter.why)
        else:
            ratio = compare("instructions", free, lambda s: sum(s.counts), 1e9, "G",
                            LINUX_LIMIT[self.arch])
            if firmware:
                compare("  of them in the firmware", free, lambda s: s.counts[1], 1e6, "M")
            inside = statistics.median(s.counts[-1] for s in free["guest"])
            print("  %-32s%10s%8.1f M" % ("  of them in the hypervisor", "", inside / 1e6))
            compare("with time that counts them", fixed, lambda s: sum(s.counts), 1e9, "G")
        if self.perf and all(s.cycles for kind in timed.values() for s in kind):
            compare("host cycles, user", timed, lambda s: s.cycles, 1e9, "G")
        else:
            print("  host cycles: not to be had here (perf stat counts none)")
        compare("host processor time", timed, lambda s: s.cpu, 1, "s")
        compare("wall time", timed, lambda s: s.wall, 1, "s")
        return None if ratio is None else ratio <= LINUX_LIMIT[self.arch]

    # -------------------------------------------------------------------- Linux under Bochs

    def ticks(self, emulator, run, program, modules, memory):
        """One run under Bochs, to init's first instruction: (ticks, wall time)."""
        def put(name, content):
            with open(os.path.join(run.tmp, name), "wb") as f:
                f.write(content)

        with open(run.step.rom, "rb") as f:
            code = f.read()
        base, rom = bochs.rom(code, program, os.fsencode(run.append()), memory, b"", modules)
        put("rom", rom)
        put("video", bochs.no_video())
        put("commands", b"continue\nptime\nquit\n")
        put("bochsrc", bochs.settings(base, "corei7_skylake_x", 1, memory, True,
                                      "mode=file, dev=serial", False, False,
                                      bochs.KERNEL_IPS).encode())
        out = os.path.join(run.tmp, "bochs.out")
        with open(out, "wb") as f:
            status, wall, _ = emulate([emulator.path, "-q", "-f", "bochsrc", "-rc", "commands"],
                                      os.path.join(run.tmp, "err"), run.tmp, f, BOCHS_RUN_LIMIT)
        with open(out, errors="replace") as f:
            text = f.read()
        found = re.search(r"^ptime: (\d+)", text, re.M)
        # Its debugger shows where it has stopped: not in the kernel, or in us, but in a program.
        if not found or not re.search(r"^\(0\) .* 0033:", text, re.M):
            raise Failed("Linux under Bochs ended with %s before its init: %s" % (
                status, last_words(os.path.join(run.tmp, "serial"))))
        return int(found[1]), wall

    def bochs_run(self, emulator, mem, native):
        set_variables(GUEST="linux", MEM="%dM" % (mem // runner.MIB))
        with tempfile.TemporaryDirectory(dir=self.tmp) as tmp:
            run = runner.Run(self.step, tmp, on_bochs=True)
            run.initrd = os.path.join(tmp, "initrd")
            initrd = stopping_initramfs()
            with open(run.initrd, "wb") as f:
                f.write(initrd)
            files = [(path, os.fsencode(" ".join((name, args)) if args else name))
                     for path, name, args in run.multiboot_modules()]
            if not native:
                memory = run.x86_memory()
                modules = bochs.disk(os.path.join(tmp, "disk"), files, memory)
                with open(self.step.elf, "rb") as f:
                    return self.ticks(emulator, run, f.read(), modules, memory)
            with open(files[0][0], "rb") as f:
                kernel = f.read()
            proper = os.path.join(tmp, "kernel")
            with open(proper, "wb") as f:
                f.write(kernel[(kernel[0x1f1] + 1) * 512:])
            preferred, size = struct.unpack_from("<QI", kernel, 0x258)
            places = (preferred, -(-(preferred + size) // (2 * runner.MIB)) * 2 * runner.MIB)
            placed = bochs.disk(os.path.join(tmp, "disk"),
                                [(proper, b""), (run.initrd, b"")], 1 << 31)
            modules = [(place, sector, length, b"") for place, (_, sector, length, _)
                       in zip(places, placed)]
            # CPUID lies about the clock there. The hypervisor tells its guest the true rate; without
            # it the native kernel would have far fewer timer ticks and far longer delays.
            words = "%s tsc=reliable tsc_early_khz=%d" % (run.bootargs, bochs.KERNEL_IPS // 1000)
            program = native_program(kernel, places[1], len(initrd), words, mem)
            return self.ticks(emulator, run, program, modules, mem)

    def linux_under_bochs(self, mem, ticker):
        """-> whether the limit holds."""
        emulator = runner.Bochs(self.arch)
        emulator.check_version()
        samples = {"native": [], "guest": []}
        for _ in range(BOCHS_RUNS):
            for kind in samples:
                ticker.step("%s under Bochs" % kind)
                ticks, wall = self.bochs_run(emulator, mem, kind == "native")
                samples[kind].append(types.SimpleNamespace(ticks=ticks, wall=wall))
        ticker.clear()
        print("  %-32s%10s%10s%8s" % ("MEM=%dM, Bochs, by VMX" % (mem // runner.MIB), "native",
                                      "guest", "ratio"))
        ratio = compare("ticks", samples, lambda s: s.ticks, 1e9, "G", BOCHS_LIMIT)
        compare("wall time", samples, lambda s: s.wall, 1, "s")
        return ratio <= BOCHS_LIMIT

    # -------------------------------------------------------------------- exits

    def exits(self, cpu=""):
        """What the guest "bench" prints: {name: instructions}."""
        set_variables(GUEST="bench", ICOUNT="1", CPU=cpu)
        with tempfile.TemporaryDirectory(dir=self.tmp) as tmp:
            run = runner.Run(self.step, tmp)
            err = os.path.join(tmp, "err")
            status, _, _ = emulate(run.command(self.emulator), err)
            verdict = runner.verdict(run, status)
            if verdict:
                raise Failed("the guest bench ended with %d: %s" % (
                    verdict, last_words(err) or last_words(run.log)))
            with open(run.log, errors="replace") as f:
                text = f.read()
        found = {name: int(n) for name, n in re.findall(r"^bench: (\S+) (\d+)", text, re.M)}
        # The hypervisor measures this one itself, with the guest ping.
        found.update(("round-trip", int(n)) for n in re.findall(
            r"^ladder: round trip: (\d+) instructions", text, re.M))
        return found

    def exit_table(self):
        found = self.exits()
        good = True
        for name, what, limits in EXITS:
            if name not in found:
                raise Failed("the run of the guest bench does not tell of %s" % name)
            limit = limits.get(self.arch)
            note = "" if limit is None else holds("%d" % limit, found[name] <= limit)
            if name == "page-fault" and found[name] < NO_FAULT:
                note = "   no fault: the memory was there already"
            print("  %-42s%8d%s" % (what, found[name], note))
            good = good and (limit is None or found[name] <= limit)
        if self.arch in OTHER_CPU:
            cpu, what = OTHER_CPU[self.arch]
            with contextlib.suppress(Failed):
                print("  %-42s%8d" % ("  " + what, self.exits(cpu)["timer-irq"]))
        return good


def holds(limit, does):
    return "   limit %s: %s" % (limit, "holds" if does else "DOES NOT HOLD")


def compare(what, samples, value, unit, suffix, limit=None):
    native = statistics.median(value(s) for s in samples["native"])
    guest = statistics.median(value(s) for s in samples["guest"])
    ratio = guest / native if native else float("nan")
    digits = 1 if suffix == "M" else 3
    print("  %-32s%8.*f %s%8.*f %s%8.3f" % (what, digits, native / unit, suffix, digits,
                                           guest / unit, suffix, ratio)
          + ("" if limit is None else holds("%.2f" % limit, ratio <= limit)))
    return ratio


def set_variables(**values):
    """What the runner reads; nothing of what the user has set for other runs."""
    for name in ("GUEST", "MEM", "APPEND", "ICOUNT", "CPU", "RUN", "IMAGE", "BASE", "TRACE", "SMP",
                 "PASS", "LOG", "V"):
        os.environ.pop("LADDER_" + name, None)
    os.environ.update({"LADDER_" + name: value for name, value in values.items() if value})


def main(argv):
    arch = argv[0] if argv else "riscv64"
    if len(argv) > 1 or arch not in NATIVE:
        say("ARCH=%s has no bench yet; there is one for: %s" % (
            " ".join(argv), " ".join(sorted(NATIVE))))
        return 2
    try:
        repeat = runner.number("N", os.environ.get("N") or "5", 1, 100)
        given = runner.var("MEM")
        sizes = [runner.size("MEM", given)] if given else [256 * runner.MIB, runner.GIB]
        with tempfile.TemporaryDirectory(prefix="ladder-bench-") as tmp:
            bench = Bench(arch, tmp)
            bench.build()
            print("What an exit costs, in executed instructions (guest, hypervisor, firmware)")
            good = [bench.exit_table()]
            print("\nDebian's Linux to its init and off again, guest beside native: medians of "
                  "%d counted\nand %d timed runs of each" % (COUNTED_RUNS, repeat))
            ticker = Ticker(len(sizes) * 2 * (repeat + COUNTED_RUNS + 1) +
                            2 * BOCHS_RUNS * (arch == "x86_64"))
            for mem in sizes:
                good.append(bench.linux(mem, repeat, ticker))
                sys.stdout.flush()
            if arch == "x86_64":
                good.append(bench.linux_under_bochs(sizes[0], ticker))
        if None in good:
            say("a limit could not be checked: the instructions were not counted")
            return 2
        return 0 if all(good) else 1
    except (runner.Bad, Failed) as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        say("stopped")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
