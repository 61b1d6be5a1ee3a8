/*
 * Phrases by which bounces in words are known (wire/dsn_in). Folded form (wire/fold): lower
 * case, no accents. The start of a subject, or anywhere in the first text.
 */
#ifndef WIRE_DSN_IN_TBL_H
#define WIRE_DSN_IN_TBL_H

/* clang-format off */

/* Subjects begin with these. */
#define DSN_IN_SUBJECTS \
	"undelivered mail returned to sender", "mail delivery failed", "mail delivery failure", \
	"delivery status notification", "failure notice", "undeliverable", "undelivered", \
	"undeliverable mail", "returned mail", "mail returned", "returned to sender", \
	"delivery failure", "delivery failed", "delivery has failed", "mail delivery", \
	"message delivery", "delivery notification", "delivery report", "delivery problem", \
	"mail system error", "mail failure", "nondeliverable mail", "non-deliverable", \
	"non delivery report", "non-delivery", "warning: message", "warning: could not send", \
	"mail could not be delivered", "message could not be delivered", "unable to deliver", \
	"successful mail delivery", "delayed mail", "delivery delayed", "delivered:", "relayed:", \
	"delivery incomplete", "your message couldn't be delivered", "email delivery failure", \
	"permanent delivery failure", "user unknown", "mdaemon notification", "postmaster notify", \
	"non remis", "non delivre", "non distribuable", "message non", "mail non remis", \
	"echec de la remise", "echec de remise", "echec de distribution", "courrier non remis", \
	"avis de non", "notification d'etat de la remise", "notification d'etat de remise", \
	"remise differee", "erreur de remise", "retour de courrier", "rapport de non-remise", \
	"unzustellbar", "nicht zustellbar", "zustellung fehlgeschlagen", "zustellfehler", \
	"mail konnte nicht", "no se puede entregar", "no se ha podido entregar", "no entregado", \
	"impossibile recapitare", "mancato recapito", "recapito non riuscito", "non recapitabile", \
	"onbestelbaar", "niet bezorgd", "kan niet worden bezorgd", "falha na entrega", \
	"nao foi possivel entregar", "nao entregue", "nie mozna dostarczyc", "olevererbart", \
	"kunde inte levereras"

/* Within the subject of a mail whose envelope sender is <>. */
#define DSN_IN_SUBJECT_WORDS \
	"non remis", "delivery failed", "delivery failure", "could not be delivered", "undeliver", \
	"not delivered", "non delivre", "returned mail", "failed mail", "unzustellbar", \
	"nicht zugestellt", "non distribue"

/* Whom the message did not reach stands behind this; before it, whom it was for. */
#define DSN_IN_RESTARTS "did not reach the following recipient", "pas atteint les destinataires"
/* A line of dashes with one of these begins what came back. */
#define DSN_IN_ENDS "copy of", "original message", "unsent message", "below this line", \
	"returned message", "message header"

/* What the text says, anywhere in its first bytes. */
#define DSN_IN_OPENINGS \
	"created automatically by mail delivery software", "this is the qmail-send program", \
	"this is the mail system at host", "this is the postfix program", \
	"following addresses had permanent fatal errors", "transcript of session follows", \
	"following addresses had transient", "following addresses had successful", \
	"this is a delivery status notification", "undeliverable mail.", \
	"this is an automatically generated delivery status notification", \
	"did not reach some or all of the intended recipients", "did not reach the following", \
	"delivery has failed to these recipients", "following recipient(s) cannot be reached", \
	"delivery to the following recipient", "wasn't delivered to", "was not delivered to", \
	"has not been delivered to", "couldn't be delivered", "could not be delivered", \
	"cannot be delivered", "can't be delivered", "unable to deliver", "unable to send your", \
	"sorry, we were unable", "not listed in domino directory", "delivery failure report", \
	"failed to deliver", "failed address", "message was undeliverable", "is undeliverable", \
	"has been returned", "has not been delivered", "not been delivered", "has been postponed", \
	"wasn't able to deliver", "error sending your mail", "message could not be", \
	"temporary problem delivering your message", "has been delayed", "delivery is delayed", \
	"was delayed", "not yet been delivered", "still being retried", \
	"successfully delivered", "delivery is complete", "successfully relayed", \
	"delivery to these recipients", "rejected your message", "your email was rejected", \
	"was rejected by", "automatically rejected", "automatiquement rejete", "mail delivery subsystem", "mail delivery system", \
	"no such user", "not a valid user", "user unknown", "unknown user", "mailbox unavailable", \
	"ces destinataires ou groupes", "n'a pas pu etre remis", "n'a pas pu etre delivre", \
	"n'a pas pu etre distribue", "n'a pas pu etre achemine", "n'a pas ete remis", \
	"n'a pas ete delivre", "n'a pas ete distribue", "impossible de remettre", \
	"impossible de delivrer", "impossible de distribuer", "pas atteint certains", \
	"sa remise a echoue", "la remise a echoue", "adresse introuvable", "a ete retarde", \
	"n'est pas parvenu", "konnte nicht zugestellt werden", "nicht zugestellt werden", \
	"zustellung an", "ist fehlgeschlagen", "no se pudo entregar", "no se ha podido entregar", \
	"non e stato recapitato", "non e stato possibile", "impossibile recapitare", \
	"kan niet worden bezorgd", "niet afgeleverd", "nao foi entregue", "nao pode ser entregue"

/* It is on its way: nothing has failed yet. */
#define DSN_IN_DELAYED \
	"this is a warning message only", "warning message only", "not yet been delivered", \
	"no action is required on your part", "delivery attempts will continue", \
	"will continue to try", "will be retried", "will keep trying", "will retry for", \
	"has been postponed", "delivery delayed", "delivery incomplete", "notification (delay", "message delayed", \
	"temporary problem delivering your message", "has been delayed", "still being retried", \
	"could not send message for past", "delayed mail", "delivery is delayed", \
	"we'll keep trying", "continue trying", "you do not need to resend", \
	"sera reessaye", "seront reessaye", "continuera", "a ete retarde", "remise differee", \
	"remise retardee", "nouvelles tentatives", "verzogert", "wird weiterhin versucht", \
	"se ha retrasado", "e in ritardo"

/* Whatever else is said: no more tries. */
#define DSN_IN_FINAL \
	"giving up", "gave up", "permanent error", "permanent fatal", "failed permanently", \
	"this is a permanent", "delivery has failed", "could not be delivered for", \
	"retry timeout exceeded", "abandon"

#define DSN_IN_DELIVERED \
	"was successfully delivered", "successful mail delivery report", "has been delivered to", \
	"successfully delivered to", "had successful delivery notifications", \
	"a bien ete remis", "a ete remis a", "wurde zugestellt", "erfolgreich zugestellt"
#define DSN_IN_RELAYED \
	"no delivery notification was sent by the destination", "successfully relayed", \
	"aucune notification de remise n'a ete envoyee"

/* Local parts a bounce comes from. */
#define DSN_IN_DAEMONS \
	"mailer-daemon", "mailerdaemon", "mailer_daemon", "postmaster", "mail-daemon", "maildaemon", \
	"microsoftexchange", "mdaemon", "mail.daemon", "bounce-daemon", "mail-delivery-subsystem"

/* In front of an address that is not the recipient's. */
#define DSN_IN_OTHERS \
	"from:", "from: ", "from", "sender", "sender:", "contact", "contacter", "mailto:postmaster", \
	"de :", "reply-to:", "emis par", "expediteur :", "expediteur", "absender:", "by", "help"

/* A sentence with an address and one of these is about a recipient. */
#define DSN_IN_ABOUT \
	"deliver", "recipient", "unknown", "mailbox", "user", "address", "reject", "failed", \
	"not exist", "not found", "reach", "mailto:", "full", "destinataire", "remis", "adresse", \
	"inconnu", "boite", "zustell", "empfanger", "unbekannt", "entreg", "destinatari", \
	"recapit", "listed", "sent to", "undeliver", "message to"
/* clang-format on */

#endif
