import { defineConfig } from "vite";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    // A data: address in a style sheet or script is neither cached nor told apart by the policy.
    assetsInlineLimit: 0,
    // The viewer of /docs is above the usual 500 KB; scripts/page.sh has the limits.
    chunkSizeWarningLimit: 1600,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ["index.html", "admin.html", "docs.html"],
      // That a busy machine is slow is no warning.
      checks: { pluginTimings: false },
    },
  },
});
