// docs/stories.md: what happens in each story, and where its bug was seen, by file. `make check` compares it; WRITE=1
// writes it.
import { globSync, readFileSync, writeFileSync } from "node:fs";

const PAGE = "docs/stories.md";
const INTRO = `# Stories

What \`tests/stories\` plays through: the real services and the real SQL over SQLite, with scripted providers and a clock
that the test sets. Each story ends with an audit of the ledger. Where a bug was seen in a public system, the story links
to it. \`WRITE=1 node scripts/stories.mjs\` writes this page from the tests' names and comments, and \`make check\` compares it.
`;

/** The text of a comment whose lines begin with `mark`, without the marks, and its sentence about where a bug was seen. */
function read(comment, mark) {
  const lines = comment.split("\n").map((line) => line.replace(mark, "").trim());
  const [about = ""] = lines.join(" ").trim().split("  ");
  const seen = lines.join(" ").match(/Seen in (.*?)\.(?= |$)/)?.[1];
  return { about, seen: seen && `seen in ${seen}` };
}

const sections = globSync("tests/stories/*.rs")
  .sort()
  .map((file) => {
    const text = readFileSync(file, "utf8");
    const { about, seen } = read(text.match(/^(?:\/\/!.*\n)+/)?.[0] ?? "", "//!");
    const tests = [
      ...text.matchAll(/((?:^\/\/\/.*\n)*)^#\[(?:tokio::)?test[^\]]*\]\n(?:#\[.*\]\n)*(?:async )?fn (\w+)/gm),
    ];
    const said = tests.map(([, comment, name]) => {
      const { seen } = read(comment, "///");
      return `- ${name.replaceAll("_", " ")}${seen ? ` (${seen})` : ""}`;
    });
    const heading = `\n## ${file.slice("tests/stories/".length, -".rs".length)}\n\n${about}\n`;
    const source = seen && !about.includes("Seen in") ? `\nS${seen.slice(1)}.\n` : "";
    return tests.length === 0 ? "" : `${heading}${source}\n${said.join("\n")}\n`;
  });
const page = INTRO + sections.join("");
if (process.env.WRITE) writeFileSync(PAGE, page);
else if (readFileSync(PAGE, "utf8") !== page) {
  console.error(`stories: ${PAGE} does not match the stories: WRITE=1 node scripts/stories.mjs`);
  process.exitCode = 1;
}
