// The results of all calls.

/** Calls and signatures, each by the client or the signer that made it. */
export class Tally {
  #rows = [];

  /** Tries something for a client; whatever it throws is a failure. Gives what it gives. */
  async call(client, name, attempt) {
    const started = performance.now();
    try {
      const outcome = await attempt();
      this.note({ client, name, took: performance.now() - started });
      return outcome;
    } catch (error) {
      this.note({ client, name, took: performance.now() - started, error: String(error?.message ?? error) });
    }
  }

  /** Writes down what something else has tried: `{client, name, took, error?}`, in milliseconds. */
  note(row) {
    this.#rows.push(row);
    const told = row.error ? `FAILED: ${row.error.slice(0, 400)}` : "ok";
    console.log(
      `  ${row.client.padEnd(36)} ${row.name.padEnd(52)} ${String(Math.round(row.took)).padStart(5)} ms  ${told}`,
    );
  }

  get failures() {
    return this.#rows.filter(({ error }) => error).length;
  }

  /** "6 clients, 38 calls" */
  told(who, what) {
    const clients = new Set(this.#rows.map(({ client }) => client)).size;
    return `${clients} ${who}, ${this.#rows.length} ${what}`;
  }
}

/** Fails unless what is thrown is as expected. */
export async function refused(attempt, isExpected) {
  let outcome;
  try {
    outcome = await attempt();
  } catch (error) {
    if (isExpected(error)) return error;
    throw new Error(`another error than expected: ${error?.name} ${error?.status ?? ""} ${error?.message ?? error}`);
  }
  throw new Error(`no error, but ${JSON.stringify(outcome)}`);
}

export function expect(is, what) {
  if (!is) throw new Error(what);
}

/** Fails unless there is a PNG at an address. */
export async function isPng(address) {
  const response = await fetch(address);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(bytes.subarray(1, 4).toString() === "PNG", `${address}: ${response.status}, no PNG`);
}
