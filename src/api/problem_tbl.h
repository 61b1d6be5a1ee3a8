/*
 * Problem documents (RFC 9457): P(status, slug, title en, title fr, what it means en, fr, what
 * to do en, fr). The slug is the end of `type`; answers say the title, pages of help all of it
 * (api/help). The last one stands for each other status.
 */
#ifndef API_PROBLEM_TBL_H
#define API_PROBLEM_TBL_H

/* Tables, aligned by hand. */
/* clang-format off */
#define PROBLEMS(P) \
P(400, "bad-request", "The request cannot be read", "La requête ne peut être lue", \
	"A parameter, a header field or the body is not written as the call wants it; nothing was done.", \
	"Un paramètre, un champ d'en-tête ou le corps n'est pas écrit comme l'appel le demande ; rien n'a été fait.", \
	"The detail names what is wrong, for a body with line and column. Correct it and send it again.", \
	"Le détail dit ce qui ne va pas, pour un corps avec ligne et colonne. Corrigez et recommencez.") \
P(401, "unauthorized", "The key is missing or wrong", "La clé manque ou est fausse", \
	"Nobody is signed in, or the key is unknown, revoked or expired, or used from a network that it does not allow.", \
	"Personne n'est connecté, ou la clé est inconnue, révoquée ou expirée, ou utilisée depuis un réseau qu'elle n'autorise pas.", \
	"Sign in again, or make a key under Keys & SMTP: the key is the user, its secret the password.", \
	"Reconnectez-vous, ou créez une clé sous Clés et SMTP : la clé est l'utilisateur, son secret le mot de passe.") \
P(403, "forbidden", "This is not allowed", "Ce n'est pas permis", \
	"The key lacks the scope, your role does not allow it, the sender's domain is not verified, or the account is suspended.", \
	"La clé n'a pas le droit voulu, votre rôle ne le permet pas, le domaine d'expéditeur n'est pas vérifié, ou le compte est suspendu.", \
	"The detail says which of these. An owner of the account gives a role, a key gets its scopes when it is made, a domain is verified under Domains.", \
	"Le détail dit lequel. Un propriétaire du compte donne un rôle, une clé reçoit ses droits à sa création, un domaine se vérifie sous Domaines.") \
P(404, "not-found", "There is no such thing", "Cela n'existe pas", \
	"The account has nothing of this name or id, or not any more. What belongs to another account is answered in the same way.", \
	"Le compte n'a rien de ce nom ou de cet identifiant, ou plus. Ce qui est à un autre compte reçoit la même réponse.", \
	"Check the id and the account of the key. An id that was given a moment ago may be asked for again.", \
	"Vérifiez l'identifiant et le compte de la clé. Un identifiant donné à l'instant peut être redemandé.") \
P(405, "method-not-allowed", "Another method is answered here", "Une autre méthode répond ici", \
	"The address exists, but not for this method.", \
	"L'adresse existe, mais pas pour cette méthode.", \
	"The field Allow of the answer names the methods.", \
	"Le champ Allow de la réponse donne les méthodes.") \
P(409, "conflict", "This is under way, or there already", "C'est en cours, ou déjà là", \
	"Something of this name is there already, a call with this Idempotency-Key is not done yet, or the state of the thing does not allow it.", \
	"Quelque chose de ce nom existe déjà, un appel avec cette Idempotency-Key n'est pas fini, ou l'état de la chose ne le permet pas.", \
	"Read it again and decide: another name, a moment's wait, or nothing, when it is as you want it.", \
	"Relisez-la et décidez : un autre nom, un instant d'attente, ou rien si elle est comme vous la voulez.") \
P(410, "gone", "This is not kept", "Ce n'est plus conservé", \
	"It was there; it is kept for a time only (keep.content, keep.events), or the link was used or is over.", \
	"Cela a existé ; ce n'est gardé qu'un temps (keep.content, keep.events), ou le lien a servi ou n'est plus valable.", \
	"Take it from where it came: send the message again from your program, ask for a new link.", \
	"Reprenez-le à sa source : renvoyez le message depuis votre programme, demandez un nouveau lien.") \
P(413, "too-large", "The body is too long", "Le corps est trop long", \
	"A message may have 40 MiB with its files, a template 3 MiB, other calls 1 MiB.", \
	"Un message peut avoir 40 Mio avec ses fichiers, un modèle 3 Mio, les autres appels 1 Mio.", \
	"Send less at once: several calls, smaller files, or links to them.", \
	"Envoyez moins à la fois : plusieurs appels, des fichiers plus petits, ou des liens vers eux.") \
P(415, "unsupported-type", "Another Content-Type is needed", "Un autre Content-Type est nécessaire", \
	"The body is of a type that this call does not read.", \
	"Le corps est d'un type que cet appel ne lit pas.", \
	"Send JSON and say so: Content-Type: application/json.", \
	"Envoyez du JSON et dites-le : Content-Type: application/json.") \
P(408, "too-slow", "The request came too slowly", "La requête est venue trop lentement", \
	"The body did not come in time; nothing was taken.", \
	"Le corps n'est pas arrivé à temps ; rien n'a été pris.", \
	"Send it again; with an Idempotency-Key that does no harm.", \
	"Renvoyez-la ; avec une Idempotency-Key c'est sans risque.") \
P(422, "invalid", "The request has mistakes", "La requête contient des erreurs", \
	"It can be read, but values in it cannot be taken; nothing was done. Each mistake has its place (pointer).", \
	"Elle se lit, mais des valeurs ne peuvent être prises ; rien n'a été fait. Chaque erreur a sa place (pointer).", \
	"Correct all that is named, then send it again.", \
	"Corrigez tout ce qui est nommé, puis renvoyez-la.") \
P(429, "too-many", "Too many requests; try again later", "Trop de requêtes ; réessayez plus tard", \
	"A limit was reached: calls of a key or person in a minute (api.calls_per_minute), sign-in attempts, or work under way at once.", \
	"Une limite est atteinte : appels d'une clé ou d'une personne par minute (api.calls_per_minute), essais de connexion, ou travaux simultanés.", \
	"Wait as long as Retry-After says; the fields RateLimit tell how much is left.", \
	"Attendez le temps dit par Retry-After ; les champs RateLimit disent ce qui reste.") \
P(507, "disk-full", "The disk is full; nothing was taken", "Le disque est plein ; rien n'a été pris", \
	"The service keeps room so that what it has accepted can be delivered; until there is more it takes nothing new.", \
	"Le service garde de la place pour remettre ce qu'il a accepté ; d'ici là il ne prend rien de nouveau.", \
	"Try again later. Whoever runs the server makes room: facteur doctor disk.", \
	"Réessayez plus tard. La personne qui gère le serveur fait de la place : facteur doctor disk.") \
P(504, "no-answer", "No answer came in time", "Aucune réponse à temps", \
	"A part of the service did not answer; whether the change was made is not known.", \
	"Une partie du service n'a pas répondu ; on ne sait pas si le changement est fait.", \
	"Read the thing before you change it again.", \
	"Relisez la chose avant de la changer à nouveau.") \
P(503, "unavailable", "The service is busy; nothing was taken, try again later", "Le service est occupé ; rien n'a été pris, réessayez plus tard", \
	"It starts, stops, or has as much work as it can hold.", \
	"Il démarre, s'arrête, ou a autant de travail qu'il peut en tenir.", \
	"Try again after as many seconds as Retry-After says.", \
	"Réessayez après le nombre de secondes de Retry-After.") \
P(500, "internal", "Internal error; nothing was taken", "Erreur interne ; rien n'a été pris", \
	"Something in the service failed that should not.", \
	"Quelque chose a échoué dans le service, ce qui ne devrait pas arriver.", \
	"Tell whoever runs the server, with the reference (request_id): the log has it too.", \
	"Prévenez la personne qui gère le serveur, avec la référence (request_id) : le journal l'a aussi.")

/* clang-format on */

#endif
