// The little that the desk does beside htmx.
(() => {
  const root = document.documentElement;

  document.addEventListener("click", (event) => {
    if (!event.target.closest(".theme")) return;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch (_) { /* storage may be blocked in a frame */ }
  });

  // Pointing at a condition, or focusing it, marks its words; and the other way round.
  const link = (event, on) => {
    const from = event.target.closest && event.target.closest("[data-c]");
    if (!from) return;
    const scope = from.closest("[data-scope]") || document;
    scope.querySelectorAll(`[data-c="${from.dataset.c}"].said, [data-c="${from.dataset.c}"].chip`)
      .forEach((node) => node.classList.toggle("is-linked", on));
  };
  for (const [type, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]])
    document.addEventListener(type, (event) => link(event, on));

  // What is typed shows at once, unmarked; the marks follow with the understanding.
  document.addEventListener("input", (event) => {
    if (!event.target.matches(".composer textarea")) return;
    const mirror = document.getElementById("mirror");
    if (mirror) mirror.textContent = event.target.value + "\n";
  });

  // Trouble with a part is said above the page, which stays as it is; it goes when the same part is there again.
  const trouble = () => document.getElementById("trouble");
  const unreachable = (event) => {
    trouble().dataset.path = event.detail.requestConfig.path;
    const said = document.createElement("p");
    said.className = "callout bad";
    said.textContent = trouble().dataset.unreachable;
    trouble().replaceChildren(said);
  };
  for (const type of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(type, unreachable);
  document.addEventListener("htmx:responseError", (event) => { trouble().dataset.path = event.detail.requestConfig.path; });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && event.detail.requestConfig.path === trouble().dataset.path) trouble().replaceChildren();
  });

  // What looks again by itself does so only while somebody can see it.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.detail.elt.hasAttribute("data-while-visible")) event.preventDefault();
  });

  // The login opens beside the page, so that what was written stays. Airflow's frame lets nothing open a window.
  document.addEventListener("click", (event) => {
    const aside = event.target.closest("a[data-aside]");
    if (aside && window.top === window) aside.target = "_blank";
  });

  // A list that hangs from the head closes when something else is pointed at, and by Escape.
  const close = (except) => document.querySelectorAll(".menu[open]").forEach((menu) => { if (menu !== except) menu.open = false; });
  document.addEventListener("click", (event) => close(event.target.closest(".menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest && event.target.closest(".menu[open]");
    if (menu) menu.querySelector("summary").focus();
    close(null);
  });

  // An understanding of a text that has changed since is dropped.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const asked = new URLSearchParams(event.detail.requestConfig.parameters).get("text");
    const text = document.getElementById("text");
    if (event.detail.requestConfig.path.includes("/ask/") && text && asked !== null && asked !== text.value)
      event.detail.shouldSwap = false;
  });

  document.addEventListener("submit", (event) => {
    if (event.submitter && event.submitter.getAttribute("aria-disabled") === "true") event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches(".composer textarea")) {
      event.preventDefault();
      event.target.form.requestSubmit(document.getElementById("submit"));
    }
  });
})();
