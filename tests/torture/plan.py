"""The file of src/io/file_plan.h: which durable call of which role fails, chosen while the service runs."""
import errno
import mmap
import struct

ONCE, LASTING, SHORT, KILL = 1, 2, 4, 5  # enum file_fault_kind


class Plan:
    ARM = struct.Struct("=IiIQ16s")      # kind err born nth role
    FIRED = struct.Struct("=IiQQ16sQ")   # number pid mono count call hits

    def __init__(self, path):
        with open(path, "wb") as f:
            f.truncate(4096)
        self.file = open(path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), 4096)
        self.number = 0

    @staticmethod
    def kind(name):
        """(kind, errno) of EIO, lasting-EIO, short, kill …"""
        if name in ("short", "kill"):
            return (SHORT if name == "short" else KILL), 0
        what, _, err = name.rpartition("-")
        return (LASTING if what else ONCE), getattr(errno, err)

    def arm(self, role, kind, err, nth=1, born=False):
        """role "*": of each process of all roles."""
        self.disarm()
        self.number += 1
        self.map[4:40] = self.ARM.pack(kind, err, born, nth, role.encode())
        self.map[40:96] = bytes(56)
        self.map[0:4] = struct.pack("=I", self.number)

    def disarm(self):
        """No call of a plan under way fires any more."""
        self.map[0:4] = bytes(4)

    def fired(self):
        """(mono, pid, call) of the first call that was hit, or None."""
        number, pid, mono, _, call, _ = self.FIRED.unpack(self.map[40:88])
        return (mono, pid, call.rstrip(b"\0").decode()) if self.number and number == self.number else None
