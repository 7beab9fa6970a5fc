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

/** What a promise gives, or an error if that takes more milliseconds. */
async function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function call(namespace, account, message, milliseconds) {
  return within(milliseconds, namespace.getByName(account).call(message));
}

export async function batch(database, statements, milliseconds) {
  const prepared = JSON.parse(statements).map(([sql, ...params]) => database.prepare(sql).bind(...params));
  const answers = await within(milliseconds, database.batch(prepared));
  return `[${answers.map(rows).join()}]`;
}

/** A statement may have made the text of its rows itself, as its only row's `json`. */
function rows({ results }) {
  return results.length === 1 && typeof results[0].json === "string" ? results[0].json : JSON.stringify(results);
}

/** An answer's head and bytes, of which there may be so many; `null` if there are more. It is there in time or not. */
export async function send(url, head, body, milliseconds, most) {
  const [method, ...lines] = head.split("\n");
  const headers = new Headers();
  for (let index = 0; index + 1 < lines.length; index += 2) headers.append(lines[index], lines[index + 1]);
  const signal = AbortSignal.timeout(milliseconds);
  const response = await fetch(url, { method, headers, body: body?.slice(), redirect: "manual", signal });
  const said = [response.status];
  for (const [name, value] of response.headers) said.push(name, value);
  return [said.join("\n"), response.body === null ? new Uint8Array() : await read(response.body, most)];
}

/** All bytes of a stream whose length is known to be small. */
export async function whole(stream) {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** All bytes of a stream, or `null` if there are more than so many. */
async function read(stream, most) {
  const reader = stream.getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
  if (chunks.length === 1) return chunks[0];
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Whether the bytes are stored: not if something is under the key, or something else than what has this tag. */
export async function put(bucket, key, bytes, contentType, etag) {
  const onlyIf = etag === undefined ? { etagDoesNotMatch: "*" } : { etagMatches: etag };
  return (await bucket.put(key, bytes, { onlyIf, httpMetadata: { contentType } })) !== null;
}
