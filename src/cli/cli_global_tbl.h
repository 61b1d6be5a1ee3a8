/* clang-format off */
/* Options of every command: CLI_GLOBAL(option as it is typed, what it does). */
CLI_GLOBAL("--config FILE", "configuration (default " CLI_CONFIG_DEFAULT ", if it is there)")
CLI_GLOBAL("--state DIR", "state folder, instead of the configuration's")
CLI_GLOBAL("--json", "answers for programs; stable")
CLI_GLOBAL("--lang fr|en", "language (default: LANG)")
CLI_GLOBAL("--no-color", "no colours (also: NO_COLOR)")
