// `make deploy`: migrates the production database, then deploys. Before it changes anything it
// lists everything that is not set yet.
import { spawnSync } from "node:child_process";
import { unstable_readConfig as readConfig } from "wrangler";

const environment = ["--env", "production"];
const wrangler = (args, stdio) =>
  spawnSync(process.execPath, [process.env.ATELIER_WRANGLER, ...args, ...environment], { encoding: "utf8", stdio });

const config = readConfig({ config: "wrangler.toml", env: "production" });
const missing = [];

if (!/^(?!0{8}-)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(config.d1_databases[0]?.database_id ?? ""))
  missing.push("the database's id: `npx wrangler d1 create atelier`, then database_id in [env.production] of wrangler.toml");
if (!/^https:\/\/./.test(config.vars.PUBLIC_URL))
  missing.push("the public address: PUBLIC_URL (https://…) in [env.production.vars] of wrangler.toml");

const listed = wrangler(["secret", "list", "--format", "json"], "pipe");
let set;
try {
  set = JSON.parse(listed.stdout).map((secret) => secret.name);
} catch {
  // Not logged in, or no such Worker yet: in both cases no secret is known to be set.
  set = [];
}
const providers = [config.vars.PROVIDER, ...config.vars.PROVIDER_FALLBACKS.split(",")].filter((name) => name.trim());
// Providers whose callbacks are signed with an operator's secret need it.
const signing = ["replicate", "kling", "kie", "generic"];
const keys = providers.flatMap((name) => {
  const secrets = signing.includes(name.trim()) ? ["API_KEY", "WEBHOOK_SECRET"] : ["API_KEY"];
  return secrets.map((secret) => `${name.trim().toUpperCase()}_${secret}`);
});
// Users' tokens are signed with a secret, unless their keys are published.
const tokens = config.vars.AUTH_JWKS_URL ? [] : ["AUTH_JWT_SECRET"];
if (config.vars.AUTH_JWKS_URL)
  for (const name of ["AUTH_ISSUER", "AUTH_AUDIENCE"].filter((name) => !config.vars[name]))
    missing.push(`whose tokens are accepted: ${name} in [env.production.vars] of wrangler.toml, since AUTH_JWKS_URL is set`);
for (const name of [...config.secrets.required, ...tokens, ...keys].filter((name) => !set.includes(name)))
  missing.push(`the secret ${name}: \`npx wrangler secret put ${name} --env production\``);
if (missing.length > 0) {
  console.error(`Not deployed. Not set yet:\n${missing.map((line) => `  - ${line}`).join("\n")}`);
  if (listed.status !== 0) console.error("The secrets could not be listed; `npx wrangler login` may come first.");
  process.exit(1);
}

for (const args of [["d1", "migrations", "apply", "DB", "--remote"], ["deploy"]]) {
  const { status } = wrangler(args, "inherit");
  if (status !== 0) process.exit(status ?? 1);
}
