/*
 * The configuration's schema: the one list that feeds reading, defaults, environment
 * overrides and the printed explanation. Included several times with CONFIG_KIND or
 * CONFIG_KEY defined; what is not defined is left out.
 *
 * CONFIG_KIND(name, type, what is allowed, the same in French)
 * CONFIG_KEY(path, kind, at, count_at, cap, lo, hi, default, explanation, the same in French)
 *   at, count_at   where the value lies in struct config (or in the element, under "x[].")
 *   cap            0 = one value, otherwise a list of at most so many
 *   lo, hi         bounds of numbers, sizes (bytes) and spans (µs); 0 0 = the kind's own
 *   default        as in an environment variable; NULL = must be given
 */
#ifndef CONFIG_KIND
#define CONFIG_KIND(name, type, allowed, allowed_fr)
#endif
#ifndef CONFIG_KEY
#define CONFIG_KEY(path, kind, at, count_at, cap, lo, hi, def, what, what_fr)
#endif

/* clang-format off */
	CONFIG_KIND(TEXT,     struct str,            "a text without control characters",
		"un texte sans caractères de contrôle")
	CONFIG_KIND(DOMAIN,   struct str,            "a domain such as mail.example.org",
		"un domaine, par exemple mail.example.org")
	CONFIG_KIND(ANYWHERE, struct str,            "a domain such as example.org, or \"*\" for all others",
		"un domaine, par exemple example.org, ou \"*\" pour tous les autres")
	CONFIG_KIND(MAILBOX,  struct str,            "an address such as postmaster@example.org",
		"une adresse, par exemple postmaster@example.org")
	CONFIG_KIND(IP,       struct str,            "an IPv4 or IPv6 address",
		"une adresse IPv4 ou IPv6")
	CONFIG_KIND(NETWORK,  struct str,            "a network such as 192.0.2.0/24 or 2001:db8::/32",
		"un réseau, par exemple 192.0.2.0/24 ou 2001:db8::/32")
	CONFIG_KIND(URL,      struct str,            "a route such as smtp://user:password@host:587",
		"une route, par exemple smtp://user:password@host:587")
	CONFIG_KIND(HOSTPORT, struct str,            "a host and port such as 127.0.0.1:2525",
		"un hôte et un port, par exemple 127.0.0.1:2525")
	CONFIG_KIND(LANGUAGE, struct str,            "en or fr",
		"en ou fr")
	CONFIG_KIND(SANDBOX,  struct str,            "auto, require or off",
		"auto, require ou off")
	CONFIG_KIND(MODE,     struct str,            "live or sandbox",
		"live ou sandbox")
	CONFIG_KIND(PATHS,    struct str,            "token or keep",
		"token ou keep")
	CONFIG_KIND(FORMAT,   struct str,            "logfmt or json",
		"logfmt ou json")
	CONFIG_KIND(FACTOR,   struct str,            "optional, service or required",
		"optional, service ou required")
	CONFIG_KIND(BOOL,     bool,                  "true or false",
		"true ou false")
	CONFIG_KIND(NUMBER,   unsigned,              "a whole number",
		"un nombre entier")
	CONFIG_KIND(PORT,     uint16_t,              "a port, a number from 1 to 65535",
		"un port, un nombre de 1 à 65535")
	CONFIG_KIND(SIZE,     uint64_t,              "a size such as 64KiB, 25MB or 1GiB",
		"une taille, par exemple 64KiB, 25MB ou 1GiB")
	CONFIG_KIND(SPAN,     int64_t,               "a duration such as 5m, 2h or 7d",
		"une durée, par exemple 5m, 2h ou 7d")
	CONFIG_KIND(EVER,     int64_t,               "a duration such as 5m, 2h or 7d, or forever",
		"une durée, par exemple 5m, 2h ou 7d, ou forever")
	CONFIG_KIND(CERT,     struct config_cert,    "a list of entries with cert and key",
		"une liste d'entrées avec cert et key")
	CONFIG_KIND(ROUTE,    struct config_route,   "a list of entries with domain and url",
		"une liste d'entrées avec domain et url")
	CONFIG_KIND(SITE,     struct config_site,    "a list of entries with domain and its limits",
		"une liste d'entrées avec domain et ses limites")
	CONFIG_KIND(TRUSTED,  struct config_trusted, "a list of entries with network and account",
		"une liste d'entrées avec network et account")

#define AT(member)  offsetof(struct config, member)
#define IN(kind, m) offsetof(struct config_##kind, m)
#define MANY        CONFIG_LIST_MAX
#define SECOND      INT64_C(1000000)
#define DAY         (86400 * SECOND)
#define YEARS       (36500 * DAY)

	CONFIG_KEY("hostname", DOMAIN, AT(hostname), 0, 0, 0, 0, "",
		"name in the banner and in EHLO; must match the PTR of each sending address; empty: the machine's name",
		"nom dans la bannière et dans EHLO ; doit correspondre au PTR de chaque adresse d'envoi ; vide : le nom de la machine")
	CONFIG_KEY("admin", MAILBOX, AT(admin), 0, 0, 0, 0, "",
		"who gets warnings and what people write to abuse@ and postmaster@; contact for certificates",
		"qui reçoit les avertissements et ce qu'on écrit à abuse@ et postmaster@ ; contact pour les certificats")
	CONFIG_KEY("language", LANGUAGE, AT(language), 0, 0, 0, 0, "en",
		"language of the console until a user chooses: en or fr",
		"langue de la console tant que l'utilisateur n'a pas choisi : en ou fr")
	CONFIG_KEY("mode", MODE, AT(mode), 0, 0, 0, 0, "live",
		"live: mail goes to its recipients; sandbox: all is accepted, and goes only to the sink and to proved addresses",
		"live : le courrier va à ses destinataires ; sandbox : tout est accepté, et ne va qu'au puits et aux adresses prouvées")
	CONFIG_KEY("state", TEXT, AT(state), 0, 0, 0, 0, "/var/lib/facteur",
		"folder of everything the service writes",
		"dossier de tout ce que le service écrit")
	CONFIG_KEY("user", TEXT, AT(user), 0, 0, 0, 0, "facteur",
		"user to become when started by root",
		"utilisateur à devenir quand root démarre le service")
	CONFIG_KEY("sandbox", SANDBOX, AT(sandbox), 0, 0, 0, 0, "auto",
		"auto: as much as the kernel offers; require: refuse to start without; off",
		"auto : autant que le noyau le permet ; require : refuser de démarrer sans ; off : sans")
	CONFIG_KEY("master_key", TEXT, AT(master_key), 0, 0, 0, 0, "",
		"file of the key that encrypts DKIM keys; empty: master.key in the state folder",
		"fichier de la clé qui chiffre les clés DKIM ; vide : master.key dans le dossier d'état")
	CONFIG_KEY("edges", NUMBER, AT(edges), 0, 0, 1, 64, "1",
		"processes that receive mail and requests",
		"nombre de processus qui reçoivent courrier et requêtes")
	CONFIG_KEY("couriers", NUMBER, AT(couriers), 0, 0, 1, 64, "1",
		"processes that deliver",
		"nombre de processus qui remettent le courrier")
	CONFIG_KEY("listen", IP, AT(listen), AT(nlisten), MANY, 0, 0, "0.0.0.0,::",
		"addresses on which every port below is opened",
		"adresses sur lesquelles chaque port ci-dessous est ouvert")

	CONFIG_KEY("proxies", NETWORK, AT(proxies), AT(nproxies), MANY, 0, 0, "",
		"networks of proxies before this service: from there a connection begins with a PROXY header (version 1 or 2) that names the client; on HTTP ports X-Forwarded-For may do so instead",
		"réseaux des mandataires placés devant ce service : de là, une connexion commence par un en-tête PROXY (version 1 ou 2) qui nomme le client ; sur les ports HTTP, X-Forwarded-For peut le faire à sa place")

	CONFIG_KEY("submission.starttls", PORT, AT(starttls.port), AT(starttls.n), 16, 0, 0, "25,80,587,588,2525",
		"SMTP ports with STARTTLS; AUTH only after it; a port of http.plain may be shared",
		"ports SMTP avec STARTTLS ; AUTH seulement après ; un port de http.plain peut être partagé")
	CONFIG_KEY("submission.tls", PORT, AT(tls.port), AT(tls.n), 16, 0, 0, "465",
		"SMTP ports with TLS from the first byte",
		"ports SMTP avec TLS dès le premier octet")
	CONFIG_KEY("submission.plain", PORT, AT(plain.port), AT(plain.n), 16, 0, 0, "",
		"SMTP ports without TLS, for a lab or a demo",
		"ports SMTP sans TLS, pour un essai ou une démonstration")
	CONFIG_KEY("submission.plaintext_auth", BOOL, AT(plaintext_auth), 0, 0, 0, 0, "false",
		"allow AUTH without TLS, for old devices; secrets can be read on the way",
		"permettre AUTH sans TLS, pour de vieux appareils ; les secrets peuvent être lus en chemin")
	CONFIG_KEY("submission.trusted", TRUSTED, AT(trusted), AT(ntrusted), MANY, 0, 0, "",
		"networks that may send without AUTH, each for one account",
		"réseaux qui peuvent envoyer sans AUTH, chacun pour un compte")
	CONFIG_KEY("submission.trusted[].network", NETWORK, IN(trusted, network), 0, 0, 0, 0, NULL,
		"network in CIDR notation",
		"réseau en notation CIDR")
	CONFIG_KEY("submission.trusted[].account", TEXT, IN(trusted, account), 0, 0, 0, 0, NULL,
		"account the mail belongs to",
		"compte auquel le courrier appartient")

	CONFIG_KEY("http.plain", PORT, AT(http_plain.port), AT(http_plain.n), 16, 0, 0, "",
		"HTTP ports without TLS",
		"ports HTTP sans TLS")
	CONFIG_KEY("http.tls", PORT, AT(http_tls.port), AT(http_tls.n), 16, 0, 0, "",
		"HTTPS ports",
		"ports HTTPS")

	CONFIG_KEY("api.calls_per_minute", NUMBER, AT(api.calls_per_minute), 0, 0, 0, 1000000, "6000",
		"calls of the HTTP API that a key may make in a minute, other than to send, in each edge; 0: no limit",
		"appels de l'API HTTP, autres que d'envoi, qu'une clé peut faire par minute, dans chaque edge ; 0 : sans limite")
	CONFIG_KEY("api.sends_per_minute", NUMBER, AT(api.sends_per_minute), 0, 0, 0, 1000000, "0",
		"calls that send which a key may make in a minute, in each edge; 0: no limit",
		"appels d'envoi qu'une clé peut faire par minute, dans chaque edge ; 0 : sans limite")

	CONFIG_KEY("alerts.mail", BOOL, AT(alerts.mail), 0, 0, 0, 0, "true",
		"admin gets a mail when something is wrong with the service, and when it is over",
		"admin reçoit un mail quand quelque chose ne va pas dans le service, et quand c'est fini")
	CONFIG_KEY("alerts.webhook", TEXT, AT(alerts.webhook), 0, 0, 0, 0, "",
		"URL that the same is posted to, as JSON; empty: none",
		"URL à laquelle la même chose est envoyée, en JSON ; vide : aucune")
	CONFIG_KEY("alerts.secret", TEXT, AT(alerts.secret), 0, 0, 0, 0, "",
		"signs these posts as Standard Webhooks say: whsec_ and 24 to 64 bytes in base64; empty: unsigned",
		"signe ces envois selon Standard Webhooks : whsec_ et 24 à 64 octets en base64 ; vide : sans signature")

	CONFIG_KEY("console.totp", FACTOR, AT(console.totp), 0, 0, 0, 0, "optional",
		"whether people sign in with a second factor (TOTP): as each chooses; service: required of the service's own people; required: of everybody. Who has none yet can only turn it on",
		"optional : chacun choisit s'il se connecte avec un second facteur (TOTP) ; service : exigé des personnes du service ; required : exigé de tous. Qui n'en a pas encore ne peut que l'activer")
	CONFIG_KEY("console.url", TEXT, AT(console.url), 0, 0, 0, 0, "",
		"where people open the console, for the links they are given; empty: https:// and the hostname, or the HTTP port of a service without HTTPS",
		"où l'on ouvre la console, pour les liens donnés aux personnes ; vide : https:// et le hostname, ou le port HTTP d'un service sans HTTPS")

	CONFIG_KEY("tracking.url", TEXT, AT(tracking.url), 0, 0, 0, 0, "",
		"where tracked links, pixels and pages for recipients begin that have no host of their account; empty: https:// and the hostname",
		"début des liens suivis, des pixels et des pages pour les destinataires quand leur compte n'a pas d'hôte à lui ; vide : https:// et le hostname")
	CONFIG_KEY("tracking.consent_assumed", BOOL, AT(tracking.consent_assumed), 0, 0, 0, 0, "false",
		"recipients agreed that what they open and click is recorded for each of them",
		"les destinataires ont accepté que leurs ouvertures et leurs clics soient enregistrés pour chacun d'eux")
	CONFIG_KEY("tracking.key", NUMBER, AT(tracking.key), 0, 0, 1, CONFIG_TRACKING_KEYS, "1",
		"number of the key that seals links of new mail; one more makes a new key. Never a smaller one: what later keys sealed would be refused",
		"numéro de la clé qui scelle les liens du nouveau courrier ; un de plus crée une clé. Jamais un numéro plus petit : ce que les clés suivantes ont scellé serait refusé")
	CONFIG_KEY("tracking.oldest_key", NUMBER, AT(tracking.oldest_key), 0, 0, 1, CONFIG_TRACKING_KEYS, "1",
		"links that keys before this one sealed are refused, as after a key became known to others",
		"les liens scellés par des clés antérieures à celle-ci sont refusés, par exemple quand une clé a été connue d'autrui")

	CONFIG_KEY("bounce_domain", DOMAIN, AT(bounce_domain), 0, 0, 0, 0, "",
		"name whose MX is this service: late bounces and complaints come back to it; empty: none are received",
		"nom dont le MX est ce service : les rejets tardifs et les plaintes y reviennent ; vide : aucun n'est reçu")
	CONFIG_KEY("return_path", PATHS, AT(return_path), 0, 0, 0, 0, "token",
		"token: with a bounce_domain each recipient's mail has a sender address of its own there; keep: the sender's own",
		"token : avec un bounce_domain, le courrier de chaque destinataire y a une adresse d'expéditeur à lui ; keep : celle de l'expéditeur")

	CONFIG_KEY("tls", CERT, AT(certs), AT(ncerts), MANY, 0, 0, "",
		"certificates, chosen by the name the client asks for; none: a self-signed one is made",
		"certificats, choisis d'après le nom que demande le client ; aucun : il en est fait un, autosigné")
	CONFIG_KEY("tls[].cert", TEXT, IN(cert, cert), 0, 0, 0, 0, NULL,
		"file with the certificate and its chain, PEM",
		"fichier du certificat et de sa chaîne, PEM")
	CONFIG_KEY("tls[].key", TEXT, IN(cert, key), 0, 0, 0, 0, NULL,
		"file with the private key, PEM",
		"fichier de la clé privée, PEM")

	CONFIG_KEY("keep.content", SPAN, AT(keep_content_us), 0, 0, SECOND, YEARS, "7d",
		"how long bodies of finished messages are kept",
		"combien de temps le contenu des messages terminés est gardé")
	CONFIG_KEY("keep.transcripts", SPAN, AT(keep_transcripts_us), 0, 0, SECOND, YEARS, "7d",
		"how long the raw dialogue of each attempt is kept",
		"combien de temps le dialogue brut de chaque tentative est gardé")
	CONFIG_KEY("keep.events", SPAN, AT(keep_events_us), 0, 0, SECOND, YEARS, "45d",
		"how long the facts about each recipient are kept",
		"combien de temps les faits sur chaque destinataire sont gardés")
	CONFIG_KEY("keep.statistics", EVER, AT(keep_statistics_us), 0, 0, SECOND, YEARS, "forever",
		"how long counts are kept",
		"combien de temps les comptages sont gardés")

	CONFIG_KEY("outbound.addresses", IP, AT(outbound.addresses), AT(outbound.naddresses), MANY, 0, 0, "",
		"source addresses; none: the kernel chooses",
		"adresses d'envoi ; aucune : le noyau choisit")
	CONFIG_KEY("outbound.routes", ROUTE, AT(outbound.routes), AT(outbound.nroutes), MANY, 0, 0, "",
		"where mail for a domain goes instead of to its MX",
		"où va le courrier d'un domaine au lieu de son MX")
	CONFIG_KEY("outbound.routes[].domain", ANYWHERE, IN(route, domain), 0, 0, 0, 0, NULL,
		"recipient domain, or \"*\" for all others",
		"domaine du destinataire, ou \"*\" pour tous les autres")
	CONFIG_KEY("outbound.routes[].url", URL, IN(route, url), 0, 0, 0, 0, NULL,
		"smtp://[user:password@]host[:port][?tls=must|may|none], or smtps://",
		"smtp://[user:password@]host[:port][?tls=must|may|none], ou smtps://")
	CONFIG_KEY("outbound.sites", SITE, AT(outbound.sites), AT(outbound.nsites), MANY, 0, 0, "",
		"pace per destination",
		"rythme de chaque destination")
	CONFIG_KEY("outbound.sites[].domain", ANYWHERE, IN(site, domain), 0, 0, 0, 0, NULL,
		"recipient domain or end of the MX name, or \"*\" for all others",
		"domaine du destinataire ou fin du nom de son MX, ou \"*\" pour tous les autres")
	CONFIG_KEY("outbound.sites[].connections", NUMBER, IN(site, connections), 0, 0, 1, 1000, "5",
		"connections at once, fewer where the site turns some away",
		"connexions simultanées, moins quand la destination en refuse")
	CONFIG_KEY("outbound.sites[].messages", NUMBER, IN(site, messages), 0, 0, 1, 1000000, "20",
		"messages per connection",
		"messages par connexion")
	CONFIG_KEY("outbound.sites[].rate", NUMBER, IN(site, rate), 0, 0, 0, 10000000, "0",
		"messages a minute; 0: no limit",
		"messages par minute ; 0 : sans limite")
	CONFIG_KEY("outbound.port", PORT, AT(outbound.port), 0, 0, 0, 0, "25",
		"port of the MX hosts",
		"port des serveurs MX")
	CONFIG_KEY("outbound.ipv4", BOOL, AT(outbound.ipv4), 0, 0, 0, 0, "true",
		"deliver over IPv4",
		"remettre par IPv4")
	CONFIG_KEY("outbound.ipv6", BOOL, AT(outbound.ipv6), 0, 0, 0, 0, "true",
		"deliver over IPv6",
		"remettre par IPv6")
	CONFIG_KEY("outbound.retry", SPAN, AT(outbound.retry_us), AT(outbound.nretry), 32, SECOND, YEARS,
		"5m,10m,20m,40m,1h,2h,4h",
		"waits between attempts; the last one repeats",
		"attentes entre les tentatives ; la dernière se répète")
	CONFIG_KEY("outbound.expire.transactional", SPAN, AT(outbound.expire_transactional_us), 0, 0, SECOND, YEARS, "5d",
		"when to give up, counted from acceptance",
		"quand abandonner, à compter de l'acceptation")
	CONFIG_KEY("outbound.expire.broadcast", SPAN, AT(outbound.expire_broadcast_us), 0, 0, SECOND, YEARS, "5d",
		"when to give up, counted from acceptance",
		"quand abandonner, à compter de l'acceptation")
	CONFIG_KEY("outbound.repeat.transactional", BOOL, AT(outbound.repeat_transactional), 0, 0, 0, 0, "true",
		"send again when it is in doubt whether a message arrived",
		"envoyer de nouveau quand il est incertain qu'un message soit arrivé")
	CONFIG_KEY("outbound.repeat.broadcast", BOOL, AT(outbound.repeat_broadcast), 0, 0, 0, 0, "false",
		"send again when it is in doubt whether a message arrived",
		"envoyer de nouveau quand il est incertain qu'un message soit arrivé")
	CONFIG_KEY("outbound.resolver", HOSTPORT, AT(outbound.resolver), 0, 0, 0, 0, "",
		"DNS server; empty: the system's",
		"serveur DNS ; vide : celui du système")

	CONFIG_KEY("limits.message_size", SIZE, AT(limits.message_bytes), 0, 0, 1024, UINT64_C(1) << 30, "25MiB",
		"largest message accepted",
		"le plus grand message accepté")
	CONFIG_KEY("limits.recipients", NUMBER, AT(limits.recipients), 0, 0, 1, 100000, "1000",
		"recipients per message",
		"destinataires par message")
	CONFIG_KEY("limits.connections", NUMBER, AT(limits.connections), 0, 0, 1, 1000000, "2000",
		"connections per edge",
		"connexions par edge")
	CONFIG_KEY("limits.connections_per_network", NUMBER, AT(limits.connections_per_network), 0, 0, 1, 1000000, "200",
		"connections from one IPv4 address or IPv6 /64",
		"connexions d'une adresse IPv4 ou d'un /64 IPv6")
	CONFIG_KEY("limits.session_errors", NUMBER, AT(limits.sessions_errors), 0, 0, 1, 10000, "20",
		"wrong commands before a session is closed",
		"commandes fausses avant qu'une session soit fermée")
	CONFIG_KEY("limits.memory", SIZE, AT(limits.memory_bytes), 0, 0, UINT64_C(1) << 20, UINT64_C(1) << 40, "256MiB",
		"bodies an edge holds in memory; above it clients are asked to come back",
		"contenus qu'un edge garde en mémoire ; au-delà, les clients sont priés de revenir")
	CONFIG_KEY("limits.hops", NUMBER, AT(limits.hops), 0, 0, 1, 1000, "50",
		"Received fields before a message is taken for a loop",
		"champs Received à partir desquels un message est pris pour une boucle")
	CONFIG_KEY("limits.min_rate", SIZE, AT(limits.min_rate), 0, 0, 0, UINT64_C(1) << 30, "100",
		"bytes a second a client must reach while it sends a message; 0: any",
		"octets par seconde qu'un client doit atteindre pendant qu'il envoie un message ; 0 : peu importe")
	CONFIG_KEY("limits.disk_reserve", SIZE, AT(limits.disk_reserve_bytes), 0, 0, 0, UINT64_C(1) << 50, "256MiB",
		"free space below which no mail is accepted",
		"espace libre au-dessous duquel aucun courrier n'est accepté")

	CONFIG_KEY("log.format", FORMAT, AT(log.format), 0, 0, 0, 0, "logfmt",
		"logfmt or json",
		"logfmt ou json")
	CONFIG_KEY("log.file", TEXT, AT(log.file), 0, 0, 0, 0, "",
		"file of the facts about mail; empty: log/mail.log in the state folder",
		"fichier des faits du courrier ; vide : log/mail.log dans le dossier d'état")
	CONFIG_KEY("log.mask", BOOL, AT(log.mask), 0, 0, 0, 0, "false",
		"hide the local parts of addresses",
		"cacher la partie locale des adresses")

	CONFIG_KEY("lab.deliver_to", HOSTPORT, AT(lab.deliver_to), 0, 0, 0, 0, "",
		"send every delivery there instead of to the MX",
		"y envoyer tout le courrier au lieu du MX")
	CONFIG_KEY("lab.private_webhooks", BOOL, AT(lab.private_webhooks), 0, 0, 0, 0, "false",
		"allow webhooks to private addresses",
		"permettre des webhooks vers des adresses privées")
	CONFIG_KEY("lab.verified_domains", BOOL, AT(lab.verified_domains), 0, 0, 0, 0, "false",
		"take every sender domain as verified",
		"tenir pour vérifié tout domaine d'expéditeur")
	CONFIG_KEY("lab.any_credentials", BOOL, AT(lab.any_credentials), 0, 0, 0, 0, "false",
		"accept any user and password, and none from this machine on ports of submission.plain",
		"accepter tout utilisateur et tout mot de passe, et aucun depuis cette machine sur les ports de submission.plain")
/* clang-format on */

#undef AT
#undef IN
#undef MANY
#undef SECOND
#undef DAY
#undef YEARS
#undef CONFIG_KIND
#undef CONFIG_KEY
