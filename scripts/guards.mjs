// `make guards`: takes each guard out, one at a time, and shows which tests fail.
// A guard that no test misses is either not tested or not needed, and fails the run.
//
// Each file of tests/guards is one guard: the patch that removes it, after a line that says what it
// is. The work is done in a copy, with a target directory of its own.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

// Outside of the checkout, since git does not patch what a repository around it ignores.
const copy = join(process.env.CACHE, "guards");
const target = join(process.env.CACHE, "guards-target");
const only = process.env.GUARD;

function run(command, args, options = {}) {
  return spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
}

function makeCopy() {
  rmSync(copy, { recursive: true, force: true });
  for (const file of run("git", ["ls-files"]).stdout.split("\n").filter(Boolean)) {
    mkdirSync(join(copy, dirname(file)), { recursive: true });
    cpSync(file, join(copy, file));
  }
}

function failingTests() {
  const args = ["test", "--offline", "--no-fail-fast", "--lib", "--test", "outcomes", "--test", "stories"];
  const { stdout, stderr, status } = run("cargo", args, { cwd: copy, env: { ...process.env, CARGO_TARGET_DIR: target } });
  const tests = [...stdout.matchAll(/^test (\S+) \.\.\. FAILED/gm)].map(([, name]) => name);
  if (status !== 0 && tests.length === 0) throw new Error(`it does not build, or does not end:\n${stderr.slice(-2000)}`);
  return tests;
}

makeCopy();
const whole = failingTests();
if (whole.length > 0) throw new Error(`with every guard in place these fail already: ${whole.join(", ")}`);

let missed = 0;
for (const file of readdirSync("tests/guards").filter((name) => name.endsWith(".patch")).sort()) {
  if (only && !only.split(",").some((part) => file.includes(part))) continue;
  const [title] = readFileSync(join("tests/guards", file), "utf8").split("\n");
  const patch = join(process.cwd(), "tests/guards", file);
  const apply = (...flags) => run("git", ["apply", "--unidiff-zero", ...flags, patch], { cwd: copy });
  const applied = apply();
  if (applied.status !== 0) throw new Error(`${file} no longer fits the code:\n${applied.stderr}`);
  const tests = failingTests();
  const back = apply("--reverse");
  if (back.status !== 0) throw new Error(`${file} cannot be taken back:\n${back.stderr}`);
  if (tests.length === 0) missed += 1;
  const shown = tests.slice(0, 3).join(", ") + (tests.length > 3 ? `, and ${tests.length - 3} more` : "");
  console.log(`${tests.length === 0 ? "MISSED" : "caught"}  ${title}\n        ${shown || "no test fails"}`);
}
console.log(missed === 0 ? "Every guard is missed by a test when it is gone." : `${missed} guards are missed by no test.`);
process.exitCode = missed === 0 ? 0 : 1;
