/*
 * The configuration's schema: the one list that feeds reading, defaults, environment
 * overrides and the printed explanation. Included several times with CONFIG_KIND or
 * CONFIG_KEY defined; what is not defined is left out.
 *
 * CONFIG_KIND(name, type, what is allowed)
 * CONFIG_KEY(path, kind, at, count_at, cap, lo, hi, default, explanation)
 *   at, count_at   where the value lies in struct config (or in the element, under "x[].")
 *   cap            0 = one value, otherwise a list of at most so many
 *   lo, hi         bounds of numbers, sizes (bytes) and spans (µs); 0 0 = the kind's own
 *   default        as in an environment variable; NULL = must be given
 */
#ifndef CONFIG_KIND
#define CONFIG_KIND(name, type, allowed)
#endif
#ifndef CONFIG_KEY
#define CONFIG_KEY(path, kind, at, count_at, cap, lo, hi, def, what)
#endif

/* clang-format off */
	CONFIG_KIND(TEXT,     struct str,            "a text without control characters")
	CONFIG_KIND(DOMAIN,   struct str,            "a domain such as mail.example.org")
	CONFIG_KIND(ANYWHERE, struct str,            "a domain such as example.org, or \"*\" for all others")
	CONFIG_KIND(MAILBOX,  struct str,            "an address such as postmaster@example.org")
	CONFIG_KIND(IP,       struct str,            "an IPv4 or IPv6 address")
	CONFIG_KIND(NETWORK,  struct str,            "a network such as 192.0.2.0/24 or 2001:db8::/32")
	CONFIG_KIND(URL,      struct str,            "a route such as smtp://user:password@host:587")
	CONFIG_KIND(HOSTPORT, struct str,            "a host and port such as 127.0.0.1:2525")
	CONFIG_KIND(LANGUAGE, struct str,            "en or fr")
	CONFIG_KIND(SANDBOX,  struct str,            "auto, require or off")
	CONFIG_KIND(MODE,     struct str,            "live or sandbox")
	CONFIG_KIND(PATHS,    struct str,            "token or keep")
	CONFIG_KIND(FORMAT,   struct str,            "logfmt or json")
	CONFIG_KIND(FACTOR,   struct str,            "optional, service or required")
	CONFIG_KIND(BOOL,     bool,                  "true or false")
	CONFIG_KIND(NUMBER,   unsigned,              "a whole number")
	CONFIG_KIND(PORT,     uint16_t,              "a port, a number from 1 to 65535")
	CONFIG_KIND(SIZE,     uint64_t,              "a size such as 64KiB, 25MB or 1GiB")
	CONFIG_KIND(SPAN,     int64_t,               "a duration such as 5m, 2h or 7d")
	CONFIG_KIND(EVER,     int64_t,               "a duration such as 5m, 2h or 7d, or forever")
	CONFIG_KIND(CERT,     struct config_cert,    "a list of entries with cert and key")
	CONFIG_KIND(ROUTE,    struct config_route,   "a list of entries with domain and url")
	CONFIG_KIND(SITE,     struct config_site,    "a list of entries with domain and its limits")
	CONFIG_KIND(TRUSTED,  struct config_trusted, "a list of entries with network and account")

#define AT(member)  offsetof(struct config, member)
#define IN(kind, m) offsetof(struct config_##kind, m)
#define MANY        CONFIG_LIST_MAX
#define SECOND      INT64_C(1000000)
#define DAY         (86400 * SECOND)
#define YEARS       (36500 * DAY)

	CONFIG_KEY("hostname", DOMAIN, AT(hostname), 0, 0, 0, 0, "",
		"name in the banner and in EHLO; must match the PTR of each sending address; empty: the machine's name")
	CONFIG_KEY("admin", MAILBOX, AT(admin), 0, 0, 0, 0, "",
		"who gets warnings and what people write to abuse@ and postmaster@; contact for certificates")
	CONFIG_KEY("language", LANGUAGE, AT(language), 0, 0, 0, 0, "en",
		"language of the console until a user chooses: en or fr")
	CONFIG_KEY("mode", MODE, AT(mode), 0, 0, 0, 0, "live",
		"live: mail goes to its recipients; sandbox: all is accepted, and goes only to the sink and to proved addresses")
	CONFIG_KEY("state", TEXT, AT(state), 0, 0, 0, 0, "/var/lib/facteur",
		"folder of everything the service writes")
	CONFIG_KEY("user", TEXT, AT(user), 0, 0, 0, 0, "facteur",
		"user to become when started by root")
	CONFIG_KEY("sandbox", SANDBOX, AT(sandbox), 0, 0, 0, 0, "auto",
		"auto: as much as the kernel offers; require: refuse to start without; off")
	CONFIG_KEY("master_key", TEXT, AT(master_key), 0, 0, 0, 0, "",
		"file of the key that encrypts DKIM keys; empty: master.key in the state folder")
	CONFIG_KEY("edges", NUMBER, AT(edges), 0, 0, 1, 64, "1",
		"processes that receive mail and requests")
	CONFIG_KEY("couriers", NUMBER, AT(couriers), 0, 0, 1, 64, "1",
		"processes that deliver")
	CONFIG_KEY("listen", IP, AT(listen), AT(nlisten), MANY, 0, 0, "0.0.0.0,::",
		"addresses on which every port below is opened")

	CONFIG_KEY("proxies", NETWORK, AT(proxies), AT(nproxies), MANY, 0, 0, "",
		"networks of proxies before this service: from there a connection begins with a PROXY header (version 1 or 2) that names the client; on HTTP ports X-Forwarded-For may do so instead")

	CONFIG_KEY("submission.starttls", PORT, AT(starttls.port), AT(starttls.n), 16, 0, 0, "25,80,587,588,2525",
		"SMTP ports with STARTTLS; AUTH only after it; a port of http.plain may be shared")
	CONFIG_KEY("submission.tls", PORT, AT(tls.port), AT(tls.n), 16, 0, 0, "465",
		"SMTP ports with TLS from the first byte")
	CONFIG_KEY("submission.plain", PORT, AT(plain.port), AT(plain.n), 16, 0, 0, "",
		"SMTP ports without TLS, for a lab or a demo")
	CONFIG_KEY("submission.plaintext_auth", BOOL, AT(plaintext_auth), 0, 0, 0, 0, "false",
		"allow AUTH without TLS, for old devices; secrets can be read on the way")
	CONFIG_KEY("submission.trusted", TRUSTED, AT(trusted), AT(ntrusted), MANY, 0, 0, "",
		"networks that may send without AUTH, each for one account")
	CONFIG_KEY("submission.trusted[].network", NETWORK, IN(trusted, network), 0, 0, 0, 0, NULL,
		"network in CIDR notation")
	CONFIG_KEY("submission.trusted[].account", TEXT, IN(trusted, account), 0, 0, 0, 0, NULL,
		"account the mail belongs to")

	CONFIG_KEY("http.plain", PORT, AT(http_plain.port), AT(http_plain.n), 16, 0, 0, "",
		"HTTP ports without TLS")
	CONFIG_KEY("http.tls", PORT, AT(http_tls.port), AT(http_tls.n), 16, 0, 0, "",
		"HTTPS ports")

	CONFIG_KEY("api.calls_per_minute", NUMBER, AT(api.calls_per_minute), 0, 0, 0, 1000000, "6000",
		"calls of the HTTP API that a key may make in a minute, other than to send, in each edge; 0: no limit")
	CONFIG_KEY("api.sends_per_minute", NUMBER, AT(api.sends_per_minute), 0, 0, 0, 1000000, "0",
		"calls that send which a key may make in a minute, in each edge; 0: no limit")

	CONFIG_KEY("alerts.mail", BOOL, AT(alerts.mail), 0, 0, 0, 0, "true",
		"admin gets a mail when something is wrong with the service, and when it is over")
	CONFIG_KEY("alerts.webhook", TEXT, AT(alerts.webhook), 0, 0, 0, 0, "",
		"URL that the same is posted to, as JSON; empty: none")
	CONFIG_KEY("alerts.secret", TEXT, AT(alerts.secret), 0, 0, 0, 0, "",
		"signs these posts as Standard Webhooks say: whsec_ and 24 to 64 bytes in base64; empty: unsigned")

	CONFIG_KEY("console.totp", FACTOR, AT(console.totp), 0, 0, 0, 0, "optional",
		"whether people sign in with a second factor (TOTP): as each chooses; service: required of the service's own people; required: of everybody. Who has none yet can only turn it on")
	CONFIG_KEY("console.url", TEXT, AT(console.url), 0, 0, 0, 0, "",
		"where people open the console, for the links they are given; empty: https:// and the hostname, or the HTTP port of a service without HTTPS")

	CONFIG_KEY("tracking.url", TEXT, AT(tracking.url), 0, 0, 0, 0, "",
		"where tracked links, pixels and pages for recipients begin that have no host of their account; empty: https:// and the hostname")
	CONFIG_KEY("tracking.consent_assumed", BOOL, AT(tracking.consent_assumed), 0, 0, 0, 0, "false",
		"recipients agreed that what they open and click is recorded for each of them")
	CONFIG_KEY("tracking.key", NUMBER, AT(tracking.key), 0, 0, 1, CONFIG_TRACKING_KEYS, "1",
		"number of the key that seals links of new mail; one more makes a new key. Never a smaller one: what later keys sealed would be refused")
	CONFIG_KEY("tracking.oldest_key", NUMBER, AT(tracking.oldest_key), 0, 0, 1, CONFIG_TRACKING_KEYS, "1",
		"links that keys before this one sealed are refused, as after a key became known to others")

	CONFIG_KEY("bounce_domain", DOMAIN, AT(bounce_domain), 0, 0, 0, 0, "",
		"name whose MX is this service: late bounces and complaints come back to it; empty: none are received")
	CONFIG_KEY("return_path", PATHS, AT(return_path), 0, 0, 0, 0, "token",
		"token: with a bounce_domain each recipient's mail has a sender address of its own there; keep: the sender's own")

	CONFIG_KEY("tls", CERT, AT(certs), AT(ncerts), MANY, 0, 0, "",
		"certificates, chosen by the name the client asks for; none: a self-signed one is made")
	CONFIG_KEY("tls[].cert", TEXT, IN(cert, cert), 0, 0, 0, 0, NULL,
		"file with the certificate and its chain, PEM")
	CONFIG_KEY("tls[].key", TEXT, IN(cert, key), 0, 0, 0, 0, NULL,
		"file with the private key, PEM")

	CONFIG_KEY("keep.content", SPAN, AT(keep_content_us), 0, 0, SECOND, YEARS, "7d",
		"how long bodies of finished messages are kept")
	CONFIG_KEY("keep.transcripts", SPAN, AT(keep_transcripts_us), 0, 0, SECOND, YEARS, "7d",
		"how long the raw dialogue of each attempt is kept")
	CONFIG_KEY("keep.events", SPAN, AT(keep_events_us), 0, 0, SECOND, YEARS, "45d",
		"how long the facts about each recipient are kept")
	CONFIG_KEY("keep.statistics", EVER, AT(keep_statistics_us), 0, 0, SECOND, YEARS, "forever",
		"how long counts are kept")

	CONFIG_KEY("outbound.addresses", IP, AT(outbound.addresses), AT(outbound.naddresses), MANY, 0, 0, "",
		"source addresses; none: the kernel chooses")
	CONFIG_KEY("outbound.routes", ROUTE, AT(outbound.routes), AT(outbound.nroutes), MANY, 0, 0, "",
		"where mail for a domain goes instead of to its MX")
	CONFIG_KEY("outbound.routes[].domain", ANYWHERE, IN(route, domain), 0, 0, 0, 0, NULL,
		"recipient domain, or \"*\" for all others")
	CONFIG_KEY("outbound.routes[].url", URL, IN(route, url), 0, 0, 0, 0, NULL,
		"smtp://[user:password@]host[:port][?tls=must|may|none], or smtps://")
	CONFIG_KEY("outbound.sites", SITE, AT(outbound.sites), AT(outbound.nsites), MANY, 0, 0, "",
		"pace per destination")
	CONFIG_KEY("outbound.sites[].domain", ANYWHERE, IN(site, domain), 0, 0, 0, 0, NULL,
		"recipient domain or end of the MX name, or \"*\" for all others")
	CONFIG_KEY("outbound.sites[].connections", NUMBER, IN(site, connections), 0, 0, 1, 1000, "5",
		"connections at once, fewer where the site turns some away")
	CONFIG_KEY("outbound.sites[].messages", NUMBER, IN(site, messages), 0, 0, 1, 1000000, "20",
		"messages per connection")
	CONFIG_KEY("outbound.sites[].rate", NUMBER, IN(site, rate), 0, 0, 0, 10000000, "0",
		"messages a minute; 0: no limit")
	CONFIG_KEY("outbound.port", PORT, AT(outbound.port), 0, 0, 0, 0, "25",
		"port of the MX hosts")
	CONFIG_KEY("outbound.ipv4", BOOL, AT(outbound.ipv4), 0, 0, 0, 0, "true",
		"deliver over IPv4")
	CONFIG_KEY("outbound.ipv6", BOOL, AT(outbound.ipv6), 0, 0, 0, 0, "true",
		"deliver over IPv6")
	CONFIG_KEY("outbound.retry", SPAN, AT(outbound.retry_us), AT(outbound.nretry), 32, SECOND, YEARS,
		"5m,10m,20m,40m,1h,2h,4h",
		"waits between attempts; the last one repeats")
	CONFIG_KEY("outbound.expire.transactional", SPAN, AT(outbound.expire_transactional_us), 0, 0, SECOND, YEARS, "5d",
		"when to give up, counted from acceptance")
	CONFIG_KEY("outbound.expire.broadcast", SPAN, AT(outbound.expire_broadcast_us), 0, 0, SECOND, YEARS, "5d",
		"when to give up, counted from acceptance")
	CONFIG_KEY("outbound.repeat.transactional", BOOL, AT(outbound.repeat_transactional), 0, 0, 0, 0, "true",
		"send again when it is in doubt whether a message arrived")
	CONFIG_KEY("outbound.repeat.broadcast", BOOL, AT(outbound.repeat_broadcast), 0, 0, 0, 0, "false",
		"send again when it is in doubt whether a message arrived")
	CONFIG_KEY("outbound.resolver", HOSTPORT, AT(outbound.resolver), 0, 0, 0, 0, "",
		"DNS server; empty: the system's")

	CONFIG_KEY("limits.message_size", SIZE, AT(limits.message_bytes), 0, 0, 1024, UINT64_C(1) << 30, "25MiB",
		"largest message accepted")
	CONFIG_KEY("limits.recipients", NUMBER, AT(limits.recipients), 0, 0, 1, 100000, "1000",
		"recipients per message")
	CONFIG_KEY("limits.connections", NUMBER, AT(limits.connections), 0, 0, 1, 1000000, "2000",
		"connections per edge")
	CONFIG_KEY("limits.connections_per_network", NUMBER, AT(limits.connections_per_network), 0, 0, 1, 1000000, "200",
		"connections from one IPv4 address or IPv6 /64")
	CONFIG_KEY("limits.session_errors", NUMBER, AT(limits.sessions_errors), 0, 0, 1, 10000, "20",
		"wrong commands before a session is closed")
	CONFIG_KEY("limits.memory", SIZE, AT(limits.memory_bytes), 0, 0, UINT64_C(1) << 20, UINT64_C(1) << 40, "256MiB",
		"bodies an edge holds in memory; above it clients are asked to come back")
	CONFIG_KEY("limits.hops", NUMBER, AT(limits.hops), 0, 0, 1, 1000, "50",
		"Received fields before a message is taken for a loop")
	CONFIG_KEY("limits.min_rate", SIZE, AT(limits.min_rate), 0, 0, 0, UINT64_C(1) << 30, "100",
		"bytes a second a client must reach while it sends a message; 0: any")
	CONFIG_KEY("limits.disk_reserve", SIZE, AT(limits.disk_reserve_bytes), 0, 0, 0, UINT64_C(1) << 50, "256MiB",
		"free space below which no mail is accepted")

	CONFIG_KEY("log.format", FORMAT, AT(log.format), 0, 0, 0, 0, "logfmt",
		"logfmt or json")
	CONFIG_KEY("log.file", TEXT, AT(log.file), 0, 0, 0, 0, "",
		"file of the facts about mail; empty: log/mail.log in the state folder")
	CONFIG_KEY("log.mask", BOOL, AT(log.mask), 0, 0, 0, 0, "false",
		"hide the local parts of addresses")

	CONFIG_KEY("lab.deliver_to", HOSTPORT, AT(lab.deliver_to), 0, 0, 0, 0, "",
		"send every delivery there instead of to the MX")
	CONFIG_KEY("lab.private_webhooks", BOOL, AT(lab.private_webhooks), 0, 0, 0, 0, "false",
		"allow webhooks to private addresses")
	CONFIG_KEY("lab.verified_domains", BOOL, AT(lab.verified_domains), 0, 0, 0, 0, "false",
		"take every sender domain as verified")
	CONFIG_KEY("lab.any_credentials", BOOL, AT(lab.any_credentials), 0, 0, 0, 0, "false",
		"accept any user and password")
/* clang-format on */

#undef AT
#undef IN
#undef MANY
#undef SECOND
#undef DAY
#undef YEARS
#undef CONFIG_KIND
#undef CONFIG_KEY
