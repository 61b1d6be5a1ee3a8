/* clang-format off */
/* Options of every command: CLI_GLOBAL(option as it is typed, what it does, the same in French). */
CLI_GLOBAL("--config FILE", "configuration (default " CLI_CONFIG_DEFAULT ", if it is there)",
	"la configuration (par défaut " CLI_CONFIG_DEFAULT ", s'il est là)")
CLI_GLOBAL("--state DIR", "state folder, instead of the configuration's",
	"le dossier d'état, au lieu de celui de la configuration")
CLI_GLOBAL("--json", "answers for programs; stable",
	"des réponses pour les programmes ; stables")
CLI_GLOBAL("--lang fr|en", "language (default: LANG)",
	"la langue (par défaut : LANG)")
CLI_GLOBAL("--no-color", "no colours (also: NO_COLOR)",
	"sans couleurs (de même : NO_COLOR)")
