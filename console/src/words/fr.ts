/* French. Written with plain spaces; typographic() puts the narrow ones where French has them. */
import type { Blame, EventName, RecordState, State } from "../types";
import type { Words } from "./en";

function text(s: string): string {
	return s.replace(/ ([;:!?%])/g, "\u202f$1").replace(/« /g, "«\u00a0").replace(/ »/g, "\u00a0»").replaceAll("'", "’");
}

/* What is put into a sentence stays as it is: a name that has to be typed again, say. */
function around(say: (...a: unknown[]) => string, args: unknown[]): string {
	const kept = args.map((a, i) => (typeof a === "string" ? `\u0001${i}\u0001` : a));
	return text(say(...kept)).replace(/\u0001(\d+)\u0001/g, (_, i: string) => String(args[Number(i)]));
}

function typographic<T>(w: T): T {
	if (typeof w === "string") return text(w) as T;
	if (typeof w === "function") return ((...a: unknown[]) => around(w as (...b: unknown[]) => string, a)) as T;
	if (w && typeof w === "object") return Object.fromEntries(Object.entries(w).map(([k, v]) => [k, typographic(v)])) as T;
	return w;
}

const states: Record<State, string> = {
	accepted: "Accepté", delivered: "Remis", deferred: "Différé", bounced: "Rejeté", expired: "Abandonné", suppressed: "Écarté",
	in_doubt: "Incertain", held: "Retenu", cancelled: "Annulé", quarantined: "Mis à part", opened: "Ouvert (estimation)", clicked: "Cliqué",
	unsubscribed: "Désinscrit", complained: "Plainte",
};
const state_means: Record<State, string> = {
	accepted: "Nous l'avons pris et ne le perdrons pas.",
	delivered: "Le serveur du destinataire a répondu 250. Cela ne dit pas dans quel dossier il est arrivé.",
	deferred: "Temporaire : il y aura un nouvel essai.",
	bounced: "Refusé définitivement.",
	expired: "Aucun succès avant la fin du délai.",
	suppressed: "Pas essayé : l'adresse est sur la liste de suppression.",
	in_doubt: "La connexion a été perdue après l'envoi : le message est peut-être arrivé.",
	held: "Retenu par un exploitant.",
	cancelled: "Annulé avant l'envoi.",
	quarantined: "Mis à part : il n'a pas pu être traité.",
	opened: "Une image a été chargée ; les robots connus sont exclus.",
	clicked: "Un lien a été suivi.",
	unsubscribed: "Le destinataire s'est désinscrit.",
	complained: "Le destinataire a cliqué sur « spam ».",
};
const events: Record<EventName, string> = {
	...states, relayed: "Relayé", released: "Libéré", retried: "Remis dans la file", returned: "Revenu comme non remis",
	deferred: "Différé : un nouvel essai suivra",
};
const blames: Record<Blame, string> = {
	none: "", address: "l'adresse du destinataire", content: "le message", our_ip: "notre adresse IP", our_setup: "notre configuration",
	their_server: "leur serveur", network: "le réseau",
};
const record_states: Record<RecordState, string> = {
	found: "Trouvé", missing: "Absent", different: "Différent", unknown: "Sans réponse", unchecked: "Pas encore vérifié",
};

export const fr: Words = typographic<Words>({
	states, state_means, events, blames, record_states,
	common: {
		never: "jamais", none: "aucun", copy: "Copier", copied: "Copié", not_copied: "Sélectionnez et tapez Ctrl C", loading: "Chargement…",
		try_again: "Réessayer", cancel: "Annuler", close: "Fermer", save: "Enregistrer", remove: "Retirer", add: "Ajouter", search: "Chercher",
		more: "Afficher la suite", pair: (a: string, b: string) => `${a} : ${b}`, all: "tous", yes: "oui", no: "non", optional: "facultatif", now: "maintenant",
		type_to_confirm: (t: string) => `Tapez ${t} pour confirmer`,
		partial: "La recherche a été trop longue et s'est arrêtée avant la fin : affichez la suite pour continuer.",
		unknown_page: "Il n'y a pas de page à cette adresse.", back_home: "Aller à l'accueil",
		why: "Pourquoi vous le faites", why_needed: "Dites pourquoi, en 10 caractères au moins.",
		help: "Ce que cela veut dire", leave: "Vos changements ici ne sont pas enregistrés. Quitter sans les garder ?",
	},
	errors: {
		unreachable: "Le serveur ne répond pas. Vérifiez votre connexion ; rien de ce que vous avez saisi n'est perdu.",
		forbidden: "Cela n'est pas permis.",
		not_found: "Cela n'existe pas dans ce compte, ou n'existe plus.",
		too_many: "Trop d'appels en peu de temps.",
		server: "Le serveur n'a pas pu le faire.",
		refused: "Le serveur n'a pas accepté cela.",
		program: "La console a rencontré un cas qu'elle n'attendait pas.",
		retry_after: (s: string) => `Nouvel essai possible dans ${s} s.`,
		reference: "Réf.",
		stale: (at: string) => `Données de ${at}, reconnexion…`,
	},
	calls: {
		title: "Appels d'API de cet écran", intro: "Ce que vous voyez a été lu par ces appels. Mettez-y une clé et son secret.",
		reference: "Référence de l'API",
	},
	shell: {
		skip: "Aller au contenu", menu: "Menu", navigation: "Console", send: "Envoyer", set_up: "Configurer", search: "Chercher un message",
		search_hint: "Adresse, objet ou Message-ID", account: "Compte", language: "Langue", theme: "Apparence",
		auto: "Comme le système", light: "Clair", dark: "Sombre", sign_out: "Se déconnecter", help: "Aide",
		shortcuts: "Raccourcis clavier", shortcuts_off: "Les touches seules agissent",
		keys: { search: "chercher un message", go: (to: string) => `aller à ${to}`, list: "cette liste", close: "fermer ce qui est ouvert" },
		more_accounts: "Un autre compte…", find_account: "Trouver un compte", account_part: "Une partie de son nom", no_such_account: "Aucun compte n'a cela dans son nom.",
		no_account: "Il n'y a pas encore de compte. Clés, domaines et messages appartiennent à un compte.",
	},
	nav: {
		home: "Accueil", activity: "Activité", queue: "File d'attente", sink: "Puits", health: "Santé", domains: "Domaines", keys: "Clés et SMTP", webhooks: "Webhooks",
		suppressions: "Suppressions", templates: "Modèles", people: "Personnes", audit: "Journal d'audit", accounts: "Comptes",
	},
	people: {
		title: "Personnes", intro: "Qui peut se connecter ici, et ce que chacun peut faire.", invite: "Inviter une personne", of: "Personnes de", of_service: "le service", may_all: "tout", email: "Adresse e-mail", name: "Nom", role: "Rôle", state: "État", seen: "Vue pour la dernière fois", table: "Personnes de ce compte", language: "Sa langue",
		roles: { viewer: "Lecteur", marketer: "Marketing", developer: "Développeur", owner: "Propriétaire", operator: "Exploitant", abuse_officer: "Responsable des abus" },
		may: { viewer: "lit", marketer: "envoie, lit, écarte, écrit des modèles", developer: "et aussi clés, domaines et webhooks", owner: "et aussi les personnes", operator: "tous les comptes", abuse_officer: "lit, écarte, suspend des comptes" },
		on: "Active", off: "Désactivée", pending: "Invitée", link_title: "Remettez ce lien", link_once: "Il sert une fois, pendant 15 minutes, et n'est affiché que maintenant. Il n'est pas envoyé : donnez-le vous-même à la personne.", done: "C'est fait", new_link: "Nouveau lien", new_link_ask: (e: string) => `Un lien est créé, avec lequel ${e} choisit un nouveau mot de passe.`,
		switch_off: "Désactiver", switch_on: "Réactiver", remove: "Retirer", remove_ask: (e: string) => `${e} est déconnecté et ne peut plus se connecter.`, removed: "La personne a été retirée.", changed: "Modifié.", none: "Personne pour l'instant.",
	},
	me: {
		title: "Votre connexion", person: "Vous", language_hint: "De la console et de ce qui vous est écrit.", saved: "Enregistré.", current: "Mot de passe actuel", change_password: "Changer le mot de passe", password_saved: "Le mot de passe est changé ; les autres sessions sont terminées.",
		sessions: "Où vous êtes connecté", browser: "Navigateur", from: "Depuis", begun: "Début", seen: "Dernier appel", end: "Terminer", ended: "La session est terminée.", this_one: "Celle-ci",
	},
	accounts: {
		title: "Comptes", intro: "Chaque compte a ses clés, ses domaines, ses messages et ses personnes.", add: "Ajouter un compte", name: "Nom", name_hint: "Minuscules, chiffres et tirets, par exemple boulangerie.", name_needed: "Saisissez un nom.", added: "Le compte a été ajouté.", none: "Aucun compte pour l'instant.", state: "État", created: "Créé", ok: "En service", suspended: "Suspendu",
		suspend: "Suspendre", restore: "Rétablir", suspend_ask: (a: string) => `Les programmes de ${a} ne peuvent plus envoyer, tout de suite. Ce qui attend dans la file part ; ses personnes peuvent encore lire.`, restore_ask: (a: string) => `Les programmes de ${a} peuvent de nouveau envoyer, tout de suite.`, suspended_now: "Le compte est suspendu.", restored_now: "Le compte peut de nouveau envoyer.",
	},
	audit: {
		title: "Journal d'audit", intro: "Chaque changement par une personne, une clé ou la ligne de commande. Les lignes ne changent jamais et sont conservées deux ans.", when: "Quand", who: "Qui", what: "Quoi", on: "Sur", from: "Depuis", reason: "Raison", table: "Changements, du plus récent au plus ancien", none: "Rien n'a encore été changé.",
		kinds: { user: "personne", key: "clé", command: "ligne de commande" },
	},
	sign_in: {
		title: "Connexion", email: "Adresse e-mail", password: "Mot de passe", submit: "Se connecter",
		wrong: "L'adresse et le mot de passe ne correspondent à aucun compte ici.", email_needed: "Saisissez votre adresse e-mail.",
		over: "La session est terminée. Reconnectez-vous pour continuer : rien de ce que vous avez saisi n'est perdu.",
		password_needed: "Saisissez votre mot de passe.",
		forgot: "Pas de mot de passe, ou oublié ? La personne qui gère ce serveur crée un nouveau lien : facteur users link ADRESSE",
		no_sessions: "Ce serveur n'a pas encore de connexion pour la console.",
	},
	welcome: {
		title: "Bienvenue", intro: "Ce lien a été créé pour vous et sert une seule fois. Choisissez un mot de passe pour continuer.", name: "Votre nom",
		password: "Nouveau mot de passe", password_hint: "Au moins 12 caractères. Plusieurs mots conviennent ; vous pouvez coller.",
		short: "Le mot de passe doit avoir au moins 12 caractères.", name_needed: "Saisissez votre nom.", submit: "Enregistrer et se connecter",
		spent: "Ce lien ne fonctionne plus : il a déjà servi, ou son délai est passé.", no_token: "Il manque la partie secrète de cette adresse : copiez le lien entier.",
		to_sign_in: "Aller à la connexion",
	},
	home: {
		title: "Accueil", today: "Aujourd'hui", since: "depuis minuit UTC, comparé aux mêmes heures il y a une semaine", none_before: "aucun il y a une semaine",
		same: "comme il y a une semaine", change: (d: string) => `${d} par rapport à il y a une semaine`, complaints: "Plaintes", queued: "Dans la file d'attente", held: (n: string) => `et ${n} retenus`, now: "en ce moment", last_day: "24 dernières heures, par heure",
		hour: "Heure", as_table: "Afficher en tableau", chart: (a: string, b: string) => `${a} acceptés et ${b} rejetés ces 24 dernières heures.`,
		gauge: "Taux de plaintes sur 30 jours", gauge_of: (c: string, d: string) => `${c} plaintes pour ${d} messages remis`,
		gauge_none: "Rien n'a été remis pendant cette période.", gauge_warn: "Au-dessus du taux où les grands opérateurs commencent à filtrer (0,1 %).",
		gauge_ok: "En dessous de 0,08 %, le taux à ne pas dépasser.", gauge_near: "Proche de 0,1 %, le taux où les grands opérateurs commencent à filtrer.",
		checklist: "Pour commencer", done: "fait", todo: "à faire",
		steps: {
			key: "Créer une clé", key_why: "Les programmes se connectent avec elle, par SMTP et HTTP.",
			domain: "Vérifier un domaine", domain_why: "Les messages partent de domaines dont vous gérez le DNS.",
			message: "Envoyer un premier message", message_why: "Il apparaît aussitôt dans Activité.",
			webhook: "Informer votre programme", webhook_why: "Un webhook reçoit chaque remise, rejet et plainte. Cette étape est facultative.",
		},
		send_test: "Envoyer un test", test_title: "Envoyer un message de test", from: "De", to: "À", subject: "Objet", text: "Texte",
		test_subject: "Un test de Facteur", test_text: "Si vous lisez ceci, l'envoi fonctionne.", send: "Envoyer le message",
		to_needed: "Saisissez une adresse.", from_needed: "Saisissez une adresse d'un domaine vérifié.", sent: "Le message a été accepté.",
		latest: "Derniers messages", all_activity: "Toute l'activité",
	},
	activity: {
		title: "Activité", table: "Messages, du plus récent au plus ancien", state: "État", to: "À", subject: "Objet", from: "De", when: "Accepté",
		why: "Ce qui s'est passé", status: "État", any: "tous", since: "Période", more_filters: "Autres filtres", provider: "Opérateur",
		tag: "Étiquette", stream: "Flux", template: "Modèle", message_id: "Message-ID", apply: "Appliquer les filtres", clear: "Tout effacer",
		remove_filter: (f: string) => `Retirer le filtre ${f}`, live: "En direct", live_on: "En direct : les nouveaux messages apparaissent d'eux-mêmes",
		new_rows: (n: number) => (n < 2 ? `${n} nouveau message` : `${n} nouveaux messages`), none: "Aucun message pour l'instant. Envoyez-en un :",
		none_found: "Aucun message ne correspond à ces filtres.", transactional: "transactionnel", broadcast: "diffusion", inbound: "entrant",
		times: { "": "sans limite", "1h": "dernière heure", "24h": "24 dernières heures", "168h": "7 derniers jours", "720h": "30 derniers jours" },
		no_subject: "(sans objet)",
		views: "Vues enregistrées", save_view: "Enregistrer cette vue", view_name: "Nom", view_hint: "Gardée pour vous, dans tout navigateur.",
		view_needed: "Saisissez un nom.", view_saved: "La vue est enregistrée.", views_full: (n: number) => `Il y a ${n} vues, c'est le maximum : retirez-en une d'abord.`, remove_view: (n: string) => `Retirer la vue ${n}`,
	},
	message: {
		title: "Message", to: "À", from: "De", subject: "Objet", id: "Identifiant", message_id: "Message-ID", accepted: "Accepté", size: "Taille",
		stream: "Flux", via: "Remis par", client: "Depuis l'adresse", attempts: "Essais", whose: "À qui la faute :", todo: "Que faire :",
		recipients: "Destinataires", timeline: "Ce qui s'est passé", attempt: (n: number) => `Essai ${n}`, server: "Serveur", tls: "TLS",
		no_tls: "non chiffré", took: "Durée", stage: "Étape", reply: "Réponse brute", next_try: "Prochain essai", transcript: "Conversation",
		views: "Le message", show: "Afficher le message", html: "HTML", text: "Texte", headers: "En-têtes", source: "Source", no_html: "Ce message n'a pas de partie HTML.",
		no_text: "Ce message n'a pas de partie texte.", remote: "Les images distantes ne sont pas chargées : l'expéditeur saurait que vous avez regardé.",
		frame: "Le message en HTML", not_shown: "Ce HTML ne peut pas être affiché : voyez sa source.", link: "Le lien mène à :", attachments: "Pièces jointes", download: "Télécharger la source",
		cut: "Le message est long : seul le début est affiché.", again: "Autoriser de nouveau cette adresse", again_done: "L'adresse reçoit de nouveau des messages.",
		again_ask: (a: string) => `${a} est retirée de la liste de suppression. Les messages écartés ne sont pas renvoyés.`,
		cancel: "Annuler la remise", cancel_ask: "Ce qui attend encore de ce message ne part pas. Ce qui est remis le reste.",
		resend: "Renvoyer", resend_ask: (a: string) => `Un nouveau message au même contenu part vers ${a}.`, resend_doubt: "On ne sait pas si le premier est arrivé : le destinataire peut le recevoir deux fois.",
		resend_stopped: "L'adresse est sur la liste de suppression : autorisez-la d'abord, sinon le nouveau message sera écarté aussi.", resent: "Il est renvoyé, comme nouveau message.",
		cancelled: "Annulé.", same_recipient: "Autres messages à cette adresse", more_recipients: "Autres destinataires", values: "Écrit à partir de",
		reason: "Pourquoi vous le lisez", reason_hint: "10 à 500 caractères. Le compte le lit dans son journal d'audit.",
	},
	queue: {
		title: "File d'attente", intro: "Ce qui est accepté et pas encore remis : où, depuis quand, et ce que l'autre côté a dit.",
		intro_service: "Ce qui attend dans tout le service : où, depuis quand, et ce que l'autre côté a dit.", whose: "À qui", whole: "Tout le service", one: "Un compte",
		refresh: "Actualiser", filters: "Filtres", provider: "Opérateur", providers: "Par opérateur", domain: "Domaine", sender: "Expéditeur", to: "Destinataire", state: "État", stream: "Flux",
		older: "Accepté", ages: { m30: "il y a plus de 30 min", h1: "il y a plus de 1 h", h4: "il y a plus de 4 h", h24: "il y a plus d'un jour" },
		queued: "En attente", active: "En cours d'envoi", held: "Retenus", quarantined: "Mis à part", oldest: "Le plus ancien, accepté", next: "Prochain essai", tries: "Essais",
		waiting_n: (n: number) => `${n.toLocaleString("fr-FR")} en attente`, active_n: (n: number) => `${n.toLocaleString("fr-FR")} en cours`, held_n: (n: number) => `${n.toLocaleString("fr-FR")} ${n < 2 ? "retenu" : "retenus"}`,
		quarantined_n: (n: number) => `${n.toLocaleString("fr-FR")} mis à part`, due_n: (n: number) => `maintenant : ${n.toLocaleString("fr-FR")} ${n < 2 ? "peut" : "peuvent"} partir`,
		connections: "Connexions", connections_of: (n: number, most: number) => `${n} sur ${most} au plus`, rate: (n: number) => `${n.toLocaleString("fr-FR")} messages par minute au plus`, no_rate: "sans limite de débit",
		rests: "En pause jusqu'à", stuck: "rien n'avance", last_reply: "Dernière réponse", no_reply: "aucune depuis le démarrage du service",
		lanes: (n: number) => (n < 2 ? `${n} voie` : `${n} voies`), lanes_of: (p: string) => `Voies de ${p}`, lane: (d: string, s: string, a: string) => `${d}, ${s}${a ? `, ${a}` : ""}`,
		recipients: "Destinataires", recipients_of: (p: string) => `Destinataires chez ${p}`, none_now: "Plus aucun.", act: "Ce qu'on peut faire",
		none: "Rien n'attend : tout le courrier est remis ou abandonné.", none_found: "Rien de ce qui attend ne correspond à ces filtres.", others: (n: number) => `${n.toLocaleString("fr-FR")} destinataires sont dans des voies qui ne sont pas détaillées ici : précisez par un filtre.`,
		by_filters: "Tout ce qui correspond aux filtres", all_service: "Toute la file d'attente du service", all_account: "Toute la file d'attente du compte",
		deeds: { retry: "Réessayer maintenant", hold: "Retenir", release: "Libérer", drop: "Abandonner" },
		means: {
			retry: "Ils sont essayés tout de suite, à leur tour et au rythme que l'opérateur accepte.", hold: "Ils ne sont plus essayés jusqu'à leur libération. Leur délai continue de courir.",
			release: "Ils sont essayés tout de suite. Ce que l'exploitant du service retient, lui seul le libère.", drop: "Ils ne sont jamais envoyés. C'est définitif ; ce qui est remis reste remis.",
		},
		verbs: {
			retry: (n: number) => `En réessayer ${n.toLocaleString("fr-FR")}`, hold: (n: number) => `En retenir ${n.toLocaleString("fr-FR")}`, release: (n: number) => `En libérer ${n.toLocaleString("fr-FR")}`, drop: (n: number) => `En abandonner ${n.toLocaleString("fr-FR")}`,
		},
		done: {
			retry: (n: number) => `${n.toLocaleString("fr-FR")} à essayer maintenant.`, hold: (n: number) => `${n.toLocaleString("fr-FR")} ${n < 2 ? "retenu" : "retenus"}.`, release: (n: number) => `${n.toLocaleString("fr-FR")} ${n < 2 ? "libéré" : "libérés"}.`, drop: (n: number) => `${n.toLocaleString("fr-FR")} ${n < 2 ? "abandonné" : "abandonnés"}.`,
		},
		counting: "Comptage…", counted: (n: number) => (n < 2 ? `${n} destinataire.` : `${n.toLocaleString("fr-FR")} destinataires.`), counted_none: "Personne : il n'y a rien à faire.",
		oldest_of: (at: string) => `Le plus ancien a été accepté : ${at}.`, skipped: (n: number) => `${n.toLocaleString("fr-FR")} ${n < 2 ? "reste tel quel" : "restent tels quels"} : en cours d'envoi, déjà ainsi, ou retenus par l'exploitant.`,
	},
	sink: {
		title: "Puits", intro: "Ce service remet tout à un puits : rien ne sort, et ce que les destinataires auraient reçu est ici.", search: "Adresse ou objet",
		table: "Courrier capturé, le plus récent d'abord", when: "Capturé", none: "Rien n'a encore été capturé. Envoyez un message :", none_found: "Rien de capturé ne correspond.", nobody: "à personne",
		message: "Message capturé", back: "Tout le courrier capturé", envelope: "Adresse de retour", story: "De l'acceptation à la remise",
	},
	health: {
		title: "Santé", intro: "Le service lui-même : comment il va, et ce que ses contrôles trouvent.", operators: "Le service est suivi par ses exploitants.",
		run: "Lancer les contrôles", running: "Contrôle…", takes: "Ports, DNS, certificats, disque et droits sont regardés : jusqu'à 20 secondes.", checks: "Contrôles",
		failed: (n: number) => (n < 2 ? `${n} échec` : `${n} échecs`), warned: (n: number) => (n < 2 ? `${n} alerte` : `${n} alertes`), good: (n: number) => (n < 2 ? `${n} en ordre` : `${n} en ordre`), show_good: "Ce qui est en ordre",
		states: { ok: "En ordre", unknown: "Inconnu", warn: "Alerte", fail: "Échec" },
		now: "En ce moment", ready: "Prêt", not_ready: "Pas prêt", version: "Version", uptime: "En marche depuis", accounted: "Chaque message compté", no_drift: "oui : ce qui est accepté est la somme de ses états",
		drift: (n: string) => `écart de ${n} : signalez-le`, port25: "Port 25 sortant", ports: { open: "ouvert", blocked: "bloqué par le réseau", unknown: "pas encore connu" },
		endpoints: (n: number) => (n < 2 ? `${n} adresse` : `${n} adresses`), failing: (n: number) => `${n} en échec`,
		alerts: "Alertes", no_alerts: "Tout va bien", told: (m: string) => `${m} est prévenu par courrier.`, told_nobody: "Personne n'est prévenu par courrier : indiquez admin dans la configuration.",
		processes: "Processus", role: "Processus", does: "Ce qu'il fait", state: "État", up: "En marche",
		roles: { engine: "tient la file et décide ce qui part quand", edge: "prend le courrier et les appels", courier: "remet", desk: "console, API, statistiques", poster: "envoie les webhooks" },
		certificates: "Certificats", no_certificate: "Aucun n'est configuré.", elsewhere: "Réglages et autres",
		people: "qui peut se connecter, et les rôles", accounts: "les clients : ajouter, suspendre, rétablir", audit: "qui a changé quoi, et pourquoi", metrics: "pour Prometheus", config: "les réglages en vigueur, sur le serveur",
	},
	domains: {
		title: "Domaines", intro: "Les messages ne partent que de domaines dont le DNS montre qu'ils sont à vous.", add: "Ajouter un domaine", name: "Domaine",
		name_hint: "Ce qui suit le @ de votre adresse d'expéditeur, par exemple boutique.example", name_needed: "Saisissez un domaine, par exemple boutique.example.",
		state: "État", since: "Depuis", checked: "Dernière vérification", none: "Aucun domaine pour l'instant. Ajoutez celui de votre adresse d'expéditeur.", table: "Domaines de ce compte",
		states: { pending: "En attente", verified: "Vérifié", warning: "Attention" },
		pending: "Aucune clé DKIM du compte n'a encore été trouvée dans le DNS : les messages de ce domaine sont refusés.",
		verified: "Les messages de ce domaine partent, signés.", records: "Enregistrements à publier", record: "Enregistrement", type: "Type", relative: "Nom, sans la zone",
		host: "Nom", value: "Valeur", expected: "Attendu", found: "Trouvé", purpose: { dkim: "DKIM : signe vos messages", dmarc: "DMARC : que faire des contrefaçons", spf: "SPF : qui peut envoyer pour vous" },
		asked: { authoritative: "demandé au serveur de noms du domaine", resolver: "demandé à notre résolveur" },
		check: "Vérifier maintenant", checking: "Vérification…", checked_now: "Vérifié.", zone: "Fichier de zone", zone_hint: "Pour les serveurs de noms qui lisent des fichiers de zone, ou nsupdate.",
		download: "Télécharger", remove: "Retirer le domaine", remove_ask: (d: string) => `Les messages de ${d} sont refusés désormais. Ce qui attend dans la file part.`,
		removed: "Le domaine a été retiré.", nothing: "rien", left: (n: number) => (n < 2 ? `${n} enregistrement n'est pas encore trouvé.` : `${n} enregistrements ne sont pas encore trouvés.`),
		all_found: "Tous les enregistrements sont trouvés.", dns_time: "Un changement du DNS peut mettre de quelques minutes à quelques heures pour être vu partout.",
	},
	keys: {
		title: "Clés et SMTP", intro: "Une clé et son secret sont le nom d'utilisateur et le mot de passe d'un programme, par SMTP et HTTP.", make: "Créer une clé",
		label: "Nom", label_hint: "Ce qui s'en sert, par exemple boutique", scopes: "Elle peut", stream: "Flux", networks: "Depuis ces réseaux seulement",
		networks_hint: "Par exemple 192.0.2.0/24 ; plusieurs avec des virgules. Vide : de partout.", expires: "Expire après",
		expires_hint: "Par exemple 90d (jours). Vide : jamais.", table: "Clés de ce compte", key: "Clé", used: "Dernier usage", state: "État", created: "Créée", none: "Aucune clé pour l'instant. Les programmes en ont besoin pour envoyer.",
		on: "En service", off: "Révoquée", over: "Expirée", revoke: "Révoquer", revoke_title: "Révoquer la clé", revoke_ask: (k: string) => `Les programmes avec la clé ${k} ne peuvent plus se connecter, tout de suite.`,
		revoked: "La clé a été révoquée.", roll: "Renouveler", roll_title: "Renouveler la clé", grace: "L'ancienne clé reste valable",
		roll_ask: "Une nouvelle clé avec les mêmes droits est créée. L'ancienne reste valable un temps, pour que vous changiez vos programmes.",
		once: "Affiché seulement maintenant : copiez-le avant de quitter cette page.", new_key: "Votre nouvelle clé", secret: "Secret", user: "Utilisateur", password: "Mot de passe",
		postmark: "Jeton Postmark", sendgrid: "Clé SendGrid", stored: "J'ai conservé le secret",
		scope: { send: "envoyer des messages", read: "lire les messages, domaines et clés", manage: "créer et retirer clés, domaines, modèles, webhooks", suppress: "modifier la liste de suppression" },
		settings: "Réglages", settings_intro: "Prêts à coller. Remplacez la clé et le secret par les vôtres.", settings_filled: "Avec la clé que vous venez de créer.",
		client: "Programme", ports: "Quel port ?", port: "Port", encryption: "Chiffrement", choose: "À choisir quand",
		port_why: {
			p587: "Habituel pour les programmes : STARTTLS. Commencez par celui-ci.", p465: "TLS dès le premier octet : Outlook, imprimantes, pare-feu stricts.",
			p2525: "Quand votre hébergeur bloque 25, 465 et 587.", p588: "Comme 587, sous un numéro que personne ne bloque.",
			p25: "Pour d'autres serveurs de courrier ; souvent bloqué en sortie.", p80: "Quand seul le web passe. L'accueil vient après 0,3 s.",
		},
		ports_intro: "Les réglages ci-dessus suivent votre choix.", settings_port: (p: string) => `Ils utilisent le port ${p}.`,
		test_port: (p: string) => `Tester le port ${p} depuis votre machine`, test_port_why: "Une ligne qui commence par 220 ou 250 dit qu'il passe. Ctrl C y met fin. Un navigateur ne peut pas se connecter lui-même à ces ports.",
		test_ports: "Les tester tous", ask_server: "Demander au serveur s'il écoute", port_note: "Ce sont les ports d'une installation habituelle ; la personne qui gère ce serveur peut en avoir d'autres.",
		last_from: (a: string) => `depuis ${a}`, scopes_needed: "Choisissez au moins un droit.",
	},
	suppressions: {
		title: "Suppressions", intro: "Adresses qui ne reçoivent rien de ce compte. Les messages qui leur sont destinés sont acceptés et écartés.", add: "Ajouter une adresse",
		address: "Adresse", note: "Note", note_hint: "Pourquoi ; vous seul la voyez.", stream: "Flux", reason: "Raison", since: "Depuis", table: "Adresses écartées",
		streams: { all: "tous les messages", transactional: "transactionnel", broadcast: "diffusion", tracking: "ouvertures et clics non enregistrés" },
		reasons: { hard_bounce: "Refus définitif", complaint: "Plainte", unsubscribe: "Désinscription", manual: "À la main" },
		any: "toutes", search: "Une partie de l'adresse", none: "Aucune adresse n'est écartée.", none_found: "Aucune adresse ne correspond.", remove_title: "Retirer de la liste",
		remove: "Retirer", remove_ask: (a: string) => `${a} reçoit de nouveau des messages. Ce qui a été écarté n'est pas renvoyé.`,
		remove_complaint: "Cette personne s'est plainte. Lui écrire sans son accord nuit à votre réputation chez tous les opérateurs.",
		removed: "L'adresse a été retirée.", added: "L'adresse est écartée désormais.", already: "L'adresse était déjà écartée.", address_needed: "Saisissez une adresse.",
		export: "Exporter (CSV)", import: "Importer", import_title: "Importer des adresses", rows: "Adresses, une par ligne", rows_hint: "Au plus 5 000. Ce qui suit une virgule est la raison : hard_bounce, complaint, unsubscribe ou manual.",
		imported: (n: string, s: string) => `${n} écartées, ${s} l'étaient déjà.`, refused: "Lignes refusées :", line: (n: number) => `Ligne ${n} :`,
		incident: "Incident", undo: (n: number) => `Annuler l'incident ${n}`, undo_ask: "Toutes les adresses arrivées sur la liste avec celle-ci sont retirées.", undone: (n: string) => `${n} adresses ont été retirées de la liste.`,
	},
	templates: {
		title: "Modèles", intro: "Ce à partir de quoi les messages sont écrits. Les changements vont dans le brouillon ; on écrit avec ce qui est publié.", make: "Nouveau modèle", name: "Nom",
		name_hint: "Les programmes peuvent le nommer ainsi à l'envoi.", name_needed: "Saisissez un nom.", dialect: "Langage des balises", none: "Aucun modèle pour l'instant.",
		dialects: { handlebars: "Handlebars : {{nom}}", mailjet: "Mailjet : {{var:nom}}", mustachio: "Mustachio (Postmark) : {{nom}}" },
		table: "Modèles de ce compte", subject: "Objet", state: "État", updated: "Modifié", published: (n: number) => `Version ${n} publiée`, draft: "Brouillon seul", changed: "Le brouillon diffère",
		from_email: "Adresse de l'expéditeur", from_name: "Nom de l'expéditeur", reply_to: "Réponse à", preheader: "Pré-en-tête", preheader_hint: "Ce qu'une boîte affiche après l'objet.",
		layout: "Mise en page", no_layout: "aucune", stream: "Flux", details: "Expéditeur, pré-en-tête, mise en page", source: "Source", html: "HTML", text: "Texte", text_hint: "Vide : il est tiré du HTML.",
		save: "Enregistrer le brouillon", saved: "Le brouillon est enregistré.", unsaved: "Modifié, non enregistré", publish: "Publier", publish_ask: "Les messages qui nomment ce modèle sont désormais écrits avec le brouillon. La version publiée jusqu'ici est conservée.",
		published_done: (n: number) => `La version ${n} est publiée.`, versions: "Versions", version: (n: number) => `Version ${n}`, in_force: "publiée", roll_back: "Publier de nouveau celle-ci", none_published: "Rien n'est encore publié.",
		remove: "Retirer le modèle", remove_ask: (n: string) => `« ${n} » est retiré avec toutes ses versions et valeurs. Les programmes qui le nomment reçoivent une erreur.`, removed: "Le modèle a été retiré.",
		preview: "Aperçu et test", show_mail: "Visualiser l'e-mail", normal: "Normal", expert: "Expert", update: "Mettre à jour les variables", modes: "Saisie des valeurs",
		values: "Jeu de valeurs", unsaved_set: "ces valeurs, non conservées", set_name: "Conserver sous", set_saved: "Les valeurs sont conservées.", set_name_needed: "Saisissez un nom pour ces valeurs.", remove_set: "Retirer ce jeu",
		no_variables: "Ce modèle ne demande aucune valeur.", missing: "Absente : rien n'est affiché ici", default_is: (d: string) => `Sans valeur : ${d}`, row: (n: number) => `Ligne ${n}`, add_row: "Ajouter une ligne", remove_row: (n: number) => `Retirer la ligne ${n}`,
		hello: "Bonjour", add_missing: "Ajouter ce qui manque", needs_expert: (n: string) => `« ${n} » a plus d'un niveau : saisissez-la en Expert.`, condition: "Présent ou non", json: "Valeurs en JSON", json_hint: "vars : les valeurs de l'appel. contact : ce que l'on sait du destinataire.",
		json_wrong: (l: number, c: number, why: string) => `Ligne ${l}, colonne ${c} : ${why}`, json_why: { value: "il manque une valeur ici", comma: "il manque une virgule ou une fermeture", colon: "il manque un deux-points", name: "il manque un nom entre guillemets", text: "ce texte n'est pas fermé", escape: "ce caractère est interdit dans un texte", number: "ce n'est pas un nombre", end: "il y a quelque chose après la fin", deep: "trop de niveaux", twice: "ce nom est là deux fois" },
		json_object: "Ce doit être un objet avec vars et contact.", errors: "Erreurs", warnings: "Valeurs absentes", no_mistakes: "Aucune erreur.",
		at: (p: string, l: number, c: number) => `${p}, ligne ${l}, colonne ${c}`, advice: "Conseils", good: (n: number) => (n < 2 ? `${n} point est bon` : `${n} points sont bons`), levels: { good: "Bon", hint: "Piste", warning: "Attention", problem: "Problème" },
		widths: "Largeur", phone: "Téléphone", w600: "600 px", full: "Entière", night: "Sombre", images: "Images", look: "Affichage", html_view: "HTML", text_view: "Texte", inbox: "Dans la boîte de réception", text_made: "Le texte est tiré du HTML.", cannot_render: "Affichage impossible : voyez les erreurs.",
		message_values: "Valeurs d'un message passé", message_hint: "Son identifiant, msg_… ou rcp_…", load_values: "Prendre ses valeurs",
		test: "Envoyer un test", test_title: "Envoyer un test", testers: "Testeurs", no_testers: "Aucun testeur : ajoutez une adresse que vous lisez.", tester: "Ajouter un testeur", test_ask: "Un vrai message part, avec les valeurs affichées, à partir du brouillon enregistré.", test_sent: "Le test a été accepté.", choose_tester: "Choisissez au moins un testeur.", save_first: "Enregistrez d'abord le brouillon : le test en est tiré.",
		command: "En ligne de commande",
	},
	webhooks: {
		title: "Webhooks", intro: "Votre programme apprend ce que devient chaque message.", add: "Ajouter un webhook", url: "URL", url_hint: "https://…, accessible depuis internet", url_needed: "Saisissez une URL qui commence par https://",
		label: "Nom", format: "Format", formats: { native: "Facteur (Standard Webhooks)", "mailjet-1": "Mailjet, un événement", "mailjet-2": "Mailjet, tableaux", sendgrid: "SendGrid", postmark: "Postmark", mailgun: "Mailgun" },
		events: "Événements", all_events: "tous les événements", state: "État", states: { on: "En service", off: "Arrêté", dead: "Abandonné" }, failing: (at: string, n: string) => `En échec depuis ${at}, ${n} fois`, upto: "Informé jusqu'à", none: "Aucun webhook pour l'instant.", table: "Webhooks de ce compte",
		secret: "Le secret qui signe", secret_once: "Affiché seulement maintenant : votre programme en a besoin pour vérifier la signature.", test: "Envoyer un événement de test", test_ok: (s: number, ms: string) => `Réponse ${s} après ${ms}.`, test_bad: "Il n'a pas été envoyé :", posts: "Envois", posts_table: "Ce qui a été envoyé, du plus récent au plus ancien", when: "Quand", answer: "Réponse", took: "Durée", event: "Événement", none_posted: "Rien n'a encore été envoyé.",
		request: "Requête", response: "Réponse", replay: "Renvoyer", replayed: "Il sera renvoyé.", replay_range: "Renvoyer une période", from: "Du", to: "Au", range_needed: "Saisissez les deux dates.", off: "Arrêter", on: "Mettre en service", roll: "Nouveau secret", roll_ask: "Un nouveau secret est créé. Pendant 24 heures l'ancien signe aussi, si le format le permet.", rolled: "Il y a un nouveau secret.",
		remove: "Retirer le webhook", remove_ask: "Ce qu'il n'a pas encore appris n'est plus envoyé.", removed: "Le webhook a été retiré.", dead: "Abandonnés", dead_intro: "Ces événements n'ont pas été pris à temps.", replay_dead: "Les renvoyer", number_events: (n: number) => (n < 2 ? `${n} événement` : `${n} événements`),
		results: { answered: "a répondu", url: "URL fausse", address: "adresse interdite", name: "nom introuvable", dns: "pas de réponse du DNS", connect: "pas de connexion", tls: "échec de TLS", timeout: "trop lent", protocol: "pas du HTTP", ours: "notre faute", busy: "trop occupé" },
	},
});
