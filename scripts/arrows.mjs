// `make check`: no module of src imports from a higher layer, and no two parts of the domain import
// each other. Imports of tests are not checked.
import { globSync, readFileSync } from "node:fs";

// From the bottom up, as in docs/ARCHITECTURE.md; modules on one line do not import each other, either.
const LAYERS = [
  ["domain"],
  ["fields", "jwk", "redact", "standard_webhooks"],
  ["identity", "mail", "moderation", "processor", "provider", "signer"],
  ["claims", "ports"],
  ["config", "jwt"],
  ["store"],
  ["account"],
  ["service"],
  ["http"],
  ["cloudflare"],
];
const layerOf = (module) => LAYERS.findIndex((layer) => layer.includes(module));

/** What a file is part of, and what it imports, each as the names of its first two modules. */
function importsOf(file) {
  const [code] = readFileSync(file, "utf8").split(/^#\[cfg\(test\)\]\nmod tests/m);
  const own = file.replace(/^src\/|\.rs$/g, "").split("/");
  const imports = [...code.matchAll(/\bcrate::(\w+)(?:::(\w+))?/g)].map(([, module, part]) => [module, part]);
  // In a part of the domain that is one file, `super` is the domain.
  const besides = own.length === 2 ? [...code.matchAll(/^use super::(\w+)/gm)].map(([, part]) => [own[0], part]) : [];
  return { own, imports: [...imports, ...besides] };
}

const isTest = (file) => /(^|\/)tests(\.rs|\/)|testing\.rs$/.test(file);
const problems = [];
const parts = new Map();
for (const file of globSync("src/**/*.rs").filter((file) => file !== "src/lib.rs" && !isTest(file))) {
  const { own, imports } = importsOf(file);
  const layer = layerOf(own[0]);
  if (layer < 0) problems.push(`${file}: ${own[0]} is in no layer of scripts/arrows.mjs`);
  for (const [module, part] of imports) {
    const theirs = layerOf(module);
    if (module !== own[0] && theirs >= layer) problems.push(`${file} imports ${module}, which is not below ${own[0]}`);
    if (module === "domain" && own[0] === "domain" && own.length > 1 && part !== own[1]) {
      parts.set(own[1], (parts.get(own[1]) ?? new Set()).add(part));
    }
  }
}

/** Whether one part of the domain reaches another by imports. */
function reaches(from, to, seen = new Set()) {
  if (seen.has(from)) return false;
  seen.add(from);
  return [...(parts.get(from) ?? [])].some((next) => next === to || reaches(next, to, seen));
}

for (const part of parts.keys())
  if (reaches(part, part)) problems.push(`src/domain/${part} imports itself by way of others`);
for (const problem of new Set(problems)) console.error(`arrows: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
