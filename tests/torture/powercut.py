#!/usr/bin/python3
"""What a disk may hold after a power cut.

powercut.py LOG FROM TO [--cuts N] [--seed S] [--last] [--mode MODE]

LOG was written by a process with FACTEUR_WRITELOG (src/io/file_fault.h). Each cut is an instant between
two of its entries; for each one, TO/<number> gets what may then be on the disk of the folder FROM, and
TO/<number>.cut tells the mode, the entry, the log's length up to it, and the marks ("mark" entries) before it, one
a line.

  drop    only what was flushed: bytes by a flush of their file, names by a flush of their folder
  keep    everything that was done
  torn    flushed things, and of the others a random choice: bytes by sectors of 512, names
          of each folder in order up to some point, sizes or not

--last cuts once, after the last entry. Without --cuts every entry is a cut. Modes take turns unless given.
"""
import argparse
import os
import random

SECTOR = 512


class File:
    """Content that is safe, and writes that are not yet."""

    def __init__(self):
        self.safe = bytearray()
        self.pending = []

    def copy(self):
        f = File()
        f.safe = self.safe  # replaced, never changed in place, by sync
        f.pending = list(self.pending)
        return f

    def write(self, offset, data):
        self.pending.append((offset, data))

    def truncate(self, size):
        self.pending.append((size, None))

    @staticmethod
    def apply(content, offset, data):
        if data is None:
            del content[offset:]
            content.extend(bytes(max(0, offset - len(content))))
            return
        if len(content) < offset + len(data):
            content.extend(bytes(offset + len(data) - len(content)))
        content[offset:offset + len(data)] = data

    def content(self, mode, rng):
        content = bytearray(self.safe)
        if mode == 'drop':
            return content
        if mode == 'keep':
            for offset, data in self.pending:
                self.apply(content, offset, data)
            return content
        for offset, data in self.pending:
            if data is None:
                if rng.random() < 0.5:
                    self.apply(content, offset, None)
                continue
            share = rng.choice((0.1, 0.5, 0.9))
            at = 0
            while at < len(data):
                n = min(SECTOR - (offset + at) % SECTOR, len(data) - at)
                if rng.random() < share:
                    self.apply(content, offset + at, data[at:at + n])
                at += n
        return content

    def sync(self):
        self.safe = self.content('keep', None)
        self.pending = []


class Disk:
    def __init__(self):
        self.files = {}    # (pid, fd) -> File
        self.now = {}      # path -> File: what the process sees
        self.safe = {}     # path -> File: names that are flushed
        self.names = {}    # folder -> [(path, File or None)] not flushed
        self.dirs = set()

    def name(self, path, file):
        if file is None:
            self.now.pop(path, None)
        else:
            self.now[path] = file
        self.names.setdefault(os.path.dirname(path), []).append((path, file))

    def run(self, words, data):
        op = words[0]
        if op == 'open':
            path = words[4]
            if path not in self.now:
                self.name(path, File())
            elif words[3] == '1':
                self.now[path].truncate(0)
            self.files[(words[1], words[2])] = self.now[path]
        elif op == 'write':
            self.files[(words[1], words[2])].write(int(words[3]), data)
        elif op == 'trunc':
            self.files[(words[1], words[2])].truncate(int(words[3]))
        elif op == 'sync':
            self.files[(words[1], words[2])].sync()
        elif op == 'rename':
            a, b = words[2].split('\t')
            file = self.now[a]
            self.name(b, file)
            if os.path.dirname(a) == os.path.dirname(b):
                # One change: the folder never shows both, or none.
                self.now.pop(a, None)
                self.names[os.path.dirname(a)][-1] = (b, file, a)
            else:
                self.name(a, None)
        elif op == 'unlink':
            self.name(words[2], None)
        elif op == 'syncdir':
            self.apply(self.safe, self.names.pop(words[2].rstrip('/'), []))
        elif op == 'mkdir':
            self.dirs.add(words[2])

    @staticmethod
    def apply(names, changes):
        for change in changes:
            path, file = change[0], change[1]
            if len(change) == 3:
                names.pop(change[2], None)
            if file is None:
                names.pop(path, None)
            else:
                names[path] = file

    def after_cut(self, mode, rng):
        names = dict(self.safe)
        for folder in sorted(self.names):
            changes = self.names[folder]
            upto = {'drop': 0, 'keep': len(changes), 'torn': rng.randint(0, len(changes))}[mode]
            self.apply(names, changes[:upto])
        return {path: file.content(mode, rng) for path, file in sorted(names.items())}


def entries(path):
    with open(path, 'rb') as log:
        blob = log.read()
    at = 0
    while at < len(blob):
        end = blob.find(b'\n', at)
        if end < 0:
            return  # its writer was killed there
        line = blob[at:end].decode()
        at = end + 1
        op = line.split(' ', 1)[0]
        data = None
        words = line.split(' ', {'open': 4, 'write': 4, 'sync': 2, 'trunc': 3}.get(op, 2))
        if op == 'write':
            n = int(words[4])
            if at + n >= len(blob):
                return
            data = blob[at:at + n]
            at += n + 1
        yield words, data, at


def put(content, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.truncate(len(content))
        # Zeros written ahead stay holes: they read the same.
        for at in range(0, len(content), 4096):
            part = content[at:at + 4096]
            if any(part):
                f.seek(at)
                f.write(part)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('log')
    ap.add_argument('source')
    ap.add_argument('to')
    ap.add_argument('--cuts', type=int, default=0)
    ap.add_argument('--seed', type=int, default=1)
    ap.add_argument('--mode', choices=('drop', 'keep', 'torn'))
    ap.add_argument('--last', action='store_true')
    args = ap.parse_args()
    rng = random.Random(args.seed)
    log = list(entries(args.log))
    if args.last:
        cuts = [len(log)]
    elif args.cuts and args.cuts < len(log):
        cuts = sorted(rng.sample(range(1, len(log) + 1), args.cuts))
    else:
        cuts = list(range(1, len(log) + 1))
        while len(cuts) < args.cuts:
            cuts.append(rng.choice(cuts))
        cuts.sort()
    modes = ('torn', 'drop', 'torn', 'keep')
    source = args.source.rstrip('/')
    disk, marks, done = Disk(), [], 0
    for number, cut in enumerate(cuts):
        for words, data, _ in log[done:cut]:
            if words[0] == 'mark':
                marks.append(words[2])
            else:
                disk.run(words, data)
        done = cut
        mode = args.mode or modes[number % len(modes)]
        to = os.path.join(args.to, str(number))
        os.makedirs(to)
        for path, content in disk.after_cut(mode, rng).items():
            if path.startswith(source + '/'):
                put(content, to + path[len(source):])
        with open(to + '.cut', 'w') as f:
            f.write('%s %d %d\n' % (mode, cut, log[cut - 1][2]))
            f.writelines(m + '\n' for m in marks)
    print(len(cuts))


main()
