#!/usr/bin/env python3
"""Says which tools the course needs, which are here, and the one command that installs the rest.

    doctor.py [ARCH]            a table; status 0 when nothing required is missing, otherwise 2
    doctor.py --command [ARCH]  only the command
    doctor.py --install [ARCH]  runs that command where it can (root or sudo, on Debian and Ubuntu);
                                with --demo only for what running needs, not GDB nor pytest
    doctor.py --python          prints a Python that has pytest and pexpect
"""

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys

if sys.version_info < (3, 9):
    sys.exit("doctor: Python 3.9 or newer is needed and this is %s" % sys.version.split()[0])

ARCHES = ("riscv64", "aarch64", "x86_64")

# What each package manager calls a package; None where it has none.
PACKAGES = {
    "apt": {},                      # the names used below are Debian's
    "dnf": {
        "gcc-riscv64-linux-gnu": "gcc-riscv64-linux-gnu",
        "binutils-riscv64-linux-gnu": "binutils-riscv64-linux-gnu",
        "gcc-aarch64-linux-gnu": "gcc-aarch64-linux-gnu",
        "binutils-aarch64-linux-gnu": "binutils-aarch64-linux-gnu",
        "gcc-x86-64-linux-gnu": "gcc-x86_64-linux-gnu",
        "binutils-x86-64-linux-gnu": "binutils-x86_64-linux-gnu",
        "qemu-system-misc": "qemu-system-riscv-core", "opensbi": None,
        "qemu-system-arm": "qemu-system-aarch64-core",
        "qemu-system-x86": "qemu-system-x86-core",
        "gdb-multiarch": "gdb", "libc6-dev": "glibc-devel", "python3-pytest": "python3-pytest",
        "python3-pexpect": "python3-pexpect", "python3-pytest-xdist": "python3-pytest-xdist",
        "seabios": "seabios-bin", "bochs": "bochs", "bochs-term": None,
        "acpica-tools": "acpica-tools", "xz-utils": "xz",
        "dpkg": "dpkg", "apt": "apt", "gpgv": "gnupg2",
        "debian-archive-keyring": "debian-keyring",
    },
    "pacman": {
        "gcc-riscv64-linux-gnu": "riscv64-linux-gnu-gcc",
        "binutils-riscv64-linux-gnu": "riscv64-linux-gnu-binutils",
        "gcc-aarch64-linux-gnu": "aarch64-linux-gnu-gcc",
        "binutils-aarch64-linux-gnu": "aarch64-linux-gnu-binutils",
        "gcc-x86-64-linux-gnu": "gcc", "binutils-x86-64-linux-gnu": "binutils",
        "qemu-system-misc": "qemu-system-riscv", "opensbi": None,
        "qemu-system-arm": "qemu-system-aarch64",
        "qemu-system-x86": "qemu-system-x86", "gdb-multiarch": "gdb", "libc6-dev": None,
        "python3": "python",
        "python3-pytest": "python-pytest", "python3-pexpect": "python-pexpect",
        "python3-pytest-xdist": "python-pytest-xdist",
        "seabios": None, "bochs": "bochs", "bochs-term": None, "acpica-tools": "acpica",
        "xz-utils": "xz", "gpgv": "gnupg", "debian-archive-keyring": "debian-archive-keyring",
    },
}
COMMANDS = {
    "apt": "apt-get install --no-install-recommends -y",
    "dnf": "dnf install -y",
    "pacman": "pacman -S --needed",
}
CONTAINER = ("docker run -it --rm -v \"$PWD\":/ladder -w /ladder debian:12 "
             "sh -c 'apt-get update && apt-get install -y make python3 && make demo'")


def run(*command):
    """What a command prints, or '' if it can't be run."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""


def version_of(text):
    m = re.search(r"(?<![\w.])(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(x) for x in m.groups() if x is not None) if m else None


def dotted(version):
    return ".".join(map(str, version))


class Tool:
    """One thing that is wanted: its names, its Debian packages, the least version."""

    def __init__(self, what, names, packages, least=None, args=("--version",), why="",
                 required=True, find=None, demo=True):
        self.what, self.packages, self.why, self.required = what, packages, why, required
        self.demo = demo            # make demo needs it, too
        self.least = least
        self.path = self.version = None
        self.state = "missing"
        for name in names:
            path = find(name) if find else shutil.which(name)
            if not path:
                continue
            version = version_of(run(path, *args)) if args else None
            ok = not least or (version is not None and version >= least)
            if self.path is None or (ok and self.state != "ok"):
                self.path, self.version = path, version
                self.state = "ok" if ok else "too old"
            if ok:
                break


def debian_newer_than(debian, ubuntu):
    """Whether this is a newer Debian or Ubuntu than these: some packages were split."""
    try:
        with open("/etc/os-release") as f:
            facts = dict(line.rstrip().replace('"', "").partition("=")[::2] for line in f)
    except OSError:
        return False
    version = version_of(facts.get("VERSION_ID", "") + ".0")
    limit = ubuntu if "ubuntu" in facts.get("ID", "") + facts.get("ID_LIKE", "") else debian
    return version is None or version[:2] > limit


def system_tool(name):
    """Some lie in sbin, which an ordinary user's PATH need not have."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")


PYTHONS = ("/usr/bin/python3", "python3", "/usr/local/bin/python3", "/opt/homebrew/bin/python3")


def python_with(*modules):
    """A Python of 3.9 or newer that has these modules: PATH's first one often lacks them."""
    wanted = "import sys; assert sys.version_info >= (3, 9); import " + ", ".join(modules)
    chosen = os.environ.get("PYTHON")
    for name in ((chosen,) if chosen else ()) + PYTHONS:
        path = shutil.which(name)
        if path and subprocess.run([path, "-c", wanted], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL).returncode == 0:
            return path
    return None


CROSS = {
    "riscv64": ("riscv64-linux-gnu-", "riscv64-unknown-linux-gnu-", "riscv64-unknown-elf-",
                "riscv64-none-elf-", "riscv64-elf-"),
    "aarch64": ("aarch64-linux-gnu-", "aarch64-unknown-linux-gnu-", "aarch64-none-elf-",
                "aarch64-elf-"),
    "x86_64": ("x86_64-linux-gnu-", "x86_64-unknown-linux-gnu-", "x86_64-elf-"),
}
QEMU = {"riscv64": ("qemu-system-riscv64", "qemu-system-misc"),
        "aarch64": ("qemu-system-aarch64", "qemu-system-arm"),
        "x86_64": ("qemu-system-x86_64", "qemu-system-x86")}


FIRMWARE = {"riscv64": ("opensbi",), "x86_64": ("seabios",)}


def libraries_tool(what, packages, modules, why, required=True):
    tool = Tool(what, (), packages, why=why, required=required, demo=False)
    tool.path = python_with(*modules)
    tool.state = "ok" if tool.path else "missing"
    return tool


def compiler_with_libc(name):
    path = shutil.which(name)
    if path and subprocess.run([path, "-x", "c", "-fsyntax-only", "-"],
                               input=b"#include <stdio.h>\n", stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL).returncode == 0:
        return path
    return None


def gdb_with_python(name):
    path = shutil.which(name)
    if path and "42" in run(path, "-nx", "-batch", "-ex", "python print(6 * 7)"):
        return path
    return None


def own_gcc_is_for(arch):
    """Whether plain gcc is what mk/toolchain.mk takes at last."""
    return bool(re.match(arch + r"-.*linux", run("gcc", "-dumpmachine")))


def tools(arch):
    prefixes = CROSS[arch]
    if os.environ.get("TOOLPREFIX"):
        prefixes = (os.environ["TOOLPREFIX"],)
    debian_arch = arch.replace("_", "-")
    compiler, linker = "gcc-%s-linux-gnu" % debian_arch, "binutils-%s-linux-gnu" % debian_arch
    if platform.machine() in (arch, {"aarch64": "arm64"}.get(arch)):
        compiler, linker = "gcc", "binutils"    # this machine's own, under its full name, too
        if own_gcc_is_for(arch) and not os.environ.get("TOOLPREFIX"):
            prefixes += ("",)       # where it has no such name
    emulator, package = QEMU[arch]
    if arch == "riscv64" and debian_newer_than((12, 99), (24, 10)):
        package = "qemu-system-riscv"
    emulator = os.environ.get("LADDER_QEMU") or os.environ.get("QEMU") or emulator
    out = [
        Tool("GNU make", ("make", "gmake"), ["make"], (4, 0)),
        Tool("Python", ("/usr/bin/python3", "python3"), ["python3"], (3, 9)),
        Tool("C compiler for " + arch, [p + "gcc" for p in prefixes],
             [compiler], (10, 0), ("-dumpfullversion",)),
        Tool("binutils for " + arch, [p + "ld" for p in prefixes],
             [linker], (2, 35)),
        Tool("QEMU for " + arch, (emulator,), [package, *FIRMWARE.get(arch, ())], (7, 2)),
        Tool("GDB with Python", ("gdb-multiarch", "gdb"), ["gdb-multiarch"], (10, 0),
             why="make gdb and the tests", find=gdb_with_python, demo=False),
        Tool("this machine's own C compiler", ("cc", "gcc", "clang"), ["gcc", "libc6-dev"],
             why="make bench and the tests", find=compiler_with_libc, demo=False),
        libraries_tool("pytest, pexpect", ["python3-pytest", "python3-pexpect"],
                       ("pytest", "pexpect"), "make test"),
        libraries_tool("pytest-xdist", ["python3-pytest-xdist"], ("xdist",),
                       "tests side by side", False),
    ]
    if arch == "riscv64" and sys.platform == "linux":
        firmware = "/usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin"
        if out[4].path and out[4].path.startswith("/usr/bin/") and not os.path.exists(firmware):
            out[4].state = "missing"    # the emulator without the firmware that it starts
    if arch == "x86_64":
        answer = run(out[4].path, "-L", "help") if out[4].path else ""
        folders = [line for line in answer.splitlines() if os.path.isdir(line)]
        if folders and not any(os.path.exists(os.path.join(folder, "bios-256k.bin"))
                               for folder in folders):
            out[4].state = "missing"
        bochs = os.environ.get("LADDER_BOCHS") or os.environ.get("BOCHS") or "bochs"
        out += [
            # Debian's has its displays in packages of their own and wants one of them, though we
            # use none: the terminal's is the smallest.
            Tool("Bochs", (bochs,), ["bochs", "bochs-term"], (2, 7), ("--help", "cpu"),
                 why="VMX: make bochs"),
            Tool("iasl", ("iasl",), ["acpica-tools"], args=("-v",), why="ACPI tables, final"),
        ]
    guests = "the Linux guest"
    keyring = "/usr/share/keyrings/debian-archive-keyring"
    out += [
        Tool("apt-get", ("apt-get",), ["apt"], (2, 0), why=guests),
        Tool("dpkg-deb", ("dpkg-deb",), ["dpkg"], args=("--version",), why=guests),
        Tool("gpgv", ("gpgv", "sqv"), ["gpgv"], why=guests),
        Tool("Debian's archive keys", ("",), ["debian-archive-keyring"], args=None, why=guests,
             find=lambda _: next(filter(os.path.exists, (keyring + e for e in (".gpg", ".pgp"))),
                                 None)),
        Tool("xz", ("xz",), ["xz-utils"], why=guests),
        Tool("node", ("node", "nodejs"), ["nodejs"], why="diff pages as HTML", required=False),
        Tool("npm", ("npm",), ["npm"], why="diff pages as HTML", required=False),
    ]
    return out


# ------------------------------------------------------------------------------ installing

def manager():
    for name, program in (("apt", "apt-get"), ("dnf", "dnf"), ("pacman", "pacman")):
        # apt-get alone can be there as a guest's tool on Fedora: what counts is the system's own.
        if shutil.which(program) and (name != "apt" or os.path.exists("/etc/debian_version")):
            return name
    return None


def as_root():
    """What to put before a command to run it as root: '', 'sudo ' or None if that can't be."""
    if os.geteuid() == 0:
        return ""
    return "sudo " if shutil.which("sudo") else None


def lacking_in(found):
    return [t for t in found if t.required and t.state != "ok"]


def command_for(found):
    """The one command that installs everything that is required and not here; '' if none."""
    lacking = lacking_in(found)
    if not lacking:
        return ""
    which = manager()
    if not which:
        if sys.platform == "darwin":
            return CONTAINER
        return "install with your package manager: " + ", ".join(t.what for t in lacking)
    names = PACKAGES[which]
    packages = []
    # What is optional and small comes along, once there is something to install.
    extras = [t for t in found if not t.required and t.state != "ok" and t.what == "pytest-xdist"]
    for tool in lacking + extras:
        for package in tool.packages:
            package = names.get(package, package)
            if package and package not in packages:
                packages.append(package)
    prefix = as_root()
    line = "%s %s" % (COMMANDS[which], " ".join(packages))
    if which == "apt":
        return ("%sapt-get update && " % (prefix or "") + (prefix or "") + line) if prefix \
            is not None else "as root: apt-get update && " + line
    return (prefix or "") + line if prefix is not None else "as root: " + line


def can_install():
    if manager() != "apt":
        return False
    if os.geteuid() == 0:
        return True
    if not shutil.which("sudo"):
        return False
    # A person at a terminal can type sudo's password; a script can only do without one.
    return sys.stdin.isatty() or subprocess.run(
        ["sudo", "-n", "true"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL).returncode == 0


def install(arch, demo):
    def wanted():
        return [t for t in tools(arch) if t.demo or not demo]

    found = wanted()
    command = command_for(found)
    if not command:
        return 0
    lacking = lacking_in(found)
    what = ", ".join("%s (%s)" % (t.what, t.state) for t in lacking)
    if not can_install():
        print("doctor: missing: %s\ndoctor: to install it: %s" % (what, command), file=sys.stderr)
        return 2
    print("doctor: installing %s" % what, file=sys.stderr)
    print("doctor: %s" % command, file=sys.stderr)
    log = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT,
                         env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"))
    if log.returncode:
        sys.stderr.write(log.stdout.decode(errors="replace")[-2000:])
    lacking = lacking_in(wanted())
    if lacking:
        what = ", ".join("%s (%s)" % (t.what, t.state) for t in lacking)
        print("doctor: still not there: %s; this was to install it: %s" % (what, command),
              file=sys.stderr)
        return 2
    return 0


def table(arch):
    found = tools(arch)
    rows = [("tool", "wanted", "found", "", "")]
    for t in found:
        state = t.state if t.state == "ok" or t.required else "not here (optional)"
        here = dotted(t.version) if t.version else ("yes" if t.path else "-")
        rows.append((t.what, dotted(t.least) + " or newer" if t.least else "any", here, state,
                     t.why and "for " + t.why))
    widths = [max(len(r[i]) for r in rows) for i in range(4)]
    print("What %s needs:" % arch)
    for row in rows:
        line = "  ".join(cell.ljust(w) for cell, w in zip(row, widths))
        print(("  %s  %s" % (line, row[4])).rstrip())
    command = command_for(found)
    if not command:
        print("Everything that is required is here.")
        return 0
    print("To install what is missing or too old:\n    %s" % command)
    old = [t for t in found if t.required and t.state == "too old"]
    if old and manager() == "apt":
        print("If %s is still too old afterwards, this system is: Debian 12 or Ubuntu 24.04 "
              "has what is needed, also in a container." % ", ".join(t.what for t in old))
    return 2


def main():
    parser = argparse.ArgumentParser(description="Names missing tools and what installs them.")
    parser.add_argument("--command", action="store_true")
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--python", action="store_true")
    parser.add_argument("arch", nargs="?", default="riscv64")
    args = parser.parse_args()
    if args.arch not in ARCHES:
        print("doctor: ARCH=%s is not known; choose one of: %s" % (args.arch, " ".join(ARCHES)),
              file=sys.stderr)
        return 2
    if args.python:
        path = python_with("pytest", "pexpect")
        print(path or "")
        return 0 if path else 2
    if args.install:
        return install(args.arch, args.demo)
    if args.command:
        print(command_for(tools(args.arch)) or "make doctor ARCH=%s" % args.arch)
        return 0
    return table(args.arch)


if __name__ == "__main__":
    sys.exit(main())
