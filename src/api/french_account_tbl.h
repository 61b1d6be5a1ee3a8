/*
 * In French: what the control tables refuse, and contacts. F(as api/french says it is written,
 * French).
 */
#ifndef API_FRENCH_ACCOUNT_TBL_H
#define API_FRENCH_ACCOUNT_TBL_H

/* Tables, aligned by hand. */
/* clang-format off */
#define FRENCH_ACCOUNT(F) \
F("The control database could not be used: %s.", "La base de contrôle n'a pas pu être utilisée : %1.") \
F("There is no account \"%s\".", "Il n'y a pas de compte « %1 ».") \
F("An account's name is 1 to 63 of a-z, 0-9 and \"-\"; \"%s\" is not.", \
	"Le nom d'un compte a 1 à 63 caractères parmi a-z, 0-9 et \"-\" ; « %1 » n'en est pas un.") \
F("The account \"system\" is the platform's own.", "Le compte « system » est celui de la plateforme.") \
F("The account \"%s\" is there already.", "Le compte « %1 » existe déjà.") \
F("An account's state is \"ok\" or \"suspended\", not \"%s\".", \
	"L'état d'un compte est \"ok\" ou \"suspended\", pas « %1 ».") \
F("This cursor is not the \"next\" of a page.", "Ce curseur n'est pas le \"next\" d'une page.") \
F("A noted head is its number, a colon and 64 hexadecimal digits.", \
	"Une tête notée est son numéro, deux-points et 64 chiffres hexadécimaux.") \
F("Entry %u is not as it was written.", "L'entrée %1 n'est plus telle qu'elle a été écrite.") \
F("Entry %u is missing: it was not removed by the service.", \
	"L'entrée %1 manque : ce n'est pas le service qui l'a retirée.") \
F("Entry %u is there that the service did not write (0: a row without a number).", \
	"L'entrée %1 n'a pas été écrite par le service (0 : une ligne sans numéro).") \
F("Entry %u does not stand where it was written.", "L'entrée %1 n'est pas à la place où elle a été écrite.") \
F("The end of the log was taken away or forged before entry %u: what stood there may be missing.", \
	"La fin du journal a été retirée ou falsifiée avant l'entrée %1 : ce qui s'y trouvait peut manquer.") \
F("Entry %u is not the one that was noted: the log was put back, or the note is of another one.", \
	"L'entrée %1 n'est pas celle qui a été notée : le journal a été remis en arrière, ou la note est d'un autre.") \
F("This batch was cancelled, which is final.", "Ce lot a été annulé, c'est définitif.") \
F("An account has at most %u batches that are paused or cancelled; each is forgotten after 30 days, or when it is deleted.", \
	"Un compte a au plus %1 lots en pause ou annulés ; chacun est oublié après 30 jours, ou quand il est supprimé.") \
F("There is no such contact.", "Ce contact n'existe pas.") \
F("There is no such erasure.", "Cet effacement n'existe pas.") \
F("%u erasures of this account are under way; ask again when some are done.", \
	"%1 effacements de ce compte sont en cours ; redemandez quand certains seront terminés.") \
F("An account has at most %u contacts.", "Un compte a au plus %1 contacts.") \
F("The contacts of an account have at most %u MiB together.", \
	"Les contacts d'un compte font au plus %1 Mio ensemble.") \
F("There is no such account.", "Ce compte n'existe pas.") \
F("\"%s\" is not a domain like example.org.", "« %1 » n'est pas un domaine comme example.org.") \
F("The signing keys could not be made.", "Les clés de signature n'ont pas pu être créées.") \
F("The DNS has %s at %s: publish the record again.", "Le DNS {1} à %2 : publiez à nouveau l'enregistrement.") \
F("An account has at most %u domains: remove one that it does not send from any more.", \
	"Un compte a au plus %1 domaines : retirez-en un dont il n'envoie plus.") \
F("The account \"%s\" has the domain %s already.", "Le compte « %1 » a déjà le domaine %2.") \
F("The account \"%s\" has no domain %s.", "Le compte « %1 » n'a pas le domaine %2.") \
F("Another account has verified the domain %s.", "Un autre compte a vérifié le domaine %1.") \
F("More than %u addresses were taken off this list; take off all of it.", \
	"Plus de %1 adresses ont été retirées de cette liste ; retirez toute la liste.") \
F("This account has no stream \"%s\".", \
	"Ce compte n'a pas de flux « %1 ».") \
F("This account has no stream of number %u.", \
	"Ce compte n'a pas de flux de numéro %1.") \
F("A stream's \"name\" is at most 100 characters on one line.", \
	"Le \"name\" d'un flux a au plus 100 caractères sur une ligne.") \
F("A stream's \"description\" is at most 1000 characters on one line.", \
	"La \"description\" d'un flux a au plus 1000 caractères sur une ligne.") \
F("\"unsubscribe\" is for broadcast streams: transactional mail is asked for by whoever gets it, and has nothing to unsubscribe from.", \
	"\"unsubscribe\" est pour les flux de diffusion : qui reçoit un message transactionnel l'a demandé, il n'a rien à quitter.") \
F("An account has at most %u streams, archived ones too: bring one back, or change one's name and description.", \
	"Un compte a au plus %1 flux, archivés compris : rétablissez-en un, ou changez le nom et la description d'un autre.") \
F("This account has a stream \"%s\" already; names of archived ones stay taken too.", \
	"Ce compte a déjà un flux « %1 » ; les noms des flux archivés restent pris aussi.") \
F("\"%s\" is a word of its own here: a stream needs another name.", \
	"« %1 » veut dire autre chose ici : il faut un autre nom à un flux.") \
F("\"stream\" is 1 to 30 small letters, digits, - and _.", \
	"\"stream\" a 1 à 30 lettres minuscules, chiffres, - et _.") \
F("\"kind\" is transactional or broadcast.", \
	"\"kind\" est transactional ou broadcast.") \
F("This account has no group \"%s\".", "Ce compte n'a pas de groupe « %1 ».") \
F("A group's \"name\" is 1 to 100 characters on one line.", \
	"Le \"name\" d'un groupe a 1 à 100 caractères sur une ligne.") \
F("A group's \"description\" is at most 200 characters on one line.", \
	"La \"description\" d'un groupe a au plus 200 caractères sur une ligne.") \
F("An account has at most %u groups: remove one that is not used any more.", \
	"Un compte a au plus %1 groupes : retirez-en un qui ne sert plus.") \
F("This account has a group \"%s\" already.", "Ce compte a déjà un groupe « %1 ».") \
F("The URL could not be sealed.", "L'URL n'a pas pu être scellée.") \
F("A URL has 1 to %u bytes.", "Une URL a 1 à %1 octets.") \
F("There is a URL for this address already.", "Il y a déjà une URL pour cette adresse.") \
F("An account may have %u inbound addresses.", "Un compte peut avoir %1 adresses de réception.") \
F("There is no such inbound address.", "Cette adresse de réception n'existe pas.") \
F("An account has at most %u rules for mail that comes in.", "Un compte a au plus %1 règles pour le courrier reçu.") \
F("This inbound rule already exists.", "Cette règle de réception existe déjà.") \
F("This inbound rule was not found.", "Cette règle de réception est introuvable.") \
F("\"%s\" is not a network like 192.0.2.0/24 or 2001:db8::/32.", \
	"« %1 » n'est pas un réseau comme 192.0.2.0/24 ou 2001:db8::/32.") \
F("\"%s\" is not a scope. Scopes, separated by commas: %s.", \
	"« %1 » n'est pas un droit. Les droits, séparés par des virgules : %2.") \
F("A key's label may have %u bytes, its networks %u, its scopes %u.", \
	"Le libellé d'une clé peut avoir %1 octets, ses réseaux %2, ses droits %3.") \
F("A key cannot expire before 1970.", "Une clé ne peut expirer avant 1970.") \
F("An account has at most %u keys in use: revoke one that is not used any more.", \
	"Un compte a au plus %1 clés en service : révoquez-en une qui ne sert plus.") \
F("Another key has this secret.", "Une autre clé a ce secret.") \
F("The key's name or secret is empty or too long.", "Le nom ou le secret de la clé est vide ou trop long.") \
F("There is no key \"%s\".", "Il n'y a pas de clé « %1 ».") \
F("There is no key \"%s\" in use.", "Il n'y a pas de clé « %1 » en service.") \
F("There is no %s \"%s\".", "Introuvable : {1} « %2 ».") \
F("A limit is a number from 1 to %u, or null for none.", "Une limite est un nombre de 1 à %1, ou null pour aucune.") \
F("\"%s\" is neither a domain nor \"*\" for everything else.", \
	"« %1 » n'est ni un domaine ni \"*\" pour tout le reste.") \
F("The route's URL is not usable: %s.", "L'URL de la route n'est pas utilisable : {1}.") \
F("There is no route for %s.", "Il n'y a pas de route pour %1.") \
F("There is no such user.", "Cette personne n'existe pas.") \
F("You are not signed in.", "Vous n'êtes pas connecté.") \
F("There is no such session.", "Cette session n'existe pas.") \
F("There is no such template.", "Ce modèle n'existe pas.") \
F("These templates are too long to be read.", "Ces modèles sont trop longs pour être lus.") \
F("This template is not published yet.", "Ce modèle n'est pas encore publié.") \
F("This template has no version %u.", "Ce modèle n'a pas de version %1.") \
F("A template's \"name\" is 1 to %u characters on one line; it does not begin with \"tpl_\", which ids do.", \
	"Le \"name\" d'un modèle a 1 à %1 caractères sur une ligne ; il ne commence pas par \"tpl_\", comme les identifiants.") \
F("All templates and versions of an account have at most %u bytes together: remove some.", \
	"Tous les modèles et versions d'un compte font au plus %1 octets ensemble : retirez-en.") \
F("The texts of a template have at most %u bytes together.", \
	"Les textes d'un modèle font au plus %1 octets ensemble.") \
F("This account has a template \"%s\" already.", "Ce compte a déjà un modèle « %1 ».") \
F("An account has at most %u templates.", "Un compte a au plus %1 modèles.") \
F("Other templates have this one as their layout: it has no layout itself.", \
	"D'autres modèles ont celui-ci pour mise en page : il n'en a pas lui-même.") \
F("This is the layout of %u other template%s: give %s another one first.", \
	"C'est la mise en page d'autres modèles (%1) : donnez-leur d'abord une autre.") \
F("The layout is not published yet.", "La mise en page n'est pas encore publiée.") \
F("A template has at most %u versions: make another one.", "Un modèle a au plus %1 versions : créez un autre modèle.") \
F("This template has no such version.", "Ce modèle n'a pas cette version.") \
F("This template has had %u versions: make another template.", "Ce modèle a eu %1 versions : créez un autre modèle.") \
F("The name and test data of a version have at most %u bytes.", \
	"Le nom et les données d'essai d'une version font au plus %1 octets.") \
F("A template has at most %u versions.", "Un modèle a au plus %1 versions.") \
F("What describes a template beside its texts has at most %u bytes.", \
	"Ce qui décrit un modèle, outre ses textes, fait au plus %1 octets.") \
F("A template with this layout has %u versions, and has no room for another one.", \
	"Un modèle qui a cette mise en page a %1 versions et n'a plus de place pour une autre.") \
F("This template has no values of this name.", "Ce modèle n'a pas de valeurs de ce nom.") \
F("The \"name\" of values is 1 to %u bytes on one line.", "Le \"name\" de valeurs a 1 à %1 octets sur une ligne.") \
F("A set of values has at most %u bytes.", "Un jeu de valeurs fait au plus %1 octets.") \
F("A template has at most %u sets of values.", "Un modèle a au plus %1 jeux de valeurs.") \
F("There is no such tester.", "Ce testeur n'existe pas.") \
F("A tester's \"address\" is a mailbox such as ann@example.org.", \
	"L'adresse (\"address\") d'un testeur est une boîte comme ann@example.org.") \
F("A tester's \"name\" has at most %u characters on one line.", \
	"Le \"name\" d'un testeur a au plus %1 caractères sur une ligne.") \
F("An account has at most %u testers; one who had tests and was removed counts until the hour is over.", \
	"Un compte a au plus %1 testeurs ; qui a reçu des tests et a été retiré compte jusqu'à la fin de l'heure.") \
F("A tester gets at most %u tests in an hour: %s has had them.", \
	"Un testeur reçoit au plus %1 tests par heure : %2 les a eus.") \
F("This is not a URL like https://click.example.org: %s.", \
	"Ce n'est pas une URL comme https://click.example.org : {1}.") \
F("The host of a tracking URL is a full name such as click.example.org, not \"%s\".", \
	"L'hôte d'une URL de suivi est un nom complet comme click.example.org, pas « %1 ».") \
F("\"%s\" is the service's own name: an account has one of its own, or none.", \
	"« %1 » est le nom du service lui-même : un compte a le sien, ou aucun.") \
F("Opens are tracked \"on\" or \"off\".", "Les ouvertures sont suivies (\"on\") ou non (\"off\").") \
F("Clicks are tracked in \"none\", \"html\", \"text\" or \"all\" of a message.", \
	"Les clics sont suivis dans \"none\", \"html\", \"text\" ou \"all\" d'un message.") \
F("Another account has verified this host.", "Un autre compte a vérifié cet hôte.") \
F("This account has no tracking host \"%s\" any more.", "Ce compte n'a plus d'hôte de suivi « %1 ».") \
F("Another account has verified the tracking host %s.", "Un autre compte a vérifié l'hôte de suivi %1.") \
F("A user's \"name\" is at most 100 characters on one line.", \
	"Le \"name\" d'une personne a au plus 100 caractères sur une ligne.") \
F("\"language\" is en or fr.", "\"language\" est en ou fr.") \
F("The \"role\" of a user without account is one of %s.", "Le \"role\" d'une personne sans compte est l'un de : %1.") \
F("The \"role\" of an account's user is one of %s.", "Le \"role\" d'une personne d'un compte est l'un de : %1.") \
F("There are %u users already: remove one who does not sign in any more.", \
	"Il y a déjà %1 personnes : retirez-en une qui ne se connecte plus.") \
F("Another user has the e-mail %s.", "Une autre personne a l'adresse %1.") \
F("\"email\" is an address such as ann@example.org, in ASCII.", \
	"\"email\" est une adresse comme ann@example.org, en ASCII.") \
F("\"role\" is missing: what may the user do?", "\"role\" manque : que peut faire cette personne ?") \
F("This is the last owner of the service: make another one first.", \
	"C'est le dernier propriétaire du service : nommez-en d'abord un autre.") \
F("The first owner needs an e-mail: set admin: in the configuration.", \
	"Le premier propriétaire a besoin d'une adresse : indiquez admin: dans la configuration.") \
F("This user is disabled.", "Cette personne est désactivée.") \
F("This link is not valid any more.", "Ce lien n'est plus valable.") \
F("This link sets a password: give one.", "Ce lien choisit un mot de passe : donnez-en un.") \
F("The webhook could not be sealed.", "Le webhook n'a pas pu être scellé.") \
F("A webhook's URL has 1 to %u bytes.", "L'URL d'un webhook a 1 à %1 octets.") \
F("A webhook's label may have %u bytes, its header fields %u.", \
	"Le libellé d'un webhook peut avoir %1 octets, ses champs d'en-tête %2.") \
F("A webhook's event may have %u bytes.", "L'événement d'un webhook peut avoir %1 octets.") \
F("There is a URL for this event already.", "Il y a déjà une URL pour cet événement.") \
F("An account may have %u webhooks.", "Un compte peut avoir %1 webhooks.") \
F("There is no such webhook.", "Ce webhook n'existe pas.") \
F("A webhook may have %u replays that wait: ask again when some are over.", \
	"Un webhook peut avoir %1 rejeux en attente : redemandez quand certains seront finis.") \
F("The name of a property has 1 to %u characters on one line.", \
	"Le nom d'une propriété a 1 à %1 caractères sur une ligne.") \
F("The property \"%s\" must be a text, a number, true or false.", \
	"La propriété « %1 » doit être un texte, un nombre, true ou false.") \
F("A contact has at most %u properties, and %u KiB of them.", \
	"Un contact a au plus %1 propriétés, et %2 Kio ensemble.") \
F("account", "le compte") \
F("key", "la clé") \
F("no such record any more", "n'a plus cet enregistrement") \
F("another value than this account's", "a une autre valeur que celle de ce compte") \
F("it is too long", "elle est trop longue") \
F("A tracking URL has a host and maybe a port, and nothing behind or before it: https://click.example.org", \
	"Une URL de suivi a un hôte et peut-être un port, et rien derrière ni devant : https://click.example.org") \
F("A person has at most %u views.", "Une personne a au plus %1 vues.") \
F("The \"name\" of a view has 1 to %u characters on one line.", \
	"Le \"name\" d'une vue a 1 à %1 caractères sur une ligne.") \
F("The \"query\" of a view has at most %u bytes of printable ASCII: write others as %XX.", \
	"La \"query\" d'une vue a au plus %1 octets d'ASCII imprimable : écrivez les autres %XX.") \
F("The code is wrong, or was used already: wait for the next one.", \
	"Le code est faux, ou a déjà servi : attendez le suivant.") \
F("The second factor is not on.", \
	"Le second facteur n'est pas activé.") \
F("The secret of the second factor cannot be read: is master.key another one? Turn the second factor off and on again.", \
	"Le secret du second facteur ne peut être lu : master.key est-il un autre ? Désactivez puis réactivez le second facteur.") \
F("The second factor is on already: turn it off first, or make new recovery codes.", \
	"Le second facteur est déjà activé : désactivez-le d'abord, ou créez de nouveaux codes de secours.") \
F("The second factor is on already.", \
	"Le second facteur est déjà activé.") \
F("Nothing is to be confirmed, or it took too long: begin again.", \
	"Il n'y a rien à confirmer, ou cela a pris trop de temps : recommencez.") \
F("Too many codes in a row were wrong, so none is taken any more: use a recovery code, or have the second factor turned off.", \
	"Trop de codes de suite étaient faux, aucun n'est plus accepté : utilisez un code de secours, ou faites désactiver le second facteur.") \
F("This sign-in took too long, or too many codes were wrong: begin again with the password.", \
	"Cette connexion a pris trop de temps, ou trop de codes étaient faux : recommencez par le mot de passe.") \
F("An account's mode is \"live\" or \"sandbox\", not \"%s\".", \
	"Le mode d'un compte est « live » ou « sandbox », pas « %1 ».") \
F("An account has at most %u proved addresses: remove one first.", \
	"Un compte a au plus %1 adresses prouvées : retirez-en une d'abord.") \
F("An account asks at most %u addresses in an hour.", \
	"Un compte interroge au plus %1 adresses par heure.") \
F("This code is not valid, or not any more.", \
	"Ce code n'est pas valide, ou ne l'est plus.") \
F("There is no such proved address.", \
	"Cette adresse prouvée n'existe pas.") \
F("Two views have the name \"%s\".", "Deux vues ont le nom « %1 ».")

/* clang-format on */

#endif
