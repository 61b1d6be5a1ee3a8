/*
 * Words of calls to action, as buttons have them, in French and English: a compilation of our
 * own. They are compared folded (wire/fold: no accents, straight quotes, lower case).
 *
 * W(language, kind, text)
 * Kinds: VERB (French: infinitive, of which the imperatives are derived), IMPERATIVE (those
 * that are not), FIRST (how a first person begins), NOT_VERB (ends like an imperative), WEAK
 * (says nothing of what follows; the whole label), URGENCY, PRESSURE (anywhere in the text).
 */
#ifndef CONTENT_ADVICE_WORDS_TBL_H
#define CONTENT_ADVICE_WORDS_TBL_H

/* Tables, aligned by hand. */
/* clang-format off */
#define ADVICE_WORDS_TABLE(W) \
	W(FR, VERB, "rejoindre") W(FR, VERB, "découvrir") W(FR, VERB, "craquer") \
	W(FR, VERB, "foncer") W(FR, VERB, "acheter") W(FR, VERB, "gagner") \
	W(FR, VERB, "apprendre") W(FR, VERB, "commencer") W(FR, VERB, "s'inscrire") \
	W(FR, VERB, "s'abonner") W(FR, VERB, "consulter") W(FR, VERB, "profiter") \
	W(FR, VERB, "commander") W(FR, VERB, "réserver") W(FR, VERB, "télécharger") \
	W(FR, VERB, "essayer") W(FR, VERB, "tester") W(FR, VERB, "demander") \
	W(FR, VERB, "obtenir") W(FR, VERB, "recevoir") W(FR, VERB, "voir") W(FR, VERB, "lire") \
	W(FR, VERB, "regarder") W(FR, VERB, "choisir") W(FR, VERB, "ajouter") \
	W(FR, VERB, "valider") W(FR, VERB, "confirmer") W(FR, VERB, "activer") \
	W(FR, VERB, "créer") W(FR, VERB, "offrir") W(FR, VERB, "participer") \
	W(FR, VERB, "répondre") W(FR, VERB, "payer") W(FR, VERB, "régler") \
	W(FR, VERB, "suivre") W(FR, VERB, "contacter") W(FR, VERB, "appeler") \
	W(FR, VERB, "comparer") W(FR, VERB, "calculer") W(FR, VERB, "simuler") \
	W(FR, VERB, "planifier") W(FR, VERB, "partager") W(FR, VERB, "économiser") \
	W(FR, VERB, "finaliser") W(FR, VERB, "compléter") W(FR, VERB, "mettre") \
	W(FR, VERB, "accéder") W(FR, VERB, "trouver") W(FR, VERB, "explorer") \
	W(FR, VERB, "rester") W(FR, VERB, "donner") W(FR, VERB, "soutenir") \
	W(FR, VERB, "adhérer") W(FR, VERB, "continuer") W(FR, VERB, "reprendre") \
	W(FR, VERB, "poursuivre") W(FR, VERB, "vérifier") W(FR, VERB, "modifier") \
	W(FR, VERB, "renouveler") W(FR, VERB, "annuler") W(FR, VERB, "visiter") \
	W(FR, VERB, "préparer") W(FR, VERB, "personnaliser") W(FR, IMPERATIVE, "découvrez") \
	W(FR, IMPERATIVE, "offrez") W(FR, IMPERATIVE, "faites") W(FR, IMPERATIVE, "dites") \
	W(FR, IMPERATIVE, "allez") W(FR, IMPERATIVE, "venez") W(FR, IMPERATIVE, "tenez") \
	W(FR, IMPERATIVE, "prenez") W(FR, IMPERATIVE, "apprenez") W(FR, IMPERATIVE, "mettez") \
	W(FR, IMPERATIVE, "recevez") W(FR, IMPERATIVE, "voyez") W(FR, IMPERATIVE, "lisez") \
	W(FR, IMPERATIVE, "choisissez") W(FR, IMPERATIVE, "obtenez") \
	W(FR, IMPERATIVE, "suivez") W(FR, IMPERATIVE, "rejoignez") \
	W(FR, IMPERATIVE, "répondez") W(FR, IMPERATIVE, "poursuivez") \
	W(FR, IMPERATIVE, "soutenez") W(FR, IMPERATIVE, "inscrivez-vous") \
	W(FR, IMPERATIVE, "abonnez-vous") W(FR, IMPERATIVE, "connectez-vous") \
	W(FR, IMPERATIVE, "rendez-vous sur") W(FR, IMPERATIVE, "servez-vous") \
	W(FR, IMPERATIVE, "laissez-vous tenter") W(FR, FIRST, "je ") W(FR, FIRST, "j'") \
	W(FR, FIRST, "je m'") W(FR, NOT_VERB, "chez") W(FR, NOT_VERB, "assez") \
	W(FR, NOT_VERB, "nez") W(FR, NOT_VERB, "rez") W(FR, NOT_VERB, "rendez-vous") \
	W(FR, WEAK, "en savoir plus") W(FR, WEAK, "cliquez ici") W(FR, WEAK, "cliquer ici") \
	W(FR, WEAK, "ici") W(FR, WEAK, "lire la suite") W(FR, WEAK, "plus d'infos") \
	W(FR, WEAK, "voir plus") W(FR, WEAK, "suite") W(FR, WEAK, "valider") W(FR, WEAK, "ok") \
	W(FR, WEAK, "envoyer") W(FR, WEAK, "lien") W(FR, WEAK, "détails") W(FR, WEAK, "plus") \
	W(FR, URGENCY, "offre limitée") W(FR, URGENCY, "plus que") \
	W(FR, URGENCY, "jusqu'à ce soir") W(FR, URGENCY, "dernières heures") \
	W(FR, URGENCY, "dernier jour") W(FR, URGENCY, "derniers jours") \
	W(FR, URGENCY, "dernière chance") W(FR, URGENCY, "se termine") \
	W(FR, URGENCY, "expire") W(FR, URGENCY, "aujourd'hui seulement") \
	W(FR, URGENCY, "stock limité") W(FR, URGENCY, "vite") W(FR, URGENCY, "avant minuit") \
	W(FR, URGENCY, "24h") W(FR, URGENCY, "48h") W(FR, URGENCY, "places limitées") \
	W(FR, URGENCY, "premiers inscrits") W(FR, URGENCY, "ventes flash") \
	W(FR, PRESSURE, "urgent") W(FR, PRESSURE, "dernier avertissement") \
	W(FR, PRESSURE, "votre compte sera") W(FR, PRESSURE, "sera suspendu") \
	W(FR, PRESSURE, "sera fermé") W(FR, PRESSURE, "action requise") \
	W(FR, PRESSURE, "immédiatement") W(FR, PRESSURE, "sous peine") \
	W(FR, PRESSURE, "félicitations vous avez gagné") W(FR, PRESSURE, "100 % gratuit") \
	W(FR, PRESSURE, "argent facile") W(EN, VERB, "get") W(EN, VERB, "start") \
	W(EN, VERB, "join") W(EN, VERB, "discover") W(EN, VERB, "buy") W(EN, VERB, "shop") \
	W(EN, VERB, "order") W(EN, VERB, "book") W(EN, VERB, "reserve") \
	W(EN, VERB, "download") W(EN, VERB, "try") W(EN, VERB, "test") W(EN, VERB, "ask") \
	W(EN, VERB, "request") W(EN, VERB, "see") W(EN, VERB, "view") W(EN, VERB, "watch") \
	W(EN, VERB, "read") W(EN, VERB, "choose") W(EN, VERB, "add") W(EN, VERB, "confirm") \
	W(EN, VERB, "activate") W(EN, VERB, "create") W(EN, VERB, "claim") W(EN, VERB, "take") \
	W(EN, VERB, "give") W(EN, VERB, "pay") W(EN, VERB, "settle") W(EN, VERB, "follow") \
	W(EN, VERB, "contact") W(EN, VERB, "call") W(EN, VERB, "compare") \
	W(EN, VERB, "calculate") W(EN, VERB, "plan") W(EN, VERB, "share") W(EN, VERB, "save") \
	W(EN, VERB, "finish") W(EN, VERB, "complete") W(EN, VERB, "upgrade") \
	W(EN, VERB, "access") W(EN, VERB, "find") W(EN, VERB, "explore") W(EN, VERB, "stay") \
	W(EN, VERB, "donate") W(EN, VERB, "support") W(EN, VERB, "continue") \
	W(EN, VERB, "resume") W(EN, VERB, "verify") W(EN, VERB, "check") W(EN, VERB, "change") \
	W(EN, VERB, "update") W(EN, VERB, "renew") W(EN, VERB, "cancel") W(EN, VERB, "visit") \
	W(EN, VERB, "do") W(EN, VERB, "refer") W(EN, VERB, "reschedule") W(EN, VERB, "rsvp") \
	W(EN, VERB, "let's") W(EN, VERB, "celebrate") W(EN, VERB, "click") W(EN, VERB, "sign") \
	W(EN, VERB, "log") W(EN, VERB, "register") W(EN, VERB, "subscribe") \
	W(EN, VERB, "apply") W(EN, VERB, "accept") W(EN, VERB, "open") W(EN, VERB, "reset") \
	W(EN, VERB, "set") W(EN, VERB, "track") W(EN, VERB, "review") W(EN, VERB, "manage") \
	W(EN, VERB, "invite") W(EN, VERB, "learn") W(EN, VERB, "unlock") W(EN, VERB, "build") \
	W(EN, VERB, "design") W(EN, VERB, "schedule") W(EN, VERB, "redeem") \
	W(EN, VERB, "rate") W(EN, VERB, "reply") W(EN, VERB, "send") W(EN, VERB, "submit") \
	W(EN, VERB, "use") W(EN, VERB, "enter") W(EN, VERB, "go") W(EN, VERB, "launch") \
	W(EN, VERB, "make") W(EN, VERB, "preview") W(EN, VERB, "browse") W(EN, VERB, "come") \
	W(EN, VERB, "tell") W(EN, VERB, "let") W(EN, VERB, "meet") W(EN, VERB, "pick") \
	W(EN, VERB, "grab") W(EN, VERB, "install") W(EN, VERB, "enable") \
	W(EN, VERB, "restart") W(EN, VERB, "reactivate") W(EN, VERB, "return") \
	W(EN, FIRST, "i ") W(EN, FIRST, "i'm ") W(EN, FIRST, "i want") W(EN, FIRST, "yes, ") \
	W(EN, FIRST, "count me in") W(EN, FIRST, "sign me up") W(EN, FIRST, "show me") \
	W(EN, FIRST, "send me") W(EN, FIRST, "get my") W(EN, FIRST, "start my") \
	W(EN, WEAK, "click here") W(EN, WEAK, "here") W(EN, WEAK, "learn more") \
	W(EN, WEAK, "read more") W(EN, WEAK, "more") W(EN, WEAK, "more info") \
	W(EN, WEAK, "find out more") W(EN, WEAK, "details") W(EN, WEAK, "submit") \
	W(EN, WEAK, "ok") W(EN, WEAK, "link") W(EN, WEAK, "see more") \
	W(EN, WEAK, "continue reading") W(EN, WEAK, "go") W(EN, URGENCY, "limited time") \
	W(EN, URGENCY, "only a few") W(EN, URGENCY, "ends tonight") \
	W(EN, URGENCY, "ends today") W(EN, URGENCY, "last chance") W(EN, URGENCY, "last day") \
	W(EN, URGENCY, "final hours") W(EN, URGENCY, "hurry") \
	W(EN, URGENCY, "while stocks last") W(EN, URGENCY, "today only") W(EN, URGENCY, "24h") \
	W(EN, URGENCY, "48h") W(EN, URGENCY, "before midnight") W(EN, URGENCY, "expires") \
	W(EN, URGENCY, "don't miss") W(EN, PRESSURE, "urgent") W(EN, PRESSURE, "final notice") \
	W(EN, PRESSURE, "your account will be") W(EN, PRESSURE, "suspended") \
	W(EN, PRESSURE, "verify immediately") W(EN, PRESSURE, "act now") \
	W(EN, PRESSURE, "risk-free") W(EN, PRESSURE, "100% free") W(EN, PRESSURE, "winner") \
	W(EN, PRESSURE, "congratulations you won")
/* clang-format on */

#endif
