// Proposes the reader's own time zone where none was chosen. Without this module the list begins with no choice.

const list = document.querySelector("[data-own-zone]");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (list && !list.value && [...list.options].some((each) => each.value === own)) list.value = own;
