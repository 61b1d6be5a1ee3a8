/*
 * What remote servers say, and what it means (send/bounce).
 *
 *   SAY(name, class, blame, rest_s, retry_s, en, fr, todo_en, todo_fr)
 *     rest_s: the door rests after a temporary one; retry_s: a better wait than the schedule's
 *   RULE(code, subject, detail, say, texts)   the first that fits wins
 *     code 0 = any, 4 or 5 = a class, else that reply code; subject and detail of the enhanced
 *     code (RFC 3463), -1 = any; texts: alternatives between ';', all parts between '+' must
 *     be there, a part with '!' must not be there, '~' is the edge of a word
 *   ENHANCED(subject, detail, say)            RFC 3463 and its registry, detail -1 = any
 *   BASIC(code, say)                          RFC 5321 4.2.3
 */
#ifndef SEND_BOUNCE_TBL_H
#define SEND_BOUNCE_TBL_H

/* clang-format off */
#define BOUNCE_SAYINGS(SAY) \
	SAY(NO_MAILBOX, MAILBOX, ADDRESS, 0, 0, \
		"The address does not exist.", \
		"L’adresse n’existe pas.", \
		"Check its spelling, or take it off your lists.", \
		"Vérifiez son orthographe, ou retirez-la de vos listes.") \
	SAY(WEBHOOK, SERVER, THEIR_SERVER, 30, 0, \
		"The URL that this mail is posted to did not take it.", \
		"L’URL à laquelle ce message est transmis ne l’a pas pris.", \
		"Look at what the URL answered; the mail is posted again by itself.", \
		"Regardez ce que l’URL a répondu ; le message est transmis à nouveau de lui-même.") \
	SAY(WEBHOOK_NO, SERVER, THEIR_SERVER, 0, 0, \
		"The URL that this mail is posted to refused it for good.", \
		"L’URL à laquelle ce message est transmis l’a refusé pour de bon.", \
		"Look at what the URL answered, or set another one.", \
		"Regardez ce que l’URL a répondu, ou indiquez-en une autre.") \
	SAY(SANDBOX, SANDBOX, OUR_SETUP, 0, 0, \
		"The service or the account is in the mode sandbox, and the address is not proved or the sender’s domain is not verified: the mail stayed in the sink.", \
		"Le service ou le compte est en mode sandbox, et l’adresse n’est pas prouvée ou le domaine de l’expéditeur n’est pas vérifié : le message est resté dans le puits.", \
		"Look at it in the sink. To let such mail out: facteur proved add, or facteur live.", \
		"Regardez-le dans le puits. Pour laisser sortir un tel message : facteur proved add, ou facteur live.") \
	SAY(NO_MAILBOX_NOW, MAILBOX, ADDRESS, 0, 0, \
		"The server does not know the address at the moment.", \
		"Le serveur ne connaît pas l’adresse pour le moment.", \
		"Nothing yet: it is tried again.", \
		"Rien pour l’instant : un nouvel essai aura lieu.") \
	SAY(CLOSED, MAILBOX, ADDRESS, 0, 0, \
		"The mailbox is closed, moved or no longer used.", \
		"La boîte est fermée, déplacée ou n’est plus utilisée.", \
		"Take the address off your lists.", \
		"Retirez l’adresse de vos listes.") \
	SAY(NO_DOMAIN, DNS, ADDRESS, 0, 0, \
		"The domain of the address does not exist or has no mail server.", \
		"Le domaine de l’adresse n’existe pas ou n’a pas de serveur de courrier.", \
		"Check the spelling of the domain.", \
		"Vérifiez l’orthographe du domaine.") \
	SAY(NO_MAIL, MAILBOX, ADDRESS, 0, 0, \
		"The domain of the address takes no mail.", \
		"Le domaine de l’adresse ne reçoit pas de courrier.", \
		"Take the address off your lists.", \
		"Retirez l’adresse de vos listes.") \
	SAY(BAD_ADDRESS, MAILBOX, ADDRESS, 0, 0, \
		"The address is not written in a way the server accepts.", \
		"L’adresse n’est pas écrite d’une façon que le serveur accepte.", \
		"Check its spelling.", \
		"Vérifiez son orthographe.") \
	SAY(FULL, QUOTA, ADDRESS, 0, 0, \
		"The recipient’s mailbox is full.", \
		"La boîte du destinataire est pleine.", \
		"The recipient has to make room; write again later.", \
		"Le destinataire doit faire de la place ; réécrivez plus tard.") \
	SAY(TOO_BIG, SIZE, CONTENT, 0, 0, \
		"The message is larger than the server accepts.", \
		"Le message est plus gros que ce que le serveur accepte.", \
		"Make the message smaller, for example with links instead of attachments.", \
		"Réduisez le message, par exemple avec des liens au lieu de pièces jointes.") \
	SAY(POLICY, POLICY, THEIR_SERVER, 0, 0, \
		"The rules of the recipient’s server refuse the message.", \
		"Les règles du serveur du destinataire refusent le message.", \
		"Ask its administrator why, and quote the reply.", \
		"Demandez la raison à son administrateur, en citant la réponse.") \
	SAY(RCPT_POLICY, POLICY, ADDRESS, 0, 0, \
		"The recipient does not accept mail from this sender.", \
		"Le destinataire n’accepte pas le courrier de cet expéditeur.", \
		"Ask the recipient to allow your address.", \
		"Demandez au destinataire d’autoriser votre adresse.") \
	SAY(RELAY, POLICY, THEIR_SERVER, 0, 0, \
		"The server says that it takes no mail for this domain from us.", \
		"Le serveur dit ne pas prendre de courrier de notre part pour ce domaine.", \
		"Check the domain; if you send through a relay, check its user name and password.", \
		"Vérifiez le domaine ; si vous passez par un relais, vérifiez son identifiant et son mot de passe.") \
	SAY(SENDER, POLICY, OUR_SETUP, 0, 0, \
		"The server does not accept the sender’s address.", \
		"Le serveur n’accepte pas l’adresse de l’expéditeur.", \
		"Check that the sender’s domain exists and takes mail.", \
		"Vérifiez que le domaine de l’expéditeur existe et reçoit du courrier.") \
	SAY(REPUTATION, REPUTATION, OUR_IP, 300, 0, \
		"The server refuses mail from our IP address because of its reputation or a block list.", \
		"Le serveur refuse le courrier de notre adresse IP à cause de sa réputation ou d’une liste de blocage.", \
		"Look up the IP address in the list that the reply names and ask to be removed.", \
		"Cherchez l’adresse IP dans la liste que cite la réponse et demandez son retrait.") \
	SAY(AUTH, AUTH, OUR_SETUP, 0, 0, \
		"The server could not verify the sender’s domain (SPF, DKIM or DMARC).", \
		"Le serveur n’a pas pu vérifier le domaine de l’expéditeur (SPF, DKIM ou DMARC).", \
		"Check the SPF, DKIM and DMARC records of the sender’s domain.", \
		"Vérifiez les enregistrements SPF, DKIM et DMARC du domaine de l’expéditeur.") \
	SAY(SERVER_NAME, AUTH, OUR_SETUP, 0, 0, \
		"The server does not accept the name of our server (reverse DNS or HELO).", \
		"Le serveur n’accepte pas le nom de notre serveur (DNS inverse ou HELO).", \
		"Give our IP address a reverse DNS name that leads back to it, and use it as hostname.", \
		"Donnez à notre adresse IP un nom DNS inverse qui y ramène, et prenez-le comme hostname.") \
	SAY(PASSWORD, AUTH, OUR_SETUP, 60, 0, \
		"The relay did not accept our user name and password.", \
		"Le relais n’a pas accepté notre identifiant et notre mot de passe.", \
		"Check the user name and password of the route.", \
		"Vérifiez l’identifiant et le mot de passe de la route.") \
	SAY(SPAM, CONTENT, CONTENT, 0, 0, \
		"The server takes the message for spam.", \
		"Le serveur prend le message pour du spam.", \
		"Look at the content and links of the message, and at the reputation of the domain.", \
		"Revoyez le contenu et les liens du message, et la réputation du domaine.") \
	SAY(VIRUS, CONTENT, CONTENT, 0, 0, \
		"The server found something forbidden in the message (virus, attachment).", \
		"Le serveur a trouvé quelque chose d’interdit dans le message (virus, pièce jointe).", \
		"Check the attachments.", \
		"Vérifiez les pièces jointes.") \
	SAY(FORMAT, CONTENT, CONTENT, 0, 0, \
		"The server does not accept the form of the message.", \
		"Le serveur n’accepte pas la forme du message.", \
		"Check the headers and the MIME structure of the message.", \
		"Vérifiez les en-têtes et la structure MIME du message.") \
	SAY(CONVERT, CONTENT, THEIR_SERVER, 0, 0, \
		"The recipient’s server cannot take this kind of message (8-bit or international).", \
		"Le serveur du destinataire ne sait pas recevoir ce genre de message (8 bits ou international).", \
		"Send it in 7-bit form and with ASCII addresses.", \
		"Envoyez-le sous forme 7 bits et avec des adresses ASCII.") \
	SAY(GREYLIST, GREYLIST, THEIR_SERVER, 0, 0, \
		"The server asks for a second try (greylisting); that is usual.", \
		"Le serveur demande un second essai (liste grise) ; c’est habituel.", \
		"", \
		"") \
	SAY(RATE, RATE, OUR_IP, 60, 0, \
		"The server limits how much we may send at the moment.", \
		"Le serveur limite pour le moment ce que nous pouvons envoyer.", \
		"Lower the limits of this site if it comes often.", \
		"Baissez les limites de ce site si cela revient souvent.") \
	SAY(BUSY, SERVER, THEIR_SERVER, 0, 0, \
		"The server has a problem of its own.", \
		"Le serveur a un problème de son côté.", \
		"If it lasts, tell the recipient’s administrator by other means.", \
		"Si cela dure, prévenez l’administrateur du destinataire par un autre moyen.") \
	SAY(NO_ANSWER, NETWORK, THEIR_SERVER, 30, 0, \
		"The server did not answer.", \
		"Le serveur n’a pas répondu.", \
		"If it lasts, check that our network lets connections out.", \
		"Si cela dure, vérifiez que notre réseau laisse sortir les connexions.") \
	SAY(REFUSED, NETWORK, THEIR_SERVER, 30, 0, \
		"The server refuses connections.", \
		"Le serveur refuse les connexions.", \
		"If it lasts, tell the recipient’s administrator by other means.", \
		"Si cela dure, prévenez l’administrateur du destinataire par un autre moyen.") \
	SAY(NO_ROUTE, NETWORK, NETWORK, 30, 0, \
		"The network has no way to the server.", \
		"Le réseau n’a pas de chemin vers le serveur.", \
		"Check our network.", \
		"Vérifiez notre réseau.") \
	SAY(LOST, NETWORK, THEIR_SERVER, 0, 0, \
		"The connection to the server was lost.", \
		"La connexion au serveur a été perdue.", \
		"", \
		"") \
	SAY(NAMES, DNS, THEIR_SERVER, 0, 0, \
		"The name servers of the domain gave no usable answer.", \
		"Les serveurs de noms du domaine n’ont pas donné de réponse utilisable.", \
		"If it lasts for many domains, check our own name server.", \
		"Si cela dure pour beaucoup de domaines, vérifiez notre propre serveur de noms.") \
	SAY(OURSELVES, DNS, OUR_SETUP, 0, 0, \
		"The mail server of the domain is this server itself.", \
		"Le serveur de courrier du domaine est ce serveur-ci.", \
		"Add a route for the domain, or correct its MX record.", \
		"Ajoutez une route pour le domaine, ou corrigez son enregistrement MX.") \
	SAY(TLS, PROTOCOL, THEIR_SERVER, 0, 0, \
		"No secure connection (TLS) with the server was possible.", \
		"Aucune connexion sûre (TLS) avec le serveur n’a été possible.", \
		"Check the TLS requirement of the route and the server’s certificate.", \
		"Vérifiez l’exigence TLS de la route et le certificat du serveur.") \
	SAY(TLS_ASKED, PROTOCOL, THEIR_SERVER, 0, 0, \
		"The message may go only over a secure connection (TLS), which the server does not give.", \
		"Le message ne doit passer que par une connexion sûre (TLS), que le serveur n’offre pas.", \
		"Ask its administrator for STARTTLS with a valid certificate, or send the message again without requiring TLS.", \
		"Demandez à son administrateur STARTTLS avec un certificat valide, ou renvoyez le message sans exiger TLS.") \
	SAY(PROTOCOL, PROTOCOL, THEIR_SERVER, 0, 0, \
		"We and the server did not understand each other.", \
		"Le serveur et nous ne nous sommes pas compris.", \
		"Read the transcript of the conversation.", \
		"Lisez la transcription de la conversation.") \
	SAY(LOOP, PROTOCOL, THEIR_SERVER, 0, 0, \
		"The message goes in circles between servers.", \
		"Le message tourne en rond entre des serveurs.", \
		"The recipient’s administrator has to correct the forwarding.", \
		"L’administrateur du destinataire doit corriger la redirection.") \
	SAY(TOO_OLD, OTHER, THEIR_SERVER, 0, 0, \
		"The message could not be delivered in the time it had.", \
		"Le message n’a pas pu être remis dans le temps imparti.", \
		"Look at the earlier attempts for the reason.", \
		"Les essais précédents en disent la raison.") \
	SAY(DOUBT, NETWORK, NETWORK, 0, 0, \
		"The connection was lost after the message was sent: it may have arrived or not.", \
		"La connexion a été perdue après l’envoi du message : il est peut-être arrivé, peut-être pas.", \
		"Ask the recipient before you send it again.", \
		"Demandez au destinataire avant de le renvoyer.") \
	SAY(UNREADABLE, SERVER, OUR_SETUP, 0, 0, \
		"The stored message cannot be read at the moment.", \
		"Le message enregistré ne peut pas être lu pour le moment.", \
		"Check the disk of this server.", \
		"Vérifiez le disque de ce serveur.") \
	SAY(DAMAGED, SERVER, OUR_SETUP, 0, 0, \
		"The message could not be handled on this server and was set aside.", \
		"Le message n’a pas pu être traité sur ce serveur et a été mis de côté.", \
		"Check the disk and the log of this server.", \
		"Vérifiez le disque et le journal de ce serveur.") \
	SAY(UNKNOWN_4, OTHER, THEIR_SERVER, 0, 0, \
		"The server did not take the message for now; its reply says more.", \
		"Le serveur n’a pas pris le message pour l’instant ; sa réponse en dit plus.", \
		"", \
		"") \
	SAY(UNKNOWN_5, OTHER, THEIR_SERVER, 0, 0, \
		"The server refused the message; its reply says more.", \
		"Le serveur a refusé le message ; sa réponse en dit plus.", \
		"Read the reply; the recipient’s administrator can explain it.", \
		"Lisez la réponse ; l’administrateur du destinataire peut l’expliquer.") \
	SAY(UNKNOWN_0, OTHER, THEIR_SERVER, 0, 0, \
		"The message could not be delivered.", \
		"Le message n’a pas pu être remis.", \
		"Look at the earlier attempts for the reason.", \
		"Les essais précédents en disent la raison.")

#define BOUNCE_RULES(RULE) \
	RULE(0, -1, -1, REPUTATION, \
		"ofr+_101~;ofr+_102~;ofr+_103~;ofr+_105~;ofr+_107~;ofr+_503~;ofr+_505~;ofr+_630~;" \
		"ofr+_999~") \
	RULE(0, -1, -1, RATE, "ofr+_104~;ofr+_108~;ofr+_109~") \
	RULE(0, -1, -1, BUSY, "ofr+_201~") \
	RULE(0, -1, -1, AUTH, "ofr+_305~;ofr+_401~;ofr+_517~") \
	RULE(0, -1, -1, RELAY, "ofr+_402~") \
	RULE(0, -1, -1, SENDER, "ofr+_403~;ofr+_405~;ofr+_415~;ofr+_421~") \
	RULE(0, -1, -1, NO_MAILBOX, "ofr+_416~") \
	RULE(0, -1, -1, FULL, "ofr+_417~") \
	RULE(0, -1, -1, CLOSED, "ofr+_420~;ofr+_426~") \
	RULE(0, -1, -1, SPAM, "ofr+_506~;ofr+_510~;ofr+_513~") \
	RULE(0, -1, -1, TOO_BIG, "ofr+_514~") \
	RULE(0, -1, -1, REPUTATION, "sfr_in+01~") \
	RULE(0, -1, -1, FORMAT, "sfr_in+02~") \
	RULE(0, -1, -1, PROTOCOL, "sfr_in+03~") \
	RULE(0, -1, -1, REPUTATION, "sfr_in+04~") \
	RULE(0, -1, -1, RATE, "sfr_in+05~") \
	RULE(0, -1, -1, TOO_BIG, \
		"message too large;message too big;message size exceeds;message size limit;" \
		"exceeded google's message size;exceeds size limit;mail size limit exceeded;" \
		"message exceeds maximum;taille limite du message;" \
		"exceeded maximum inbound message size;too large for this recipient;" \
		"line limit exceeded;line too long;maximum message size") \
	RULE(0, -1, -1, TOO_BIG, "message is too large;size exceed;exceeds fixed") \
	RULE(0, -1, -1, RATE, "unusual rate;queue quota exceeded") \
	RULE(0, -1, -1, FULL, \
		"mailbox full;mailbox is full;mailbox quota;over quota;overquota;quota exceeded;" \
		"exceeded storage;storage allocation;out of storage;mailbox size limit;" \
		"mailfolder is full;not enough disk space;boite du destinataire pleine;" \
		"exceeded the local limit;exceeded its quota;insufficient disk;disk quota;" \
		"quota violation;quota full;inbox is full;mailbox exceed;full mailbox;" \
		"not enough storage") \
	RULE(0, -1, -1, FULL, "exceeded his+quota") \
	RULE(0, -1, -1, FULL, "user has+full") \
	RULE(0, -1, -1, FULL, \
		"account is full;maildir delivery failed: userdisk;maildir over;" \
		"too many messages in folder;boite pleine") \
	RULE(0, -1, -1, CLOSED, \
		"account is disabled;account that you tried to reach is disabled;" \
		"mailbox is disabled;user is disabled;account disabled;local mailbox+is disabled;" \
		"mailbox disabled;mailbox is disabled;disableduser;has been disabled;is inactive;" \
		"inactive user;account inactive;account has been suspended;account is suspended;" \
		"user is suspended;mailbox suspended;account is locked;account locked;" \
		"due to inactivity;no longer valid;mailbox has been blocked;account closed;" \
		"account expired;account has expired;has been deactivated;" \
		"temporarily blocked mailbox;compte du destinataire est bloque;" \
		"boite du destinataire archivee;recipient account isblocked;archived recipient;" \
		"account is blocked;rejected: inactive;" \
		"email account that you tried to reach is disabled") \
	RULE(0, -1, -1, CLOSED, \
		"no longer on server;has moved;mailbox moved;destination mailbox has moved;" \
		"user has moved;new address;no longer accept;has changed address;was replaced;" \
		"is not active;not activated") \
	RULE(0, -1, -1, CLOSED, \
		"no longer available;no longer in use;no longer here;no longer exists;" \
		"left the company") \
	RULE(0, -1, -1, AUTH, "dmarc") \
	RULE(0, -1, -1, AUTH, "spf+fail") \
	RULE(0, -1, -1, AUTH, \
		"spf check;spf policy;spf record;spf-check;sender policy framework;no spf;spf:;" \
		"~spf~+~ip~;spf or dkim") \
	RULE(0, -1, -1, AUTH, \
		"dkim+not sign;dkim+fail;dkim+does not pass;dkim+invalid signature") \
	RULE(0, -1, -1, AUTH, \
		"unauthenticated;authentication checks;authentication information;" \
		"required authentication level;anti-spoofing;spoofed;is not allowed to send mail;" \
		"not permitted by the domain owner;doesn't allow sending mails") \
	RULE(0, -1, -1, SERVER_NAME, \
		"reverse dns;ptr record;ptr resource;no ptr;rdns;no reverse;reverse lookup;" \
		"in-addr;valid reverse;hostname does not match;cannot resolve your hostname;" \
		"cannot find your hostname;cannot find your reverse;unable to find your ptr;" \
		"ip name lookup failed;ip name forged;fix reverse") \
	RULE(0, -1, -1, SERVER_NAME, \
		"verify the spf;configuration spf;ehlo hostname;helo name;bad helo;invalid helo;" \
		"helo command rejected;helo/ehlo argument;mismatches client ip;" \
		"does not match the ip") \
	RULE(0, -1, -1, RELAY, \
		"relay access denied;relaying denied;relay not permitted;not permitted to relay;" \
		"relay denied;relaying disallowed;relaying not allowed;isn't allowed to relay;" \
		"unable to relay;as a relay;open relay;relay prohibited;" \
		"not in my list of allowed rcpthosts;isn't in my list of allowed rcpthosts;" \
		"domain isn't in my list;relaying prohibited;not authorized to relay;no relaying;" \
		"relay operation rejected;relaying to") \
	RULE(0, -1, -1, VIRUS, "virus;malware;infected;trojan") \
	RULE(0, -1, -1, NO_MAIL, \
		"dns type 'mx'+nxdomain;null mx;dns type 'mx'+no relevant answers;" \
		"doesn't receive email;does not accept mail;doesn't accept mail;" \
		"host does not accept;domain may not exist") \
	RULE(0, -1, -1, SPAM, "blacklisted url;rejected due to spam classification") \
	RULE(0, -1, -1, RATE, "too many recipients") \
	RULE(0, -1, -1, BUSY, \
		"mailer error;internal system error;unable to contact ldap;" \
		"operating system error;procmail") \
	RULE(0, -1, -1, FORMAT, "duplicate header") \
	RULE(0, -1, -1, LOST, "delivery temporarily suspended+service not available") \
	RULE(0, -1, -1, RCPT_POLICY, "all recipient addresses rejected;denied by policy") \
	RULE(0, -1, -1, TOO_OLD, "multiple retries, giving up") \
	RULE(0, -1, -1, RATE, "daily relay quota") \
	RULE(0, -1, -1, REPUTATION, "problem is on+block list;weren't sent") \
	RULE(0, -1, -1, VIRUS, \
		"illegal attachment;attachment;banned content;blocked because its content;" \
		"potential security issue;executable") \
	RULE(0, -1, -1, FORMAT, \
		"not rfc;rfc compliant;rfc 5322;malformed message;missing a valid address;" \
		"missing a valid message-id;multiple addresses in from;duplicate headers;" \
		"headers are not;bare lf;bare linefeed;8-bit;media error;conversion required;" \
		"header error;invalid header;from header is missing;invalid content;poison;" \
		"too many related errors;multiple subject") \
	RULE(0, -1, -1, SPAM, "blacklisted url;spam url;url in this email;surbl;uribl") \
	RULE(0, -1, -1, SPAM, \
		"content rejected;content denied;considered as spam;considered spam;" \
		"classified as spam;identified as spam;flagged as spam;looks like spam;" \
		"likely unsolicited;suspicion of spam;spam message;spam detected;spam content;" \
		"spam filter;rejected as spam;is spam;like spam;spamassassin;spam score;" \
		"spam classification;ube, id;ube);- spam;spam rejected;junk mail;junkmail;" \
		"message filtered;nature of the content;bulk email;unsolicited bulk;" \
		"probable spam;high probability of spam;this is spam;spam mail;contains spam;" \
		"seems to be spam;appears to be spam") \
	RULE(0, -1, -1, SPAM, "mail rejete") \
	RULE(0, -1, -1, RATE, \
		"unusual rate;too quickly;rate that prevents;rate limit;ratelimit;" \
		"frequency limited;too many connections;too many concurrent;" \
		"concurrent connections;maximum number of connections;too many sessions;" \
		"too many messages;too many recent messages;too many mails;too much mail;" \
		"excessive volume;exceeded the limit for;exceeded their limit;" \
		"max message per connection;messages per connection;slow down;throttl;" \
		"rate exceeded;queue quota exceeded;sending too fast;hourly limit;daily limit;" \
		"exceeded permitted limits;trop de connexions;connection limit;rate limited;" \
		"connection rate;too many emails;too many requests;message limit;volume limit;" \
		"server busy;exceeded the maximum number;too many invalid") \
	RULE(0, -1, -1, REPUTATION, "user complaints") \
	RULE(0, -1, -1, REPUTATION, "permanently deferred") \
	RULE(0, -1, -1, REPUTATION, "ip reputation") \
	RULE(0, -1, -1, GREYLIST, "greylist;graylist;greylisted;greylisting;grey-list") \
	RULE(0, -1, -1, GREYLIST, "address verification in progress;unverified address") \
	RULE(0, -1, -1, REPUTATION, \
		"spamhaus;spamcop;barracudacentral;sorbs;cloudmark;senderscore;proofpoint.com;" \
		"dnsbl;~rbl~;block list;blocklist;blacklist;black list;blackli;denylist;" \
		"black-list;is listed;listed in+!not listed;listed by;listed at;listed on") \
	RULE(0, -1, -1, REPUTATION, \
		"poor reputation;low reputation;bad reputation;reputation;banned sending;" \
		"banned sender;blocked for spam;blocked using;block for spam;" \
		"client host rejected;host blocked;bloquee pour;ip blocked;your ip;sending ip;" \
		"client address;not accepting connections;access denied, banned;" \
		"connections not accepted;connections will not be accepted;" \
		"not allowed to connect;dynamic ip;dynamic pool;residential;has been blocked;" \
		"was blocked by;blocked by;suspected spam sender;server access;" \
		"invalid ip for sending") \
	RULE(0, -1, -1, REPUTATION, "service refuse;service refused") \
	RULE(0, -1, -1, POLICY, \
		"local policy;policy reasons;policy restrictions;policy violations;" \
		"security policies;rejected for policy") \
	RULE(0, -1, -1, SENDER, \
		"sender address rejected;sender rejected;domain of sender;sender domain;" \
		"invalid sender;emetteur invalide;sender verify failed;sender address has been;" \
		"sender verification;from domain;mailfrom domain;return path;return-path;" \
		"unresolvable;sender denied;sender not;sending to;from an address;mail from;" \
		"sender's address;not accept mail from;bad sender") \
	RULE(0, -1, -1, SENDER, "invalid dns mx") \
	RULE(0, -1, -1, RCPT_POLICY, \
		"refused due to recipient preferences;rejected by recipient;recipients policy;" \
		"target address;recipient not allowed;" \
		"may not exist, or you may not have permission;not have permission;" \
		"permission to post;authrequired;authentication required;restricted by;" \
		"restricted to;members only;not authorized;administrative prohibition;" \
		"envelope blocked;manually blocked;mailbox delivery;mailpolicy;" \
		"rejected by destination;prohibited the mail;group you tried") \
	RULE(0, -1, -1, NO_DOMAIN, \
		"not reachable. please check the domain;host unknown;unknown host;host not found;" \
		"host or domain name not found;no such domain;nxdomain;domain not found;" \
		"domain does not exist;domain name not found;no mx record;null mx;" \
		"does not accept mail;doesn't accept mail;doesn't receive email;unrouteable;" \
		"unroutable;illegal host;domain name lookup failed;name or service not known;" \
		"no route to domain;bad destination system;non-existent domain;" \
		"nonexistent domain;domain may not exist;unable to route;no-domain;" \
		"dns check failed;name service error;returned null mx;had no relevant answers") \
	RULE(0, -1, -1, NO_DOMAIN, "does not exist+domain") \
	RULE(0, -1, -1, NO_MAILBOX, \
		"user unknown;unknown user;no such user;user not found;unknown recipient;" \
		"recipient unknown;recipient not found;no such recipient;" \
		"recipient does not exist;user does not exist;does not exist;doesn't exist;" \
		"invalid recipient;invalid mailbox;mailbox not found;mailbox unavailable;" \
		"no mailbox;no such mailbox;unknown mailbox;unknown address;address unknown;" \
		"address not found;bad address;invalid address;addressee unknown;no such address;" \
		"unknown local;not a valid;not listed;not our customer;unallocated;no such id;" \
		"recipnotfound;recipientnotfound;adr.expand;5.1.1+recipient address rejected;" \
		"5.1.0+recipient address rejected;recipient address rejected: access denied;" \
		"recipient address rejected: undeliverable;utilisateur inconnu;" \
		"destinataire invalide;not in recipient list;recipient rejected;unknown email;" \
		"couldn't be found;could not be found;wasn't found;no account;doesn't have a;" \
		"invalid-recipient;mailbox does not;undeliverable address;marked as invalid;" \
		"inactive email address;unknown or illegal alias;over its alias;" \
		"invalid final delivery;not known;no valid recipients;unknown in virtual;" \
		"recipient unavailable;recipient invalid;user invalid;invalid user;" \
		"user not exist;bad destination;no user;user unavailable;account not found;" \
		"no mail box") \
	RULE(0, -1, -1, TOO_OLD, \
		"message expired;envelope expired;giving up;retry timeout exceeded;" \
		"retry time not reached;could not be delivered for;in the queue too long;" \
		"queue too long;unable to deliver this message after;was not delivered within;" \
		"delivery time expired;queue expired;too old;has been delayed;will be retried;" \
		"will keep trying;delivery timed out;still undelivered") \
	RULE(0, -1, -1, TLS, "~tls~;starttls;~ssl~;mta-sts") \
	RULE(0, -1, -1, LOST, \
		"connection timed out;operation timed out;timed out;timeout;connection refused;" \
		"connection reset;network is unreachable;no route to host;lost connection;" \
		"host not reachable;did not accept our requests;connection dropped;" \
		"no answer from host;unable to connect;wasn't able to establish;" \
		"establish an smtp connection;bad connection;connection died;network error;" \
		"host is unreachable;host unreachable;dns error;dns failure;" \
		"temporary domain failure;cannot find;servfail") \
	RULE(0, -1, -1, LOOP, \
		"hop count;too many hops;50 hops;mail loop;routing loop;mail forwarding loop") \
	RULE(451, 7, 1, GREYLIST, "try again;try later;come back;retry later") \
	RULE(0, -1, -1, BUSY, \
		"internal error;internal server error;temporary server error;system error;" \
		"temporary failure;temporarily unavailable;temporarily rejected;" \
		"service unavailable;service not available;service temporarily;service currently;" \
		"currently unavailable;insufficient system;system resources;no space;disk full;" \
		"system full;operating system error;license expired;local error;" \
		"configuration error;mailer error;resources temporarily;failed to be replicated;" \
		"cannot allocate;try again later;try later;essayer plus tard;command failed;" \
		"procmail;pipe to;delivery error") \
	RULE(0, -1, -1, PROTOCOL, \
		"syntax error;bad sequence;improper sequence;out of sequence;command not;" \
		"unrecognized command;protocol error;malformed address;address syntax;" \
		"need fully-qualified;illegal") \
	RULE(0, -1, -1, RCPT_POLICY, \
		"rejected by this user;was rejected by;recipient address rejected")

#define BOUNCE_ENHANCED(ENHANCED) \
	ENHANCED(1, 0, NO_MAILBOX) \
	ENHANCED(1, 1, NO_MAILBOX) \
	ENHANCED(1, 2, NO_DOMAIN) \
	ENHANCED(1, 3, BAD_ADDRESS) \
	ENHANCED(1, 4, NO_MAILBOX) \
	ENHANCED(1, 6, CLOSED) \
	ENHANCED(1, 7, SENDER) \
	ENHANCED(1, 8, SENDER) \
	ENHANCED(1, 9, CONVERT) \
	ENHANCED(1, 10, NO_MAIL) \
	ENHANCED(2, 1, CLOSED) \
	ENHANCED(2, 2, FULL) \
	ENHANCED(2, 3, TOO_BIG) \
	ENHANCED(2, 4, RCPT_POLICY) \
	ENHANCED(3, 4, TOO_BIG) \
	ENHANCED(3, -1, BUSY) \
	ENHANCED(4, 1, NO_ANSWER) \
	ENHANCED(4, 2, LOST) \
	ENHANCED(4, 3, NAMES) \
	ENHANCED(4, 4, NO_DOMAIN) \
	ENHANCED(4, 5, RATE) \
	ENHANCED(4, 6, LOOP) \
	ENHANCED(4, 7, TOO_OLD) \
	ENHANCED(5, 3, RATE) \
	ENHANCED(5, -1, PROTOCOL) \
	ENHANCED(6, -1, FORMAT) \
	ENHANCED(7, 2, RCPT_POLICY) \
	ENHANCED(7, 3, RELAY) \
	ENHANCED(7, 5, TLS) \
	ENHANCED(7, 8, PASSWORD) \
	ENHANCED(7, 9, PASSWORD) \
	ENHANCED(7, 11, PASSWORD) \
	ENHANCED(7, 20, AUTH) \
	ENHANCED(7, 21, AUTH) \
	ENHANCED(7, 22, AUTH) \
	ENHANCED(7, 23, AUTH) \
	ENHANCED(7, 24, AUTH) \
	ENHANCED(7, 25, SERVER_NAME) \
	ENHANCED(7, 26, AUTH) \
	ENHANCED(7, 27, SENDER) \
	ENHANCED(7, 28, RATE) \
	ENHANCED(7, 29, AUTH) \
	ENHANCED(7, -1, POLICY)

#define BOUNCE_BASIC(BASIC) \
	BASIC(421, BUSY) \
	BASIC(450, BUSY) \
	BASIC(451, BUSY) \
	BASIC(452, BUSY) \
	BASIC(454, TLS) \
	BASIC(500, PROTOCOL) \
	BASIC(501, PROTOCOL) \
	BASIC(502, PROTOCOL) \
	BASIC(503, PROTOCOL) \
	BASIC(504, PROTOCOL) \
	BASIC(521, NO_MAIL) \
	BASIC(530, PASSWORD) \
	BASIC(535, PASSWORD) \
	BASIC(551, NO_MAILBOX) \
	BASIC(552, FULL) \
	BASIC(553, BAD_ADDRESS) \
	BASIC(555, PROTOCOL) \
	BASIC(556, NO_MAIL)
/* clang-format on */

#endif
