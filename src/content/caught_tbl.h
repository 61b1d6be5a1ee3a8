/*
 * What is said of a message that the sink caught, beside advice on what it says (advice_tbl.h,
 * of the same form): what a recipient's server makes of it. R(check, id, why in English, in
 * French). F(finding, check, level, seen en, seen fr, fix en, fix fr); %1 and %2 are what was
 * found.
 */
#ifndef CONTENT_CAUGHT_TBL_H
#define CONTENT_CAUGHT_TBL_H

/* Tables, aligned by hand. */
/* clang-format off */
#define CAUGHT_RULES(R) \
R(SIGNATURE, "signature", \
	"Large receivers refuse or filter mail without a DKIM signature, and DMARC only counts one of the domain that readers see.", \
	"Les grands opérateurs refusent ou filtrent le courrier sans signature DKIM, et DMARC n'en compte qu'une du domaine que le lecteur voit.") \
R(PATH, "return_path", \
	"SPF is checked for the return path, and DMARC counts it when that is of the domain that readers see.", \
	"SPF est vérifié pour l'adresse de retour, et DMARC le compte si elle est du domaine que le lecteur voit.") \
R(CLICK, "list_unsubscribe", \
	"Gmail and Yahoo ask for it of who writes to many, and readers who find no way out press “spam”.", \
	"Gmail et Yahoo le demandent à qui écrit à beaucoup, et le lecteur qui ne trouve pas la sortie clique « spam ».") \
R(BYTES, "message_size", \
	"Some servers refuse mail of 10 MB or more.", \
	"Certains serveurs refusent le courrier de 10 Mo ou plus.")

#define CAUGHT_FINDINGS(F) \
F(SIGNATURE_FINE, SIGNATURE, GOOD, "Signed (DKIM) by %1, the domain of the sender.", "Signé (DKIM) par %1, le domaine de l'expéditeur.", "", "") \
F(SIGNATURE_NONE, SIGNATURE, PROBLEM, "There is no DKIM signature.", "Il n'y a pas de signature DKIM.", \
	"Verify the sender's domain: its mail is signed then.", "Vérifiez le domaine de l'expéditeur : son courrier est alors signé.") \
F(SIGNATURE_OTHER, SIGNATURE, WARNING, "Signed (DKIM) by %1, but sent from %2.", "Signé (DKIM) par %1, mais envoyé de %2.", \
	"Send from the domain that signs, or verify the one you send from.", "Envoyez depuis le domaine qui signe, ou vérifiez celui d'où vous envoyez.") \
F(PATH_FINE, PATH, GOOD, "What comes back goes to %1: aligned with the sender's %2.", "Les retours vont à %1 : aligné avec %2 de l'expéditeur.", "", "") \
F(PATH_OTHER, PATH, HINT, "What comes back goes to %1: not aligned with the sender's %2.", "Les retours vont à %1 : pas aligné avec %2 de l'expéditeur.", \
	"Nothing, as long as DKIM passes; else choose a bounce domain below the sender's.", "Rien tant que DKIM passe ; sinon choisissez un domaine de retour sous celui de l'expéditeur.") \
F(CLICK_FINE, CLICK, GOOD, "Unsubscribing takes one click.", "Se désinscrire prend un clic.", "", "") \
F(CLICK_NONE, CLICK, PROBLEM, "There is no List-Unsubscribe.", "Il n'y a pas de List-Unsubscribe.", \
	"Send it in the stream broadcast: both fields are added.", "Envoyez-le par le flux broadcast : les deux champs sont ajoutés.") \
F(CLICK_SLOW, CLICK, WARNING, "List-Unsubscribe is there, one click (List-Unsubscribe-Post) is not.", "List-Unsubscribe est là, le clic unique (List-Unsubscribe-Post) non.", \
	"Send it in the stream broadcast: both fields are added.", "Envoyez-le par le flux broadcast : les deux champs sont ajoutés.") \
F(BYTES_FINE, BYTES, GOOD, "The message has %1 bytes.", "Le message fait %1 octets.", "", "") \
F(BYTES_MANY, BYTES, WARNING, "The message has %1 bytes.", "Le message fait %1 octets.", \
	"Put large files on a server of yours, and a link to them into the mail.", "Mettez les gros fichiers sur un serveur à vous, et un lien dans le courrier.")
/* clang-format on */

#endif
