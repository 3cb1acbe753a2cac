// The console: which page is shown, and what all pages have in common.
import { enter, leave, live } from "./api.js";
import { say } from "./dom.js";
import * as conversations from "./conversations.js";
import * as models from "./models.js";
import * as overview from "./overview.js";
import * as people from "./people.js";
import * as study from "./study.js";
import * as tasks from "./tasks.js";
import * as trouble from "./trouble.js";

const PAGES = { overview, people, conversations, tasks, models, trouble, study };

const main = document.querySelector("#main");
const state = document.querySelector("#state");
let page = null;
let end = () => {};
let last = null;

/** Where we are: `#people/ID?search=…` is the page `people`, with what follows for it to read. */
function place() {
  const [path, query = ""] = location.hash.slice(1).split("?");
  const [name, ...rest] = path.split("/");
  return { name: PAGES[name] ? name : "overview", rest: rest.map(decodeURIComponent), query: new URLSearchParams(query) };
}

function show() {
  const { name, rest, query } = place();
  end();
  page?.close?.();
  main.replaceChildren();
  for (const link of document.querySelectorAll("#tabs a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  page = PAGES[name].open(main, { rest, query, look });
  look();
  if (last) page.overview?.(last);
}

/** Look at what the page looks at now. Pages call it when that has become something else. */
function look() {
  end();
  const own = page.asked?.() ?? [];
  end = live([{ verb: "overview", tell: tellOverview, fail: (why) => say(state, why) }, ...own], connected);
}

function tellOverview(found) {
  last = found;
  const said = [
    found.trouble && `Trouble: ${found.trouble}`,
    found.closing && "closing",
    found.door !== "open" && `door ${found.door}`,
    found.paused.includes("*") && "all matching paused",
    found.paused.some((task) => task !== "*") && `paused: ${found.paused.filter((task) => task !== "*").join(", ")}`,
    found.held > 0 && `${found.held} held`,
  ].filter(Boolean);
  say(state, said.join(" · ") || "all is well");
  state.dataset.is = found.trouble ? "bad" : said.length ? "odd" : "well";
  page.overview?.(found);
}

function connected(isThere) {
  document.body.classList.toggle("away", !isThere);
  if (!isThere) {
    say(state, "the service cannot be reached; what is shown may be old");
    state.dataset.is = "bad";
  }
}

addEventListener("hashchange", () => {
  if (location.hash === "#main") return;
  show();
  scrollTo(0, 0);
  main.focus({ preventScroll: true });
});
addEventListener("pagehide", () => end());
document.querySelector("#leave").addEventListener("click", leave);

const me = await enter();
say(document.querySelector("#who"), me.role === "act" ? me.name : `${me.name} (looking only)`);
show();
