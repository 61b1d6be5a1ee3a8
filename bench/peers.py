"""The peers, Debian's packages unpacked by tools/deps, each with a root of its own on loopback ports."""
import os
import pathlib
import subprocess

import machine

PEERS = machine.build / "peers"


def account(name, which="passwd"):
    for line in (PEERS / which).read_text().split("\n"):
        f = line.split(":")
        if f[0] == name:
            return int(f[2])
    raise machine.Trouble(f"no account {name} in build/peers/{which}: tools/deps bench")


def environment(name):
    home = PEERS / name
    libs = [str(home / "usr/lib/postfix")] + [str(p) for p in home.glob("usr/lib/*-linux-gnu")] + \
        [str(p) for p in home.glob("lib/*-linux-gnu")]
    wrapper = next(pathlib.Path("/usr/lib").glob("*-linux-gnu/libnss_wrapper.so"), None)
    if not wrapper:
        raise machine.Trouble("no libnss_wrapper: tools/deps bench")
    return dict(os.environ, LD_LIBRARY_PATH=":".join(libs), LD_PRELOAD=str(wrapper),
                NSS_WRAPPER_PASSWD=str(PEERS / "passwd"), NSS_WRAPPER_GROUP=str(PEERS / "group"))


def missing(*names):
    """Why these peers cannot be run, or None."""
    for n in names:
        if not (PEERS / n).is_dir():
            return f"{n} is not unpacked (tools/deps bench)"
    return None if os.getuid() == 0 else "the peers start as root only"


class Postfix:
    name = "Postfix"
    FOLDERS = ["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved",
               "trace"]
    IMPORT = "LD_LIBRARY_PATH LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP PATH MAIL_CONFIG"

    def __init__(self, where, sink_port, tls=None):
        self.home = PEERS / "postfix"
        self.where, self.etc = where, where / "etc"
        self.port = machine.free_ports(1)[0]
        self.env = dict(environment("postfix"), MAIL_CONFIG=str(self.etc))
        self.process = self.milter = None
        self.folders()
        cert, key = tls or machine.certificate(where)
        main = {
            "compatibility_level": "3.6", "queue_directory": where / "spool", "data_directory": where / "data",
            "command_directory": self.home / "usr/sbin", "daemon_directory": self.home / "usr/lib/postfix/sbin",
            "shlib_directory": self.home / "usr/lib/postfix", "meta_directory": self.home / "etc/postfix",
            "mail_owner": "postfix", "setgid_group": "postdrop", "default_privs": "nobody",
            "import_environment": self.IMPORT, "export_environment": self.IMPORT,
            "myhostname": "mail.bench.test", "mydestination": "", "inet_interfaces": "loopback-only",
            "inet_protocols": "ipv4", "mynetworks": "127.0.0.0/8", "maillog_file": where / "log",
            "maillog_file_prefixes": where, "alias_maps": "", "alias_database": "", "local_recipient_maps": "",
            "relayhost": f"[127.0.0.1]:{sink_port}", "smtpd_tls_security_level": "may",
            "smtpd_tls_cert_file": cert, "smtpd_tls_key_file": key,
        }
        self.write(main)

    def write(self, main):
        (self.etc / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in main.items()))
        (self.etc / "master.cf").write_text(f"""\
127.0.0.1:{self.port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
tlsmgr    unix  - - n 1000? 1 tlsmgr
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
proxymap  unix  - - n - - proxymap
postlog   unix-dgram n - n - 1 postlogd
""")

    def folders(self):
        """What post-install would make."""
        spool, user, group = self.where / "spool", account("postfix"), account("postdrop", "group")
        self.etc.mkdir()
        for name in self.FOLDERS:
            (spool / name).mkdir(parents=True)
            (spool / name).chmod(0o700)
            os.chown(spool / name, user, -1)
        (spool / "pid").mkdir()
        for name, mode in (("maildrop", 0o1730), ("public", 0o710)):
            (spool / name).mkdir()
            (spool / name).chmod(mode)
            os.chown(spool / name, user, group)
        (self.where / "data").mkdir()
        os.chown(self.where / "data", user, -1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for p in (self.process, self.milter):
            if p:
                p.stop()

    def sign(self):
        """RSA-2048 by opendkim as a milter, as Debian's documents show it."""
        self.milter = opendkim(self.where, port := machine.free_ports(1)[0])
        with open(self.etc / "main.cf", "a", encoding="utf-8") as f:
            f.write(f"smtpd_milters = inet:127.0.0.1:{port}\nmilter_default_action = tempfail\n")

    def start(self):
        log = open(self.where / "master.log", "ab")
        with log:
            self.process = machine.Process([self.home / "usr/lib/postfix/sbin/master", "-c", self.etc, "-d"],
                                           env=self.env, stdout=log, stderr=log)
        return self

    def wait_ready(self, seconds=60):
        try:
            machine.wait_for("the banner of Postfix", seconds, lambda: machine.answers(self.port))
        except machine.Trouble as e:
            logs = "".join(p.read_text()[-1500:] for p in (self.where / "master.log", self.where / "log") if p.exists())
            raise machine.Trouble(f"{e}\n{logs}") from None
        return self

    def waiting(self):
        return sum(len(files) for name in ("maildrop", "incoming", "active", "deferred", "hold")
                   for _, _, files in os.walk(self.where / "spool" / name))

    def settle(self, seconds=300):
        machine.wait_for("an empty queue of Postfix", seconds, lambda: not self.waiting(), 0.25)

    def wrong(self, _accepted):
        return []

    def drain(self):
        """Nothing to do: it delivers when the remote answers."""

    def cpu_s(self):
        return self.process.cpu_s() + (self.milter.cpu_s() if self.milter else 0)


def opendkim(where, port):
    key, conf = where / "dkim.pem", where / "opendkim.conf"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", str(key), "2048"], check=True, capture_output=True)
    key.chmod(0o600)
    conf.write_text(f"""\
Mode s
Domain bench.test
Selector bench
KeyFile {key}
Socket inet:{port}@127.0.0.1
InternalHosts 127.0.0.0/8
Canonicalization relaxed/simple
OversignHeaders From
Syslog no
Background no
RequireSafeKeys no
""")
    env = dict(environment("opendkim"), NSS_WRAPPER_PASSWD="", NSS_WRAPPER_GROUP="")
    env.pop("LD_PRELOAD")
    log = open(where / "opendkim.log", "ab")
    with log:
        p = machine.Process([PEERS / "opendkim/usr/sbin/opendkim", "-f", "-x", conf], env=env, stdout=log, stderr=log)

    def listens():
        if p.popen.poll() is not None:
            raise machine.Trouble("opendkim ended:\n" + (where / "opendkim.log").read_text()[-1000:])
        import socket
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0
    try:
        machine.wait_for("opendkim", 20, listens)
    except machine.Trouble:
        p.stop()
        raise
    return p


class Exim:
    """Accepts only (queue_only); what it took is delivered afterwards by queue runners."""
    name = "Exim"
    RUNNERS = 8

    def __init__(self, where, sink_port, tls=None):
        del tls
        self.where = where
        self.port = machine.free_ports(1)[0]
        self.program = PEERS / "exim/usr/sbin/exim4"
        self.env = environment("exim")
        self.process = None
        self.conf = where / "exim.conf"
        user = account("Debian-exim")
        (where / "log").mkdir()
        for p in (where, where / "log"):
            os.chown(p, user, user)
        self.conf.write_text(f"""\
primary_hostname = mail.bench.test
exim_user = {user}
exim_group = {user}
never_users =
spool_directory = {where}/spool
log_file_path = {where}/log/%slog
keep_environment = LD_LIBRARY_PATH : LD_PRELOAD : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
exim_path = {self.program}
tls_advertise_hosts =
local_interfaces = 127.0.0.1
daemon_smtp_ports = {self.port}
queue_only
smtp_accept_max = 200
smtp_connect_backlog = 200
smtp_accept_queue_per_connection = 0
acl_smtp_rcpt = accept
acl_smtp_data = accept
begin routers
smarthost:
  driver = manualroute
  transport = out
  route_list = * 127.0.0.1::{sink_port} byname
  self = send
begin transports
out:
  driver = smtp
""")
        self.conf.chmod(0o644)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.stop()

    def start(self):
        log = open(self.where / "daemon.log", "ab")
        with log:
            self.process = machine.Process([self.program, "-C", self.conf, "-bdf", "-oP", self.where / "pid"],
                                           env=self.env, stdout=log, stderr=log)
        return self

    def wait_ready(self, seconds=60):
        try:
            machine.wait_for("the banner of Exim", seconds, lambda: machine.answers(self.port))
        except machine.Trouble as e:
            logs = "".join(p.read_text()[-1500:] for p in [self.where / "daemon.log", *self.where.glob("log/*")])
            raise machine.Trouble(f"{e}\n{logs}") from None
        return self

    def waiting(self):
        return sum(1 for _, _, files in os.walk(self.where / "spool/input") for f in files if f.endswith("-H"))

    def drain(self):
        runners = [machine.Process([self.program, "-C", self.conf, "-q"], env=self.env) for _ in range(self.RUNNERS)]
        try:
            for r in runners:
                try:
                    r.popen.wait(300)
                except subprocess.TimeoutExpired:
                    raise machine.Trouble("Exim's queue runners did not end within 300 s") from None
        finally:
            for r in runners:
                r.stop()

    def settle(self, seconds=300):
        machine.wait_for("an empty queue of Exim", seconds, lambda: not self.waiting(), 0.25)

    def wrong(self, _accepted):
        return []

    def cpu_s(self):
        return self.process.cpu_s()
