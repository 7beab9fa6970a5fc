import { readFile, writeFile } from "node:fs/promises";
import { defineConfig } from "vite";
import { site } from "./site/plugin.mjs";

/** The site's name, until GET /v1/site has told it: in the pages' titles, and while it loads. */
const SITE_NAME = process.env.SITE_NAME || "Atelier";
/** Where the site is, if that is known: search engines and previews of links need whole addresses. */
const SITE_URL = process.env.SITE_URL?.replace(/\/$/, "") || null;
/** "on" where the Worker has a TURNSTILE_SITE_KEY: only then may the page load Cloudflare's script. */
const TURNSTILE = process.env.TURNSTILE === "on";
const CHALLENGES = "https://challenges.cloudflare.com";

/** Allows the challenge's script in public/_headers. */
const challenge = () => ({
  name: "challenge",
  async writeBundle({ dir = "" }) {
    if (!TURNSTILE) return;
    const policy = await readFile(`${dir}/_headers`, "utf8");
    const allowed = policy.replace("script-src 'self'", `script-src 'self' ${CHALLENGES}; frame-src ${CHALLENGES}`);
    if (allowed === policy) throw new Error("public/_headers has no script-src to extend");
    await writeFile(`${dir}/_headers`, allowed);
  },
});

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  define: { SITE_NAME: JSON.stringify(SITE_NAME) },
  plugins: [site({ name: SITE_NAME, address: SITE_URL }), challenge()],
  build: {
    target: "es2022",
    // A data: address in a style sheet or script is neither cached nor told apart by the policy.
    assetsInlineLimit: 0,
    // The viewer of /docs is above the usual 500 KB; scripts/page.sh has the limits.
    chunkSizeWarningLimit: 1600,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ["index.html", "404.html", "admin.html", "docs.html"],
      // That a busy machine is slow is no warning.
      checks: { pluginTimings: false },
    },
  },
});
