#!/usr/bin/env python3
"""Guest images and libfdt from Debian 13's packages, kept in a cache outside the tree.

    images.py linux ARCH                      the path of Debian's kernel image
    images.py initramfs ARCH [--run-file FILE] [-o OUT]
                                              the path of a busybox initramfs; its init runs FILE
    images.py libfdt ARCH                     a directory with libfdt.a and its headers
    images.py all ARCH                        fetches all of them
    images.py check                           verifies what is in the cache, fetches nothing

ARCH is riscv64, aarch64 (arm64) or x86_64 (amd64). The cache is $LADDER_CACHE, or ladder below
$XDG_CACHE_HOME or ~/.cache. The mirror is $DEBIAN_MIRROR, or the one in the system's apt sources.
Paths go to standard output, everything else to standard error. Status 2: not to be had now.
"""

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import re
import struct
import sys
import tempfile
import time

import debian
import newc

HERE = os.path.dirname(os.path.abspath(__file__))

DEBIAN_NAMES = {"riscv64": "riscv64", "aarch64": "arm64", "arm64": "arm64",
                "x86_64": "amd64", "amd64": "amd64"}

# Kernel packages by ISA: the package that depends on the newest kernel.
KERNELS = {"riscv64": "linux-image-riscv64", "arm64": "linux-image-cloud-arm64",
           "amd64": "linux-image-cloud-amd64"}

MODULES = re.compile(
    r".*/lib/modules/.*/(virtio_mmio|virtio_blk|virtio_net|net_failover|failover)\.ko\.xz$")

# Change it when what is made from a package changes: older results are then made anew.
RECIPE = 1


def say(text):
    sys.stderr.write("images: %s\n" % text)


def cache_root():
    given = os.environ.get("LADDER_CACHE")
    if given:
        return os.path.abspath(given)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(os.path.abspath(base), "ladder")


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def write_file(path, data):
    """All or nothing, so that a reader never sees half a file."""
    fd, temporary = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".new-")
    try:
        with os.fdopen(fd, "wb") as f:
            f.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


# What is made from the packages


def linux_files(apt, fetch):
    meta = KERNELS[apt.isa]
    versioned = [p for p in apt.depends(meta) if p.startswith("linux-image-")]
    if not versioned:
        raise debian.Unavailable("Debian's package %s names no kernel on this mirror" % meta)
    deb = fetch(versioned[0])

    def wanted(path):
        if re.match(r"boot/vmlinu[xz]-", path):
            return os.path.basename(path)
        return os.path.basename(path)[:-3] if MODULES.match(path) else None

    files = debian.unpack(deb, wanted)
    return {name: unxz(data) if name.endswith(".ko") else data for name, data in files.items()}


def unxz(data):
    import lzma
    return lzma.decompress(data)


def busybox_files(apt, fetch):
    deb = fetch("busybox-static")
    places = ("usr/bin/busybox", "bin/busybox")
    return debian.unpack(deb, lambda path: "busybox" if path in places else None)


def libfdt_files(apt, fetch):
    deb = fetch("libfdt-dev")
    wanted = ("libfdt.a", "libfdt.h", "fdt.h", "libfdt_env.h")
    files = debian.unpack(deb, lambda path: os.path.basename(path)
                          if os.path.basename(path) in wanted else None)
    if apt.isa == "riscv64":
        files["libfdt.a"] = soft_float(files["libfdt.a"])
    return files


def soft_float(archive):
    """Debian's riscv64 objects say that they pass floats in registers, and the linker refuses to
    mix them with the hypervisor's lp64. libfdt has no floats: take that claim out of each member's
    ELF header."""
    ef_riscv_float_abi = 0x6
    out, at = bytearray(archive), 8
    while at + 60 <= len(out):
        size, body = int(out[at + 48:at + 58]), at + 60
        if out[body:body + 4] == b"\x7fELF":
            flags, = struct.unpack_from("<I", out, body + 48)
            struct.pack_into("<I", out, body + 48, flags & ~ef_riscv_float_abi)
        at = body + size + (size & 1)
    return bytes(out)


# name: (how to make it, the files that it must have)
ITEMS = {
    "linux": (linux_files, (r"vmlinu[xz]-.*", r"virtio_mmio\.ko", r"virtio_blk\.ko",
                            r"virtio_net\.ko")),
    "busybox": (busybox_files, (r"busybox",)),
    "libfdt": (libfdt_files, (r"libfdt\.a", r"libfdt\.h", r"fdt\.h", r"libfdt_env\.h")),
}


class Cache:
    """ROOT/ISA/ITEM-HASH/… made from ROOT/deb/ISA/….deb, and ROOT/ISA/ITEM.json, the stamp that
    tells the hashes of both. The stamp is written last and everything is renamed into place, so
    that reading needs no lock."""

    def __init__(self):
        self.root = cache_root()
        self.apts = {}

    @contextlib.contextmanager
    def lock(self):
        with open(os.path.join(self.root, "lock"), "w") as f:
            try:
                fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("another one is fetching; waiting for it")
                fcntl.flock(f, fcntl.LOCK_EX)
            yield

    def _stamp_path(self, isa, item):
        return os.path.join(self.root, isa, item + ".json")

    def stamp(self, isa, item):
        try:
            with open(self._stamp_path(isa, item)) as f:
                stamp = json.load(f)
            whole = stamp["recipe"] == RECIPE and stamp["directory"] and stamp["files"]
            return stamp if whole and stamp["deb"]["path"] else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def files_damaged(self, isa, stamp):
        """The first extracted file that is not what it was, or None."""
        for name, known in sorted(stamp["files"].items()):
            path = os.path.join(self.root, isa, stamp["directory"], name)
            try:
                if os.stat(path).st_size == known["size"] and sha256_of(path) == known["sha256"]:
                    continue
            except OSError:
                pass
            return path
        return None

    def deb_damaged(self, stamp, thorough=False):
        """The path of the .deb if it is there and not what it was. Its 100 MB are hashed only if it
        looks touched since it was last seen whole."""
        deb = stamp["deb"]
        path = os.path.join(self.root, deb["path"])
        try:
            seen = os.stat(path)
            same = (seen.st_size, seen.st_mtime_ns) == (deb["size"], deb["mtime_ns"])
            if (same and not thorough) or sha256_of(path) == deb["sha256"]:
                return None
        except FileNotFoundError:
            return None
        except OSError:
            pass
        return path

    def get(self, isa, item):
        """-> (directory, stamp) of a whole item, fetched or made again where need be."""
        stamp = self.stamp(isa, item)
        if not stamp or self.files_damaged(isa, stamp) or self.deb_damaged(stamp):
            os.makedirs(os.path.join(self.root, isa), exist_ok=True)
            with self.lock():
                stamp = self._make(isa, item)
        return os.path.join(self.root, isa, stamp["directory"]), stamp

    def _make(self, isa, item):
        stamp = self.stamp(isa, item)
        if stamp:
            # Another run may have done the work while this one waited for the lock.
            bad_file, bad_deb = self.files_damaged(isa, stamp), self.deb_damaged(stamp)
            if bad_deb:
                say("%s in the cache is damaged: fetching it again" % bad_deb)
                os.unlink(bad_deb)
            if bad_file:
                say("%s in the cache is damaged: making it again" % bad_file)
            elif bad_deb:
                try:
                    return self._build(isa, item, None)
                except debian.Unavailable as error:
                    say("%s; what was extracted from it before is whole and is used" % error)
                    return stamp
            else:
                return stamp
        return self._build(isa, item, stamp)

    def _build(self, isa, item, old):
        make, needed = ITEMS[item]
        fetched = {}

        def fetch(package):
            known = old["deb"] if old else None
            path = os.path.join(self.root, known["path"]) if known else None
            if path and os.path.exists(path):
                if sha256_of(path) == known["sha256"]:
                    fetched.update(known)
                    return path
            path, version, sha256 = apt.fetch(package, os.path.join(self.root, "deb", isa))
            fetched.update(path=os.path.relpath(path, self.root), version=version, sha256=sha256)
            return path

        apt = self.apts.setdefault(isa, debian.Apt(os.path.join(self.root, "apt"), isa))
        if old and os.path.exists(os.path.join(self.root, old["deb"]["path"])):
            # The .deb is here, so apt need not be asked which one it is.
            apt = KnownPackage(isa, old["deb"]["path"])
            try:
                files = make(apt, fetch)
            except debian.Unavailable:
                return self._build(isa, item, None)
        else:
            files = make(apt, fetch)
        for pattern in needed:
            if not any(re.fullmatch(pattern, name) for name in files):
                raise debian.Unavailable("%s lacks a file like %s" % (fetched["path"], pattern))
        return self._keep(isa, item, files, fetched)

    def _keep(self, isa, item, files, deb):
        known = {name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                 for name, data in files.items()}
        seen = os.stat(os.path.join(self.root, deb["path"]))
        deb = dict(deb, size=seen.st_size, mtime_ns=seen.st_mtime_ns)
        directory = "%s-%s" % (item, deb["sha256"][:12])
        final = os.path.join(self.root, isa, directory)
        os.makedirs(final, exist_ok=True)
        for name, data in files.items():
            write_file(os.path.join(final, name), data)
        stamp = {"recipe": RECIPE, "directory": directory, "deb": deb, "files": known}
        text = json.dumps(stamp, indent=1, sort_keys=True) + "\n"
        write_file(self._stamp_path(isa, item), text.encode())
        return stamp


class KnownPackage:
    """Stands for apt where the .deb is in the cache already."""

    def __init__(self, isa, path):
        self.isa, self.package = isa, os.path.basename(path).split("_")[0]

    def depends(self, _):
        return [self.package]

    def fetch(self, package, _):
        raise debian.Unavailable(package)


# The initramfs


def initramfs(cache, isa):
    _, kernel = cache.get(isa, "linux")
    busybox_dir, _ = cache.get(isa, "busybox")
    kernel_dir = os.path.join(cache.root, isa, kernel["directory"])

    def read(*path):
        with open(os.path.join(*path), "rb") as f:
            return f.read()

    archive = newc.Archive()
    for name in ("bin", "dev", "etc", "lib", "lib/modules", "proc", "root", "sys", "tmp"):
        archive.directory(name)
    archive.device("dev/console", 5, 1)
    archive.device("dev/null", 1, 3, 0o666)
    archive.device("dev/tty", 5, 0, 0o666)
    archive.file("bin/busybox", read(busybox_dir, "busybox"), 0o755)
    archive.link("bin/sh", "busybox")
    for name in sorted(kernel["files"]):
        if name.endswith(".ko"):
            archive.file("lib/modules/" + name, read(kernel_dir, name))
    archive.file("init", read(HERE, "initramfs", "init"), 0o755)
    return archive.finish()


def run_segment(command):
    """A second archive behind the first: the kernel unpacks one after the other."""
    archive = newc.Archive()
    archive.directory("etc")
    archive.file("etc/run", command)
    return archive.finish()


def drop_old(directory, days=2):
    """Archives that were made for other commands, or by another version of this program."""
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        with contextlib.suppress(OSError):
            age = time.time() - os.stat(path).st_mtime
            if name.endswith(".cpio") and age > days * 86400:
                os.unlink(path)


# The command line


def cmd_linux(cache, isa, _):
    directory, stamp = cache.get(isa, "linux")
    name = next(name for name in stamp["files"] if name.startswith("vmlinu"))
    return os.path.join(directory, name)


def cmd_initramfs(cache, isa, args):
    data, out = initramfs(cache, isa), args.out
    if args.run_file:
        with open(args.run_file, "rb") as f:
            data += run_segment(f.read())
    if not out:
        kind = "run" if args.run_file else "initramfs"
        name = "%s-%s.cpio" % (kind, hashlib.sha256(data).hexdigest()[:12])
        out = os.path.join(cache.root, isa, name)
        with contextlib.suppress(OSError):
            with open(out, "rb") as f:
                if f.read() == data:
                    return out
        drop_old(os.path.dirname(out))
    write_file(out, data)
    return os.path.abspath(out)


def cmd_libfdt(cache, isa, _):
    return cache.get(isa, "libfdt")[0]


def cmd_all(cache, isa, args):
    args.run_file = args.out = None
    return "\n".join(verb(cache, isa, args) for verb in (cmd_linux, cmd_initramfs, cmd_libfdt))


def cmd_check(cache):
    whole = damaged = 0
    for isa in sorted(set(DEBIAN_NAMES.values())):
        for item in ITEMS:
            stamp = cache.stamp(isa, item)
            if not stamp:
                continue
            bad = cache.files_damaged(isa, stamp) or cache.deb_damaged(stamp, thorough=True)
            if bad:
                damaged += 1
                say("%s is damaged: it is fetched again when next used" % bad)
                if bad.endswith(".deb"):
                    # The quick check looks at its time only, which this damage may have left alone.
                    os.unlink(bad)
            else:
                whole += 1
                print("%s %s: whole, %s" % (isa, item, os.path.basename(stamp["deb"]["path"])))
    print("%d whole, %d damaged in %s" % (whole, damaged, cache.root))
    return 1 if damaged else 0


VERBS = {"linux": cmd_linux, "initramfs": cmd_initramfs, "libfdt": cmd_libfdt, "all": cmd_all}


def arguments(argv):
    parser = argparse.ArgumentParser(
        prog="images.py", usage="images.py linux|initramfs|libfdt|all ARCH | check",
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=sorted(VERBS) + ["check"], metavar="VERB")
    parser.add_argument("arch", nargs="?", metavar="ARCH")
    parser.add_argument("--run-file", metavar="FILE", help="a shell script that init runs")
    parser.add_argument("-o", "--out", metavar="OUT", help="where the initramfs is written")
    args = parser.parse_args(argv)
    if args.verb != "check" and args.arch not in DEBIAN_NAMES:
        parser.error("ARCH is one of " + ", ".join(sorted(DEBIAN_NAMES)))
    return args


def main(argv):
    args = arguments(argv)
    cache = Cache()
    try:
        os.makedirs(cache.root, exist_ok=True)
        if args.verb == "check":
            return cmd_check(cache)
        print(VERBS[args.verb](cache, DEBIAN_NAMES[args.arch], args))
        return 0
    except debian.Unavailable as error:
        say(error)
        return 2
    except OSError as error:
        say("%s: %s; LADDER_CACHE sets another cache directory" % (
            error.filename or cache.root, error.strerror))
        return 2
    except KeyboardInterrupt:
        say("stopped; what has come is kept, and the next run goes on from there")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
