/*
 * What the advice says. R(check, id, why in English, in French): one for each check. F(finding,
 * check, level, seen en, seen fr, fix en, fix fr); %1 and %2 are what was found,
 * [one|several] what fits the number that %1 is.
 */
#ifndef CONTENT_ADVICE_TBL_H
#define CONTENT_ADVICE_TBL_H

/* Tables, aligned by hand. */
/* clang-format off */
#define ADVICE_RULES(R) \
R(SUBJECT, "subject", \
	"Telephones show 30 to 50 characters of a subject; it decides whether the message is opened.", \
	"Un téléphone montre 30 à 50 caractères de l'objet ; c'est lui qui décide de l'ouverture.") \
R(SHOUTING, "subject_style", \
	"Capitals and rows of exclamation marks look like advertising, to people and to filters.", \
	"Les majuscules et les points d'exclamation en série font publicité, pour les gens comme pour les filtres.") \
R(PREHEADER, "preheader", \
	"Inboxes show the preheader behind the subject; without one they show whatever comes first.", \
	"La boîte de réception affiche le pré-en-tête après l'objet ; sans lui, elle montre ce qui vient en premier.") \
R(NAME, "sender_name", \
	"People open mail from a name they know.", \
	"On ouvre le courrier d'un nom que l'on connaît.") \
R(ADDRESS, "sender_address", \
	"Answers are a sign of trust for mailbox providers, and free-mail domains forbid others to send for them (DMARC).", \
	"Les réponses sont un signe de confiance pour les messageries, et les domaines grand public interdisent d'envoyer en leur nom (DMARC).") \
R(BRAND, "sender_brand", \
	"A name that is not the sender's is what phishing looks like; filters compare it with the domain.", \
	"Un nom qui n'est pas celui de l'expéditeur ressemble à de l'hameçonnage ; les filtres le comparent au domaine.") \
R(TEXT, "text", \
	"Some people and programs read only the text part, and filters hold a missing one against a message.", \
	"Certaines personnes et certains programmes ne lisent que la partie texte, et son absence pèse dans les filtres.") \
R(ALT, "alt", \
	"Many readers see no pictures at first, and those who cannot see hear the alternative text.", \
	"Beaucoup de lecteurs ne voient d'abord aucune image, et ceux qui ne voient pas entendent le texte alternatif.") \
R(IMAGE, "image_size", \
	"A picture without a width breaks the layout while it is not loaded; heavy ones are slow on telephones.", \
	"Une image sans largeur casse la mise en page tant qu'elle n'est pas chargée ; trop lourde, elle est lente sur un téléphone.") \
R(SHARE, "image_share", \
	"A message made of pictures says nothing while they are blocked, and filters cannot read it.", \
	"Un message fait d'images ne dit rien tant qu'elles sont bloquées, et les filtres ne peuvent pas le lire.") \
R(SIZE, "html_size", \
	"Gmail hides what comes after 102,400 bytes, with it the unsubscribe link and the counting of opens.", \
	"Gmail masque ce qui dépasse 102 400 octets, donc le lien de désinscription et le comptage des ouvertures.") \
R(HTTP, "links_http", \
	"Links without encryption can be changed on the way, and browsers warn of them.", \
	"Un lien sans chiffrement peut être modifié en chemin, et les navigateurs avertissent.") \
R(SHORT, "links_short", \
	"Shorteners hide where a link leads; many filters refuse them, since others abuse the same domain.", \
	"Un raccourcisseur cache la destination ; beaucoup de filtres le refusent, car d'autres abusent du même domaine.") \
R(OTHER, "links_other", \
	"A link whose text names one site and which leads to another is the mark of phishing.", \
	"Un lien dont le texte nomme un site et qui mène à un autre est la marque de l'hameçonnage.") \
R(DEAD, "links_dead", \
	"A link that leads nowhere costs the click and the trust.", \
	"Un lien qui ne mène nulle part coûte le clic et la confiance.") \
R(UNSUBSCRIBE, "unsubscribe", \
	"Bulk mail must offer an easy way out (GDPR, CAN-SPAM, Gmail and Yahoo); those who do not find it press \"spam\".", \
	"Un envoi en nombre doit permettre de partir facilement (RGPD, Gmail et Yahoo) ; qui ne trouve pas le lien clique sur « spam ».") \
R(POSTAL, "postal_address", \
	"The law of many countries wants the sender's postal address in bulk mail (CAN-SPAM, LCEN).", \
	"La loi de nombreux pays exige l'adresse postale de l'expéditeur dans les envois en nombre (LCEN, CAN-SPAM).") \
R(CTA, "cta", \
	"One button says at a glance what the reader can do.", \
	"Un bouton dit d'un coup d'œil ce que le lecteur peut faire.") \
R(CTA_MAIN, "cta_main", \
	"Buttons of the same weight compete: each one more takes clicks from the main one.", \
	"Des boutons de même poids se concurrencent : chacun prend des clics au principal.") \
R(CTA_VERB, "cta_verb", \
	"A label that begins with a verb of action, in the imperative or the first person, is clicked more.", \
	"Un libellé qui commence par un verbe d'action, à l'impératif ou à la première personne, est plus cliqué.") \
R(CTA_LENGTH, "cta_length", \
	"A label is read at a glance: two to five words.", \
	"Un libellé se lit d'un coup d'œil : deux à cinq mots.") \
R(CTA_LABEL, "cta_label_contrast", \
	"Below 4.5:1 (WCAG 2.2, 1.4.3) a label is hard to read, for many people and in the sun.", \
	"Sous 4,5:1 (WCAG 2.2, 1.4.3), un libellé se lit mal, pour beaucoup de gens et au soleil.") \
R(CTA_SHAPE, "cta_contrast", \
	"Below 3:1 against what is around it (WCAG 2.2, 1.4.11) a button does not stand out.", \
	"Sous 3:1 par rapport à ce qui l'entoure (WCAG 2.2, 1.4.11), un bouton ne ressort pas.") \
R(CTA_COLOUR, "cta_colour", \
	"A colour that is near or opposite on the wheel of hues looks chosen; one in between looks like a mistake.", \
	"Une couleur voisine ou opposée sur le cercle chromatique semble choisie ; entre les deux, elle semble une erreur.") \
R(CTA_SECOND, "cta_secondary", \
	"Secondary buttons are to be lighter than the main one, so that the eye finds it first.", \
	"Les boutons secondaires doivent être plus légers que le principal, pour que l'œil trouve celui-ci d'abord.") \
R(CTA_PLACE, "cta_place", \
	"Many readers never scroll: what is not on the first screen is not seen.", \
	"Beaucoup de lecteurs ne font jamais défiler : ce qui n'est pas sur le premier écran n'est pas vu.") \
R(URGENCY, "urgency", \
	"A true deadline makes people act; one in every sentence is no longer believed.", \
	"Une vraie échéance pousse à agir ; une à chaque phrase n'est plus crue.") \
R(PRESSURE, "pressure", \
	"Threats and gifts are what fraud is made of; filters count such words.", \
	"Menaces et cadeaux sont le langage de la fraude ; les filtres comptent ces mots.")

#define ADVICE_FINDINGS(F) \
F(SUBJECT_NONE, SUBJECT, PROBLEM, "There is no subject.", "Il n'y a pas d'objet.", \
	"Write one of 20 to 50 characters.", "Écrivez-en un de 20 à 50 caractères.") \
F(SUBJECT_SHORT, SUBJECT, HINT, "The subject has %1 characters.", "L'objet a %1 caractères.", \
	"Say what the message brings, in 20 to 50 characters.", "Dites ce que le message apporte, en 20 à 50 caractères.") \
F(SUBJECT_LONG, SUBJECT, HINT, "The subject has %1 characters.", "L'objet a %1 caractères.", \
	"Put what matters into the first 50.", "Mettez l'essentiel dans les 50 premiers.") \
F(SUBJECT_CUT, SUBJECT, WARNING, "The subject has %1 characters: most inboxes cut it.", "L'objet a %1 caractères : la plupart des messageries le coupent.", \
	"Keep it below 50 characters.", "Restez sous 50 caractères.") \
F(SUBJECT_FINE, SUBJECT, GOOD, "The subject has %1 characters.", "L'objet a %1 caractères.", "", "") \
F(SHOUTING_CAPS, SHOUTING, WARNING, "The subject is in capitals.", "L'objet est en majuscules.", \
	"Write it like a sentence.", "Écrivez-le comme une phrase.") \
F(SHOUTING_MARKS, SHOUTING, HINT, "The subject has %1 exclamation marks.", "L'objet a %1 points d'exclamation.", \
	"One is enough.", "Un seul suffit.") \
F(SHOUTING_NONE, SHOUTING, GOOD, "The subject is written like a sentence.", "L'objet est écrit comme une phrase.", "", "") \
F(PREHEADER_NONE, PREHEADER, HINT, "There is no preheader.", "Il n'y a pas de pré-en-tête.", \
	"Add one of 40 to 100 characters that goes on where the subject ends.", "Ajoutez-en un de 40 à 100 caractères, qui prolonge l'objet.") \
F(PREHEADER_SAME, PREHEADER, HINT, "The preheader repeats the subject.", "Le pré-en-tête répète l'objet.", \
	"Say the next thing there.", "Dites-y la suite.") \
F(PREHEADER_SHORT, PREHEADER, HINT, "The preheader has %1 characters: inboxes fill the rest with the text.", "Le pré-en-tête a %1 caractères : la messagerie complète avec le texte.", \
	"Write 40 to 100 characters.", "Écrivez 40 à 100 caractères.") \
F(PREHEADER_LONG, PREHEADER, HINT, "The preheader has %1 characters: its end is not shown.", "Le pré-en-tête a %1 caractères : la fin n'est pas affichée.", \
	"Keep it below 100 characters.", "Restez sous 100 caractères.") \
F(PREHEADER_FINE, PREHEADER, GOOD, "The preheader has %1 characters.", "Le pré-en-tête a %1 caractères.", "", "") \
F(NAME_NONE, NAME, HINT, "The sender has no name.", "L'expéditeur n'a pas de nom.", \
	"Give it that of your brand.", "Donnez-lui celui de votre marque.") \
F(NAME_ADDRESS, NAME, HINT, "The sender's name is an address: %1", "Le nom d'expéditeur est une adresse : %1", \
	"Use the name of your brand.", "Utilisez le nom de votre marque.") \
F(NAME_LONG, NAME, HINT, "The sender's name has %1 characters: telephones show about 25.", "Le nom d'expéditeur a %1 caractères : un téléphone en montre environ 25.", \
	"Shorten it.", "Raccourcissez-le.") \
F(NAME_FINE, NAME, GOOD, "The sender is called %1.", "L'expéditeur s'appelle %1.", "", "") \
F(ADDRESS_FREE, ADDRESS, PROBLEM, "The sender's domain is that of a free mailbox: %1", "Le domaine d'expéditeur est celui d'une messagerie grand public : %1", \
	"Send from a domain of your own.", "Envoyez depuis un domaine à vous.") \
F(ADDRESS_NOREPLY, ADDRESS, WARNING, "Nobody can answer %1.", "Personne ne peut répondre à %1.", \
	"Use an address that is read, such as contact@%2.", "Utilisez une adresse qui est lue, comme contact@%2.") \
F(ADDRESS_ELSEWHERE, ADDRESS, HINT, "%1 says that nobody reads it, though answers go to %2.", "%1 dit que personne ne la lit, alors que les réponses vont à %2.", \
	"Send from the address that is read.", "Envoyez depuis l'adresse qui est lue.") \
F(ADDRESS_FINE, ADDRESS, GOOD, "The sender's address is %1.", "L'adresse d'expéditeur est %1.", "", "") \
F(BRAND_DOMAIN, BRAND, WARNING, "The sender's name says %1, its address %2.", "Le nom d'expéditeur dit %1, son adresse %2.", \
	"Name only a domain that is the sender's.", "Ne nommez qu'un domaine qui est celui de l'expéditeur.") \
F(BRAND_OTHER, BRAND, PROBLEM, "The sender's name has the brand %1, its domain is %2.", "Le nom d'expéditeur porte la marque %1, son domaine est %2.", \
	"Use your own name; name the other brand in the text if need be.", "Utilisez votre propre nom ; citez l'autre marque dans le texte s'il le faut.") \
F(BRAND_FINE, BRAND, GOOD, "The sender's name claims no other domain.", "Le nom d'expéditeur ne se réclame d'aucun autre domaine.", "", "") \
F(TEXT_NONE, TEXT, WARNING, "There is no text part.", "Il n'y a pas de partie texte.", \
	"Add one, or let it be made of the HTML.", "Ajoutez-en une, ou laissez-la faire à partir du HTML.") \
F(TEXT_MADE, TEXT, GOOD, "The text part is made of the HTML.", "La partie texte est faite à partir du HTML.", "", "") \
F(TEXT_EMPTY, TEXT, WARNING, "The text part has %1 characters, the HTML %2.", "La partie texte a %1 caractères, le HTML %2.", \
	"Let it say what the HTML says, or leave it out: it is then made of the HTML.", "Qu'elle dise ce que dit le HTML, ou omettez-la : elle sera faite à partir du HTML.") \
F(TEXT_FINE, TEXT, GOOD, "There is a text part.", "Il y a une partie texte.", "", "") \
F(ALT_LINK, ALT, WARNING, "%1 [picture that is a link has|pictures that are links have] no alternative text[|, the first]: %2", "%1 [image servant de lien n'a|images servant de lien n'ont] pas de texte alternatif[|, la première] : %2", \
	"Write where the link leads into alt.", "Écrivez dans alt où mène le lien.") \
F(ALT_NONE, ALT, WARNING, "%1 [picture has no alt|pictures have no alt, the first]: %2", "%1 [image n'a pas d'alt|images n'ont pas d'alt, la première] : %2", \
	"Describe each in a few words; alt=\"\" for mere decoration.", "Décrivez chacune en quelques mots ; alt=\"\" pour un simple décor.") \
F(ALT_FINE, ALT, GOOD, "[The picture has|All %1 pictures have] an alt.", "[L'image a|Les %1 images ont] un alt.", "", "") \
F(IMAGE_HEAVY, IMAGE, WARNING, "A picture has %1 kilobytes: %2", "Une image pèse %1 kilo-octets : %2", \
	"Bring it below 200 kilobytes (JPEG or WebP, as wide as it is shown, or twice).", "Ramenez-la sous 200 kilo-octets (JPEG ou WebP, à la largeur affichée, ou au double).") \
F(IMAGE_DATA, IMAGE, WARNING, "%1 [picture is|pictures are] written into the HTML (data:), which Gmail and Outlook do not show.", "%1 [image est écrite|images sont écrites] dans le HTML (data:), ce que Gmail et Outlook n'affichent pas.", \
	"Attach them with a content id (cid:), or link to them.", "Joignez-les avec un identifiant (cid:), ou mettez-y un lien.") \
F(IMAGE_NO_WIDTH, IMAGE, HINT, "%1 [picture has no width|pictures have no width, the first]: %2", "%1 [image n'a pas de largeur|images n'ont pas de largeur, la première] : %2", \
	"Add width=\"…\" in pixels; Outlook ignores that of the style.", "Ajoutez width=\"…\" en pixels ; Outlook ignore celui du style.") \
F(IMAGE_FINE, IMAGE, GOOD, "[The picture has|All %1 pictures have] a width.", "[L'image a|Les %1 images ont] une largeur.", "", "") \
F(SHARE_ALL, SHARE, WARNING, "%1 [picture|pictures], but only %2 letters of text.", "%1 [image|images], mais seulement %2 lettres de texte.", \
	"Say in text what the pictures say.", "Dites en texte ce que disent les images.") \
F(SHARE_FINE, SHARE, GOOD, "%2 letters of text beside %1 [picture|pictures].", "%2 lettres de texte à côté de %1 [image|images].", "", "") \
F(SIZE_CUT, SIZE, PROBLEM, "The HTML has %1 bytes.", "Le HTML a %1 octets.", \
	"Take out comments, unused styles and pictures inside the HTML; keep it below 102,400 bytes, tracked links included.", "Retirez commentaires, styles inutiles et images incluses ; restez sous 102 400 octets, liens suivis compris.") \
F(SIZE_NEAR, SIZE, HINT, "The HTML has %1 bytes: tracked links may bring it over 102,400.", "Le HTML a %1 octets : les liens suivis peuvent le faire dépasser 102 400.", \
	"Bring it below 80,000 bytes.", "Ramenez-le sous 80 000 octets.") \
F(SIZE_FINE, SIZE, GOOD, "The HTML has %1 bytes.", "Le HTML a %1 octets.", "", "") \
F(HTTP_SOME, HTTP, WARNING, "%1 [link is http|links are http, the first]: %2", "%1 [lien est en http|liens sont en http, le premier] : %2", \
	"Write https.", "Écrivez https.") \
F(HTTP_NONE, HTTP, GOOD, "[The link to the web is|All %1 links to the web are] https.", "[Le lien vers le web est|Les %1 liens vers le web sont] en https.", "", "") \
F(SHORT_SOME, SHORT, PROBLEM, "%1 [link goes through a shortener|links go through a shortener, the first]: %2", "%1 [lien passe par un raccourcisseur|liens passent par un raccourcisseur, le premier] : %2", \
	"Link to the page itself; clicks are counted on your own tracking host.", "Liez la page elle-même ; les clics sont comptés sur votre propre hôte de suivi.") \
F(SHORT_ADDRESS, SHORT, PROBLEM, "A link names a bare address instead of a domain: %1", "Un lien nomme une adresse IP au lieu d'un domaine : %1", \
	"Link to a domain of yours.", "Liez un domaine à vous.") \
F(SHORT_NONE, SHORT, GOOD, "No link hides where it leads.", "Aucun lien ne cache sa destination.", "", "") \
F(OTHER_SOME, OTHER, PROBLEM, "The text %1 leads to %2.", "Le texte %1 mène à %2.", \
	"Let text and link name the same domain, or use words as the text.", "Que texte et lien nomment le même domaine, ou mettez des mots dans le texte.") \
F(OTHER_NONE, OTHER, GOOD, "No link's text names another domain.", "Aucun texte de lien ne nomme un autre domaine.", "", "") \
F(DEAD_SOME, DEAD, WARNING, "%1 [link leads nowhere|links lead nowhere, the first]: \"%2\"", "%1 [lien ne mène nulle part|liens ne mènent nulle part, le premier] : « %2 »", \
	"Give each a whole URL (https://…).", "Donnez à chacun une URL complète (https://…).") \
F(DEAD_NONE, DEAD, GOOD, "[The link has|All %1 links have] a whole URL.", "[Le lien a|Les %1 liens ont] une URL complète.", "", "") \
F(UNSUBSCRIBE_NONE, UNSUBSCRIBE, PROBLEM, "No unsubscribe link was found.", "Aucun lien de désinscription n'a été trouvé.", \
	"Add one at the end, in plain words.", "Ajoutez-en un à la fin, en mots clairs.") \
F(UNSUBSCRIBE_FIELD, UNSUBSCRIBE, WARNING, "Only the header offers to unsubscribe (List-Unsubscribe); not all mailboxes show it.", "Seul l'en-tête propose la désinscription (List-Unsubscribe) ; toutes les messageries ne le montrent pas.", \
	"Add a link at the end of the message too.", "Ajoutez aussi un lien à la fin du message.") \
F(UNSUBSCRIBE_FINE, UNSUBSCRIBE, GOOD, "There is an unsubscribe link: %1", "Il y a un lien de désinscription : %1", "", "") \
F(POSTAL_NONE, POSTAL, WARNING, "No postal address was recognised.", "Aucune adresse postale n'a été reconnue.", \
	"Add street, postal code and town at the end.", "Ajoutez rue, code postal et ville à la fin.") \
F(POSTAL_FINE, POSTAL, GOOD, "There is a postal address: %1", "Il y a une adresse postale : %1", "", "") \
F(CTA_NONE, CTA, HINT, "There is no button.", "Il n'y a pas de bouton.", \
	"Make one of the most important link: a colour of its own, room around the text.", "Faites-en un du lien le plus important : une couleur à lui, de l'espace autour du texte.") \
F(CTA_FINE, CTA, GOOD, "The main button is \"%1\".", "Le bouton principal est « %1 ».", "", "") \
F(CTA_MAIN_MANY, CTA_MAIN, WARNING, "%1 buttons of the same weight lead to different pages: %2", "%1 boutons de même poids mènent à des pages différentes : %2", \
	"Keep one in full colour; make the others outlines or plain links.", "Gardez-en un en pleine couleur ; faites des autres des contours ou de simples liens.") \
F(CTA_MAIN_ONE, CTA_MAIN, GOOD, "There is one main button.", "Il y a un seul bouton principal.", "", "") \
F(CTA_VERB_WEAK, CTA_VERB, WARNING, "\"%1\" does not say what happens.", "« %1 » ne dit pas ce qui va se passer.", \
	"Name the action and what it brings: \"Download the guide\", \"Get my discount\".", "Nommez l'action et ce qu'elle apporte : « Téléchargez le guide », « J'en profite ».") \
F(CTA_VERB_NONE, CTA_VERB, HINT, "\"%1\" does not begin with a verb of action.", "« %1 » ne commence pas par un verbe d'action.", \
	"Begin with one: \"Discover …\", \"Book …\", \"I want …\".", "Commencez par un verbe : « Découvrez … », « Réservez … », « Je veux … ».") \
F(CTA_VERB_INFINITIVE, CTA_VERB, HINT, "\"%1\" begins with an infinitive.", "« %1 » commence par un infinitif.", \
	"The imperative or the first person is more direct: \"Découvrez\", \"Je découvre\".", "L'impératif ou la première personne est plus direct : « Découvrez », « Je découvre ».") \
F(CTA_VERB_FINE, CTA_VERB, GOOD, "\"%1\" begins with a verb of action.", "« %1 » commence par un verbe d'action.", "", "") \
F(CTA_LENGTH_LONG, CTA_LENGTH, HINT, "\"%1\" has %2 words.", "« %1 » a %2 mots.", \
	"Keep two to five.", "Gardez-en deux à cinq.") \
F(CTA_LENGTH_FINE, CTA_LENGTH, GOOD, "The label is short.", "Le libellé est court.", "", "") \
F(CTA_LABEL_BAD, CTA_LABEL, PROBLEM, "The label's contrast is %1:1 (%2).", "Le contraste du libellé est de %1:1 (%2).", \
	"Make the label white or black, or the button darker.", "Mettez le libellé en blanc ou en noir, ou foncez le bouton.") \
F(CTA_LABEL_LOW, CTA_LABEL, WARNING, "The label's contrast is %1:1 (%2).", "Le contraste du libellé est de %1:1 (%2).", \
	"Make the label white or black, or the button darker, until it is 4.5:1.", "Mettez le libellé en blanc ou en noir, ou foncez le bouton, jusqu'à 4,5:1.") \
F(CTA_LABEL_FINE, CTA_LABEL, GOOD, "The label's contrast is %1:1 (%2).", "Le contraste du libellé est de %1:1 (%2).", "", "") \
F(CTA_SHAPE_LOW, CTA_SHAPE, WARNING, "The button's contrast with what is around it is %1:1.", "Le contraste du bouton avec ce qui l'entoure est de %1:1.", \
	"Choose a stronger colour: %2.", "Choisissez une couleur plus franche : %2.") \
F(CTA_SHAPE_FINE, CTA_SHAPE, GOOD, "The button's contrast with what is around it is %1:1.", "Le contraste du bouton avec ce qui l'entoure est de %1:1.", "", "") \
F(CTA_COLOUR_CLASH, CTA_COLOUR, HINT, "The button's colour clashes with the message's main one: %1.", "La couleur du bouton jure avec la couleur principale du message : %1.", \
	"Colours that suit: %2.", "Des couleurs qui conviennent : %2.") \
F(CTA_COLOUR_FINE, CTA_COLOUR, GOOD, "The button's colour suits the message's: %1.", "La couleur du bouton convient à celles du message : %1.", "", "") \
F(CTA_SECOND_HEAVY, CTA_SECOND, HINT, "\"%1\" is as heavy as the main button.", "« %1 » pèse autant que le bouton principal.", \
	"Give it an outline or a paler colour.", "Donnez-lui un contour ou une couleur plus pâle.") \
F(CTA_SECOND_FINE, CTA_SECOND, GOOD, "Secondary buttons are lighter than the main one.", "Les boutons secondaires sont plus légers que le principal.", "", "") \
F(CTA_PLACE_LOW, CTA_PLACE, HINT, "The main button begins %1 pixels down.", "Le bouton principal commence à %1 pixels du haut.", \
	"Bring it into the first 600 pixels, or repeat it there.", "Ramenez-le dans les 600 premiers pixels, ou répétez-le là.") \
F(CTA_PLACE_SIDE, CTA_PLACE, HINT, "The main button is not in the middle.", "Le bouton principal n'est pas centré.", \
	"Centre it, with room around.", "Centrez-le, avec de l'espace autour.") \
F(CTA_PLACE_FINE, CTA_PLACE, GOOD, "The main button is on the first screen, in the middle.", "Le bouton principal est sur le premier écran, centré.", "", "") \
F(URGENCY_MUCH, URGENCY, WARNING, "%1 [phrase urges|phrases urge], such as \"%2\".", "%1 [formule presse|formules pressent], comme « %2 ».", \
	"Keep the one that is true, with its date.", "Gardez celle qui est vraie, avec sa date.") \
F(URGENCY_SOME, URGENCY, GOOD, "There is a reason to act now: \"%2\".", "Il y a une raison d'agir maintenant : « %2 ».", "", "") \
F(URGENCY_NONE, URGENCY, HINT, "Nothing says why to act now.", "Rien ne dit pourquoi agir maintenant.", \
	"If the offer ends, say when, near the button.", "Si l'offre a une fin, dites quand, près du bouton.") \
F(PRESSURE_SOME, PRESSURE, WARNING, "%1 [phrase threatens or promises|phrases threaten or promise] too much, such as \"%2\".", "%1 [formule menace ou promet|formules menacent ou promettent] trop, comme « %2 ».", \
	"Say the fact, without the threat.", "Dites le fait, sans la menace.") \
F(PRESSURE_NONE, PRESSURE, GOOD, "No phrase threatens.", "Aucune formule ne menace.", "", "")
/* clang-format on */

#endif
