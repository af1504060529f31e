/* A live log: Follow keeps the newest line in sight, and pauses when the reader scrolls up. */
const MOST_LINES = 2000;
for (const log of document.querySelectorAll("[data-log]")) {
  const list = log.querySelector(".log-lines");
  const follow = () => log.querySelector("[data-follow]");
  const toEnd = () => { if (follow()?.checked) list.scrollTop = list.scrollHeight; };
  list.addEventListener("scroll", () => {
    const box = follow();
    if (box) box.checked = list.scrollHeight - list.scrollTop - list.clientHeight < 24;
  });
  log.addEventListener("change", (event) => { if (event.target === follow()) toEnd(); });
  new MutationObserver(() => {
    while (list.children.length > MOST_LINES) list.firstElementChild.remove();
    toEnd();
  }).observe(list, { childList: true });
  toEnd();
}
