// Models: what they answered, why they did not, what it took.
import { el, say, Table } from "./dom.js";
import { amount, number } from "./words.js";

export function open(main) {
  const shortage = el("p", { class: "wrong", role: "alert" });
  const models = new Table("Models, since this start", [
    { name: "Model", cell: (row) => row.name },
    { name: "Answers", cell: (row) => number(row.answers), number: true },
    { name: "Failed", cell: (row) => number(Object.values(row.failures).reduce((sum, each) => sum + each, 0)), number: true },
    { name: "Seconds an answer", cell: (row) => (row.answers ? amount(row.seconds / row.answers) : "–"), number: true, wide: true },
    { name: "Tokens in", cell: (row) => number(row.prompt_tokens), number: true, wide: true },
    { name: "Tokens out", cell: (row) => number(row.completion_tokens), number: true, wide: true },
    { name: "Cost", cell: (row) => amount(row.cost), number: true },
    { name: "Now", cell: (row) => row.trouble ?? "well" },
  ], (row) => row.name, "This study has no models.");
  const causes = new Table("Failures by cause", [
    { name: "Model", cell: (row) => row.model },
    { name: "Cause", cell: (row) => row.cause },
    { name: "How often", cell: (row) => number(row.count), number: true },
  ], (row) => `${row.model} ${row.cause}`, "There were none.");
  main.append(el("h2", {}, "Models"), shortage, models.element, causes.element);
  const tell = (found) => {
    say(shortage, found.shortage ?? "");
    models.show(found.models);
    causes.show(found.models.flatMap(({ name, failures }) =>
      Object.entries(failures).map(([cause, count]) => ({ model: name, cause, count }))));
  };
  return { asked: () => [{ verb: "models", tell }] };
}
