/*
 * Ports that no webhook goes to. PORT(number, what listens there): the "bad ports" of the Fetch
 * standard (https://fetch.spec.whatwg.org/#port-blocking), whose protocols take lines of HTTP
 * for commands of their own, and the other ports of mail submission. For a mail platform this
 * is no formality: a body with SMTP commands, posted to port 25, would be mail from our address
 * past every limit. Any other port is allowed: people run receivers on 8443 and 3000.
 */
/* clang-format off */
#define URL_WEB_PORTS(PORT)                                                                    \
	PORT(1, tcpmux) PORT(7, echo) PORT(9, discard) PORT(11, systat) PORT(13, daytime)      \
	PORT(15, netstat) PORT(17, qotd) PORT(19, chargen) PORT(20, ftp_data) PORT(21, ftp)    \
	PORT(22, ssh) PORT(23, telnet) PORT(25, smtp) PORT(37, time) PORT(42, name)            \
	PORT(43, nicname) PORT(53, domain) PORT(69, tftp) PORT(77, priv_rjs) PORT(79, finger)  \
	PORT(87, ttylink) PORT(95, supdup) PORT(101, hostriame) PORT(102, iso_tsap)            \
	PORT(103, gppitnp) PORT(104, acr_nema) PORT(109, pop2) PORT(110, pop3)                 \
	PORT(111, sunrpc) PORT(113, auth) PORT(115, sftp) PORT(117, uucp_path)                 \
	PORT(119, nntp) PORT(123, ntp) PORT(135, epmap) PORT(137, netbios_ns)                  \
	PORT(139, netbios_ssn) PORT(143, imap) PORT(161, snmp) PORT(179, bgp) PORT(389, ldap)  \
	PORT(427, svrloc) PORT(465, submissions) PORT(512, exec) PORT(513, login)              \
	PORT(514, shell) PORT(515, printer) PORT(526, tempo) PORT(530, courier)                \
	PORT(531, chat) PORT(532, netnews) PORT(540, uucp) PORT(548, afp) PORT(554, rtsp)      \
	PORT(556, remotefs) PORT(563, nntps) PORT(587, submission) PORT(588, submission_alt)   \
	PORT(601, syslog_conn) PORT(636, ldaps) PORT(989, ftps_data) PORT(990, ftps)           \
	PORT(993, imaps) PORT(995, pop3s) PORT(1719, h323gatestat) PORT(1720, h323hostcall)    \
	PORT(1723, pptp) PORT(2049, nfs) PORT(2525, submission_alt2) PORT(3659, apple_sasl)    \
	PORT(4045, npp) PORT(4190, sieve) PORT(5060, sip) PORT(5061, sips) PORT(6000, x11)     \
	PORT(6566, sane_port) PORT(6665, irc1) PORT(6666, irc2) PORT(6667, irc3)               \
	PORT(6668, irc4) PORT(6669, irc5) PORT(6679, osaut) PORT(6697, ircs_u)                 \
	PORT(10080, amanda)
/* clang-format on */
