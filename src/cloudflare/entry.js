// The Worker's entry: the build puts it before what worker-build makes, which is atelier.js then.
//
// 1. An account's object is called by RPC, which the runtime allows for classes that extend its own alone.
// 2. A request needs no object of its own.
import { DurableObject } from "cloudflare:workers";
import Entrypoint, { AccountObject as Account, ReconcilerObject } from "./atelier.js";

export class AccountObject extends DurableObject {
  #account;

  constructor(state, env) {
    super(state, env);
    this.#account = new Account(state, env);
  }

  call(message) {
    return this.#account.call(message); // (1)
  }
}

export { ReconcilerObject };

export default {
  fetch: (request, env, ctx) => Entrypoint.prototype.fetch.call({ env, ctx }, request), // (2)
  scheduled: (event, env, ctx) => Entrypoint.prototype.scheduled.call({ env, ctx }, event),
};
