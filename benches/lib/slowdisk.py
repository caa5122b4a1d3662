"""A slow disk: a file system whose reads take as long as it is told, or never end.

Owns the FUSE protocol, spoken by hand over /dev/fuse, so that nothing has to be installed. It is a
process of its own: when it ends, for whatever reason, the kernel answers all who wait with an error.

    slowdisk.py MOUNTPOINT FILES BYTES      mounts FILES files, 0.bin and so on, all zeros
    input:   delay SECONDS      every read takes that long; names are answered at once
             hang reads         no read ends
             hang all           nothing ends: reads, names, attributes
             release            what waits gets an error, and so does every read from now on
    output:  `mounted`, or `cannot: WHY`; and a line after each word of input

A request is a header and a body (little endian, as the machine has it):

    len u32 · opcode u32 · unique u64 · nodeid u64 · uid u32 · gid u32 · pid u32 · padding u32
and so is its answer:
    len u32 · error i32 · unique u64
"""

import ctypes
import errno
import heapq
import os
import select
import stat
import struct
import sys
import time

REQUEST = struct.Struct("<IIQQIIII")
ANSWER = struct.Struct("<IiQ")

LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE = 1, 2, 3, 14, 15, 17, 18
FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, ACCESS = 25, 26, 27, 28, 29, 34
INTERRUPT, DESTROY, BATCH_FORGET = 36, 38, 42

ROOT = 1
FIRST = 2  # node number of 0.bin
READ_MAX = 128 << 10
VALID_SECONDS = 1  # for how long the kernel may believe a name or an attribute
ASYNC_READ = 1
MNT_DETACH = 2

libc = ctypes.CDLL(None, use_errno=True)


def mount(point):
    """Mounts at `point`; answers with the descriptor on which the kernel asks."""
    device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other,max_read={READ_MAX}"
    if libc.mount(b"slowdisk", point.encode(), b"fuse", 0, options.encode()):
        code = ctypes.get_errno()
        os.close(device)
        raise OSError(code, os.strerror(code))
    return device


class SlowDisk:
    def __init__(self, device, files, length):
        self.device, self.files, self.length = device, files, length
        self.delay, self.hang, self.released = 0.0, "", False
        self.due = []  # (when, unique, body): answers that wait for their time
        self.held = []  # uniques that are never answered
        self.zeros = bytes(READ_MAX)

    def obey(self, line):
        word, _, rest = line.partition(" ")
        self.hang = rest if word == "hang" else ""
        self.released = word == "release"
        if word == "delay":
            self.delay = float(rest)
        if self.released:
            for unique in self.held + [unique for _, unique, _ in self.due]:
                self.answer(unique, error=errno.EIO)
            self.held, self.due = [], []

    def take(self):
        """One request of the kernel's. `False` when there are no more."""
        try:
            request = os.read(self.device, READ_MAX + 4096)
        except OSError as error:
            return error.errno in (errno.EINTR, errno.ENOENT, errno.EAGAIN)  # else: unmounted
        _, opcode, unique, node, *_ = REQUEST.unpack_from(request)
        body = request[REQUEST.size:]
        if opcode in (FORGET, BATCH_FORGET):
            return True  # these have no answer
        if opcode == INTERRUPT:
            self.interrupt(struct.unpack_from("<Q", body)[0])
        elif self.hang == "all" or (self.hang == "reads" and opcode == READ):
            self.held.append(unique)
        elif opcode == READ:
            self.read(unique, body)
        else:
            self.plain(opcode, unique, node, body)
        return opcode != DESTROY

    def read(self, unique, body):
        _, offset, size = struct.unpack_from("<QQI", body)
        if self.released:
            self.answer(unique, error=errno.EIO)
            return
        bytes_ = self.zeros[:max(0, min(size, self.length - offset))]
        heapq.heappush(self.due, (time.monotonic() + self.delay, unique, bytes_))

    def interrupt(self, unique):
        """Somebody who waits is being killed: let go of it."""
        if unique in self.held:
            self.held.remove(unique)
            self.answer(unique, error=errno.EINTR)

    def plain(self, opcode, unique, node, body):
        """Everything but reads: names, attributes, and the like, answered at once."""
        if opcode == INIT:
            major, minor, ahead, _ = struct.unpack_from("<IIII", body)
            many, congested = 256, 192
            self.answer(unique, struct.pack("<IIIIHHIIHHI28x", major, min(minor, 31), ahead, ASYNC_READ,
                                            many, congested, 4096, 1, 0, 0, 0))
        elif opcode == LOOKUP:
            node = self.node_named(body.rstrip(b"\0"))
            if node:
                entry = struct.pack("<QQQQII", node, 0, VALID_SECONDS, VALID_SECONDS, 0, 0)
                self.answer(unique, entry + self.attributes(node))
            else:
                self.answer(unique, error=errno.ENOENT)
        elif opcode == GETATTR:
            self.answer(unique, struct.pack("<QII", VALID_SECONDS, 0, 0) + self.attributes(node))
        elif opcode in (OPEN, OPENDIR):
            self.answer(unique, bytes(16))
        elif opcode == READDIR:
            self.answer(unique, self.names(*struct.unpack_from("<QQI", body)[1:]))
        elif opcode == STATFS:
            self.answer(unique, struct.pack("<QQQQQIIII24x", 1, 0, 0, 1, 0, 4096, 255, 4096, 0))
        elif opcode in (RELEASE, RELEASEDIR, FLUSH, ACCESS, DESTROY):
            self.answer(unique)
        else:
            self.answer(unique, error=errno.ENOSYS)

    def node_named(self, name):
        number = name.removesuffix(b".bin")
        known = number.isdigit() and str(int(number)).encode() + b".bin" == name
        return FIRST + int(number) if known and int(number) < self.files else None

    def attributes(self, node):
        directory = node == ROOT
        size = 0 if directory else self.length
        mode = stat.S_IFDIR | 0o755 if directory else stat.S_IFREG | 0o644
        changed = 1_700_000_000
        return struct.pack("<QQQQQQIIIIIIIIII", node, size, size // 512, changed, changed, changed,
                           0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def names(self, offset, room):
        """Directory entries after the first `offset`: node u64 · next u64 · length u32 · type u32 · name."""
        out = b""
        for number in range(offset, self.files):
            name = f"{number}.bin".encode()
            entry = struct.pack("<QQII", FIRST + number, number + 1, len(name), stat.S_IFREG >> 12) + name
            entry += bytes(-len(entry) % 8)
            if len(out) + len(entry) > room:
                break
            out += entry
        return out

    def answer(self, unique, body=b"", error=0):
        try:
            os.writev(self.device, [ANSWER.pack(ANSWER.size + len(body), -error, unique), body])
        except OSError:
            pass  # who asked is gone

    def answer_what_is_due(self):
        """Answers what has waited long enough; says how long until the next, if there is one."""
        while self.due:
            wait = self.due[0][0] - time.monotonic()
            if wait > 0:
                return wait
            _, unique, body = heapq.heappop(self.due)
            self.answer(unique, body)
        return None

    def run(self):
        while True:
            ready, _, _ = select.select([self.device, 0], [], [], self.answer_what_is_due())
            if self.device in ready and not self.take():
                return
            if 0 in ready:
                line = sys.stdin.readline()
                if not line:
                    return
                self.obey(line.strip())
                print("ok", flush=True)


def main():
    point, files, length = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    try:
        device = mount(point)
    except OSError as error:
        print(f"cannot: {error.strerror}", flush=True)
        return
    try:
        print("mounted", flush=True)
        SlowDisk(device, files, length).run()
    finally:
        libc.umount2(point.encode(), MNT_DETACH)


if __name__ == "__main__":
    main()
