"""Packages of another Debian release and ISA, without touching the system's apt and without root.

apt itself does the work (mirror, proxy, signatures, hashes), with directories of its own below a
cache.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time

SUITE = "trixie"
DEBIAN_RELEASES = r"(bullseye|bookworm|trixie|forky|sid|stable|testing|unstable|oldstable)\b"

KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
)

# What a user has set about how to reach the network; hooks and everything else of the system stay
# out.
KEEP_SETTINGS = re.compile(
    r"^Acquire::(http|https|ftp|tor|Retries|ForceIPv[46]|Check-Valid-Until|Check-Date)\b", re.I)

HINT = "set DEBIAN_MIRROR to the address of a Debian mirror (as in an apt source's URIs line)"

FULL = "the disk of %s is full; LADDER_CACHE sets another cache directory"


class Unavailable(Exception):
    """Nothing to be had now: no apt, no mirror, no keyring. The text is one line for a person."""


def amount(size):
    return "%d kB" % (size / 1e3) if size < 1e6 else "%d MB" % round(size / 1e6)


def reason(output, status):
    """apt's first complaint, without the addresses that make it long."""
    complaints = re.findall(r"^[EW]: *(.*)", output, re.M) or ["apt ended with %d" % status]
    words = re.sub(r"//[^/@ ]*@", "//", re.sub(r"^Failed to fetch \S+ +", "", complaints[0]))
    return words.split("[IP:")[0].strip().rstrip(".")


class Progress:
    """A line that is rewritten on a terminal; elsewhere a line each ten seconds."""

    def __init__(self, what, total):
        self.what, self.total = what, total
        self.tty = sys.stderr.isatty()
        self.began = self.said = time.monotonic()
        if not self.tty:
            self._line("%s: fetching %s" % (what, amount(total)))

    def _line(self, text, end="\n"):
        sys.stderr.write(("\r\033[K" if self.tty else "") + text + end)
        sys.stderr.flush()

    def at(self, done):
        share = 100 * done // max(self.total, 1)
        text = "%s: %s of %s, %d %%" % (
            self.what, amount(done), amount(self.total), min(share, 100))
        now = time.monotonic()
        if self.tty:
            self._line(text, "")
        elif now - self.said >= 10:
            self._line(text)
            self.said = now

    def end(self, good):
        if good:
            took = time.monotonic() - self.began
            self._line("%s: %s in %.1f s" % (self.what, amount(self.total), took))
        elif self.tty:
            self._line("", "")


def keyring():
    for path in KEYRINGS:
        if os.path.exists(path):
            return path
    raise Unavailable("the archive's keys are not here: install the package debian-archive-keyring")


def need_apt():
    for tool in ("apt-get", "apt-config", "dpkg-deb"):
        if not shutil.which(tool):
            raise Unavailable("%s is not here: guest packages are fetched with apt, so run this on "
                              "Debian or Ubuntu, or in a container of one of them" % tool)


def index_targets(fields, *options):
    out = output("apt-get", *options, "indextargets", "--format", "\t".join(
        "$(%s)" % field for field in fields), "Created-By: Packages")
    return [line.split("\t") for line in out.splitlines() if not line.startswith("cdrom:")]


def system_mirrors():
    """The Debian mirrors that this system's own sources name, the likeliest first."""
    found = [site for site, origin, label in index_targets(("SITE", "ORIGIN", "LABEL"))
             if (origin, label) == ("Debian", "Debian")]
    if found:
        return list(dict.fromkeys(found))
    # Before its first apt-get update a system does not know what its mirrors hold. Then whatever
    # looks like Debian is tried, and the signature decides.
    with contextlib.suppress(OSError):
        with open("/etc/os-release") as f:
            on_debian = re.search(r"^ID=debian$", f.read(), re.M)
        likely = [site for site, release in index_targets(("SITE", "RELEASE"), "--no-release-info")
                  if on_debian or re.match(DEBIAN_RELEASES, release)]
        found = sorted(likely, key=lambda site: "security" in site)
    return list(dict.fromkeys(found))


def mirrors():
    given = os.environ.get("DEBIAN_MIRROR", "").strip()
    if given:
        if not re.match(r"[a-z0-9+]+:/", given):
            raise Unavailable("DEBIAN_MIRROR=%s is not an address; %s" % (given, HINT))
        return [given.rstrip("/")]
    found = system_mirrors()
    if not found:
        raise Unavailable("no Debian mirror in this system's apt sources; " + HINT)
    return found


def output(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, universal_newlines=True).stdout


def quote(value):
    return '"%s"' % value.replace("\\", "\\\\").replace('"', '\\"')


class Apt:
    """One ISA's private apt directories."""

    def __init__(self, root, isa):
        self.root, self.isa = os.path.join(root, isa), isa
        self.updated = False

    def _path(self, *parts):
        return os.path.join(self.root, *parts)

    def _system_settings(self):
        dump = output("apt-config", "dump")
        return [line for line in dump.splitlines() if KEEP_SETTINGS.match(line)]

    def _write_config(self, mirror):
        for d in ("etc", "state/lists/partial", "cache/archives/partial"):
            os.makedirs(self._path(d), exist_ok=True)
        with open(self._path("state", "status"), "a"):
            pass
        with open(self._path("etc", "debian.sources"), "w") as f:
            f.write("Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nArchitectures: %s\n"
                    "Signed-By: %s\n" % (mirror, SUITE, self.isa, keyring()))
        settings = self._system_settings()
        settings += [
            "APT::Architecture %s;" % quote(self.isa),
            "APT::Architectures { %s; };" % quote(self.isa),
            # As root apt would switch to a user who can't reach a cache below root's home.
            "APT::Sandbox::User %s;" % quote("root"),
            "APT::Update::Error-Mode %s;" % quote("any"),
            "Acquire::Languages %s;" % quote("none"),
            "Acquire::Retries %s;" % quote("1"),
            "Acquire::http::Timeout %s;" % quote("15"),
            "Acquire::https::Timeout %s;" % quote("15"),
            "Dir::State %s;" % quote(self._path("state")),
            "Dir::State::status %s;" % quote(self._path("state", "status")),
            "Dir::Cache %s;" % quote(self._path("cache")),
            # Little on disk counts for more than a second on the rare call.
            "Dir::Cache::pkgcache %s;" % quote(""),
            "Dir::Cache::srcpkgcache %s;" % quote(""),
            "Acquire::GzipIndexes %s;" % quote("true"),
            "Dir::Etc::sourcelist %s;" % quote(self._path("etc", "debian.sources")),
        ]
        settings += ["Dir::Etc::%s %s;" % (name, quote("/dev/null")) for name in (
            "main", "parts", "sourceparts", "preferences", "preferencesparts", "trusted",
            "trustedparts")]
        with open(self._path("apt.conf"), "w") as f:
            f.write("\n".join(settings) + "\n")

    def _run(self, *command):
        # APT_CONFIG is read before the system's own files, so that these can be left out.
        env = dict(os.environ, APT_CONFIG=self._path("apt.conf"), LC_ALL="C")
        return subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, universal_newlines=True)

    def update(self):
        if self.updated:
            return
        need_apt()
        keyring()
        why = ""
        for mirror in mirrors():
            self._write_config(mirror)
            done = self._run("apt-get", "-q", "update")
            if done.returncode == 0:
                self.updated = True
                return
            if "NO_PUBKEY" in done.stdout or "Missing key" in done.stdout:
                raise Unavailable("this system's debian-archive-keyring has no key that signed "
                                  "%s: install a newer debian-archive-keyring" % SUITE)
            if "No space left" in done.stdout:
                raise Unavailable(FULL % self.root)
            shown = re.sub(r"//[^/@]*@", "//", mirror)
            why = why or "%s: %s" % (shown, reason(done.stdout, done.returncode))
        raise Unavailable("no mirror serves Debian %s for %s now (%s); %s" % (
            SUITE, self.isa, why, HINT))

    def depends(self, package):
        self.update()
        out = self._run("apt-cache", "show", "--no-all-versions", package).stdout
        found = re.search(r"^Depends: (.*)$", out, re.M)
        return re.findall(r"(\S+)(?: \([^)]*\))?(?:,|$)", found.group(1)) if found else []

    def fetch(self, package, directory):
        """-> (path of the .deb, its version, its SHA256 as the signed index tells it)."""
        self.update()
        out = self._run("apt-get", "-q", "--print-uris", "download", package).stdout
        found = re.search(r"^'(\S+)' (\S+) (\d+) SHA256:([0-9a-f]{64})$", out, re.M)
        if not found:
            raise Unavailable("Debian %s has no package %s for %s on this mirror" % (
                SUITE, package, self.isa))
        uri, name, size, sha256 = found.groups()
        size = int(size)
        os.makedirs(directory, exist_ok=True)
        final, partial = os.path.join(directory, name), os.path.join(directory, name + ".part")
        found = re.search(r"d='(.*?)/*'", output("apt-config", "shell", "d", "Dir::Bin::methods/d"))
        libraries = os.path.dirname(found.group(1)) if found else "/usr/lib/apt"
        helper = os.path.join(libraries, "apt-helper")
        # Twice: what an earlier run left may be damaged, and apt then removes it.
        for _ in range(2):
            done = self._download(helper, uri, partial, size, sha256, package)
            if done.returncode == 0:
                os.chmod(partial, 0o644)
                os.replace(partial, final)
                return final, name.split("_")[1].replace("%3a", ":"), sha256
            if "Hash Sum mismatch" not in done.stdout:
                break
            for rest in (partial, partial + ".FAILED"):
                if os.path.exists(rest):
                    os.remove(rest)
        if "No space left" in done.stdout:
            raise Unavailable(FULL % directory)
        why = reason(done.stdout, done.returncode)
        raise Unavailable("%s could not be fetched (%s); what has come is kept, so try again, or %s"
                          % (package, why, HINT))

    def _download(self, helper, uri, partial, size, sha256, package):
        env = dict(os.environ, APT_CONFIG=self._path("apt.conf"), LC_ALL="C")
        progress = Progress("%s (%s)" % (package, self.isa), size)
        command = [helper, "-q", "download-file", uri, partial, "SHA256:" + sha256]
        log = self._path("download.log")
        with open(log, "w") as f:
            process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=f,
                                       stderr=f)
            try:
                while process.poll() is None:
                    time.sleep(0.1)
                    try:
                        progress.at(os.stat(partial).st_size)
                    except OSError:
                        pass
            except BaseException:
                process.terminate()
                process.wait()
                raise
        progress.end(process.returncode == 0)
        with open(log, errors="replace") as f:
            return subprocess.CompletedProcess(command, process.returncode, f.read())


def unpack(deb, wanted):
    """The members of a .deb for which wanted(path) gives a name: -> {name: bytes}."""
    process = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = {}
    try:
        with tarfile.open(fileobj=process.stdout, mode="r|") as tar:
            for member in tar:
                name = wanted(member.name[2:] if member.name.startswith("./") else member.name)
                if name and member.isreg():
                    found[name] = tar.extractfile(member).read()
    finally:
        process.stdout.close()
        process.wait()
    return found
