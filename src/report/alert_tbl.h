/*
 * What an administrator is told when it changes.
 * A(kind, code, state, after_s, found en, fr, what to do en, fr): after_s: how long it must
 * hold before it is told. %1 %2 %3 are what was found. Codes are stable words. Those of
 * doctor's checks have doctor's own sentences.
 */
#ifndef REPORT_ALERT_TBL_H
#define REPORT_ALERT_TBL_H

/* Tables, aligned by hand. */
/* clang-format off */
#define ALERTS(A) \
A(ACCEPTANCE, "acceptance_stopped", FAIL, 60, \
	"No mail is accepted: clients are asked to come back.", \
	"Aucun courrier n'est accepté : les clients sont priés de revenir.", \
	"Run: facteur doctor; the log says what stopped it.", \
	"Lancez : facteur doctor ; le journal dit ce qui l'a arrêté.") \
A(CONSERVATION, "conservation_drift", FAIL, 0, \
	"Accepted mail and the sum of its states differ by %1.", \
	"Le courrier accepté et la somme de ses états diffèrent de %1.", \
	"Please report it with the log of the last hour; nothing needs to be stopped.", \
	"Signalez-le avec le journal de la dernière heure ; rien n'est à arrêter.") \
A(OLDEST, "queue_oldest", WARN, 0, \
	"Mail that is due has waited for %1 minutes.", \
	"Du courrier à envoyer attend depuis %1 minutes.", \
	"facteur queue shows where; facteur status names the sites.", \
	"facteur queue montre où ; facteur status nomme les sites.") \
A(PORT25, "port25_blocked", FAIL, 0, \
	"This network blocks outgoing port 25. Nothing is bounced; mail waits.", \
	"Ce réseau bloque le port 25 en sortie. Rien n'est rejeté ; le courrier attend.", \
	"Ask the host to open it, or send through a smarthost: docs/how-to/blocked-port-25.md", \
	"Demandez l'ouverture à l'hébergeur, ou passez par un relais : docs/fr/port-25-bloque.md") \
A(SITE_STUCK, "site_stuck", WARN, 60, \
	"Mail is due there, %1 recipients, and nothing moves.", \
	"Du courrier attend d'y partir, %1 destinataires, et rien n'avance.", \
	"facteur queue --domain shows it; facteur trace tells what the site answered.", \
	"facteur queue --domain le montre ; facteur trace dit ce que le site a répondu.") \
A(SITE_DEFERRING, "site_deferring", WARN, 600, \
	"It put off %1 of the last %2 deliveries.", \
	"Il a différé %1 des %2 dernières remises.", \
	"facteur trace tells its reason; slow down there with outbound.sites if it asks for that.", \
	"facteur trace dit sa raison ; ralentissez avec outbound.sites s'il le demande.") \
A(COMPLAINTS, "complaints", FAIL, 0, \
	"%1 of %2 messages of the last 24 hours were complained about. From 3 of 1,000 on large providers block.", \
	"%1 des %2 messages des dernières 24 heures ont suscité une plainte. Dès 3 pour 1 000 les grands opérateurs bloquent.", \
	"facteur suppressions list --reason complaint shows whose mail it is.", \
	"facteur suppressions list --reason complaint montre de qui est ce courrier.") \
A(WEBHOOKS, "webhook_lag", WARN, 0, \
	"Events wait for an endpoint that does not take them since %1 minutes.", \
	"Des événements attendent depuis %1 minutes une adresse qui ne les prend pas.", \
	"facteur webhooks list shows which and what it answers.", \
	"facteur webhooks list montre laquelle et ce qu'elle répond.") \
A(ERASURES, "erasure_late", FAIL, 0, \
	"%1 people asked to be forgotten more than a day ago and still are not.", \
	"%1 personnes ont demandé à être oubliées il y a plus d'un jour et ne le sont pas encore.", \
	"facteur erase list shows which; a paused queue, or mail still on its way to others, holds them up.", \
	"facteur erase list montre lesquelles ; une file en pause, ou du courrier encore en route vers d'autres, les retient.")
/* clang-format on */

#endif
