/* Dialogs that have an address of their own, and those that htmx brings. Closing one leaves the
   list behind it, under the list's address and with focus where it came from. */
(() => {
  const forget = () => { for (const secret of document.querySelectorAll("[data-forgets]")) secret.remove(); };
  document.addEventListener("close", (event) => {
    const { home, returns } = event.target.dataset;
    if ("forgets" in event.target.dataset) forget();
    if (!home) return;
    history.replaceState(null, "", home);
    document.getElementById(returns)?.focus();
  }, true);
  // A page kept for Back must not keep the token, and its forms may be sent again.
  addEventListener("pagehide", forget);
  addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent; });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("once" in form.dataset)) return;
    if ("sent" in form.dataset) event.preventDefault();
    form.dataset.sent = "";
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "dialogs") event.target.querySelector("dialog")?.showModal();
  });
})();
