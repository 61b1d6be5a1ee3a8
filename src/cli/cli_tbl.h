/* clang-format off */
/*
 * The subcommands: CLI_COMMAND(word, function, forms, what it does, the same in French). Forms
 * are lines "arguments" behind `facteur WORD`, each ended by a newline, the same in both
 * languages; what is one sentence. This list feeds the dispatcher, --help, the man pages, the
 * shells' completions and "did you mean".
 */
CLI_COMMAND("serve", cli_serve,
	"[--one] [--quiet]\n",
	"Runs the service: all ports, the queue, deliveries, until SIGTERM. --one: in one process.",
	"Fait tourner le service : tous les ports, la file d'attente, les remises, jusqu'à SIGTERM. --one : en un seul processus.")
CLI_COMMAND("setup", cli_setup,
	"[--hostname NAME] [--admin ADDRESS] [--domain DOMAIN|-] [--account NAME] [--bounce-domain DOMAIN|-] [--address IP] [--user USER] [--outward DOMAIN|none] [--live | --sandbox] [--yes] [--force]\n",
	"Makes an installation ready to start: configuration, folders, master key, first account, key and domain; prints the DNS records. Asks what is not said; what is there already stays. A new one is in the mode sandbox, unless --live says otherwise.",
	"Prépare une installation : configuration, dossiers, clé maîtresse, premier compte, première clé et premier domaine ; affiche les enregistrements DNS. Demande ce qui n'est pas dit ; ce qui est déjà là reste. Une nouvelle est en mode sandbox, à moins que --live ne dise le contraire.")
CLI_COMMAND("check-config", cli_check_config,
	"[FILE|-] [--no-files]\n--explain\n",
	"Checks a configuration file and its certificates, or explains every key with its default. --no-files: the text alone.",
	"Vérifie un fichier de configuration et ses certificats, ou explique chaque clé avec sa valeur par défaut. --no-files : le texte seul.")
CLI_COMMAND("status", cli_status,
	"\n",
	"Is the service ready, what waits in the queue, which processes run.",
	"Dit si le service est prêt, ce qui attend dans la file, quels processus tournent.")
CLI_COMMAND("queue", cli_queue,
	"list [FILTERS] [--limit N]\nshow ID\ncount [FILTERS]\nhold|release|retry|drop FILTERS|--all [--dry-run] [--yes]\npause\nresume [--yes]\n",
	"Shows and changes what waits; pauses all sending, and after a restore lets it begin. Filters: --id --domain --sender --to --account --state --older 1h.",
	"Montre et change ce qui attend ; suspend tout envoi et, après une restauration, le laisse commencer. Filtres : --id --domain --sender --to --account --state --older 1h.")
CLI_COMMAND("trace", cli_trace,
	"ADDRESS|MESSAGE-ID|ID [--limit N] [--cursor CURSOR] [--transcript]\n",
	"Explains in words what became of a message, with its attempts and raw replies.",
	"Explique en clair ce qu'est devenu un message, avec ses tentatives et les réponses brutes.")
CLI_COMMAND("accounts", cli_accounts,
	"add NAME\nlist\nsuspend NAME\nrestore NAME\nmode NAME live|sandbox\nforward NAME bounces,complaints|none\ntracking NAME [--opens on|off] [--clicks none|html|text|all] [--url URL|none] [--verify] [--force]\nquota NAME [--hour N|none] [--day N|none] [--month N|none] [--sessions N|none]\n",
	"Customer accounts: each has its own keys, domains and queue, defaults of tracking and perhaps a tracking host. mode: sandbox keeps an account's mail in the sink, but for proved addresses. quota: recipients in an hour, a day and a month of UTC and sessions at one time; shows what is used.",
	"Les comptes des clients : chacun a ses clés, ses domaines et sa file, ses réglages de suivi et peut-être un nom d'hôte pour les liens suivis. mode : sandbox garde le courrier d'un compte dans le puits, sauf pour les adresses prouvées. quota : destinataires par heure, par jour et par mois UTC et sessions simultanées ; montre ce qui est utilisé.")
CLI_COMMAND("keys", cli_keys,
	"add --account NAME [--label TEXT] [--stream transactional|broadcast] [--network CIDR] [--expires 90d] [--scope send,read,manage,suppress,operate] [--plaintext]\nlist [--account NAME]\nrevoke KEY\nroll KEY [--grace 24h]\nquota KEY [--hour N|none] [--day N|none] [--month N|none] [--sessions N|none]\n",
	"API keys: user and password of SMTP clients. The secret is shown once. quota: as of accounts, for this key.",
	"Les clés d'API : utilisateur et mot de passe des clients SMTP. Le secret n'est montré qu'une fois. quota : comme pour les comptes, pour cette clé.")
CLI_COMMAND("users", cli_users,
	"list [--account NAME]\nadd EMAIL --role ROLE [--account NAME] [--name TEXT] [--language en|fr]\nset USER [--role ROLE] [--name TEXT] [--language en|fr] [--enable|--disable]\nremove USER\nlink [USER]\ntotp off USER\n",
	"People who sign in to the console: of an account (viewer, marketer, developer, owner) or, without --account, of the service (operator, abuse_officer, owner). add and link print a link, good once and for 15 minutes, with which the person sets a password; link without USER is for the first owner. totp off: the second factor of who lost the phone; list shows who has one. USER is an e-mail or an id.",
	"Les personnes qui se connectent à la console : celles d'un compte (viewer, marketer, developer, owner) ou, sans --account, celles du service (operator, abuse_officer, owner). add et link affichent un lien, valable une fois et 15 minutes, par lequel la personne choisit un mot de passe ; link sans USER est pour le premier owner. totp off : ôte le second facteur de qui a perdu son téléphone ; list montre qui en a un. USER est une adresse ou un identifiant.")
CLI_COMMAND("audit", cli_audit,
	"[--account NAME] [--limit N] [--after CURSOR]\nverify [--account NAME] [--noted ENTRY:HASH]\n",
	"Who did what, when and from where, newest first. verify: is each entry still there as it was written? Without --account of all logs; --noted: is this still the entry that somebody wrote down? Exit 1 when not.",
	"Qui a fait quoi, quand et d'où, du plus récent au plus ancien. verify : chaque entrée est-elle encore telle qu'elle fut écrite ? Sans --account, de tous les journaux ; --noted : est-ce encore l'entrée que quelqu'un a notée ? Sinon, code 1.")
CLI_COMMAND("domains", cli_domains,
	"add DOMAIN --account NAME\nlist [--account NAME]\nverify DOMAIN --account NAME\nremove DOMAIN --account NAME\n",
	"Sending domains: makes DKIM keys, prints the DNS records to publish, checks them.",
	"Les domaines d'envoi : crée les clés DKIM, affiche les enregistrements DNS à publier, les vérifie.")
CLI_COMMAND("routes", cli_routes,
	"add DOMAIN|'*' URL\nlist\nremove DOMAIN|'*'\n",
	"Static routes: a smarthost instead of MX, such as smtp://user:password@host:587.",
	"Les routes fixes : un relais au lieu du MX, par exemple smtp://user:password@host:587.")
CLI_COMMAND("groups", cli_groups,
	"add NAME --account NAME [--description TEXT] [--default]\nlist --account NAME\nset GROUP --account NAME [--name NAME] [--description TEXT] [--default]\nremove GROUP --account NAME\n",
	"Groups of an account's mail (news, offers): who unsubscribes from mail of one leaves that group alone. GROUP is a number or a name.",
	"Les groupes du courrier d'un compte (nouvelles, offres) : qui se désinscrit d'un message de l'un ne quitte que ce groupe. GROUP est un numéro ou un nom.")
CLI_COMMAND("streams", cli_streams,
	"add STREAM --account NAME [--kind transactional|broadcast] [--name NAME] [--description TEXT] [--unsubscribe yes|no]\nlist --account NAME [--archived]\nset STREAM --account NAME [--name NAME] [--description TEXT] [--unsubscribe yes|no]\narchive STREAM --account NAME\nunarchive STREAM --account NAME\n",
	"Streams of an account's own, beside transactional and broadcast: mail names one, and who unsubscribes from it leaves that one alone.",
	"Les flux propres à un compte, à côté de transactional et broadcast : un message en nomme un, et qui s'en désinscrit ne quitte que celui-là.")
CLI_COMMAND("suppressions", cli_suppressions,
	"list|count|export [FILTERS]\nadd ADDRESS --account NAME [--stream S|--group GROUP] [--reason R] [--note TEXT]\nremove ADDRESS --account NAME [--stream S|--group GROUP] [--reason R]\nimport FILE|- --account NAME [--stream S|--group GROUP] [--reason R] [--note TEXT]\nundo INCIDENT [--account NAME]\n",
	"Addresses that get no mail any more, and why; with --stream tracking those whose opens and clicks are not recorded. Filters: --account --group --stream --reason --address --search --incident --since 7d --until --limit --after.",
	"Les adresses qui ne reçoivent plus de courrier, et pourquoi ; avec --stream tracking, celles dont les ouvertures et les clics ne sont pas enregistrés. Filtres : --account --group --stream --reason --address --search --incident --since 7d --until --limit --after.")
CLI_COMMAND("erase", cli_erase,
	"ADDRESS --account NAME [--reason TEXT] [--dry-run] [--no-wait] [--yes]\nlist [--account NAME]\nshow ID\nagain FILE|-\n",
	"Forgets a person: what is kept of an address for an account goes within a day; numbers stay, and that he wants no mail. Shows what is there first; --dry-run stops there.",
	"Oublie une personne : ce qui est gardé d'une adresse pour un compte disparaît en un jour ; les nombres restent, et son refus de recevoir du courrier. Montre d'abord ce qu'il y a ; --dry-run s'arrête là.")
CLI_COMMAND("webhooks", cli_webhooks,
	"list [--account NAME]\nadd URL --account NAME [--format native|mailjet-1|mailjet-2|sendgrid|postmark|mailgun] [--events WORD,…] [--label TEXT] [--people]\nremove ID\nlog ID [--limit N]\ntest ID\nreplay ID --event EVENT|--from TIME [--to TIME]|--dead\nroll ID\nresume ID\ndead ID\n",
	"Where events of an account's mail are posted to, what was answered, what was given up; posts events again.",
	"Où les événements du courrier d'un compte sont envoyés, ce qui a été répondu, ce qui a été abandonné ; envoie de nouveau des événements.")
CLI_COMMAND("inbound", cli_inbound,
	"list [--account NAME]\nadd DOMAIN|ADDRESS URL --account NAME [--format native|mailjet|sendgrid|sendgrid-raw|postmark]\nremove ID\n",
	"Mail that comes in for an account's domain or address is posted to a URL.",
	"Le courrier qui arrive pour un domaine ou une adresse d'un compte est envoyé à une URL.")
CLI_COMMAND("templates", cli_templates,
	"list --account NAME\nget TEMPLATE DIR --account NAME [--version N|published]\nput DIR --account NAME [--publish]\nrender TEMPLATE --account NAME [--version N|published] [--values SET|FILE.json] [--message ID] [--part html|text|subject | --advice]\ntest TEMPLATE --account NAME [--to ADDRESS] [--version N|published] [--values SET|FILE.json] [--message ID]\ntesters --account NAME [--add ADDRESS | --remove ADDRESS]\nversions TEMPLATE --account NAME\npublish TEMPLATE --account NAME [--version N]\nunpublish TEMPLATE --account NAME\nremove TEMPLATE --account NAME\n",
	"Templates of an account, as files of a folder: stores drafts, tries them out, publishes them and goes back. TEMPLATE is an id or a name.",
	"Les modèles d'un compte, en fichiers d'un dossier : enregistre des brouillons, les essaie, les publie, revient en arrière. TEMPLATE est un identifiant ou un nom.")
CLI_COMMAND("contacts", cli_contacts,
	"list --account NAME [--search BEGIN]\nget ADDRESS --account NAME\nput ADDRESS --account NAME [--name NAME] [--properties FILE.json|-]\nremove ADDRESS --account NAME\n",
	"People an account writes to: a name and properties that templates read. put writes over what was there.",
	"Les personnes à qui un compte écrit : un nom et des propriétés que lisent les modèles. put remplace ce qu'il y avait.")
CLI_COMMAND("doctor", cli_doctor,
	"[--domain DOMAIN] [--only CHECK,…] [--outward DOMAIN|none] [--wait SECONDS] [--quiet]\nports [HOST] [--ports 25,587,…] [--wait SECONDS]\n",
	"Looks at this installation: ports, DNS, certificates, clock, disk, rights; what is wrong, why it matters, what to do. ports: connects to each as people do with telnet.",
	"Examine cette installation : ports, DNS, certificats, horloge, disque, droits ; dit ce qui ne va pas, pourquoi c'est important, que faire. ports : se connecte à chacun, comme on le fait avec telnet.")
CLI_COMMAND("live", cli_live,
	"[--anyway] [--outward DOMAIN|none]\n",
	"Takes the service out of the mode sandbox: mail goes to its recipients from then on. Asks doctor first, and stays where it is while something fails, but with --anyway.",
	"Fait sortir le service du mode sandbox : dès lors le courrier va à ses destinataires. Consulte d'abord doctor, et ne change rien tant que quelque chose échoue, sauf avec --anyway.")
CLI_COMMAND("proved", cli_proved,
	"add ADDRESS [--account NAME]\nlist [--account NAME]\nconfirm CODE\nremove ADDRESS [--account NAME]\n",
	"Addresses that get mail in the mode sandbox, because their owner said so: add mails a link and a code to one, which the owner opens, or gives to confirm.",
	"Les adresses qui reçoivent du courrier en mode sandbox, parce que leur propriétaire l'a dit : add envoie à l'une un lien et un code, que le propriétaire ouvre, ou donne à confirm.")
CLI_COMMAND("backup", cli_backup,
	"FILE|- [--with-master-key] [--passphrase-file FILE]\n",
	"Everything of this installation in one file, while it works: accounts, queue with its contents, suppressions, ledger, configuration. With a passphrase it is encrypted; -: to standard output, such as for age.",
	"Toute cette installation dans un fichier, pendant qu'elle travaille : comptes, file d'attente avec ses contenus, adresses écartées, registre, configuration. Avec une phrase secrète il est chiffré ; - : vers la sortie standard, par exemple pour age.")
CLI_COMMAND("restore", cli_restore,
	"FILE|- [--passphrase-file FILE] [--state DIR]\nFILE|- --check [--passphrase-file FILE]\n",
	"Makes a state folder of a backup; its queue is paused until: facteur queue resume. --check: reads all of it, looks at the databases, counts the mail by state.",
	"Fait un dossier d'état d'une sauvegarde ; sa file est suspendue jusqu'à : facteur queue resume. --check : la lit en entier, examine les bases de données, compte le courrier par état.")
CLI_COMMAND("upgrade", cli_upgrade,
	"--rehearse [--state DIR]\n",
	"Tries on a copy of the state what the next start of this version does with it: which formats change, how long it takes, whether the counts agree. Nothing of the state changes.",
	"Essaie sur une copie de l'état ce que le prochain démarrage de cette version en fera : quels formats changent, combien de temps cela prend, si les comptes concordent. Rien de l'état ne change.")
CLI_COMMAND("alerts", cli_alerts,
	"[list]\ntest\n",
	"What is wrong with the service now, as the administrator was told by mail or alerts.webhook. test: sends one to see that it arrives.",
	"Ce qui ne va pas dans le service en ce moment, tel que l'administrateur l'a appris par mail ou par alerts.webhook. test : en envoie une, pour voir si elle arrive.")
CLI_COMMAND("send", cli_send,
	"--to ADDRESS [--from A] [--cc A] [--subject TEXT] [--text TEXT|-] [--html FILE] [--header 'Name: value'] [--attach FILE]\n--to ADDRESS --server HOST:PORT [--user U --password P] [--tls starttls|tls|none] [--insecure]\n",
	"Composes one message and submits it: to the running service (or demo), or to any server.",
	"Compose un message et le dépose : auprès du service qui tourne (ou de la démonstration), ou de n'importe quel serveur.")
CLI_COMMAND("sink", cli_sink,
	"serve [--listen 127.0.0.1:2600] [--slow-ms N] [--grey-ms N] [--back HOST:PORT]\nlist [--to ADDRESS]\nshow N\nclear\nwait [--to ADDRESS] [--count N] [--timeout SECONDS]\n",
	"Receives mail and keeps it, for tests; simulates failures by local part. All with [--dir DIR].",
	"Un puits : reçoit du courrier et le garde, pour des essais ; simule des pannes selon la partie locale. Tout avec [--dir DIR].")
CLI_COMMAND("demo", cli_demo,
	"[--once] [--traffic] [--smtp 1025] [--port 8025] [--keep DIR]\n",
	"Runs the whole platform with a sink, sends two messages and traces them. --traffic: then a day's mail of a shop, sent within 20 seconds.",
	"Fait tourner toute la plateforme avec un puits, envoie deux messages et suit leur trace. --traffic : puis une journée du courrier d'une boutique, envoyée en 20 secondes.")
CLI_COMMAND("sendmail", cli_sendmail,
	"[-t] [-i] [-f SENDER] [-F NAME] [-bs|-bp|-bv] [RECIPIENT…]\n",
	"The sendmail command of old, for scripts and mail programs.",
	"La commande sendmail de toujours, pour les scripts et les logiciels de messagerie.")
CLI_COMMAND("version", cli_version,
	"\n",
	"Says which version this is.",
	"Dit de quelle version il s'agit.")
CLI_COMMAND("help", cli_help,
	"[COMMAND]\n--list\n--man [facteur|facteur.yaml|sendmail]\n--completion bash|zsh|fish\n",
	"Explains the commands. --list names them, one a line; --man prints a page for man(1), --completion what makes a shell complete them; --lang says in which language.",
	"Explique les commandes. --list les nomme, une par ligne ; --man affiche une page pour man(1), --completion de quoi les compléter dans un shell ; --lang dit dans quelle langue.")
