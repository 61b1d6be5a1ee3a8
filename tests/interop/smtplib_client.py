"""The conversations of smtplib.test: PLAIN-PORT STARTTLS-PORT TLS-PORT KEY SECRET FOLDER."""
import pathlib
import smtplib
import ssl
import sys

plain, starttls, tls = map(int, sys.argv[1:4])
key, secret = sys.argv[4:6]
folder = pathlib.Path(sys.argv[6])
trust = ssl.create_default_context(cafile=str(folder / "cert.pem"))


def message(name, sender="sender@example.test", to="u@d.test", body=""):
    text = (f"From: {sender}\r\nTo: {to}\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n"
            f"Message-ID: <{name}@example.test>\r\nSubject: {name}\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            f"smtplib {name}\r\n.dot\r\n{body}\r\n").encode()
    (folder / f"sent-{name}").write_bytes(text)
    return text


def over_starttls():
    s = smtplib.SMTP("127.0.0.1", starttls, timeout=20)
    s.ehlo()
    assert not s.has_extn("auth"), "AUTH offered before STARTTLS"
    s.starttls(context=trust)
    s.ehlo()
    for wanted in ("size", "8bitmime", "pipelining", "enhancedstatuscodes", "auth", "smtputf8", "dsn"):
        assert s.has_extn(wanted), f"{wanted} is not offered"
    assert not s.has_extn("starttls"), "STARTTLS offered inside TLS"
    s.login(key, secret)
    return s


with smtplib.SMTP("127.0.0.1", plain, timeout=20) as s:
    s.ehlo()
    s.user, s.password = key, secret
    code, _ = s.auth("PLAIN", s.auth_plain)
    assert code == 235, code
    s.sendmail("sender@example.test", ["u@d.test"], message("plain"))

with smtplib.SMTP_SSL("127.0.0.1", tls, timeout=20, context=trust) as s:
    s.ehlo()
    s.user, s.password = key, secret
    code, _ = s.auth("LOGIN", s.auth_login, initial_response_ok=False)
    assert code == 235, code
    s.sendmail("sender@example.test", ["u@d.test"], message("login"))

with over_starttls() as s:
    s.command_encoding = "utf-8"
    s.sendmail("sénder@example.test", ["é@d.test"], message("utf8", "sénder@example.test", "é@d.test", "ünï"),
               mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    s.command_encoding = "ascii"
    s.sendmail("sender@example.test", ["u@d.test"], message("8bit", body="garçon"), mail_options=["BODY=8BITMIME"])
    s.sendmail("sender@example.test", ["u@d.test"], message("dsn"), mail_options=["RET=HDRS", "ENVID=abc+2Bd"],
               rcpt_options=["NOTIFY=FAILURE,DELAY", "ORCPT=rfc822;orig@d.test"])

with smtplib.SMTP("127.0.0.1", plain, timeout=20) as s:
    try:
        s.login(key, "not the secret")
        raise SystemExit("a wrong secret was taken")
    except smtplib.SMTPAuthenticationError as e:
        assert e.smtp_code == 535, e
    code, text = s.docmd("MAIL FROM:<sender@example.test>")
    assert code == 530, (code, text)
print("done")
