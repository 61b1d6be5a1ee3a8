/*
 * In French: what is wrong with a call, and with mail that it sends. F(as api/french says it is
 * written, French).
 */
#ifndef API_FRENCH_SEND_TBL_H
#define API_FRENCH_SEND_TBL_H

/* Tables, aligned by hand. */
/* clang-format off */
#define FRENCH_SEND(F) \
F("Nothing was sent: see errors.", "Rien n'a été envoyé : voyez errors.") \
F("The body is no JSON: %s.", "Le corps n'est pas du JSON : {1}.") \
F("This value cannot be here.", "Cette valeur ne peut être ici.") \
F("This member is missing.", "Ce membre manque.") \
F("This must be a JSON %s.", "Ce doit être {1} JSON.") \
F("This must not be empty.", "Ceci ne doit pas être vide.") \
F("This is longer than %s bytes.", "Ceci dépasse %1 octets.") \
F("More than %s entries.", "Plus de %1 entrées.") \
F("There is no such member; did you mean %s?", "Ce membre n'existe pas ; vouliez-vous dire %1 ?") \
F("There is no such member.", "Ce membre n'existe pas.") \
F("This cannot be beside \"messages\": each message has its own.", "Ceci ne peut pas être à côté de \"messages\" : chaque message a le sien.") \
F("The message needs a text or an html.", "Le message a besoin d'un text ou d'un html.") \
F("The message needs a recipient.", "Le message a besoin d'un destinataire.") \
F("More than %u entries.", "Plus de %1 entrées.") \
F("This is longer than %u bytes.", "Ceci dépasse %1 octets.") \
F("This is more than %u hours ahead.", "C'est à plus de %1 heures d'ici.") \
F("This header is written by the service or from other members.", \
	"Cet en-tête est écrit par le service ou d'après d'autres membres.") \
F("This holds characters that cannot be there.", "Ceci contient des caractères qui ne peuvent y être.") \
F("This is no e-mail address such as Ann <ann@example.com>.", "Ce n'est pas une adresse comme Ann <ann@example.com>.") \
F("This must be an address, or an object with email and name.", \
	"Ce doit être une adresse, ou un objet avec email et name.") \
F("More than 1000 entries.", "Plus de 1000 entrées.") \
F("This is not base64, or it is too long.", "Ce n'est pas du base64, ou c'est trop long.") \
F("This must be a JSON string.", "Ce doit être un texte JSON.") \
F("This must be transactional, broadcast or the name of a stream.", \
	"Ce doit être transactional, broadcast ou le nom d'un flux.") \
F("A stream of your own is left like a group: it cannot be with one.", \
	"Un flux à vous se quitte comme un groupe : il ne va pas avec un groupe.") \
F("There is no such stream in this account.", "Ce compte n'a pas ce flux.") \
F("This stream is archived: nothing is sent by it.", "Ce flux est archivé : plus rien ne part par lui.") \
F("This must be a time such as 2026-11-24T10:00:00Z.", "Ce doit être une date comme 2026-11-24T10:00:00Z.") \
F("Variables fill in a template: they cannot be without one.", \
	"Les variables remplissent un modèle : elles ne vont pas sans lui.") \
F("This is for the HTML of a template: it cannot be without one.", \
	"Ceci est pour le HTML d'un modèle : cela ne va pas sans lui.") \
F("This must be the number of a group.", "Ce doit être le numéro d'un groupe.") \
F("The template has the texts: this cannot be beside it.", \
	"Le modèle contient les textes : ceci ne peut être à côté.") \
F("This must be one address.", "Ce doit être une seule adresse.") \
F("More than 10000 recipients in one call.", "Plus de 10000 destinataires en un appel.") \
F("The messages of one call are longer than 64 MiB together.", \
	"Les messages d'un appel font plus de 64 Mio ensemble.") \
F("This must be a list of 1 to 1000 messages.", "Ce doit être une liste de 1 à 1000 messages.") \
F("This must be a JSON object.", "Ce doit être un objet JSON.") \
F("a field's name may hold only printable ASCII without ':'", \
	"le nom d'un champ ne peut contenir que de l'ASCII imprimable sans ':'") \
F("a field's value holds control characters or bytes that are not UTF-8", \
	"la valeur d'un champ contient des caractères de contrôle ou des octets qui ne sont pas de l'UTF-8") \
F("a file's name holds control characters or bytes that are not UTF-8", \
	"le nom d'un fichier contient des caractères de contrôle ou des octets qui ne sont pas de l'UTF-8") \
F("a file's name is too long", "le nom d'un fichier est trop long") \
F("a file's type is no media type such as image/png", \
	"le type d'un fichier n'est pas un type de média comme image/png") \
F("a content id may hold only printable ASCII without spaces, < and >", \
	"un identifiant de contenu ne peut contenir que de l'ASCII imprimable sans espaces, < et >") \
F("the type of a part is no media type such as text/calendar", \
	"le type d'une partie n'est pas un type de média comme text/calendar") \
F("this header is written from the options; it cannot be given twice", \
	"cet en-tête est écrit d'après les options ; il ne peut être donné deux fois") \
F("an address holds control characters or bytes that are not UTF-8", \
	"une adresse contient des caractères de contrôle ou des octets qui ne sont pas de l'UTF-8") \
F("the subject holds control characters or bytes that are not UTF-8", \
	"l'objet contient des caractères de contrôle ou des octets qui ne sont pas de l'UTF-8") \
F("This call is too long.", "Cet appel est trop long.") \
F("This JSON cannot be read.", "Ce JSON ne peut être lu.") \
F("An Idempotency-Key has 1 to 255 characters; a UUID is a good one.", \
	"Une Idempotency-Key a 1 à 255 caractères ; un UUID convient bien.") \
F("This request is too long.", "Cette requête est trop longue.") \
F("The request came too slowly.", "La requête est venue trop lentement.") \
F("The service is stopping; try again in a minute.", "Le service s'arrête ; réessayez dans une minute.") \
F("There is nothing at this address.", "Il n'y a rien à cette adresse.") \
F("This address does not take this method.", "Cette adresse n'accepte pas cette méthode.") \
F("An API key is missing or cannot be read: send the key and its secret as user and password (Authorization: Basic …).", \
	"Une clé d'API manque ou ne peut être lue : envoyez la clé et son secret comme utilisateur et mot de passe (Authorization: Basic …).") \
F("This request cannot be read.", "Cette requête ne peut être lue.") \
F("No answer came in time; whether it was done is not known.", \
	"Aucune réponse n'est venue à temps ; on ne sait pas si c'est fait.") \
F("%s made more calls%s than its %u a minute; the next may be made in %u s.", \
	"{1} a fait plus d'appels{2} que les %3 permis par minute ; le prochain est possible dans %4 s.") \
F("Your network made too many calls; try again in a moment.", \
	"Votre réseau a fait trop d'appels ; réessayez dans un instant.") \
F("The service is starting; try again in a moment.", "Le service démarre ; réessayez dans un instant.") \
F("The message could not be stored: nothing was sent. Try again later.", \
	"Le message n'a pas pu être enregistré : rien n'a été envoyé. Réessayez plus tard.") \
F("The messages of this call are longer than 64 MiB together: send fewer in one call.", \
	"Les messages de cet appel font plus de 64 Mio ensemble : envoyez-en moins en un appel.") \
F("A call with this Idempotency-Key is being worked on: ask again in a moment.", \
	"Un appel avec cette Idempotency-Key est en cours : redemandez dans un instant.") \
F("This Idempotency-Key was used for another request: a new request needs a new key.", \
	"Cette Idempotency-Key a servi à une autre requête : à nouvelle requête, nouvelle clé.") \
F("This call has too many recipients and data: send fewer messages in one call.", \
	"Cet appel a trop de destinataires et de données : envoyez moins de messages en un appel.") \
F("The body must be application/json, and say so.", "Le corps doit être application/json, et le dire.") \
F("A change needs the session's token in the header X-CSRF-Token: \"csrf\" of GET /v1/session.", \
	"Un changement demande le jeton de la session dans l'en-tête X-CSRF-Token : \"csrf\" de GET /v1/session.") \
F("People sign in over HTTPS, or on this machine.", "Les personnes se connectent en HTTPS, ou sur cette machine.") \
F("This key may not do that: it needs the scope %s.", "Cette clé ne peut faire cela : il lui faut le droit %1.") \
F("Your role, %s, does not allow that.", "Votre rôle, %1, ne le permet pas.") \
F("Of which account? Say it in the header X-Facteur-Account.", \
	"De quel compte ? Dites-le dans l'en-tête X-Facteur-Account.") \
F("The templates cannot be read now; try again in a moment.", \
	"Les modèles ne peuvent être lus en ce moment ; réessayez dans un instant.") \
F("Writing the messages of this call takes too long: send fewer in one call.", \
	"Écrire les messages de cet appel prend trop de temps : envoyez-en moins en un appel.") \
F("Its tags and metadata have more than 16 KiB together with the id of the template.", \
	"Ses étiquettes et métadonnées font plus de 16 Kio avec l'identifiant du modèle.") \
F("The service is stopping; try again in a minute", "Le service s'arrête ; réessayez dans une minute.") \
F("The service is starting; try again in a moment", "Le service démarre ; réessayez dans un instant.") \
F("The disk is nearly full; nothing was lost, try again later", \
	"Le disque est presque plein ; rien n'est perdu, réessayez plus tard.") \
F("This key was revoked or has expired; make a new one with facteur keys add", \
	"Cette clé est révoquée ou expirée ; créez-en une avec facteur keys add.") \
F("This account is suspended; ask the operator of this service", \
	"Ce compte est suspendu ; demandez à l'exploitant de ce service.") \
F("This key may not send; make one with the scope send", \
	"Cette clé ne peut envoyer ; créez-en une avec le droit send.") \
F("This key may not be used from this address", "Cette clé ne peut servir depuis cette adresse.") \
F("This key needs an encrypted connection: use STARTTLS, or port 465 for TLS", \
	"Cette clé demande une connexion chiffrée : STARTTLS, ou le port 465 pour TLS.") \
F("The account of this trusted network is not there: facteur accounts add", \
	"Le compte de ce réseau de confiance n'existe pas : facteur accounts add.") \
F("There is no account yet: facteur accounts add", "Il n'y a pas encore de compte : facteur accounts add.") \
F("Authentication failed: unknown key or wrong secret; the user is the API key, the password its secret", \
	"Authentification refusée : clé inconnue ou secret faux ; l'utilisateur est la clé d'API, le mot de passe son secret.") \
F("This sender domain is not verified yet: publish its DNS records, then facteur domains verify, or POST /v1/domains/NAME/verify", \
	"Ce domaine d'expéditeur n'est pas encore vérifié : publiez ses enregistrements DNS, puis facteur domains verify, ou POST /v1/domains/NAME/verify.") \
F("This key may not send from that domain: add it with facteur domains add, or POST /v1/domains", \
	"Cette clé ne peut envoyer depuis ce domaine : ajoutez-le par facteur domains add, ou POST /v1/domains.") \
F("Over quota: %s %s may send to %u recipients %s and this has %u; send it in parts", \
	"Quota dépassé : {1} %2 peut écrire à %3 destinataires {4} et ceci en a %5 ; envoyez en plusieurs fois.") \
F("Over quota: %s %s may send to %u recipients %s, %u are used and this has %u; there is room again at %s", \
	"Quota dépassé : {1} %2 peut écrire à %3 destinataires {4}, %5 sont utilisés et ceci en a %6 ; il y aura de la place à %7.") \
F("Too many sessions: %s %s may have %u open at one time; close one, or try again in a moment", \
	"Trop de sessions : {1} %2 peut en avoir %3 ouvertes en même temps ; fermez-en une, ou réessayez dans un instant.") \
F("Internal error: not accepted, try again", "Erreur interne : non accepté, réessayez.") \
F("Nobody here has this address any more", "Personne n'a plus cette adresse ici.") \
F("The owner of this address takes no mail from this sender", \
	"Le propriétaire de cette adresse ne reçoit pas de courrier de cet expéditeur.") \
F("The sender's domain is not verified any more; try again later", \
	"Le domaine de l'expéditeur n'est plus vérifié ; réessayez plus tard.") \
F("There is no such group in this account", "Ce compte n'a pas ce groupe.") \
F("There is no such stream in this account", "Ce compte n'a pas ce flux.") \
F("This stream is archived: nothing is sent by it", "Ce flux est archivé : plus rien ne part par lui.") \
F("The disk is nearly full; try again later", "Le disque est presque plein ; réessayez plus tard.") \
F("Too much mail waits for this address's owner; try again later", \
	"Trop de courrier attend le propriétaire de cette adresse ; réessayez plus tard.") \
F("The queue is full; try again later", "La file d'attente est pleine ; réessayez plus tard.") \
F("this is no e-mail address such as name@example.com", "ce n'est pas une adresse comme name@example.com") \
F("a name holds control characters or bytes that are not UTF-8", \
	"un nom contient des caractères de contrôle ou des octets qui ne sont pas de l'UTF-8") \
F("a Message-ID looks like <name@example.com>", "un Message-ID ressemble à <name@example.com>") \
F("this field is given twice", "ce champ est donné deux fois") \
F("a field's value is longer than 32 KiB", "la valeur d'un champ dépasse 32 Kio") \
F("a part's text holds bytes that are not UTF-8", \
	"le texte d'une partie contient des octets qui ne sont pas de l'UTF-8") \
F("The mail has no sender: neither the call nor the template names one.", \
	"Le message n'a pas d'expéditeur : ni l'appel ni le modèle n'en nomme un.") \
F("Nothing is left of the mail: it has no html and no text.", "Il ne reste rien du message : il n'a ni html ni text.") \
F("This is no e-mail address.", "Ce n'est pas une adresse e-mail.") \
F("It has more than %u bytes.", "Cela fait plus de %1 octets.") \
F("It holds characters that cannot be there.", "Cela contient des caractères qui ne peuvent y être.") \
F("%s %u:%u: %s", "%1 %2:%3 : {4}") \
F("The template has a mistake.", "Le modèle a une erreur.") \
F("the request line does not end in HTTP/1.1", "la ligne de requête ne finit pas par HTTP/1.1") \
F("only HTTP/1.1 and HTTP/1.0 are spoken here", "seuls HTTP/1.1 et HTTP/1.0 sont parlés ici") \
F("the request does not begin with a method", "la requête ne commence pas par une méthode") \
F("the request line has no target or no HTTP version", \
	"la ligne de requête n'a pas de cible ou pas de version de HTTP") \
F("the method is not known here", "la méthode n'est pas connue ici") \
F("this is not a proxy", "ceci n'est pas un mandataire") \
F("the target is longer than 8000 bytes", "la cible dépasse 8000 octets") \
F("the target is not a path", "la cible n'est pas un chemin") \
F("a header line begins with white space", "une ligne d'en-tête commence par un blanc") \
F("a header line is not \"Name: value\"", "une ligne d'en-tête n'est pas \"Nom: valeur\"") \
F("a header value holds a control character", "une valeur d'en-tête contient un caractère de contrôle") \
F("there are more than 100 header fields", "il y a plus de 100 champs d'en-tête") \
F("exactly one Host field is needed", "il faut exactement un champ Host") \
F("the Host field is not a host name", "le champ Host n'est pas un nom d'hôte") \
F("Content-Length and Transfer-Encoding exclude each other", "Content-Length et Transfer-Encoding s'excluent") \
F("HTTP/1.0 has no Transfer-Encoding", "HTTP/1.0 n'a pas de Transfer-Encoding") \
F("there is more than one Transfer-Encoding", "il y a plus d'un Transfer-Encoding") \
F("the only Transfer-Encoding known here is chunked", "le seul Transfer-Encoding connu ici est chunked") \
F("there is more than one Content-Length", "il y a plus d'un Content-Length") \
F("the body is too large", "le corps est trop grand") \
F("Content-Length is not a number", "Content-Length n'est pas un nombre") \
F("the only expectation known here is 100-continue", "la seule attente connue ici est 100-continue") \
F("no other protocol is spoken on this port", "aucun autre protocole n'est parlé sur ce port") \
F("the request is malformed", "la requête est malformée") \
F("a line ends in LF without CR", "une ligne finit par LF sans CR") \
F("a CR stands inside a line", "un CR est à l'intérieur d'une ligne") \
F("a NUL stands in the head", "un NUL est dans l'en-tête") \
F("the request line is too long", "la ligne de requête est trop longue") \
F("the header fields are larger than 32 KiB", "les champs d'en-tête dépassent 32 Kio") \
F("there are empty lines before the request", "il y a des lignes vides avant la requête") \
F("the chunks of the body are malformed", "les morceaux du corps sont malformés") \
F("a name stands twice in one object", "un nom est deux fois dans un objet") \
F("not UTF-8", "ce n'est pas de l'UTF-8") \
F("a NUL character in a text", "un caractère NUL dans un texte") \
F("it ends too early", "il finit trop tôt") \
F("something follows the JSON value", "quelque chose suit la valeur JSON") \
F("a number is too large", "un nombre est trop grand") \
F("not JSON", "ce n'est pas du JSON") \
F("byte %u: nested deeper than %u levels", "octet %1 : imbriqué sur plus de %2 niveaux") \
F("line %u, column %u, byte %u: %s", "ligne %1, colonne %2, octet %3 : {4}") \
F("array of strings", "une liste de textes") \
F("string", "un texte") \
F("object", "un objet") \
F("array", "une liste") \
F("integer", "un entier") \
F("boolean", "un booléen") \
F("value", "une valeur") \
F("an hour", "par heure") \
F("a day", "par jour") \
F("a month", "par mois") \
F("This person", "Cette personne") \
F("This key", "Cette clé") \
F(" that send", " d'envoi") \
F("%s: %s", "%1 : {2}") \
F("This template was never published: only published versions are sent.", \
	"Ce modèle n'a jamais été publié : seules les versions publiées sont envoyées.") \
F("The request is too long.", "La requête est trop longue.")

/* clang-format on */

#endif
