import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { defineConfig, transformWithEsbuild, type Plugin } from "vite";

/*
 * The frame that mail is shown in has an opaque origin (ui/frame.tsx): a module script would need CORS there, so its
 * script is a classic one, made apart.
 */
function mail_frame(): Plugin {
	return {
		name: "mail-frame",
		async generateBundle() {
			const made = await transformWithEsbuild(readFileSync("src/frame.ts", "utf8").replace(/^export \{\};$/m, ""), "frame.ts", {
				target: "es2020", minify: true, sourcemap: false, format: "iife",
			});
			const name = `assets/frame-${createHash("sha256").update(made.code).digest("base64url").slice(0, 8)}.js`;
			this.emitFile({ type: "asset", fileName: name, source: made.code });
			this.emitFile({ type: "asset", fileName: "frame.html", source:
				`<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Mail</title>\n<script src="/console/${name}" defer></script>\n</head>\n<body></body>\n</html>\n` });
		},
	};
}

/* What is built must pass the policy it is served with (tools/embed): no inline script or style, nothing as data:. */
export default defineConfig({
	base: "/console/",
	plugins: [mail_frame()],
	esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
	build: {
		target: "es2020",
		outDir: "dist",
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		chunkSizeWarningLimit: 600,
		rollupOptions: {
			output: {
				entryFileNames: "assets/[name]-[hash].js",
				chunkFileNames: "assets/[name]-[hash].js",
				assetFileNames: "assets/[name]-[hash][extname]",
			},
		},
	},
	server: { proxy: { "/v1": "http://127.0.0.1:8025", "/docs": "http://127.0.0.1:8025" } },
});
