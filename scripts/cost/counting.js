// The built Worker, whose bindings count what is billed: scripts/cost.mjs runs this in the Worker's place, and reads
// the counts at /counts. A Worker and its objects are one isolate here, so the counts are of all of them.
import worker, { AccountObject as Account, ReconcilerObject as Reconciler } from "../../build/index.js";

let counts = {};
const add = (name, amount = 1) => (counts[name] = (counts[name] ?? 0) + amount);

/** An object that is itself but for some of its methods: what is made of it by name must find its class. */
const over = (target, methods) =>
  new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(methods, name)) return methods[name];
      const value = target[name];
      return typeof value === "function" && name !== "constructor" ? value.bind(target) : value;
    },
  });

const database = (target) =>
  over(target, {
    async batch(statements) {
      const results = await target.batch(statements);
      add("d1_batches");
      add("d1_statements", statements.length);
      for (const { meta } of results) {
        add("d1_rows_read", meta.rows_read);
        add("d1_rows_written", meta.rows_written);
      }
      return results;
    },
  });

// https://developers.cloudflare.com/r2/pricing/: what changes or lists is class A, what reads is class B, and deletion
// is free.
const R2_CLASSES = {
  put: "r2_class_a",
  list: "r2_class_a",
  createMultipartUpload: "r2_class_a",
  get: "r2_class_b",
  head: "r2_class_b",
};

const bucket = (target) =>
  over(
    target,
    Object.fromEntries(
      Object.entries(R2_CLASSES).map(([method, name]) => [
        method,
        (...args) => {
          add(name);
          return target[method](...args);
        },
      ]),
    ),
  );

const known = new WeakMap();

/** The same environment for the same one: the Worker reads it once. */
function counted(env) {
  if (!known.has(env)) known.set(env, { ...env, DB: database(env.DB), PICTURES: bucket(env.PICTURES) });
  return known.get(env);
}

/** A class of objects, whose requests and the time that they take are counted. */
const objects = (Class) =>
  class extends Class {
    constructor(state, env) {
      super(state, counted(env));
    }

    async call(message) {
      return this.#counted(() => super.call(message));
    }

    async fetch(request) {
      return this.#counted(() => super.fetch(request));
    }

    async #counted(request) {
      const began = Date.now();
      try {
        return await request();
      } finally {
        add("object_requests");
        add("object_ms", Date.now() - began);
      }
    }
  };

export const AccountObject = objects(Account);
export { Reconciler as ReconcilerObject };

for (const method of ["log", "info", "warn", "error"]) {
  const write = console[method];
  console[method] = (...args) => {
    add("log_lines");
    write.apply(console, args);
  };
}

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname === "/v1/counts") {
      const answer = Response.json(counts);
      counts = {};
      return answer;
    }
    add("worker_requests");
    return worker.fetch(request, counted(env), ctx);
  },

  scheduled(event, env, ctx) {
    return worker.scheduled(event, counted(env), ctx);
  },
};
