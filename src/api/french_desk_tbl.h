/*
 * In French: what desk answers. F(as api/french says it is written, French).
 */
#ifndef API_FRENCH_DESK_TBL_H
#define API_FRENCH_DESK_TBL_H

/* Tables, aligned by hand. */
/* clang-format off */
#define FRENCH_DESK(F) \
F("The answer is too large; ask for less.", "La réponse est trop grande ; demandez moins.") \
F("There is only POST %sVERB here.", "Il n'y a ici que POST %1VERBE.") \
F("The control socket takes POST only.", "Le socket de contrôle ne prend que POST.") \
F("The body must be a JSON object%s%s.", "Le corps doit être un objet JSON%1%2.") \
F("The question is too long.", "La question est trop longue.") \
F("You may not control this service: be root, its user, or in its group.", \
	"Vous ne pouvez pas diriger ce service : soyez root, son utilisateur, ou de son groupe.") \
F("Too many control connections are open.", "Trop de connexions de contrôle sont ouvertes.") \
F("\"%s\" is %s.", "\"%1\" est {2}.") \
F("a time such as 2027-01-31T00:00:00Z, or how long ago it was, such as 24h", \
	"une date comme 2027-01-31T00:00:00Z, ou une durée écoulée comme 24h") \
F("a number from 1 on, and not that large", "un nombre à partir de 1, et pas si grand") \
F("a list of accepted, delivered, deferred, bounced, expired, suppressed, in_doubt, held, cancelled, quarantined, opened, clicked, unsubscribed, complained", \
	"une liste de accepted, delivered, deferred, bounced, expired, suppressed, in_doubt, held, cancelled, quarantined, opened, clicked, unsubscribed, complained") \
F("transactional, broadcast, inbound or a stream of the account's own", \
	"transactional, broadcast, inbound ou un flux du compte") \
F("counted by itself: leave out the tag, campaign or template", \
	"compté à part : ne donnez pas l'étiquette, la campagne ou le modèle") \
F("a stream of the account's own", "un flux du compte") \
F("\"unsubscribe\" must be true or false.", "\"unsubscribe\" doit être true ou false.") \
F("A stream keeps its \"kind\": make another one.", "Un flux garde son \"kind\" : créez-en un autre.") \
F("\"stream\" is transactional, broadcast or a stream of the account.", \
	"\"stream\" est transactional, broadcast ou un flux du compte.") \
F("the id of a message (msg_…) or recipient (rcp_…)", \
	"l'identifiant d'un message (msg_…) ou d'un destinataire (rcp_…)") \
F("the \"next\" of a page with the same filters", "le \"next\" d'une page avec les mêmes filtres") \
F("The ledger cannot be read.", "Le journal des faits ne peut être lu.") \
F("hour, day or all", "hour, day ou all") \
F("too long ago for so many steps: ask for less, or by day", \
	"trop ancien pour autant d'intervalles : demandez moins, ou par jour") \
F("The answer is too long; ask for less.", "La réponse est trop longue ; demandez moins.") \
F("The control tables cannot be read.", "Les tables de contrôle ne peuvent être lues.") \
F("\"scopes\" is a text such as \"send,read\".", "\"scopes\" est un texte comme \"send,read\".") \
F("Only the operator of this service makes keys with the scope operate.", \
	"Seul l'exploitant de ce service crée des clés avec le droit operate.") \
F("The body must be a JSON object.", "Le corps doit être un objet JSON.") \
F("The tables cannot be opened.", "Les tables ne peuvent être ouvertes.") \
F("The tables cannot be read.", "Les tables ne peuvent être lues.") \
F("\"limit\" is a number from 1 to 200.", "\"limit\" est un nombre de 1 à 200.") \
F("The engine is restarting or busy; ask again in a moment.", \
	"Le moteur redémarre ou est occupé ; redemandez dans un instant.") \
F("Other questions about the queue are being answered; ask again in a moment.", \
	"D'autres questions sur la file d'attente sont en cours ; redemandez dans un instant.") \
F("\"state\" is queued, active, held or quarantined.", "\"state\" est queued, active, held ou quarantined.") \
F("\"stream\" is transactional, broadcast or inbound.", "\"stream\" est transactional, broadcast ou inbound.") \
F("\"older\" is a duration such as 30m, 1h or 2d.", "\"older\" est une durée comme 30m, 1h ou 2d.") \
F("\"limit\" is a number from 1 to 1000.", "\"limit\" est un nombre de 1 à 1000.") \
F("This cursor is not the \"next\" of an answer.", \
	"Ce curseur n'est pas le \"next\" d'une réponse.") \
F("\"cursor\" is the \"next\" of a page.", "\"cursor\" est le \"next\" d'une page.") \
F("A member of the body is no filter, or no text: id, provider, domain, sender, to, state, stream, older; \"all\" and \"count_only\" are true or false, \"expect\" is a number.", \
	"Un membre du corps n'est pas un filtre, ou pas un texte : id, provider, domain, sender, to, state, stream, older ; \"all\" et \"count_only\" sont true ou false, \"expect\" est un nombre.") \
F("Say which recipients: id, provider, domain, sender, to, state, stream or older; or \"all\": true.", \
	"Dites quels destinataires : id, provider, domain, sender, to, state, stream ou older ; ou \"all\": true.") \
F("There are %u recipients by now, %u were expected: nothing was done. Count again, and say the new number.", \
	"Il y a maintenant %1 destinataires, %2 étaient attendus : rien n'a été fait. Comptez à nouveau et donnez le nouveau nombre.") \
F("\"limit\" is a number from 1 to 10000.", "\"limit\" est un nombre de 1 à 10000.") \
F("This mail is too long.", "Ce message est trop long.") \
F("A test is mail of the key's own account.", "Un test est un message du compte de la clé.") \
F("\"message\" is a message of the key's own account.", "\"message\" est un message du compte de la clé.") \
F("Users are changed by an owner of the account, or by the operator of this service.", \
	"Les personnes sont modifiées par un propriétaire du compte, ou par l'exploitant de ce service.") \
F("Nobody changes his own role, or locks himself out: ask another owner.", \
	"Personne ne change son propre rôle ni ne se ferme la porte : demandez à un autre propriétaire.") \
F("A password is set by itself: ask for \"name\" and \"language\" in another call.", \
	"Un mot de passe se change seul : demandez \"name\" et \"language\" dans un autre appel.") \
F("Only the user sets a password: make a link for him, POST /v1/users/{user}/link.", \
	"Seule la personne choisit un mot de passe : créez un lien pour elle, POST /v1/users/{user}/link.") \
F("Whose? Say it: ?user=usr_…", "De qui ? Dites-le : ?user=usr_…") \
F("The control tables cannot be used; try again.", "Les tables de contrôle ne peuvent être utilisées ; réessayez.") \
F("It is written, but the engine could not read the tables: it is not in force yet.", \
	"C'est écrit, mais le moteur n'a pas pu lire les tables : ce n'est pas encore en vigueur.") \
F("The audit log cannot be written, so nothing was done; look at the disk.", \
	"Le journal d'audit ne peut être écrit, donc rien n'a été fait ; regardez le disque.") \
F("This opens an account that is not yours, and so its mail. Say why you have to in the header X-Facteur-Reason, 10 to 500 characters: the account sees it in its audit log.", \
	"Ceci ouvre un compte qui n'est pas le vôtre, et donc son courrier. Dites pourquoi il le faut dans l'en-tête X-Facteur-Reason, 10 à 500 caractères : le compte le voit dans son journal d'audit.") \
F("This is what an account that is not yours knows of people. Say why you have to read it in the header X-Facteur-Reason, 10 to 500 characters: the account sees it in its audit log.", \
	"C'est ce qu'un compte qui n'est pas le vôtre sait de personnes. Dites pourquoi vous devez le lire dans l'en-tête X-Facteur-Reason, 10 à 500 caractères : le compte le voit dans son journal d'audit.") \
F("This is mail of an account that is not yours. Say why you have to read it in the header X-Facteur-Reason, 10 to 500 characters: the account sees it in its audit log.", \
	"C'est le courrier d'un compte qui n'est pas le vôtre. Dites pourquoi vous devez le lire dans l'en-tête X-Facteur-Reason, 10 à 500 caractères : le compte le voit dans son journal d'audit.") \
F("Say whose mail it is about: \"account\" is missing.", \
	"Dites de quel compte il s'agit : \"account\" manque.") \
F("\"hash\" is that of another erasure: 32 hex digits.", \
	"\"hash\" est celui d'un autre effacement : 32 chiffres hexadécimaux.") \
F("\"reason\" must be a text.", "\"reason\" doit être un texte.") \
F("\"reason\" has at most %u bytes.", "\"reason\" a au plus %1 octets.") \
F("\"reason\" is kept: it must not name the address.", \
	"\"reason\" est gardé : il ne doit pas nommer l'adresse.") \
F("\"after\" is the \"next\" of a page.", "\"after\" est le \"next\" d'une page.") \
F("Say whose contact it is: \"account\" is missing.", "Dites de qui est ce contact : \"account\" manque.") \
F("The \"address\" of a contact is a mailbox such as ann@example.org.", \
	"L'adresse (\"address\") d'un contact est une boîte comme ann@example.org.") \
F("\"name\" must be a text.", "\"name\" doit être un texte.") \
F("\"name\" has at most %u characters on one line.", "\"name\" a au plus %1 caractères sur une ligne.") \
F("\"properties\" must be an object.", "\"properties\" doit être un objet.") \
F("The account has no contact %s.", "Le compte n'a pas de contact %1.") \
F("\"limit\" is a number from 1 to %u.", "\"limit\" est un nombre de 1 à %1.") \
F("The error cannot be shown.", "L'erreur ne peut être montrée.") \
F("\"expires\" is a duration such as 90d or a time such as 2027-01-31T00:00:00Z.", \
	"\"expires\" est une durée comme 90d ou une date comme 2027-01-31T00:00:00Z.") \
F("\"stream\" is transactional or broadcast.", "\"stream\" est transactional ou broadcast.") \
F("\"limit\" is a number from 1 to 500.", "\"limit\" est un nombre de 1 à 500.") \
F("\"account\" or \"key\" is missing: whose quota?", "\"account\" ou \"key\" manque : le quota de qui ?") \
F("\"quota\" is an object with some of hour, day, month and sessions: each a number from 1 to 1000000000000, or null for no limit.", \
	"\"quota\" est un objet avec certains de hour, day, month et sessions : chacun un nombre de 1 à 1000000000000, ou null pour aucune limite.") \
F("\"grace\" is a duration such as 24h: how long the old key goes on.", \
	"\"grace\" est une durée comme 24h : le temps que l'ancienne clé reste valable.") \
F("\"track_opens\" must be true or false.", "\"track_opens\" doit être true ou false.") \
F("\"default\" must be true or false.", "\"default\" doit être true ou false.") \
F("\"%s\" must be a text.", "\"%1\" doit être un texte.") \
F("\"plaintext\" must be true or false.", "\"plaintext\" doit être true ou false.") \
F("There is no such verb.", "Ce verbe n'existe pas.") \
F("\"%s\" is missing: a text that is not empty.", "\"%1\" manque : un texte qui n'est pas vide.") \
F("The control tables cannot be opened.", "Les tables de contrôle ne peuvent être ouvertes.") \
F("\"account\" and \"domain\" are needed.", "Il faut \"account\" et \"domain\".") \
F("Many domains are being checked; try again in a minute.", \
	"Beaucoup de domaines sont en cours de vérification ; réessayez dans une minute.") \
F("The service is busy; try again in a moment.", "Le service est occupé ; réessayez dans un instant.") \
F("Four streams of this key or person are open, which is the limit: close one, or read GET /v1/messages from time to time.", \
	"Quatre flux de cette clé ou de cette personne sont ouverts, c'est la limite : fermez-en un, ou lisez GET /v1/messages de temps en temps.") \
F("Too many streams are open just now: read GET /v1/messages from time to time.", \
	"Trop de flux sont ouverts en ce moment : lisez GET /v1/messages de temps en temps.") \
F("A stream is of one account: name it.", "Un flux est d'un seul compte : nommez-le.") \
F("\"Last-Event-ID\" is the id of an event of this stream.", \
	"\"Last-Event-ID\" est l'identifiant d'un événement de ce flux.") \
F("\"group\" is the number of a group, or its name together with \"account\".", \
	"\"group\" est le numéro d'un groupe, ou son nom avec \"account\".") \
F("It took no event for 72 hours.", "Il n'a pris aucun événement depuis 72 heures.") \
F("It answered 410 Gone: it wants no more events.", "Il a répondu 410 Gone : il ne veut plus d'événements.") \
F("It took no event for 24 hours.", "Il n'a pris aucun événement depuis 24 heures.") \
F("It answered 403: Postmark's format tries no more then.", \
	"Il a répondu 403 : le format de Postmark n'essaie alors plus.") \
F("No post can be made for this webhook: set its URL, secret or events again.", \
	"Aucun envoi ne peut être fait pour ce webhook : redonnez son URL, son secret ou ses événements.") \
F("The header fields are too long.", "Les champs d'en-tête sont trop longs.") \
F("There is no such event of this account within the last days.", \
	"Ce compte n'a pas cet événement dans les derniers jours.") \
F("\"from\" and \"to\" are times such as 2027-01-31T00:00:00Z, within the last 7 days; or say \"event\", or \"dead\".", \
	"\"from\" et \"to\" sont des dates comme 2027-01-31T00:00:00Z, dans les 7 derniers jours ; ou donnez \"event\", ou \"dead\".") \
F("Its URL, secret or key cannot be used: set another one.", \
	"Son URL, son secret ou sa clé ne peut être utilisé : donnez-en un autre.") \
F("The event is too long for a post.", "L'événement est trop long pour un envoi.") \
F("\"address\" is a domain such as parse.example.com, or one address of it.", \
	"\"address\" est un domaine comme parse.example.com, ou une adresse de celui-ci.") \
F("\"address\" is missing: a domain whose MX is this service, or one address of it.", \
	"\"address\" manque : un domaine dont le MX est ce service, ou une adresse de celui-ci.") \
F("\"format\" is native, mailjet, sendgrid, sendgrid-raw or postmark.", \
	"\"format\" est native, mailjet, sendgrid, sendgrid-raw ou postmark.") \
F("Say whose mail it is: \"account\" is missing.", "Dites de qui est ce courrier : \"account\" manque.") \
F("\"url\" is missing.", "\"url\" manque.") \
F("\"account\" is missing.", "\"account\" manque.") \
F("\"rule\" is an address such as ann@example.com, or a domain.", \
	"\"rule\" est une adresse comme ann@example.com, ou un domaine.") \
F("\"forward\" is a list of \"bounces\", \"complaints\".", \
	"\"forward\" est une liste de \"bounces\", \"complaints\".") \
F("This list is too long to be read so far; ask for a shorter time.", \
	"Cette liste est trop longue pour être lue aussi loin ; demandez une période plus courte.") \
F("Keys of many domains are being made; try again in a minute.", \
	"Les clés de beaucoup de domaines sont en cours de création ; réessayez dans une minute.") \
F("The values of this message are not kept: they go with its bytes (keep.content), and more than 64 KiB never are.", \
	"Les valeurs de ce message ne sont pas gardées : elles partent avec ses octets (keep.content), et plus de 64 Kio ne le sont jamais.") \
F("No values are kept with this message: it was not written from a template.", \
	"Aucune valeur n'est gardée avec ce message : il n'a pas été écrit d'après un modèle.") \
F("Too many wrong attempts from your network; try again in %u minutes.", \
	"Trop d'essais erronés depuis votre réseau ; réessayez dans %1 minutes.") \
F("\"current_password\" is wrong.", "\"current_password\" est faux.") \
F("The e-mail or the password is wrong.", "L'adresse ou le mot de passe est faux.") \
F("Many people sign in just now; try again.", "Beaucoup de personnes se connectent en ce moment ; réessayez.") \
F("A password has at least 12 characters (and at most 1024 bytes): a sentence is a good one.", \
	"Un mot de passe a au moins 12 caractères (et au plus 1024 octets) : une phrase convient bien.") \
F("This password is too easy to guess: a sentence is a good one.", \
	"Ce mot de passe est trop facile à deviner : une phrase convient bien.") \
F("\"email\" and \"password\" are missing, or no texts of ours.", \
	"\"email\" et \"password\" manquent, ou ne sont pas des textes admis.") \
F("The poster ended before it knew. Ask again.", "L'envoi des webhooks s'est arrêté avant de savoir. Redemandez.") \
F("Too many posts are under way. Ask again.", "Trop d'envois sont en cours. Redemandez.") \
F("The poster is restarting. Ask again.", "L'envoi des webhooks redémarre. Redemandez.") \
F("It is gone.", "Cela n'existe plus.") \
F("There is no such message of this account.", "Ce compte n'a pas ce message.") \
F("Too many templates are being tried out; try again in a moment.", \
	"Trop de modèles sont à l'essai ; réessayez dans un instant.") \
F("Sign in first.", "Connectez-vous d'abord.") \
F("You are not signed in, or not any more.", "Vous n'êtes pas connecté, ou plus.") \
F("There is no such account: see X-Facteur-Account.", "Ce compte n'existe pas : voyez X-Facteur-Account.") \
F("This service has no sink: mail goes to the recipients' servers. `facteur demo` has one, the mode sandbox, and a lab whose lab.deliver_to is a sink.", \
	"Ce service n'a pas de puits : le courrier va aux serveurs des destinataires. `facteur demo` en a un, le mode sandbox aussi, et un labo dont lab.deliver_to est un puits.") \
F("Say whose address it is: \"account\" is missing.", \
	"Dites de qui est cette adresse : « account » manque.") \
F("\"address\" is a mailbox such as ann@example.org.", \
	"« address » est une adresse comme ann@example.org.") \
F("Say whose they are: \"account\" is missing.", \
	"Dites de qui elles sont : « account » manque.") \
F("The message could not be handed to the service; ask again in a moment.", \
	"Le message n'a pu être remis au service ; redemandez dans un instant.") \
F("The message could not be written.", \
	"Le message n'a pu être écrit.") \
F("This message has %u bytes; ask for it in parts of at most %u, such as ?offset=0&limit=%u.", \
	"Ce message fait %1 octets ; demandez-le par parties d'au plus %2, comme ?offset=0&limit=%3.") \
F("The message cannot be read from the disk.", "Le message ne peut être lu sur le disque.") \
F("\"offset\" and \"limit\" are numbers of bytes, \"limit\" at most 3145727.", \
	"\"offset\" et \"limit\" sont des nombres d'octets, \"limit\" au plus 3145727.") \
F("The bytes of this message are not kept any more (keep.content): send it again from where it came.", \
	"Les octets de ce message ne sont plus gardés (keep.content) : renvoyez-le depuis sa source.") \
F("A message of more than 3 MiB is not sent again from here: send it again from where it came.", \
	"Un message de plus de 3 Mio n'est pas renvoyé d'ici : renvoyez-le depuis sa source.") \
F("\"offset\" is a number of bytes, at most those of the message, \"limit\" one from 1 to %u.", \
	"\"offset\" est un nombre d'octets, au plus ceux du message, \"limit\" un nombre de 1 à %1.") \
F("This message has more than 1000 recipients: send it again by a recipient's id (rcp_…).", \
	"Ce message a plus de 1000 destinataires : renvoyez-le par l'identifiant d'un destinataire (rcp_…).") \
F("Nothing of this failed: only what bounced, expired, was suppressed or cancelled is sent again.", \
	"Rien n'a échoué ici : n'est renvoyé que ce qui a été rejeté, abandonné, écarté ou annulé.") \
F("Each recipient of this message has a copy of his own: send it again by the recipient's id (rcp_…).", \
	"Chaque destinataire de ce message a son propre exemplaire : renvoyez-le par l'identifiant du destinataire (rcp_…).") \
F("\"stream\" is all, transactional, broadcast or tracking.", \
	"\"stream\" est all, transactional, broadcast ou tracking.") \
F("\"reason\" is hard_bounce, complaint, unsubscribe or manual.", \
	"\"reason\" est hard_bounce, complaint, unsubscribe ou manual.") \
F("\"account\" is missing: whose suppression is it?", "\"account\" manque : de qui est cette suppression ?") \
F("\"since\" and \"until\" are a duration ago such as 7d, a day such as 2026-11-28 or a time such as 2026-11-28T09:00:00Z.", \
	"\"since\" et \"until\" sont une durée écoulée comme 7d, un jour comme 2026-11-28 ou une date comme 2026-11-28T09:00:00Z.") \
F("\"address\" is no address; a part of one is \"search\".", \
	"\"address\" n'est pas une adresse ; une partie d'adresse va dans \"search\".") \
F("The table of suppressions cannot be read.", "La table des suppressions ne peut être lue.") \
F("The engine's answer makes no sense.", "La réponse du moteur n'a pas de sens.") \
F("A group has no streams: give \"group\" or \"stream\".", \
	"Un groupe n'a pas de flux : donnez \"group\" ou \"stream\".") \
F("This is no address.", "Ce n'est pas une adresse.") \
F("\"at\" is a time such as 2026-11-28T09:00:00Z, not in the future.", \
	"\"at\" est une date comme 2026-11-28T09:00:00Z, pas dans le futur.") \
F("\"note\" has at most 200 bytes.", "\"note\" a au plus 200 octets.") \
F("These are too many at once.", "C'est trop à la fois.") \
F("\"group\" is the number or the name of one group.", "\"group\" est le numéro ou le nom d'un groupe.") \
F("\"rows\" is a list of 1 to 100 objects with \"address\".", \
	"\"rows\" est une liste de 1 à 100 objets avec \"address\".") \
F("\"group\" is said once for all rows, beside them.", \
	"\"group\" se donne une fois pour toutes les lignes, à côté d'elles.") \
F("\"incident\" is missing: a number that the list shows.", "\"incident\" manque : un nombre que la liste montre.") \
F("A template is not its own layout.", "Un modèle n'est pas sa propre mise en page.") \
F("\"dialect\" is handlebars, mailjet or mustachio.", "\"dialect\" est handlebars, mailjet ou mustachio.") \
F("The draft has neither \"html\" nor \"text\": there is nothing to send.", \
	"Le brouillon n'a ni \"html\" ni \"text\" : il n'y a rien à envoyer.") \
F("The draft has a mistake: %s %u:%u: %s", "Le brouillon a une erreur : %1 %2:%3 : {4}") \
F("\"version\" is \"draft\" or the number of a version.", "\"version\" est \"draft\" ou le numéro d'une version.") \
F("A past message's values are read by the running service: start it first.", \
	"Les valeurs d'un message passé sont lues par le service en marche : démarrez-le d'abord.") \
F("\"%s\" has this layout and is written in another language.", \
	"« %1 » a cette mise en page et est écrit dans un autre langage.") \
F("\"%s\" has this layout, and a mistake with it: %s %u:%u: %s", \
	"« %1 » a cette mise en page, et une erreur avec elle : %2 %3:%4 : {5}") \
F("\"values\" and \"message\" both say where values come from: name one.", \
	"\"values\" et \"message\" disent tous deux d'où viennent les valeurs : n'en nommez qu'un.") \
F("\"values\" is the name of a stored template's values; there is no template.", \
	"\"values\" est le nom des valeurs d'un modèle enregistré ; il n'y a pas de modèle.") \
F("The layout of this template is gone.", "La mise en page de ce modèle n'existe plus.") \
F("The layout is written in %s, the template in %s.", "La mise en page est écrite en %1, le modèle en %2.") \
F("\"inline_css\" is true or false.", "\"inline_css\" est true ou false.") \
F("\"message\" is missing: the id of one.", "\"message\" manque : l'identifiant d'un message.") \
F("Say whose template it is: \"account\" is missing.", "Dites de qui est ce modèle : \"account\" manque.") \
F("\"template\" is missing: an id or a name.", "\"template\" manque : un identifiant ou un nom.") \
F("\"version\" is \"draft\", \"published\" or the number of a version.", \
	"\"version\" est \"draft\", \"published\" ou le numéro d'une version.") \
F("\"%s%s\" must be a text.", "\"%1%2\" doit être un texte.") \
F("\"%s%s\" has at most %u bytes.", "\"%1%2\" a au plus %3 octets.") \
F("\"%s%s\" holds control characters.", "\"%1%2\" contient des caractères de contrôle.") \
F("\"%s%s\" is one line of text.", "\"%1%2\" est une seule ligne de texte.") \
F("\"from\" is an object with \"email\" and \"name\".", "\"from\" est un objet avec \"email\" et \"name\".") \
F("\"language\" is a tag such as fr or en-GB.", "\"language\" est une étiquette comme fr ou en-GB.") \
F("\"layout\" is the name or the id of a template: there is none of this account.", \
	"\"layout\" est le nom ou l'identifiant d'un modèle : ce compte n'en a pas de tel.") \
F("A layout has no layout itself.", "Une mise en page n'a pas elle-même de mise en page.") \
F("\"%s\" must be an object.", "\"%1\" doit être un objet.") \
F("\"message\" is the id of a message (msg_…) or of a recipient (rcp_…).", \
	"\"message\" est l'identifiant d'un message (msg_…) ou d'un destinataire (rcp_…).") \
F("\"to\" is a list of testers' addresses.", "\"to\" est une liste d'adresses de testeurs.") \
F("%s is no tester of this account: add the address first.", \
	"%1 n'est pas un testeur de ce compte : ajoutez d'abord l'adresse.") \
F("\"to\" names at most %u testers.", "\"to\" nomme au plus %1 testeurs.") \
F("\"to\" names nobody.", "\"to\" ne nomme personne.") \
F("This account has no testers: add an address first.", \
	"Ce compte n'a pas de testeurs : ajoutez d'abord une adresse.") \
F("This cannot be sent: %s %u:%u: %s", "Ceci ne peut être envoyé : %1 %2:%3 : {4}") \
F("The template has no sender: give it \"from\".", "Le modèle n'a pas d'expéditeur : donnez-lui \"from\".") \
F("The template has neither \"html\" nor \"text\".", "Le modèle n'a ni \"html\" ni \"text\".") \
F("The DNS gave no answer for %s: %s Try again later.", "Le DNS n'a pas répondu pour %1 : {2} Réessayez plus tard.") \
F("The service's own name %s has no address in the DNS: its operator has to see to that.", \
	"Le nom du service, %1, n'a pas d'adresse dans le DNS : c'est à son exploitant d'y voir.") \
F("%s has no address in the DNS: publish a CNAME record that leads to %s.", \
	"%1 n'a pas d'adresse dans le DNS : publiez un enregistrement CNAME qui mène à %2.") \
F("%s leads elsewhere: its CNAME or address has to be that of %s.", \
	"%1 mène ailleurs : son CNAME ou son adresse doit être celui de %2.") \
F("%s is below none of the account's verified sending domains: add its domain, publish its records and verify it first.", \
	"%1 n'est sous aucun des domaines d'envoi vérifiés du compte : ajoutez d'abord son domaine, publiez ses enregistrements et vérifiez-le.") \
F("The account has no tracking URL of its own: set one first.", \
	"Le compte n'a pas d'URL de suivi à lui : donnez-en d'abord une.") \
F("Many names are being checked; try again in a minute.", \
	"Beaucoup de noms sont en cours de vérification ; réessayez dans une minute.") \
F("\"dry_run\" must be true or false.", "\"dry_run\" doit être true ou false.") \
F("\"force\" must be true or false.", "\"force\" doit être true ou false.") \
F("Only the operator of this service takes a tracking host without a check.", \
	"Seul l'exploitant de ce service admet un hôte de suivi sans vérification.") \
F("\"enabled\" must be true or false.", "\"enabled\" doit être true ou false.") \
F("There are users already: name one.", "Il y a déjà des personnes : nommez-en une.") \
F("That is too long a time for so many steps: at most 1000.", \
	"C'est une trop longue période pour autant d'intervalles : au plus 1000.") \
F("The layout is written in another language.", "La mise en page est écrite dans un autre langage.") \
F("%s has a mistake in line %u, column %u: %s", "%1 a une erreur à la ligne %2, colonne %3 : {4}") \
F("What describes the template beside its texts is too long.", \
	"Ce qui décrit le modèle, outre ses textes, est trop long.") \
F("\"id\" is the number of a message or recipient.", "\"id\" est le numéro d'un message ou d'un destinataire.") \
F("\"id\" is missing: the number of a message or recipient.", \
	"\"id\" manque : le numéro d'un message ou d'un destinataire.") \
F("Say which recipients: id, domain, sender, to, account, state or older; or \"all\": true.", \
	"Dites quels destinataires : id, domain, sender, to, account, state ou older ; ou \"all\": true.") \
F("%u damaged places of the journal are in quarantine: mail may be missing; check the disk, see journal/quarantine and quarantine.", \
	"%1 endroits abîmés du journal sont en quarantaine : du courrier manque peut-être ; vérifiez le disque, voyez journal/quarantine et quarantine.") \
F("The newest journal could not be read, an older one was used: mail may be missing or sent twice; check the disk.", \
	"Le journal le plus récent n'a pu être lu, un plus ancien a servi : du courrier manque peut-être ou part deux fois ; vérifiez le disque.") \
F("Lab mode is on: this is no configuration for real mail.", \
	"Le mode labo est actif : cette configuration n'est pas faite pour du vrai courrier.") \
F("plaintext_auth is on: secrets may cross the network unencrypted.", \
	"plaintext_auth est actif : des secrets peuvent passer en clair sur le réseau.") \
F("Some keys may be used without TLS: see facteur keys list.", \
	"Certaines clés peuvent servir sans TLS : voyez facteur keys list.") \
F("No certificate is configured: a self-signed one is used.", \
	"Aucun certificat n'est configuré : un certificat auto-signé est utilisé.") \
F("The control tables cannot be opened: accounts cannot be changed.", \
	"Les tables de contrôle ne peuvent être ouvertes : les comptes ne peuvent être modifiés.") \
F("The disk is full: no mail is accepted.", "Le disque est plein : aucun courrier n'est accepté.") \
F("The engine reads the queue or drains: no mail is accepted.", \
	"Le moteur lit la file d'attente ou s'arrête : aucun courrier n'est accepté.") \
F("Not every process is ready.", "Tous les processus ne sont pas prêts.") \
F("The engine is restarting or busy.", "Le moteur redémarre ou est occupé.") \
F("Say whose webhook it is: \"account\" is missing.", "Dites de qui est ce webhook : \"account\" manque.") \
F("It was not on for 72 hours.", "Il n'a pas été actif pendant 72 heures.") \
F("The URL has bytes that are not printable ASCII: write them as %XX, and the host in A-labels.", \
	"L'URL a des octets qui ne sont pas de l'ASCII imprimable : écrivez-les %XX, et l'hôte en A-labels.") \
F("\"url\" is missing, or longer than %u bytes.", "\"url\" manque, ou dépasse %1 octets.") \
F("The URL cannot be used: %s.", "L'URL ne peut être utilisée : {1}.") \
F("\"events\" is a list of words.", "\"events\" est une liste de mots.") \
F("\"%s\" is no event that the format %s can tell of.", \
	"« %1 » n'est pas un événement que le format %2 peut annoncer.") \
F("\"fields\" is an object of at most %u header fields.", "\"fields\" est un objet d'au plus %1 champs d'en-tête.") \
F("\"%s\" cannot be a header field of a webhook, or its value is no line of text.", \
	"« %1 » ne peut être un champ d'en-tête d'un webhook, ou sa valeur n'est pas une ligne de texte.") \
F("\"event\" has at most %u bytes.", "\"event\" a au plus %1 octets.") \
F("By hand.", "À la main.") \
F("\"state\" is on or off.", "\"state\" est on ou off.") \
F("\"format\" is native, mailjet-1, mailjet-2, sendgrid, postmark or mailgun.", \
	"\"format\" est native, mailjet-1, mailjet-2, sendgrid, postmark ou mailgun.") \
F("The secret is too long.", "Le secret est trop long.") \
F("A secret is whsec_ and base64 of 16 to 64 bytes (Standard Webhooks).", \
	"Un secret est whsec_ et le base64 de 16 à 64 octets (Standard Webhooks).") \
F("There is no such thing in this account.", "Ce compte n'a rien de tel.") \
F("One is under way: try again in a moment.", "Un essai est en cours : réessayez dans un instant.") \
F("Nobody would get it: set admin, or alerts.webhook, in the configuration.", \
	"Personne ne le recevrait : indiquez admin, ou alerts.webhook, dans la configuration.") \
F("The configuration was read again meanwhile; ask again.", "La configuration a été relue entre-temps ; redemandez.") \
F("\"only\" is a list of checks such as \"dkim,spf,disk\".", \
	"\"only\" est une liste de contrôles comme \"dkim,spf,disk\".") \
F("The installation is being looked at; try again in a minute.", \
	"L'installation est en cours d'examen ; réessayez dans une minute.") \
F("\"what\" is missing: an address, a Message-ID or an id.", \
	"\"what\" manque : une adresse, un Message-ID ou un identifiant.") \
F("\"cursor\" is the \"next\" of a page of the same message.", \
	"\"cursor\" est le \"next\" d'une page du même message.") \
F("Nothing is known of %s; facts are kept for a while only.", \
	"On ne sait rien de %1 ; les faits ne sont gardés qu'un temps.") \
F("This state was restored from a backup: nothing is sent until you say so. What the other machine sent since the backup would be sent again: look at it (facteur queue list), then: facteur queue resume", \
	"Cet état vient d'une sauvegarde restaurée : rien ne part avant que vous le disiez. Ce que l'autre machine a envoyé depuis la sauvegarde serait envoyé à nouveau : regardez (facteur queue list), puis : facteur queue resume") \
F("The queue is paused: nothing is sent until: facteur queue resume", \
	"La file d'attente est en pause : rien ne part avant : facteur queue resume") \
F("Outgoing port 25 is open.", "Le port 25 sortant est ouvert.") \
F("This network blocks outgoing port 25. Nothing is bounced; send another way with: facteur routes add '*' smtp://user:password@host:587", \
	"Ce réseau bloque le port 25 sortant. Rien n'est rejeté ; passez par un autre chemin : facteur routes add '*' smtp://user:password@host:587") \
F("Not known yet: no delivery to port 25 was tried.", "Pas encore connu : aucune remise au port 25 n'a été essayée.") \
F("This network blocks outgoing port 25. Send another way with: facteur routes add '*' smtp://user:password@host:587", \
	"Ce réseau bloque le port 25 sortant. Passez par un autre chemin : facteur routes add '*' smtp://user:password@host:587") \
F("This is not in the queue; what became of it is told by: facteur trace", \
	"Ceci n'est pas dans la file d'attente ; ce qu'il est devenu est dit par : facteur trace") \
F("Views are a person's, and a key is none: sign in.", \
	"Les vues sont à une personne, et une clé n'en est pas une : connectez-vous.") \
F("\"password\" is wrong.", \
	"\"password\" est faux.") \
F("\"token\" and \"code\" are missing: what the password was answered with, and six digits or a recovery code.", \
	"\"token\" et \"code\" manquent : ce que le mot de passe a reçu en réponse, et six chiffres ou un code de secours.") \
F("\"password\" is missing: your own, again.", \
	"\"password\" manque : le vôtre, à nouveau.") \
F("\"code\" is missing: the six digits that the app shows.", \
	"\"code\" manque : les six chiffres que l'application affiche.") \
F("A second factor is required here: turn yours on first, in the console under your name.", \
	"Un second facteur est exigé ici : activez d'abord le vôtre, dans la console sous votre nom.") \
F("\"views\" is a list of objects with \"name\" and \"query\", both texts.", \
	"\"views\" est une liste d'objets avec \"name\" et \"query\", deux textes.")

/* clang-format on */

#endif
