"""Writes cpio archives of the kind that Linux unpacks as its initramfs ("newc")."""

import stat


class Archive:
    def __init__(self):
        self.out, self.inode = bytearray(), 0

    def _entry(self, name, mode, data=b"", device=(0, 0)):
        self.inode += 1
        encoded = name.encode() + b"\0"
        # No owner and no time: the same content always gives the same bytes.
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, device[0], device[1],
                  len(encoded), 0)
        self.out += b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        self._pad(4)
        self.out += data
        self._pad(4)

    def _pad(self, unit):
        self.out += bytes(-len(self.out) % unit)

    def directory(self, name, mode=0o755):
        self._entry(name, stat.S_IFDIR | mode)

    def file(self, name, data, mode=0o644):
        self._entry(name, stat.S_IFREG | mode, data)

    def link(self, name, target):
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def device(self, name, major, minor, mode=0o600):
        self._entry(name, stat.S_IFCHR | mode, device=(major, minor))

    def finish(self):
        """The archive's bytes. Archives may follow each other: each ends on a 512-byte border."""
        self._entry("TRAILER!!!", 0)
        self._pad(512)
        return bytes(self.out)
