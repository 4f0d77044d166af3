// Times in the reader's own zone beside UTC, and ages that keep counting. Without this module every time is there all
// the same, exact and in UTC.

const html = document.documentElement;
// Plain "en" writes the month first, which half of its readers take for the day. Digits are those the page was made with.
const language = `${html.lang === "en" ? "en-GB" : html.lang}-u-nu-latn`;
const base = html.lang.split("-")[0];
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const weekday = new Intl.DateTimeFormat(language, { weekday: "long", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const whole = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long", hourCycle: "h23" });
const dayAndClock = new Intl.DateTimeFormat(language, {
  weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});
const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const isUtc = new Date().getTimezoneOffset() === 0;

const STEPS = [["day", 86_400, 172_800], ["hour", 3_600, 5_400], ["minute", 60, 60], ["second", 1, 0]];
const SMALLER = { day: ["hour", 3_600], hour: ["minute", 60] };

function step(seconds) {
  const [unit, size] = STEPS.find(([, , from]) => Math.abs(seconds) >= from);
  return [Math.trunc(seconds / size), unit];
}

function counted(count, unit) {
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count);
}

// As the page itself writes it (templates/moments.py): at most two units, cut.
function lasting(seconds) {
  const age = Math.max(0, Math.trunc(seconds));
  const [unit, size] = STEPS.find(([, , from]) => age >= from);
  const [smaller, smallerSize] = SMALLER[unit] ?? [];
  const rest = smaller ? Math.trunc((age % size) / smallerSize) : 0;
  const parts = [counted(Math.trunc(age / size), unit)];
  if (rest) parts.push(counted(rest, smaller));
  return parts.join(base === "zh" ? "" : " ");
}

function sameDay(one, other) {
  return one.toDateString() === other.toDateString();
}

function localText(node, moment, now) {
  const until = node.dataset.until && new Date(node.dataset.until);
  if (until) return dayAndClock.formatRange(moment, until);
  return sameDay(moment, now) ? clock.format(moment) : dayAndClock.format(moment);
}

// Once per node: UTC stays in front, the reader's time comes behind it.
function localise(node, moment, now) {
  node.title = whole.format(moment);
  if (!node.dataset.show.startsWith("local") || isUtc || node.dataset.said) return;
  node.dataset.said = "1";
  const own = document.createElement("span");
  own.className = "soft";
  own.textContent = ` (${html.dataset.yourTime.replace("{}", localText(node, moment, now))})`;
  node.append(own);
}

function refresh() {
  const now = new Date();
  for (const node of document.querySelectorAll("time[data-show]")) {
    const moment = new Date(node.dateTime);
    const age = (now - moment) / 1000;
    localise(node, moment, now);
    if (node.dataset.show === "lasting") node.textContent = lasting(age);
    if (node.dataset.show === "ago") node.textContent = relative.format(...step(Math.min(-1, -age)));
    if (node.dataset.show === "in" && age < 0) node.textContent = relative.format(...step(Math.max(1, -age)));
  }
  for (const node of document.querySelectorAll("[data-zone]")) node.hidden = node.dataset.zone === ownZone;
  tellHours(now);
  tellAge(now);
}

// Whether somebody answers now, by the reader's clock: true in an old copy of the page too, until it knows no more.
function tellHours(now) {
  for (const node of document.querySelectorAll("[data-open]")) {
    const spans = node.dataset.open.split(" ").map((span) => span.split("-").map((minutes) => new Date(minutes * 60_000)));
    const span = spans.find(([, until]) => until > now);
    const isOpen = span && span[0] <= now;
    const moment = isOpen ? span[1] : span?.[0];
    const words = moment && (isOpen ? node.dataset.now : node.dataset.later)
      .replace("{}", html.dataset.yourTime.replace("{}", sameDay(moment, now) ? clock.format(moment) : weekday.format(moment)));
    if (node.textContent !== (words ?? "")) node.textContent = words ?? "";
    node.dataset.state = isOpen ? "open" : "closed";
  }
}

// A page that nobody renews any more says so itself: a host or a cache may serve it long after we fell silent.
function tellAge(now) {
  if (!html.dataset.generated) return;
  const stale = document.getElementById("stale");
  const age = (now - new Date(html.dataset.generated)) / 1000;
  if (age <= Number(html.dataset.staleAfter)) {
    if (stale.firstChild) stale.replaceChildren();
    return;
  }
  const box = stale.firstElementChild ?? document.createElement("span");
  if (!box.isConnected) box.append(document.getElementById("stale-words").content.cloneNode(true));
  const text = html.dataset.confirmed.replace("{}", relative.format(...step(-age)));
  const words = box.querySelector("span");
  if (words.textContent !== text) words.textContent = text;
  if (!box.isConnected) stale.append(box);
}

refresh();
setInterval(() => document.hidden || refresh(), 10_000);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
document.addEventListener("forewarn:changed", refresh);
