// Runs the calls of README.md as they stand there, in one shell, and compares what they print.
//
//   node scripts/readme-curl.mjs [address]      ATELIER_URL, or the system of `make start`, if none is given
//
// A block to run follows a line `<!-- run -->`. If a block of `text` follows it, that is what it must print, where an
// ellipsis stands for anything on the line.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const OF_README = "http://127.0.0.1:8787";
const address = process.argv[2] ?? process.env.ATELIER_URL ?? OF_README;

/** What is run, and what it must print, if README says so. */
function blocks(text) {
  const marked = /^<!-- run -->\n```sh\n([^]*?)^```\n(?:\n```text\n([^]*?)^```$)?/gm;
  return [...text.matchAll(marked)].map(([, script, printed]) => ({ script, printed }));
}

/** Whether a text is what README says, in which an ellipsis is anything on a line. */
function isAsSaid(text, said) {
  const pattern = said.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".*")}$`).test(text);
}

const steps = blocks(readFileSync("README.md", "utf8"));
const marks = readFileSync("README.md", "utf8").split("<!-- run -->").length - 1;
if (steps.length === 0 || steps.length !== marks)
  throw new Error(`README.md marks ${marks} blocks to run, of which ${steps.length} can be read`);

// All in one shell, since each block uses what those before it have set. A line of its own divides what they print.
const divider = "---- block ";
const lines = steps.map(
  ({ script }, number) => `echo; echo '${divider}${number}'\n${script.replaceAll(OF_README, address)}`,
);
const directory = mkdtempSync(join(tmpdir(), "atelier-readme-"));
try {
  symlinkSync(resolve("samples"), join(directory, "samples"));
  const ran = spawnSync("bash", ["-euo", "pipefail", "-c", lines.join("\n")], {
    cwd: directory,
    encoding: "utf8",
    timeout: 120_000 * steps.length,
  });
  const printed = ran.stdout.split(/^---- block \d+\n/m).slice(1);
  let wrong = 0;
  for (const [number, { script, printed: said }] of steps.entries()) {
    const text = printed[number]?.trim();
    const isLast = number === printed.length - 1;
    const isDone = text !== undefined && !(isLast && ran.status !== 0);
    const isRight = isDone && (said === undefined || isAsSaid(text, said.trim()));
    if (!isRight) wrong += 1;
    console.log(`${isRight ? "as said" : "NOT AS SAID"}  ${script.trim().split("\n")[0]}`);
    if (!isRight) console.log(`  README says:\n${said ?? "(anything)"}\n  it printed:\n${text ?? "(it was not run)"}`);
  }
  if (wrong > 0) console.error(ran.error?.message ?? ran.stderr);
  console.log(`${steps.length - wrong} passed, ${wrong} failed`);
  process.exitCode = wrong === 0 && ran.status === 0 ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true });
}
