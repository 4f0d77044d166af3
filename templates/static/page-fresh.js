// Keeps an open page true: asks the read API whether anything changed (the browser sends the ETag, so mostly nothing
// travels), and takes over the new page when something did. Rests while nobody looks.

const html = document.documentElement;
const EVERY_MS = 30_000;
let timer;

async function look() {
  try {
    const answer = await fetch("/api/v2/summary.json", { cache: "no-cache", signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) return;
    const { forewarn } = (await answer.json()).page;
    if (forewarn.generated_at.slice(0, 19) === html.dataset.generated.slice(0, 19)) return;
    await takeOver(forewarn.version);
  } catch {
    // Offline, or the server is away: the page grows old and says so by itself.
  }
}

async function takeOver(version) {
  const answer = await fetch(location.pathname, { cache: "no-cache", signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!fresh.documentElement.dataset.version) return;
  if (version === html.dataset.version || isTyping()) bringWeather(fresh);
  else replaceMain(fresh);
  html.dataset.generated = fresh.documentElement.dataset.generated;
  document.dispatchEvent(new Event("forewarn:changed"));
}

function isTyping() {
  const field = document.activeElement;
  return field?.tagName === "INPUT" && field.value !== "";
}

// Ages and weather change every minute; they come in place, so that nothing jumps under the reader's eyes.
function bringWeather(fresh) {
  for (const node of document.querySelectorAll("[data-live]")) {
    const other = fresh.querySelector(`[data-live="${CSS.escape(node.dataset.live)}"]`);
    if (other) node.replaceChildren(...other.childNodes);
  }
}

function replaceMain(fresh) {
  const open = new Set([...document.querySelectorAll("details[data-keep][open]")].map((details) => details.id));
  const before = document.querySelector("h1");
  const said = before?.textContent;
  const main = fresh.querySelector("main");
  for (const details of main.querySelectorAll("details[data-keep]")) details.open = open.has(details.id);
  const headline = main.querySelector("h1");
  document.querySelector("main").replaceWith(main);
  // A live region is read out only when its text changes while it stands there.
  if (headline && said && headline.textContent !== said) {
    const now = headline.textContent;
    headline.textContent = said;
    requestAnimationFrame(() => { headline.textContent = now; });
  }
  document.title = fresh.title;
  document.getElementById("icon").href = fresh.getElementById("icon").getAttribute("href");
  html.dataset.version = fresh.documentElement.dataset.version;
}

function rest() {
  clearInterval(timer);
  if (document.hidden) return;
  look();
  timer = setInterval(look, EVERY_MS);
}

// Pages of things that are over do not change.
if (html.dataset.generated) {
  document.addEventListener("visibilitychange", rest);
  timer = setInterval(look, EVERY_MS);
}
