// What the page is built with for production, as exports for a shell: the site's name and address, and whether it may
// load a challenge's script. wrangler builds once more when it deploys, so that they have to stay set until then.
import { unstable_readConfig as readConfig } from "wrangler";

const { vars } = readConfig({ config: "wrangler.toml", env: "production" });
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
for (const [name, value] of [
  ["SITE_NAME", vars.SITE_NAME],
  ["SITE_URL", vars.PUBLIC_URL],
  ["TURNSTILE", vars.TURNSTILE_SITE_KEY ? "on" : ""],
])
  if (value) console.log(`export ${name}=\${${name}:-${quoted(value)}}`);
