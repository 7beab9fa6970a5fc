// What crosses between the runtime and WASM on every request, in one call each way: a string is cheap to
// carry over, an object is not. glue.rs says what each text is.

export function head(request) {
  const lines = [request.method, request.url];
  for (const [name, value] of request.headers) lines.push(name, value);
  return lines.join("\n");
}

export function answer(status, head, body) {
  const headers = new Headers();
  const lines = head.split("\n");
  for (let index = 0; index + 1 < lines.length; index += 2) headers.append(lines[index], lines[index + 1]);
  // WASM's memory may move, so its bytes are copied.
  return new Response(body?.slice(), { status, headers });
}

export async function batch(database, statements) {
  const prepared = JSON.parse(statements).map(([sql, ...params]) => database.prepare(sql).bind(...params));
  const answers = await database.batch(prepared);
  return `[${answers.map(rows).join()}]`;
}

/** A statement may have made the text of its rows itself, as its only row's `json`. */
function rows({ results }) {
  return results.length === 1 && typeof results[0].json === "string" ? results[0].json : JSON.stringify(results);
}
