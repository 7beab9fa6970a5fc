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
  missing.push(
    "the database's id: `npx wrangler d1 create atelier`, then database_id in [env.production] of wrangler.toml",
  );
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
const { vars } = config;
const inVars = (what, name) => missing.push(`${what}: ${name} in [env.production.vars] of wrangler.toml`);
// What each way in needs, and what all of them do.
const waysIn = (vars.SIGN_IN ?? "")
  .split(",")
  .map((name) => name.trim())
  .filter((name) => name !== "");
const ofWaysIn = waysIn.length > 0 ? ["CLAIMS_SECRET"] : [];
for (const way of waysIn) {
  if (way === "email") {
    for (const name of ["MAIL", "MAIL_FROM"].filter((name) => !vars[name])) inVars("how codes are sent", name);
    if (vars.MAIL === "resend") ofWaysIn.push("RESEND_API_KEY");
    if (vars.MAIL === "cloudflare" && !config.send_email?.some(({ name }) => name === "EMAIL"))
      missing.push("the binding EMAIL: [[env.production.send_email]] in wrangler.toml, since MAIL is cloudflare");
  } else {
    const prefix = way.toUpperCase();
    const names = [`${prefix}_CLIENT_ID`, ...(way === "oidc" ? ["OIDC_ISSUER"] : [])];
    for (const name of names.filter((name) => !vars[name])) inVars(`the way in ${way}`, name);
    ofWaysIn.push(`${prefix}_CLIENT_SECRET`);
  }
}
// Who takes money.
const ofProcessor = [];
if (vars.PROCESSOR) {
  if (!vars.OFFERS) inVars("what is sold", "OFFERS");
  const prefix = vars.PROCESSOR.toUpperCase();
  if (prefix === "POLAR" && !vars.POLAR_PRODUCT) inVars("what is sold at Polar", "POLAR_PRODUCT");
  ofProcessor.push(`${prefix}_API_KEY`, `${prefix}_WEBHOOK_SECRET`);
}
if (vars.TURNSTILE_SITE_KEY) ofWaysIn.push("TURNSTILE_SECRET");
if (vars.MODERATION) ofWaysIn.push("OPENAI_API_KEY");
// Users' tokens are signed with a secret, unless their keys are published, or nobody has one but our own sessions.
const tokens = vars.AUTH_JWKS_URL || waysIn.length > 0 ? [] : ["AUTH_JWT_SECRET"];
if (config.vars.AUTH_JWKS_URL)
  for (const name of ["AUTH_ISSUER", "AUTH_AUDIENCE"].filter((name) => !config.vars[name]))
    missing.push(
      `whose tokens are accepted: ${name} in [env.production.vars] of wrangler.toml, since AUTH_JWKS_URL is set`,
    );
for (const name of [...config.secrets.required, ...tokens, ...keys, ...ofWaysIn, ...ofProcessor].filter(
  (name) => !set.includes(name),
))
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
