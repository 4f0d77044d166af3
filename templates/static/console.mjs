// Improves the console's pages; each is complete without it. No framework, nothing is fetched from elsewhere.

// Without a stream the board asks so often; with one it is told, and asks rarely, in case the line is dead.
const EVERY_MS = 5000;
const RARELY_MS = 20000;
const ANSWER_WITHIN_MS = 10000;
const LISTEN_AGAIN_MS = 60000;
// A third of the time after which the server takes somebody to be gone.
const RENEW_MS = 15000;
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// --- Times that grow: "57 minutes", "in 28 minutes", "overdue by 3 minutes" -----------------------------------------

function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const words = (count, unit) => `${count} ${unit}${count === 1 ? "" : "s"}`;
  if (seconds < 60) return words(seconds, "second");
  if (seconds < 5400) return words(Math.floor(seconds / 60), "minute");
  const [big, small, unit, part] = seconds < 172800 ? [3600, 60, "hour", "minute"] : [86400, 3600, "day", "hour"];
  const rest = Math.floor((seconds % big) / small);
  return words(Math.floor(seconds / big), unit) + (rest ? ` ${words(rest, part)}` : "");
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// The desk's clock counts: one that is set wrong here must not call a promise overdue.
const ahead = Date.parse(one("meta[name=now]").content) - Date.now();
const skew = Math.abs(ahead) > EVERY_MS ? ahead : 0;

function tick() {
  const now = Date.now() + skew;
  for (const time of all("time[data-ago]")) say(time, span(now - Date.parse(time.dateTime)));
  for (const time of all("time[data-until]")) {
    const left = Date.parse(time.dateTime) - now;
    say(time, left < 0 ? `overdue by ${span(-left)}` : `in ${span(left)}`);
  }
}

// --- The board brings itself up to date -----------------------------------------------------------------------------

let confirmed = Date.now();
let asked = 0;
let isTold = false;

async function refresh(board) {
  if (document.hidden) return;
  asked = Date.now();
  const address = board.dataset.board;
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const answer = await fetch(address, { headers: { accept: "text/html" }, redirect: "manual", signal });
    // The only way that the board sends us is to the form to sign in.
    one("[data-over]").hidden = answer.type !== "opaqueredirect";
    if (!answer.ok) throw new Error(answer.statusText);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!one("[data-live]", fresh)) throw new Error("this is not the board");
    exchange(fresh);
    confirmed = Date.now();
  } catch {
    // The banner below says so; the next round tries again.
  }
  const age = Date.now() - confirmed;
  one("[data-stale]").hidden = age < (isTold ? RARELY_MS : 0) + 3 * EVERY_MS;
  say(one("[data-stale-age]"), span(age));
}

function keepUp(board) {
  onNews.push(() => refresh(board));
  setInterval(() => (!isTold || Date.now() - asked >= RARELY_MS) && refresh(board), EVERY_MS);
  document.addEventListener("visibilitychange", () => refresh(board));
}

// What is done whenever something happened on the desk.
const onNews = [];

function listen() {
  const stream = new EventSource("/console/stream");
  stream.addEventListener("hello", () => {
    isTold = true;
    // Something may have happened before the line stood.
    for (const work of onNews) work();
  });
  stream.addEventListener("board", () => onNews.forEach((work) => work()));
  stream.addEventListener("error", () => {
    isTold = false;
    // A broken line the browser mends by itself, after a while that the server chose; a refusal is for us to try again.
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, LISTEN_AGAIN_MS * (1 + Math.random()));
  });
}

// What a part says, apart from its times: those grow all the while.
const shape = (part) => part.innerHTML.replace(/<time [^>]*>[^<]*/g, "<time>");

function exchange(fresh) {
  for (const part of all("[data-live]", fresh)) {
    const old = one(`[data-live="${part.dataset.live}"]`);
    // Whoever is in the middle of a part keeps it.
    if (!old || old.contains(document.activeElement)) continue;
    if (shape(old) === shape(part)) {
      const times = all("time", part);
      all("time", old).forEach((time, index) => time.dateTime !== times[index].dateTime && time.replaceWith(times[index]));
      continue;
    }
    const before = one("[data-summary]", old)?.dataset.summary;
    old.replaceChildren(...part.childNodes);
    const after = one("[data-summary]", old)?.dataset.summary;
    if (after && after !== before) say(one("[data-spoken]"), after);
  }
  const form = one("form[data-form-incident]");
  if (form) {
    const seen = one(`[data-incident="${form.dataset.formIncident}"]`);
    const notice = one("[data-newer]", form);
    if (notice) notice.hidden = !seen || seen.dataset.version === form.dataset.formVersion;
  }
}

// --- How far a notice has come, on its own page ----------------------------------------------------------------------

function follow() {
  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { redirect: "error", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
      if (answer.ok) exchange(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The next round tries again.
    }
  };
  onNews.push(ask);
  setInterval(ask, EVERY_MS);
}

// --- Who else types in the same form ---------------------------------------------------------------------------------

// Nobody is kept from anything by it: whoever saves second is shown what the first one wrote.
function together(place) {
  const subject = place.dataset.editing;
  let isAtIt = false;
  const ask = async (options, query = "") => {
    try {
      const answer = await fetch(`/console/editing${query}`, { redirect: "error", ...options });
      if (answer.ok) meet(place, await answer.json());
    } catch {
      // The next round asks again; versions decide all the same.
    }
  };
  const look = () => document.hidden || ask({}, `?${new URLSearchParams({ subject })}`);
  const tell = (more) => ask({ method: "POST", body: new URLSearchParams({ subject, ...more }), keepalive: true });
  const begin = () => {
    if (!isAtIt) tell();
    isAtIt = true;
  };
  place.addEventListener("input", begin);
  if ("atOnce" in place.dataset) begin();
  setInterval(() => (isAtIt && !document.hidden ? tell() : look()), RENEW_MS);
  window.addEventListener("pagehide", () => isAtIt && tell({ over: 1 }));
  onNews.push(look);
}

function meet(place, { others, version }) {
  const said = one("[data-editors]", place);
  const names = others.length > 2 ? `${others.slice(0, -1).join(", ")} and ${others.at(-1)}` : others.join(" and ");
  say(said, others.length ? `${names} ${others.length === 1 ? "is" : "are"} ${said.dataset.verb} this` : "");
  said.hidden = !others.length;
  const newer = one("[data-newer]", place);
  if (newer && place.dataset.formVersion) newer.hidden = String(version) === place.dataset.formVersion;
}

// --- While somebody types: whom it reaches, how a time was understood -----------------------------------------------

function later(wait, work) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, wait);
  };
}

function watch(form) {
  let newest = 0;
  const ask = later(300, async () => {
    const asked = ++newest;
    const names = new Set(all("[data-ask]", form).map((field) => field.name));
    const fields = [...new FormData(form)].filter(([name, text]) => names.has(name) && text !== "");
    let more = {};
    try {
      // A count that takes long comes in parts, each of which says how far it is.
      while (more && asked === newest) {
        const answer = await fetch(`${form.dataset.check}?${new URLSearchParams([...fields, ...Object.entries(more)])}`);
        if (!answer.ok || asked !== newest) return;
        const found = await answer.json();
        show(form, found);
        more = found.next;
      }
    } catch {
      // Nothing is lost: pressing a button asks the same again.
    }
  });
  form.addEventListener("input", (event) => event.target.matches("[data-ask]") && ask());
  ask();
}

// Words are many and long, so they are sent like a form, and only when a pause says that a thought is finished.
function readAlong(place) {
  const form = place.closest("form");
  const isWords = (field) => /^(name|body|still_works|funds|what_to_do)\./.test(field.name);
  let newest = 0;
  const ask = later(700, async () => {
    const mine = ++newest;
    const words = new FormData();
    for (const field of all("input, textarea", form)) if (isWords(field)) words.append(field.name, field.value);
    if (form.dataset.formIncident) words.append("incident", form.dataset.formIncident);
    const kind = one("select[name=kind]", form);
    if (kind) words.append("kind", kind.value);
    try {
      const answer = await fetch("/console/words.json", { method: "POST", body: words, redirect: "error" });
      if (answer.ok && mine === newest) put(form, "words", (await answer.json()).words, "p");
    } catch {
      // Nothing is lost: the preview says the same.
    }
  });
  form.addEventListener("input", (event) => isWords(event.target) && ask());
}

function show(form, found) {
  const people = found.customers == null ? "" : `${found.customers.toLocaleString("en")} customer${found.customers === 1 ? "" : "s"}`;
  const sum = found.next ? `Counting: ${people} so far, ${found.percent} %` : `For ${people}.`;
  put(form, "customers", found.fault ? [found.fault] : people ? [sum] : []);
  put(form, "channels", found.channels?.length ? [found.channels.join(" · ")] : []);
  put(form, "rule", found.rule ? [`Now: ${found.rule}`] : []);
  if (found.when) put(form, "when", found.when_fault ? [found.when_fault] : found.when);
  if (found.warnings && !found.next) {
    put(form, "warnings", found.warnings, "p");
    const heeded = one("[name=heeded]", form);
    if (heeded) heeded.value = found.warnings.join("\n");
  }
  const button = one("[data-counts]", form);
  if (button && people && !found.next) say(button, `${button.dataset.counts} ${people}`);
  const usual = one("select[name=impact] option[value='']", form);
  if (usual && found.impact) say(usual, `by the states: ${found.impact}`);
}

function put(form, name, lines, tag = "span") {
  const place = one(`[data-answer="${name}"]`, form);
  if (!place) return;
  const made = lines.map((line) => Object.assign(document.createElement(tag), { textContent: line }));
  if (place.textContent !== lines.join("")) place.replaceChildren(...made);
}

// --- Small comforts ---------------------------------------------------------------------------------------------------

function filter(search) {
  search.closest("label").hidden = false;
  const rows = all(search.dataset.filter, search.closest("fieldset"));
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(words);
  });
  search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
}

function guard(form) {
  let touched = false;
  form.addEventListener("input", () => (touched = true));
  form.addEventListener("submit", () => (touched = false));
  window.addEventListener("beforeunload", (event) => touched && event.preventDefault());
}

function pick(list) {
  const button = one("[data-picked]", list.closest("form"));
  list.addEventListener("change", () => {
    const count = all("input:checked", list).length;
    say(button, count ? `${button.dataset.picked} ${count}` : "Link the ticked ones");
  });
}

// A second press while the first is under way would do it twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 3000);
});

tick();
setInterval(tick, 1000);
for (const form of all("form[data-check]")) watch(form);
for (const form of all("form[data-guard]")) guard(form);
for (const place of all('[data-answer="words"]')) readAlong(place);
for (const list of all("[data-pick]")) pick(list);
for (const search of all("[data-filter]")) {
  if (all(search.dataset.filter, search.closest("fieldset")).length > 8) filter(search);
}
const board = one("[data-board]");
if (board) keepUp(board);
if (one("[data-progress]")) follow();
for (const place of all("[data-editing]")) together(place);
if (window.EventSource && onNews.length) listen();
