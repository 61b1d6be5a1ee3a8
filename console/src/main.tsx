import { render } from "preact";
import "./tokens.css";
import "./app.css";
import { App } from "./app";
import { start_theme } from "./theme";
import { start_words } from "./i18n";
import { load_session } from "./session";

start_theme();
const root = document.getElementById("app");
if (root) {
	/* Nothing is shown in a language that is not there yet. */
	void Promise.all([start_words(), load_session()]).then(() => render(<App />, root));
}
