// Requests to the service: one at a time, and what is looked at all the time.
const AGAIN_MS = 3000;

let me = { role: "read", name: "", check: "" };

export class Refused extends Error {}

/** Who is here: what they may do, and what goes along with each request. */
export async function enter() {
  const answer = await fetch("api/me");
  if (!answer.ok) return out();
  me = await answer.json();
  return me;
}

export const mayAct = () => me.role === "act";

/** Do an operation and return its result. Throws `Refused` with why it cannot be done. */
export async function ask(verb, values = {}, why = "") {
  let answer;
  try {
    answer = await fetch("api", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Parleyrun-Check": me.check },
      body: JSON.stringify({ verb, values, why }),
    });
  } catch {
    throw new Refused("The service cannot be reached.");
  }
  if (answer.status === 401) return out();
  const told = await answer.json().catch(() => ({ ok: false, error: `The answer was ${answer.status}.` }));
  if (!told.ok) throw new Refused(told.error);
  return told.result;
}

export async function history() {
  const answer = await fetch("api/history");
  return answer.ok ? (await answer.json()).result.samples : [];
}

export async function leave() {
  await fetch("leave", { method: "POST", headers: { "X-Parleyrun-Check": me.check } });
  return out();
}

function out() {
  location.replace("./");
  return new Promise(() => {}); // nothing goes on here
}

/**
 * Look at some operations from now on.
 *
 * @param asked Each `{verb, values, tell(result), fail(sentence)}`.
 * @param connected Told whether the service is there.
 * @returns What ends it.
 */
export function live(asked, connected) {
  const query = new URLSearchParams(asked.map(({ verb, values = {} }) => ["ask", JSON.stringify({ verb, values })]));
  let source;
  let waits;

  const open = () => {
    source = new EventSource(`api/live?${query}`);
    source.onopen = () => connected(true);
    source.onerror = () => {
      connected(false);
      // A browser comes back by itself after a break, but not after a refusal: a proxy's, or as our time is over.
      if (source.readyState === EventSource.CLOSED) waits = setTimeout(again, AGAIN_MS);
    };
    source.onmessage = ({ data }) => {
      const { of, said } = JSON.parse(data);
      if (said.ok) asked[of].tell(said.result);
      else asked[of].fail?.(said.error);
    };
  };
  const again = async () => {
    const answer = await fetch("api/me").catch(() => null);
    if (answer?.status === 401) out();
    else open();
  };
  open();
  return () => {
    clearTimeout(waits);
    source.close();
  };
}
