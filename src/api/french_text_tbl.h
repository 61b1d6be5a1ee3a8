/*
 * In French: mistakes of templates, of URLs, and what the DNS did not tell. F(as api/french
 * says it is written, French).
 */
#ifndef API_FRENCH_TEXT_TBL_H
#define API_FRENCH_TEXT_TBL_H

/* Tables, aligned by hand. */
/* clang-format off */
#define FRENCH_TEXT(F) \
F("The template is too large.", "Le modèle est trop grand.") \
F("The expression is too long: at most %u operations.", "L'expression est trop longue : au plus %1 opérations.") \
F("The template takes too many steps.", "Le modèle demande trop d'étapes.") \
F("A%s is no text.", "Une liste ou un objet n'est pas un texte.") \
F("The template needs too much memory.", "Le modèle demande trop de mémoire.") \
F("Unknown identifier: %s", "Identifiant inconnu : %1") \
F("\"-\" takes a number, and this is none.", "\"-\" prend un nombre, et ceci n'en est pas un.") \
F("The result of \"%s\" is too large.", "Le résultat de \"%1\" est trop grand.") \
F("\"%s\" by zero.", "\"%1\" par zéro.") \
F("\"%s\" compares numbers, texts or dates with their like.", \
	"\"%1\" compare des nombres, des textes ou des dates entre eux.") \
F("\"%s\" takes numbers, and one side is none.", "\"%1\" prend des nombres, et un des côtés n'en est pas un.") \
F("%s takes a number, and this is none.", "%1 prend un nombre, et ceci n'en est pas un.") \
F("Round takes a whole number of places, at most %u.", "Round prend un nombre entier de décimales, au plus %1.") \
F("The result is too large.", "Le résultat est trop grand.") \
F("%s takes a number of days: 0, 1, 2 …", "%1 prend un nombre de jours : 0, 1, 2 …") \
F("\"%s\" is no pattern of a number, such as \"#,##0.00\".", \
	"« %1 » n'est pas un format de nombre comme \"#,##0.00\".") \
F("%s takes a date: seconds since 1970, or \"2026-11-24T09:51:00Z\".", \
	"%1 prend une date : des secondes depuis 1970, ou \"2026-11-24T09:51:00Z\".") \
F("\"%s\" is no offset from UTC, such as \"+03:00\".", "« %1 » n'est pas un décalage d'UTC comme \"+03:00\".") \
F("The date is outside of the years 1 to 9999.", "La date est hors des années 1 à 9999.") \
F("The path has more than %u names.", "Le chemin a plus de %1 noms.") \
F("Too many names.", "Trop de noms.") \
F("%s takes %u value%s, not %u.", "%1 prend %2 valeur(s), pas %4.") \
F("%s takes %u to %u values, not %u.", "%1 prend %2 à %3 valeurs, pas %4.") \
F("Unknown function: %s", "Fonction inconnue : %1") \
F("\",\" or \")\" is expected here.", "\",\" ou \")\" est attendu ici.") \
F("%s takes at most %u values.", "%1 prend au plus %2 valeurs.") \
F("The \"(\" here has no closing \")\".", "La \"(\" d'ici n'a pas de \")\" qui la ferme.") \
F("The expression is nested deeper than %u levels.", "L'expression est imbriquée sur plus de %1 niveaux.") \
F("A value is expected here, but the template ends.", "Une valeur est attendue ici, mais le modèle s'arrête.") \
F("A value is expected here, not \"%s\".", "Une valeur est attendue ici, pas « %1 ».") \
F("The text that starts here has no closing quote.", "Le texte qui commence ici n'a pas de guillemet fermant.") \
F("The number is too long.", "Le nombre est trop long.") \
F("A default is a text in quotes, a number, true or false.", \
	"Une valeur par défaut est un texte entre guillemets, un nombre, true ou false.") \
F("A layout needs a place for the content: %s.", "Une mise en page a besoin d'une place pour le contenu : %1.") \
F("A layout has one place for the content.", "Une mise en page n'a qu'une place pour le contenu.") \
F("The template is too large with its layout.", "Le modèle est trop grand avec sa mise en page.") \
F("The template has too many tags to be sent.", "Le modèle a trop de balises pour être envoyé.") \
F("No value for \"%s\".", "Pas de valeur pour « %1 ».") \
F("Blocks are nested deeper than %u levels.", "Les blocs sont imbriqués sur plus de %1 niveaux.") \
F("The template is too large: at most %u bytes.", "Le modèle est trop grand : au plus %1 octets.") \
F("\"%s\" is %s: print a value in it.", "« %1 » est {2} : affichez-en une valeur.") \
F("A second \"else\".", "Un second \"else\".") \
F("\"else\" without an open block.", "\"else\" sans bloc ouvert.") \
F("\"/%s\" closes nothing.", "\"/%1\" ne ferme rien.") \
F("The block that starts here is not closed by {{/%s}}.", "Le bloc qui commence ici n'est pas fermé par {{/%1}}.") \
F("The template ends inside of a tag.", "Le modèle s'arrête à l'intérieur d'une balise.") \
F("Block parameters (as |x|) are not in this language.", \
	"Les paramètres de bloc (comme |x|) ne sont pas de ce langage.") \
F("At most %u values.", "Au plus %1 valeurs.") \
F("%s takes %s%u value%s, not %u.", "%1 prend {2}%3 valeur(s), pas %5.") \
F("The \"{{\" here is not closed by \"}}\".", "Le \"{{\" d'ici n'est pas fermé par \"}}\".") \
F("Raw blocks ({{{{…}}}}) are not in this language.", "Les blocs bruts ({{{{…}}}}) ne sont pas de ce langage.") \
F("Partials ({{> …}}) are not in this language.", "Les partiels ({{> …}}) ne sont pas de ce langage.") \
F("Decorators and partials are not in this language.", "Les décorateurs et partiels ne sont pas de ce langage.") \
F("\"%s\" is no offset from UTC, such as \"-08:00\".", "« %1 » n'est pas un décalage d'UTC comme \"-08:00\".") \
F("The \"%s\" here is not closed by \"%s\".", "Le \"%1\" d'ici n'est pas fermé par \"%2\".") \
F("\"%s\" is expected here, not \"%s\".", "\"%1\" est attendu ici, pas « %2 ».") \
F("\"%s\" without an open \"if\".", "\"%1\" sans \"if\" ouvert.") \
F("\"%s\" behind \"else\".", "\"%1\" après \"else\".") \
F("\"%s\" closes nothing.", "\"%1\" ne ferme rien.") \
F("A name is expected here.", "Un nom est attendu ici.") \
F("\"in\" is expected here: {% for name in var:list %}.", "\"in\" est attendu ici : {% for nom in var:liste %}.") \
F("\"=\" is expected here: {% set name = value %}.", "\"=\" est attendu ici : {% set nom = valeur %}.") \
F("Unknown statement: %s", "Instruction inconnue : %1") \
F("The block that starts here is not closed by \"%s\".", "Le bloc qui commence ici n'est pas fermé par \"%1\".") \
F("The result is larger than %u bytes.", "Le résultat dépasse %1 octets.") \
F("Loops go round too often: at most %u times in all.", \
	"Les boucles tournent trop souvent : au plus %1 fois en tout.") \
F("'%s' is used like an array by the template, but is a scalar value or object in your model.", \
	"« %1 » est utilisé comme une liste par le modèle, mais est une simple valeur ou un objet dans vos données.") \
F("no such domain", "ce domaine n'existe pas") \
F("not a domain name", "ce n'est pas un nom de domaine") \
F("too many DNS questions under way", "trop de questions au DNS sont en cours") \
F("CNAME records lead in a circle", "les enregistrements CNAME tournent en rond") \
F("the domain has no address", "le domaine n'a pas d'adresse") \
F("the domain does not exist", "le domaine n'existe pas") \
F("the DNS server's answer is damaged", "la réponse du serveur DNS est abîmée") \
F("no mail host of the domain has an address", "aucun serveur de courrier du domaine n'a d'adresse") \
F("the domain takes no mail (null MX)", "le domaine ne reçoit pas de courrier (null MX)") \
F("the DNS server did not answer in time", "le serveur DNS n'a pas répondu à temps") \
F("the DNS server failed (SERVFAIL)", "le serveur DNS a échoué (SERVFAIL)") \
F("the DNS server refused the question", "le serveur DNS a refusé la question") \
F("no DNS server gave a usable answer (none reached, or SERVFAIL)", \
	"aucun serveur DNS n'a donné de réponse utilisable (aucun joint, ou SERVFAIL)") \
F("the DNS server cut its answer, also over TCP", "le serveur DNS a tronqué sa réponse, en TCP aussi") \
F("the DNS server gave an error nobody knows", "le serveur DNS a donné une erreur que personne ne connaît") \
F("there is no resolver", "il n'y a pas de résolveur") \
F("the host is not a name, an IPv4 address or an IPv6 address in brackets", \
	"l'hôte n'est ni un nom, ni une adresse IPv4, ni une adresse IPv6 entre crochets") \
F("the port is not a number from 1 to 65535", "le port n'est pas un nombre de 1 à 65535") \
F("before the @ must stand user:password", "avant le @ il faut utilisateur:motdepasse") \
F("the user has a wrong %-escape or a control character, or is too long", \
	"l'utilisateur a une séquence %-échappée fausse ou un caractère de contrôle, ou est trop long") \
F("the password has a wrong %-escape or a control character, or is too long", \
	"le mot de passe a une séquence %-échappée fausse ou un caractère de contrôle, ou est trop long") \
F("after the ? may stand tls=must, tls=may or tls=none", "après le ? il peut y avoir tls=must, tls=may ou tls=none") \
F("smtps:// is TLS: tls=none contradicts it", "smtps:// est en TLS : tls=none le contredit") \
F("a route starts with smtp:// or smtps://", "une route commence par smtp:// ou smtps://") \
F("an @ inside user or password is written %40", "un @ dans l'utilisateur ou le mot de passe s'écrit %40") \
F("the configuration is too large", "la configuration est trop grande") \
F("the host is not a name, an IPv4 address such as 192.0.2.1, or an IPv6 address in brackets", \
	"l'hôte n'est ni un nom, ni une adresse IPv4 comme 192.0.2.1, ni une adresse IPv6 entre crochets") \
F("user and password have a wrong %-escape or a control character", \
	"l'utilisateur et le mot de passe ont une séquence %-échappée fausse ou un caractère de contrôle") \
F("the URL is too long", "l'URL est trop longue") \
F("the IPv6 address in brackets is not one (and takes no zone)", \
	"l'adresse IPv6 entre crochets n'en est pas une (et n'a pas de zone)") \
F("an IPv4 address is written as four numbers from 0 to 255", "une adresse IPv4 s'écrit en quatre nombres de 0 à 255") \
F("this port belongs to another protocol: use 443, 80 or one above 1024", \
	"ce port est celui d'un autre protocole : prenez 443, 80 ou un port au-dessus de 1024") \
F("the user of Basic authentication cannot hold a colon", \
	"l'utilisateur d'une authentification Basic ne peut contenir de deux-points") \
F("a % in path or query is not followed by two hex digits", \
	"un % dans le chemin ou la requête n'est pas suivi de deux chiffres hexadécimaux") \
F("the URL holds a space or a control character", "l'URL contient une espace ou un caractère de contrôle") \
F("the URL holds a back slash", "l'URL contient une barre oblique inverse") \
F("the part after # is never sent: leave it out", "la partie après # n'est jamais envoyée : ôtez-la") \
F("the URL is longer than 2048 bytes", "l'URL dépasse 2048 octets") \
F("the URL does not begin with https:// or http://", "l'URL ne commence pas par https:// ou http://") \
F("an array", "une liste") \
F("an object", "un objet") \
F("at least ", "au moins ") \
F("(in the layout) %s", "(dans la mise en page) {1}")
/* clang-format on */

#endif
