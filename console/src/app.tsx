/* Who is not signed in sees the door; who is, the shell and one screen. Screens are chunks, read when opened. */
import type { JSX } from "preact";
import { LocationProvider, Route, Router, lazy, useLocation } from "preact-iso";
import { useEffect, useRef, useState } from "preact/hooks";
import { calls } from "./api";
import { words } from "./i18n";
import { Empty, Head } from "./ui/basics";
import { Shell } from "./shell";
import { chosen_account, is_platform, session, session_over } from "./session";
import { SignIn, SignInAgain } from "./pages/sign_in";
import { Welcome, is_welcome } from "./pages/welcome";

const Home = lazy(() => import("./pages/home"));
const Activity = lazy(() => import("./pages/activity"));
const Queue = lazy(() => import("./pages/queue"));
const Sink = lazy(() => import("./pages/sink"));
const SinkMail = lazy(() => import("./pages/sink_mail"));
const Health = lazy(() => import("./pages/health"));
const Message = lazy(() => import("./pages/message"));
const Domains = lazy(() => import("./pages/domains"));
const Domain = lazy(() => import("./pages/domain"));
const Keys = lazy(() => import("./pages/keys"));
const Suppressions = lazy(() => import("./pages/suppressions"));
const Forget = lazy(() => import("./pages/forget"));
const Templates = lazy(() => import("./pages/templates"));
const TemplateEditor = lazy(() => import("./pages/template"));
const Webhooks = lazy(() => import("./pages/webhooks"));
const People = lazy(() => import("./pages/people"));
const Audit = lazy(() => import("./pages/audit"));
const Me = lazy(() => import("./pages/me"));
const Accounts = lazy(() => import("./pages/accounts"));
const Webhook = lazy(() => import("./pages/webhook"));

function Lost(): JSX.Element {
	const w = words();
	return (
		<>
			<Head title={w.common.unknown_page} />
			<a href="/console/">{w.common.back_home}</a>
		</>
	);
}

/* Of the service, and not of an account: what there is before the first one. */
const WITHOUT_ACCOUNT = ["/console/accounts", "/console/me", "/console/people", "/console/health"];

function NoAccount(): JSX.Element {
	const w = words();
	return (
		<>
			<Head title={w.accounts.title} />
			<Empty text={w.shell.no_account}>
				<a href="/console/accounts">{w.accounts.add}</a>
			</Empty>
		</>
	);
}

/* A new screen: its own calls, its title read out, its beginning in sight. */
function arrived(): void {
	const page = document.getElementById("content");
	scrollTo(0, 0);
	if (document.activeElement === document.body || document.activeElement?.closest(".rail")) page?.focus({ preventScroll: true });
}

function Screens(): JSX.Element {
	const { path } = useLocation();
	const first = useRef(path);
	useEffect(() => {
		if (first.current !== path) arrived();
		first.current = "";
	}, [path]);
	/* All else is refused until then. */
	if (session.value?.totp_required) {
		return (
			<Router>
				<Route path="/console/me" component={Me} />
				<Route default component={Me} />
			</Router>
		);
	}
	if (is_platform() && !chosen_account.value && !WITHOUT_ACCOUNT.includes(path)) return <NoAccount />;
	/* Another account: nothing of the one before stays, secrets last of all. */
	return (
		<Router key={chosen_account.value} onRouteChange={() => (calls.value = [])}>
			<Route path="/console/" component={Home} />
			<Route path="/console/activity" component={Activity} />
			<Route path="/console/queue" component={Queue} />
			<Route path="/console/sink" component={Sink} />
			<Route path="/console/sink/:id" component={SinkMail} />
			<Route path="/console/m/:id" component={Message} />
			<Route path="/console/domains" component={Domains} />
			<Route path="/console/domains/:domain" component={Domain} />
			<Route path="/console/keys" component={Keys} />
			<Route path="/console/suppressions" component={Suppressions} />
			<Route path="/console/suppressions/forget" component={Forget} />
			<Route path="/console/templates" component={Templates} />
			<Route path="/console/templates/:id" component={TemplateEditor} />
			<Route path="/console/webhooks" component={Webhooks} />
			<Route path="/console/webhooks/:id" component={Webhook} />
			<Route path="/console/people" component={People} />
			<Route path="/console/audit" component={Audit} />
			<Route path="/console/me" component={Me} />
			<Route path="/console/health" component={Health} />
			<Route path="/console/accounts" component={Accounts} />
			<Route default component={Lost} />
		</Router>
	);
}

function Doors(): JSX.Element {
	const { url } = useLocation();
	const [welcome, set_welcome] = useState(is_welcome);
	useEffect(() => {
		const see = (): void => set_welcome(is_welcome());
		see();
		addEventListener("hashchange", see);
		return () => removeEventListener("hashchange", see);
	}, [url]);
	if (welcome) return <Welcome done={() => set_welcome(false)} />;
	if (!session.value) return <SignIn />;
	return (
		<Shell>
			<Screens />
			{session_over.value && <SignInAgain />}
		</Shell>
	);
}

export function App(): JSX.Element {
	return (
		<LocationProvider scope="/console">
			<Doors />
		</LocationProvider>
	);
}

