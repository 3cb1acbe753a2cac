// What can be done, each in one place: its title, its operation, and what is entered. `act` in acting.js does it.

const numberOrNothing = (text) => (text === "" || text === undefined ? null : Number(text));
const AS_CONFIG = "Empty: what the config says.";

/** Say something to people: `whom` in words, and as `values` of the operation. */
export const message = (whom, values, hint = "They see that it comes from those who run the study.") => ({
  title: `Say something to ${whom}`, verb: "message", values, go: "Send",
  fields: [{ name: "text", label: "Message", kind: "text", needed: true, hint }],
});

/** Ask people a short question with a time limit. */
export const check = (whom, values) => ({
  title: `Ask ${whom}`, verb: "check", values, go: "Ask",
  what: "A short question, to see whether anybody is there. They see who asks.",
  fields: [
    { name: "text", label: "Question", kind: "text", needed: true },
    { name: "seconds", label: "Seconds to answer", kind: "number", value: "60", needed: true },
    { name: "replies", label: "Answers to choose from", hint: "With commas between; empty: they write." },
    { name: "answer", label: "The right one", hint: "Empty: any." },
    { name: "otherwise", label: "Without it", kind: "choice", options: [["nothing", "nothing follows"], ["note", "a note on them"], ["out", "their visit ends"]] },
    { name: "outcome", label: "With the outcome", kind: "choice", options: [["", "none"], ["failed_attention", "failed_attention"], ["timed_out", "timed_out"]] },
  ],
  valuesOf: ({ text, seconds, replies, answer, otherwise, outcome }) => ({
    text, seconds: Number(seconds), replies: replies.split(",").map((each) => each.trim()).filter(Boolean),
    answer: answer || null, otherwise, outcome: otherwise === "out" ? outcome || null : null,
  }),
});

export const pause = (task) => ({ title: `Pause ${task}`, verb: "pause", values: { task }, what: "Who waits goes on waiting." });
export const resume = (task) => ({ title: `Resume ${task}`, verb: "resume", values: { task } });

export const take = (conversation, role) => ({
  title: `Take over ${role}`, verb: "take", values: { conversation, role }, go: "Take it over",
  what: "What it says is held from now on, and shown once you release it, as it is or in other words. People notice nothing.",
});
export const give = (conversation, role) => ({
  title: `Give ${role} back`, verb: "give", values: { conversation, role }, what: "It speaks by itself again. What is held still waits for you.",
});

export const model = (conversation, role, names) => ({
  title: `Who speaks as ${role}`, verb: "model", values: { conversation, role }, what: "It is told what was said, and goes on from the next answer.",
  fields: [{ name: "model", label: "Model", kind: "choice", options: [["", "what the config says"], ...names.map((name) => [name, name])] }],
  valuesOf: (entered) => ({ model: entered.model || null }),
});

export const swap = (conversation, role, names) => ({
  title: `A bot in place of ${role}`, verb: "swap", values: { conversation, role }, go: "Put it there",
  what: "The person goes elsewhere, and the others go on with the bot, which is told what was said.",
  fields: [
    { name: "model", label: "Model", kind: "choice", options: names.map((name) => [name, name]) },
    { name: "out", label: "The person goes", kind: "choice", options: [["", "to the overworld"], ["out", "out of the door"]] },
    { name: "outcome", label: "With the outcome", kind: "choice", options: [["", "none"], ["left", "left"], ["finished", "finished"], ["timed_out", "timed_out"]] },
    { name: "hidden", label: "The others", kind: "choice", options: [["", "are told that it is a bot"], ["hidden", "are not told"]] },
    { name: "text", label: "They read", hint: "Empty: nothing." },
  ],
  valuesOf: ({ model, out, outcome, hidden, text }) => ({
    model, out: out !== "", outcome: out ? outcome || null : null, hidden: hidden !== "", text: text.trim() || null,
  }),
});

export const wait = (task) => ({
  title: `How long people wait for ${task}`, verb: "wait", values: { task },
  fields: [{ name: "seconds", label: "Seconds, at most", kind: "number", hint: AS_CONFIG }],
  valuesOf: ({ seconds }) => ({ seconds: numberOrNothing(seconds) }),
});

export const time = (task) => ({
  title: `How long conversations of ${task} last`, verb: "time", values: { task }, what: "It holds for those that begin from now on.",
  fields: [{ name: "seconds", label: "Seconds, at most", kind: "number", hint: `0: as long as they take. ${AS_CONFIG}` }],
  valuesOf: ({ seconds }) => ({ seconds: numberOrNothing(seconds) }),
});

export const size = (task) => ({
  title: `How many people ${task} takes`, verb: "size", values: { task }, what: "It holds for conversations that begin from now on.",
  fields: [
    { name: "least", label: "With how many it may begin", kind: "number", hint: AS_CONFIG },
    { name: "most", label: "With how many it begins at once", kind: "number", hint: "Empty: the same." },
    { name: "wait", label: "Seconds to wait for more", kind: "number" },
  ],
  valuesOf: (entered) => Object.fromEntries(Object.entries(entered).map(([name, text]) => [name, numberOrNothing(text)])),
});

export const quota = (condition, value, now) => ({
  title: `Quota of ${condition}: ${value}`, verb: "quota", values: { condition, value },
  fields: [{ name: "quota", label: "Enough with", kind: "number", value: now ?? "", hint: AS_CONFIG }],
  valuesOf: (entered) => ({ quota: numberOrNothing(entered.quota) }),
});
