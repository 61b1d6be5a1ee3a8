/*
 * What doctor says. C(check, id, title en, fr, why it matters en, fr): one for each check.
 * F(finding, check, state, code, found en, fr, what to do en, fr). S: why a check was not made.
 * %1 %2 %3 are what was found. Codes are stable words.
 */
#ifndef REPORT_FINDING_TBL_H
#define REPORT_FINDING_TBL_H

/* Tables, aligned by hand. */
/* clang-format off */
#define FINDING_CHECKS(C) \
C(SERVICE, "service", "service", "service", \
	"Only a service that runs takes and delivers mail.", \
	"Seul un service qui tourne prend et remet le courrier.") \
C(VERSION, "version", "versions", "versions", \
	"A report of a defect needs the versions, and a new program works only after a restart.", \
	"Pour signaler un défaut il faut les versions, et un nouveau programme n'agit qu'après un redémarrage.") \
C(MODE, "mode", "mode", "mode", \
	"In the mode sandbox mail goes to nobody but the sink and proved addresses.", \
	"Dans le mode sandbox le courrier ne va qu'au puits et aux adresses prouvées.") \
C(RIGHTS, "rights", "rights", "droits", \
	"All mail and the keys lie in the state folder: who can read it reads the mail and signs in your name.", \
	"Tout le courrier et les clés sont dans le dossier d'état : qui peut le lire lit le courrier et signe en votre nom.") \
C(DISK, "disk", "disk", "disque", \
	"Without room no mail is accepted: clients are asked to come back.", \
	"Sans place aucun courrier n'est accepté : les clients sont priés de revenir.") \
C(CLOCK, "clock", "clock", "horloge", \
	"Dates of messages, retries and the ends of keys and certificates follow the clock; mail from the future looks forged.", \
	"Les dates des messages, les nouveaux essais et la fin des clés et certificats suivent l'horloge ; un courrier du futur paraît falsifié.") \
C(SANDBOX, "sandbox", "sandbox", "bac à sable", \
	"Processes that read what strangers send are confined, so that a flaw in one of them opens nothing else.", \
	"Les processus qui lisent ce qu'envoient des inconnus sont confinés : une faille dans l'un n'ouvre rien d'autre.") \
C(CERTIFICATE, "certificate", "certificate", "certificat", \
	"Clients that check certificates do not send where the name or the date does not fit.", \
	"Un client qui vérifie les certificats n'envoie rien si le nom ou la date ne va pas.") \
C(PORT, "port", "ports in", "ports en entrée", \
	"Applications and other mail servers reach the service by its ports.", \
	"Les applications et les autres serveurs joignent le service par ses ports.") \
C(PORT25, "port25", "port 25 out", "port 25 en sortie", \
	"Mail leaves for other servers by port 25; many hosts and access providers block it until they are asked.", \
	"Le courrier part vers les autres serveurs par le port 25 ; beaucoup d'hébergeurs et de fournisseurs d'accès le bloquent tant qu'on ne demande rien.") \
C(RESOLVER, "resolver", "resolver", "résolveur", \
	"Every delivery asks the DNS. One that does not check signatures can be lied to, and blocklists do not answer public ones.", \
	"Chaque remise interroge le DNS. Un résolveur qui ne vérifie pas les signatures peut être trompé, et les listes de blocage ne répondent pas aux résolveurs publics.") \
C(HELO, "helo", "HELO name", "nom HELO", \
	"Receivers look up the name said in EHLO; one that leads nowhere is the mark of a hijacked machine.", \
	"Les destinataires cherchent le nom dit dans EHLO ; un nom qui ne mène nulle part est la marque d'une machine détournée.") \
C(PTR, "ptr", "PTR", "PTR", \
	"Gmail, Orange and others refuse or filter mail from an address whose name does not lead back to it.", \
	"Gmail, Orange et d'autres refusent ou filtrent le courrier d'une adresse dont le nom n'y ramène pas.") \
C(RETURN_PATH, "return_path", "return path", "chemin de retour", \
	"Late bounces and complaints come back by this name; without it nobody learns of dead addresses.", \
	"Les rejets tardifs et les plaintes reviennent par ce nom ; sans lui personne n'apprend qu'une adresse est morte.") \
C(DKIM, "dkim", "DKIM", "DKIM", \
	"The signature proves that the mail is the domain's own; large providers refuse mail without one.", \
	"La signature prouve que le courrier vient bien du domaine ; les grands opérateurs refusent celui qui n'en a pas.") \
C(SPF, "spf", "SPF", "SPF", \
	"Receivers look up which addresses may send for the domain in the return path.", \
	"Les destinataires cherchent quelles adresses peuvent envoyer pour le domaine du chemin de retour.") \
C(DMARC, "dmarc", "DMARC", "DMARC", \
	"It ties the visible sender to DKIM or SPF; Gmail and Yahoo want it from whoever sends much.", \
	"Il lie l'expéditeur visible à DKIM ou SPF ; Gmail et Yahoo l'exigent de qui envoie beaucoup.") \
C(MX, "mx", "MX", "MX", \
	"A sender that cannot be answered looks like spam, and some receivers refuse it.", \
	"Un expéditeur à qui on ne peut répondre paraît indésirable, et certains destinataires le refusent.")

#define FINDING_SKIPS(S) \
S(NO_DNS, UNKNOWN, "no_dns", "Not looked at: the DNS does not answer.", "Pas examiné : le DNS ne répond pas.", \
	"Mend the resolver, then ask again.", "Réparez le résolveur, puis recommencez.") \
S(NO_ANSWER, WARN, "no_answer", "The DNS gave no answer: %1", "Le DNS n'a pas répondu : %1", \
	"Ask again in a minute; if it stays, the name servers of this domain are at fault.", "Recommencez dans une minute ; si cela persiste, les serveurs de noms de ce domaine sont en cause.") \
S(NO_SERVICE, UNKNOWN, "no_service", "Not looked at: the service does not run.", "Pas examiné : le service ne tourne pas.", \
	"Start it, then ask again.", "Démarrez-le, puis recommencez.") \
S(NO_RIGHT, UNKNOWN, "no_right", "Not looked at: %1", "Pas examiné : %1", \
	"Run facteur doctor as root or as the service's user, on this machine.", "Lancez facteur doctor en root ou sous l'utilisateur du service, sur cette machine.") \
S(NO_TABLES, UNKNOWN, "no_tables", "Not looked at: the list of sender domains cannot be read: %1", "Pas examiné : la liste des domaines d'envoi ne peut être lue : %1", \
	"Run it as root or in the service's group.", "Lancez-le en root ou dans le groupe du service.") \
S(NO_DOMAIN, UNKNOWN, "no_domain", "There is no sender domain yet.", "Il n'y a pas encore de domaine d'envoi.", \
	"Add one: facteur domains add example.org --account NAME", "Ajoutez-en un : facteur domains add example.org --account NOM") \
S(NO_ADDRESS, UNKNOWN, "no_address", "Not looked at: no public address of this machine is known.", "Pas examiné : aucune adresse publique de cette machine n'est connue.", \
	"Name it under outbound: addresses:, or give the hostname an address in the DNS.", "Indiquez-la sous outbound: addresses:, ou donnez au nom d'hôte une adresse dans le DNS.") \
S(ROUTE, UNKNOWN, "route", "Does not apply: all mail leaves by the route %1.", "Sans objet : tout le courrier part par la route %1.", \
	"", "") \
S(LAB, UNKNOWN, "lab", "Does not apply: lab.deliver_to sends all mail to %1.", "Sans objet : lab.deliver_to envoie tout le courrier à %1.", \
	"", "") \
S(NOT_ASKED, UNKNOWN, "not_asked", "Not looked at, as asked.", "Pas examiné, comme demandé.", \
	"", "") \
S(LATE, WARN, "late", "It took too long and was given up.", "Cela a pris trop de temps et a été abandonné.", \
	"Ask again with a longer --wait.", "Recommencez avec un --wait plus long.") \
S(MORE, UNKNOWN, "more", "%1 more sender domains were not looked at.", "%1 autres domaines d'envoi n'ont pas été examinés.", \
	"Name one: facteur doctor --domain example.org", "Nommez-en un : facteur doctor --domain example.org")

#define FINDING_FINDINGS(F) \
F(SERVICE_READY, SERVICE, OK, "service_ready", "It runs and takes mail.", "Il tourne et prend le courrier.", "", "") \
F(SERVICE_NOT_READY, SERVICE, WARN, "service_not_ready", "It runs but is not ready: %1", "Il tourne mais n'est pas prêt : %1", \
	"Wait a moment; if it stays, see its log and facteur status.", "Attendez un peu ; si cela dure, voyez son journal et facteur status.") \
F(SERVICE_DOWN, SERVICE, WARN, "service_down", "It does not run.", "Il ne tourne pas.", \
	"Start it: systemctl start facteur, or facteur serve.", "Démarrez-le : systemctl start facteur, ou facteur serve.") \
F(SERVICE_HIDDEN, SERVICE, UNKNOWN, "service_hidden", "Whether it runs cannot be seen: %1", "On ne peut voir s'il tourne : %1", \
	"Run facteur doctor as root or in the service's group.", "Lancez facteur doctor en root ou dans le groupe du service.") \
F(SERVICE_PAUSED, SERVICE, WARN, "queue_paused", "The queue is paused: nothing is sent.", "La file est en pause : rien ne part.", \
	"Let it go on: facteur queue resume", "Faites-la repartir : facteur queue resume") \
F(SERVICE_RESTORED, SERVICE, WARN, "queue_restored", "The state was restored from a backup of %1: nothing is sent until somebody says so.", "L'état a été restauré d'une sauvegarde du %1 : rien ne part avant que quelqu'un le dise.", \
	"What the other machine sent since would be sent again: facteur queue list, then facteur queue resume.", "Ce que l'autre machine a envoyé depuis serait envoyé à nouveau : facteur queue list, puis facteur queue resume.") \
F(SERVICE_LAB, SERVICE, WARN, "lab_mode", "Lab mode is on: this is no configuration for real mail.", "Le mode labo est actif : ce n'est pas une configuration pour du vrai courrier.", \
	"Take the lab: section out of the configuration when the rest is well.", "Ôtez la section lab: de la configuration quand le reste va bien.") \
F(VERSION_FINE, VERSION, OK, "version", "facteur %1 on %2; %3", "facteur %1 sur %2 ; %3", "", "") \
F(VERSION_OTHER, VERSION, WARN, "version_differs", "The service that runs is %1, this program is %2.", "Le service qui tourne est %1, ce programme est %2.", \
	"Restart the service.", "Redémarrez le service.") \
F(MODE_LIVE, MODE, OK, "mode_live", "Mail goes to its recipients (mode: live).", "Le courrier va à ses destinataires (mode: live).", "", "") \
F(MODE_SANDBOX, MODE, WARN, "mode_sandbox", "Mail goes only to the sink and to proved addresses (mode: sandbox).", "Le courrier ne va qu'au puits et aux adresses prouvées (mode: sandbox).", \
	"When nothing else here fails: facteur live", "Quand rien d'autre ici n'échoue : facteur live") \
F(RIGHTS_FINE, RIGHTS, OK, "rights", "%1 belongs to %2, and nobody else can write there.", "%1 appartient à %2, et personne d'autre ne peut y écrire.", "", "") \
F(RIGHTS_NO_STATE, RIGHTS, WARN, "state_missing", "The state folder %1 is not there.", "Le dossier d'état %1 n'existe pas.", \
	"facteur setup makes it; so does facteur serve.", "facteur setup le crée ; facteur serve aussi.") \
F(RIGHTS_NO_USER, RIGHTS, FAIL, "user_missing", "The user %1 of the configuration does not exist: started by root, the service would keep root's rights.", "L'utilisateur %1 de la configuration n'existe pas : démarré par root, le service garderait ses droits.", \
	"adduser --system --group --no-create-home %1", "adduser --system --group --no-create-home %1") \
F(RIGHTS_OWNER, RIGHTS, FAIL, "state_owner", "%1 belongs to %2 instead of %3.", "%1 appartient à %2 au lieu de %3.", \
	"chown -R %3: %1", "chown -R %3: %1") \
F(RIGHTS_OPEN, RIGHTS, FAIL, "state_open", "Others may write to %1 (mode %2).", "D'autres peuvent écrire dans %1 (mode %2).", \
	"chmod go-w %1", "chmod go-w %1") \
F(RIGHTS_READ, RIGHTS, FAIL, "state_readable", "Others may read %1 (mode %2).", "D'autres peuvent lire %1 (mode %2).", \
	"chmod go-rwx %1", "chmod go-rwx %1") \
F(RIGHTS_KEY, RIGHTS, FAIL, "key_readable", "Others may read the master key %1 (mode %2): the service refuses it.", "D'autres peuvent lire la clé maîtresse %1 (mode %2) : le service la refuse.", \
	"chmod 600 %1; if somebody may have read it, make new keys.", "chmod 600 %1 ; si quelqu'un a pu la lire, faites de nouvelles clés.") \
F(RIGHTS_NO_KEY, RIGHTS, WARN, "key_missing", "There is no master key %1 yet.", "Il n'y a pas encore de clé maîtresse %1.", \
	"facteur setup makes it. If there was one, restore it: without it the signing keys are lost.", "facteur setup la crée. S'il y en avait une, restaurez-la : sans elle les clés de signature sont perdues.") \
F(RIGHTS_CONFIG, RIGHTS, WARN, "config_readable", "The configuration %1 has a password in a route, and everybody may read it.", "La configuration %1 contient un mot de passe de route, et tout le monde peut la lire.", \
	"chgrp %2 %1; chmod 640 %1", "chgrp %2 %1 ; chmod 640 %1") \
F(DISK_FINE, DISK, OK, "disk", "%1 free, %2; the reserve is %3.", "%1 libres, %2 ; la réserve est de %3.", "", "") \
F(DISK_FULL, DISK, FAIL, "disk_full", "%1 free, %2: less than the reserve of %3, so no mail is accepted.", "%1 libres, %2 : moins que la réserve de %3, donc aucun courrier n'est accepté.", \
	"Make room, or keep content for less time (keep.content).", "Faites de la place, ou gardez les contenus moins longtemps (keep.content).") \
F(DISK_LOW, DISK, WARN, "disk_low", "%1 free, %2; the reserve is %3.", "%1 libres, %2 ; la réserve est de %3.", \
	"Make room before the reserve is reached.", "Faites de la place avant que la réserve ne soit atteinte.") \
F(DISK_INODES, DISK, FAIL, "inodes_full", "No more than %1 files can be made (inodes).", "On ne peut plus créer que %1 fichiers (inodes).", \
	"Remove small files on this file system: df -i shows it.", "Supprimez de petits fichiers sur ce système de fichiers : df -i le montre.") \
F(DISK_INODES_LOW, DISK, WARN, "inodes_low", "Only %1 more files can be made (inodes).", "On ne peut plus créer que %1 fichiers (inodes).", \
	"Remove small files on this file system: df -i shows it.", "Supprimez de petits fichiers sur ce système de fichiers : df -i le montre.") \
F(DISK_READ_ONLY, DISK, FAIL, "disk_read_only", "The file system is read-only.", "Le système de fichiers est en lecture seule.", \
	"The kernel makes it so after an error: see dmesg, check the disk, mount it again.", "Le noyau le fait après une erreur : voyez dmesg, vérifiez le disque, remontez-le.") \
F(CLOCK_FINE, CLOCK, OK, "clock", "It is kept right; off by at most %1.", "Elle est tenue à l'heure ; écart d'au plus %1.", "", "") \
F(CLOCK_OFF, CLOCK, WARN, "clock_off", "It is kept right, but may be off by %1.", "Elle est tenue à l'heure, mais peut s'écarter de %1.", \
	"Look at the time service: timedatectl, chronyc tracking.", "Voyez le service de temps : timedatectl, chronyc tracking.") \
F(CLOCK_FREE, CLOCK, WARN, "clock_unsynced", "Nobody keeps it right: it is %1 here.", "Personne ne la tient à l'heure : il est ici %1.", \
	"Install a time service: apt install chrony (or systemd-timesyncd).", "Installez un service de temps : apt install chrony (ou systemd-timesyncd).") \
F(CLOCK_WRONG, CLOCK, FAIL, "clock_wrong", "It is %1 here: that cannot be.", "Il est ici %1 : c'est impossible.", \
	"Set it, and install a time service: apt install chrony", "Réglez-la, et installez un service de temps : apt install chrony") \
F(SANDBOX_FINE, SANDBOX, OK, "sandbox", "Landlock (version %1) and seccomp are there; sandbox: %2.", "Landlock (version %1) et seccomp sont là ; sandbox: %2.", "", "") \
F(SANDBOX_NONE, SANDBOX, WARN, "landlock_missing", "This kernel has no Landlock: roles can open any file of their user.", "Ce noyau n'a pas Landlock : les rôles peuvent ouvrir tout fichier de leur utilisateur.", \
	"Boot a kernel from 5.13 on with lsm=landlock,…", "Démarrez un noyau à partir de 5.13 avec lsm=landlock,…") \
F(SANDBOX_REQUIRED, SANDBOX, FAIL, "landlock_required", "This kernel has no Landlock, and sandbox: require does not start without.", "Ce noyau n'a pas Landlock, et sandbox: require ne démarre pas sans lui.", \
	"Boot a kernel from 5.13 on with lsm=landlock,…, or write sandbox: auto.", "Démarrez un noyau à partir de 5.13 avec lsm=landlock,…, ou écrivez sandbox: auto.") \
F(SANDBOX_SECCOMP, SANDBOX, WARN, "seccomp_missing", "This kernel has no seccomp filters.", "Ce noyau n'a pas de filtres seccomp.", \
	"Boot Debian's kernel; some containers switch them off.", "Démarrez le noyau de Debian ; certains conteneurs les coupent.") \
F(SANDBOX_OFF, SANDBOX, WARN, "sandbox_off", "It is switched off (sandbox: off).", "Il est coupé (sandbox: off).", \
	"Take that line out of the configuration.", "Ôtez cette ligne de la configuration.") \
F(CERT_FINE, CERTIFICATE, OK, "certificate", "It is for %1 and has %2 days left.", "Il est pour %1 et vaut encore %2 jours.", "", "") \
F(CERT_NONE, CERTIFICATE, WARN, "cert_none", "None is configured: a self-signed one is used, which clients that check refuse.", "Aucun n'est configuré : un certificat autosigné sert, que refuse tout client qui vérifie.", \
	"Get one for %1 and name it under tls: (docs/how-to/certificates.md).", "Obtenez-en un pour %1 et nommez-le sous tls: (docs/how-to/certificates.md).") \
F(CERT_UNREADABLE, CERTIFICATE, FAIL, "cert_unreadable", "It cannot be read: %1", "Il ne peut être lu : %1", \
	"Correct the file's name under tls:, or its rights.", "Corrigez le nom du fichier sous tls:, ou ses droits.") \
F(CERT_PAIR, CERTIFICATE, FAIL, "cert_pair", "%1", "%1", \
	"Correct tls: in the configuration; facteur check-config checks it.", "Corrigez tls: dans la configuration ; facteur check-config vérifie.") \
F(CERT_OVER, CERTIFICATE, FAIL, "cert_expired", "It ended %1 days ago.", "Il est échu depuis %1 jours.", \
	"Renew it, then: systemctl reload facteur", "Renouvelez-le, puis : systemctl reload facteur") \
F(CERT_EARLY, CERTIFICATE, WARN, "cert_not_yet", "It is valid only from %1.", "Il n'est valable qu'à partir du %1.", \
	"Wait until then with the old one, or is the clock wrong?", "Gardez l'ancien jusque-là ; ou l'horloge est-elle fausse ?") \
F(CERT_SELF, CERTIFICATE, WARN, "cert_self_signed", "It is signed by itself: clients that check refuse it.", "Il est autosigné : un client qui vérifie le refuse.", \
	"Get one from an authority (docs/how-to/certificates.md).", "Obtenez-en un d'une autorité (docs/how-to/certificates.md).") \
F(CERT_SOON, CERTIFICATE, WARN, "cert_ends_soon", "It ends in %1 days.", "Il arrive à échéance dans %1 jours.", \
	"Renew it, then: systemctl reload facteur", "Renouvelez-le, puis : systemctl reload facteur") \
F(CERT_NAME, CERTIFICATE, WARN, "cert_name", "No certificate is for %1.", "Aucun certificat n'est pour %1.", \
	"Get one for this name, or correct hostname:.", "Obtenez-en un pour ce nom, ou corrigez hostname:.") \
F(PORT_OPEN, PORT, OK, "port_open", "Listens on %1.", "Écoute sur %1.", "", "") \
F(PORT_CLOSED, PORT, FAIL, "port_closed", "The service runs, but nothing listens on %1.", "Le service tourne, mais rien n'écoute sur %1.", \
	"A port that is new in the configuration is opened by a restart only: systemctl restart facteur. Else the log says why (port-not-opened): another program has it, or rights are missing. From another machine: facteur doctor ports %2", "Un port nouveau dans la configuration ne s'ouvre qu'au redémarrage : systemctl restart facteur. Sinon le journal dit pourquoi (port-not-opened) : un autre programme le tient, ou il manque des droits. D'une autre machine : facteur doctor ports %2") \
F(PORT_TAKEN, PORT, FAIL, "port_taken", "The service does not run, but another program listens on %1.", "Le service ne tourne pas, mais un autre programme écoute sur %1.", \
	"Stop that program (ss -ltnp tells which), or choose other ports.", "Arrêtez ce programme (ss -ltnp dit lequel), ou choisissez d'autres ports.") \
F(PORT_NONE, PORT, FAIL, "port_none", "The configuration opens no port for mail.", "La configuration n'ouvre aucun port pour le courrier.", \
	"Name some under submission: (starttls: [25, 587]).", "Indiquez-en sous submission: (starttls: [25, 587]).") \
F(PORT25_OPEN, PORT25, OK, "port25_open", "%1 answered 220 in %2 ms.", "%1 a répondu 220 en %2 ms.", "", "") \
F(PORT25_BLOCKED, PORT25, FAIL, "port25_blocked", "No answer from %1: it is blocked on the way.", "Aucune réponse de %1 : il est bloqué en chemin.", \
	"Ask your host to open it, or use a route (docs/how-to/blocked-port-25.md).", "Demandez à votre hébergeur de l'ouvrir, ou passez par une route (docs/fr/port-25-bloque.md).") \
F(PORT25_REFUSED, PORT25, FAIL, "port25_refused", "%1 was reached but gave no 220 greeting: %2", "%1 a été joint mais n'a pas salué par 220 : %2", \
	"Something on the way answers in its place, or refuses this address: ask your host (docs/how-to/blocked-port-25.md).", "Un équipement en chemin répond à sa place, ou refuse cette adresse : demandez à votre hébergeur (docs/fr/port-25-bloque.md).") \
F(PORT25_SOURCE, PORT25, FAIL, "port25_source", "outbound.addresses has %1, which is no address of this machine: nothing can leave from it.", "outbound.addresses cite %1, qui n'est pas une adresse de cette machine : rien ne peut en partir.", \
	"Take it out, or give it to the machine; behind NAT write the inner address (ip addr shows it).", "Ôtez-la, ou donnez-la à la machine ; derrière un NAT écrivez l'adresse interne (ip addr la montre).") \
F(RESOLVER_FINE, RESOLVER, OK, "resolver", "%1 answers in %2 ms and checks DNSSEC.", "%1 répond en %2 ms et vérifie DNSSEC.", "", "") \
F(RESOLVER_SILENT, RESOLVER, FAIL, "resolver_silent", "%1 does not answer: %2", "%1 ne répond pas : %2", \
	"Correct /etc/resolv.conf or outbound.resolver; best is one of your own: apt install unbound", "Corrigez /etc/resolv.conf ou outbound.resolver ; le mieux est un résolveur à vous : apt install unbound") \
F(RESOLVER_PLAIN, RESOLVER, WARN, "resolver_no_dnssec", "%1 answers in %2 ms but does not check DNSSEC.", "%1 répond en %2 ms mais ne vérifie pas DNSSEC.", \
	"Use one that does, on this machine: apt install unbound, outbound.resolver: 127.0.0.1:53", "Prenez-en un qui le fait, sur cette machine : apt install unbound, outbound.resolver: 127.0.0.1:53") \
F(RESOLVER_PUBLIC, RESOLVER, WARN, "resolver_public", "%1 is a public resolver (%2): blocklists do not answer it.", "%1 est un résolveur public (%2) : les listes de blocage ne lui répondent pas.", \
	"Use one of your own: apt install unbound, outbound.resolver: 127.0.0.1:53", "Prenez-en un à vous : apt install unbound, outbound.resolver: 127.0.0.1:53") \
F(HELO_FINE, HELO, OK, "helo", "It leads to %1.", "Il mène à %1.", "", "") \
F(HELO_UNSET, HELO, FAIL, "helo_unset", "The configuration has no hostname: nothing sure is said in EHLO.", "La configuration n'a pas de hostname : EHLO ne dit rien de sûr.", \
	"Write hostname: mail.example.org, a name whose address is this machine's.", "Écrivez hostname: mail.example.org, un nom dont l'adresse est celle de cette machine.") \
F(HELO_SHORT, HELO, FAIL, "helo_not_full", "It is no full name: there is no dot in it.", "Ce n'est pas un nom complet : il n'a pas de point.", \
	"Use a name of your domain, such as mail.example.org.", "Prenez un nom de votre domaine, comme mail.example.org.") \
F(HELO_NONE, HELO, FAIL, "helo_no_address", "It has no address in the DNS.", "Il n'a pas d'adresse dans le DNS.", \
	"Publish an A record (and AAAA, if mail leaves over IPv6): %1 A …", "Publiez un enregistrement A (et AAAA, si le courrier part en IPv6) : %1 A …") \
F(HELO_ELSEWHERE, HELO, WARN, "helo_elsewhere", "It leads to %1, but mail leaves from %2.", "Il mène à %1, mais le courrier part de %2.", \
	"Publish the sending address for this name, or correct hostname:.", "Publiez l'adresse d'envoi pour ce nom, ou corrigez hostname:.") \
F(PTR_FINE, PTR, OK, "ptr", "It leads to %1 and back.", "Elle mène à %1, qui y ramène.", "", "") \
F(PTR_MISSING, PTR, FAIL, "ptr_missing", "The address has no name.", "L'adresse n'a pas de nom.", \
	"Ask your host to set the reverse DNS (PTR) to %1, in its panel or by its support.", "Demandez à votre hébergeur de régler le DNS inverse (PTR) sur %1, dans son panneau ou par son assistance.") \
F(PTR_UNCONFIRMED, PTR, FAIL, "ptr_unconfirmed", "It leads to %1, which does not lead back to it.", "Elle mène à %1, qui n'y ramène pas.", \
	"Set the reverse DNS to %2, or publish this address for %1.", "Réglez le DNS inverse sur %2, ou publiez cette adresse pour %1.") \
F(PTR_OTHER, PTR, WARN, "ptr_other", "It leads to %1 and back, but EHLO says %2.", "Elle mène à %1, qui y ramène, mais EHLO dit %2.", \
	"Set the reverse DNS to %2, or hostname: to %1.", "Réglez le DNS inverse sur %2, ou hostname: sur %1.") \
F(RETURN_FINE, RETURN_PATH, OK, "return_path", "Mail for it comes to %1, this machine.", "Son courrier arrive à %1, cette machine.", "", "") \
F(RETURN_NONE, RETURN_PATH, WARN, "return_none", "No bounce_domain is configured: late bounces go to the senders, and the service does not learn of them.", "Aucun bounce_domain n'est configuré : les rejets tardifs vont aux expéditeurs, et le service n'en apprend rien.", \
	"Write bounce_domain: bounces.example.org and publish its MX (docs/how-to/bounces.md).", "Écrivez bounce_domain: bounces.example.org et publiez son MX (docs/how-to/bounces.md).") \
F(RETURN_MISSING, RETURN_PATH, FAIL, "return_missing", "It has no MX: what comes back is lost.", "Il n'a pas de MX : ce qui revient est perdu.", \
	"Publish: %1 MX 10 %2", "Publiez : %1 MX 10 %2") \
F(RETURN_ELSEWHERE, RETURN_PATH, FAIL, "return_elsewhere", "Its mail goes to %1, not to this machine.", "Son courrier va à %1, pas à cette machine.", \
	"Publish: %2 MX 10 %3", "Publiez : %2 MX 10 %3") \
F(RETURN_PORT, RETURN_PATH, FAIL, "return_port", "Port 25 is not among submission.starttls: what comes back finds nobody.", "Le port 25 n'est pas dans submission.starttls : ce qui revient ne trouve personne.", \
	"Add 25 there.", "Ajoutez-y 25.") \
F(DKIM_FINE, DKIM, OK, "dkim", "%1 is published and is ours.", "%1 est publié et c'est le nôtre.", "", "") \
F(DKIM_MISSING, DKIM, FAIL, "dkim_missing", "%1 is not published.", "%1 n'est pas publié.", \
	"Publish it: facteur domains list --json shows the record, and facteur setup a zone file.", "Publiez-le : facteur domains list --json montre l'enregistrement, et facteur setup un fichier de zone.") \
F(DKIM_DIFFERENT, DKIM, FAIL, "dkim_different", "%1 has another key: %2", "%1 porte une autre clé : %2", \
	"Publish this account's record in its place.", "Publiez à sa place l'enregistrement de ce compte.") \
F(DKIM_SEVERAL, DKIM, FAIL, "dkim_several", "%1 has more than one record: receivers may take the wrong one.", "%1 a plus d'un enregistrement : les destinataires peuvent prendre le mauvais.", \
	"Remove all but ours.", "Supprimez tout sauf le nôtre.") \
F(SPF_FINE, SPF, OK, "spf", "It lets %1 send.", "Il laisse %1 envoyer.", "", "") \
F(SPF_MISSING, SPF, FAIL, "spf_missing", "There is no SPF record.", "Il n'y a pas d'enregistrement SPF.", \
	"Publish: %1 TXT \"v=spf1 a:%2 ~all\"", "Publiez : %1 TXT \"v=spf1 a:%2 ~all\"") \
F(SPF_SEVERAL, SPF, FAIL, "spf_several", "There are %1 SPF records: receivers count that as none.", "Il y a %1 enregistrements SPF : pour un destinataire, c'est comme s'il n'y en avait pas.", \
	"Make one of them: all terms in one record.", "Faites-en un seul : tous les termes dans un même enregistrement.") \
F(SPF_INVALID, SPF, FAIL, "spf_invalid", "Receivers cannot read the record: \"%1\" is wrong, in %2.", "Les destinataires ne peuvent lire l'enregistrement : « %1 » est faux, dans %2.", \
	"Correct that term.", "Corrigez ce terme.") \
F(SPF_LOOKUPS, SPF, FAIL, "spf_lookups", "It needs more than 10 questions to the DNS: receivers give up.", "Il demande plus de 10 questions au DNS : les destinataires abandonnent.", \
	"Remove includes that are not used, or write their networks as ip4: and ip6:.", "Ôtez les include inutiles, ou écrivez leurs réseaux en ip4: et ip6:.") \
F(SPF_INCLUDE, SPF, FAIL, "spf_include", "It includes %1, which has no SPF record: receivers give up there.", "Il inclut %1, qui n'a pas d'enregistrement SPF : les destinataires s'arrêtent là.", \
	"Remove or correct that include.", "Ôtez ou corrigez cet include.") \
F(SPF_NOT_OURS, SPF, FAIL, "spf_not_ours", "It does not let %1 send.", "Il ne laisse pas %1 envoyer.", \
	"Add a:%2 to the record, before its all.", "Ajoutez a:%2 à l'enregistrement, avant son all.") \
F(SPF_UNSURE, SPF, WARN, "spf_unsure", "Whether it lets %1 send could not be found out: %2", "On n'a pu établir s'il laisse %1 envoyer : %2", \
	"Add a:%3 to the record, before its all.", "Ajoutez a:%3 à l'enregistrement, avant son all.") \
F(SPF_ANYBODY, SPF, WARN, "spf_anybody", "It lets the whole world send (+all).", "Il laisse le monde entier envoyer (+all).", \
	"Write ~all or -all instead.", "Écrivez plutôt ~all ou -all.") \
F(DMARC_FINE, DMARC, OK, "dmarc", "p=%1, at %2.", "p=%1, dans %2.", "", "") \
F(DMARC_WATCH, DMARC, OK, "dmarc_none", "p=none, at %1: receivers only report.", "p=none, dans %1 : les destinataires ne font que signaler.", \
	"When the reports show all your mail aligned, write p=quarantine.", "Quand les rapports montrent tout votre courrier aligné, écrivez p=quarantine.") \
F(DMARC_MISSING, DMARC, WARN, "dmarc_missing", "There is no DMARC record.", "Il n'y a pas d'enregistrement DMARC.", \
	"Publish: _dmarc.%1 TXT \"v=DMARC1; p=none\"", "Publiez : _dmarc.%1 TXT \"v=DMARC1; p=none\"") \
F(DMARC_SEVERAL, DMARC, FAIL, "dmarc_several", "There are %1 records at %2: receivers count that as none.", "Il y a %1 enregistrements dans %2 : pour un destinataire, c'est comme s'il n'y en avait pas.", \
	"Remove all but one.", "N'en laissez qu'un.") \
F(DMARC_INVALID, DMARC, FAIL, "dmarc_invalid", "The record at %1 has no policy that receivers know: %2", "L'enregistrement dans %1 n'a pas de règle connue des destinataires : %2", \
	"Write p=none, p=quarantine or p=reject.", "Écrivez p=none, p=quarantine ou p=reject.") \
F(MX_FINE, MX, OK, "mx", "Answers go to %1.", "Les réponses vont à %1.", "", "") \
F(MX_FALLBACK, MX, WARN, "mx_fallback", "It has no MX; answers go to its own address.", "Il n'a pas de MX ; les réponses vont à sa propre adresse.", \
	"Publish an MX, if mail for it is received anywhere.", "Publiez un MX, si son courrier est reçu quelque part.") \
F(MX_NULL, MX, WARN, "mx_null", "It says that it takes no mail (null MX): nobody can answer.", "Il dit ne prendre aucun courrier (MX nul) : personne ne peut répondre.", \
	"Send from a domain that receives, or publish its MX.", "Envoyez depuis un domaine qui reçoit, ou publiez son MX.") \
F(MX_MISSING, MX, FAIL, "mx_missing", "It has neither MX nor address: many receivers refuse such a sender.", "Il n'a ni MX ni adresse : beaucoup de destinataires refusent un tel expéditeur.", \
	"Publish an MX that takes its mail.", "Publiez un MX qui prend son courrier.") \
F(MX_NO_DOMAIN, MX, FAIL, "mx_no_domain", "The domain does not exist in the DNS.", "Le domaine n'existe pas dans le DNS.", \
	"Is it registered, spelt right, and has it name servers?", "Est-il enregistré, bien écrit, et a-t-il des serveurs de noms ?")
/* clang-format on */

#endif
