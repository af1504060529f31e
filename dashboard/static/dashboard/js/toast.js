/* A failed htmx request leaves the old content and says so once, until a request succeeds. */
(() => {
  const toasts = () => document.querySelector(".toasts");
  const fail = () => {
    if (toasts().children.length) return;
    toasts().append(document.getElementById("failed-toast").content.cloneNode(true));
  };
  document.addEventListener("htmx:responseError", fail);
  document.addEventListener("htmx:sendError", fail);
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.successful) toasts().replaceChildren();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-reload]")) location.reload();
    if (event.target.closest("[data-dismiss]")) toasts().replaceChildren();
  });
})();
