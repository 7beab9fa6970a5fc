// Keeps the emulator and `wrangler dev` running together, and calls the cron handler
// each minute, as Cloudflare would. Called by start.sh, which prepares everything.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { unstable_readConfig as readConfig } from "wrangler";

const port = process.env.PORT ?? "8787";
const emulatorPort = process.env.EMULATOR_PORT ?? "8788";
const address = `http://127.0.0.1:${port}`;
const [, , emulator] = process.argv;

const secrets = readFileSync(".dev.vars", "utf8");
const secret = (name) => secrets.match(new RegExp(`^${name}\\s*=\\s*"?([^"\\n]*)"?`, "m"))?.[1];
const config = readConfig({ config: "wrangler.toml" });

for (const [name, value] of Object.entries({ PORT: port, EMULATOR_PORT: emulatorPort })) {
  const probe = createServer().listen(Number(value), "127.0.0.1");
  try {
    await once(probe, "listening");
  } catch {
    console.error(`Port ${value} is taken: stop what runs there, or choose another with \`make start ${name}=…\`.`);
    process.exit(1);
  }
  probe.close();
}

// wrangler.toml's own values hold unless a port was moved.
const vars = [];
if (port !== "8787") vars.push(`PUBLIC_URL:${address}`);
// The Worker then takes itself to be on https, as behind a proxy, and its cookies are those of production. Browsers
// keep them for 127.0.0.1, too. No vendor can fetch or call anything at that address.
if (process.env.PUBLIC_HTTPS === "on") vars.push(`PUBLIC_URL:${address.replace("http:", "https:")}`);
if (emulatorPort !== "8788")
  for (const [name, value] of Object.entries(config.vars))
    if (String(value).includes("127.0.0.1:8788")) vars.push(`${name}:${value.replace("8788", emulatorPort)}`);
// Not a list, but a switch: all the ways in that are emulated.
if (process.env.SIGN_IN === "on") vars.push("SIGN_IN:email,google,github,oidc");
for (const name of ["PROVIDER", "PROVIDER_FALLBACKS"]) if (process.env[name]) vars.push(`${name}:${process.env[name]}`);
const listed = (name) => (process.env[name] ?? "").split(" ").filter((word) => word !== "");
vars.push(...listed("ATELIER_VARS"));

const children = new Map();
let status;

function run(name, command, args, env = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...env } });
  children.set(name, child);
  child.on("error", (error) => stop(1, `${name} cannot be started: ${error.message}`));
  child.on("exit", () => {
    children.delete(name);
    stop(1, `${name} has ended, so everything is stopped.`);
    if (children.size === 0) process.exit(status);
  });
}

function stop(code, why) {
  if (status !== undefined) return;
  status = code;
  if (why) console.error(why);
  // wrangler passes it on to the processes it has started.
  for (const child of children.values()) child.kill("SIGTERM");
}

for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => stop(0));

run("the emulator", emulator, ["--port", emulatorPort, ...listed("EMULATOR_ARGS")], {
  EMULATOR_LOG: process.env.EMULATOR_LOG ?? ".wrangler/emulator.log",
  EMULATOR_API_KEY: secret("EVOLINK_API_KEY"),
  EMULATOR_WEBHOOK_SECRET: secret("REPLICATE_WEBHOOK_SECRET"),
  EMULATOR_PAYMENTS_WEBHOOK: `${address}/v1/webhooks/payments`,
});
run("wrangler", process.execPath, [
  process.env.ATELIER_WRANGLER,
  "dev",
  // In place of the built Worker, one that has it.
  ...(process.env.ATELIER_MAIN ? [process.env.ATELIER_MAIN] : []),
  ...["--ip", "127.0.0.1", "--port", port, "--persist-to", process.env.ATELIER_STATE],
  ...vars.flatMap((value) => ["--var", value]),
]);

const answers = (path) =>
  fetch(address + path).then(
    (response) => response.ok,
    () => false,
  );

while (!(await answers("/healthz"))) await sleep(200);
console.log(`
Atelier is at ${address}
Open it in a browser, or try \`make demo\` in a second terminal${
  process.env.SIGN_IN === "on"
    ? `\nIts mails are at http://127.0.0.1:${emulatorPort}/mailbox; grace@example.com is an operator`
    : ""
}
Ctrl-C stops everything
`);
for (;;) {
  await answers("/cdn-cgi/local/scheduled?cron=*+*+*+*+*");
  await sleep(60_000);
}
