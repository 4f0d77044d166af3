// What a day was like, told where the reader points: by mouse, by tap, by arrow keys. And a field to find one's own
// coin among many rows. Both need nothing that is not on the page, and remember nothing.

const html = document.documentElement;
const language = `${html.lang === "en" ? "en-GB" : html.lang}-u-nu-latn`;
// A day is a day of the page's own zone; here it is only a name, so it is counted in UTC.
const whole = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
const DAYS = 90;
let shown, pinned;

// Bars are one line of days; squares are weeks of seven, the first of which may begin before the first day.
function dayAt(crop, event) {
  const box = crop.querySelector("svg").getBoundingClientRect(), { columns, offset } = crop.dataset;
  const share = (event.clientX - box.left) / box.width, along = html.dir === "rtl" ? 1 - share : share;
  const line = Math.min(6, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * 7)));
  const day = columns ? Math.floor(along * columns) * 7 + line - offset : Math.floor(along * DAYS);
  return Math.min(DAYS - 1, Math.max(firstSeen(crop), day));
}

function place(mark, crop, day) {
  const { columns, offset } = crop.dataset;
  const drawn = crop.querySelector("svg").getBoundingClientRect(), box = crop.getBoundingClientRect();
  if (columns) {
    const side = drawn.width / columns, at = day + Number(offset);
    mark.style.insetInlineStart = `${Math.floor(at / 7) * side}px`;
    mark.style.insetBlock = `${(at % 7) * side}px auto`;
    mark.style.inlineSize = mark.style.blockSize = `${(side * 5) / 6}px`;
    return;
  }
  mark.style.insetInlineStart = `${(day / DAYS) * drawn.width - (drawn.width - box.width)}px`;
  mark.style.inlineSize = `${Math.max(2, (drawn.width / DAYS) * 0.75)}px`;
}

// On a phone the first sixty days are cut off.
function firstSeen(crop) {
  if (crop.dataset.columns) return 0;
  const box = crop.getBoundingClientRect(), drawn = crop.querySelector("svg").getBoundingClientRect();
  return Math.round(DAYS * Math.max(0, 1 - box.width / drawn.width));
}

function told(crop, day) {
  const line = crop.parentElement.querySelector(`[data-day="${day}"] .spent`);
  if (line) return line.cloneNode(true);
  const words = document.createElement("span");
  words.textContent = day < Number(crop.dataset.first) ? html.dataset.nothing : html.dataset.good;
  return words;
}

function show(crop, day, isPinned) {
  if (shown?.crop === crop && shown.day === day && pinned === isPinned) return;
  hide();
  const tip = document.createElement("div");
  tip.className = "tip";
  const date = document.createElement("b");
  const moment = new Date(crop.dataset.days);
  moment.setUTCDate(moment.getUTCDate() - (DAYS - 1 - day));
  date.textContent = whole.format(moment);
  tip.append(date, told(crop, day));
  const mark = document.createElement("i");
  mark.className = "pick";
  place(mark, crop, day);
  crop.append(mark);
  crop.after(tip);
  crop.setAttribute("aria-valuenow", day - DAYS + 1);
  crop.setAttribute("aria-valuetext", `${date.textContent}: ${tip.lastChild.textContent.trim().replace(/\s+/g, " ")}`);
  shown = { crop, day, tip, mark };
  pinned = isPinned;
}

function hide() {
  shown?.tip.remove();
  shown?.mark.remove();
  shown = undefined;
  pinned = false;
}

function over(event) {
  return event.target.closest?.(".crop[role]");
}

document.addEventListener("pointermove", (event) => {
  if (event.pointerType !== "mouse" || pinned) return;
  const crop = over(event);
  if (crop) show(crop, dayAt(crop, event), false);
  else if (!event.target.closest?.(".tip")) hide();
});

document.addEventListener("click", (event) => {
  const crop = over(event);
  if (crop) show(crop, dayAt(crop, event), true);
  else if (!event.target.closest(".tip")) hide();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return hide();
  const crop = document.activeElement?.closest(".crop[role]");
  if (!crop) return;
  const now = shown?.crop === crop ? shown.day : DAYS, first = firstSeen(crop);
  const ahead = html.dir === "rtl" ? "ArrowLeft" : "ArrowRight", back = html.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
  const aside = crop.dataset.columns ? 7 : 1, up = crop.dataset.columns ? -1 : 1;
  const to = {
    [ahead]: now + aside, [back]: now - aside, ArrowUp: now + up, ArrowDown: now - up, PageUp: now + 7, PageDown: now - 7,
    Home: first, End: DAYS - 1, Enter: now,
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  show(crop, Math.min(DAYS - 1, Math.max(first, to)), true);
  if (event.key === "Enter") shown.tip.querySelector("a")?.focus();
});

document.addEventListener("focusout", (event) => {
  const record = event.target.closest?.(".record");
  if (record && event.relatedTarget && !record.contains(event.relatedTarget)) hide();
});

// A slider is what arrow keys move along and what a screen reader reads the value of.
function begin() {
  hide();
  for (const crop of document.querySelectorAll(".crop")) {
    crop.tabIndex = 0;
    crop.setAttribute("role", "slider");
    crop.setAttribute("aria-label", crop.dataset.name);
    crop.setAttribute("aria-valuemin", 1 - DAYS);
    crop.setAttribute("aria-valuemax", 0);
    crop.setAttribute("aria-valuenow", 0);
    crop.setAttribute("aria-valuetext", crop.querySelector("svg").getAttribute("aria-label"));
  }
  offerField();
}

function offerField() {
  const place = document.getElementById("find");
  if (!place || place.firstChild) return;
  const label = document.createElement("label"), field = document.createElement("input"), none = document.createElement("p");
  label.textContent = place.dataset.label;
  field.type = "search";
  field.placeholder = place.dataset.hint;
  field.autocomplete = "off";
  field.spellcheck = false;
  none.setAttribute("role", "status");
  label.append(field);
  place.append(label, none);
  field.addEventListener("input", () => find(field.value, none, place.dataset.none));
}

function find(text, none, words) {
  const wanted = text.toLocaleLowerCase(language).split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of document.querySelectorAll("[data-find]")) {
    row.hidden = !wanted.every((word) => row.dataset.find.includes(word));
    count += !row.hidden;
  }
  for (const fold of document.querySelectorAll(".fold")) {
    fold.hidden = !fold.querySelector("[data-find]:not([hidden])");
    fold.dataset.was ??= fold.open ? "1" : "";
    fold.open = wanted.length ? !fold.hidden : fold.dataset.was === "1";
    if (!wanted.length) delete fold.dataset.was;
  }
  for (const list of document.querySelectorAll("main section:has([data-find])"))
    list.hidden = !list.querySelector("[data-find]:not([hidden])");
  none.textContent = count ? "" : words;
}

begin();
document.addEventListener("forewarn:changed", () => shown?.crop.isConnected || begin());
