// Shows the transcripts. Whatever people wrote becomes text of the page, and never markup.
(() => {
  const KINDS = ["person", "bot", "world"];
  const { appendSome, byId, element, marked, visible, whenQuiet } = page;
  const talks = JSON.parse(byId("talks").textContent);
  const words = byId("words");
  const filters = ["task", "outcome", "condition"];
  const haystacks = new Array(talks.length);
  let found = [];
  let chosen = null;

  const haystack = (index) => {
    if (haystacks[index] === undefined) {
      const talk = talks[index];
      const said = talk.lines.map((line) => line[2]);
      haystacks[index] = [talk.name, ...talk.people, ...talk.speakers.map((one) => one[0]), ...said]
        .join("\n")
        .toLowerCase();
    }
    return haystacks[index];
  };

  const clock = (seconds) => {
    const whole = Math.floor(seconds);
    const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
    return whole >= 3600 ? `${Math.floor(whole / 3600)}:${parts.join(":")}` : parts.join(":");
  };

  const quoteOf = (talk, [speaker, , text]) => {
    const quote = element("blockquote", "", "quote");
    const words = element("bdi", visible(text).slice(0, 160));
    words.dir = "auto";
    quote.append(element("bdi", `${talk.speakers[speaker][0]}: `), words);
    return quote;
  };

  const lineOf = (talk, needle) => (line) => {
    const [speaker, seconds, text, note, replied] = line;
    const [name, kind] = talk.speakers[speaker];
    const item = element("li", "", KINDS[kind]);
    const head = element("div", "", "head");
    head.append(element("bdi", name, "speaker"));
    if (kind === 1) head.append(element("span", "bot", "tag"));
    head.append(element("span", clock(seconds), "clock"));
    item.append(head);
    if (replied !== undefined) item.append(quoteOf(talk, talk.lines[replied]));
    if (text) {
      const body = element("bdi", "", "text");
      body.dir = "auto";
      marked(body, visible(text), needle);
      item.append(body);
    }
    if (note) item.append(element("div", `(${note})`, "note"));
    return item;
  };

  const show = (index, { focus = true } = {}) => {
    const talk = talks[index];
    chosen = index;
    const article = byId("talk");
    const back = element("button", "Back to the list", "back");
    back.type = "button";
    back.addEventListener("click", () => {
      document.querySelector(".browser").classList.remove("reading");
      byId("list").querySelector("[aria-current]")?.focus();
    });
    const about = [talk.task, talk.condition, talk.outcome, talk.started.replace("T", " ").replace(/\..*/, " UTC")];
    const lines = element("ol", "", "lines");
    appendSome(lines, talk.lines, lineOf(talk, words.value.trim().toLowerCase()));
    const people = element("p", "", "people");
    people.append(element("bdi", talk.people.join(", ")));
    article.replaceChildren(back, element("h3", talk.name), element("p", about.filter(Boolean).join(" · ")), people, lines);
    if (!talk.lines.length) article.append(element("p", "Nothing was said."));
    document.querySelector(".browser").classList.toggle("reading", focus);
    for (const button of byId("list").querySelectorAll("button[data-talk]")) {
      if (Number(button.dataset.talk) === index) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    if (focus) article.focus();
    article.scrollTop = 0;
  };

  const entry = (index) => {
    const talk = talks[index];
    const item = element("li");
    const button = element("button");
    button.type = "button";
    button.dataset.talk = String(index);
    if (index === chosen) button.setAttribute("aria-current", "true");
    const count = `${talk.lines.length} ${talk.lines.length === 1 ? "line" : "lines"}`;
    button.append(
      element("span", talk.name, "name"),
      element("span", [talk.condition, talk.outcome, count].filter(Boolean).join(" · "), "about"),
    );
    button.addEventListener("click", () => show(index));
    item.append(button);
    return item;
  };

  const search = () => {
    const needle = words.value.trim().toLowerCase();
    const wanted = filters.map((name) => [name, byId(name).value]).filter(([, value]) => value);
    found = talks
      .map((_, index) => index)
      .filter((index) => wanted.every(([name, value]) => talks[index][name] === value))
      .filter((index) => !needle || haystack(index).includes(needle));
    byId("found").textContent = `${found.length} of ${talks.length} conversations`;
    byId("list").replaceChildren();
    appendSome(byId("list"), found, entry);
    document.querySelector(".browser").classList.remove("reading");
    if (found.length) show(found.includes(chosen) ? chosen : found[0], { focus: false });
    else byId("talk").replaceChildren();
  };

  for (const name of filters) {
    const values = [...new Set(talks.map((talk) => talk[name]))].filter(Boolean).sort();
    const select = byId(name);
    for (const value of values) {
      const option = element("option", value);
      option.value = value;
      select.append(option);
    }
    select.closest("label").hidden = values.length < 2;
    select.addEventListener("change", search);
  }
  words.addEventListener("input", whenQuiet(search));
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  byId("search").hidden = false;
  document.querySelector(".browser").hidden = false;
  search();
})();
