// Adds missing secrets to .dev.vars, with random values for this machine: those that a deployment
// must set, and those of every provider and service, all of which are emulated here.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

const own = ["AUTH_JWT_SECRET", "ADMIN_TOKEN", "SIGNING_SECRET", "CLAIMS_SECRET"];
const services = ["RESEND_API_KEY", "GOOGLE_CLIENT_SECRET", "GITHUB_CLIENT_SECRET", "OIDC_CLIENT_SECRET"];
const processors = ["STRIPE", "POLAR"];
const providers = ["EVOLINK", "FAL", "REPLICATE", "FASHN", "KLING", "KIE", "RUNWARE"];
const file = ".dev.vars";

const lines = existsSync(file) ? readFileSync(file, "utf8") : "";
const valueOf = (name) => lines.match(new RegExp(`^${name}\\s*=\\s*"?([^"\\n]*)"?`, "m"))?.[1];
const random = () => randomBytes(32);

// The emulator has one key and one signing secret for all providers.
const key = valueOf("EVOLINK_API_KEY") ?? random().toString("hex");
const secret = valueOf("REPLICATE_WEBHOOK_SECRET") ?? `whsec_${random().toString("base64")}`;
const wanted = [
  ...own.map((name) => [name, random().toString("hex")]),
  ...providers.map((name) => [`${name}_API_KEY`, key]),
  ...services.map((name) => [name, key]),
  ...processors.map((name) => [`${name}_API_KEY`, key]),
  ...["REPLICATE", "KLING", "KIE", ...processors].map((name) => [`${name}_WEBHOOK_SECRET`, secret]),
];
const missing = wanted.filter(([name]) => valueOf(name) === undefined);
if (missing.length > 0) {
  const added = missing.map(([name, value]) => `${name}="${value}"\n`).join("");
  const gap = lines === "" || lines.endsWith("\n") ? "" : "\n";
  writeFileSync(`${file}.partial`, lines + gap + added, { mode: 0o600 });
  renameSync(`${file}.partial`, file);
}
